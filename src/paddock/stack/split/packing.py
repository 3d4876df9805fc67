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
            work.take(chosen)
        layers.append(Packed(tuple(taken), work.end(taken)))
    return tuple(layers)


class _Packing:
    def __init__(self, pieces: Sequence[Piece], built: Units, limit: int) -> None:
        self.limit = limit
        self.units, self.needs = built.units, built.needs
        self.lines = [unit.lines for unit in built.units]
        self.left = set(range(len(self.units)))
        self.folders = [self._folder(pieces, unit.pieces) for unit in self.units]
        self.docs = [all(pieces[at].file_class is FileClass.DOCS for at in unit.pieces) for unit in self.units]
        # What does not count and is code costs nobody anything, and others may need it in ways that names don't tell.
        self.free = [not unit.lines and any(pieces[at].after.defines for at in unit.pieces) for unit in self.units]
        self.first = [pieces[unit.pieces[0]].shown for unit in self.units]

        self.rest: dict[str, int] = {}
        for at, unit in enumerate(self.units):
            self.rest[self.folders[at]] = self.rest.get(self.folders[at], 0) + unit.lines
        self.waiting = [len(needs) for needs in self.needs]
        self.needed_by: list[list[int]] = [[] for _ in self.units]
        for at, needs in enumerate(self.needs):
            for before in needs:
                self.needed_by[before].append(at)
        self.ready = {at for at, count in enumerate(self.waiting) if not count}

    @staticmethod
    def _folder(pieces: Sequence[Piece], members: Sequence[int]) -> str:
        """The folder in which most of the lines are."""
        lines: dict[str, int] = {}
        for at in members:
            lines[pieces[at].folder] = lines.get(pieces[at].folder, 0) + pieces[at].lines + 1
        return max(sorted(lines), key=lambda folder: lines[folder])

    def take(self, at: int) -> None:
        """Put a unit into a layer; others may be ready now."""
        self.left.discard(at)
        self.ready.discard(at)
        self.rest[self.folders[at]] -= self.units[at].lines
        for after in self.needed_by[at]:
            self.waiting[after] -= 1
            if not self.waiting[after]:
                self.ready.add(after)

    def best(self, taken: Sequence[int]) -> int | None:
        """What comes next into the layer; None where it should end."""
        used = sum(self.units[at].lines for at in taken)
        room = self.limit - used
        lines = self.lines
        fits = [at for at in self.ready if not taken or not lines[at] or lines[at] <= room]
        if not fits:
            return None
        here = {self.folders[at] for at in taken}
        chosen = self._first(fits, taken, here, room)
        # A folder that would be torn here and fits whole into the next layer waits for that.
        torn = self._torn(self.folders[chosen], here, room)
        if taken and torn and used * _FULL >= self.limit and lines[chosen]:
            return None
        return chosen

    def _first(self, some: Sequence[int], taken: Sequence[int], here: set[str], room: int) -> int:
        """The best of some units to come next: first by what their folders are to the layer."""
        by_folder: dict[str, tuple[bool, bool, int]] = {}
        for folder in {self.folders[at] for at in some}:
            near = max((_common(folder, one) for one in here), default=0)
            by_folder[folder] = (folder in here, not self._torn(folder, here, room), near)
        above = set(taken)

        def worth(at: int) -> tuple[object, ...]:
            same, whole, near = by_folder[self.folders[at]]
            stands = not above.isdisjoint(self.needs[at])
            free = not self.units[at].lines
            return (
                not self.free[at],
                not same,
                not whole,
                not stands,
                not free,
                self.docs[at],
                -near,
                self.first[at],
                at,
            )

        return min(some, key=worth)

    def _torn(self, folder: str, here: set[str], room: int) -> bool:
        return folder not in here and room < self.rest[folder] <= self.limit

    def end(self, taken: Sequence[int]) -> str:
        """Why the layer ends here, in words."""
        if not self.left:
            return "the last of the branch"
        used = sum(self.units[at].lines for at in taken)
        here = {self.folders[at] for at in taken}
        following = self._first(sorted(self.ready), (), here, self.limit - used)
        name, lines = self.first[following], self.units[following].lines
        if used + lines > self.limit:
            return (
                f"{name} ({lines:,} lines) would make it {used + lines:,}, {used + lines - self.limit:,} over the limit"
            )
        folder = self.folders[following] or "the top folder"
        return f"{folder} ({self.rest[self.folders[following]]:,} lines) stays together in the next layer"


def _common(one: str, other: str) -> int:
    """How many folders two have in common from the top."""
    first, second = one.split("/"), other.split("/")
    apart = (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(apart, min(len(first), len(second)))
