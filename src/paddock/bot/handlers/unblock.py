"""`/unblock`: a todo waits no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import steps
from paddock.bot.actions import Refused, Unblock
from paddock.bot.command import ISSUE, Argument, Command
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """What the plan says that it needs, it needs all the same."""
    issue = view.subject
    if issue.elsewhere and not call.args and not issue.blocked_by:
        listed = ", ".join(issue.elsewhere)
        return Refused(f"#{issue.number} waits for {listed}", "that is another repository's: take it away on the issue")
    which = (int(call.args[0]),) if call.args else issue.blocked_by
    actions: list[Action] = [Unblock(number=issue.number, on=on) for on in which if on in issue.blocked_by]
    if not call.args:
        actions += steps.flag(issue, State.BLOCKED, on=False)
    return tuple(actions)


COMMAND = Command(
    name="unblock",
    help="Ends the waiting for the issue named; without one, for all of this repository.",
    more="What the plan says that it needs, it needs all the same.",
    arguments=(Argument("issue", ISSUE, optional=True),),
    examples=("/unblock", "/unblock #12"),
    handle=handle,
)
