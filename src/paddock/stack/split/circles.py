"""Circles in a graph, and how they are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def circles(nodes: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The sets of more than one node that all come before each other.

    Kosaraju's way: walk forward, then backward from what was left last.
    """
    after: dict[int, list[int]] = {node: [] for node in sorted(nodes)}
    before: dict[int, list[int]] = {node: [] for node in after}
    for one, other in sorted(edges):
        after[one].append(other)
        before[other].append(one)
    order: list[int] = []
    seen: set[int] = set()
    for node in after:
        order += _left(node, after, seen)
    found = []
    seen.clear()
    for node in reversed(order):
        circle = _left(node, before, seen)
        if len(circle) > 1:
            found.append(sorted(circle))
    return sorted(found)


def _left(start: int, edges: Mapping[int, Sequence[int]], seen: set[int]) -> list[int]:
    """All that can be reached and was not seen, in the order in which a walk in depth leaves it; without recursion."""
    order: list[int] = []
    if start in seen:
        return order
    seen.add(start)
    walk = [(start, iter(edges[start]))]
    while walk:
        node, rest = walk[-1]
        fresh = next((other for other in rest if other not in seen), None)
        if fresh is None:
            order.append(node)
            walk.pop()
        else:
            seen.add(fresh)
            walk.append((fresh, iter(edges[fresh])))
    return order


def straightened(circle: Sequence[int], weights: Mapping[tuple[int, int], int]) -> set[tuple[int, int]]:
    """The edges to give up so that nothing waits for itself; next is always the node that needs least of the rest."""
    left = set(circle)
    place: dict[int, int] = {}
    while left:
        cost = dict.fromkeys(left, 0)
        for (before, after), weight in weights.items():
            if before in left and after in left and before != after:
                cost[after] += weight
        chosen = min(left, key=lambda node: (cost[node], node))
        place[chosen] = len(place)
        left.remove(chosen)
    return {(before, after) for before, after in weights if before != after and place[before] > place[after]}
