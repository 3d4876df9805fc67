"""Agents started by their workflow, each turn once: who has its lock starts it, and notes that in a ref beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import locks, tell
from paddock.bot.api.errors import ForbiddenError, GitHubError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from paddock.bot.actions import Launch
    from paddock.bot.github import GitHub
    from paddock.bot.model import Snapshot

WORKFLOW = "paddock-agent.yml"  # what starts an agent whose `launch` is `workflow`


class NotStartedError(GitHubError):
    """GitHub refused the lock or the start."""


def start(hub: GitHub, snapshot: Snapshot, launch: Launch, base: str) -> bool:
    """Whether it is started; where another run has the lock, that one does, or the next hour's will.

    Raises:
        NotStartedError: the token may not, or there is no such workflow.
    """
    # The same words on two issues, as an agent's first brief on each, are two turns.
    turn = tell.digest([str(launch.number), launch.key])
    try:
        lock = locks.take(hub, base, turn, snapshot.now)
        # Not by the comment that is kept current alone: another run can write over that.
        if locks.is_noted(hub, turn):
            return True
        if lock is None:
            return False
        hub.dispatch(WORKFLOW, base, {"agent": launch.agent, "issue": str(launch.number), "key": turn})
    except (ForbiddenError, NotFoundError, RefusedError) as error:
        raise NotStartedError(str(error), status=error.status) from error
    locks.note(hub, lock)
    return True
