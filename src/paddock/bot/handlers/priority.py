"""`/priority`: how much a todo weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.command import PRIORITY, Argument, Command
from paddock.plan.model import Priority

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """Of an agent's todos that are ready the heaviest comes first."""
    return tuple(steps.label(view.subject, labels.PRIORITY, call.args[0]))


COMMAND = Command(
    name="priority",
    help="Says how much this todo weighs: of an agent's todos that are ready, the heaviest comes first.",
    more=f"From the heaviest: {', '.join(Priority)}.",
    arguments=(Argument("priority", PRIORITY),),
    examples=("/priority high",),
    handle=handle,
)
