"""The report as Markdown: a job's summary, or a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.findings import Outcome
from paddock.render.lines import hints, line, place
from paddock.render.neutral import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.findings import Finding, Report, Verdict
    from paddock.gates.pr_size import Ledger, SizedFile

SUMMARY = 1 << 20  # bytes of what one step may write to $GITHUB_STEP_SUMMARY; GitHub refuses more as a whole
COMMENT = 65_536  # characters of a comment; counted as bytes here, which are never fewer
_CUT = 400  # bytes kept free for the line that tells what was cut
_CELL = 500  # characters of a reason


class _Part(Struct, frozen=True):
    """A piece that stands or falls as a whole, but for its rows, of which as many stay as there is room for.

    Parts of a lower `rank` get room first, wherever they stand.
    """

    rank: int
    head: str
    rows: tuple[str, ...] = ()
    tail: str = "\n"
    noun: str = ""


def render(*reports: Report, ledger: Ledger | None = None, limit: int = SUMMARY) -> str:
    """A table of gates, what to do next, the findings, and the ledger folded in.

    Args:
        reports: one after the other, each under its heading.
        ledger: what `pr-size` counted.
        limit: the most bytes; what has no room is counted in one line at the end.
    """
    parts = [part for report in reports for part in _parts(report)]
    if ledger is not None:
        parts.append(_ledger(ledger))
    return _within(parts, limit)


def _within(parts: list[_Part], limit: int) -> str:
    whole = "".join(f"{part.head}{''.join(part.rows)}{part.tail}" for part in parts)
    if len(whole.encode()) <= limit:
        return whole
    room = limit - _CUT
    texts: dict[int, str] = {}
    cut: dict[str, int] = {}
    for index, part in sorted(enumerate(parts), key=lambda pair: pair[1].rank):
        left = room - len((part.head + part.tail).encode())
        shown = 0
        for row in part.rows:
            size = len(row.encode())
            if size > left:
                break
            left -= size
            shown += 1
        if shown or (left >= 0 and not part.rows):
            texts[index] = f"{part.head}{''.join(part.rows[:shown])}{part.tail}"
            room = left
        if shown < len(part.rows):
            cut[part.noun] = cut.get(part.noun, 0) + len(part.rows) - shown
    said = ", ".join(f"{count:,} {noun}" for noun, count in cut.items())
    last = f"**Cut to {limit:,} bytes; left out: {said or 'a heading'}.** `--format json` lists them all.\n"
    return "".join(texts[index] for index in sorted(texts)) + last


def _parts(report: Report) -> Iterator[_Part]:
    lines = [f"## paddock: {report.outcome}", ""]
    if report.subject:
        lines += [prose(line(report.subject, _CELL)), ""]
    said = [f"Policy, attributes and keys of {report.trust.ref} at {report.trust.sha}."] if report.trust else []
    notes = [f"- {prose(line(note))}" for note in (*said, *report.notes)]
    lines += [*notes, ""] if notes else []
    if not report.verdicts:
        yield _Part(0, "\n".join([*lines, f"No gate is on at the stage {report.stage}: nothing to judge.", ""]))
        return
    rows = tuple(
        f"| {prose(verdict.gate)} | {_outcome(verdict)} | {prose(line(verdict.reason, _CELL))} |\n"
        for verdict in report.verdicts
    )
    yield _Part(0, "\n".join([*lines, "| gate | outcome | reason |", "|---|---|---|", ""]), rows, noun="gates")
    steps = dict.fromkeys(
        f"- {prose(verdict.gate)}: {code(hint)}\n"
        for verdict in report.verdicts
        for finding in verdict.findings
        for hint in hints(finding)
    )
    if steps:
        yield _Part(1, "### What to do next\n\n", tuple(steps), noun="next steps")
    for verdict in report.verdicts:
        found = tuple(_finding(one) for one in verdict.findings if one.message != verdict.reason or place(one))
        if found:
            yield _Part(2, f"### {prose(verdict.gate)}\n\n", found, noun=f"findings of {prose(verdict.gate)}")


def _outcome(verdict: Verdict) -> str:
    ends = verdict.outcome in (Outcome.FAILED, Outcome.ERRORED)
    word = f"**{verdict.outcome}**" if ends else str(verdict.outcome)
    return word if verdict.blocking or not ends else f"{word}, does not block"


def _finding(finding: Finding) -> str:
    where = place(finding)
    text = f"- **{finding.severity}** {f'{code(where)} ' if where else ''}{prose(line(finding.message))}\n"
    return text + "".join(f"  - {code(line(one))}\n" for one in finding.excerpt)


def _ledger(ledger: Ledger) -> _Part:
    moved = f", {ledger.moved:,} moved" if ledger.moved else ""
    head = (
        f"<details><summary>Size: {ledger.counted:,} lines counted, {ledger.not_counted:,} not counted{moved}, "
        f"{len(ledger.files):,} files</summary>\n\n"
        "| counted | added | deleted | file | class | why |\n|--:|--:|--:|---|---|---|\n"
    )
    files = sorted(ledger.files, key=lambda file: (not file.counted, -file.lines, -file.added - file.deleted))
    return _Part(3, head, tuple(_row(file) for file in files), "\n</details>\n", "files of the size ledger")


def _row(file: SizedFile) -> str:
    name = code(line(file.path))
    if file.old_path is not None:
        name = f"{code(line(file.old_path))} → {name}"
    counted = f"{file.lines:,}" if file.counted else "no"
    why = prose(line(file.reason, _CELL))
    return f"| {counted} | {file.added:,} | {file.deleted:,} | {name} | {file.file_class} | {why} |\n"
