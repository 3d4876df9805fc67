"""Whether the gates' verdict that the bot remembers is the one that it gave.

It remembers in a comment, and whoever may push may edit that. The check on the commit is the bot's own: GitHub lets no
other account write under an app's name, or set a status as somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from paddock.bot.actions import GATES
from paddock.bot.model import Decided, Judged

if TYPE_CHECKING:
    from paddock.bot.github import GitHub
    from paddock.bot.model import Issue, Pull

_BOT = "[bot]"


def believed(hub: GitHub, me: str, pulled: Issue, *, approving: bool) -> Issue:
    """A pull request, with what is remembered of it only as far as its check says the same.

    Asked where a todo could end by it: remembered as green, and approved, or about to be.
    """
    pull = pulled.pull
    if pull is None or pulled.closed or not pull.green or not (approving or _is_approved(pull)):
        return pulled
    told = _told(hub, me, pull)
    if told is None:  # not by the bot: the gates judge it anew
        return structs.replace(pulled, pull=structs.replace(pull, judged=Judged(), green=None))
    return pulled if told else structs.replace(pulled, pull=structs.replace(pull, green=None))


def _is_approved(pull: Pull) -> bool:
    return any(one.verdict is Decided.APPROVED and one.sha == pull.head for one in pull.reviews)


def _told(hub: GitHub, me: str, pull: Pull) -> bool | None:
    """Whether the bot's own check does not say that the gates failed; None where it said nothing of this verdict."""
    if me.endswith(_BOT):
        runs = [one for one in hub.check_runs(pull.head, name=GATES) if f"{one.app}{_BOT}" == me.lower()]
        known = [one for one in runs if one.external_id == pull.judged.digest]
        return None if not known else all(one.conclusion != "failure" for one in known)
    states = [one for one in hub.statuses(pull.head) if one.context == GATES]
    mine = [one for one in states if one.creator is not None and one.creator.login.lower() == me.lower()]
    return None if not mine else all(one.state in ("success", "pending") for one in mine)
