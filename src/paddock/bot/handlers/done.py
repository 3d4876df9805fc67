"""`/done`: a todo is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Close, Refused
from paddock.bot.command import Command
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment, View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """By a person's word, whatever reviews and gates say; an open pull request is not touched."""
    issue = view.subject
    if issue.pull is not None:
        return steps.unfit(issue) or ()
    if issue.closed:
        return ()
    return (*steps.label(issue, labels.STATE, State.DONE), Close(number=issue.number))


COMMAND = Command(
    name="done",
    help="Says that this todo is finished, and closes its issue.",
    more="Work that goes through a pull request does not need it: it is done once approved, with its gates passed.",
    examples=("/done",),
    handle=handle,
)
