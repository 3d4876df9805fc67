"""The bot's composite action, its steps run for real, on the tests' GitHub and its git."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ci.test_action import ROOT, Job, action
from cli.test_bot_judge import ONE, Home
from forge.world import BOT, token
from hub import Runner

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "bot" / "action.yml").read_text(encoding="utf-8"))
__all__ = ["action"]  # a fixture


def test_no_expression_stands_in_a_script_and_every_input_is_used() -> None:
    steps = ACTION["runs"]["steps"]
    assert [step["name"] for step in steps if "${{" in step["run"]] == []
    used = {name for step in steps for value in step["env"].values() for name in re.findall(r"inputs\.[a-z-]+", value)}
    assert {f"inputs.{name}" for name in ACTION["inputs"]} == used


def test_a_comment_a_pull_request_and_the_clock(forge: Forge, tmp_path: Path, action: Path) -> None:
    home = Home(forge, tmp_path / "far")
    runner = Runner(tmp_path / "run", home.server["GITHUB_SERVER_URL"], "schedule", {"schedule": "7 * * * *"})
    hostile = runner.workspace
    for name in ("pip.py", "paddock.py", "sitecustomize.py"):
        (hostile / name).write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')\nraise SystemExit(0)\n")
    (hostile / ".paddock.yaml").write_text("version: 1\nextends: []\n")
    runner.environment |= forge.environment() | {"PYTHONPATH": str(hostile)}
    del runner.environment["GITHUB_TOKEN"]

    def uses(event: str, payload: dict[str, Any]) -> None:
        one = Runner(tmp_path / "run", home.server["GITHUB_SERVER_URL"], event, payload)
        one.environment = runner.environment | {"GITHUB_EVENT_NAME": event}
        home.mirror.sync()
        ended = Job(one, action.parent / "bot", ACTION).uses(token=token(BOT), login=BOT)
        assert ended.code == 0, (ended.out, ended.err)
        assert token(BOT) not in ended.out + ended.err

    uses("schedule", {"schedule": "7 * * * *"})
    assert "state/in-progress" in home.labels(2)
    pull = home.pull(ONE, 9, 2)
    uses("pull_request_target", {"pull_request": {"number": pull}, "repository": {"default_branch": "main"}})
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    forge.person("ada").comment(2, "/hold $(touch pwned) `id`")
    forge.person("ada").comment(2, "/hold")
    uses("issue_comment", {"action": "created", "issue": {"number": 2}, "comment": {"id": 1, "body": "/hold"}})
    assert "state/held" in home.labels(2)
    assert not (tmp_path / "pwned").exists()
