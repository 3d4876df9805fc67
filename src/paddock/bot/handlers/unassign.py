"""`/unassign`: a todo out of everybody's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import steps
from paddock.bot.command import Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """A todo without an agent's label is handed to nobody."""
    return steps.unfit(view.subject) or tuple(steps.take(view.snapshot, view.subject))


COMMAND = Command(
    name="unassign",
    help="Takes this todo out of its agent's hands; nobody works on it until it is assigned.",
    examples=("/unassign",),
    handle=handle,
)
