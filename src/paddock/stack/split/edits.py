"""One file's change as edits that can be applied one without the other, byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# https://git-scm.com/docs/diff-format: a count of 1 is left out, and with 0 lines the place is the line before.
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


class Edit(Struct, frozen=True):
    """Old lines that give way to new ones: those from `start` (from 0), `gone` in number, to `first`, `come`."""

    start: int
    gone: int
    first: int
    come: int


def hunks(patch: bytes) -> list[Edit]:
    """The hunks of one file's patch without context.

    A line of the text that looks like a hunk's head begins with a blank, a plus or a minus there.
    """
    found = []
    for match in _HUNK.finditer(patch):
        start, gone, first, come = (int(one) if one is not None else 1 for one in match.groups())
        found.append(Edit(start - 1 if gone else start, gone, first - 1 if come else first, come))
    return found


def lines_of(text: bytes) -> list[bytes]:
    """Lines as git counts them: each with its line feed, the last perhaps without."""
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", text)


def cut(edits: Iterable[Edit], new: Sequence[bytes], most: int) -> list[Edit]:
    """The edits, those over `most` lines cut where a paragraph that is not indented begins, or else anywhere.

    What is deleted goes with the first lines that come in its place.
    """
    found: list[Edit] = []
    for edit in edits:
        rest = edit
        while rest.gone + rest.come > most and rest.come > 1 and rest.gone < most:
            size = _place(new[rest.first : rest.first + rest.come], most - rest.gone)
            found.append(Edit(rest.start, rest.gone, rest.first, size))
            rest = Edit(rest.start + rest.gone, 0, rest.first + size, rest.come - size)
        found.append(rest)
    return found


def _place(lines: Sequence[bytes], most: int) -> int:
    """After how many of the lines, `most` at the most and fewer than all, it is best to cut."""
    most = min(most, len(lines) - 1)
    begins = (at for at in range(most, most // 2, -1) if not lines[at - 1].strip() and lines[at][:1].strip())
    return next(begins, most)


def grouped(edits: Iterable[Edit], most: int) -> list[list[Edit]]:
    """Neighbouring edits in groups of `most` lines; one that is longer stands alone."""
    groups: list[list[Edit]] = []
    size = 0
    for edit in edits:
        lines = edit.gone + edit.come
        if not groups or size + lines > most:
            groups.append([])
            size = 0
        groups[-1].append(edit)
        size += lines
    return groups


def apply(old: Sequence[bytes], new: Sequence[bytes], edits: Iterable[Edit]) -> bytes:
    """The old text with some of the edits made."""
    out: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.first)):
        out += old[at : edit.start]
        out += new[edit.first : edit.first + edit.come]
        at = edit.start + edit.gone
    return b"".join([*out, *old[at:]])
