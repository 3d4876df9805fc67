"""A run that is killed at any of its calls to GitHub is finished by the next, with nothing twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.test_loop import Bench
from forge.front import Fault
from forge.world import BOT, Forge
from paddock.bot.api.errors import GitHubError
from paddock.bot.github import connect
from paddock.bot.loop import run
from paddock.bot.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Callable

    from forge.emulator import Emulator
    from forge.front import Front
    from paddock.bot.github import GitHub


class KilledError(BaseException):
    """The process is gone: nothing of ours may catch it."""


def _die(_seconds: float) -> None:
    raise KilledError


def _hub(forge: Forge) -> GitHub:
    """A client that dies where it would try again."""
    return connect(forge.environment(), wait=_die)


def _published(bench: Bench) -> None:
    for _ in Publication(_hub(bench.forge), bench.plan, me=BOT, limit=700, dry=False).publish():
        pass


def swept(bench: Bench) -> None:
    hub = _hub(bench.forge)
    run(hub, bench.gather(hub), base="main")


def _nothing(_bench: Bench) -> None: ...


def _handed_out(bench: Bench) -> None:
    _published(bench)


def _refused(bench: Bench) -> None:
    _published(bench)
    swept(bench)
    one = bench.forge.person("agent-1")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    swept(bench)
    bench.forge.person("agent-8").comment(pull, "/request-changes\n- Close the file\n- Test it\n")


def _approved(bench: Bench) -> None:
    _refused(bench)
    swept(bench)
    one = bench.forge.person("agent-1")
    sha = one.push("feature/x/00a-one", {"a.txt": "b\n"})
    pull = next(one.number for one in bench.gather().snapshot.issues if one.pull is not None)
    bench.forge.person("agent-8").comment(pull, f"/approve {sha}")


STAGES: dict[str, tuple[Callable[[Bench], None], Callable[[Bench], None]]] = {
    "publish": (_nothing, _published),
    "hand out": (_handed_out, swept),
    "changes requested": (_refused, swept),
    "approved": (_approved, swept),
}


def _end(bench: Bench) -> Any:  # noqa: ANN401 - compared only
    """How GitHub stands, but for numbers and names that differ from run to run."""
    ada = bench.forge.person("ada")
    found = []
    for one in ada.do("GET", "issues?state=all&per_page=100"):
        comments = ada.do("GET", f"issues/{one['number']}/comments?per_page=100")
        keys = [key for text in comments for key in re.findall(r'"key":"([a-z]+)', text["body"])]
        stickies = sum("paddock:sticky" in text["body"] for text in comments)
        names = sorted(label["name"] for label in one["labels"])
        found.append((one["title"], one["state"], names, sorted(keys), stickies))
    return sorted(found)


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_that_is_killed_is_finished_by_the_next(stage: str, _forge_parts: tuple[Front, Emulator]) -> None:  # noqa: PT019 - its value is needed
    prepare, act = STAGES[stage]

    def played(fault: dict[int, Fault]) -> tuple[Any, int]:
        forge = Forge(*_forge_parts)
        try:
            bench = Bench(forge)
            prepare(bench)
            forge.forget()
            forge.fail(fault)
            try:
                act(bench)
            except (KilledError, GitHubError):
                pass
            else:
                assert not fault, "nothing was killed"
            count = len(forge.calls())
            forge.fail({})
            act(bench)
            act(bench)
            return _end(bench), count
        finally:
            forge.close()

    wanted, calls = played({})
    assert calls > 5
    for number in range(1, calls + 1):
        for done in (False, True):
            assert played({number: Fault(done=done)})[0] == wanted, (number, done)
