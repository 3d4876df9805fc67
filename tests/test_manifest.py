"""`.pre-commit-hooks.yaml`, as frameworks read it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from paddock.gates import GATES
from paddock.sources.message import MESSAGE_FILES

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / ".pre-commit-hooks.yaml"
BIN = Path(sys.executable).parent
STAGES = ("pre-commit", "commit-msg", "pre-push")
# https://pre-commit.com/#creating-new-hooks: what pre-commit knows, and prek with it.
KEYS = {"id", "name", "description", "entry", "language", "stages", "always_run", "require_serial", "verbose", "files"}


def hooks() -> dict[str, dict[str, object]]:
    return {hook["id"]: hook for hook in yaml.safe_load(FILE.read_text(encoding="utf-8"))}


def test_it_is_current() -> None:
    told = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"], capture_output=True, check=False, text=True
    )
    assert FILE.name not in told.stdout
    assert not told.stderr


@pytest.mark.parametrize("framework", ["pre-commit", "prek"])
def test_frameworks_accept_it(framework: str) -> None:
    told = subprocess.run(
        [str(BIN / framework), "validate-manifest", str(FILE)], capture_output=True, check=False, text=True
    )
    assert (told.returncode, "warn" in (told.stdout + told.stderr).lower()) == (0, False), told


# The others judge what only CI and the bot know.
HOOKED = [id_ for id_, gate in GATES.items() if any(stage.is_hook for stage in gate.stages)]


def test_one_hook_for_all_gates_and_one_a_gate() -> None:
    found = hooks()
    assert list(found) == ["paddock", *(f"paddock-{id_}" for id_ in HOOKED), "paddock-dco-sign"]
    assert found["paddock"]["entry"] == "paddock hook"
    assert found["paddock"]["stages"] == list(STAGES)


@pytest.mark.parametrize("id_", HOOKED)
def test_a_gate_s_hook_names_the_stages_that_it_serves(id_: str) -> None:
    hook = hooks()[f"paddock-{id_}"]
    assert hook["entry"] == f"paddock hook --gate {id_}"
    assert hook["stages"] == [stage for stage in STAGES if stage in {str(one) for one in GATES[id_].stages}]
    assert hook["stages"]


def test_every_hook_runs_once_a_stage_and_is_given_no_changed_files() -> None:
    for hook in hooks().values():
        assert hook.keys() == KEYS
        assert (hook["language"], hook["always_run"], hook["require_serial"]) == ("python", True, True)
        assert hook["files"] == MESSAGE_FILES


PATHS = {
    ".git/COMMIT_EDITMSG": True,
    ".git/MERGE_MSG": True,
    "/srv/repository.git/worktrees/one/COMMIT_EDITMSG": True,
    "/w/.git/modules/sub/COMMIT_EDITMSG": True,
    "../main/.git/worktrees/one/COMMIT_EDITMSG": True,
    "COMMIT_EDITMSG": False,
    "tests/data/COMMIT_EDITMSG": False,
    ".gitignore": False,
    ".github/workflows/ci.yaml": False,
    "..a/b": False,
    "a/.git/b": False,
}


@pytest.mark.parametrize(("path", "is_message"), PATHS.items(), ids=PATHS)
def test_a_message_s_path_is_told_from_a_changed_file_s(path: str, is_message: bool) -> None:  # noqa: FBT001
    assert bool(re.search(MESSAGE_FILES, path)) is is_message
