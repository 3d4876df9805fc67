"""Pull requests and their reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.api.answers import Pull, PullCommit, PullFile, Review, ReviewComment
from paddock.bot.api.section import Section

if TYPE_CHECKING:
    from typing import Literal

    from paddock.bot.api.issues import State

    Event = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


class Pulls(Section):
    """The repository's pull requests."""

    def pull(self, number: int) -> Pull:
        """One of them."""
        return self._calls.get(self._path("pulls", number), Pull)

    def pulls(self, state: State = "open", *, base: str | None = None, branch: str | None = None) -> tuple[Pull, ...]:
        """Pull requests, the oldest first: into that base, from that branch of this repository."""
        head = None if branch is None else f"{self._name.partition('/')[0]}:{branch}"
        asked = {"state": state, "base": base, "head": head, "sort": "created", "direction": "asc"}
        return self._calls.pages(self._path("pulls"), Pull, asked)

    def pull_files(self, number: int) -> tuple[PullFile, ...]:
        """The files that it changes; GitHub lists 3,000 of them."""
        return self._calls.pages(self._path("pulls", number, "files"), PullFile)

    def pull_commits(self, number: int) -> tuple[PullCommit, ...]:
        """Its commits; GitHub lists 250 of them."""
        return self._calls.pages(self._path("pulls", number, "commits"), PullCommit)

    def retarget(self, number: int, base: str) -> Pull:
        """It is to be merged into another branch."""
        return self._calls.made("PATCH", self._path("pulls", number), Pull, {"base": base})

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Its reviews, the oldest first; several of one account are all there."""
        return self._calls.pages(self._path("pulls", number, "reviews"), Review)

    def review_comments(self, number: int) -> tuple[ReviewComment, ...]:
        """The comments on its lines, of all reviews."""
        return self._calls.pages(self._path("pulls", number, "comments"), ReviewComment)

    def create_review(self, number: int, event: Event, sha: str, body: str) -> Review:
        """Review a head.

        Raises:
            RefusedError: the pull request is this account's own.
        """
        given = {"event": event, "commit_id": sha, "body": body}
        return self._calls.made("POST", self._path("pulls", number, "reviews"), Review, given)

    def ask_review(self, number: int, *logins: str) -> None:
        """These accounts are asked to review it.

        Raises:
            RefusedError: one of them can't be: its author, or nobody of the repository.
        """
        asked = {"reviewers": list(logins)}
        self._calls.send("POST", self._path("pulls", number, "requested_reviewers"), asked, again=True)
