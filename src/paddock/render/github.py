"""The report as GitHub's workflow commands, which become annotations of the run and of changed files.

The runner takes every line that begins with `::` for a command, wherever its text came from; what it unescapes is in
`ActionCommand.cs` of actions/runner.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from paddock.findings import Finding, Level
from paddock.render.lines import LONGEST, excerpt, hints, line, placed, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.findings import Report

_SHOWN = 10  # annotations of one kind that GitHub shows of a step; it drops the rest in silence
_LONGEST = 4096  # characters of a message, after which the runner cuts
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
# No annotation can be put at such a path, and a terminal would obey some of it.
_UNUSABLE = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def render(*reports: Report) -> str:
    """Lines of commands, at most as many of a kind as GitHub shows; one last notice counts the rest.

    A gate that passed without a finding says nothing.
    """
    said = [one for report in reports for one in _annotations(report)]
    counts = Counter(level for level, _ in said)
    room = Counter(dict.fromkeys(_COMMANDS, _SHOWN))
    if any(counts[level] > _SHOWN for level in _COMMANDS):
        room[Level.NOTE] -= 1
    lines = []
    for level, text in said:
        if room[level]:
            room[level] -= 1
            counts[level] -= 1
            lines.append(text)
    rest = [_more(counts[level], name) for level, name in _COMMANDS.items() if counts[level]]
    if rest:
        lines.append(command("notice", f"{', '.join(rest)}: the job's summary lists all", title="paddock"))
    return "".join(f"{one}\n" for one in lines)


def command(name: str, message: str, **properties: str) -> str:
    """One workflow command, its message and properties escaped; a property without a value is left out."""
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if said else ''}{said}::{_data(message)}"


def _annotations(report: Report) -> Iterator[tuple[Level, str]]:
    for note in report.notes:
        yield Level.NOTE, command("notice", line(note), title="paddock")
    for verdict in report.verdicts:
        for finding in told(verdict):
            yield finding.severity, _annotation(verdict.gate, finding)


def _annotation(gate: str, finding: Finding) -> str:
    here = finding.path is not None and len(finding.path) <= LONGEST and not _UNUSABLE.search(finding.path)
    lines = [
        line(finding.message) if here else placed(finding),
        *(f"→ {hint}" for hint in hints(finding)),
        *excerpt(finding),
    ]
    return command(
        _COMMANDS[finding.severity],
        "\n".join(lines)[:_LONGEST],
        file=(finding.path or "") if here else "",
        line=str(finding.line) if here and finding.line else "",
        col=str(finding.column) if here and finding.line and finding.column else "",
        title=line(gate, 100),
    )


def _more(count: int, name: str) -> str:
    return f"{count:,} more {name}{'s' if count > 1 else ''}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
