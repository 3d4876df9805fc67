"""A process of the bot that is killed, as a machine kills it, while GitHub has or has not done what it asked for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cli.test_bot_loop import PLAN, merged
from forge.front import Fault
from forge.world import Forge
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from forge.emulator import Emulator
    from forge.front import Front


def played(parts: tuple[Front, Emulator], checkout: Path, kill: int | None, *, done: bool) -> Any:  # noqa: ANN401 - compared only
    """How GitHub stands after the plan's first sweep, which was killed at one of its calls, and two more."""
    forge = Forge(*parts)
    try:
        env = forge.environment()
        forge.facts.workflows.add("paddock-agent.yml")
        assert paddock("plan", "publish", cwd=checkout, env=env).code == 0
        if kill is not None:
            process: list[subprocess.Popen[bytes]] = []
            dead = Fault(done=done, act=lambda: os.kill(process[0].pid, signal.SIGKILL))
            forge.fail({kill: dead})
            command = [sys.executable, "-m", "paddock", "bot", "sweep"]
            process.append(subprocess.Popen(command, cwd=checkout, env={**os.environ, **env}))
            assert process[0].wait(60) == -signal.SIGKILL
            forge.fail({})
        for _ in range(2):
            assert paddock("bot", "sweep", cwd=checkout, env=env).code == 0
        ada = forge.person("ada")
        found = []
        for one in ada.do("GET", "issues?state=all&per_page=100"):
            texts = [text["body"] for text in ada.do("GET", f"issues/{one['number']}/comments?per_page=100")]
            keys = sorted(key for text in texts for key in re.findall(r'"key":"([a-z]+)', text))
            stickies = sum("paddock:sticky" in text for text in texts)
            names = sorted(label["name"] for label in one["labels"])
            found.append((one["title"], one["state"], names, len(one["assignees"]), keys, stickies))
        return sorted(found), len(forge.facts.dispatches) <= 1
    finally:
        forge.close()


@pytest.mark.parametrize("done", [False, True], ids=["before GitHub did it", "after GitHub did it"])
def test_the_next_run_does_the_rest(tmp_path: Path, _forge_parts: tuple[Front, Emulator], done: bool) -> None:  # noqa: PT019, FBT001 - a fixture's value, a case
    checkout = merged(tmp_path, json.dumps(PLAN))
    wanted = played(_forge_parts, checkout, None, done=done)
    # A read, the brief, the comment that is kept current.
    for kill in (3, 8, 11):
        assert played(_forge_parts, checkout, kill, done=done) == wanted, kill
