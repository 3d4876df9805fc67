"""What all formats of reports come to."""

from __future__ import annotations

import re

from msgspec import Struct

from paddock.errors import FactUnreadableError

LONGEST = 4096  # characters of a path
_COUNT = re.compile(r"\s*-?[0-9]{1,40}\s*\Z", re.ASCII)
_LINE = re.compile(r"\s*[0-9]{1,9}\s*\Z", re.ASCII)


class Measured(Struct):
    """A file as a report names it. `lines` are those that can run, each with whether it did."""

    path: str
    lines: dict[int, bool]


class Parsed(Struct):
    """A report. `roots` are folders that its paths may count from; `kind` is the format's name."""

    kind: str
    files: tuple[Measured, ...]
    roots: tuple[str, ...] = ()


def unreadable(where: str, why: str) -> FactUnreadableError:
    """What a report that can't be read ends in."""
    return FactUnreadableError(
        f"{where}: {why}", hint="look at the step that writes it, or name others by the policy's `reports`"
    )


def line_number(text: str, where: str) -> int:
    """A line's number.

    Raises:
        FactUnreadableError: it is none.
    """
    if not _LINE.match(text) or not int(text):
        raise unreadable(where, f"{text[:40]!r} is no number of a line")
    return int(text)


def has_run(text: str, where: str) -> bool:
    """Whether a count of runs is another than 0; a counter that overflowed is negative, and ran.

    Raises:
        FactUnreadableError: it is no whole number.
    """
    if not _COUNT.match(text):
        raise unreadable(where, f"{text[:40]!r} is no count of runs")
    return int(text) != 0


def path(text: str, where: str) -> str:
    """A path as a report has it, with slashes.

    Raises:
        FactUnreadableError: it is empty, far too long, or holds a NUL.
    """
    if not text or len(text) > LONGEST or "\0" in text:
        raise unreadable(where, f"{text[:40]!r} is no path")
    return text.replace("\\", "/") if "/" not in text else text
