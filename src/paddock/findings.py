"""What a run says: findings, one verdict a gate, one report a change."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct

from paddock.model import Stage, Trust


class Severity(StrEnum):
    """What the policy makes of a gate: its findings fail the run, are told, or are not looked for."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Level(StrEnum):
    """How much one finding weighs. A note is told and never fails anything."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Outcome(StrEnum):
    """The four ends of a gate. What could not be read is errored, never passed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Finding(Struct, frozen=True, kw_only=True):
    """One fact that speaks against the change.

    `message` states it with its numbers, `hint` gives the next command. `path` is relative to the repository's top,
    with bytes that are not UTF-8 as surrogates; `line` and `column` count from 1, columns in
    characters; `commit` is a full object name. `excerpt` is lines that a program wrote.
    """

    message: str
    severity: Level = Level.ERROR
    hint: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    commit: str | None = None
    excerpt: tuple[str, ...] = ()


class Judgement(Struct, frozen=True, kw_only=True):
    """What a gate's `check` returns: its findings, one line that says why, and the numbers behind it.

    `facts` holds JSON values only. `errored` says that a part could not be judged, and none of what was has failed;
    `skipped` that there is nothing here for the gate to judge.
    """

    reason: str
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = {}
    errored: bool = False
    skipped: bool = False


class Verdict(Struct, frozen=True, kw_only=True):
    """A gate's end. `blocking` says whether this gate, at this stage, decides the exit code."""

    gate: str
    outcome: Outcome
    reason: str
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = {}
    blocking: bool = True


class Report(Struct, frozen=True, kw_only=True):
    """All verdicts on one change, and what was judged.

    `notes` are said to the user and decide nothing. `trust` is the commit whose policy judged, None where it was the
    working tree's.
    """

    stage: Stage
    verdicts: tuple[Verdict, ...]
    subject: str = ""
    notes: tuple[str, ...] = ()
    trust: Trust | None = None

    @property
    def outcome(self) -> Outcome:
        """Failed before errored: a change that certainly fails is not excused by what could not be read."""
        ends = {verdict.outcome for verdict in self.verdicts if verdict.blocking}
        for outcome in (Outcome.FAILED, Outcome.ERRORED):
            if outcome in ends:
                return outcome
        return Outcome.PASSED

    @property
    def exit_code(self) -> int:
        """0 passed, 1 a gate failed, 3 could not check."""
        return {Outcome.FAILED: 1, Outcome.ERRORED: 3}.get(self.outcome, 0)
