"""`/approve`: a commit is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import Refused, SetReview
from paddock.bot.command import ON_PULLS, SHA, Argument, Command
from paddock.bot.model import Decided, Review
from paddock.bot.permission import head, reviewing_as

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """Never by who made it; for one commit, which is the head, and one base; gone with the next push."""
    pulled = view.pulled
    if pulled is None or pulled.pull is None:
        return Refused(f"#{view.number} has no open pull request")
    if pulled.closed:
        return Refused(f"#{pulled.number} is {'merged' if pulled.pull.merged else 'closed'}")
    if pulled.pull.unlisted:
        reason = f"#{pulled.number} has more commits than GitHub lists, so that who made them is not known"
        return Refused(reason, "make it smaller: paddock split, or squash them")
    agent = reviewing_as(comment, view)
    if isinstance(agent, Refused):
        return agent
    sha = head(call, comment, pulled.pull)
    if isinstance(sha, Refused):
        return sha
    review = Review(
        by=comment.author.login,
        verdict=Decided.APPROVED,
        sha=sha,
        agent=agent.id if agent else None,
        id=comment.review,
        base=pulled.pull.base,
    )
    return () if review in pulled.pull.reviews else (SetReview(number=pulled.number, review=review),)


COMMAND = Command(
    name="approve",
    aliases=("lgtm",),
    help="Approves the pull request's head, or the commit named, which has to be the head.",
    more="Nobody approves their own work, nor as the same agent under another login. A push ends it, and another base.",
    arguments=(Argument("sha", SHA, optional=True),),
    examples=("/approve", "/approve 1f3c5a7"),
    places=ON_PULLS,
    handle=handle,
)
