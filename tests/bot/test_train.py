"""What a pull request waits for: by the todo that it is for and by its branch, of this repository or of a fork."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from paddock.bot.actions import Check
from paddock.bot.apply import apply
from paddock.bot.model import Issue, Pull, Snapshot
from paddock.bot.train import order
from plans import agent, plan, todo
from said import NOW

ONE, TWO, STRAY = "feature/x/00a-one", "feature/x/00b-two", "feature/x/00c-more"
PLAN = plan(
    agents=[agent("a", login="a-bot"), agent("b", login="b-bot")],
    todos=[
        todo("t1", "a", branch=ONE),
        todo("t2", "a", branch=TWO, needs=["t1"]),
        todo("t3", "b"),
    ],
)
TODOS = tuple(
    Issue(number=number, todo=f"t{number}", labels=(f"agent/{who}", "state/in-review"))
    for number, who in ((1, "a"), (2, "a"), (3, "b"))
)
DONE = Issue(number=1, todo="t1", labels=("agent/a", "state/done"), closed=True)
FREE, NO_TRAIN = ("success", "nothing open comes before"), ("success", "in no train, so nothing comes before")
HELD = Issue(number=1, todo="t1", labels=("agent/a", "state/in-review", "state/held"))
ASKED = Issue(number=4, parent=1, labels=("agent/a", "state/open", "state/held"))
BEHIND = (None, f"waits for 1 branch: {ONE}")


def pulled(
    number: int,
    branch: str = "mine",
    *,
    author: str = "a-bot",
    fork: bool = False,
    **keys: Any,  # noqa: ANN401 - a pull request's own
) -> Issue:
    """An open pull request, of a head of its own unless one is named."""
    given: dict[str, Any] = {"head": f"{number:040x}", "base": "main", "ref": branch} | keys
    return Issue(number=number, author=author, pull=Pull(branch="" if fork else branch, **given))


def snapshot(*issues: Issue) -> Snapshot:
    by_number = {one.number: one for one in (*TODOS, *issues)}
    return Snapshot(me="paddock[bot]", plan=PLAN, issues=tuple(by_number.values()), series=("feature/x",))


def told(*issues: Issue) -> dict[int, tuple[str | None, str]]:
    """What the check says of each; said once, it is not said again."""
    seen = snapshot(*issues)
    found = [one for one in order(seen) if isinstance(one, Check)]
    assert [*order(apply(seen, found))] == []
    return {one.number: (one.conclusion, one.title) for one in found}


CASES: dict[str, tuple[tuple[Issue, ...], dict[int, tuple[str | None, str]]]] = {
    "for a todo, from another branch": ((pulled(7, closes=(2,)),), {7: BEHIND}),
    "from a todo's branch, for another todo": ((pulled(7, TWO, closes=(3,)),), {7: BEHIND}),
    "from a todo's branch, for none": ((pulled(7, TWO),), {7: BEHIND}),
    "for nothing": ((pulled(7),), {7: NO_TRAIN}),
    "for both, and nothing else is for the first": ((pulled(7, TWO, closes=(1, 2)),), {7: FREE}),
    "for both, and another has the first's branch": (
        (pulled(7, TWO, closes=(1, 2)), pulled(8, ONE, closes=(1,))),
        {7: BEHIND, 8: FREE},
    ),
    "approved from another branch, and open": (
        (DONE, pulled(7, "first", closes=(1,)), pulled(8, TWO, closes=(2,))),
        {7: FREE, 8: BEHIND},
    ),
    "approved, and open from its own branch": ((DONE, pulled(7, ONE), pulled(8, TWO)), {7: FREE, 8: BEHIND}),
    "done, and nothing of it is open": ((DONE, pulled(8, closes=(2,))), {8: FREE}),
    "done, and a stranger's fork claims it": (
        (DONE, pulled(7, author="otto", fork=True, closes=(1,)), pulled(8, TWO)),
        {7: FREE, 8: FREE},
    ),
    "another agent claims it": ((pulled(7, author="b-bot", closes=(2,)),), {7: BEHIND}),
    "of a fork, for nothing": (
        (pulled(7, "patch-1", author="otto", fork=True),),
        {7: NO_TRAIN},
    ),
    "of a fork, for a todo": ((pulled(7, "patch-1", author="otto", fork=True, closes=(2,)),), {7: BEHIND}),
    "of a fork, whose branch is called as a todo's": ((pulled(7, TWO, author="otto", fork=True),), {7: BEHIND}),
    "a fork's keeps no branch waiting": (
        (pulled(7, "feature/x/00b5-fork", author="otto", fork=True), pulled(8, STRAY)),
        {7: FREE, 8: FREE},
    ),
    "a branch's keeps a fork's waiting": (
        (pulled(7, "feature/x/00d-fork", author="otto", fork=True), pulled(8, STRAY)),
        {7: (None, f"waits for 1 branch: {STRAY}"), 8: FREE},
    ),
    "two bases, one branch": ((pulled(7, TWO), pulled(8, TWO, base="next")), {7: BEHIND, 8: BEHIND}),
    "one commit, and its other branch is in no train": (
        (pulled(7, TWO, head="c" * 40), pulled(8, "alias", head="c" * 40)),
        dict.fromkeys((7, 8), (None, f"#7: {BEHIND[1]}")),
    ),
    "one commit, and nothing comes before either": (
        (DONE, pulled(7, "alias", head="c" * 40), pulled(8, TWO, head="c" * 40)),
        dict.fromkeys((7, 8), ("success", f"#7: {NO_TRAIN[1]}")),
    ),
    "its todo is held": ((HELD, pulled(7, closes=(1,))), {7: (None, "held until /unhold: #1")}),
    "the todo of its branch is held": ((HELD, pulled(7, ONE, closes=(3,))), {7: (None, "held until /unhold: #1")}),
    "a requested change is held": ((ASKED, pulled(7, ONE)), {7: (None, "held until /unhold: #4")}),
    "it is held itself": (
        (replace(pulled(7), labels=("State/Held",)),), {7: (None, "held until /unhold: #7")},
    ),
    "it is held and waits": (
        (replace(pulled(7, TWO), labels=("state/held",)),), {7: (None, f"held until /unhold: #7; {BEHIND[1]}")},
    ),
    "another is held": ((HELD, pulled(7, closes=(3,)), pulled(8)), {7: FREE, 8: NO_TRAIN}),
    "one commit, and the other is held": (
        (pulled(7, "alias", head="c" * 40), replace(pulled(8, head="c" * 40), labels=("state/held",))),
        dict.fromkeys((7, 8), (None, "#8: held until /unhold: #8")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("issues", "found"), CASES.values(), ids=CASES)
def test_what_is_said(issues: tuple[Issue, ...], found: dict[int, tuple[str | None, str]]) -> None:
    assert told(*issues) == found


def test_once_the_other_of_a_commit_is_gone_its_own_place_is_told() -> None:
    alias, behind = pulled(7, "alias", head="c" * 40), pulled(8, TWO, head="c" * 40)
    seen = snapshot(alias, behind)
    seen = apply(seen, order(seen))
    closed = Issue(number=8, closed=True, pull=Pull(head="", branch="", base=""))
    left = snapshot(seen.issue_of[7], closed)
    assert [(one.number, one.conclusion) for one in order(left) if isinstance(one, Check)] == [(7, "success")]


def test_another_base_is_remembered_with_when_it_was_seen() -> None:
    seen = snapshot(pulled(7))
    first = apply(seen, order(seen)).issue_of[7].pull
    assert first is not None
    assert (first.judged.base, first.judged.based) == ("main", None)
    moved = replace(snapshot(Issue(number=7, pull=replace(first, base="next"))), now=NOW)
    then = apply(moved, order(moved)).issue_of[7].pull
    assert then is not None
    assert (then.judged.base, then.judged.based) == ("next", NOW)


def test_the_list_names_the_pull_requests() -> None:
    issues = (DONE, pulled(7, "first", closes=(1,)), pulled(8, TWO, closes=(2,)))
    (behind,) = [one for one in order(snapshot(*issues)) if isinstance(one, Check) and one.number == 8]
    assert behind.summary == f"These come first:\n\n- `{ONE}`, #7\n"
