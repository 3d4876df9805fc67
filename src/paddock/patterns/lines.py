"""Lines of a file, held as one piece of bytes, since there may be hundreds of thousands."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.model import AddedLine
    from paddock.patterns.regex import Pattern

_BOM = b"\xef\xbb\xbf"


class Lines:
    """Some lines of a file with their numbers. Bytes that are not UTF-8 are replaced, line ends are `\\n`."""

    __slots__ = ("_starts", "numbers", "text")

    def __init__(self, text: bytes, numbers: Sequence[int]) -> None:
        self.text = text
        self.numbers = numbers
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Where each line begins."""
        if self._starts is None:
            starts = [0]
            for line in self.text.split(b"\n"):
                starts.append(starts[-1] + len(line) + 1)
            self._starts = starts[:-1]
        return self._starts

    def line(self, index: int) -> bytes:
        """The text of the line at an index."""
        start = self.starts[index]
        end = self.text.find(b"\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def numbered(self, number: int) -> bytes | None:
        """The line of this number in the file; None where it is none of these."""
        index = bisect_right(self.numbers, number) - 1
        return self.line(index) if index >= 0 and self.numbers[index] == number else None

    def found(self, pattern: Pattern) -> Iterator[tuple[int, int]]:
        """(index, column) of each line that a pattern is found in; columns count characters from 1."""
        position = 0
        while position <= len(self.text) and (match := pattern.search(self.text, position)) is not None:
            index = bisect_right(self.starts, match.start()) - 1
            start = self.starts[index]
            yield index, len(self.text[start : match.start()].decode()) + 1
            if index + 1 == len(self.starts):
                return
            position = self.starts[index + 1]


def of_added(added: Sequence[AddedLine]) -> Lines:
    """The lines that a change adds to a file."""
    return Lines(_utf8("\n".join(line.text for line in added)), [line.number for line in added])


def of_content(content: bytes) -> Lines:
    """All lines of a file."""
    text = content.removeprefix(_BOM).replace(b"\r\n", b"\n").removesuffix(b"\n")
    return Lines(_utf8(text.decode("utf-8", "surrogateescape")), range(1, text.count(b"\n") + 2))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()
