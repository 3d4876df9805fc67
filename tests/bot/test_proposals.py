"""Which pull request is for which todo, whoever types that it closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from paddock.bot.proposals import proposed, pulls
from paddock.bot.view import View
from paddock.policy.bot import Bot
from said import issue, pull, world

if TYPE_CHECKING:
    from paddock.bot.model import Issue

BRANCH = "feature/x/00a-t1"


def by(author: str, number: int = 5, *, member: bool = False, **keys: object) -> Issue:
    """A pull request of somebody that says it closes todo 1."""
    return replace(pull(7, **({"closes": (1,), "branch": "other"} | keys)), number=number, author=author, member=member)


GONE = replace(pull(7), closed=True)
CASES = {
    "the agent's own": (by("a-bot"), True),
    "the agent's own, from a fork": (by("a-bot", branch=""), True),
    "another agent's": (by("b-bot"), False),
    "another agent's, from the plan's branch": (by("b-bot", branch=BRANCH), True),
    "a person's who may push": (by("will"), True),
    "a member's, from a fork": (by("will", branch="", member=True), True),
    "an outsider's, from a fork": (by("otto", branch=""), False),
    "an outsider's, whose fork has a branch of that name": (by("otto", branch="", ref=BRANCH), False),
}


@pytest.mark.parametrize(("one", "counts"), CASES.values(), ids=CASES)
def test_who_may_take_a_todo_over(one: Issue, *, counts: bool) -> None:
    snapshot = world(GONE, one)
    assert (pulls(snapshot).get(1) == one) is counts
    assert View(snapshot, 5).subject.number == (1 if counts else 5)
    assert View(snapshot, 1).pulled == (one if counts else None)


def test_the_plan_s_branch_comes_before_what_was_opened_first() -> None:
    mine = pull(7)
    others = [by("will", 4), by("a-bot", 5, draft=True), by("a-bot", 6)]
    assert [one.number for one in proposed(world(mine, *others))[1]] == [7, 6, 5, 4]


def test_a_person_under_an_agent_s_login_is_no_other_agent() -> None:
    assert pulls(world(GONE, by("b-bot"), bot=Bot(people=("B-Bot",))))[1].number == 5


def test_a_todo_of_nobody_is_anybody_s_who_may_push() -> None:
    free = issue(2, labels=("state/open",))
    one = by("b-bot", closes=(2,))
    assert pulls(world(free, one))[2].number == 5


def test_one_that_closes_two_is_for_those_that_it_may() -> None:
    one = by("a-bot", closes=(1, 3))
    assert set(pulls(world(GONE, one))) == {1}, "3 is another agent's"
