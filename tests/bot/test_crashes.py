"""A run that is killed at any of its calls to GitHub is finished by the next, with nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from forge.front import Fault
from paddock.bot.github import connect
from stages import STAGES, Scene, act, end, stages, started

if TYPE_CHECKING:
    from forge.front import Call
    from forge.world import Forge
    from paddock.bot.api.calls import Requester
    from paddock.bot.github import GitHub


class KilledError(BaseException):
    """The process is gone: nothing of ours may catch it."""


class Mortal:
    """A client's way to GitHub, of which the first call that is not answered is the last."""

    def __init__(self, through: Requester) -> None:
        self._through = through

    def requestJson(self, *asked: Any) -> tuple[int, dict[str, Any], str]:  # noqa: ANN401, N802 - as PyGithub has it
        try:
            found: tuple[int, dict[str, Any], str] = self._through.requestJson(*asked)
        except Exception as error:
            raise KilledError from error
        return found


def mortal(forge: Forge) -> GitHub:
    """A client that dies at the first call that is cut off."""
    hub = connect(forge.environment())
    hub._calls._requester = Mortal(hub._calls._requester)  # noqa: SLF001 - where the last of a run is
    return hub


def test_undisturbed_all_is_done_and_each_turn_is_started_once(forge: Forge) -> None:
    scene = Scene(forge)
    last = stages(scene)["report"]
    forge.restore(last.saved)
    act(scene, "report")
    assert all(one.closed for one in scene.gather().snapshot.issues if one.pull is None and not one.board)
    assert any("Nothing is left to do." in text for _, _, _, _, _, said in last.end for text in said)
    # The first brief of each todo, the changes that were asked for, and a review of each head.
    titles = {one.number: one.title for one in scene.gather().snapshot.issues}
    starts = Counter((sent["agent"], titles[int(sent["issue"])]) for _, _, sent in forge.facts.dispatches)
    assert starts == {
        ("a", "First"): 2,
        ("a", "Third"): 1,
        ("a", "Write it down"): 1,
        ("r", "First"): 2,
        ("r", "Second"): 1,
        ("r", "Third"): 1,
    }
    assert len(set(last.started)) == len(last.started)


@pytest.mark.parametrize("name", STAGES)
def test_a_run_that_is_killed_is_finished_by_the_next(name: str, forge: Forge) -> None:
    scene = Scene(forge)
    stage = stages(scene)[name]
    forge.restore(stage.saved)
    forge.forget()
    act(scene, name)
    calls, once_made = forge.calls(), _made(forge)
    assert len(calls) > 5
    finished: set[str] = set()
    for number in range(1, len(calls) + 1):
        for done in (False, True):
            forge.restore(stage.saved)
            forge.fail({number: Fault(done=done)})
            with pytest.raises(KilledError):
                act(scene, name, mortal(forge))
            forge.fail({})
            # GitHub is all that outlives a run: where it stands as it stood after another kill, all goes on alike.
            left = forge.save().timeless
            if left in finished:
                continue
            finished.add(left)
            act(scene, name)
            once = started(forge)
            assert len(set(once)) == len(once), (number, done)
            if done and _begins_a_start(calls[number - 1]):
                # A start that was cut off is tried again an hour later, whether GitHub had heard of it or not.
                scene.swept(hours=1)
                assert len(started(forge)) == len(once) + 1, (number, done)
            assert end(forge) in (stage.then, stage.end), (number, done)
            assert sorted({*started(forge)}) == stage.started, (number, done)
            assert _made(forge) == once_made, (number, done)
    assert len(finished) >= sum(one.is_write for one in calls)


def _made(forge: Forge) -> tuple[int, int]:
    """What is doubled and taken away again was seen by people all the same."""
    saved = forge.save()
    return saved.made("issues"), saved.made("comments")


def _begins_a_start(call: Call) -> bool:
    """Whether it is the lock of a start, or the start; after it that is noted."""
    is_lock = call.operation.endswith("/git/refs") and not call.body["ref"].endswith("-started")
    return is_lock or call.operation.endswith("/dispatches")
