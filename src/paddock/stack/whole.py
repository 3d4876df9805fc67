"""The last look at the branches as a whole, for where nothing that decides has changed since.

Its key holds every ref with its commit, the base, the plan, how branches are named and chosen, and what was asked for.
Commits never change; what could put others in their place, a cut history, grafts and replacements, leaves it out.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from paddock import wire
from paddock.sources.keeping import keep, kept
from paddock.stack.integrate import Integration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.sources.git import Repository

FILE = "paddock-integration.json"
_FORMAT = "1"  # raised where the same branches may be judged otherwise
_MOST = 4  # looks that are kept: of a plan, of a series, with and without pairs
_LARGEST_REFS = 16 << 20


class Whole:
    """One look, by its key.

    Args:
        repository: where the branches are.
        parts: all that decides, the program's version with it.
    """

    def __init__(self, repository: Repository, parts: Iterable[str]) -> None:
        self._folder = repository.common_dir
        self._certain = not repository.shallow and not _replaced(repository.common_dir)
        # With their lengths, so that two of them are never taken for one.
        text = "".join(f"{len(one)} {one}\n" for one in (_FORMAT, *parts))
        self._key = sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:40]

    def get(self) -> Integration | None:
        """What was found; all of it is known now."""
        if not self._certain:
            return None
        found: Integration | None = kept(self._folder, FILE, Integration).get(self._key)
        return None if found is None else structs.replace(found, known=(found.known[1], found.known[1]))

    def put(self, found: Integration) -> None:
        """Keep it, unless it has a path that JSON can't hold, or git refused something."""
        merges = (*found.alone, *(one.merge for one in found.pairs), *(one.merge for one in found.steps if one.merge))
        paths = (path for merge in merges for one in merge.clashes for path in (one.path, *one.others))
        names = (one.name for one in found.branches)
        if not self._certain or found.refused or not all(wire.is_utf8(one) for one in (*paths, *names)):
            return
        rest = kept(self._folder, FILE, Integration)
        rest.pop(self._key, None)
        keep(self._folder, FILE, rest | {self._key: found}, _MOST)


def _replaced(folder: str) -> bool:
    """Whether commits may be others than their names say: git reads some in place of others, or with other parents."""
    with suppress(FileNotFoundError):
        if os.path.lexists(f"{folder}/info/grafts") or os.listdir(f"{folder}/refs/replace"):
            return True
    try:
        with open(f"{folder}/packed-refs", "rb") as file:
            text = file.read(_LARGEST_REFS + 1)
    except FileNotFoundError:
        return os.path.lexists(f"{folder}/reftable")
    except OSError:
        return True
    return len(text) > _LARGEST_REFS or b" refs/replace/" in text
