"""What every judging command sets up: the repository, its policy, and the paths it was given."""

from __future__ import annotations

import os
import stat
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from paddock.errors import PolicyError, UsageError
from paddock.gates import CONFIGS
from paddock.policy.load import load
from paddock.policy.model import FILE
from paddock.policy.positions import SIZE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.classify import Rules
    from paddock.model import PlanText, Trust
    from paddock.policy.model import Policy
    from paddock.sources.git import Repository
    from paddock.sources.github import GitHub
    from paddock.steps import Execution


class Session:
    """One run: each part is made when it is first asked for.

    Args:
        policy_file: the policy named on the command line; the repository's own when None.
        called_by_git: in a hook, where git's own word about the repository comes first.
        trust: the commit whose word decides, as `--trust` names it; the working tree's when None.
        github: the repository whose word GitHub gives on signatures, as `--github` names it; nobody's when None.

    Attributes:
        head: the change's last commit, once it is known; asked where the trusted commit has no policy.
        execution: how steps are run, where that is not as usual.
    """

    def __init__(
        self,
        policy_file: str | None = None,
        *,
        called_by_git: bool = False,
        trust: str | None = None,
        github: str | None = None,
    ) -> None:
        self.policy_file = policy_file
        self.called_by_git = called_by_git
        self.head: str | None = None
        self.execution: Execution | None = None
        self._named_trust = trust
        self._named_github = github

    @cached_property
    def repository(self) -> Repository:
        """The repository around the current folder."""
        from paddock.sources.git import open_repository

        return open_repository(called_by_git=self.called_by_git)

    @property
    def opened(self) -> Repository | None:
        """The repository, where this run had to do with it."""
        return self.__dict__.get("repository")

    @cached_property
    def repository_or_none(self) -> Repository | None:
        """The repository around the current folder, if there is one."""
        try:
            return self.repository
        except UsageError:
            return None

    @cached_property
    def trust(self) -> Trust | None:
        """The commit whose policy, attributes and keys are believed; None where the working tree's are.

        Raises:
            UsageError: there is no such commit.
            FactMissingError: the protected branch is not known, or was not fetched.
        """
        if self._named_trust is None:
            return None
        from paddock.cli.trusting import resolve

        return resolve(self.repository, self._named_trust)

    @cached_property
    def github(self) -> GitHub | None:
        """GitHub, where its word on signatures is asked for.

        Raises:
            UsageError: it is not known which repository is meant, or PyGithub is missing.
        """
        if self._named_github is None:
            return None
        from paddock.sources.github import GitHub

        return GitHub(self._named_github, os.environ)

    @cached_property
    def policy(self) -> Policy:
        """The policy of this run."""
        return self._policy_and_notes[0]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about where the policy came from."""
        return self._policy_and_notes[1]

    @cached_property
    def _policy_and_notes(self) -> tuple[Policy, tuple[str, ...]]:
        if self.trust is not None:
            from paddock.cli.trusting import read

            return read(self.repository, self.trust, self.head, self.policy_file)
        if self.policy_file is not None:
            return load(read_file(self.policy_file, self.policy_file), self.policy_file, self.below, CONFIGS), ()
        policy = load(self.below(FILE), FILE, self.below, CONFIGS)
        missing = f"no {FILE} here: judged by {policy.source}; `paddock init` writes one"
        return policy, () if policy.source == FILE else (missing,)

    @cached_property
    def rules(self) -> Rules:
        """The policy's classes of files, ready to match."""
        from paddock.classify import Rules

        return Rules(self.policy.classes)

    def plans(self) -> Iterator[PlanText]:
        """The plan for a change that was only written down: that of the trusted commit, else the working tree's."""
        from paddock.model import PlanText
        from paddock.plan.load import SIZE_LIMIT
        from paddock.plan.model import FILE as PLAN
        from paddock.sources.place import versions

        if self.trust is not None:
            yield from versions(self.repository, self.trust.sha, self.trust.sha[:12])
            return
        repository = self.repository_or_none
        if repository is None or repository.top is None:
            yield PlanText(None, "no work tree here")
            return
        yield PlanText(read_below(repository.top, PLAN, SIZE_LIMIT), "the working tree")

    def below(self, path: str) -> bytes | None:
        """A file of the work tree by its path from the top; in a bare repository, of HEAD."""
        repository = self.repository_or_none
        if repository is None:
            return None
        if repository.top is None:
            return repository.blob("HEAD", path)
        return read_below(repository.top, path)


def usual_trust(given: str | None) -> str | None:
    """What is trusted: what `--trust` says, else `$PADDOCK_TRUST`, else in CI the protected branch."""
    return given or os.environ.get("PADDOCK_TRUST") or ("base" if in_ci() else None)


def in_ci() -> bool:
    """Whether a CI server runs this (it sets `CI`)."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def read_below(top: str, path: str, limit: int = SIZE_LIMIT) -> bytes | None:
    """A file's bytes by its path from a repository's top; None where there is nothing of that name.

    Args:
        top: the repository's top.
        path: the file's path from there.
        limit: the most bytes that are of use; one more is read at most.

    Raises:
        PolicyError: there is something, and it is not a file of the repository that can be read.
    """
    full = os.path.join(top, path)
    if not os.path.lexists(full):
        return None
    real, inside = os.path.realpath(full), os.path.realpath(top)
    if os.path.commonpath((real, inside)) != inside:
        raise PolicyError("a link out of the repository", where=path, hint="name a policy elsewhere by --policy FILE")
    if not os.path.exists(real):
        raise PolicyError("a link to nothing", where=path)
    # A pipe would be waited for, and nobody need ever write to it.
    if not stat.S_ISREG(os.stat(real).st_mode) and not os.path.isdir(real):
        raise PolicyError("not a file", where=path)
    return read_file(real, path, limit)


def read_file(path: str, shown: str, limit: int = SIZE_LIMIT) -> bytes:
    """A policy's or a plan's bytes, one more than the limit at most.

    Raises:
        PolicyError: it can't be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise PolicyError((error.strerror or str(error)).lower(), where=shown) from error


def wants_colour() -> bool:
    """Whether standard output is a terminal that shows colours (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def head_or_complain(repository: Repository, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        UsageError: it names none.
    """
    sha = repository.resolve(revision)
    if sha is None:
        if revision == "HEAD":
            raise UsageError("there is no commit yet", hint="commit something first")
        raise UsageError(f"there is no commit `{revision}`", hint="git branch --all lists what there is")
    return sha
