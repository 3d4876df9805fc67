"""`/reopen`: a finished todo is open again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Refused, Reopen
from paddock.bot.command import Command
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment, View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It keeps its agent, and holds up the phases after its own again."""
    issue = view.subject
    if issue.pull is not None:
        return steps.unfit(issue) or ()
    if not issue.closed:
        return ()
    return (Reopen(number=issue.number), *steps.label(issue, labels.STATE, State.OPEN))


COMMAND = Command(
    name="reopen",
    help="Opens this todo again; it keeps its agent.",
    examples=("/reopen",),
    handle=handle,
)
