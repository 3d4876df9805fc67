"""Nothing that is read as prose is shown as code, a quote or a link, whatever a comment is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from paddock.bot.commands import Call, Mistake, parse
from paddock.bot.markdown import Item, Line, read, words

INERT = ("a", "blockquote", "code", "pre")


class Shown(HTMLParser):
    """What a reader sees of a page as prose: its text outside of the inert elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open = dict.fromkeys(INERT, 0)
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library's signature
        if tag in self.open:
            self.open[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if self.open.get(tag):
            self.open[tag] -= 1

    def handle_data(self, data: str) -> None:
        if not any(self.open.values()):
            self.text += data


# A command whose argument is found again in the page.
SAYS = st.integers(0, 9).map(lambda number: f"/todo mark{number}")
PIECES = (
    "`", "``", "```", "~~~", "> ", ">", "- ", "1. ", "    ", "\t", "  ", "<!--", "-->", "<!---->", "[", "](x)", "![",
    "<code>", "</code>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<a href='x'>", "</a>", "<div>", "</div>",
    "[a]: ", "<b>", "</b>", "a", "\\", "*", "# ", "---", "| ", "--|--", "\n", "\n", "\n\n", "\r\n", "<x:y>",
    '<div title="', "<b title='", '">', "'>", "<textarea>",
)  # fmt: skip
COMMENTS = st.lists(st.one_of(st.sampled_from(PIECES), SAYS.map("\n{}".format), SAYS, SAYS.map("\n{}\n".format))).map(
    "".join
)


@settings(max_examples=300, deadline=None)
@given(COMMENTS)
@example("a <code>\n/todo mark1\n</code>")
@example("> a\n/todo mark1")
@example("`a\n/todo mark1`")
@example("> <!--\n/todo mark1")
@example("- <!--\n\n/todo mark1")
@example("<div>\n<!--\n\n/todo mark1")
@example("> <div title='\n\n/todo mark1")
@example('<div ">\n<!-- ">\n\n/todo mark1')
def test_no_command_is_read_from_what_is_not_shown_as_prose(text: str) -> None:
    shown = Shown(MarkdownIt("commonmark").enable("table").render(text)).text
    for one in parse(text):
        if isinstance(one, Call):
            mark = re.match(r"mark\d", one.args[0])
            # With an element or a code span between it is whatever stands there.
            assert mark is None or mark[0] in shown, (one, shown)


ENDED = {
    "a comment": "<!-- a -->\n\n/hold",
    "an empty comment": "<!-->\n\n/hold",
    "a comment of many lines": "<!--\na\n\nb\n-->\n/hold",
    "a tag": "<div title='a > b'>\n</div>\n\n/hold",
    "a tag with an apostrophe in its text": "<div>\ndon't, 1 < 2\n</div>\n\n/hold",
}


@pytest.mark.parametrize("text", ENDED.values(), ids=ENDED)
def test_what_follows_an_ended_comment_or_tag_is_prose(text: str) -> None:
    assert [type(one) for one in parse(text)] == [Call]


LINES = st.lists(
    st.one_of(
        st.sampled_from(("/hold", "/todo a", "/asign b", "text", "", "- a", "/request-changes")), st.text(max_size=20)
    ),
    min_size=1,
    max_size=12,
).map(lambda lines: [re.sub(r"[\r\n]", " ", line) for line in lines])


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_nothing_is_said_in_a_quote(lines: list[str]) -> None:
    assert parse("\n".join(f"> {line}" for line in lines)) == ()


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from("`~"))
def test_nothing_is_said_in_a_fence(lines: list[str], mark: str) -> None:
    fence = mark * 40
    assert parse("\n".join((fence, *lines, fence))) == ()


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_nothing_is_said_in_indented_code(lines: list[str]) -> None:
    assert parse("\n".join(f"    {line}" for line in lines)) == ()


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_nothing_is_said_in_an_html_comment(lines: list[str]) -> None:
    inside = [line.replace("->", "") for line in lines]
    assert parse("\n".join(("<!--", *inside, "-->"))) == ()


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), COMMENTS, st.text(alphabet="/`<>-!ah \n\r\t\x00\u200b\ud800[]()\"'=.:1"), LINES.map("\n".join))
)
def test_any_text_is_read(text: str) -> None:
    lines = re.split(r"\r\n?|\n", text)
    found = parse(text)
    assert [one.line for one in found] == sorted({one.line for one in found})
    for one in found:
        # A line that says something begins with a slash, or with what is to be told is none.
        assert lines[one.line - 1].strip()
        if isinstance(one, Call):
            assert re.match(r" {0,3}/[A-Za-z]", lines[one.line - 1])
            assert all("\n" not in arg or one.lines for arg in one.args)
            "".join(one.args).encode()  # no surrogate is left
        else:
            assert isinstance(one, Mistake)
            one.error.encode()
            assert one.suggestion is None or one.suggestion.startswith("/")
    assert parse(text) == found


HOSTILE = {
    "brackets": "[" * 65_000,
    "images": "![" * 30_000,
    "links": "[a](b)\nx\n" * 6_000,
    "backticks": "".join("`" * count + " " for count in range(1, 350)),
    "quotes": "> " * 30_000,
    "lists": "- " * 30_000,
    "nested": "".join(" " * depth + "- a\n" for depth in range(350)),
    "comments": "a<!--a-->\n" * 6_000,
    "open comments": "a <!-- " * 9_000,
    "tags": "<a <a <code> " * 5_000,
    "tables": "a|b\n-|-\n" + "a|b\n" * 16_000,
    "lines": "\n" * 65_000,
    "unknown words": "".join(f"/word{chr(97 + n % 26)}x\n" for n in range(6_000)),
    "other letters": "\uff0f\uff41\uff42\n" * 12_000,
}


TOO_MANY = Mistake("more than 50 commands in one comment, of which none is run", None, 52)


@pytest.mark.parametrize("filling", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_comment_is_read(filling: str) -> None:
    text = f"/hold\n\n{filling}"
    assert len(text) <= 65_536
    assert parse(text) in ((Call("hold", (), 1),), (TOO_MANY,))


def test_a_page() -> None:
    page = read("a\n\n- b <!-- c -->\n  d\n- [x] e\n\n> f\n")
    assert page.lines == (Line(1, "a"),)
    assert page.items == (
        Item((Line(3, "b"), Line(4, "d"))),
        Item((Line(5, "e"), Line(6, "")), ticked=True),
    )
    assert page.items[0].number == 3


WORDS: dict[str, tuple[str, bool]] = {
    "a line": ("x\n\nCloses #7", True),
    "within a line": ("This closes #7.", True),
    "a list": ("- Closes #7", True),
    "a nested list": ("1. x\n   * [x] Closes #7", True),
    "a heading": ("## Closes #7", True),
    "a heading with a line below": ("Closes #7\n===", True),
    "a table": ("| a |\n|---|\n| Closes #7 |", True),
    "strong": ("**Closes #7**", True),
    "beside code": ("`x` closes #7", True),
    "in a disclosure": ("<details>\n\nCloses #7\n\n</details>", True),
    "code": ("`Closes #7`", False),
    "split by code": ("Closes `x` #7", False),
    "a fence": ("```\nCloses #7\n```", False),
    "an open fence": ("```\nCloses #7", False),
    "an indented block": ("x\n\n    Closes #7", False),
    "a quote": ("> Closes #7", False),
    "a list in a quote": ("> - Closes #7", False),
    "a comment": ("<!-- Closes #7 -->", False),
    "a comment in a line": ("x <!-- Closes #7 --> y", False),
    "an open comment": ("x\n\n<!--\n\nCloses #7", False),
    "a link's text": ("[Closes #7](https://example.org)", False),
    "a link's title": ('[x](https://example.org "Closes #7")', False),
    "an element of code": ("<code>Closes #7</code>", False),
    "an element around": ("<pre>\n\nx\n\nCloses #7\n\n</pre>", False),
}


@pytest.mark.parametrize(("text", "says"), WORDS.values(), ids=WORDS)
def test_which_words_a_text_says(text: str, says: bool) -> None:  # noqa: FBT001 - a case's
    assert ("closes #7" in words(text).lower()) == says
