"""What several commands do: a label in the place of others, a todo into an agent's hands. Nothing where all is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels
from paddock.bot.actions import AddLabel, Assign, Refused, RemoveLabel, Tell, Unassign
from paddock.plan.schedule import State
from paddock.policy.words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.bot.actions import Action
    from paddock.bot.model import Decided, Issue, Snapshot
    from paddock.plan.model import Agent


def label(issue: Issue, prefix: str, value: str) -> Iterator[Action]:
    """The one label of this prefix has this value; among states, the flags stay."""
    wanted = labels.label(prefix, value)
    for other in labels.others(issue.labels, prefix, wanted):
        yield RemoveLabel(number=issue.number, label=other)
    if labels.value(issue.labels, prefix, (value,)) is None:
        yield AddLabel(number=issue.number, label=wanted)


def unlabel(issue: Issue, prefix: str) -> Iterator[Action]:
    """There is no label of this prefix, but for flags."""
    for other in labels.others(issue.labels, prefix, ""):
        yield RemoveLabel(number=issue.number, label=other)


def flag(issue: Issue, state: State, *, on: bool) -> Iterator[Action]:
    """The flag is on or off."""
    there = labels.value(issue.labels, labels.STATE, (state,)) is not None
    if on != there:
        yield (AddLabel if on else RemoveLabel)(number=issue.number, label=labels.label(labels.STATE, state))


def give(snapshot: Snapshot, issue: Issue, agent: Agent) -> Iterator[Action]:
    """The todo is the agent's. How far it is stays, unless it was nobody's or another's: then it is open again."""
    before = snapshot.agent(issue)
    yield from label(issue, labels.AGENT, agent.id)
    yield from _assignees(snapshot, issue, agent)
    if before is None or before.id != agent.id or labels.progress(issue.labels) is None:
        yield from label(issue, labels.STATE, State.OPEN)


def take(snapshot: Snapshot, issue: Issue) -> Iterator[Action]:
    """The todo is nobody's, and open."""
    yield from unlabel(issue, labels.AGENT)
    yield from _assignees(snapshot, issue, None)
    yield from label(issue, labels.STATE, State.OPEN)


def again(head: str, judged: Decided | None) -> str:
    """The key under which a todo that was done goes on, once for a head."""
    return f"again:{head}:{judged or 'moved'}"


def told(issue: Issue, key: str, text: str, *, turn: bool = False) -> Iterator[Action]:
    """A comment says this, unless it was said."""
    if key not in issue.marks:
        yield Tell(number=issue.number, key=key, text=text, turn=turn)


def _assignees(snapshot: Snapshot, issue: Issue, agent: Agent | None) -> Iterator[Action]:
    """Of the agents' accounts only this agent's is assigned; who else is, is people's affair."""
    wanted = agent.login.lower() if agent is not None and agent.login is not None else None
    there = {login.lower() for login in issue.assignees}
    stay = {login.lower() for login in snapshot.bot.people} | {wanted}
    for login in issue.assignees:
        if snapshot.agents(login) and login.lower() not in stay:
            yield Unassign(number=issue.number, login=login)
    if agent is not None and agent.login is not None and wanted not in there:
        yield Assign(number=issue.number, login=agent.login)


def agent(snapshot: Snapshot, named: str) -> Agent | Refused:
    """The agent of an id, whatever its case, or of an `@login` that is one agent's alone."""
    by_id = {one.lower(): agent for one, agent in snapshot.plan.agent_of.items()}
    if not named.startswith("@"):
        return by_id.get(named.lower()) or unknown("agent", named, snapshot.plan.agent_of)
    some = snapshot.agents(named[1:])
    if len(some) > 1:
        return Refused(f"{named} is the account of {', '.join(one.id for one in some)}", "name one of them by its id")
    return some[0] if some else unknown("agent", named, snapshot.plan.agent_of)


def unknown(what: str, named: str, known: Iterable[str]) -> Refused:
    """There is none of that name."""
    names = list(known)
    near = nearest(named.lstrip("@"), names)
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""  # noqa: PLR2004 - as many as fit a line
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(names[:12])}{more}" if names else None
    return Refused(f"the plan has no {what} `{named}`" if what != "gate" else f"there is no gate `{named}`", hint)


def finished(issue: Issue) -> Refused | None:
    """What is closed is worked on by nobody."""
    return Refused(f"#{issue.number} is closed", "first: /reopen") if issue.closed else None


def unfit(issue: Issue) -> Refused | None:
    """Only an open issue is in somebody's hands; of a pull request it is the issue that it closes."""
    if issue.pull is not None:
        hint = f"say it on the todo's issue, or write `Closes #N` into #{issue.number}"
        return Refused(f"#{issue.number} closes no todo", hint)
    return finished(issue)
