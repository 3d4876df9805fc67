"""Units in layers: what is needed first, a folder kept together where it fits, as full as the limit allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileClass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.stack.split.pieces import Piece
    from paddock.stack.split.units import Units

_FULL = 2  # a layer is worth closing for a folder's sake once one part in so many of the limit is used


class Packed(Struct, frozen=True):
    """Units of one layer, in the order in which they were put there, and why it ends behind them."""

    units: tuple[int, ...]
    end: str


def pack(pieces: Sequence[Piece], built: Units, limit: int) -> tuple[Packed, ...]:
    """All units, each behind those that it needs. One over the limit has a layer of its own, but for what counts 0."""
    work = _Packing(pieces, built, limit)
    layers = []
    while work.left:
        taken: list[int] = []
        while (chosen := work.best(taken)) is not None:
            taken.append(chosen)
            work.left.discard(chosen)
            work.done.add(chosen)
        layers.append(Packed(tuple(taken), work.end(taken)))
    return tuple(layers)


class _Packing:
    def __init__(self, pieces: Sequence[Piece], built: Units, limit: int) -> None:
        self.limit = limit
        self.units, self.needs = built.units, built.needs
        self.left = set(range(len(self.units)))
        self.done: set[int] = set()
        self.folders = [self._folder(pieces, unit.pieces) for unit in self.units]
        self.docs = [all(pieces[at].file_class is FileClass.DOCS for at in unit.pieces) for unit in self.units]
        # What does not count and is code costs nobody anything, and others may need it in ways that names don't tell.
        self.free = [not unit.lines and any(pieces[at].after.defines for at in unit.pieces) for unit in self.units]
        self.first = [pieces[unit.pieces[0]].shown for unit in self.units]

    @staticmethod
    def _folder(pieces: Sequence[Piece], members: Sequence[int]) -> str:
        """The folder in which most of the lines are."""
        lines: dict[str, int] = {}
        for at in members:
            lines[pieces[at].folder] = lines.get(pieces[at].folder, 0) + pieces[at].lines + 1
        return max(sorted(lines), key=lambda folder: lines[folder])

    def ready(self) -> list[int]:
        return sorted(at for at in self.left if self.needs[at].keys() <= self.done)

    def best(self, taken: Sequence[int]) -> int | None:
        """What comes next into the layer; None where it should end."""
        used = sum(self.units[at].lines for at in taken)
        room = self.limit - used
        fits = [at for at in self.ready() if not taken or not self.units[at].lines or self.units[at].lines <= room]
        if not fits:
            return None
        here = {self.folders[at] for at in taken}
        chosen = max(fits, key=lambda at: self._worth(at, taken, here, room))
        # A folder that would be torn here and fits whole into the next layer waits for that.
        torn = self._torn(chosen, here, room)
        if taken and torn and used * _FULL >= self.limit and self.units[chosen].lines:
            return None
        return chosen

    def _rest(self, folder: str) -> int:
        return sum(self.units[at].lines for at in self.left if self.folders[at] == folder)

    def _torn(self, at: int, here: set[str], room: int) -> bool:
        folder = self.folders[at]
        return folder not in here and room < self._rest(folder) <= self.limit

    def _worth(self, at: int, taken: Sequence[int], here: set[str], room: int) -> tuple[object, ...]:
        folder = self.folders[at]
        near = max((len(_common(folder, one)) for one in here), default=0)
        return (
            self.free[at],
            folder in here,
            not self._torn(at, here, room),
            any(one in self.needs[at] for one in taken),
            not self.units[at].lines,
            not self.docs[at],
            near,
            _backwards(self.first[at]),
        )

    def end(self, taken: Sequence[int]) -> str:
        """Why the layer ends here, in words."""
        if not self.left:
            return "the last of the branch"
        used = sum(self.units[at].lines for at in taken)
        waiting = self.ready()
        here = {self.folders[at] for at in taken}
        following = max(waiting, key=lambda at: self._worth(at, (), here, self.limit - used))
        name, lines = self.first[following], self.units[following].lines
        if used + lines > self.limit:
            return (
                f"{name} ({lines:,} lines) would make it {used + lines:,}, {used + lines - self.limit:,} over the limit"
            )
        folder = self.folders[following] or "the top folder"
        return f"{folder} ({self._rest(self.folders[following]):,} lines) stays together in the next layer"


def _common(one: str, other: str) -> list[str]:
    found = []
    for first, second in zip(one.split("/"), other.split("/"), strict=False):
        if first != second:
            break
        found.append(first)
    return found


def _backwards(path: str) -> tuple[int, ...]:
    """A key by which the first path in order is the largest."""
    return (*(-ord(char) for char in path), 1)
