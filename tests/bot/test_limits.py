"""What is longer than GitHub takes is cut, with its markers whole; nobody's words stop the bot for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.test_loop import Bench, _said

if TYPE_CHECKING:
    from forge.world import Forge

LONGEST = 65_536


@pytest.fixture
def bench(forge: Forge) -> Bench:
    found = Bench(forge)
    found.publish()
    return found


def pulled(bench: Bench) -> int:
    """A pull request for the first todo."""
    one = bench.forge.person("agent-1")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    bench.sweep()
    return pull


def test_a_todo_as_long_as_a_comment_is_made_once(bench: Bench) -> None:
    ada = bench.forge.person("ada")
    ada.comment(bench.number("t1"), "/todo " + "x" * 65_500)
    ada.comment(bench.number("t2"), "/hold")
    for _ in range(2):
        bench.sweep()
    assert bench.state("t2") == "held"
    (made,) = [one for one in ada.do("GET", "issues") if one["title"].startswith("xxx")]
    assert len(made["body"]) == LONGEST
    assert "… cut, for GitHub takes no more.\n\n<!-- paddock:made" in made["body"]


def test_a_change_of_many_lines_is_quoted_as_far_as_it_fits(bench: Bench) -> None:
    pull = pulled(bench)
    bench.forge.person("ada").comment(pull, "/request-changes\n- " + "\n".join("a" * 25_000))
    for _ in range(2):
        bench.sweep()
    bench.settled()
    (made,) = [one for one in bench.gather().snapshot.issues if one.parent is not None]
    text = bench.forge.person("ada").do("GET", f"issues/{made.number}")["body"]
    assert len(text) <= LONGEST
    assert "\n> a\n> a" in text


def test_a_reason_that_takes_more_room_in_a_marker_is_cut(bench: Bench) -> None:
    bench.gates = ("pr-size",)
    pull = pulled(bench)
    bench.forge.person("max").comment(pull, "/override pr-size " + "a-" * 10_000)
    for _ in range(2):
        bench.sweep()
    (override,) = next(one.pull.overrides for one in bench.gather().snapshot.issues if one.number == pull and one.pull)
    assert override.reason == "a-" * 499 + "a…"
    assert sum("paddock:override" in text for text in _said(bench, pull)) == 1
