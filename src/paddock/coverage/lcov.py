"""LCOV's tracefiles, as geninfo, grcov, llvm-cov, Istanbul and others write them.

A line that has no count of its own takes that of the function which begins there, or of its branches. Source:
geninfo(1), "TRACE FILE FORMAT".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock.coverage.parsed import Measured, Parsed, has_run, line_number, path, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

KIND = "LCOV"
_TAG = re.compile(r"[A-Z][A-Za-z_]*\Z")


def read(content: bytes, where: str) -> Parsed:
    """A report.

    Raises:
        FactUnreadableError: a line of it is none of the format, or it ends inside a record.
    """
    reading = _Reading()
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            reading.line(text, f"{where}:{number}")
    if reading.record is not None:
        raise unreadable(where, "it ends inside a record")
    return Parsed(KIND, tuple(Measured(name, lines) for name, lines in reading.files.items()))


class _Record:
    """What stands between `SF:` and `end_of_record`."""

    def __init__(self) -> None:
        self.branches: dict[int, list[bool]] = {}
        self.functions: dict[str, tuple[int, bool]] = {}


class _Reading:
    def __init__(self) -> None:
        self.files: dict[str, dict[int, bool]] = {}
        self.record: _Record | None = None
        self._lines: dict[int, bool] = {}
        self._tags: dict[str, Callable[[_Record, str, str], None]] = {
            "DA": self._line,
            "BRDA": self._branch,
            "FN": self._function,
            "FNDA": self._function_run,
        }

    def line(self, text: str, where: str) -> None:
        if text == "end_of_record":
            self._end(where)
            return
        tag, colon, rest = text.partition(":")
        if not colon or not _TAG.match(tag):
            raise unreadable(where, f"{text[:40]!r} is no line of LCOV's")
        if tag == "SF":
            if self.record is not None:
                raise unreadable(where, "a record begins inside another")
            self.record = _Record()
            self._lines = self.files.setdefault(path(rest, where), {})
        elif tag in self._tags:
            if self.record is None:
                raise unreadable(where, f"{text[:40]!r} belongs to no file")
            self._tags[tag](self.record, rest, where)

    def _line(self, _record: _Record, rest: str, where: str) -> None:
        number, comma, after = rest.partition(",")
        if not comma:
            raise unreadable(where, "a line without a count of runs")
        at = line_number(number, where)
        self._lines[at] = has_run(after.partition(",")[0], where) or self._lines.get(at, False)

    def _branch(self, record: _Record, rest: str, where: str) -> None:
        number, _, after = rest.partition(",")
        taken = after.rpartition(",")[2]
        record.branches.setdefault(line_number(number, where), []).append(taken != "-" and has_run(taken, where))

    def _function(self, record: _Record, rest: str, where: str) -> None:
        number, comma, name = rest.partition(",")
        if not comma:
            raise unreadable(where, "a function without a name")
        end, comma, after = name.partition(",")
        record.functions[after if comma and end.isdecimal() else name] = (line_number(number, where), False)

    def _function_run(self, record: _Record, rest: str, where: str) -> None:
        count, _, name = rest.partition(",")
        ran = has_run(count, where)
        if name in record.functions:
            record.functions[name] = (record.functions[name][0], ran)

    def _end(self, where: str) -> None:
        if self.record is None:
            raise unreadable(where, "a record ends that never began")
        for number, taken in self.record.branches.items():
            # Without a count of its own, a line whose branches were not all taken is not covered.
            self._lines[number] = (self._lines[number] or any(taken)) if number in self._lines else all(taken)
        for number, ran in self.record.functions.values():
            self._lines.setdefault(number, ran)
        self.record = None
