"""Text from outside, made safe to print: no control character reaches a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text on one line with control, bidirectional and undecodable characters written as escapes."""
    if text.isprintable():
        return text
    # Each wrong character is looked at once, however long the text is.
    return text.translate({ord(char): _escape(char) for char in set(text) if not char.isprintable()})


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte that is not UTF-8, as surrogateescape keeps it
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
