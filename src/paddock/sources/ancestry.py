"""What branches share: merge bases, how far each is ahead and behind, and which stands on which. Pure.

Each commit carries the set of tips that reach it, as bits. A merge base of two tips is a commit that both reach, and
of whose children none is reached by both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paddock.sources.heads import Node


class Ancestry:
    """A history as some tips see it.

    Args:
        nodes: the commits that the tips do not all share, and the latest that they do, children before parents.
        tips: commits by which everything is asked, by their place in this sequence; one may stand in it twice.
    """

    def __init__(self, nodes: Iterable[Node], tips: Sequence[str]) -> None:
        self.tips = tuple(tips)
        self.tree: dict[str, str] = {}
        self._merges: set[str] = set()
        self._mask: dict[str, int] = {}
        for number, tip in enumerate(tips):
            self._mask[tip] = self._mask.get(tip, 0) | 1 << number
        below: dict[str, set[int]] = {}
        # Where a child is reached by just the same tips, the commit is a merge base of none of them.
        self._turns: list[tuple[str, int, tuple[int, ...]]] = []
        self._counts: dict[int, int] = {}
        for node in nodes:
            self.tree[node.sha] = node.tree
            if len(node.parents) > 1:
                self._merges.add(node.sha)
            mask = self._mask.get(node.sha, 0)
            self._counts[mask] = self._counts.get(mask, 0) + 1
            children = below.pop(node.sha, set())
            if mask not in children:
                self._turns.append((node.sha, mask, tuple(children)))
            for parent in node.parents:
                self._mask[parent] = self._mask.get(parent, 0) | mask
                below.setdefault(parent, set()).add(mask)

    def pairs(self) -> dict[tuple[int, int], tuple[str, ...]]:
        """The merge bases of every two tips, the lower number first; a pair that shares nothing is not in it."""
        found: dict[tuple[int, int], tuple[str, ...]] = {}
        for sha, mask, children in self._turns:
            for first in _bits(mask):
                told = 0
                for child in children:
                    if child >> first & 1:
                        told |= child
                for second in _bits((mask & ~told) >> first + 1 << first + 1):
                    found[first, second] = (*found.get((first, second), ()), sha)
        return found

    def bases(self, merged: Iterable[int], tip: int) -> tuple[str, ...]:
        """The merge bases of a tip with a merge of others."""
        some, one = sum(1 << number for number in set(merged)), 1 << tip
        return tuple(
            sha
            for sha, mask, children in self._turns
            if mask & one and mask & some and not any(child & one and child & some for child in children)
        )

    def count(self, tip: int, without: int) -> int:
        """How many commits a tip has that another has not."""
        return sum(count for mask, count in self._counts.items() if mask >> tip & 1 and not mask >> without & 1)

    def only(self, tip: int, without: int) -> tuple[str, ...]:
        """The commits that a tip has and another has not, merges left out."""
        return tuple(
            sha
            for sha in self.tree
            if self._mask[sha] >> tip & 1 and not self._mask[sha] >> without & 1 and sha not in self._merges
        )

    def contains(self, tip: int, other: int) -> bool:
        """Whether a tip is another, or has it in its history."""
        return bool(self._mask[self.tips[other]] >> tip & 1)

    def stands_on(self, tip: int, base: int) -> int | None:
        """The nearest other tip in the history of this one that is not in the base's; of equal tips the first."""
        below = [
            other
            for other, sha in enumerate(self.tips)
            if other not in (tip, base)
            and (sha != self.tips[tip] or other < tip)
            and self.contains(tip, other)
            and not self.contains(base, other)
        ]
        # The nearest is the one that lacks the fewest of this tip's commits.
        return min(below, key=lambda other: self.count(tip, other), default=None)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
