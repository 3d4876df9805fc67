"""`paddock worktree setup` and `create`: keys, copies, the set-up command, and kills in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work
    from signers import Keyring

PLAN = """\
series: feature/x
worktrees: ../trees
phases: [{id: one}]
agents:
  - {id: a1, worktree: first, identity: {name: Agent One, email: one@example.org, signing-key: KEY}}
todos:
  - {id: t1, agent: a1, phase: one, branch: feature/x/01a-first}
  - {id: t2, agent: a1, phase: one, branch: feature/x/01b-second}
"""


def git(folder: Path, *args: str) -> str:
    ran = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=True, text=True)
    return ran.stdout.removesuffix("\n")


@pytest.fixture
def planned(work: Work, keyring: Keyring) -> Work:
    work.commit(
        "plan",
        {".paddock/plan.yaml": PLAN.replace("KEY", keyring.ssh("one").private), ".gitignore": "*.log\n.env*\nlinks/\n"},
    )
    return work


def policy(work: Work, *lines: str) -> None:
    work.commit("policy", {".paddock.yaml": "\n".join(["extends: paddock:default", "worktrees:", *lines, ""])})


def tree(work: Work) -> Path:
    return work.path.parent / "trees" / "first"


def setup(work: Work, *args: str, code: int = 0) -> str:
    ran = paddock("worktree", "setup", "--no-hooks", *args, cwd=work.path)
    assert ran.code == code, (ran.out, ran.err)
    return ran.out + ran.err


def test_the_agent_signs_by_its_own_key_and_nobody_else_does(planned: Work, keyring: Keyring) -> None:
    setup(planned)
    (planned.path / "signers").write_text(f"one@example.org {keyring.ssh('one').line}\n")
    git(tree(planned), "commit", "-q", "--allow-empty", "-m", "mine")
    allowed = f"gpg.ssh.allowedSignersFile={planned.path}/signers"
    assert git(tree(planned), "-c", allowed, "log", "-1", "--format=%G? %GS %an") == "G one@example.org Agent One"
    planned.git("commit", "-q", "--allow-empty", "-m", "main's")
    assert planned.git("log", "-1", "--format=%G? %an") == "N Ada Lovelace"


@pytest.mark.parametrize("key", ["id_ed25519", "../key", "-x", '"/a\\nb"', "xyz"])
def test_a_key_that_can_be_none(key: str, work: Work) -> None:
    work.write(".paddock/plan.yaml", PLAN.replace("KEY", key))
    ran = paddock("plan", "check", cwd=work.path)
    assert (ran.code, "`agents.0.identity.signing-key`: neither ~/… nor /…" in ran.err) == (2, True), ran.err


def test_the_first_todo_that_is_not_done(planned: Work) -> None:
    planned.git("checkout", "-q", "-b", "feature/x/01a-first")
    planned.commit("first", {"x.txt": "x"})
    planned.git("checkout", "-q", "main")
    planned.git("merge", "-q", "--no-ff", "--no-edit", "feature/x/01a-first")
    assert "made on the new branch feature/x/01b-second" in setup(planned)


def test_another_branch_is_told_and_left(planned: Work) -> None:
    setup(planned)
    planned.git("switch", "-q", "-c", "elsewhere")
    git(tree(planned), "switch", "-q", "main")
    note = f"a1: note: main is checked out, which is not a1's: git -C {tree(planned)} switch feature/x/01a-first"
    assert setup(planned) == f"{note}   {tree(planned)}\n"
    assert git(tree(planned), "branch", "--show-current") == "main"


def test_a_branch_of_nobody_is_told_with_its_new_name(planned: Work) -> None:
    planned.git("branch", "client-thing")
    setup(planned)
    git(tree(planned), "switch", "-q", "client-thing")
    planned.git("branch", "-q", "-D", "feature/x/01a-first")
    command = "git branch -m client-thing feature/x/01a-first"
    note = f"a1: note: client-thing is checked out, which is not a1's: {command}"
    assert setup(planned) == f"{note}   {tree(planned)}\n"
    planned.git(*command.split()[1:])
    assert setup(planned) == f"a1: as it should be   {tree(planned)}\n"
    git(tree(planned), "switch", "-q", "-c", "feature/x/01a1-part")
    assert setup(planned) == f"a1: as it should be   {tree(planned)}\n"


def test_ignored_files_are_copied_once_with_their_modes(planned: Work) -> None:
    policy(planned, '  copy: [".env*", "conf/*.log", note.txt, pipe.log, links]')
    for name in (".env", "conf/a.log", "other.log", "note.txt", ".env.big"):
        planned.write(name, "secret\n")
    (planned.path / ".env").chmod(0o600)
    os.truncate(planned.path / ".env.big", (64 << 20) + 1)
    os.mkfifo(planned.path / "pipe.log")
    (planned.path / "links").mkdir()
    (planned.path / "links" / "out").symlink_to("/etc/passwd")
    said = setup(planned, "--dry-run")
    assert not tree(planned).exists()
    said = setup(planned)
    assert "note: note.txt is not copied, since git does not ignore it" in said
    assert ".env, conf/a.log copied" in said
    copies = sorted(str(one.relative_to(tree(planned))) for one in tree(planned).rglob("*") if one.is_file())
    assert copies == [".env", ".git", ".gitignore", ".paddock.yaml", ".paddock/plan.yaml", "README.md", "conf/a.log"]
    assert (tree(planned) / ".env").stat().st_mode & 0o777 == 0o600
    (tree(planned) / ".env").write_text("the agent's own\n")
    assert ".env" not in setup(planned)
    assert (tree(planned) / ".env").read_text() == "the agent's own\n"


def test_no_copy_goes_through_a_link_that_leads_out(planned: Work) -> None:
    policy(planned, '  copy: ["conf/*.log"]')
    setup(planned)
    planned.write("conf/a.log", "secret\n")
    (planned.path.parent / "outside").mkdir()
    (tree(planned) / "conf").symlink_to(planned.path.parent / "outside")
    assert "conf/a.log is not copied: a link leads out" in setup(planned, code=1)
    assert not list((planned.path.parent / "outside").iterdir())


def test_the_command_runs_once_in_the_worktree(planned: Work) -> None:
    policy(planned, '  set-up: [sh, -c, "echo made by $PADDOCK_AGENT; echo >&2 oops; echo x >>ran.log"]')
    said = setup(planned)
    assert said.startswith("a1: made on the new branch")
    assert "run   " in said
    assert (tree(planned) / "ran.log").read_text() == "x\n"
    log = planned.path / ".git/worktrees/first/paddock-set-up.log"
    assert log.read_text() == "made by a1\noops\n"
    assert setup(planned) == f"a1: as it should be   {tree(planned)}\n"
    assert (tree(planned) / "ran.log").read_text() == "x\n"


FAILURES = {
    "it fails": (("sh", "-c", "exit 7"), 600, "the set-up command failed with 7"),
    "it takes too long": (("sh", "-c", "sleep 600"), 1, "the set-up command did not end within 1 seconds"),
    "it is not there": (("no-such-program",), 600, "no-such-program can't be run: no such file or directory"),
}


@pytest.mark.parametrize(("argv", "seconds", "said"), FAILURES.values(), ids=FAILURES)
def test_a_command_that_fails_is_told_and_runs_again(
    argv: tuple[str, ...], seconds: int, said: str, planned: Work
) -> None:
    words = ", ".join(f'"{word}"' for word in argv)
    policy(planned, f"  set-up: [{words}]", f"  set-up-seconds: {seconds}")
    for _ in range(2):
        assert said in setup(planned, code=1)
    assert git(tree(planned), "config", "paddock.agent") == "a1"
    policy(planned, '  set-up: ["true"]')
    assert setup(planned) == f"a1: true run   {tree(planned)}\n"


def start(work: Work) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "paddock", "worktree", "setup", "--no-hooks"]
    return subprocess.Popen(
        command, cwd=work.path, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)


def test_a_set_up_that_was_killed_while_files_are_checked_out(planned: Work) -> None:
    """Git hangs in a filter, with half of the files written; all processes are killed."""
    gate, reached, script = (planned.path.parent / name for name in ("gate", "reached", "slow"))
    planned.commit("files", {".gitattributes": "m.txt filter=slow\n", "a.txt": "a\n", "m.txt": "m\n", "z.txt": "z\n"})
    script.write_text(f'#!/bin/sh\ncat\n: >"{reached}"\nread line <"{gate}"\n')
    script.chmod(0o755)
    os.mkfifo(gate)
    planned.git("config", "filter.slow.smudge", str(script))
    process = start(planned)
    wait_for(reached, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    planned.git("config", "filter.slow.smudge", "cat")
    assert not (tree(planned) / "z.txt").exists()
    assert "half made, so taken away" in setup(planned)
    assert (tree(planned) / "z.txt").read_text() == "z\n"
    assert git(tree(planned), "status", "--porcelain") == ""
    assert git(tree(planned), "config", "user.email") == "one@example.org"
    assert setup(planned) == f"a1: as it should be   {tree(planned)}\n"


def test_a_command_that_outlives_a_killed_set_up_is_waited_for(planned: Work) -> None:
    gate = planned.path.parent / "gate"
    os.mkfifo(gate)
    policy(planned, f'  set-up: [sh, -c, "echo x >>ran.log; read line <{gate}"]')
    process = start(planned)
    wait_for(tree(planned) / "ran.log", process)
    process.kill()
    process.wait()
    assert "its set-up is still running: sh -c" in setup(planned, code=1)
    policy(planned, '  set-up: ["true"]')
    gate.write_text("go on\n")
    while "its set-up is still running" in (ran := paddock("worktree", "setup", "--no-hooks", cwd=planned.path)).err:
        time.sleep(0.01)
    assert ran.out == f"a1: true run   {tree(planned)}\n"


def test_one_worktree_without_a_plan(work: Work) -> None:
    policy(work, "  root: ../elsewhere")
    who = ("--name", "Bo", "--email", "bo@example.org", "--no-hooks")
    path = work.path.parent / "elsewhere" / "bo"
    ran = paddock("worktree", "create", "bo", "--branch", "fix/typo", *who, "--dry-run", cwd=work.path)
    assert (ran.code, path.exists()) == (0, False)
    ran = paddock("worktree", "create", "bo", "--branch", "fix/typo", *who, cwd=work.path)
    made = "made on the new branch fix/typo, paddock.agent, user.name, user.email set"
    assert (ran.out, ran.err) == (f"bo: {made}   {path}\n", "")
    assert git(path, "log", "-1", "--format=%H") == work.git("rev-parse", "main")
    ran = paddock("worktree", "create", "bo", "--branch", "fix/typo", *who, cwd=path)
    assert ran.out == f"bo: as it should be   {path}\n"


def test_one_worktree_of_the_plan(planned: Work) -> None:
    ran = paddock("worktree", "create", "a1", "--branch", "feature/x/01b-second", "--no-hooks", cwd=planned.path)
    assert (ran.code, git(tree(planned), "branch", "--show-current")) == (0, "feature/x/01b-second")
    assert git(tree(planned), "config", "user.email") == "one@example.org"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("bo",), "no plan says which branch is bo's"),
        (("bo", "--branch", "-x"), "`-x` is no name for a branch"),
        (("bo", "--branch", "a..b"), "`a..b` is no name for a branch"),
        (("bo", "--branch", "@{-1}"), "`@{-1}` is no name for a branch"),
        (("../x", "--branch", "b"), "`../x` is no agent's id"),
    ],
)
def test_what_can_be_no_worktree(args: tuple[str, ...], said: str, work: Work) -> None:
    ran = paddock("worktree", "create", *args, cwd=work.path)
    assert (ran.code, ran.err.startswith(f"paddock: {said}")) == (2, True), ran.err
