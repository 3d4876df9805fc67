"""`/reassign`: a todo from one agent's hands into another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import steps
from paddock.bot.actions import Refused
from paddock.bot.command import AGENT, Argument, Command
from paddock.plan.model import Role

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It is open again for its new agent, whatever the one before had done."""
    if (unfit := steps.unfit(view.subject)) is not None:
        return unfit
    found = steps.agent(view.snapshot, call.args[0])
    if isinstance(found, Refused):
        return found
    if found.role is Role.REVIEWER:
        return Refused(f"{found.id} is a reviewer", f"let it review: /review {found.id}")
    return tuple(steps.give(view.snapshot, view.subject, found))


COMMAND = Command(
    name="reassign",
    help="Hands this todo on to another agent.",
    more="It is open again until that agent starts on it. A branch that is there stays as it is.",
    arguments=(Argument("agent", AGENT),),
    examples=("/reassign agent-4",),
    handle=handle,
)
