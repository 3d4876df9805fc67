"""`paddock plan render`: the plan of pull requests as Markdown, in the order in which they are submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.plan.graph import critical
from paddock.render.lines import line
from paddock.render.neutral import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.plan.graph import Graph
    from paddock.plan.model import Phase, Plan, Todo
    from paddock.plan.schedule import State

_CELL = 200  # characters of a title
_DONE = ("done", "dropped")


def render(plan: Plan, graph: Graph, states: Mapping[str, State]) -> str:
    """A table for each phase; a todo without a known state is `unknown`."""
    path = critical(plan, graph)
    total = sum(todo.lines or 0 for todo in plan.todo_of.values())
    done = sum(states.get(id_, "") in _DONE for id_ in plan.todo_of)
    about = f"{len(plan.todo_of):,} todos by {len(plan.agent_of):,} agents for {code(plan.base)}"
    lines = [
        f"# Pull requests of {code(plan.series)}",
        "",
        f"{about}: {total:,} estimated lines. {done:,} todos are done.",
        f"The critical path (**●**) has {len(path.todos):,} todos and {path.lines:,} lines.",
        "",
    ]
    number = {id_: at for at, id_ in enumerate((*graph.order, *graph.stuck), 1)}
    for index, phase in enumerate(plan.phases):
        lines += _phase(plan, graph, states, phase, index, number, frozenset(path.todos))
    return "\n".join(lines)


def _phase(  # noqa: PLR0913, PLR0917 - what a table is made of
    plan: Plan,
    graph: Graph,
    states: Mapping[str, State],
    phase: Phase,
    index: int,
    number: Mapping[str, int],
    marked: frozenset[str],
) -> Iterator[str]:
    yield f"## Phase {code(phase.id)}{f': {prose(line(phase.title, _CELL))}' if phase.title else ''}"
    yield ""
    yield f"In {phase.run}." if phase.run == "parallel" else "In sequence, one after the other."
    yield ""
    todos = [plan.todo_of[id_] for id_ in number if graph.phase.get(id_) == index]
    if todos:
        yield "| # | branch | title | agent | lines | needs | state |"
        yield "|--:|---|---|---|--:|---|---|"
        for todo in todos:
            needs = ", ".join(f"{number[need]:,}" for need in graph.before[todo.id] if need in number)
            yield _row(plan, todo, states.get(todo.id), (number[todo.id], needs or "none"), marked=todo.id in marked)
    else:
        yield "No todos yet."
    yield ""
    if phase.gate:
        yield "Before the next phase starts:"
        yield ""
        for one in phase.gate:
            yield f"- [ ] {prose(line(one))}"
        yield ""


def _row(plan: Plan, todo: Todo, state: State | None, order: tuple[int, str], *, marked: bool) -> str:
    number, needs = order
    branch = code(todo.branch.removeprefix(f"{plan.series}/")) if todo.branch else "none yet"
    lines = f"{todo.lines:,}" if todo.lines is not None else "?"
    title = prose(line(todo.title or todo.id, _CELL))
    told = "**●** " if marked else ""
    where = code(todo.agent)
    return f"| {number:,} | {told}{branch} | {title} | {where} | {lines} | {needs} | {state or 'unknown'} |"
