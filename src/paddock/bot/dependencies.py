"""GitHub's own dependencies between issues, beside what the bot made of them. Pure.

Lists of issues tell only how many open ones block each. As long as that is as many as publishing and `/block` made,
nothing is asked; else people set or removed some, and what GitHub says counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.bot.api import answers
    from paddock.bot.model import Issue, Snapshot


def needs(snapshot: Snapshot, issue: Issue) -> frozenset[int]:
    """The open issues of the plan's needs that publishing made dependencies of."""
    todos = snapshot.__dict__.get("todos")
    if todos is None:
        found = {one.todo: one for one in reversed(snapshot.issues) if one.todo is not None}
        todos = snapshot.__dict__["todos"] = found
    known = (todos.get(one) for one in issue.linked)
    return frozenset(one.number for one in known if one is not None and not one.closed)


def expected(snapshot: Snapshot, issue: Issue) -> frozenset[int]:
    """The open issues by which it is blocked on GitHub, as far as the bot made it so."""
    ours = (snapshot.issue_of.get(one) for one in issue.native)
    return needs(snapshot, issue) | {one.number for one in ours if one is not None and not one.closed}


def told(snapshot: Snapshot, issue: Issue, blockers: Iterable[answers.Issue], home: str) -> Issue:
    """An issue with what GitHub says that blocks it; `home` is the repository, as GitHub spells it."""
    open_ = [one for one in blockers if not one.closed]
    here = [one.number for one in open_ if one.home == home]
    planned = needs(snapshot, issue)
    said = [one for one in issue.blocked_by if one not in issue.native or one in here]
    return structs.replace(
        issue,
        blocked_by=tuple(dict.fromkeys((*said, *(one for one in here if one not in planned)))),
        native=tuple(one for one in here if one in said or one not in planned),
        elsewhere=tuple(f"{one.home}#{one.number}" for one in open_ if one.home != home),
    )
