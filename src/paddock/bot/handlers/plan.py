"""`/plan`: how far everything is."""

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
    return (Show(number=view.number, what="plan", key=f"plan:{comment.id}:{call.fingerprint}"),)


COMMAND = Command(
    name="plan",
    help="Tells how far every phase and every agent is.",
    examples=("/plan",),
    about=About.NOTHING,
    handle=handle,
)
