"""`/reopen`: a finished todo is open again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Refused, Reopen
from paddock.bot.command import Command
from paddock.bot.model import Decided
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It keeps its agent, and holds up the phases after its own again."""
    issue = view.subject
    if issue.pull is not None:
        return steps.unfit(issue) or ()
    if not issue.closed:
        return ()
    pulled = view.pulled
    pull = pulled.pull if pulled is not None else None
    if pull is not None and any(one.verdict is Decided.APPROVED and one.sha == pull.head for one in pull.reviews):
        where = pulled.number if pulled is not None else 0
        return Refused(f"#{where} is approved, by which #{issue.number} is done", f"on #{where}: /request-changes")
    return (Reopen(number=issue.number), *steps.label(issue, labels.STATE, State.OPEN))


COMMAND = Command(
    name="reopen",
    help="Opens this todo again; it keeps its agent.",
    examples=("/reopen",),
    handle=handle,
)
