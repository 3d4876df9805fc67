"""What git is set to here, and what the user's programs answer; whom a key speaks for."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from paddock.diagnosis import Check, Health
from paddock.emails import speaks_for
from paddock.sources import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository

_SECONDS = 10.0


def setting(repository: Repository, name: str) -> str | None:
    """A setting's value; None where it is not set, or empty."""
    return repository.line("config", "--get", name) or None


def program_setting(repository: Repository, form: str) -> tuple[str, str] | None:
    """The setting that names the program which signs, and its value; None where none does."""
    names = (f"gpg.{form}.program", *(("gpg.program",) if form == "openpgp" else ()))
    values = ((name, setting(repository, name)) for name in names)
    return next(((name, value) for name, value in values if value), None)


def unset(repository: Repository, name: str) -> str:
    """The command that takes a setting away, from the file that it stands in."""
    scope, _, _ = (repository.line("config", "--show-scope", "--get", name) or "").partition("\t")
    where = f"--{scope} " if scope in ("global", "system", "worktree") else ""
    return f"git config {where}--unset-all {name}"


def ask(name: str, *args: str, env: dict[str, str] | None = None) -> programs.Ran | None:
    """A program of the user's, as they would run it, but never asking; None where there is none.

    Raises:
        FactUnreadableError: it can't be started, or is not done in time.
    """
    path = shutil.which(os.path.expanduser(name))
    if path is None:
        return None
    return programs.run((path, *args), env or programs.headless(), os.getcwd(), seconds=_SECONDS)


@contextmanager
def scratch() -> Iterator[str]:
    """A folder that is gone afterwards."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="paddock-") as folder:
        yield folder


def identity(emails: tuple[str, ...], email: str, add: str) -> Check:
    """Whether a key that speaks for these addresses speaks for this one; `add` is how to make it."""
    if speaks_for(emails, email):
        return Check("identity", Health.OK, f"{email} is whom the key speaks for")
    message = f"user.email is {email}, and the key speaks for {', '.join(emails) or 'nobody in force'}"
    plain = next((one for one in emails if not set(one) & set("!*?")), None)
    hint = f"git config user.email {shlex.quote(plain)}\nor " if plain else ""
    return Check("identity", Health.PROBLEM, message, f"{hint}{add}")
