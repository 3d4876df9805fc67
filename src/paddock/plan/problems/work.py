"""Todos that are too large, and what is still open about todos and phases."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from paddock.findings import Level
from paddock.plan.problems.problem import Problem, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.graph import Graph
    from paddock.plan.model import Plan
    from paddock.plan.problems.problem import Rules


def problems(plan: Plan, rules: Rules, graph: Graph) -> Iterator[Problem]:
    """All of it."""
    for index, todo in enumerate(plan.todos):
        if rules.limit is not None and todo.lines is not None and todo.lines > rules.limit:
            yield Problem(
                code="size",
                message=f"todo {todo.id} has {todo.lines:,} estimated lines, {todo.lines - rules.limit:,} over the "
                f"limit of {rules.limit:,}",
                path=("todos", index, "lines"),
                hint=f"split it into {ceil(todo.lines / max(rules.limit, 1))} todos that need each other",
            )
    yield from _open_ends(plan)
    busy = set(graph.phase.values())
    for number, phase in enumerate(plan.phases):
        if number not in busy:
            message = f"phase {phase.id} has no todos yet"
            yield Problem(code="empty-phase", message=message, path=("phases", number, "id"), level=Level.NOTE)
        if not phase.gate and number + 1 < len(plan.phases):
            message = f"phase {phase.id} has no gate: {plan.phases[number + 1].id} starts once its todos are done"
            yield Problem(code="no-gate", message=message, path=("phases", number, "id"), level=Level.NOTE)


def _open_ends(plan: Plan) -> Iterator[Problem]:
    """One note for each kind, however many todos it is about."""
    kinds = (
        ("no-branch", "without a branch", [todo.branch is None for todo in plan.todos]),
        ("no-estimate", "without estimated lines", [todo.lines is None for todo in plan.todos]),
        ("no-acceptance", "without acceptance", [not todo.acceptance for todo in plan.todos]),
    )
    for code, what, lacking in kinds:
        those = [index for index, lacks in enumerate(lacking) if lacks]
        if those:
            noun = "todo" if len(those) == 1 else "todos"
            message = f"{len(those):,} {noun} {what}: {listed([plan.todos[index].id for index in those])}"
            yield Problem(code=code, message=message, path=("todos", those[0], "id"), level=Level.NOTE)
