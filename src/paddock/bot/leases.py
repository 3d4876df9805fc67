"""Leases: a todo that nobody works on or reviews, its agent reminded of it, and whose it is then. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from paddock.bot import labels, steps, tell
from paddock.bot.actions import AskReview
from paddock.bot.model import NUDGE
from paddock.bot.proposals import pulls
from paddock.bot.reviewing import freest, load
from paddock.bot.work import work
from paddock.plan.model import Role
from paddock.plan.schedule import TAKEN, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from paddock.bot.actions import Action
    from paddock.bot.model import Issue, Snapshot
    from paddock.plan.model import Agent

_LAPSED = "lapsed:"  # how the keys begin of what is said when a lease has lapsed
_WORKED = frozenset({State.IN_PROGRESS, State.CHANGES_REQUESTED})


def leases(snapshot: Snapshot) -> Iterator[Action]:
    """Whoever shows no sign of work is reminded, and after as long again holds the todo no longer."""
    if snapshot.now is None:
        return
    lease = timedelta(hours=snapshot.bot.lease)
    free: list[Agent] | None = None
    yield from _reviews(snapshot, snapshot.now, lease)
    for issue in snapshot.issues:
        agent = snapshot.agent(issue) if snapshot.is_todo(issue) else None
        if agent is None or issue.touched is None or snapshot.state(issue) not in _WORKED:
            continue
        since = issue.touched.strftime("%Y%m%dT%H%M%SZ")
        if issue.nudged is not None and issue.nudged >= issue.touched:
            if snapshot.now - issue.nudged >= lease:
                free = _idle(snapshot) if free is None else free
                yield from _lapsed(snapshot, issue, agent, since, free)
        elif snapshot.now - issue.touched >= lease:
            yield from steps.told(issue, f"{NUDGE}{since}", tell.nudge(agent, snapshot.bot.lease))


def _reviews(snapshot: Snapshot, now: datetime, lease: timedelta) -> Iterator[Action]:
    """A review that does not come is reminded of, begun anew, and then another's."""
    for number, pulled in pulls(snapshot).items():
        issue, pull = snapshot.issue_of[number], pulled.pull
        if issue.reviewer is None or pull is None or pull.green is False or pull.draft:
            continue
        if snapshot.state(issue) is not State.IN_REVIEW:
            continue
        reviewer = snapshot.plan.agent_of.get(issue.reviewer)
        if reviewer is None:
            if not issue.reviewer.startswith("@"):  # it is in the plan no more
                yield AskReview(number=number, reviewer=None)
            continue
        if issue.touched is None:
            continue
        since = issue.touched.strftime("%Y%m%dT%H%M%SZ")
        if issue.nudged is None or issue.nudged < issue.touched:
            if now - issue.touched >= lease:
                yield from steps.told(issue, f"{NUDGE}{since}", tell.unreviewed(reviewer, pulled, snapshot.bot.lease))
        elif now - issue.nudged >= lease:
            yield from _unreviewed(snapshot, issue, reviewer, since)


def _unreviewed(snapshot: Snapshot, issue: Issue, reviewer: Agent, since: str) -> Iterator[Action]:
    again = snapshot.bot.lapsed == "restart" and not lapses(issue, reviewer)
    heir = reviewer if again else freest(snapshot, issue, load(snapshot), but=reviewer)
    if heir is not None and heir is not reviewer:
        yield AskReview(number=issue.number, reviewer=heir.id)
    text = tell.passed_on(reviewer, snapshot.bot.lease, heir)
    yield from steps.told(issue, f"{_LAPSED}{reviewer.id}:{since}", text)


def _lapsed(snapshot: Snapshot, issue: Issue, agent: Agent, since: str, free: list[Agent]) -> Iterator[Action]:
    """A todo that its agent does not work on is tried again, is another's, or is nobody's; `free` is used up."""
    key, hours = f"{_LAPSED}{agent.id}:{since}", snapshot.bot.lease
    heir = next((one for one in free if one.id != agent.id), None)
    if snapshot.bot.lapsed == "restart" and not lapses(issue, agent):
        # Its turn begins anew, since it is counted how often it lapsed.
        yield from steps.told(issue, key, tell.lapsed(agent, hours, agent))
    elif snapshot.bot.lapsed == "hand-on" and heir is not None:
        free.remove(heir)
        yield from steps.give(snapshot, issue, heir)
        yield from steps.label(issue, labels.STATE, State.IN_PROGRESS)
        yield from steps.told(issue, key, tell.lapsed(agent, hours, heir))
    else:
        yield from steps.take(snapshot, issue)
        yield from steps.told(issue, key, tell.lapsed(agent, hours, None))


def lapses(issue: Issue, agent: Agent) -> int:
    """How often an agent's lease of a todo lapsed."""
    return sum(one.startswith(f"{_LAPSED}{agent.id}:") for one in issue.marks)


def _idle(snapshot: Snapshot) -> list[Agent]:
    """The workers that have nothing in hand and nothing that they could start."""
    now = work(snapshot)
    busy = {todo.agent for todo in now.plan.todos if now.states[todo.id] in TAKEN}
    busy |= {agent for agent, ready in now.ready().items() if ready}
    return [one for one in snapshot.plan.agents if one.role is Role.WORKER and one.id not in busy]
