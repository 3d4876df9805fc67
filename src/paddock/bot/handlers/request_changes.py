"""`/request-changes`: what is to be done before it is good."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from paddock.bot import labels, steps
from paddock.bot.actions import CreateTodo, Refused, SetReview
from paddock.bot.command import ON_PULLS, TEXT, Argument, Command
from paddock.bot.model import Decided, Review
from paddock.bot.permission import speaking_agents
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """Each change becomes a todo of the same agent. The request outlives a push: its author ends it by approving."""
    pulled = view.pulled
    if pulled is None or pulled.pull is None:
        return Refused(f"#{view.number} has no open pull request")
    if pulled.closed:
        return Refused(f"#{pulled.number} is {'merged' if pulled.pull.merged else 'closed'}")
    agent, issue = view.agent, view.subject
    speaking = next(
        (one.id for one in speaking_agents(comment.author, view.snapshot) if one.id in view.reviewers()), None
    )
    review = Review(
        by=comment.author.login,
        verdict=Decided.CHANGES_REQUESTED,
        sha=comment.sha or pulled.pull.head,
        agent=speaking,
        id=comment.review,
        base=pulled.pull.base,
    )
    changes = (
        CreateTodo(
            number=issue.number,
            key=f"change:{comment.id}:{sha256(text.encode()).hexdigest()[:16]}",
            text=text,
            by=comment.author.login,
            comment=comment.id,
            line=line,
            agent=agent.id if agent is not None else None,
            phase=view.snapshot.phase(issue),
            is_change=True,
        )
        for text, line in zip(call.args, call.lines, strict=True)
    )
    state = () if issue.pull is not None else steps.label(issue, labels.STATE, State.CHANGES_REQUESTED)
    judged = () if review in pulled.pull.reviews else (SetReview(number=pulled.number, review=review),)
    return (*judged, *changes, *state)


COMMAND = Command(
    name="request-changes",
    help="Asks for changes: what stands behind it, and each item of the lists that follow, becomes a todo.",
    more="The todos fall to the agent whose work it is. Ticked items are left out, nested ones stay with theirs.",
    arguments=(Argument("what", TEXT, optional=True),),
    examples=("/request-changes Close the file", "/request-changes\n- Close the file\n- Test the error path"),
    places=ON_PULLS,
    items=True,
    handle=handle,
)
