"""`paddock guard install` and `uninstall`: what stands in a tool's settings before and after."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paddock.errors import install
from paddock_cli import Ran, paddock, without_parser

if TYPE_CHECKING:
    from conftest import Work

FILES = {
    "claude": ".claude/settings.json",
    "codex": ".codex/hooks.json",
    "gemini": ".gemini/settings.json",
    "cursor": ".cursor/hooks.json",
    "copilot": ".copilot/hooks/paddock-guard.json",
}
PROGRAM = os.path.join(os.path.dirname(sys.executable), "paddock")


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])


def guard(*words: str, cwd: Path) -> Ran:
    return paddock("guard", *words, cwd=cwd)


def lines(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Every command in some settings."""
    if isinstance(value, dict):
        own = [item for key, item in value.items() if key in ("command", "bash") and isinstance(item, str)]
        return own + [line for item in value.values() for line in lines(item)]
    return [line for item in value for line in lines(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("tool", FILES)
def test_what_is_written_is_an_installed_program_that_denies(tool: str, home: Path, tmp_path: Path) -> None:
    ran = guard("install", "--tool", tool, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    (line,) = lines(json.loads((home / FILES[tool]).read_text()))
    words = shlex.split(line)
    assert words == [PROGRAM, "guard", "--tool", tool]
    called = subprocess.run(line, shell=True, cwd=tmp_path, input=b"{", capture_output=True, check=False)  # noqa: S602 - as the tool does
    assert called.returncode == 2


@pytest.mark.parametrize("tool", FILES)
def test_it_can_be_done_again_and_undone(tool: str, home: Path, tmp_path: Path) -> None:
    guard("install", "--tool", tool, cwd=tmp_path)
    first = (home / FILES[tool]).read_bytes()
    assert "in place already" in guard("install", "--tool", tool, cwd=tmp_path).out
    assert (home / FILES[tool]).read_bytes() == first
    assert "removed" in guard("uninstall", "--tool", tool, cwd=tmp_path).out
    assert not (home / FILES[tool]).exists()
    assert "not there" in guard("uninstall", "--tool", tool, cwd=tmp_path).out


MINE = {
    "model": "öpus",
    "hooks": {
        "PostToolUse": [{"matcher": "Write", "hooks": [{"type": "command", "command": "fmt"}]}],
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "mine guard"}]}],
    },
    "z": [1, {"a": None}],
}


def test_what_was_there_is_kept_in_its_order(home: Path, tmp_path: Path) -> None:
    path = home / FILES["claude"]
    path.parent.mkdir()
    path.write_text(json.dumps(MINE, indent=4))
    path.chmod(0o640)
    guard("install", "--tool", "claude", cwd=tmp_path)
    after = json.loads(path.read_text())
    assert list(after) == list(MINE)
    assert after["hooks"]["PreToolUse"][0] == MINE["hooks"]["PreToolUse"][0]  # type: ignore[index]
    assert len(after["hooks"]["PreToolUse"]) == 2
    assert "öpus" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    guard("uninstall", "--tool", "claude", cwd=tmp_path)
    assert json.loads(path.read_text()) == MINE


def test_an_entry_of_another_paddock_is_replaced(home: Path, tmp_path: Path) -> None:
    path = home / FILES["claude"]
    path.parent.mkdir()
    old = {"type": "command", "command": "/gone/bin/paddock guard --tool claude"}
    mine = {"type": "command", "command": "mine"}
    path.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [mine, old]}]}}))
    guard("install", "--tool", "claude", cwd=tmp_path)
    assert sorted(lines(json.loads(path.read_text()))) == [f"{PROGRAM} guard --tool claude", "mine"]


def test_without_the_parser_of_shell_commands_it_is_refused(home: Path, work: Work, tmp_path: Path) -> None:
    env = without_parser(tmp_path)
    missing = "the parser of shell commands is not installed, so the guard would let all of them pass"
    for words in ((), ("--dry-run",)):
        ran = paddock("guard", "install", "--tool", "claude", *words, cwd=tmp_path, env=env)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (f"paddock: {missing}\n  {install('guard')}\n  or, for file tools alone: --without-shell\n")
    assert not (home / FILES["claude"]).exists()
    assert "guard" not in checks(work)
    ran = paddock("guard", "install", "--tool", "claude", "--without-shell", cwd=tmp_path, env=env)
    assert (ran.code, ran.err) == (0, f"{missing}\n  {install('guard')}\n")
    assert checks(work)["guard"] == {"name": "guard", "health": "ok", "message": "called by claude", "hint": None}
    assert checks(work, env)["guard"] == {
        "name": "guard",
        "health": "problem",
        "message": "called by claude, and the parser of shell commands is missing: it lets all of them pass",
        "hint": install("guard"),
    }
    (home / FILES["claude"]).write_text("{")
    assert checks(work)["guard"]["health"] == "warning"


def checks(work: Work, env: dict[str, str] | None = None) -> dict[str, Any]:
    ran = paddock("doctor", "--format", "json", cwd=work.path, env=env)
    return {one["name"]: one for one in json.loads(ran.out)["checks"]}


def test_a_dry_run_writes_nothing(home: Path, tmp_path: Path) -> None:
    ran = guard("install", "--tool", "claude", "--tool", "codex", "--dry-run", cwd=tmp_path)
    assert ran.out.count("would be installed") == 2
    assert not (home / ".claude").exists()


def test_the_project_is_the_worktree_that_it_is_called_in(work: Work, home: Path) -> None:
    place = work.path.parent / "linked"
    work.git("worktree", "add", "-q", str(place))
    (place / "below").mkdir()
    guard("install", "--tool", "claude", "--project", cwd=place / "below")
    assert (place / ".claude" / "settings.json").exists()
    assert not (home / ".claude").exists()


BROKEN = {"no JSON": "{", "a list": "[]", "hooks that are a list": '{"hooks": []}', "a comment": "// x\n{}"}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_settings_that_are_not_understood_are_left_alone(text: str, home: Path, tmp_path: Path) -> None:
    path = home / FILES["claude"]
    path.parent.mkdir()
    path.write_text(text)
    ran = guard("install", "--tool", "claude", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert str(path) in ran.err
    assert path.read_text() == text


def test_settings_that_are_a_link_stay_one(home: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    path = home / FILES["claude"]
    path.parent.mkdir()
    path.symlink_to(real)
    guard("install", "--tool", "claude", cwd=tmp_path)
    assert path.is_symlink()
    assert "paddock" in real.read_text()
