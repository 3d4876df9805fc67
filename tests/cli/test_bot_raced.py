"""Two processes of the bot on the same event, call by call side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from cli.test_bot_loop import PLAN, merged
from forge.front import Fault
from forge.world import BOT
from paddock_cli import paddock
from stages import WORKFLOW, end, started

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge

TOGETHER = 30  # calls of both: they look at the same, and write the first at once


def test_two_processes_leave_what_one_would_have_left(tmp_path: Path, forge: Forge) -> None:
    checkout, env = merged(tmp_path, json.dumps(PLAN)), forge.environment()
    forge.facts.workflows.add(WORKFLOW)
    assert paddock("plan", "publish", cwd=checkout, env=env).code == 0
    comment = forge.person("ada").comment(2, "/todo Write it down\n/help\n/block #3\n/unblock #3\n/asign a")
    (checkout / "event.json").write_text(
        json.dumps({"action": "created", "issue": {"number": 2}, "comment": {"id": comment}})
    )
    handle = ("bot", "handle", "--event-name", "issue_comment", "--event-path", "event.json")
    said = forge.save()

    def left() -> object:
        for _ in range(2):
            assert paddock("bot", "sweep", cwd=checkout, env=env).code == 0
        return end(forge), started(forge)

    assert paddock(*handle, cwd=checkout, env=env).code == 0
    wanted = left()
    forge.restore(said)
    meeting = threading.Barrier(2)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(30)

    forge.forget()
    forge.fail({number: Fault(act=meet, then=True) for number in range(1, TOGETHER + 1)})
    command = [sys.executable, "-m", "paddock", *handle]
    both = [subprocess.Popen(command, cwd=checkout, env={**os.environ, **env}) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    forge.fail({})
    assert not meeting.broken
    made = [one for one in forge.calls(BOT) if one.operation == "POST /repos/{owner}/{repo}/issues"]
    assert len(made) == 2, "they did not meet"
    assert left() == wanted
