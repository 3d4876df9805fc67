"""`/status`: how far a todo is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import Show
from paddock.bot.command import About, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """One comment is answered once."""
    return (Show(number=view.number, what="status", key=f"status:{comment.id}:{call.fingerprint}"),)


COMMAND = Command(
    name="status",
    help="Tells how far this todo is, whose it is, and what it waits for.",
    examples=("/status",),
    about=About.NOTHING,
    handle=handle,
)
