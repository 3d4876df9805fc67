"""Which lines of a patch only moved: blocks that are deleted in one place and added, unchanged, in another.

A block counts from twenty letters and digits on, as `git diff --color-moved=blocks` has it, so that braces and blank
lines do not pass for moved code.
"""

from __future__ import annotations

from array import array
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from paddock.model import Moved
from paddock.sources.patch import parsed, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 20  # letters and digits
SECTION_LIMIT = 2 << 20  # bytes of one file's patch; in a larger one nothing counts as moved
TOTAL_LIMIT = 16 << 20  # bytes of such patches looked at; moves beyond are not seen
_CANDIDATES = 16  # places tried for one line, so that a patch of equal lines stays linear

Run = list[str]


class _Side(Struct):
    """All added or all deleted lines, each as the number of its text, in runs that follow each other in one file.

    Numbers instead of text keep the memory of a large patch small.
    """

    lines: array[int]
    ends: array[int]  # where each run ends
    paths: list[str]  # of each run

    def put(self, path: str, run: Run, texts: dict[str, int]) -> None:
        if run:
            self.lines.extend(texts.setdefault(line, len(texts)) for line in run)
            self.ends.append(len(self.lines))
            self.paths.append(path)

    def runs(self) -> Iterator[tuple[str, int, int]]:
        start = 0
        for path, end in zip(self.paths, self.ends, strict=True):
            yield path, start, end
            start = end


def moved(patch: IO[bytes]) -> dict[str, Moved]:
    """For each path of a patch in git's format, how many added and deleted lines are moved blocks.

    Raises:
        FactUnreadableError: it is not a unified diff.
    """
    texts: dict[str, int] = {}
    added, deleted = (_Side(array("I"), array("I"), []) for _ in range(2))
    for path, section in _sections(patch):
        for plus, minus in _runs(section):
            added.put(path, plus, texts)
            deleted.put(path, minus, texts)
    weights = array("I", (sum(map(str.isalnum, text)) for text in texts))
    del texts
    found: dict[str, list[int]] = {}
    for path, gone, length in _blocks(added, deleted, weights):
        found.setdefault(path, [0, 0])[0] += length
        found.setdefault(gone, [0, 0])[1] += length
    return {path: Moved(*counts) for path, counts in found.items()}


class _Places:
    """Where each line was deleted, and what of it has been found again."""

    def __init__(self, deleted: _Side) -> None:
        self._lines = deleted.lines
        self._used = bytearray(len(deleted.lines))
        self._run = array("I")  # the run that each place is in
        self._ends = deleted.ends
        self._paths = deleted.paths
        self._of: dict[int, list[int]] = {}
        for number, (_, start, end) in enumerate(deleted.runs()):
            self._run.extend([number] * (end - start))
            for place in range(start, end):
                if len(known := self._of.setdefault(deleted.lines[place], [])) < _CANDIDATES:
                    known.append(place)

    def longest(self, lines: array[int], start: int, end: int) -> tuple[int, int]:
        """(place, length) of the longest run of deleted lines that is as `lines` from `start` on."""
        best, length = 0, 0
        for place in self._of.get(lines[start], ()):
            last = min(end, start + self._ends[self._run[place]] - place)
            i = start
            while i < last and not self._used[place + i - start] and lines[i] == self._lines[place + i - start]:
                i += 1
            if i - start > length:
                best, length = place, i - start
            if i == end:
                break
        return best, length

    def take(self, place: int, length: int) -> str:
        """Mark lines as found again, which each is once; the path they were deleted from."""
        self._used[place : place + length] = b"\1" * length
        return self._paths[self._run[place]]


def _blocks(added: _Side, deleted: _Side, weights: array[int]) -> Iterator[tuple[str, str, int]]:
    """(path it was added to, path it was deleted from, lines) of each moved block."""
    places = _Places(deleted)
    for path, start, end in added.runs():
        i = start
        while i < end:
            place, length = places.longest(added.lines, i, end)
            if length and sum(weights[line] for line in added.lines[i : i + length]) >= BLOCK:
                yield path, places.take(place, length), length
            i += max(length, 1)


def _sections(patch: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """(path, hunks) of each file, as far as the limits reach."""
    left = TOTAL_LIMIT
    for path, hunks in sections(patch, SECTION_LIMIT):
        if hunks is None:
            continue
        if len(hunks) > left:
            return
        yield path, hunks
        left -= len(hunks)


def _runs(hunks: bytes) -> Iterator[tuple[Run, Run]]:
    """(added, deleted) lines of each hunk; context lines end a run."""
    for file in parsed(hunks):
        for hunk in file:
            plus: Run = []
            minus: Run = []
            for line in hunk:
                if line.is_added:
                    plus.append(line.value.removesuffix("\n"))
                elif line.is_removed:
                    minus.append(line.value.removesuffix("\n"))
                elif plus or minus:
                    yield plus, minus
                    plus, minus = [], []
            yield plus, minus
