"""`/recheck`: the gates judge once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import Recheck, Refused
from paddock.bot.command import ON_PULLS, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """One comment asks once for one head."""
    pulled = view.pulled
    if pulled is None or pulled.pull is None:
        return Refused(f"#{view.number} has no open pull request")
    sha = pulled.pull.head
    return (Recheck(number=pulled.number, sha=sha, key=f"recheck:{comment.id}:{call.fingerprint}:{sha}"),)


COMMAND = Command(
    name="recheck",
    help="Lets the gates judge the pull request's head once more.",
    examples=("/recheck",),
    places=ON_PULLS,
    handle=handle,
)
