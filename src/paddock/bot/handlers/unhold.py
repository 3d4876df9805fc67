"""`/unhold`: work on a todo goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import steps
from paddock.bot.command import Command
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It is as far as it was."""
    return tuple(steps.flag(view.subject, State.HELD, on=False))


COMMAND = Command(
    name="unhold",
    aliases=("remove-hold",),
    help="Lets work on this todo go on.",
    examples=("/unhold",),
    handle=handle,
)
