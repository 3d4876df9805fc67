"""Reports on coverage, read: which lines of which files can run, and which of them did. Pure.

A report is written by whatever the change ran, so every one is hostile: counts and sizes are checked, and nothing in
it is fetched, expanded or believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.coverage import cobertura, coveragepy, golang, lcov
from paddock.coverage.parsed import Measured, Parsed, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Measured", "Parsed", "read"]

# By how a report begins: every format says what it is in its first letters.
_READERS: tuple[tuple[tuple[bytes, ...], Callable[[bytes, str], Parsed]], ...] = (
    ((b"mode:",), golang.read),
    ((b"<",), cobertura.read),
    ((b"{",), coveragepy.read),
    ((b"TN:", b"SF:", b"VER:", b"#"), lcov.read),
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # of an encoding; XML's own parser reads them


def read(content: bytes, where: str) -> Parsed:
    """A report of any format.

    Raises:
        FactUnreadableError: it is none that is known, or not well-formed; `where` names it.
    """
    if content.startswith(_MARKS[1:]):
        return cobertura.read(content, where)
    text = content.removeprefix(_MARKS[0]).lstrip()
    for beginnings, reader in _READERS:
        if text.startswith(beginnings):
            return reader(text, where)
    if not text:
        raise unreadable(where, "it is empty")
    raise unreadable(where, "it is neither Cobertura's XML, LCOV, a Go cover profile nor coverage.py's JSON")
