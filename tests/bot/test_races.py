"""Two runs at once, on the same words: what they leave is what one would have left."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bot.test_loop import Bench, _said
from forge.front import Fault
from paddock.bot.github import connect
from paddock.bot.loop import LeftUndoneError, run

if TYPE_CHECKING:
    from forge.world import Forge


def test_two_runs_that_saw_the_same_leave_one_of_each(forge: Forge) -> None:
    bench = Bench(forge)
    bench.publish()
    first = bench.number("t1")
    forge.person("ada").comment(first, "/todo Write it down\n/help\n/status")
    looked = threading.Barrier(2)
    failed: list[BaseException] = []

    def one() -> None:
        try:
            hub = connect(forge.environment())
            seen = bench.gather(hub)
            looked.wait(30)
            run(hub, seen, base="main")
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    runs = [threading.Thread(target=one) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join(60)
    assert failed == []
    bench.sweep()
    bench.settled()
    texts = _said(bench, first)
    assert sum("paddock:sticky" in text for text in texts) == 1
    keyed = [text for text in texts if "paddock:key" in text]
    assert len(keyed) == 2  # the brief; the help with the status
    made = [one for one in bench.gather().snapshot.issues if one.title == "Write it down" and not one.closed]
    assert len(made) == 1


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
