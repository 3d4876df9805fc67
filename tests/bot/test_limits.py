"""What is longer than GitHub takes is cut, with its markers whole; nobody's words stop the bot for the others."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.test_loop import Bench, _said
from forge.world import BOT
from paddock.bot import memory
from paddock.bot.actions import Stick
from paddock.bot.command import Place
from paddock.bot.gather import Gathered, Gatherer, Rules
from paddock.bot.github import connect
from paddock.bot.hearing import heard
from paddock.bot.loop import run
from paddock.bot.publish import Publisher
from paddock.bot.seen import DISMISSED, Written
from paddock.bot.table import COMMANDS
from paddock.policy.bot import Bot, Commands, Level, Who
from said import NOW, OUTSIDER, WORLD, comment

LONGEST = 65_536


@pytest.fixture
def bench(published: Bench) -> Bench:
    return published


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
    bench.forge.person("ada").comment(pull, "/request-changes\n- " + "\n".join(["a" * 20] * 3_000))
    for _ in range(2):
        bench.sweep()
    bench.settled()
    (made,) = [one for one in bench.gather().snapshot.issues if one.parent is not None]
    text = bench.forge.person("ada").do("GET", f"issues/{made.number}")["body"]
    assert len(text) <= LONGEST
    assert f"\n> {'a' * 20}\n> {'a' * 20}\n" in text


def test_a_reason_that_takes_more_room_in_a_marker_is_cut(bench: Bench) -> None:
    bench.gates = ("pr-size",)
    pull = pulled(bench)
    bench.forge.person("max").comment(pull, "/override pr-size " + "a-" * 10_000)
    for _ in range(2):
        bench.sweep()
    (override,) = next(one.pull.overrides for one in bench.gather().snapshot.issues if one.number == pull and one.pull)
    assert override.reason == "a-" * 499 + "a…"
    assert sum("paddock:override" in text for text in _said(bench, pull)) == 1


def sweep_later(bench: Bench) -> None:
    """A sweep in a quarter of an hour: what was said before now is done then."""
    hub = connect(bench.forge.environment())
    now = datetime.now(UTC) + timedelta(minutes=15)
    looking = Gatherer(hub, Rules(plan=bench.plan, bot=bench.bot), repository=bench.forge.repository, me=BOT, now=now)
    run(hub, looking.gather(), base="main")


def typos(count: int, start: int) -> str:
    """So many words after a slash, each another and none a command."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "\n\n".join(f"/hel{letters[one // 26]}{letters[one % 26]}" for one in range(start, start + count))


def stickies(bench: Bench, number: int) -> list[str]:
    return [text for text in _said(bench, number) if "paddock:sticky" in text]


def test_of_what_outsiders_say_nothing_is_kept_that_grows(bench: Bench) -> None:
    bench.sweep()
    number, eve = bench.number("t1"), bench.forge.person("eve")
    before = _said(bench, number)
    for index in range(6):
        eve.comment(number, typos(50, 50 * index))
    eve.comment(number, "/hold")
    eve.comment(number, "/unhold")
    bench.sweep()
    after = _said(bench, number)
    assert [text for text in after if "only people and agents of this repository" in text] == [after[-1]]
    assert stickies(bench, number) == [text for text in before if "paddock:sticky" in text]
    bench.settled()
    assert bench.sweep() == 0


def test_what_was_said_by_an_outsider_is_not_done_once_they_belong_to_the_repository(bench: Bench) -> None:
    bench.sweep()
    number = bench.number("t1")
    bench.forge.person("eve").comment(number, "/hold")
    sweep_later(bench)
    bench.forge.facts.levels["eve"] = "admin"
    bench.sweep()
    assert bench.state("t1") == "in-progress"
    time.sleep(1.1)  # GitHub tells times by the second
    bench.forge.person("eve").comment(number, "/hold")
    bench.sweep()
    assert bench.state("t1") == "held"


def test_memory_that_is_full_lets_the_oldest_go_and_does_nothing_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paddock.bot.memory.SAID", 1_500)
    number, ada = bench.number("t1"), bench.forge.person("ada")
    ada.comment(number, "/hold")
    time.sleep(1.1)  # GitHub tells times by the second
    for index in range(3):
        ada.comment(number, typos(40, 40 * index))
    bench.sweep()
    kept = bench.gather().written[number]
    assert len(kept.said) == 1
    assert kept.past is not None
    assert bench.state("t1") == "held"
    ada.do("DELETE", f"issues/{number}/labels/state%2Fheld")
    bench.sweep()
    assert bench.state("t1") == "in-progress"
    bench.settled()


def test_memory_has_room_beside_a_long_report(bench: Bench) -> None:
    pull = pulled(bench)
    bench.forge.person("ada").comment(pull, "/hold")
    hub = connect(bench.forge.environment())
    seen = bench.gather(hub)
    writer = Publisher(hub, seen, base="main")
    writer.carry_out((Stick(number=pull, text="x" * 65_536),))
    writer.remember(pull, said={str(one): ["0" * 16] * 50 for one in range(40)})
    writer.finish()
    (text,) = stickies(bench, pull)
    assert len(text) <= LONGEST
    assert len(bench.gather().written[pull].said) > 10


def test_of_what_was_done_the_newest_is_kept() -> None:
    did = [f"launch:review:agent-1:{number:040}" for number in range(500)]
    kept = memory.newest(did)
    assert kept == did[-len(kept) :]
    assert 40 < len(kept) < 200
    assert memory.newest(did[:9]) == did[:9]


def test_what_one_comment_asks_for_is_answered_in_one_comment_and_readers_get_one_at_all(bench: Bench) -> None:
    bench.sweep()
    number = bench.number("t1")
    text = "\n\n".join(["/plan", "/status", "/help", *(f"/help {one}" for one in COMMANDS), "/asign"])
    before = len(_said(bench, number))
    for _ in range(3):
        bench.forge.person("rea").comment(number, text)
        bench.sweep()
    polite = _said(bench, number)[before:]
    assert [one for one in polite if one != text and "only people and agents" not in one] == []
    assert len(polite) == 3 + 1
    bench.forge.person("tri").comment(number, text)
    bench.sweep()
    bench.settled()
    (_, answer) = _said(bench, number)[before + 4 :]
    assert answer.count("<!-- paddock:key") == len(COMMANDS) + 4
    assert "there is no command `/asign`" in answer
    assert "| Phase | Done | In review |" in answer


def test_a_readers_review_counts_where_the_policy_says_so(bench: Bench) -> None:
    bench.bot = Bot(commands=Commands(approve=Who(permission=Level.READ)))
    pull = pulled(bench)
    bench.forge.person("rea").review(pull, "APPROVE")
    bench.sweep()
    assert bench.state("t1") == "done"


def test_a_review_stays_dismissed_however_full_the_memory_is_and_whosever_it_is() -> None:
    many = {str(one): ["0" * 16] * 50 for one in range(40)}
    kept = Written(said={"r1": ["0" * 16, DISMISSED], **many})
    times = {one: NOW + timedelta(minutes=index) for index, one in enumerate(kept.said)}
    memory.trim(kept, times)
    assert len(kept.said) < 30
    assert kept.said["r1"] == [DISMISSED]
    gone = comment("", 7, OUTSIDER, place=Place.REVIEW, dismissed=True)
    seen = Gathered(snapshot=WORLD, written={7: Written(past=NOW + timedelta(days=1))}, words=[gone])
    assert [one.said for one in heard(seen)] == [(DISMISSED,)]
