"""`/review`: who is to review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import AskReview, Refused
from paddock.bot.command import AGENT, Argument, Command
from paddock.plan.model import Role
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """An agent that reviews, or any account; without one, whoever the plan says."""
    issue = view.subject
    if (closed := steps.finished(issue)) is not None:
        return closed
    if view.pulled is None:
        return Refused(f"#{view.number} has no open pull request")
    reviewer = _reviewer(call.args[0], view) if call.args else None
    if isinstance(reviewer, Refused):
        return reviewer
    asked = () if reviewer == issue.reviewer else (AskReview(number=issue.number, reviewer=reviewer),)
    return (*asked, *steps.label(issue, labels.STATE, State.IN_REVIEW))


def _reviewer(named: str, view: View) -> str | Refused:
    """An agent's id; a person's login with its `@`."""
    pulled, login = view.pulled, named.removeprefix("@").lower()
    if named.startswith("@") and not view.snapshot.agents(login):
        own = pulled is not None and login == pulled.author.lower()
        return Refused(f"#{view.number} is {named}'s own work") if own else named
    found = steps.agent(view.snapshot, named)
    if isinstance(found, Refused):
        return found
    if found.role is not Role.REVIEWER:
        return Refused(f"{found.id} is no reviewer")
    return found.id


COMMAND = Command(
    name="review",
    help="Asks for a review: of an agent, of an account, or of whoever the plan says.",
    arguments=(Argument("reviewer", AGENT, optional=True),),
    examples=("/review", "/review reviewer-1", "/review @ada"),
    handle=handle,
)
