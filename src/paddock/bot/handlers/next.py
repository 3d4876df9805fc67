"""`/next`: the next todo that an agent may start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Refused
from paddock.bot.command import AGENT, About, Argument, Command
from paddock.bot.permission import speaking_agents
from paddock.bot.work import work
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View
    from paddock.plan.model import Agent


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It is in progress from here on; who is told, and started, is the loop's affair."""
    found = _agent(call, comment, view)
    if isinstance(found, Refused):
        return found
    todo = work(view.snapshot).next(found)
    if isinstance(todo, str):
        return Refused(f"{found.id} can start nothing: {todo}")
    return tuple(steps.label(todo, labels.STATE, State.IN_PROGRESS))


def _agent(call: Call, comment: Comment, view: View) -> Agent | Refused:
    if call.args:
        return steps.agent(view.snapshot, call.args[0])
    mine = speaking_agents(comment.author, view.snapshot)
    if mine:
        several = Refused(f"@{comment.author.login} is {', '.join(one.id for one in mine)}", "say which: /next AGENT")
        return mine[0] if len(mine) == 1 else several
    return view.agent or Refused(f"#{view.subject.number} is nobody's", "say for whom: /next AGENT")


COMMAND = Command(
    name="next",
    help="Hands an agent its next todo that is ready; without AGENT the agent whose todo this is.",
    more="Phases, needs and how many todos the agent may hold at once count; among what is ready, priority does.",
    arguments=(Argument("agent", AGENT, optional=True),),
    examples=("/next", "/next agent-3"),
    handle=handle,
    about=About.AGENT,
)
