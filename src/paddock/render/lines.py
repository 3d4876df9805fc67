"""A finding as lines of safe text: where it is, what it says, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.findings import Finding, Level, Outcome
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.findings import Verdict

LONGEST = 2000  # characters of one text
_SHORT = 12  # characters of an object name


def line(text: str, longest: int = LONGEST) -> str:
    """Text on one line, without control characters, cut where it is very long."""
    if len(text) <= longest:
        return printable(text)
    return f"{printable(text[:longest])}… ({len(text) - longest:,} more characters)"


def place(finding: Finding) -> str:
    """The path with line and column, or the first twelve characters of a commit's name; empty for the whole change."""
    if finding.path is not None:
        at = [str(number) for number in (finding.line, finding.column) if number]
        return ":".join((line(finding.path), *at))
    return line(finding.commit[:_SHORT]) if finding.commit is not None else ""


def placed(finding: Finding) -> str:
    """The message after its place."""
    where = place(finding)
    return f"{where}: {line(finding.message)}" if where else line(finding.message)


def hints(finding: Finding) -> list[str]:
    """The hint, line by line."""
    return [line(one) for one in (finding.hint or "").splitlines() if one.strip()]


def excerpt(finding: Finding) -> list[str]:
    """What a program wrote, line by line."""
    return [f"| {line(one)}" for one in finding.excerpt]


def told(verdict: Verdict) -> tuple[Finding, ...]:
    """The verdict's findings; for a gate that judged nothing and has none, its reason as one."""
    if verdict.findings or verdict.outcome in (Outcome.PASSED, Outcome.FAILED):
        return verdict.findings
    return (Finding(message=verdict.reason, severity=unjudged(verdict)),)


def unjudged(verdict: Verdict) -> Level:
    """How much it weighs that a gate judged nothing."""
    if verdict.outcome is Outcome.SKIPPED:
        return Level.NOTE
    return Level.ERROR if verdict.blocking else Level.WARNING
