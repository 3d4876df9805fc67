"""`paddock hook` as frameworks call it: the stage and the change from arguments and environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
version: 1
extends: paddock:default
series: [feature/x]
gates:
  pr-size: {limit: 10}
"""
ZERO = "0" * 40


@pytest.fixture
def branch(work: Work) -> Work:
    """A branch with two lines, a loose index of fifty, and a message without a sign-off."""
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("feature/x/01a-one")
    work.commit("Add two", {"two": lines(2)})
    work.write("loose", lines(50))
    work.git("add", "loose")
    work.write(".git/COMMIT_EDITMSG", "Add it\n")
    return work


def gates(ran: Ran) -> list[str]:
    return re.findall(r"^(?:passed|failed|warning|skipped|errored) +([a-z-]+) ", ran.out, re.MULTILINE)


PUSH = {"PRE_COMMIT_REMOTE_NAME": "origin", "PRE_COMMIT_REMOTE_URL": "../remote.git", "PRE_COMMIT": "1"}
TO = {"PRE_COMMIT_FROM_REF": "main", "PRE_COMMIT_TO_REF": "HEAD"}
LOCAL = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/feature/x/01a-one"}
REMOTE = {"PRE_COMMIT_REMOTE_BRANCH": "refs/heads/feature/x/01a-one"}
ELSEWHERE = {"PRE_COMMIT_REMOTE_BRANCH": "refs/heads/feature/x/none"}
AT_PUSH = ["branch-order", "dco", "pr-size", "worktree"]

STAGES: dict[str, tuple[tuple[str, ...], dict[str, str], int, list[str], str]] = {
    "before a commit": ((), {}, 0, ["pr-size", "worktree"], "52 changed lines, 42 over"),
    "before a commit, under pre-commit": ((), {"PRE_COMMIT": "1"}, 0, ["pr-size", "worktree"], "52 changed lines"),
    "a message": ((".git/COMMIT_EDITMSG",), {}, 1, ["commit-message", "dco"], "no sign-off by Ada"),
    "a message, by an absolute path": (("{top}/.git/COMMIT_EDITMSG",), {}, 1, ["commit-message", "dco"], "no sign-off"),
    "a message, from elsewhere": (
        ("../{folder}/.git/COMMIT_EDITMSG",),
        {},
        1,
        ["commit-message", "dco"],
        "no sign-off",
    ),
    "a message during a push": (
        (".git/COMMIT_EDITMSG",),
        PUSH | TO,
        1,
        ["commit-message", "dco"],
        "no sign",
    ),
    "a message by any name, with the stage": (
        ("--stage", "commit-msg", "README.md"),
        {},
        1,
        ["commit-message", "dco"],
        "no sign-off",
    ),
    "a push": ((), PUSH | TO | LOCAL | REMOTE, 0, AT_PUSH, "push of feature/x/01a-one at {head}\n"),
    "a push of a root": ((), PUSH | LOCAL | REMOTE, 0, AT_PUSH, "push of feature/x/01a-one at {head}\n"),
    "a push under another name": ((), PUSH | TO | LOCAL | ELSEWHERE, 1, AT_PUSH, "push of feature/x/none at {head}\n"),
    "a push of HEAD": (
        (),
        PUSH | {"PRE_COMMIT_LOCAL_BRANCH": "HEAD"} | REMOTE,
        0,
        AT_PUSH,
        "feature/x/01a-one at {head}",
    ),
    "a range by hand": ((), TO, 0, AT_PUSH, "push of HEAD at {head}\n"),
    "a pushed tag": ((), PUSH | TO | {"PRE_COMMIT_REMOTE_BRANCH": "refs/tags/v1"}, 0, [], ""),
    "the stage alone": (("--stage", "pre-push"), {}, 0, AT_PUSH, "2 of 10 changed lines"),
    "one gate": (("--gate", "dco", ".git/COMMIT_EDITMSG"), {}, 1, ["dco"], "no sign-off"),
    "two gates": (
        ("--gate", "dco", "--gate", "pr-size"),
        PUSH | TO | LOCAL | REMOTE,
        0,
        ["dco", "pr-size"],
        "",
    ),
    "a gate that does not serve the stage": (("--gate", "dco"), {}, 0, [], "nothing to judge"),
}


@pytest.mark.parametrize(("args", "env", "code", "spoke", "says"), STAGES.values(), ids=STAGES)
def test_stage_and_change(  # noqa: PLR0917 - one argument a column
    branch: Work, args: tuple[str, ...], env: dict[str, str], code: int, spoke: list[str], says: str
) -> None:
    ran = paddock(
        "hook", *(arg.format(top=branch.path, folder=branch.path.name) for arg in args), cwd=branch.path, env=env
    )
    assert (ran.code, gates(ran), ran.err) == (code, spoke, "")
    assert says.format(head=branch.git("rev-parse", "HEAD")[:12]) in ran.out


BASE = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/main"}


def test_a_push_to_the_base_is_judged_from_what_the_remote_has(branch: Work) -> None:
    was = branch.git("rev-parse", "main")
    branch.git("checkout", "--quiet", "--force", "main")
    branch.commit("Add much", {"much": lines(12)})
    env = PUSH | BASE | {"PRE_COMMIT_TO_REF": "HEAD"}
    ran = paddock("hook", cwd=branch.path, env=env | {"PRE_COMMIT_FROM_REF": was})
    assert (ran.code, "12 changed lines, 2 over" in ran.out) == (1, True)
    unknown = paddock("hook", cwd=branch.path, env=env | {"PRE_COMMIT_FROM_REF": "1" * 40})
    assert unknown.code == 3
    assert unknown.err == "paddock: the remote's `main` is at 111111111111, which is not here\n  git fetch\n"


WRONG: dict[str, tuple[tuple[str, ...], dict[str, str], int, str]] = {
    "changed files": (
        ("a.py", "b.py"),
        {},
        2,
        "`a.py` is not a commit message's file, and changed files are not named",
    ),
    "a changed file named as a message": (
        ("COMMIT_EDITMSG",),
        {},
        2,
        "`COMMIT_EDITMSG` is not a commit message's file",
    ),
    "an unknown option": (("--stge", "pre-push"), {}, 2, "No such option"),
    "an unknown stage": (("--stage", "post-merge"), {}, 2, "'post-merge' is not one of"),
    "an unknown gate": (("--gate", "dcoo"), {}, 2, "there is no gate `dcoo`\n  did you mean `dco`?"),
    "native without a stage": (("--native",), {}, 2, "--native needs --stage NAME"),
    "two messages": (("--stage", "commit-msg", "a", "b"), {}, 2, "judges one message file"),
    "no message": (("--stage", "commit-msg"), {}, 2, "judges one message file"),
    "a message that is not there": ((".git/NONE",), {}, 2, ".git/NONE: no such file or directory"),
    "an argument to a push": (("--stage", "pre-push", "origin"), {}, 2, "the stage pre-push takes no arguments"),
    "a push of what is not here": ((), PUSH | {"PRE_COMMIT_TO_REF": "1" * 40}, 2, "there is no commit `1111"),
    "a push of an option": ((), PUSH | {"PRE_COMMIT_TO_REF": "--all"}, 2, "there is no commit `--all`"),
}


@pytest.mark.parametrize(("args", "env", "code", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_refused(
    branch: Work, args: tuple[str, ...], env: dict[str, str], code: int, says: str
) -> None:
    ran = paddock("hook", *args, cwd=branch.path, env=env)
    assert (ran.code, says in ran.err, "Traceback" in ran.err) == (code, True, False), ran.err


def test_native_input_that_is_none(branch: Work) -> None:
    ran = paddock("hook", "--native", "--stage", "pre-push", "--", "o", "u", cwd=branch.path, stdin=b"what is this\n")
    assert (ran.code, "standard input is not what git gives a pre-push hook" in ran.err) == (2, True)


PUSHED: dict[str, tuple[str, int, list[str]]] = {
    "nothing": ("", 0, []),
    "a branch": ("HEAD {head} refs/heads/feature/x/01a-one {zero}\n", 0, ["feature/x/01a-one"]),
    "a revision with spaces": (
        "HEAD^{{/two it is}} {head} refs/heads/feature/x/01a-one {zero}\n",
        0,
        ["feature/x/01a-one"],
    ),
    "two, the second wrong": (
        "a {head} refs/heads/feature/x/01a-one {zero}\nb {head} refs/heads/feature/x/none {zero}\n",
        1,
        ["feature/x/01a-one", "feature/x/none"],
    ),
    "two, the first wrong": (
        "b {head} refs/heads/feature/x/none {zero}\na {head} refs/heads/feature/x/01a-one {zero}\n",
        1,
        ["feature/x/none", "feature/x/01a-one"],
    ),
    "a deletion": ("(delete) {zero} refs/heads/feature/x/01a-one {head}\n", 0, []),
    "a tag": ("refs/tags/v1 {head} refs/tags/v1 {zero}\n", 0, []),
}


@pytest.mark.parametrize(("stdin", "code", "named"), PUSHED.values(), ids=PUSHED)
def test_native_pushes(branch: Work, stdin: str, code: int, named: list[str]) -> None:
    text = stdin.format(head=branch.git("rev-parse", "HEAD"), zero=ZERO)
    args = ("hook", "--native", "--stage", "pre-push", "--", "origin", "url")
    ran = paddock(*args, cwd=branch.path, stdin=text.encode())
    assert (ran.code, re.findall(r"^push of (\S+) at", ran.out, re.MULTILINE), ran.err) == (code, named, "")


def test_in_a_bare_repository_there_is_nothing_staged(work: Work, tmp_path: Path) -> None:
    work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    ran = paddock("hook", cwd=tmp_path / "bare")
    assert (ran.code, "a bare repository has no index to judge" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "args", [("hook",), ("hook", "--native", "--stage", "pre-commit")], ids=["framework", "native"]
)
def test_nothing_heavy_is_imported(work: Work, args: tuple[str, ...]) -> None:
    work.commit("policy", {".paddock.yaml": POLICY})
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "paddock", *args],
        cwd=work.path,
        capture_output=True,
        check=True,
        env=os.environ,
    )
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.decode().splitlines()}
    assert "paddock.sources.staged" in imported
    assert imported.isdisjoint({"git", "github", "unidiff", "json"})


def test_the_repository_is_the_one_that_git_names(work: Work, tmp_path: Path) -> None:
    """`git --git-dir --work-tree` inside another repository does not commit to that one."""
    inner = work.path / "inner"
    inner.mkdir()
    git_dir = tmp_path / "inner.git"
    subprocess.run(["git", "init", "-q", "--bare", str(git_dir)], check=True)
    subprocess.run(["git", "--git-dir", str(git_dir), "config", "core.bare", "false"], check=True)
    (inner / "new").write_text(lines(900))
    options = ["git", "--git-dir", str(git_dir), "--work-tree", str(inner)]
    subprocess.run([*options, "add", "new"], cwd=inner, check=True)
    env = {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(inner)}
    ran = paddock("hook", cwd=inner, env=env)
    assert (ran.code, "900 changed lines, 200 over" in ran.out) == (0, True)


def test_the_first_push_of_the_base_has_nothing_to_be_judged_against(work: Work) -> None:
    head = work.git("rev-parse", "HEAD")
    stdin = f"refs/heads/main {head} refs/heads/main {ZERO}\n".encode()
    ran = paddock("hook", "--native", "--stage", "pre-push", "--", "origin", "url", cwd=work.path, stdin=stdin)
    said = f"push of main at {head[:12]}: this remote has no `main` yet, so there is nothing to judge it against\n"
    assert (ran.code, ran.out) == (0, said)


def test_a_renamed_branch_is_no_rival_of_itself(branch: Work) -> None:
    head = branch.git("rev-parse", "HEAD")
    stdin = f"refs/heads/feature/x/01a-one {head} refs/heads/feature/x/01a-two {ZERO}\n".encode()
    args = ("hook", "--native", "--stage", "pre-push", "--gate", "branch-order", "--", "origin", "url")
    ran = paddock(*args, cwd=branch.path, stdin=stdin)
    assert (ran.code, "order key 01a of feature/x" in ran.out) == (0, True)


def test_commits_on_the_local_base_count_as_they_will_in_ci(work: Work) -> None:
    work.git("update-ref", "refs/remotes/origin/main", "HEAD")
    work.commit("on main", {"big": lines(900)}, sign_off=False)
    work.branch("topic")
    ran = paddock("check", cwd=work.path)
    assert ran.code == 1
    assert "900 changed lines, 200 over the limit of 700" in ran.out
    assert "no sign-off by Ada Lovelace" in ran.out
