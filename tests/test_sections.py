"""Markdown as sections, words and boxes, as GitHub would show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.sections import Box, Section, below, plain, read

FIRST = Section("", 0, 1)

READ: dict[str, tuple[str, tuple[Section, ...]]] = {
    "nothing": ("", (FIRST,)),
    "text without a heading": ("One.\nTwo.\n", (Section("", 0, 1, ("One.", "Two.")),)),
    "sections": (
        "# A\none\n\n## B ##\ntwo\n\nC\n---\nthree\n",
        (FIRST, Section("A", 1, 1, ("one",)), Section("B", 2, 4, ("two",)), Section("C", 2, 7, ("three",))),
    ),
    "line ends of Windows": ("# A\r\none\r\n", (FIRST, Section("A", 1, 1, ("one",)))),
    "a heading in code is none": ("```\n# A\n```\n", (Section("", 0, 1, code=("# A",)),)),
    "a heading in an open fence is none": ("~~~ md\n# A\n", (Section("", 0, 1, code=("# A",)),)),
    "a heading in indented code is none": ("x\n\n    # A\n", (Section("", 0, 1, ("x",), ("# A",)),)),
    "a heading in a quote heads nothing": ("> # A\n\none\n", (Section("", 0, 1, ("A", "one")),)),
    "a heading in a list heads nothing": ("- # A\n\none\n", (Section("", 0, 1, ("A", "one")),)),
    "a heading in a comment is none": ("<!--\n# A\n-->\n", (FIRST,)),
    "comments hide": ("<!-- a -->\n\nb <!-- c --> d\n", (Section("", 0, 1, ("b  d",)),)),
    "a comment that does not end hides the rest": ("<!-- a\n\n# A\n\nb\n", (FIRST,)),
    "one inside a line does not": ("a <!-- b\n", (Section("", 0, 1, ("a <!-- b",)),)),
    "text behind a comment is text": ("<!-- a --> b\n", (Section("", 0, 1, ("b",)),)),
    "tags hide, their text does not": (
        "<details>\n<summary>More</summary>\n</details>\n\na <b>c</b>\n",
        (Section("", 0, 1, ("More", "a c")),),
    ),
    "cells are text": ("| a | b |\n|---|---|\n| c | d |\n", (Section("", 0, 1, ("a", "b", "c", "d")),)),
    "boxes": (
        "- [ ] one\n* [x] two\n1. [X] three <!-- or not -->\n",
        (
            Section(
                "",
                0,
                1,
                boxes=(
                    Box("one", ticked=False, line=1),
                    Box("two", ticked=True, line=2),
                    Box("three", ticked=True, line=3),
                ),
            ),
        ),
    ),
    "boxes in lists": (
        "- a\n  - [ ] one\n    more\n",
        (Section("", 0, 1, ("a",), boxes=(Box("one more", ticked=False, line=2),)),),
    ),
    "no boxes": (
        "[ ] one\n\n- two [ ]\n- [] three\n- [y] four\n- [x]five\n",
        (Section("", 0, 1, ("[ ] one", "two [ ]", "[] three", "[y] four", "[x]five")),),
    ),
    "a box in code is none": (
        "- `[ ] one`\n\n```\n- [ ] two\n```\n",
        (Section("", 0, 1, ("`[ ] one`",), ("- [ ] two",)),),
    ),
    "a comment in a heading": ("# A <!-- b -->\n", (FIRST, Section("A", 1, 1))),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_reads(text: str, expected: tuple[Section, ...]) -> None:
    assert read(text) == expected


TEXT = "# Why\na\n## More\nb\n### Deep\nc\n## Again\nd\n# Next\ne\n"


@pytest.mark.parametrize(
    ("title", "titles"),
    [
        ("Why", ["Why", "More", "Deep", "Again"]),
        ("more", ["More", "Deep"]),
        ("**Deep:**", ["Deep"]),
        ("\N{MEMO} next?", ["Next"]),
    ],
)
def test_what_stands_below_a_heading(title: str, titles: list[str]) -> None:
    assert [one.title for one in below(read(TEXT), title) or ()] == titles


@pytest.mark.parametrize("title", ["", "Wh", "Why not"])
def test_a_heading_that_is_not_there(title: str) -> None:
    assert below(read(TEXT), title) is None


HOSTILE = {
    "comments that do not end": "<!--" * 40_000,
    "comments in a line": "a " + "<!--" * 40_000,
    "tags that do not end": "a " + "<" * 200_000,
    "deep quotes": ">" * 200_000 + "a",
    "deep lists": "- " * 100_000 + "a",
    "many brackets": "[" * 200_000,
    "many boxes": "- [ ] a\n" * 20_000,
    "many headings": "#\n" * 100_000,
    "backticks": "`" * 200_000,
    "fences": "```\n" * 50_000,
    "tables": "|a" * 50_000 + "\n" + "|-" * 50_000 + "\n",
    "NUL and lone surrogates": "\0# \udcff\n\0\n",
    "entities": "&#1;" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_read(text: str) -> None:
    assert read(text)[0].level == 0


@given(st.text(alphabet=st.sampled_from(list("#-[] x<!>`|\n\t*a1.")), max_size=200) | st.text(max_size=200))
def test_any_text_is_read_and_no_line_is_empty(text: str) -> None:
    found = read(text)
    assert found[0].level == 0
    assert all(line.strip() for one in found for line in (*one.lines, *one.code))
    for one in found[1:]:
        named = below(found, one.title)
        assert plain(one.title) == "" or (named is not None and plain(named[0].title) == plain(one.title))


@given(st.lists(st.booleans(), max_size=30))
def test_every_box_is_counted(ticks: list[bool]) -> None:
    text = "".join(f"- [{'x' if tick else ' '}] task\n" for tick in ticks)
    assert [box.ticked for one in read(text) for box in one.boxes] == ticks
