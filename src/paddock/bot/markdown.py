"""What of a comment is prose, by a real Markdown parser: the lines a command may stand on, and the items of lists.

Not prose is whatever GitHub would show as code, as a quote, as a link's text, or not at all.
"""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    Rule = Callable[[StateInline, bool], bool]

_BREAK = re.compile(r"\r\n?|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
# A line break inside these, between their ends, is not at a line's start of the prose.
_SPANS = ("code_inline", "link_open", "image", "html_inline")
# Elements in which text is code, a quote, a link, struck out or not shown.
_INERT = frozenset({
    "a", "blockquote", "code", "del", "iframe", "kbd", "math-renderer", "noembed", "noframes", "noscript", "plaintext",
    "pre", "q", "s", "samp", "script", "strike", "style", "template", "textarea", "title", "tt", "xmp",
})  # fmt: skip
# A comment or a tag without its end, with and without regard to quotes in it: browsers go by where a quote stands.
_UNENDED = tuple(
    re.compile(rf"<!--(?:-?>|.*?--!?>)|</?[A-Za-z]{inside}*>|(?P<open><(?:!--|/?[A-Za-z]).*)", re.DOTALL)
    for inside in ("[^>]", """(?:[^>"']|"[^"]*"|'[^']*')""")
)
# What such a one hides: all that follows.
_REST = "rest"
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_STARTS = re.compile(r" {0,3}\S")
_MARKER = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])(?:\s+\[(?P<box>[ xX])\])?(?:\s+|\Z)")


class Line(Struct, frozen=True):
    """A line of the comment, counted from 1, without what is an HTML comment."""

    number: int
    text: str


class Item(Struct, frozen=True):
    """An item of a list, without its marker; `ticked` where it is a task that is done."""

    lines: tuple[Line, ...]
    ticked: bool = False

    @property
    def number(self) -> int:
        """The line that it begins on."""
        return self.lines[0].number


class Page(Struct, frozen=True):
    """A comment's lines of prose that begin at the line's start, and the items of its outermost lists.

    `shown` are all its lines, whatever they are, without what is an HTML comment.
    """

    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    shown: tuple[str, ...]


def read(text: str) -> Page:
    """Read a comment; what is no character of Unicode (NUL, a lone surrogate) is read as U+FFFD."""
    return _Reader(clean(text)).page()


def words(text: str) -> str:
    """What a text says in words, wherever in it: what is no code, quote, link's text, HTML block or hidden."""
    return _Reader(clean(text)).words()


def clean(text: str) -> str:
    """Text that can be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _parser().parse(text)
        self.source = _BREAK.split(text)
        self.cuts: dict[int, list[tuple[int, int]]] = {}
        self.open: list[str] = []
        self.prose: list[int] = []
        self.spots: list[tuple[int, int]] = []

    def page(self) -> Page:
        quotes, lists, tables, atx = 0, 0, 0, False
        for token in self.tokens:
            kind, step = token.type.removesuffix("_open").removesuffix("_close"), token.nesting
            quotes += step if kind == "blockquote" else 0
            lists += step if kind in ("bullet_list", "ordered_list") else 0
            tables += step if kind == "table" else 0
            if kind == "heading":
                atx = step == 1 and token.markup.startswith("#")
            elif token.type == "list_item_open" and lists == 1 and not quotes and not self.open and token.map:
                self.spots.append((token.map[0], token.map[1]))
            elif kind == "html_block" and token.map:
                self.html_block(token, token.map)
            elif kind == "inline" and token.map:
                self.inline(token, token.map[0], prose=not (quotes or tables or atx), listed=lists > 0)
        items = tuple(item for start, end in self.spots if (item := self.item(start, end)) is not None)
        lines = tuple(Line(number + 1, self.shown(number)) for number in self.prose)
        return Page(lines, items, tuple(map(self.shown, range(len(self.source)))))

    def html_block(self, token: Token, lines: Sequence[int]) -> None:
        if token.content.lstrip().startswith("<!--"):
            for number in range(lines[0], min(lines[1], len(self.source))):
                self.cuts[number] = [(0, len(self.source[number]))]
        self.tags(_COMMENT.sub("", token.content))
        # A quote or an item that ends has ended the block, but to a browser its comment goes on.
        if any(match["open"] for pattern in _UNENDED for match in pattern.finditer(token.content)):
            self.open.append(_REST)

    def words(self) -> str:
        quotes, said = 0, list[str]()
        for token in self.tokens:
            quotes += token.nesting if token.type.startswith("blockquote") else 0
            if token.type == "html_block" and token.map:
                self.html_block(token, token.map)
            elif token.type == "inline" and not quotes:
                said.append("".join(self.spelled(token.children or ())))
        return "\n".join(said)

    def spelled(self, children: Sequence[Token]) -> Iterator[str]:
        """The text of a paragraph, with a line break for what is none."""
        links = 0
        for child in children:
            if child.type in ("link_open", "link_close"):
                links += child.nesting
            elif child.type == "html_inline" and not child.content.startswith("<!--"):
                self.tags(child.content)
            yield child.content if child.type == "text" and not links and not self.open else "\n"

    def inline(self, token: Token, first: int, *, prose: bool, listed: bool) -> None:
        """Find the lines of a paragraph that begin neither in a span nor in an element that is not prose."""
        spans = deque(_spans(token.children or ()))
        start, reach, hidden = 0, 0, 0
        for number, line in enumerate(token.content.split("\n"), first):
            # In a list only a line at the margin, which Markdown counts to the item above, is no part of the item.
            source = self.source[number]
            begins = _STARTS.match(source) and (not listed or (source[0] != " " and source.rstrip() == line.rstrip()))
            if prose and begins and reach <= start and not self.open:
                self.prose.append(number)
            end = start + len(line)
            self.hide(number, line, 0, hidden - start)
            while spans and spans[0][0] < end:
                low, high, html = spans.popleft()
                reach = max(reach, high)
                if html.startswith("<!--"):
                    hidden = high
                    self.hide(number, line, low - start, high - start)
                else:
                    self.tags(html)
            start = end + 1

    def tags(self, html: str) -> None:
        """Follow which elements are open that hold no prose."""
        for match in _TAG.finditer(html):
            name = match[2].lower()
            if name not in _INERT:
                continue
            if not match[1]:
                self.open.append(name)
            elif name in self.open:
                self.open.remove(name)

    def hide(self, number: int, line: str, start: int, end: int) -> None:
        """Cut an HTML comment out of a line; a paragraph's line is the end of its source's."""
        end = min(end, len(line))
        if start >= end:
            return
        source = self.source[number]
        shift = len(source.rstrip()) - len(line.rstrip())
        whole = source.rstrip().endswith(line.rstrip())
        self.cuts.setdefault(number, []).append((start + shift, end + shift) if whole else (0, len(source)))

    def shown(self, number: int) -> str:
        text = self.source[number]
        for start, end in sorted(self.cuts.get(number, ()), reverse=True):
            text = text[:start] + text[end:]
        return text

    def item(self, start: int, end: int) -> Item | None:
        head = self.shown(start)
        marker = _MARKER.match(head)
        if marker is None:
            return None
        lines = [Line(start + 1, head[marker.end() :].rstrip())]
        for number in range(start + 1, min(end, len(self.source))):
            text = self.shown(number).rstrip()
            indent = min(len(text) - len(text.lstrip()), marker.end())
            lines.append(Line(number + 1, text[indent:]))
        return Item(tuple(lines), ticked=(marker["box"] or " ") != " ")


def _spans(children: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Start and end in the paragraph of each span that prose stops at, and its HTML where it is that."""
    for child in children:
        if (span := child.meta.get("span")) is not None:
            yield (*span, child.content if child.type == "html_inline" else "")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import autolink, backtick, html_inline, image, link

    # Emphasis does not matter here, and costs the most on hostile text.
    parser = MarkdownIt("commonmark").enable("table").disable(["emphasis", "balance_pairs", "fragments_join"])
    rules: dict[str, Any] = {
        "backticks": backtick, "link": link, "image": image, "autolink": autolink, "html_inline": html_inline
    }  # fmt: skip
    for name, rule in rules.items():
        parser.inline.ruler.at(name, _noting(rule))
    return parser


def _noting(rule: Rule) -> Rule:
    """A rule that writes down where in the paragraph the token that it made stands, which markdown-it does not."""

    def noting(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            made = next((token for token in state.tokens[count:] if token.type in _SPANS), None)
            if made is not None:
                made.meta["span"] = (start, state.pos)
        return found

    return noting
