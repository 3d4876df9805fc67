"""`/done`: a todo is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Close, Mark, Refused
from paddock.bot.command import Command
from paddock.bot.model import Decided
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """By a person's word, whatever reviews and gates say; an open pull request is not touched."""
    issue = view.subject
    if issue.pull is not None:
        return steps.unfit(issue) or ()
    if issue.closed:
        return ()
    head = view.pulled.pull.head if view.pulled is not None and view.pulled.pull is not None else None
    keys = [steps.again(head, judged) for judged in (None, Decided.CHANGES_REQUESTED)] if head is not None else []
    # Whatever was said of this head before, it does not go on by it.
    marks = (Mark(number=issue.number, key=key) for key in keys if key not in issue.marks)
    return (*steps.label(issue, labels.STATE, State.DONE), Close(number=issue.number), *marks)


COMMAND = Command(
    name="done",
    help="Says that this todo is finished, and closes its issue.",
    more="Work that goes through a pull request does not need it: it is done once approved, with its gates passed.",
    examples=("/done",),
    handle=handle,
)
