"""A file's content as the rules ask for it: the first lines, the last two, and all of it.

Lines end at LF alone, so CR stays in its line; a file that ends in LF has an empty last line; an empty file has none.
"""

from __future__ import annotations

from msgspec import Struct

# No rule over first lines looks further.
HEAD = 40


class Lines(Struct, frozen=True):
    """`first` is at most HEAD lines; `head` is the same as one text."""

    content: bytes
    first: tuple[bytes, ...]
    head: bytes

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self.content.count(b"\n") + 1 if self.content else 0

    @property
    def last(self) -> bytes:
        """The last line."""
        return self.content[self.content.rfind(b"\n") + 1 :]

    @property
    def last_but_one(self) -> bytes:
        """The line before the last, empty where there is none."""
        end = self.content.rfind(b"\n")
        return self.content[self.content.rfind(b"\n", 0, end) + 1 : end] if end > 0 else b""


def split(content: bytes) -> Lines:
    """Take as much of the content apart as the rules may need."""
    first = content.split(b"\n", HEAD) if content else []
    if len(first) <= HEAD:
        return Lines(content, tuple(first), content)
    rest = first.pop()
    return Lines(content, tuple(first), content[: len(content) - len(rest) - 1])
