"""Which branches can't clash, by the paths that each changes: about those git need not be asked. Pure.

Git takes a path that one side alone changed as that side has it. It only looks further where both sides changed it,
where one has a file by the name of the other's folder, and where something may have been moved: then what the other
side adds may belong elsewhere. Without that there is nothing to decide, and most branches of a series have none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paddock.sources.foresight import Change


class Touched(Struct, frozen=True):
    """What one side of a merge changes.

    Attributes:
        paths: of files, links and submodules.
        folders: all that lie above those.
        adds: whether some are new.
        moves: whether some are new and others are gone, so that git may take one for the other.
    """

    paths: frozenset[bytes]
    folders: frozenset[bytes]
    adds: bool
    moves: bool


def touched(changes: Sequence[Change]) -> Touched:
    """What changes touch."""
    paths = frozenset(one.path for one in changes)
    adds = any(one.new for one in changes)
    return Touched(paths, frozenset(_above(paths)), adds, adds and any(one.gone for one in changes))


def apart(one: Touched, other: Touched) -> bool:
    """Whether no merge of both can clash."""
    if (one.moves and other.adds) or (other.moves and one.adds):
        return False
    return (
        one.paths.isdisjoint(other.paths)
        and one.paths.isdisjoint(other.folders)
        and one.folders.isdisjoint(other.paths)
    )


def _above(paths: Iterable[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for path in paths:
        folder = path.rpartition(b"/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition(b"/")[0]
    return found
