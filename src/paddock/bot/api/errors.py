"""What can go wrong between the bot and GitHub. No message holds a token; GitHub's words stand in them as they came."""

from __future__ import annotations

from paddock.errors import CouldNotCheckError


class GitHubError(CouldNotCheckError):
    """GitHub did not do what it was asked; `status` is its answer's, None where there was none."""

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NotFoundError(GitHubError):
    """There is no such thing, or none that this token may see."""


class ForbiddenError(GitHubError):
    """The token may not do this, or is none."""


class RefusedError(GitHubError):
    """GitHub does not want this: it is there already, or is not valid; `reasons` are its own words."""

    def __init__(self, message: str, *, status: int, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message, status=status)
        self.reasons = reasons


class UnavailableError(GitHubError):
    """GitHub can't be reached, is broken, or wants to be left alone for longer than the bot waits.

    What was asked may be asked again: nothing happened, or it would come to the same.
    """


class MaybeDoneError(GitHubError):
    """A write was sent and not answered: it may have happened. Look before writing it again."""


class UnreadableAnswerError(GitHubError):
    """An answer is not as GitHub's description of its API says."""


# What trying again in the same run does not mend, and what says nothing of the next request.
LASTING = (ForbiddenError, NotFoundError, RefusedError, UnreadableAnswerError)
