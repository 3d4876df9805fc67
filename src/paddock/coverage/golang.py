"""Go's cover profiles, as `go test -coverprofile` writes them.

A profile counts blocks of statements. Every line that a block with statements touches can run, the closing brace
included, and did if one of its blocks did: so do the converters to Cobertura.

Source: `ParseProfilesFromReader` of golang.org/x/tools/cover.
"""

from __future__ import annotations

import re

from paddock.coverage.parsed import Measured, Parsed, has_run, line_number, path, unreadable

KIND = "Go"
LINES_LIMIT = 5_000_000  # lines that the blocks of one profile touch
_MODE = re.compile(r"mode: (set|count|atomic)\Z")
_BLOCK = re.compile(
    r"(?P<path>.+):(?P<first>\d+)\.\d+,(?P<last>\d+)\.\d+ (?P<statements>\d+) (?P<count>\d+)\Z", re.ASCII
)


def read(content: bytes, where: str) -> Parsed:
    """A report; several that were joined are one.

    Raises:
        FactUnreadableError: a line of it is none of the format, or its blocks touch too many lines.
    """
    files: dict[str, dict[int, bool]] = {}
    left = LINES_LIMIT
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        text, place = line.rstrip("\r"), f"{where}:{number}"
        if not text or _MODE.match(text):
            continue
        block = _BLOCK.match(text)
        if block is None:
            raise unreadable(place, f"{text[:40]!r} is no line of a cover profile")
        first, last = line_number(block["first"], place), line_number(block["last"], place)
        left -= last - first + 1
        if last < first or left < 0:
            why = "a block ends before it begins" if last < first else f"over {LINES_LIMIT:,} lines"
            raise unreadable(place, why)
        lines = files.setdefault(path(block["path"], place), {})
        if block["statements"].strip("0"):
            ran = has_run(block["count"], place)
            for at in range(first, last + 1):
                lines[at] = ran or lines.get(at, False)
    return Parsed(KIND, tuple(Measured(name, lines) for name, lines in files.items()))
