"""Names of a plan that mean nothing, or two things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.plan.problems.problem import Problem
from paddock.policy import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.plan.model import Plan


def problems(plan: Plan) -> Iterator[Problem]:
    """Ids that are given twice, and names of no phase, agent or todo."""
    yield from _twice(plan)
    for index, todo in enumerate(plan.todos):
        path = ("todos", index)
        for key, name, known in (
            ("agent", todo.agent, plan.agent_of),
            ("phase", todo.phase, plan.phase_of),
            ("reviewer", todo.reviewer, plan.agent_of),
        ):
            if name is not None and name not in known:
                what = "agent" if key == "reviewer" else key
                yield _unknown(f"todo {todo.id}", what, name, known, (*path, key))
        for at, need in enumerate(todo.needs):
            if need not in plan.todo_of:
                yield _unknown(f"todo {todo.id} needs", "todo", need, plan.todo_of, (*path, "needs", at))


def _twice(plan: Plan) -> Iterator[Problem]:
    for key, what in (("phases", "phase"), ("agents", "agent"), ("todos", "todo")):
        first: dict[str, int] = {}
        for index, one in enumerate(getattr(plan, key)):
            if one.id in first:
                where = plan.places.get((key, first[one.id], "id"))
                at = f", first on line {where.line}" if where else ""
                yield Problem(
                    code="duplicate-id",
                    message=f"the {what} {one.id} is there twice{at}",
                    path=(key, index, "id"),
                    hint="give one of them another id",
                )
            first.setdefault(one.id, index)


def _unknown(who: str, what: str, name: str, known: Mapping[str, object], path: tuple[str | int, ...]) -> Problem:
    hint = words.near(name, known) or (f"there are: {', '.join(list(known)[:12])}" if known else f"there is no {what}")
    return Problem(code="unknown-name", message=f"{who}: there is no {what} `{name}`", path=path, hint=hint)
