"""GitHub's own dependencies, written and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.api.errors import ForbiddenError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from paddock.bot.github import GitHub
    from paddock.bot.model import Issue


def link(hub: GitHub, issue: Issue, other: Issue) -> bool:
    """Whether an issue is blocked by another now: the server may have no such thing, or this token no right to it."""
    if other.number in issue.native:
        return True
    try:
        hub.block(issue.number, _id(hub, other))
    except RefusedError:  # as where another run was first
        return any(one.number == other.number for one in hub.blocked_by(issue.number))
    except (ForbiddenError, NotFoundError):
        return False
    return True


def unlink(hub: GitHub, issue: Issue, other: Issue) -> str | None:
    """Why an issue goes on being blocked by another, in GitHub's words; None where it does not."""
    if other.number not in issue.native:
        return None
    try:
        hub.unblock(issue.number, _id(hub, other))
    except (ForbiddenError, RefusedError) as error:
        return str(error)
    return None


def _id(hub: GitHub, issue: Issue) -> int:
    return issue.id or hub.issue(issue.number).id
