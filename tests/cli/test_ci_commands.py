"""`paddock ci` with gates that run code of the change: where it runs, whose commands, and what it does not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub import TOKEN, Hub, Runner, run, told

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
version: 1
base: main
series: [feature/x]
gates:
  branch-order: {}
  pr-size: {limit: 50}
  commands: {steps: {test: {run: "pwd; env; ls; ./test.sh"}}}
  codegen: {run: ./gen.sh}
"""
FILES = {"test.sh": "#!/bin/sh\nexit 0\n", "gen.sh": "#!/bin/sh\necho made > made.txt\n", "made.txt": "made\n"}
TARGET = "pull_request_target"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "hub", POLICY)
    made.work.commit("scripts", dict(FILES))
    made.work.git("update-index", "--chmod=+x", "test.sh", "gen.sh")
    made.work.git("commit", "--quiet", "--amend", "--no-edit")
    made.work.git("reset", "--quiet", "--hard")
    made.publish("main")
    return made


def log(runner: Runner) -> str:
    return (runner.temporary / "paddock-logs" / "test.log").read_text()


def test_commands_run_apart_from_the_workspace_without_the_job_s_tokens_and_files(hub: Hub) -> None:
    hub.branch("feature/x/01a-core")
    runner = Runner(hub.folder / "runner", hub.url, "pull_request", hub.pull("feature/x/01a-core"))
    secrets = {"GITHUB_TOKEN": TOKEN, "ACTIONS_RUNTIME_TOKEN": TOKEN, "GITHUB_ENV": "/dev/null/env"}
    step = runner.ci("--only", "code", env=secrets)
    assert told(step) == (0, "passed", ""), step
    assert step.verdicts == {"codegen": "passed", "commands": "passed"}
    lines = log(runner).splitlines()
    assert "paddock-throwaway" in lines[0]
    assert TOKEN not in log(runner)
    assert not [line for line in lines if line.startswith(("GITHUB_OUTPUT=", "GITHUB_ENV=", "GITHUB_STEP_SUMMARY="))]
    assert list(runner.workspace.iterdir()) == []


def test_the_job_s_checkout_is_used_where_it_is_the_commit_with_what_was_installed_there(hub: Hub) -> None:
    head = hub.branch("topic", files={".gitignore": "node_modules/\n"})
    runner = Runner(hub.folder / "runner", hub.url, "pull_request", hub.pull("topic"))
    hub.work.git("clone", "--quiet", str(hub.path), str(runner.workspace))
    hub.work.git("-C", str(runner.workspace), "checkout", "--quiet", head)
    (runner.workspace / "node_modules").mkdir()
    (runner.workspace / "node_modules" / "x").touch()
    assert told(runner.ci("--only", "code")) == (0, "passed", "")
    assert log(runner).splitlines()[0] == str(runner.workspace)
    assert "node_modules" in log(runner).splitlines()
    # GitHub's merge, or any other commit, is not what is judged.
    hub.work.git("-C", str(runner.workspace), "checkout", "--quiet", "HEAD~1")
    assert told(runner.ci("--only", "code")) == (0, "passed", "")
    assert "paddock-throwaway" in log(runner).splitlines()[0]


def test_the_change_can_not_choose_its_commands_but_its_code_is_what_runs(hub: Hub) -> None:
    loose = POLICY.replace("./test.sh", "true")
    hub.branch("topic", files={".paddock.yaml": loose, "test.sh": "echo '::error::its own'; exit 3\n"})
    runner = Runner(hub.folder / "runner", hub.url, "pull_request", hub.pull("topic"))
    step = runner.ci("--gate", "commands")
    assert told(step) == (1, "failed", "")
    assert "::error::its own" not in step.out.splitlines()
    assert "`test` failed: exit 3" in step.summary


def test_nothing_runs_where_secrets_may_be(hub: Hub) -> None:
    ran = hub.folder / "ran"
    hub.branch("topic", files={"test.sh": f"touch {ran}\n", "gen.sh": f"touch {ran}\n"})
    step = run(hub, TARGET, hub.pull("topic"))
    assert step.verdicts == {"branch-order": "passed", "pr-size": "passed"}
    assert told(run(hub, TARGET, hub.pull("topic"), "--gate", "commands")) == (2, "errored", "")
    assert not ran.exists()


def test_fail_fast_spares_them(hub: Hub) -> None:
    ran = hub.folder / "ran"
    hub.branch("topic", lines=60, files={"test.sh": f"touch {ran}\n", "gen.sh": f"touch {ran}\n"})
    step = run(hub, "pull_request", hub.pull("topic"), PADDOCK_FAIL_FAST="true")
    assert step.verdicts["pr-size"] == "failed"
    assert step.reasons["commands"] == step.reasons["codegen"] == "not judged: pr-size failed before"
    assert not ran.exists()
