"""What comes before what: the needs of todos, phases, and the order that both leave.

A todo comes after what it needs, after every todo of the phases before its own, and, in a phase that runs in sequence,
after the todo that stands before it. A circle is told, never followed; a need that names nothing is ignored here, and
told by `problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.keys import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.plan.keys import Order
    from paddock.plan.model import Plan, Todo

Rank = tuple[int, bool, "Order", int]


class Graph(Struct, frozen=True, kw_only=True):
    """The order of a plan.

    Attributes:
        order: the todos that can be done at all, in the order in which they are submitted.
        stuck: those that can never start, as the file has them.
        before: for each todo those directly before it, by need or sequence.
        phase: for each todo the number of its phase; todos of no known phase are not in it.
        cycles: circles of todos, each waiting for the next and the last for the first; none shares a todo with another.
    """

    order: tuple[str, ...]
    stuck: tuple[str, ...]
    before: Mapping[str, tuple[str, ...]]
    phase: Mapping[str, int]
    cycles: tuple[tuple[str, ...], ...]


class Critical(Struct, frozen=True):
    """The longest chain of todos by estimated lines: no number of agents finishes sooner."""

    todos: tuple[str, ...]
    lines: int


class Stream(Struct, frozen=True):
    """Todos of one phase that belong together, by their agents or their needs; `after` are the agents it waits for.

    Streams of a phase that wait for none of it may run side by side.
    """

    phase: str
    agents: tuple[str, ...]
    todos: tuple[str, ...]
    lines: int
    after: tuple[str, ...] = ()


def build(plan: Plan) -> Graph:
    """The order of a plan's todos."""
    numbers = {phase.id: index for index, phase in reversed(list(enumerate(plan.phases)))}
    phase = {id_: numbers[todo.phase] for id_, todo in plan.todo_of.items() if todo.phase in numbers}
    todos = {id_: plan.todo_of[id_] for id_ in dict.fromkeys(todo.id for todo in plan.todos)}
    before = _before(plan, todos)
    ranks: dict[str, Rank] = {
        id_: (phase.get(id_, -1), *_key(todo.branch), index) for index, (id_, todo) in enumerate(todos.items())
    }
    order = _Ordering(before, phase, len(plan.phases), ranks).order()
    done = set(order)
    stuck = tuple(id_ for id_ in todos if id_ not in done)
    return Graph(order=order, stuck=stuck, before=before, phase=phase, cycles=_cycles(before, stuck))


def critical(plan: Plan, graph: Graph) -> Critical:
    """The critical path. An agent's todos follow one another as many at a time as it may hold."""
    best: dict[str, tuple[int, int]] = {}  # lines, todos: the end of the longest chain up to each
    came: dict[str, str | None] = {}
    own: dict[str, list[str]] = {}
    barrier: str | None = None  # the longest chain's end in all phases before this one
    longest: str | None = None
    at = -1
    for id_ in graph.order:
        todo = plan.todo_of[id_]
        if graph.phase.get(id_, -1) != at:
            at, barrier = graph.phase.get(id_, -1), longest
        mine = own.setdefault(todo.agent, [])
        agent = plan.agent_of.get(todo.agent)
        room = agent.at_once if agent is not None else 1
        previous = [
            *graph.before[id_],
            *mine[-room:][: 1 if len(mine) >= room else 0],
            *((barrier,) if barrier else ()),
        ]
        came[id_] = max(previous, key=best.__getitem__, default=None)
        lines, count = best[came[id_] or ""] if came[id_] else (0, 0)
        best[id_] = (lines + (todo.lines or 0), count + 1)
        mine.append(id_)
        if longest is None or best[id_] > best[longest]:
            longest = id_
    path = []
    step = longest
    while step is not None:
        path.append(step)
        step = came[step]
    return Critical(tuple(reversed(path)), best[longest][0] if longest else 0)


def streams(plan: Plan, graph: Graph) -> tuple[Stream, ...]:
    """The streams of each phase.

    A todo joins the stream of its agent and those of what it needs; one that only brings others' streams together, as
    integration tests do, begins a stream after them.
    """
    members: dict[int, list[str]] = {}
    for id_ in graph.order:
        if id_ in graph.phase:
            members.setdefault(graph.phase[id_], []).append(id_)
    return tuple(
        stream
        for number, ids in sorted(members.items())
        for stream in _streams(plan, graph, plan.phases[number].id, ids)
    )


def _streams(plan: Plan, graph: Graph, phase: str, ids: list[str]) -> list[Stream]:
    group: dict[str, str] = {}  # each todo's stream, named by a todo of it, and that by itself
    own: dict[str, str] = {}  # the todo that an agent had last
    after: dict[str, list[str]] = {}
    for id_ in ids:
        agent = plan.todo_of[id_].agent
        needed = dict.fromkeys(_root(group, need) for need in graph.before[id_] if need in group)
        mine = _root(group, own[agent]) if agent in own else None
        group[id_] = id_
        if mine is None and len(needed) > 1:
            after[id_] = list(needed)
        else:
            for other in (*needed, *((mine,) if mine else ())):
                group[_root(group, other)] = id_
        own[agent] = id_
    grouped: dict[str, list[str]] = {}
    for id_ in ids:
        grouped.setdefault(_root(group, id_), []).append(id_)
    found = []
    for root, some in grouped.items():
        waited = dict.fromkeys(one for id_ in some for one in after.get(id_, ()) if _root(group, one) != root)
        behind = dict.fromkeys(plan.todo_of[id_].agent for one in waited for id_ in grouped[_root(group, one)])
        agents = tuple(dict.fromkeys(plan.todo_of[id_].agent for id_ in some))
        lines = sum(plan.todo_of[id_].lines or 0 for id_ in some)
        found.append(Stream(phase, agents, tuple(some), lines, tuple(behind)))
    return found


def direct(graph: Graph) -> dict[str, tuple[str, ...]]:
    """For each todo that can be done those directly before it, without those that come before one of them anyway."""
    numbers = {id_: 1 << index for index, id_ in enumerate(graph.order)}
    above: dict[str, int] = {}  # all that comes before, as bits
    found = {}
    for id_ in graph.order:
        beyond = 0
        for one in graph.before[id_]:
            beyond |= above[one]
        found[id_] = tuple(one for one in graph.before[id_] if not numbers[one] & beyond)
        above[id_] = beyond
        for one in graph.before[id_]:
            above[id_] |= numbers[one]
    return found


def _root(group: dict[str, str], id_: str) -> str:
    while group[id_] != id_:
        group[id_] = group[group[id_]]
        id_ = group[id_]
    return id_


def _key(branch: str | None) -> tuple[bool, Order]:
    """The order key that a branch carries whatever its template; those without one come last."""
    name = parse(f"series/{branch.rpartition('/')[2]}") if branch else None
    return (False, name.order) if name is not None and name.valid else (True, ())


def _before(plan: Plan, todos: Mapping[str, Todo]) -> dict[str, tuple[str, ...]]:
    sequence = {phase.id for phase in plan.phases if phase.run == "sequence"}
    last: dict[str, str] = {}
    before = {}
    for id_, todo in todos.items():
        names = dict.fromkeys(need for need in todo.needs if need in todos)
        if todo.phase in sequence:
            if todo.phase in last:
                names[last[todo.phase]] = None
            last[todo.phase] = id_
        before[id_] = tuple(names)
    return before


class _Ordering:
    """Kahn's algorithm; of those that may come next the one of the lowest rank."""

    def __init__(
        self, before: Mapping[str, tuple[str, ...]], phase: Mapping[str, int], phases: int, ranks: Mapping[str, Rank]
    ) -> None:
        self.phase = phase
        self.ranks = ranks
        self.after: dict[str, list[str]] = {id_: [] for id_ in before}
        for id_, those in before.items():
            for one in those:
                self.after[one].append(id_)
        self.waits = {id_: len(those) for id_, those in before.items()}
        self.members: list[list[str]] = [[] for _ in range(phases)]
        for id_, number in phase.items():
            self.members[number].append(id_)
        self.left = [len(some) for some in self.members]
        self.open = -1  # the phase that has begun
        self.ready: list[tuple[Rank, str]] = []

    def order(self) -> tuple[str, ...]:
        # Todos of no known phase have no phase to wait for, and none waits for them.
        self.offer(id_ for id_ in self.waits if id_ not in self.phase)
        self.begin()
        order = []
        while self.ready:
            _, id_ = heappop(self.ready)
            order.append(id_)
            for one in self.after[id_]:
                self.waits[one] -= 1
            self.offer(one for one in self.after[id_] if self.phase.get(one, -1) <= self.open)
            if id_ in self.phase:
                self.left[self.phase[id_]] -= 1
                if self.left[self.open] == 0:
                    self.begin()
        return tuple(order)

    def offer(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            if self.waits[id_] == 0:
                heappush(self.ready, (self.ranks[id_], id_))

    def begin(self) -> None:
        """Open the next phase that has todos."""
        self.open += 1
        while self.open < len(self.left) and self.left[self.open] == 0:
            self.open += 1
        if self.open < len(self.left):
            self.offer(self.members[self.open])


def _cycles(before: Mapping[str, tuple[str, ...]], stuck: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Circles among those that are stuck."""
    left = dict.fromkeys(stuck)
    found = []
    while left:
        # What waits for nothing that is left is no part of a circle.
        here = next(iter(left))
        walked: dict[str, int] = {}
        while here not in walked:
            walked[here] = len(walked)
            following = next((one for one in before[here] if one in left), None)
            if following is None:
                del left[here]
                break
            here = following
        else:
            path = list(walked)[walked[here] :]
            found.append(tuple(path))
            for one in path:
                del left[one]
    return tuple(found)
