"""Units in layers: what is needed first, a folder kept together where it fits, as full as the limit allows."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        layer = _Layer()
        while (chosen := work.best(layer)) is not None:
            work.take(chosen)
            layer.add(chosen, work.lines[chosen], work.folders[chosen])
        layers.append(Packed(tuple(layer.units), work.end(layer)))
    return tuple(layers)


class _Layer:
    """What is in a layer so far: its units, their lines, their folders and all that lie above these."""

    def __init__(self) -> None:
        self.units: list[int] = []
        self.members: set[int] = set()
        self.lines = 0
        self.folders: set[str] = set()
        self.above: set[str] = {""}

    def add(self, unit: int, lines: int, folder: str) -> None:
        self.units.append(unit)
        self.members.add(unit)
        self.lines += lines
        self.folders.add(folder)
        while folder not in self.above:
            self.above.add(folder)
            folder = folder.rpartition("/")[0]

    def near(self, folder: str) -> int:
        """How many folders from the top one has in common with the layer."""
        while folder not in self.above:
            folder = folder.rpartition("/")[0]
        return folder.count("/") + 1 if folder else 0


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
        self.ready: set[int] = set()
        self.ready_free: list[tuple[str, int]] = []
        for at, count in enumerate(self.waiting):
            if not count:
                self._is_ready(at)

    @staticmethod
    def _folder(pieces: Sequence[Piece], members: Sequence[int]) -> str:
        """The folder in which most of the lines are."""
        lines: dict[str, int] = {}
        for at in members:
            lines[pieces[at].folder] = lines.get(pieces[at].folder, 0) + pieces[at].lines + 1
        return max(sorted(lines), key=lambda folder: lines[folder])

    def _is_ready(self, at: int) -> None:
        if self.free[at]:
            heappush(self.ready_free, (self.first[at], at))
        else:
            self.ready.add(at)

    def take(self, at: int) -> None:
        """Put a unit into a layer; others may be ready now."""
        self.left.discard(at)
        self.ready.discard(at)
        self.rest[self.folders[at]] -= self.lines[at]
        for after in self.needed_by[at]:
            self.waiting[after] -= 1
            if not self.waiting[after]:
                self._is_ready(after)

    def best(self, layer: _Layer) -> int | None:
        """What comes next into the layer; None where it should end."""
        if self.ready_free:
            return heappop(self.ready_free)[1]
        room = self.limit - layer.lines
        fits = [at for at in self.ready if not layer.lines or not self.lines[at] or self.lines[at] <= room]
        if not fits:
            return None
        chosen = self._first(fits, layer)
        # A folder that would be torn here and fits whole into the next layer waits for that.
        torn = self._torn(self.folders[chosen], layer)
        if torn and layer.lines * _FULL >= self.limit and self.lines[chosen]:
            return None
        return chosen

    def _first(self, some: Iterable[int], layer: _Layer) -> int:
        """The best of some units to come next: first by what their folders are to the layer."""
        some = list(some)
        folders = {self.folders[at] for at in some}
        known = {one: (one not in layer.folders, self._torn(one, layer), -layer.near(one)) for one in folders}

        def worth(at: int) -> tuple[object, ...]:
            other, torn, far = known[self.folders[at]]
            apart = layer.members.isdisjoint(self.needs[at])
            return (other, torn, apart, self.lines[at] > 0, self.docs[at], far, self.first[at], at)

        return min(some, key=worth)

    def _torn(self, folder: str, layer: _Layer) -> bool:
        return folder not in layer.folders and self.limit - layer.lines < self.rest[folder] <= self.limit

    def end(self, layer: _Layer) -> str:
        """Why the layer ends here, in words."""
        if not self.left:
            return "the last of the branch"
        following = self._first(self.ready, layer)
        name, together = self.first[following], layer.lines + self.lines[following]
        if together > self.limit:
            over = together - self.limit
            return f"{name} ({self.lines[following]:,} lines) would make it {together:,}, {over:,} over the limit"
        folder = self.folders[following] or "the top folder"
        return f"{folder} ({self.rest[self.folders[following]]:,} lines) stays together in the next layer"
