"""`/assign`: a todo into an agent's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import Refused
from paddock.bot.command import AGENT, Argument, Command
from paddock.bot.work import work
from paddock.plan.model import Role
from paddock.plan.owners import Owners

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View
    from paddock.plan.model import Agent


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """An issue that is in no plan becomes a todo of the phase that is on."""
    snapshot, issue = view.snapshot, view.subject
    if (unfit := steps.unfit(issue)) is not None:
        return unfit
    found = steps.agent(snapshot, call.args[0]) if call.args else _owner(view)
    if isinstance(found, Refused):
        return found
    if found.role is Role.REVIEWER:
        return Refused(f"{found.id} is a reviewer", f"let it review: /review {found.id}")
    holder = snapshot.agent(issue)
    if holder is not None and holder.id != found.id:
        return Refused(f"#{issue.number} is {holder.id}'s", f"hand it on: /reassign {found.id}")
    actions = [*steps.give(snapshot, issue, found)]
    if snapshot.phase(issue) is None and (phase := work(snapshot).phase) is not None:
        actions += steps.label(issue, labels.PHASE, phase)
    return tuple(actions)


def _owner(view: View) -> Agent | Refused:
    """Whose todo the plan says it is; else who alone owns the paths."""
    plan, issue = view.snapshot.plan, view.subject
    planned = plan.todo_of.get(issue.todo or "")
    if planned is not None and planned.agent in plan.agent_of:
        return plan.agent_of[planned.agent]
    paths = issue.paths or view.here.paths
    owners = Owners(plan)
    owning = {one.id: one for path in paths for one in plan.agent_of.values() if owners.owns(one, path)}
    if len(owning) == 1:
        return next(iter(owning.values()))
    found = f"{', '.join(owning)} own paths of it" if owning else f"nobody owns the {len(paths)} paths it names"
    return Refused(found if paths else "it names no path that an agent owns", "say who: /assign AGENT")


COMMAND = Command(
    name="assign",
    help="Puts this todo into an agent's hands; without AGENT into those of whoever owns its paths.",
    more="An issue that is in no plan becomes a todo. What another agent has is handed on by `/reassign`.",
    arguments=(Argument("agent", AGENT, optional=True),),
    examples=("/assign agent-3", "/assign"),
    handle=handle,
)
