"""A snapshot as it will be once actions are carried out, as far as it holds what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from paddock.bot import actions as act
from paddock.bot.model import NUDGE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from paddock.bot.actions import Action
    from paddock.bot.model import Issue, Pull, Snapshot


def apply(snapshot: Snapshot, actions: Iterable[Action]) -> Snapshot:
    """The next command of a comment is judged by what the one before it leaves."""
    changed: dict[int, Issue] = {}
    made = set(snapshot.made)
    for action in actions:
        if isinstance(action, act.CreateTodo):
            made.add(action.key)
        issue = changed.get(action.number) or snapshot.issue_of.get(action.number)
        if issue is not None:
            issue = _changed(issue, action)
            if isinstance(action, act.Tell) and action.turn:
                issue = structs.replace(issue, touched=snapshot.now or issue.touched)
            elif isinstance(action, act.Tell) and action.key.startswith(NUDGE):
                issue = structs.replace(issue, nudged=snapshot.now)
            elif isinstance(action, act.Check) and issue.pull is not None and action.sha == issue.pull.head:
                issue = structs.replace(issue, pull=_based(issue.pull, snapshot.now))
            changed[action.number] = issue
    if len(made) == len(snapshot.made) and all(changed[one] is snapshot.issue_of[one] for one in changed):
        return snapshot
    issues = tuple(changed.get(one.number, one) for one in snapshot.issues)
    return structs.replace(snapshot, issues=issues, made=frozenset(made))


def _changed(issue: Issue, action: Action) -> Issue:  # noqa: C901, PLR0911, PLR0912 - one case an action
    match action:
        case act.AddLabel(label=label):
            return structs.replace(issue, labels=_with(issue.labels, label))
        case act.RemoveLabel(label=label):
            return structs.replace(issue, labels=_without(issue.labels, label))
        case act.Assign(login=login):
            return structs.replace(issue, assignees=_with(issue.assignees, login))
        case act.Unassign(login=login):
            return structs.replace(issue, assignees=_without(issue.assignees, login))
        case act.Close():
            return structs.replace(issue, closed=True)
        case act.Reopen():
            return structs.replace(issue, closed=False)
        case act.Block(on=on):
            blocked, told = (tuple(dict.fromkeys((*some, on))) for some in (issue.blocked_by, issue.told))
            return structs.replace(issue, blocked_by=blocked, told=told)
        case act.Unblock(on=on):
            some = (issue.blocked_by, issue.native, issue.told)
            rest, native, told = (tuple(one for one in those if one != on) for those in some)
            return structs.replace(issue, blocked_by=rest, native=native, told=told)
        case act.AskReview(reviewer=reviewer):
            return structs.replace(issue, reviewer=reviewer)
        case act.Tell(key=key) | act.Launch(key=key) | act.Mark(key=key):
            return structs.replace(issue, marks=issue.marks | {key})
        case act.Stick(text=text):
            return structs.replace(issue, sticky=text)
        case act.Recheck(key=key):
            return issue if key in issue.marks else _anew(structs.replace(issue, marks=issue.marks | {key}))
        case act.SetReview() | act.SetOverride() | act.Check():
            return issue if issue.pull is None else structs.replace(issue, pull=_judged(issue.pull, action))
        case _:
            return issue


def _anew(issue: Issue) -> Issue:
    """With nothing known of what the gates say."""
    if issue.pull is None:
        return issue
    judged = structs.replace(issue.pull.judged, digest="", green=None)
    return structs.replace(issue, pull=structs.replace(issue.pull, judged=judged, green=None))


def _based(pull: Pull, now: datetime | None) -> Pull:
    """With the base that it is seen with, and since when."""
    judged = pull.judged
    based = now if judged.base and judged.base != pull.base else judged.based
    return structs.replace(pull, judged=structs.replace(judged, base=pull.base, based=based))


def _judged(pull: Pull, action: act.SetReview | act.SetOverride | act.Check) -> Pull:
    if isinstance(action, act.Check):
        if action.sha != pull.head:
            return pull
        if action.name == act.ORDER:
            judged = structs.replace(pull.judged, head=action.sha, order=action.digest)
            return structs.replace(pull, judged=judged)
        judged = structs.replace(pull.judged, head=action.sha, digest=action.digest, green=action.green)
        return structs.replace(pull, judged=judged, green=action.green)
    if isinstance(action, act.SetReview):
        rest = tuple(one for one in pull.reviews if one.by.lower() != action.review.by.lower())
        return structs.replace(pull, reviews=(*rest, action.review))
    others = tuple(one for one in pull.overrides if one.gate != action.override.gate)
    return structs.replace(pull, overrides=(*others, action.override))


def _with(those: tuple[str, ...], one: str) -> tuple[str, ...]:
    return those if one.casefold() in {other.casefold() for other in those} else (*those, one)


def _without(those: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(other for other in those if other.casefold() != one.casefold())
