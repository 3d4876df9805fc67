"""What a review says: its verdict, whatever stands in its text, and the commands of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from paddock.bot.actions import AddLabel, Answer, CreateTodo, SetReview
from paddock.bot.command import Place
from paddock.bot.commands import Call, Mistake
from paddock.bot.model import Decided
from paddock.bot.spoken import spoken
from said import HEAD, REVIEWER, comment, said

if TYPE_CHECKING:
    from paddock.bot.model import Comment

LONG = "x" * 65_530


def review(verdict: Decided | None, text: str = "", *lines: str) -> Comment:
    return comment(text, 7, REVIEWER, place=Place.REVIEW, sha=HEAD, verdict=verdict, lines=lines)


def found(one: Comment) -> list[tuple[str, ...]]:
    return [(call.command, *call.args) if isinstance(call, Call) else ("?", call.error) for call in spoken(one)]


# A text, what is said on lines, and what is asked for.
REQUESTED: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ("", (), ()),
    "a list": ("Not yet:\n\n- Close it\n- [x] Nice\n- Test\n  it", (), ("Close it", "Test\nit")),
    "prose": ("Close it,\nplease.", (), ("Close it,\nplease.",)),
    "a template": ("<!-- template -->", (), ()),
    "a template around words": ("<!-- say\nwhy -->\n\nClose it", (), ("Close it",)),
    "an open comment": ("Close it\n\n<!-- x", (), ("Close it",)),
    "a box without a list": ("[x] tested, but it fails", (), ("[x] tested, but it fails",)),
    "ticked boxes": ("- [x] I ran it\n- [x] I read it", (), ()),
    "code": ("```\n/hold\n```", (), ("```\n/hold\n```",)),
    "a list in code": ("```\n- a\n```", (), ("```\n- a\n```",)),
    "on lines": ("", ("Close it", "<!-- x -->", "Test it"), ("Close it", "Test it")),
    "on lines, with a tag": ("Look", ("escape <script> here", "two", "<b>"), ("escape <script> here", "two", "<b>")),
    "on lines, like Markdown": ("", ("# a\n\n- b", "```", "/hold"), ("# a\n\n- b", "```", "/hold")),
    "a list and lines": ("- a", ("b",), ("a", "b")),
    "its command": ("/request-changes a", (), ("a",)),
    "its command with a list, and lines": ("/request-changes\n- a\n\n/hold\n- c", ("b",), ("a", "b")),
    "its command alone, and lines": ("/request-changes", ("a",), ("a",)),
    "its command alone": ("/request-changes", (), ()),
    "another command": ("/hold\n\nPlease close it.", (), ("Please close it.",)),
    "an item with a command below": ("- a\n/hold", (), ("a",)),
    "50 changes": ("", tuple(map(str, range(50))), tuple(map(str, range(50)))),
    "51 changes": ("", tuple(map(str, range(51))), (*map(str, range(49)), "and 2 more, see the review")),
    "60 in its list": (
        "/request-changes\n" + "- a\n" * 60,
        (),
        (*["a"] * 49, "and 11 more, see the review"),
    ),
    "as long as GitHub takes": (LONG, (), (f"{LONG[:20_000]}…\nsee the review",)),
}


@pytest.mark.parametrize(("text", "lines", "asked"), REQUESTED.values(), ids=REQUESTED)
def test_changes_are_requested_whatever_the_text_is(text: str, lines: tuple[str, ...], asked: tuple[str, ...]) -> None:
    *rest, last = found(review(Decided.CHANGES_REQUESTED, text, *lines))
    assert last == ("request-changes", *asked)
    assert rest == ([("hold",)] if "\n/hold" in f"\n{text}" and "```" not in text else [])


APPROVED = [
    "", LONG, "```\nopen", "<!-- open", "use <code>", "<details>\n\nlong\n", "/approve", "/lgtm", "/approve.",
    "/approve looks good", "`/approve`", "- /approve",
]  # fmt: skip


@pytest.mark.parametrize("text", APPROVED, ids=lambda text: text[:20] or "empty")
def test_an_approval_is_one_whatever_the_text_is(text: str) -> None:
    assert found(review(Decided.APPROVED, text)) == [("approve",)]


def test_the_text_says_the_rest_and_the_verdict_outweighs_it() -> None:
    assert found(review(Decided.APPROVED, "/hold\n/asign x\n/request-changes a")) == [
        ("hold",),
        ("?", "there is no command `/asign`"),
        ("request-changes", "a"),
        ("approve",),
    ]
    assert found(review(Decided.APPROVED, f"/approve {HEAD}")) == [("approve", HEAD), ("approve",)]
    assert found(review(Decided.CHANGES_REQUESTED, "/approve")) == [("approve",), ("request-changes",)]
    assert found(review(None, "/approve looks good")) == [
        ("?", "/approve takes a commit's name: 7 to 64 hexadecimal digits, not `looks`")
    ]
    too_many = "/hold\n" * 51
    (mistake, verdict) = spoken(review(Decided.APPROVED, too_many))
    assert isinstance(mistake, Mistake)
    assert verdict == Call("approve", (), 1)


def test_a_verdict_is_recorded_with_its_changes() -> None:
    given = review(Decided.CHANGES_REQUESTED, "/hold\n\nClose it", "and <script>", "and that")
    actions = said(given.text, 7, REVIEWER, place=Place.REVIEW, sha=HEAD, verdict=given.verdict, lines=given.lines)
    assert [one.review.verdict for one in actions if isinstance(one, SetReview)] == [Decided.CHANGES_REQUESTED]
    assert [one.text for one in actions if isinstance(one, CreateTodo)] == ["and <script>", "and that"]
    assert AddLabel(number=1, label="state/held") in actions
    assert not any(isinstance(one, Answer) for one in actions)


def test_a_dismissed_review_says_nothing() -> None:
    given = replace(review(None, "/hold"), dismissed=True)
    assert said(given.text, 7, REVIEWER, place=Place.REVIEW, dismissed=True) == ()


def test_a_review_that_is_read_late_is_its_verdict_alone() -> None:
    late = replace(review(Decided.APPROVED, "/hold\n/override dco x\n/asign\n/approve"), late=True)
    first, second, verdict = spoken(late)
    assert verdict == Call("approve", (), 1)
    for one, line in ((first, 1), (second, 2)):
        assert isinstance(one, Mistake)
        assert (one.line, "say it in a comment" in one.error) == (line, True)
    asked = replace(review(Decided.CHANGES_REQUESTED, "/hold\n\nClose it"), late=True)
    assert found(asked)[-1] == ("request-changes", "Close it")
    assert isinstance(spoken(asked)[0], Mistake)
    (answer,) = said("/override dco x\n\n/hold", 7, place=Place.REVIEW, late=True)
    assert isinstance(answer, Answer), "told once"
