"""What GitHub refuses stops nothing else: it is told, answered once, and what makes sense is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from bot.test_limits import sweep_later
from bot.test_loop import SMALL, Bench, _said
from forge.front import Fault
from forge.world import Forge
from paddock.bot.loop import LeftUndoneError
from paddock.plan.model import Launch

if TYPE_CHECKING:
    from forge.emulator import Emulator
    from forge.front import Front

LIMIT = Fault(status=429, headers=(("Retry-After", "3600"),), message="secondary rate limit")


@pytest.fixture
def bench(handed_out: Bench) -> Bench:
    return handed_out


def fail(bench: Bench, faults: dict[int, Fault]) -> None:
    """Let faults befall the calls of the next sweep, the first after it has looked being 1."""
    bench.forge.fail({})
    bench.forge.forget()
    bench.gather()
    looked = len(bench.forge.calls())
    bench.forge.fail({looked + number: fault for number, fault in faults.items()})


def refused(bench: Bench) -> str:
    """What a sweep says in the end that could not do all."""
    with pytest.raises(LeftUndoneError) as raised:
        bench.sweep()
    bench.forge.fail({})
    assert raised.value.exit_code == 3
    assert "the sweep at the latest" in str(raised.value.hint)
    return str(raised.value)


def titles(bench: Bench) -> list[str]:
    return [one.title for one in bench.gather().snapshot.issues if one.title.startswith("Do it")]


def test_a_command_that_github_refuses_is_answered_once_and_keeps_nobody_elses(bench: Bench) -> None:
    first, second, ada = bench.number("t1"), bench.number("t2"), bench.forge.person("ada")
    ada.comment(first, "/todo Do it\n/todo Do it too")
    ada.comment(second, "/hold")
    fail(bench, {1: Fault(status=422, message="body is too odd")})
    told = refused(bench)
    assert f"what ada said on #{first}: POST" in told
    assert "body is too odd" in told
    assert bench.state("t2") == "held"
    for _ in range(2):
        bench.sweep()
    bench.settled()
    assert titles(bench) == ["Do it too"]
    (answer,) = [text for text in _said(bench, first) if "GitHub did not do all of it" in text]
    assert answer.startswith("@ada, `/todo`:")
    assert "body is too odd" in answer
    assert "say it in another way" in answer


def test_what_the_token_may_not_is_tried_again_alone(bench: Bench) -> None:
    first, ada = bench.number("t1"), bench.forge.person("ada")
    ada.comment(first, "/hold\n/todo Do it")
    fail(bench, {2: Fault(status=403, message="Resource not accessible by integration")})
    assert "Resource not accessible by integration" in refused(bench)
    assert bench.state("t1") == "held"
    assert any("it is tried again by each run" in text for text in _said(bench, first))
    ada.do("DELETE", f"issues/{first}/labels/state%2Fheld")
    bench.sweep()
    bench.settled()
    assert titles(bench) == ["Do it"]
    assert bench.state("t1") == "in-progress", "what was done before was done once more"


@pytest.mark.parametrize("status", [403, 422])
def test_a_label_that_is_refused_is_the_commands_that_wanted_it(bench: Bench, status: int) -> None:
    first, ada = bench.number("t1"), bench.forge.person("ada")
    ada.comment(first, "/hold")
    fail(bench, {1: Fault(status=status, message="no such label")})
    assert f"what ada said on #{first}" in refused(bench)
    assert any("no such label" in text for text in _said(bench, first))
    bench.sweep()
    assert (bench.state("t1") == "held") == (status == 403)
    bench.settled()


def test_where_github_wants_no_more_it_is_told_what_is_left_and_what_was_done_is_remembered(bench: Bench) -> None:
    first, second, ada = bench.number("t1"), bench.number("t2"), bench.forge.person("ada")
    ada.comment(first, "/todo Do it")
    ada.comment(second, "/todo Do it as well")
    ada.comment(second, "/hold")
    fail(bench, {3: LIMIT})  # behind the todo, and the look whether another run made it too
    told = refused(bench)
    assert "the rate limit is used up" in told
    assert f"left for the next run: what was said on #{second}, what follows for the todos" in told
    written = bench.gather().written
    assert (len(written[first].said), len(written[second].said)) == (1, 0)
    fail(bench, dict.fromkeys(range(1, 99), LIMIT))
    assert f"what was said on #{second}" in refused(bench)
    bench.sweep()
    bench.settled()
    assert sorted(titles(bench)) == ["Do it", "Do it as well"]
    assert bench.state("t2") == "held"


def test_an_issue_on_which_something_is_refused_keeps_no_other(forge: Forge) -> None:
    bench = Bench(forge)
    bench.publish()
    fail(bench, {1: Fault(status=404, message="Not Found")})
    told = refused(bench)
    assert f"#{bench.number('t1')}: " in told
    assert (bench.state("t1"), bench.state("t2")) == ("open", "in-progress")
    bench.sweep()
    bench.settled()
    assert (bench.state("t1"), bench.state("t2")) == ("in-progress", "in-progress")


def test_a_lock_that_is_refused_is_told_and_stops_nothing(_forge_parts: tuple[Front, Emulator]) -> None:  # noqa: PT019 - a fixture's value
    agents = tuple(msgspec.structs.replace(one, launch=Launch.WORKFLOW) for one in SMALL.agents)
    plan = msgspec.structs.replace(SMALL, agents=agents)
    place = 0
    for _ in range(2):
        forge = Forge(*_forge_parts)
        try:
            forge.facts.workflows.add("paddock-agent.yml")
            bench = Bench(forge, plan)
            bench.publish()
            forge.forget()
            if place:
                forge.fail({place: Fault(status=422, message="Repository rule violations found")})
            bench.sweep()
            operations = [(one.operation, one.status) for one in forge.calls()]
            place = next(
                i for i, (name, _) in enumerate(operations, 1) if name == "POST /repos/{owner}/{repo}/git/refs"
            )
            number = bench.number("t1")
            said = [text for text in _said(bench, number) if "could not be started" in text]
            started = [sent["issue"] for _, _, sent in forge.facts.dispatches]
            last = (len(said), len(started), bench.state("t2"))
        finally:
            forge.close()
    assert last == (1, 1, "in-progress")


def test_a_review_of_which_something_is_left_is_heard_again_however_late(bench: Bench) -> None:
    one = bench.forge.person("agent-1")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    bench.sweep()
    bench.forge.person("ada").review(pull, "REQUEST_CHANGES", "- Do it")
    bench.forge.person("eve").comment(pull, "/hold")
    fail(bench, {1: Fault(status=403, message="Resource not accessible by integration")})
    with pytest.raises(LeftUndoneError):
        sweep_later(bench)
    bench.forge.fail({})
    bench.sweep()
    assert titles(bench) == ["Do it"]
    assert bench.state("t1") == "changes-requested"
