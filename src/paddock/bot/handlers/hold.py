"""`/hold`: nobody works on a todo for now."""

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
    """How far it is stays, for when it goes on."""
    return tuple(steps.flag(view.subject, State.HELD, on=True))


COMMAND = Command(
    name="hold",
    help="Lets nobody work on this todo, nor merge its pull request, until `/unhold`.",
    more="How far it is stays. It leaves its agent free for another todo.",
    examples=("/hold",),
    handle=handle,
)
