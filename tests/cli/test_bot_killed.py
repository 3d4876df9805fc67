"""A process of the bot that is killed, as a machine kills it, while GitHub has or has not done what it asked for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.test_bot_loop import PLAN, merged
from forge.front import Fault
from paddock_cli import paddock
from stages import WORKFLOW, end, started

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge


@pytest.mark.parametrize("done", [False, True], ids=["before GitHub did it", "after GitHub did it"])
def test_the_next_run_does_the_rest(tmp_path: Path, forge: Forge, done: bool) -> None:  # noqa: FBT001 - a case
    checkout, env = merged(tmp_path, json.dumps(PLAN)), forge.environment()
    forge.facts.workflows.add(WORKFLOW)
    assert paddock("plan", "publish", cwd=checkout, env=env).code == 0
    published = forge.save()

    def left() -> object:
        for _ in range(2):
            assert paddock("bot", "sweep", cwd=checkout, env=env).code == 0
        return end(forge), started(forge)

    forge.forget()
    wanted = left()
    assert len(started(forge)) == 1
    comments = [index for index, one in enumerate(forge.calls(), 1) if one.operation.endswith("_number}/comments")]
    process: list[subprocess.Popen[bytes]] = []
    dead = Fault(done=done, act=lambda: os.kill(process[-1].pid, signal.SIGKILL))
    # A read, the brief, the comment that is kept current.
    for kill in (3, *comments[:2]):
        forge.restore(published)
        forge.fail({kill: dead})
        command = [sys.executable, "-m", "paddock", "bot", "sweep"]
        process.append(subprocess.Popen(command, cwd=checkout, env={**os.environ, **env}))
        assert process[-1].wait(60) == -signal.SIGKILL
        forge.fail({})
        assert left() == wanted, kill
