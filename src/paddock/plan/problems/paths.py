"""Paths with two owners, and owners without paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.findings import Level
from paddock.plan.globs import Unknown, beginning, meeting
from paddock.plan.model import Role
from paddock.plan.problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Agent, Plan

TOLD = 100  # pairs of agents; who has more reads them after mending these


def problems(plan: Plan) -> Iterator[Problem]:
    """All of it."""
    told = 0
    for first, second in _candidates(plan):
        if told == TOLD:
            return
        for problem in _pair(plan, first, second):
            told += 1
            yield problem
    for index, agent in enumerate(plan.agents):
        if agent.owns and plan.shared:
            yield from _shared(plan, agent, index)
        if agent.role is Role.WORKER and not agent.owns:
            message = f"{agent.id} owns no paths: nothing keeps others from changing what it works on"
            yield Problem(code="no-paths", message=message, path=("agents", index, "id"), level=Level.WARNING)


def _pair(plan: Plan, first: int, second: int) -> Iterator[Problem]:
    one, other = plan.agents[first], plan.agents[second]
    path = meeting(one.owns, other.owns)
    at = ("agents", second, "owns")
    if isinstance(path, Unknown):
        message = f"whether {one.id} and {other.id} own a path in common can't be told: their globs are too involved"
        yield Problem(code="owners", message=message, path=at, hint="name folders, with fewer * and ?")
    elif path is not None:
        yield Problem(
            code="owners",
            message=f"{one.id} and {other.id} both own {path}",
            path=at,
            hint="take it out of one of them with a glob that begins with `!`, or put it under `shared`",
        )


def _shared(plan: Plan, agent: Agent, index: int) -> Iterator[Problem]:
    path = meeting(agent.owns, plan.shared)
    if isinstance(path, str):
        message = f"{agent.id} owns {path}, which is shared by all"
        yield Problem(code="shared", message=message, path=("agents", index, "owns"), level=Level.WARNING)


def _candidates(plan: Plan) -> list[tuple[int, int]]:
    """Pairs of agents some of whose globs begin alike; most need no further look."""
    starts = sorted(
        {(beginning(glob), index) for index, agent in enumerate(plan.agents) for glob in agent.owns if glob[:1] != "!"}
    )
    found: set[tuple[int, int]] = set()
    above: list[tuple[str, int]] = []  # those that the present one begins with
    for text, index in starts:
        while above and not text.startswith(above[-1][0]):
            above.pop()
        found |= {(min(index, other), max(index, other)) for _, other in above if other != index}
        above.append((text, index))
    return sorted(found)
