"""The one family of errors a user sees. The command line catches them; nothing else does, but the engine for facts.

Every error says what is wrong, where (`where`, a `file:line:column` or a command), and how to mend it (`hint`).
"""

from __future__ import annotations


class PaddockError(Exception):
    """What the user sees instead of a traceback.

    Args:
        message: the fact, with its numbers.
        hint: the next command, or what to write instead.
        where: `file`, `file:line` or `file:line:column`.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None, where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        """One line without the hint."""
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(PaddockError):
    """The call can't be carried out as it stands: exit 2."""


class PolicyError(PaddockError):
    """The policy is wrong: exit 2."""


class DocumentError(PaddockError):
    """A change document is not of its schema: exit 2."""


class CouldNotCheckError(PaddockError):
    """The world did not answer: exit 3."""

    exit_code = 3


class GitError(CouldNotCheckError):
    """Git failed, is missing or too old."""


class FactMissingError(CouldNotCheckError):
    """A source of this kind, or this repository, has no such fact: a hook skips the gate, CI errs."""


class FactUnreadableError(CouldNotCheckError):
    """The fact exists and can't be read (shallow history, a lost object): errored everywhere, never passed."""


def install(extra: str) -> str:
    """The command that adds one of pyproject's extras, as a hint; from a checkout, since paddock is on no index."""
    return f"in paddock's checkout: pip install '.[{extra}]', or: pipx install --force '.[{extra}]'"
