"""A text in GitHub's Markdown as sections: what is written under each heading, and which boxes are ticked. Pure.

markdown-it-py takes the text apart, so that a heading or a box in a code block is none. Only blocks are parsed; what
the text says inside them is looked at in time that grows with its length, whatever a stranger wrote.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_BOX = re.compile(r"\[([ \txX])\](?:\s+|\Z)(.*)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_NO_LETTERS = re.compile(r"[\W_]+")


class Box(Struct, frozen=True):
    """A task of a list. `line` counts from 1."""

    text: str
    ticked: bool
    line: int


class Section(Struct, frozen=True):
    """What stands under a heading, up to the next of any level; before the first, `level` is 0.

    `lines` are lines of text without comments and HTML tags; those of code blocks stand in `code`, and tasks in
    `boxes`. `line` is where the heading stands, counted from 1.
    """

    title: str
    level: int
    line: int
    lines: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()


def read(text: str) -> tuple[Section, ...]:
    """The sections of a text, in its order; the first is what stands before any heading."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    found = [_Open("", 0, 1)]
    tokens = parser.parse(text)
    for at, token in enumerate(tokens):
        # A heading in a quote or in a list heads nothing beyond it.
        if token.type == "heading_open" and token.level == 0:
            found.append(_Open(_visible(tokens[at + 1].content), int(token.tag[1:]), _line(token)))
        elif token.type == "inline" and not (
            at and tokens[at - 1].type == "heading_open" and tokens[at - 1].level == 0
        ):
            found[-1].text(token, in_item=at > 1 and tokens[at - 2].type == "list_item_open")
        elif token.type == "html_block":
            found[-1].lines += _lines(_uncommented(token.content, unclosed=True))
        elif token.type in ("fence", "code_block"):
            found[-1].code += [line for line in token.content.splitlines() if line.strip()]
    return tuple(one.closed() for one in found)


def below(sections: Sequence[Section], title: str) -> tuple[Section, ...] | None:
    """The first section with this heading and those under it; None where there is no such heading.

    Case, punctuation and emojis of headings do not matter.
    """
    wanted = plain(title)
    for at, first in enumerate(sections):
        if first.level and plain(first.title) == wanted:
            end = next((i for i in range(at + 1, len(sections)) if sections[i].level <= first.level), len(sections))
            return tuple(sections[at:end])
    return None


def plain(text: str) -> str:
    """What two spellings of a heading have in common."""
    return _NO_LETTERS.sub(" ", text).strip().casefold()


class _Open:
    """A section that is still read."""

    def __init__(self, title: str, level: int, line: int) -> None:
        self.title = title
        self.level = level
        self.line = line
        self.lines: list[str] = []
        self.code: list[str] = []
        self.boxes: list[Box] = []

    def text(self, token: Token, *, in_item: bool) -> None:
        box = _BOX.match(token.content) if in_item else None
        if box is None:
            self.lines += _lines(_uncommented(token.content, unclosed=False))
        else:
            self.boxes.append(Box(_visible(box[2]), box[1] in "xX", _line(token)))

    def closed(self) -> Section:
        return Section(self.title, self.level, self.line, tuple(self.lines), tuple(self.code), tuple(self.boxes))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if shown := _TAG.sub("", line).strip():
            yield shown


def _visible(text: str) -> str:
    return " ".join(_lines(_uncommented(text, unclosed=False)))


def _uncommented(text: str, *, unclosed: bool) -> str:
    """A text without HTML comments; one that does not end hides all that follows it in a block of HTML only."""
    kept: list[str] = []
    start = 0
    while (begin := text.find("<!--", start)) >= 0:
        end = text.find("-->", begin + 4)
        if end < 0:
            return "".join((*kept, text[start : begin if unclosed else len(text)]))
        kept.append(text[start:begin])
        start = end + 3
    return "".join((*kept, text[start:]))
