"""`/phase`: the phase that a todo belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.command import PHASE, Argument, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """No phase starts before all todos of those before it are done."""
    phases = view.snapshot.plan.phase_of
    if call.args[0] not in phases:
        return steps.unknown("phase", call.args[0], phases)
    return tuple(steps.label(view.subject, labels.PHASE, call.args[0]))


COMMAND = Command(
    name="phase",
    help="Moves this todo into a phase of the plan.",
    arguments=(Argument("phase", PHASE),),
    examples=("/phase 2",),
    handle=handle,
)
