"""Pieces joined into units that no cut goes through, as far as the limit allows, and the order among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.stack.split.circles import circles, straightened
from paddock.stack.split.graph import Need
from paddock.stack.split.relations import Bond

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paddock.stack.split.graph import Graph
    from paddock.stack.split.pieces import Piece
    from paddock.stack.split.relations import Tie

_SHOWN = 3  # names that a reason tells
_STRONG = 100  # how much a certain need weighs against one that may mean something else


class Unit(Struct, frozen=True):
    """Pieces that stay together. `reasons` say why; `cut` what speaks for more pieces and had to be given up."""

    pieces: tuple[int, ...]
    lines: int
    reasons: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


class Units(Struct, frozen=True):
    """The units, and for each the units that come before it, with why."""

    units: tuple[Unit, ...]
    needs: tuple[dict[int, tuple[Need, ...]], ...]


def build(pieces: Sequence[Piece], graph: Graph, limit: int) -> Units:
    """Join what belongs together, give up the weakest bonds where a circle would be over the limit."""
    held = _Held(graph)
    while True:
        groups = _Groups(pieces, limit)
        left = [tie for tie in held.ties if tie.loose or not groups.join(tie)]
        edges = {pair for pair in held.needs if not groups.same(*pair)}
        edges |= {(tie.first, tie.second) for tie in left if not groups.same(tie.first, tie.second)}
        above = {(groups.find(before), groups.find(after)) for before, after in edges}
        over = False
        for circle in circles(groups.roots(), above):
            if sum(groups.lines[one] for one in circle) > limit:
                held.weaken(circle, groups)
                over = True
                break
            for other in circle[1:]:
                groups.unite(circle[0], other, "they use each other")
        if not over:
            return _units(groups, edges, held, left)


class _Held:
    """What still joins and orders pieces; the weakest of it is given up where it makes a circle over the limit."""

    def __init__(self, graph: Graph) -> None:
        self.ties = list(graph.ties)
        self.needs = dict(graph.needs)
        self.given_up: list[tuple[int, str]] = []

    def weaken(self, circle: Sequence[int], groups: _Groups) -> None:
        """Give up the weakest of what holds a circle together."""
        inside = set(circle)

        def within(pair: tuple[int, int]) -> bool:
            return groups.find(pair[0]) in inside and groups.find(pair[1]) in inside

        apart = {pair for pair in self.needs if within(pair) and not groups.same(*pair)}
        ties = [tie for tie in self.ties if within((tie.first, tie.second)) and tie.bond is not Bond.FORCED]
        tight = {tie.bond for tie in ties if not tie.loose}
        if soft := tight & {Bond.GENERATED, Bond.TEST, Bond.LOCKED}:
            self._loosen(ties, max(soft))
        elif weak := self._only_weak(circle, apart, ties, groups):
            self.needs = {pair: need for pair, need in self.needs.items() if pair not in weak}
        elif tight:
            self._loosen(ties, max(tight))
        elif ties:
            loose = {id(tie) for tie in ties}
            self.ties = [tie for tie in self.ties if id(tie) not in loose]
        else:
            self._straighten(circle, apart, groups)

    def _loosen(self, ties: Sequence[Tie], bond: Bond) -> None:
        chosen = {id(tie) for tie in ties if tie.bond is bond and not tie.loose}
        if bond in (Bond.CHANGED, Bond.MOVED):
            self.given_up += [(tie.second, tie.reason) for tie in self.ties if id(tie) in chosen]
        self.ties = [structs.replace(tie, loose=True) if id(tie) in chosen else tie for tie in self.ties]

    def _only_weak(
        self, circle: Sequence[int], apart: set[tuple[int, int]], ties: Sequence[Tie], groups: _Groups
    ) -> set[tuple[int, int]]:
        """What to give up where names that may be another's are enough to undo the circle; else nothing."""
        edges = [(pair, 1 if self.needs[pair].weak else _STRONG) for pair in apart]
        edges += [((tie.first, tie.second), _STRONG) for tie in ties if not groups.same(tie.first, tie.second)]
        weights: dict[tuple[int, int], int] = {}
        for pair, weight in edges:
            edge = groups.find(pair[0]), groups.find(pair[1])
            weights[edge] = weights.get(edge, 0) + weight
        back = straightened(circle, weights)
        chosen = {pair for pair, _ in edges if (groups.find(pair[0]), groups.find(pair[1])) in back}
        return chosen if all(pair in apart and self.needs[pair].weak for pair in chosen) else set()

    def _straighten(self, circle: Sequence[int], apart: set[tuple[int, int]], groups: _Groups) -> None:
        between = {pair: (groups.find(pair[0]), groups.find(pair[1])) for pair in apart}
        weights: dict[tuple[int, int], int] = {}
        for pair, edge in between.items():
            weight = len(self.needs[pair].names) * (1 if self.needs[pair].weak else _STRONG)
            weights[edge] = weights.get(edge, 0) + weight
        back = straightened(circle, weights)
        for pair in sorted(pair for pair, edge in between.items() if edge in back):
            need = self.needs.pop(pair)
            self.given_up.append((pair[1], f"{need.what} {', '.join(need.names[:_SHOWN])} before it is there"))


def _units(
    groups: _Groups,
    edges: Iterable[tuple[int, int]],
    held: _Held,
    left: Sequence[Tie],
) -> Units:
    roots = groups.roots()
    place = {root: at for at, root in enumerate(roots)}
    above: list[dict[int, list[Need]]] = [{} for _ in roots]
    told = {(tie.first, tie.second): Need((tie.reason,), weak=False, what="") for tie in left}
    for pair in sorted(edges):
        before, after = place[groups.find(pair[0])], place[groups.find(pair[1])]
        if before != after and (need := held.needs.get(pair) or told.get(pair)):
            above[after].setdefault(before, []).append(need)
    cut: dict[int, list[str]] = {}
    for at, reason in held.given_up:
        cut.setdefault(groups.find(at), []).append(reason)
    units = tuple(
        Unit(
            tuple(sorted(groups.members[root])),
            groups.lines[root],
            tuple(dict.fromkeys(groups.reasons[root])),
            tuple(dict.fromkeys(cut.get(root, ()))),
        )
        for root in roots
    )
    return Units(units, tuple({before: tuple(found) for before, found in one.items()} for one in above))


class _Groups:
    """Sets of pieces that were joined, each with its lines and the reasons."""

    def __init__(self, pieces: Sequence[Piece], limit: int) -> None:
        self._limit = limit
        self._above = list(range(len(pieces)))
        self.lines = {at: piece.lines for at, piece in enumerate(pieces)}
        self.members = {at: [at] for at in range(len(pieces))}
        self.reasons: dict[int, list[str]] = {at: [] for at in range(len(pieces))}

    def find(self, at: int) -> int:
        while self._above[at] != at:
            self._above[at] = self._above[self._above[at]]
            at = self._above[at]
        return at

    def same(self, one: int, other: int) -> bool:
        return self.find(one) == self.find(other)

    def roots(self) -> list[int]:
        return [at for at in range(len(self._above)) if self.find(at) == at]

    def join(self, tie: Tie) -> bool:
        """Join what a tie holds together, where it fits the limit; whether it is together now."""
        one, other = self.lines[self.find(tie.first)], self.lines[self.find(tie.second)]
        # What does not count can always go along.
        fits = not one or not other or one + other <= self._limit
        if self.same(tie.first, tie.second):
            return True
        if fits or tie.bond is Bond.FORCED:
            self.unite(tie.first, tie.second, tie.reason)
        return self.same(tie.first, tie.second)

    def unite(self, one: int, other: int, reason: str) -> None:
        """Make two sets one."""
        first, second = sorted((self.find(one), self.find(other)))
        if first == second:
            return
        self._above[second] = first
        self.lines[first] += self.lines.pop(second)
        self.members[first] += self.members.pop(second)
        self.reasons[first] += [*self.reasons.pop(second), reason]
