"""The order in which open branches may merge, and what each waits for. Pure.

It is that of the plan's needs and phases, else that of the order keys.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.graph import build
from paddock.plan.keys import BranchName, in_order, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from paddock.plan.graph import Graph
    from paddock.plan.model import Plan


_NAMED = 2  # branches that a description names


class Place(Struct, frozen=True):
    """A branch's place in the train.

    Attributes:
        branch: its name.
        waits: what must merge before, in order: branches, and todos that have none.
        key: its order key, where its name carries one.
        todo: the todo that leaves on it, where a plan has one.
    """

    branch: str
    waits: tuple[str, ...] = ()
    key: str | None = None
    todo: str | None = None


def by_key(names: Iterable[str], template: str, series: tuple[str, ...]) -> tuple[Place, ...]:
    """Branches by their order keys: each waits for every lower key of its series. Those without a key come last."""
    found = in_order(parse(name, template, series) for name in names)
    lower = _lower(found)
    return tuple(Place(one.name, lower.get(one.name, ()), one.tag if one.valid else None) for one in found)


def by_plan(
    plan: Plan, names: Collection[str], done: Collection[str], template: str, graph: Graph | None = None
) -> tuple[Place, ...]:
    """A plan's branches in its order; each waits for all before it that is not done.

    A branch of the plan's series that no todo leaves on stands behind the last one of a lower key.

    Args:
        plan: the plan.
        names: the open branches, the plan's and others.
        done: todos that are done.
        template: how branches are named.
        graph: the plan's order, where it is known.
    """
    graph = graph or build(plan)
    waits = before(plan, graph, done)
    todos = [plan.todo_of[id_] for id_ in graph.order]
    owner = {todo.branch: todo.id for todo in todos if todo.branch is not None and todo.id not in done}
    series = (plan.series,)
    planned = [parse(name, template, series) for name in owner if name in names]
    found = [
        Place(one.name, waits[owner[one.name]], one.tag if one.valid else None, owner[one.name]) for one in planned
    ]
    known = {todo.branch for todo in plan.todos}
    strays = in_order(
        one for one in (parse(name, template, series) for name in names if name not in known) if one.valid
    )
    every = (*(one for one in planned if one.valid), *strays)
    order = {one.name: one.order for one in every}
    lower = _lower(in_order(every))
    for stray in strays:
        behind = [at for at, place in enumerate(found) if order.get(place.branch, stray.order) < stray.order]
        found.insert(behind[-1] + 1 if behind else 0, Place(stray.name, lower[stray.name], stray.tag))
    return tuple(found)


def before(plan: Plan, graph: Graph, done: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each todo all that comes before it, by need or phase, and is not done: its branch, else its id."""
    bits = {id_: 1 << at for at, id_ in enumerate(graph.order)}
    open_ = sum(bit for id_, bit in bits.items() if id_ not in done)
    earlier: dict[int, int] = {}
    for id_, number in graph.phase.items():
        for later in range(number + 1, len(plan.phases)):
            earlier[later] = earlier.get(later, 0) | bits.get(id_, 0)
    above: dict[str, int] = {}
    found = {}
    for id_ in graph.order:
        above[id_] = earlier.get(graph.phase.get(id_, -1), 0)
        for one in graph.before[id_]:
            above[id_] |= above.get(one, 0) | bits.get(one, 0)
        left = above[id_] & open_
        found[id_] = tuple(plan.todo_of[one].branch or one for one, bit in bits.items() if left & bit)
    return found


def group(places: Iterable[Place], names: Collection[str]) -> tuple[str, ...]:
    """What some branches, merged at once, wait for: what any of them does and none of them is."""
    some = [place for place in places if place.branch in names]
    own = {*names, *(place.todo for place in some)}
    return tuple(dict.fromkeys(one for place in some for one in place.waits if one not in own))


def description(own: Collection[str], placed: Collection[str], waits: tuple[str, ...]) -> str:
    """In half a sentence, what some branches wait for; `placed` are those that are in a train."""
    if waits:
        noun = "branch" if len(waits) == 1 else "branches"
        more = ", …" if len(waits) > _NAMED else ""
        return f"waits for {len(waits):,} {noun}: {', '.join(waits[:_NAMED])}{more}"
    if not any(one in placed for one in own):
        return "in no train, so nothing comes before"
    return "nothing open comes before" if len(own) == 1 else f"nothing open comes before these {len(own):,}"


def _lower(names: Iterable[BranchName]) -> dict[str, tuple[str, ...]]:
    """For each valid name, those of a lower key in its series; the names come in order."""
    found: dict[str, tuple[str, ...]] = {}
    for _, same_series in groupby((one for one in names if one.valid), key=lambda one: one.series):
        before: tuple[str, ...] = ()
        for _, same_key in groupby(same_series, key=lambda one: one.order):
            some = tuple(one.name for one in same_key)
            found |= dict.fromkeys(some, before)
            before += some
    return found
