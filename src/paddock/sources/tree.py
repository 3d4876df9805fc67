"""Files of a work tree as they lie there, without a change."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from paddock.errors import UsageError
from paddock.sources.calling import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.sources.git import Repository


def listed(repository: Repository, top: str, paths: Sequence[str]) -> list[str]:
    """The files below some paths of the current folder, by their paths from the top; what git ignores is left out.

    Raises:
        UsageError: a path lies outside the repository, or names nothing in it.
    """
    here, found = os.path.realpath(top), dict[str, None]()
    for path in paths:
        below = os.path.relpath(os.path.join(os.path.realpath(os.curdir), path), here)
        if below.startswith(os.pardir) or "\0" in path:
            raise UsageError(f"{path}: outside the repository")
        names = repository.run("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", below)
        some = [decode(name) for name in names.split(b"\0") if name]
        if not some:
            raise UsageError(f"{path}: no file of the repository", hint="git status --ignored tells what is left out")
        found.update(dict.fromkeys(some))
    return sorted(found)


def content(path: str, limit: int) -> bytes | None:
    """The first bytes of a regular file; None for anything else, a link included, and for what can't be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(limit)
    except OSError:
        return None
    finally:
        os.close(handle)
