"""`/help`: what can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import Show
from paddock.bot.command import COMMAND as COMMAND_NAME
from paddock.bot.command import About, Argument, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """One comment is answered once."""
    return (
        Show(
            number=view.number,
            what="help",
            key=f"help:{comment.id}:{call.fingerprint}",
            about=call.args[0] if call.args else None,
        ),
    )


COMMAND = Command(
    name="help",
    help="Tells what can be said here, or all about one command.",
    arguments=(Argument("command", COMMAND_NAME, optional=True),),
    examples=("/help", "/help assign"),
    about=About.NOTHING,
    handle=handle,
)
