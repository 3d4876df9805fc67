"""Refs, of which one that is created is a lock; the repository itself; runs of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.api.answers import Push, Ref, Repository, Ruleset, RulesetWhole, Workflow
from paddock.bot.api.errors import ForbiddenError, NotFoundError, RefusedError
from paddock.bot.api.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFS = "refs/"
_NOWHERE = "paddock/no-such-branch-e7c1"


class Refs(Section):
    """The repository's refs, by their full names."""

    def repository(self) -> Repository:
        """The repository."""
        return self._calls.get(self._path(), Repository)

    def ref(self, name: str) -> Ref | None:
        """A ref; None where there is none of that name."""
        try:
            return self._calls.get(self._path("git", "ref", *self._steps(name)), Ref)
        except NotFoundError:
            return None

    def refs(self, prefix: str) -> tuple[Ref, ...]:
        """Every ref whose name begins so."""
        return self._calls.get(self._path("git", "matching-refs", *self._steps(prefix)), tuple[Ref, ...])

    def pushes(self, branch: str) -> tuple[Push, ...]:
        """Who moved a branch of this repository when, the newest first, at most a hundred; GitHub's own clock."""
        asked: dict[str, str | int | None] = {"ref": f"{_REFS}heads/{branch}", "per_page": 100}
        return self._calls.get(self._path("activity"), tuple[Push, ...], asked)

    def create_ref(self, name: str, sha: str) -> bool:
        """Whether this call made the ref: of several that try at once, one only is told so.

        Raises:
            MaybeDoneError: GitHub did not answer. Whoever finds the ref then can't tell whose it is.
        """
        try:
            self._calls.send("POST", self._path("git", "refs"), {"ref": name, "sha": sha})
        except RefusedError as error:
            if any("already exists" in one for one in error.reasons):
                return False
            raise
        return True

    def move_ref(self, name: str, sha: str, *, force: bool = False) -> None:
        """Let a ref point elsewhere; only forwards, unless forced."""
        self._calls.send("PATCH", self._path("git", "refs", *self._steps(name)), {"sha": sha, "force": force})

    def delete_ref(self, name: str) -> bool:
        """Whether the ref was there to be taken away; where a try was not answered, it may have been."""
        try:
            self._calls.send("DELETE", self._path("git", "refs", *self._steps(name)))
        except NotFoundError:
            return False
        except RefusedError as error:
            if any("does not exist" in one for one in error.reasons):
                return False
            raise
        return True

    def has_workflow(self, workflow: str) -> bool:
        """Whether there is a workflow of that file name which can be started."""
        try:
            found = self._calls.get(self._path("actions", "workflows", workflow), Workflow)
        except NotFoundError:
            return False
        return found.state == "active"

    def rulesets(self) -> tuple[Ruleset, ...]:
        """The rulesets that the repository itself has."""
        asked: dict[str, str | int | None] = {"includes_parents": "false"}
        return self._calls.pages(self._path("rulesets"), Ruleset, asked)

    def create_ruleset(self, rules: Mapping[str, object]) -> None:
        """Make a ruleset.

        Raises:
            ForbiddenError: the token may not administer the repository.
        """
        self._calls.send("POST", self._path("rulesets"), dict(rules))

    def ruleset(self, ruleset: int) -> RulesetWhole:
        """One of them, with its rules."""
        return self._calls.get(self._path("rulesets", ruleset), RulesetWhole)

    def edit_ruleset(self, ruleset: int, rules: Mapping[str, object]) -> None:
        """Let a ruleset say this.

        Raises:
            ForbiddenError: the token may not administer the repository.
        """
        self._calls.send("PUT", self._path("rulesets", ruleset), dict(rules), again=True)

    def may_dispatch(self, workflow: str) -> bool:
        """Whether the token may start a workflow: asked for a branch that is not there, GitHub starts nothing."""
        try:
            self.dispatch(workflow, f"refs/heads/{_NOWHERE}", {})
        except ForbiddenError:
            return False
        except (NotFoundError, RefusedError):
            return True
        return True

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow, by its file's name, on a branch or tag.

        Raises:
            NotFoundError: there is no such workflow.
            RefusedError: it can't be started so, or knows no such input.
        """
        asked = {"ref": ref, "inputs": dict(inputs)}
        self._calls.send("POST", self._path("actions", "workflows", workflow, "dispatches"), asked)

    @staticmethod
    def _steps(name: str) -> tuple[str, ...]:
        return tuple(name.removeprefix(_REFS).split("/"))
