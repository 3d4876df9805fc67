"""Who made or pushed the commits of a pull request: its accounts, and the plan's agents by their addresses. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock import trailers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.bot.api.answers import PullCommit, Push
    from paddock.plan.model import Plan

_HIDDEN = re.compile(r"(?:\d+\+)?([A-Za-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"<([^<>]*)>\s*\Z")
# GitHub's own, which commits what somebody does on its pages.
_GITHUB = "web-flow"
_PUSHES = frozenset({"push", "force_push", "branch_creation"})
MOST_COMMITS = 250  # that GitHub lists of a pull request


def makers(
    commits: Iterable[PullCommit], pushes: Iterable[Push], plan: Plan
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The logins and the agents' ids of authors, committers, co-authors and who pushed, each once."""
    by_email = {one.identity.email.lower(): one.id for one in plan.agents if one.identity is not None}
    logins: dict[str, None] = {}
    agents: dict[str, None] = {}
    for commit in commits:
        for account in (commit.author, commit.committer):
            if account is not None and account.login != _GITHUB:
                logins[account.login] = None
        for email in (*commit.emails, *_coauthors(commit.message)):
            if (hidden := _HIDDEN.match(email)) is not None:
                logins[hidden[1]] = None
            if (agent := by_email.get(email.lower())) is not None:
                agents[agent] = None
    for push in pushes:
        # Whoever merges a pull request into this branch made none of it.
        if push.actor is not None and push.kind in _PUSHES:
            logins[push.actor.login] = None
    return tuple(logins), tuple(agents)


def _coauthors(message: str) -> Iterator[str]:
    for value in trailers.parse(message).values("co-authored-by"):
        if (found := _ADDRESS.search(value)) is not None:
            yield found[1]
