"""Who may review a todo, and who of them has room. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from paddock.plan.model import Role
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.bot.model import Issue, Snapshot
    from paddock.plan.model import Agent


def reviewers(snapshot: Snapshot, issue: Issue) -> tuple[Agent, ...]:
    """The plan's reviewers of a todo, in any plan or none; never whose work it is."""
    agent = snapshot.agent(issue)
    own = agent.id if agent is not None else ""
    planned = snapshot.plan.todo_of.get(issue.todo or "")
    if planned is not None:
        return snapshot.plan.reviewers(structs.replace(planned, agent=own))
    return tuple(one for one in snapshot.plan.agents if one.role is Role.REVIEWER and one.id != own)


def load(snapshot: Snapshot) -> dict[str, int]:
    """How many todos in review each was asked to review, by agents' ids and `@login`."""
    found: dict[str, int] = {}
    for one in snapshot.issues:
        if one.reviewer is not None and snapshot.is_todo(one) and snapshot.state(one) is State.IN_REVIEW:
            found[one.reviewer] = found.get(one.reviewer, 0) + 1
    return found


def freest(snapshot: Snapshot, issue: Issue, asked: Mapping[str, int], *, but: Agent | None = None) -> Agent | None:
    """The reviewer of a todo with room and the fewest to review; None where there is none."""
    able = [one for one in reviewers(snapshot, issue) if one != but and asked.get(one.id, 0) < one.at_once]
    return min(able, key=lambda one: asked.get(one.id, 0), default=None)
