"""`paddock shell-init` and `worktree switch`, in real shells: functions, odd folders, completion by the Tab key."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Work

SHELLS = {
    "bash": ("bash", "--noprofile", "--norc"),
    "zsh": ("zsh", "-f"),
    "fish": ("fish", "--no-config"),
}
INIT = {
    "bash": 'eval "$(paddock shell-init bash)"\n',
    "zsh": 'autoload -U compinit; compinit -u; eval "$(paddock shell-init zsh)"\n',
    "fish": "paddock shell-init fish | source\n",
}
WORDS = ("wt-list", "wt-status", "wt-switch", "wt-create", "wt-remove", "wt-sync")
ODD = "-the $HOME 'tree'\nof a1 \n"


@pytest.fixture(autouse=True)
def _on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])


@pytest.fixture
def tree(work: Work) -> Path:
    """The worktree of agent-1, in a folder that every shell could stumble over."""
    path = work.path.parent / ODD
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", "agent-1/01a-x", str(path))
    work.git("-C", str(path), "config", "--worktree", "paddock.agent", "agent-1")
    return path


def run(shell: str, script: str, cwd: Path) -> tuple[str, str]:
    argv = (*SHELLS[shell], "-c", INIT[shell] + script)
    ran = subprocess.run(argv, cwd=cwd, capture_output=True, check=False, text=True)
    return ran.stdout, ran.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_all_functions_are_there(shell: str, work: Work, tree: Path) -> None:
    asked = "\n".join(f"functions -q {word}; and echo {word}" for word in WORDS)
    if shell != "fish":
        asked = "\n".join(f'case "$(type {word})" in *function*) echo {word} ;; esac' for word in WORDS)
    assert tree.is_dir()
    assert run(shell, asked, work.path) == ("".join(f"{word}\n" for word in WORDS), "")


@pytest.mark.parametrize("shell", SHELLS)
def test_switching_goes_there(shell: str, work: Work, tree: Path) -> None:
    out, err = run(shell, "wt-switch agent-1\ngit rev-parse --show-prefix\ngit branch --show-current", work.path)
    assert (out, err) == ("\nagent-1/01a-x\n", "")
    assert tree.is_dir()
    out, err = run(shell, "wt-switch agent-1\nwt-switch main\ngit branch --show-current", work.path)
    assert (out, err) == ("main\n", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_not_there_is_said_and_nothing_changes(shell: str, work: Work, tree: Path) -> None:
    out, err = run(shell, "wt-switch nobody\necho left\npwd", work.path)
    assert (out, err) == (
        f"left\n{work.path}\n",
        "paddock: no worktree is called `nobody`\n  there are: agent-1\n",
    )
    assert tree.is_dir()


@pytest.mark.parametrize("shell", SHELLS)
def test_help_is_printed(shell: str, work: Work) -> None:
    assert run(shell, "wt-switch --help", work.path)[0].startswith("Usage: paddock worktree switch")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_others_pass_their_words_on(shell: str, work: Work, tree: Path) -> None:
    out, err = run(shell, "wt-list --format names\nwt-sync --dry-run\nwt-remove agent-1 --dry-run", work.path)
    place = str(tree).replace("\n", "\\n")
    assert out.splitlines() == [
        "agent-1",
        f"agent-1: would be: up to date   {place}",
        f"{place}: would be removed; agent-1/01a-x stays",
    ]
    assert err == ""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_completes_a_name(shell: str, work: Work, tree: Path, tmp_path: Path) -> None:
    """A terminal of its own, and the key itself."""
    told = tmp_path / "told"
    argv = [*SHELLS[shell], "-i"]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(work.path)
        os.execvpe(argv[0], argv, {**os.environ, "TERM": "xterm", "INPUTRC": "/dev/null"})  # noqa: S606 - the shell is what is tested
    try:
        os.write(terminal, f"{INIT[shell]}echo ready >'{told}'\n".encode())
        wait(terminal, lambda _: told.exists() and told.read_text() != "")
        told.unlink()
        os.write(terminal, b"wt-switch agen")
        wait(terminal, lambda shown: b"agen" in shown)
        os.write(terminal, b"\t")
        wait(terminal, lambda shown: b"t-1" in shown)
        os.write(terminal, f"\ngit branch --show-current >'{told}'\n".encode())
        wait(terminal, lambda _: told.exists() and told.read_text() != "")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    assert told.read_text() == "agent-1/01a-x\n"
    assert tree.is_dir()


def wait(terminal: int, done: Callable[[bytes], bool]) -> None:
    """Read what the terminal shows until it, or a file, says that the shell came so far."""
    shown = b""
    for _ in range(1200):
        if done(shown):
            return
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 65536)
    raise AssertionError(shown.decode(errors="replace"))


def test_fish_completes_a_name(work: Work, tree: Path) -> None:
    out, err = run("fish", "complete --do-complete 'wt-switch a'\ncomplete --do-complete 'paddock plan ch'", work.path)
    assert ([line.split("\t")[0] for line in out.splitlines()], err) == (["agent-1", "check"], "")
    assert tree.is_dir()


def test_switch_by_agent_folder_and_branch(work: Work, tree: Path) -> None:
    for name in ("agent-1", ODD, "agent-1/01a-x"):
        ran = paddock("worktree", "switch", "--", name, cwd=tree)
        assert (ran.code, ran.out) == (0, f"{tree}\n")
    second = work.path.parent / "second"
    work.git("worktree", "add", "-q", "--detach", str(second))
    work.git("-C", str(second), "config", "--worktree", "paddock.agent", "agent-1")
    ran = paddock("worktree", "switch", "agent-1", cwd=work.path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("paddock: `agent-1` names 2 worktrees")


def test_names_that_no_line_can_hold_are_not_offered(work: Work, tree: Path) -> None:
    work.git("-C", str(tree), "config", "--worktree", "--unset", "paddock.agent")
    assert paddock("worktree", "list", "--format", "names", cwd=work.path).out == ""


def test_every_shell_is_here() -> None:
    assert {shell: shutil.which(shell) is not None for shell in SHELLS} == dict.fromkeys(SHELLS, True)
