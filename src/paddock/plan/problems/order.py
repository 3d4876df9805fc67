"""Branches, order keys, needs and phases that contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.findings import Level
from paddock.plan.keys import AGENT_TEMPLATE, DEFAULT_TEMPLATE, BranchName, example, parse
from paddock.plan.problems.problem import Problem, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.plan.graph import Graph
    from paddock.plan.keys import Order
    from paddock.plan.model import Plan
    from paddock.plan.problems.problem import Rules

LONGEST = 8  # todos of a circle that a line shows


def problems(plan: Plan, rules: Rules, graph: Graph) -> Iterator[Problem]:
    """All of it."""
    names = {index: _name(todo.branch, plan, rules) for index, todo in enumerate(plan.todos) if todo.branch is not None}
    yield from _base_and_series(plan, rules)
    yield from _branches(plan, rules, names)
    yield from _taken(plan, names)
    yield from circles(plan, graph)
    keyed = {plan.todos[index].id: name for index, name in reversed(list(names.items())) if name.valid}
    orders = {id_: name.order for id_, name in keyed.items()}
    yield from _needs(plan, graph, keyed, orders)
    yield from _phases(plan, graph, keyed, orders)


def _name(branch: str, plan: Plan, rules: Rules) -> BranchName:
    """A branch taken apart; without a form of the policy's own a folder for each agent is fine as well."""
    name = parse(branch, rules.template, (plan.series,))
    if name.valid or (rules.series and rules.template != DEFAULT_TEMPLATE):
        return name
    other = parse(branch, AGENT_TEMPLATE, (plan.series,))
    return other if other.valid and (not rules.series or other.agent in plan.agent_of) else name


def circles(plan: Plan, graph: Graph) -> Iterator[Problem]:
    """Todos that wait for each other, and phases that so can't start."""
    index = {todo.id: at for at, todo in reversed(list(enumerate(plan.todos)))}
    for circle in graph.cycles:
        first = min(circle, key=index.__getitem__)
        start = circle.index(first)
        turned = (*circle[start:], *circle[:start], first)
        shown = " → ".join(turned if len(turned) <= LONGEST else (*turned[: LONGEST - 2], "…", first))
        waits = "todo waits for itself" if len(circle) == 1 else "todos wait for each other"
        yield Problem(
            code="cycle",
            message=f"{len(circle)} {waits}: {shown}",
            path=("todos", index[first], "needs"),
            hint="take one of these needs out, or split the todo that both sides wait for",
        )
    stuck = set(graph.stuck)
    for id_ in graph.stuck:
        for at, need in enumerate(plan.todo_of[id_].needs):
            own, other = graph.phase.get(id_), graph.phase.get(need)
            if own is not None and other is not None and other > own:
                phases = plan.phases
                yield Problem(
                    code="later-phase",
                    message=f"todo {id_} of phase {phases[own].id} needs {need} of the later phase {phases[other].id}",
                    path=("todos", index[id_], "needs", at),
                    hint="move one of them to the other's phase",
                )
    never: list[str] = []
    for number, phase in enumerate(plan.phases):
        if never:
            yield Problem(
                code="phase-stuck",
                message=f"phase {phase.id} can't start: {listed(never)} before it can't be done",
                path=("phases", number, "id"),
            )
        never += [id_ for id_ in graph.stuck if graph.phase.get(id_) == number and _own_fault(id_, graph, stuck)]


def _own_fault(id_: str, graph: Graph, stuck: set[str]) -> bool:
    """Whether a todo is stuck by what it needs, and not only because its phase can't start."""
    return any(one in stuck for one in graph.before[id_]) or any(id_ in circle for circle in graph.cycles)


def _base_and_series(plan: Plan, rules: Rules) -> Iterator[Problem]:
    if rules.base is not None and rules.base != plan.base:
        message = f"the plan's base is {plan.base}, the policy's {rules.base}"
        yield Problem(code="base", message=message, path=("base",), level=Level.WARNING)
    if rules.series and plan.series not in rules.series:
        message = f"the policy has no series {plan.series}: {listed(rules.series)}"
        hint = f"add it to `series` in .paddock.yaml, so that `branch-order` judges its branches: {plan.series}"
        yield Problem(code="series", message=message, path=("series",), level=Level.WARNING, hint=hint)


def _branches(plan: Plan, rules: Rules, names: dict[int, BranchName]) -> Iterator[Problem]:
    for index, name in names.items():
        todo, path = plan.todos[index], ("todos", index, "branch")
        if name.reason:
            yield Problem(
                code="branch-name",
                message=f"todo {todo.id}: branch {name.name!r}: {name.reason}",
                path=path,
                hint=f"for example: {example(rules.template, plan.series).replace('agent-1', todo.agent)}",
            )
        elif name.agent is not None and name.agent != todo.agent:
            message = f"todo {todo.id} is {todo.agent}'s, and its branch lies in the folder of {name.agent}"
            yield Problem(code="branch-agent", message=message, path=path)


def _taken(plan: Plan, names: dict[int, BranchName]) -> Iterator[Problem]:
    first: dict[object, int] = {}
    for index, name in names.items():
        key = name.order if name.valid else name.name
        if key not in first:
            first[key] = index
            continue
        other = plan.todos[first[key]]
        if plan.todos[index].branch == other.branch:
            message = f"todo {plan.todos[index].id} has the branch of {other.id}: {other.branch}"
        else:
            message = f"order key {name.tag} of todo {plan.todos[index].id} is also that of {other.id}"
        yield Problem(code="duplicate-key", message=message, path=("todos", index, "branch"))


def _needs(plan: Plan, graph: Graph, keyed: Mapping[str, BranchName], orders: Mapping[str, Order]) -> Iterator[Problem]:
    for index, todo in enumerate(plan.todos):
        if todo.id not in orders:
            continue
        for one in graph.before[todo.id]:
            # Contradictions between phases are told once for each todo, by `_phases`.
            alike = graph.phase.get(todo.id) == graph.phase.get(one)
            if alike and one in orders and orders[todo.id] < orders[one]:
                tags = keyed[todo.id].tag, keyed[one].tag
                yield Problem(
                    code="key-order",
                    message=f"todo {todo.id} comes after {one}, and its order key {tags[0]} before {tags[1]}",
                    path=("todos", index, "branch"),
                    hint=f"give it a key above {tags[1]}",
                )


def _phases(
    plan: Plan, graph: Graph, keyed: Mapping[str, BranchName], orders: Mapping[str, Order]
) -> Iterator[Problem]:
    highest: list[str | None] = [None] * len(plan.phases)  # up to and with each phase the todo with the highest key
    for id_, phase in graph.phase.items():
        top = highest[phase]
        if id_ in orders and (top is None or orders[id_] > orders[top]):
            highest[phase] = id_
    for phase in range(1, len(highest)):
        those = [one for one in highest[phase - 1 : phase + 1] if one is not None]
        highest[phase] = max(those, key=orders.__getitem__, default=None)
    for index, todo in enumerate(plan.todos):
        number = graph.phase.get(todo.id, 0)
        top = highest[number - 1] if number else None
        if todo.id in orders and top is not None and orders[top] > orders[todo.id] and plan.todo_of[todo.id] is todo:
            yield Problem(
                code="key-order",
                message=f"todo {todo.id} of phase {todo.phase} has the order key {keyed[todo.id].tag}, before "
                f"{keyed[top].tag} of {top} in the earlier phase {plan.todo_of[top].phase}",
                path=("todos", index, "branch"),
                hint="begin keys with the number of their phase: 00a, 01a, 02a",
            )
