"""What waits for what: by the plan, by command, and by GitHub's own dependencies, which people set and remove."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from bot.test_loop import SMALL, Bench
from forge.front import Fault
from paddock.bot import dependencies
from paddock.bot.api import answers
from paddock.bot.model import Issue, Snapshot
from paddock.plan.schedule import State

HELD = "agent/b", "state/open"


@pytest.fixture
def bench(published: Bench) -> Bench:
    return published


def native(bench: Bench, number: int) -> list[int]:
    there = bench.forge.person("ada").do("GET", f"issues/{number}/dependencies/blocked_by")
    return sorted(one["number"] for one in there)


def depend(bench: Bench, number: int, on: int, method: str = "POST") -> None:
    ada = bench.forge.person("ada")
    id_ = ada.do("GET", f"issues/{on}")["id"]
    if method == "POST":
        ada.do("POST", f"issues/{number}/dependencies/blocked_by", issue_id=id_)
    else:
        ada.do("DELETE", f"issues/{number}/dependencies/blocked_by/{id_}")


def waiting(bench: Bench) -> tuple[int, int]:
    """The second todo, blocked on GitHub by another issue that a person opened."""
    second, other = bench.number("t2"), bench.forge.person("ada").issue("First this")
    depend(bench, second, other)
    bench.sweep()
    assert bench.state("t2") == "blocked"
    return second, other


@pytest.mark.parametrize("said", ["/unblock", "/unblock #{other}"])
def test_what_a_person_set_on_github_is_taken_away_there(bench: Bench, said: str) -> None:
    second, other = waiting(bench)
    bench.forge.person("ada").comment(second, said.format(other=other))
    for _ in range(2):
        bench.sweep()
        assert (bench.state("t2"), native(bench, second)) == ("in-progress", [])


def test_a_block_is_written_on_github_and_ends_where_a_person_takes_it_away_there(bench: Bench) -> None:
    ada, second = bench.forge.person("ada"), bench.number("t2")
    other = ada.issue("First this")
    ada.comment(second, f"/block #{other}")
    for _ in range(2):
        bench.sweep()
        assert (bench.state("t2"), native(bench, second)) == ("blocked", [other])
    bench.forge.forget()
    bench.sweep()
    assert not [one for one in bench.forge.calls() if "dependencies" in one.path], "what it wrote itself it knows"
    depend(bench, second, other, "DELETE")
    bench.sweep()
    assert bench.state("t2") == "in-progress"


def test_a_block_and_its_end_in_one_comment(bench: Bench) -> None:
    ada, second = bench.forge.person("ada"), bench.number("t2")
    other = ada.issue("First this")
    ada.comment(second, f"/block #{other}\n/unblock #{other}")
    for _ in range(2):
        bench.sweep()
        assert (bench.state("t2"), native(bench, second)) == ("in-progress", [])


def test_where_github_refuses_it_goes_on_waiting_and_that_is_said(bench: Bench) -> None:
    ada, (second, other) = bench.forge.person("ada"), waiting(bench)
    ada.comment(second, "/unblock")
    bench.forge.forget()
    bench.gather()
    looking = len(bench.forge.calls())
    bench.forge.fail({looking + 1: Fault(status=403, message="Resource not accessible by integration")})
    bench.sweep()
    assert bench.state("t2") == "blocked"
    said = [one["body"] for one in ada.do("GET", f"issues/{second}/comments")]
    assert sum(f"It goes on waiting for #{other}: GitHub does not let me" in one for one in said) == 1
    assert not any("no longer" in one for one in said)
    ada.comment(second, "/unblock")
    bench.sweep()
    assert bench.state("t2") == "in-progress"


def test_where_github_takes_no_dependency_the_command_alone_holds(bench: Bench) -> None:
    ada, second = bench.forge.person("ada"), bench.number("t2")
    other = ada.issue("First this")
    ada.comment(second, f"/block #{other}")
    bench.forge.forget()
    bench.gather()
    bench.forge.fail({len(bench.forge.calls()) + 1: Fault(status=404)})
    for _ in range(2):
        bench.sweep()
        assert (bench.state("t2"), native(bench, second)) == ("blocked", [])
    ada.comment(second, "/unblock")
    bench.sweep()
    assert bench.state("t2") == "in-progress"


def test_publishing_follows_the_plan_s_needs_and_leaves_what_people_set(bench: Bench) -> None:
    first, second, third = (bench.number(one) for one in ("t1", "t2", "u1"))
    other = bench.forge.person("ada").issue("First this")
    assert native(bench, third) == [first]
    depend(bench, third, other)
    needs = structs.replace(SMALL.todo_of["u1"], needs=("t2",))
    bench.plan = structs.replace(SMALL, todos=(*SMALL.todos[:2], needs))
    assert "link" in bench.publish(dry=True)
    assert native(bench, third) == [first, other]
    assert "link" in bench.publish()
    assert native(bench, third) == sorted([second, other])
    assert bench.publish() == []


def test_a_dependency_that_was_cut_off_is_made_by_the_next_publishing(bench: Bench) -> None:
    first, third = bench.number("t1"), bench.number("u1")
    depend(bench, third, first, "DELETE")
    assert bench.publish() == ["link"]
    assert native(bench, third) == [first]
    assert bench.publish() == []


def answer(number: int, home: str = "octo/hall", state: str = "open") -> answers.Issue:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    url = f"https://api.github.com/repos/{home}"
    return answers.Issue(
        id=number, author=None, created=now, updated=now, number=number, title="", state=state, url=url
    )


def test_another_repository_s_issue_blocks_by_its_own_name() -> None:
    issue = Issue(number=2, labels=HELD, blocked_by=(1,))
    snapshot = Snapshot(me="bot", plan=SMALL, issues=(Issue(number=1, closed=True), issue, Issue(number=7)))
    assert snapshot.state(issue) is State.OPEN
    blockers = [answer(7, "octo/Barn"), answer(8, "octo/Barn", "closed")]
    told = dependencies.told(snapshot, issue, blockers, "octo/hall")
    assert (told.blocked_by, told.elsewhere) == ((1,), ("octo/Barn#7",))
    assert snapshot.state(told) is State.BLOCKED


def test_what_blocks_by_plan_by_command_and_by_hand_is_kept_apart() -> None:
    need, said, ended, hand = (Issue(number=one) for one in (3, 4, 5, 6))
    need = structs.replace(need, todo="t1")
    issue = Issue(number=9, todo="u1", linked=("t1", "gone"), blocked_by=(4, 5), native=(5,))
    snapshot = Snapshot(me="bot", plan=SMALL, issues=(need, said, ended, hand, issue))
    assert dependencies.expected(snapshot, issue) == {3, 5}
    told = dependencies.told(snapshot, issue, [answer(3), answer(6)], "octo/hall")
    assert (told.blocked_by, told.native, told.elsewhere) == ((4, 6), (6,), ())
