"""`/launch`: an agent is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Launch, Refused
from paddock.bot.command import Command
from paddock.plan.model import Launch as PlanLaunch
from paddock.plan.schedule import TAKEN, State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """One comment starts it once, in the way that the plan says."""
    issue, agent = view.subject, view.agent
    if (unfit := steps.unfit(issue)) is not None:
        return unfit
    if agent is None:
        return Refused(f"#{issue.number} is nobody's", "first: /assign AGENT")
    if agent.launch is PlanLaunch.NONE:
        return Refused(f"the plan does not say how {agent.id} is started", "give it `launch:` in the plan")
    state = view.snapshot.state(issue)
    if state in (State.HELD, State.BLOCKED):
        return Refused(f"#{issue.number} is {state}", "first: /unhold" if state is State.HELD else "first: /unblock")
    start = () if state in TAKEN else steps.label(issue, labels.STATE, State.IN_PROGRESS)
    return (*start, Launch(number=issue.number, agent=agent.id, key=f"launch:{comment.id}:{call.fingerprint}"))


COMMAND = Command(
    name="launch",
    help="Starts the agent whose todo this is on it, once more if it was started before.",
    more="How it is started is said by `launch` in the plan.",
    examples=("/launch",),
    handle=handle,
)
