"""Check runs and commit statuses: what is said of a commit, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock.bot.api.answers import CheckRun, CommitStatus
from paddock.bot.api.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
    Status = Literal["error", "failure", "pending", "success"]

ANNOTATIONS = 50  # the most that GitHub takes in one request
DESCRIPTION = 140  # characters of a commit status


class Verdicts(Section):
    """What is said of the repository's commits."""

    def check_runs(self, sha: str, *, name: str | None = None) -> tuple[CheckRun, ...]:
        """The last check run of each name and app, of whatever app: look at `app` before believing one."""
        there = self._path("commits", sha, "check-runs")
        return self._calls.pages(there, CheckRun, {"check_name": name, "filter": "latest"}, key="check_runs")

    def create_check_run(
        self,
        sha: str,
        name: str,
        *,
        conclusion: Conclusion | None = None,
        output: Mapping[str, Any] | None = None,
        external_id: str | None = None,
    ) -> CheckRun:
        """Say something of a commit; without a conclusion it is still being looked at.

        Raises:
            ForbiddenError: the token is no app's: use `set_status`.
        """
        made = {"name": name, "head_sha": sha} | _said(conclusion, output)
        if external_id is not None:
            made["external_id"] = external_id
        return self._calls.made("POST", self._path("check-runs"), CheckRun, made)

    def edit_check_run(
        self, check_run: int, *, conclusion: Conclusion | None = None, output: Mapping[str, Any] | None = None
    ) -> CheckRun:
        """Say something else; annotations are added to those that are there."""
        return self._calls.made("PATCH", self._path("check-runs", check_run), CheckRun, _said(conclusion, output))

    def statuses(self, sha: str) -> tuple[CommitStatus, ...]:
        """The newest status of each context, with who set it."""
        found: dict[str, CommitStatus] = {}
        for one in self._calls.pages(self._path("commits", sha, "statuses"), CommitStatus):
            found.setdefault(one.context, one)
        return tuple(found.values())

    def set_status(self, sha: str, context: str, state: Status, description: str, *, url: str | None = None) -> None:
        """Say something of a commit in one line; what is too long is cut."""
        cut = description if len(description) <= DESCRIPTION else f"{description[: DESCRIPTION - 1]}…"
        made = {"state": state, "context": context, "description": cut}
        given = made | ({} if url is None else {"target_url": url})
        self._calls.send("POST", self._path("statuses", sha), given, again=True)


def _said(conclusion: Conclusion | None, output: Mapping[str, Any] | None) -> dict[str, Any]:
    said: dict[str, Any] = {"status": "in_progress"}
    if conclusion is not None:
        said = {"status": "completed", "conclusion": conclusion}
    return said if output is None else {**said, "output": dict(output)}
