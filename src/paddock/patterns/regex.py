"""Regular expressions that can't hang: RE2's, found in time linear in the text, whatever pattern and text are.

Python's `re` backtracks and can't be interrupted; a time limit, as the `regex` module has one, would make a verdict
depend on the machine. The price is that RE2 knows neither look-around nor references back.

All lines are searched at once. RE2's `never_nl` lets nothing match a line's end, so that this finds what a search of
each line by itself finds.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:

    class Match(Protocol):
        """What RE2 found; offsets count bytes."""

        def start(self) -> int:
            """Where it begins."""

    class Pattern(Protocol):
        """A compiled expression."""

        def search(self, text: bytes, pos: int = 0) -> Match | None:
            """The first match from an offset on."""


_MEMORY = 64 << 20  # bytes that one expression may take; beyond, RE2 goes on with less, and slower

# What would see the text as one: its two ends, a single byte, and `^` and `$` told to mean its ends.
_WHOLE = re.compile(r"(?:[^\\]|\A)(?:\\\\)*(?P<found>\\[AzCQ]|\(\?[a-zA-Z]*-[a-zA-Z]*m)")
_LOOKS = re.compile(r"\(\?<?[=!]|\\[1-9]|\(\?P=")


@cache
def compiled(pattern: str) -> Pattern:
    """A pattern that is searched for in UTF-8.

    Raises:
        ValueError: it is not one; `problem` says why.
    """
    import re2

    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        found: Pattern = re2.compile(b"(?m)" + pattern.encode(), options)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        raise ValueError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error
    return found


def any_of(patterns: tuple[str, ...]) -> Pattern | None:
    """One expression that is found where any of some is; None where there are none, or too many for one."""
    try:
        return compiled("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
    except ValueError:
        return None


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern; None where it can be searched for."""
    if found := _WHOLE.search(pattern):
        return f"`{found['found']}` has no meaning where each line is judged by itself: write `^` and `$`"
    try:
        empty = compiled(pattern).search(b"")
    except ValueError as error:
        why = str(error).replace("(?m)", "")
        if _LOOKS.search(pattern):
            why += "; look-around and references back are not known: what excuses a line goes into `unless`"
        return f"the regular expression `{pattern}` can't be read: {why}"
    return None if empty is None else f"the regular expression `{pattern}` matches an empty line, and so every line"
