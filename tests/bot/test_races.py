"""Two runs at once, on the same event: what they leave is what one would have left."""

from __future__ import annotations

import threading
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from bot.test_loop import Bench
from forge.front import Fault
from paddock.bot.github import connect
from paddock.bot.loop import LeftUndoneError, run
from stages import Scene, Stage, end, stages, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from forge.world import Forge
    from paddock.bot.api.calls import Requester

SEEDS = 6
EVENTS = ("hand out", "talk", "changes requested", "approved", "third done", "report")


class Coin:
    """Whose the next call is, of two that run side by side: one alone runs at a time, so a seed tells how all goes."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)  # noqa: S311 - no secret
        # Some seeds change hands at nearly each call, others let one go on for long.
        self._often = self._draw.choice([0.1, 0.3, 0.6])
        self._turn = self._draw.randrange(2)
        self._left = {0, 1}
        self._changed = threading.Condition()

    def call(self, me: int, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - the call's
        with self._changed:
            assert self._changed.wait_for(lambda: self._turn == me, 60)
            try:
                return ask()
            finally:
                if self._draw.random() < self._often and len(self._left) > 1:
                    self._turn = 1 - me
                self._changed.notify_all()

    def over(self, me: int) -> None:
        with self._changed:
            self._left.discard(me)
            self._turn = 1 - me
            self._changed.notify_all()


class Turns:
    """A client's way to GitHub, of which each call waits for the coin."""

    def __init__(self, through: Requester, coin: Coin, me: int) -> None:
        self._through, self._coin, self._me = through, coin, me

    def requestJson(self, *asked: Any) -> tuple[int, dict[str, Any], str]:  # noqa: ANN401, N802 - as PyGithub has it
        found: tuple[int, dict[str, Any], str] = self._coin.call(self._me, lambda: self._through.requestJson(*asked))
        return found


def raced(scene: Scene, stage: Stage, seed: int) -> None:
    """Two handlers of a stage's event, from their first look to their last call."""
    coin = Coin(seed)
    failed: list[BaseException] = []

    def handle(me: int) -> None:
        try:
            hub = connect(scene.forge.environment())
            hub._calls._requester = Turns(hub._calls._requester, coin, me)  # noqa: SLF001 - where the clock of calls is
            run(hub, scene.look(hub, stage.number), base="main")
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            coin.over(me)

    runs = [threading.Thread(target=handle, args=(me,)) for me in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join(60)
    assert [*map(repr, failed)] == []


@pytest.mark.parametrize("name", EVENTS)
def test_two_handlers_of_one_event_leave_what_one_would_have_left(name: str, forge: Forge) -> None:
    scene = Scene(forge)
    stage = stages(scene)[name]
    for seed in range(SEEDS):
        forge.restore(stage.saved)
        raced(scene, stage, seed)
        once = started(forge)
        assert len(set(once)) == len(once), seed
        scene.swept()
        # An hour later nobody takes a start for one that was cut off.
        scene.swept(hours=1)
        assert end(forge) == stage.end, seed
        assert started(forge) == stage.started, seed


def test_a_run_leaves_alone_what_it_can_not_do_and_the_next_does_it(forge: Forge) -> None:
    bench = Bench(forge)
    bench.publish()
    forge.forget()
    forge.fail({8: Fault(status=422, message="Validation Failed")})
    with pytest.raises(LeftUndoneError, match="Validation Failed"):
        bench.sweep()
    forge.fail({})
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "in-progress"
