"""The report for a person at a terminal: one line a gate, findings under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.findings import Level, Outcome
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.findings import Finding, Report, Verdict

_RED, _YELLOW, _GREEN, _DIM = "31", "33", "32", "2"
_COLOURS = {
    "passed": _GREEN,
    "failed": _RED,
    "errored": _RED,
    "warning": _YELLOW,
    "skipped": _DIM,
    "error": _RED,
    "note": _DIM,
}
_SHORT = 12  # characters of an object name
_SHOWN = 50  # findings of one gate; the rest is counted
_LONGEST = 2000  # characters of one text


def render(report: Report, *, colour: bool = False) -> str:
    """Lines of text, each ending in a line break."""
    text = "".join(f"{line}\n" for line in _lines(report, colour=colour))
    # GitHub's and Azure's runners obey `##[command]` wherever it stands in what a step prints.
    return text.replace("##[", "#\\x23[")


def _lines(report: Report, *, colour: bool) -> Iterator[str]:
    if report.subject:
        yield _line(report.subject)
    for note in report.notes:
        yield f"{_painted('note', colour=colour)}     {_line(note)}"
    if report.trust is not None:
        named = f"{report.trust.ref} at {report.trust.sha[:_SHORT]}"
        yield f"{_painted('note', colour=colour)}     policy, attributes and keys of {_line(named)}"
    width = max((len(verdict.gate) for verdict in report.verdicts), default=0)
    same: dict[tuple[str, tuple[Finding, ...]], str] = {}  # why gates could not judge, and the first that could not
    for verdict in report.verdicts:
        word = f"{_painted(_word(verdict), colour=colour, width=8)} {verdict.gate:<{width}}"
        if verdict.outcome in (Outcome.ERRORED, Outcome.SKIPPED) and verdict.findings:
            first = same.setdefault((verdict.reason, verdict.findings), verdict.gate)
            if first != verdict.gate:
                yield f"{word}  as {first}"
                continue
        yield f"{word}  {_line(verdict.reason)}"
        told = [finding for finding in verdict.findings if _is_told(finding, verdict, report)]
        for finding in told[:_SHOWN]:
            yield from _finding(finding, verdict, colour=colour)
        if len(told) > _SHOWN:
            yield f"           and {len(told) - _SHOWN} more: --format json lists them all"
    if not report.verdicts:
        yield f"no gate is on at the stage {report.stage}: nothing to judge"


def _word(verdict: Verdict) -> str:
    warned = any(finding.severity is Level.WARNING for finding in verdict.findings)
    return "warning" if verdict.outcome is Outcome.PASSED and warned else verdict.outcome


def _is_told(finding: Finding, verdict: Verdict, report: Report) -> bool:
    """In a hook nobody is told what is only worth knowing once the branch waits to be merged."""
    judged = verdict.outcome in (Outcome.PASSED, Outcome.FAILED)
    return not (report.stage.is_hook and finding.severity is Level.NOTE and judged)


def _finding(finding: Finding, verdict: Verdict, *, colour: bool) -> Iterator[str]:
    where = ""
    if finding.path is not None:
        at = "".join(f":{number}" for number in (finding.line, finding.column) if number)
        where = f"{_line(finding.path)}{at}: "
    elif finding.commit is not None:
        where = f"{finding.commit[:_SHORT]}: "
    if where or not verdict.reason.startswith(finding.message):
        yield f"  {_painted(finding.severity, colour=colour, width=8)} {where}{_line(finding.message)}"
    for line in (finding.hint or "").splitlines():
        yield f"           → {_line(line)}"
    for line in finding.excerpt:
        yield f"           | {_line(line)}"


def _line(text: str) -> str:
    if len(text) <= _LONGEST:
        return printable(text)
    return f"{printable(text[:_LONGEST])}… ({len(text) - _LONGEST:,} more characters)"


def _painted(word: str, *, colour: bool, width: int = 0) -> str:
    text = f"{word:<{width}}"
    return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m" if colour else text
