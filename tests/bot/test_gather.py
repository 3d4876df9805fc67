"""What changes on GitHub while the bot looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forge.front import Fault
from paddock.bot.actions import Tell
from paddock.bot.loop import plan as planned

if TYPE_CHECKING:
    from bot.test_loop import Bench

PULLS = 2  # the second call of a look; the first lists issues


@pytest.fixture
def bench(handed_out: Bench) -> Bench:
    return handed_out


def pulled(bench: Bench) -> int:
    one = bench.forge.person("agent-1")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    return one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")


def test_a_pull_request_that_is_closed_meanwhile_is_asked_of_nobody(bench: Bench) -> None:
    pull, ada = pulled(bench), bench.forge.person("ada")
    bench.forge.fail({PULLS: Fault(act=lambda: ada.do("PATCH", f"pulls/{pull}", state="closed"), then=True)})
    seen = bench.gather()
    assert pull not in seen.snapshot.issue_of
    assert [one for one in planned(seen) if isinstance(one, Tell)] == []
    assert bench.gather().snapshot.issue_of[pull].closed


def test_a_pull_request_that_a_list_leaves_out_is_asked_for(bench: Bench) -> None:
    pull = pulled(bench)
    bench.forge.fail({PULLS: Fault(status=200, value=[])})
    found = bench.gather().snapshot.issue_of[pull].pull
    assert found is not None
    assert found.branch == "feature/x/00a-one"


def test_an_issue_that_is_opened_meanwhile_is_looked_at_by_the_next_run(bench: Bench) -> None:
    ada = bench.forge.person("ada")
    made: list[int] = []

    def opened() -> None:
        made.append(ada.issue("New", "It is in `src/a.py`"))
        ada.comment(made[0], "/assign")
        ada.comment(made[0], "/assign b")

    bench.forge.fail({PULLS: Fault(act=opened, then=True)})
    bench.sweep()
    assert ada.do("GET", f"issues/{made[0]}")["labels"] == []
    bench.sweep()
    assert "agent/b" in {one["name"] for one in ada.do("GET", f"issues/{made[0]}")["labels"]}


def test_comments_are_read_from_when_the_plans_issue_was_made(bench: Bench) -> None:
    bench.forge.forget()
    bench.gather()
    asked = [one.query["since"] for one in bench.forge.calls() if one.path.endswith("/issues/comments")]
    board = next(one for one in bench.forge.person("ada").do("GET", "issues?state=all") if one["title"] == "The plan")
    assert asked == [f"{board['created_at'][:19]}Z"]
