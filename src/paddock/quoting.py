"""Text from outside as one word of a command that is shown to somebody, on one line."""

from __future__ import annotations

import shlex

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "'": "\\'"}


def quoted(text: str) -> str:
    """A word for bash, zsh, ksh and fish's `bash -c`: `$'…'` where it has what no terminal should print.

    A line break would end the line that shows it, and what comes after would look like a hint of ours.
    """
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(_escaped(char) for char in text) + "'"


def _escaped(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
