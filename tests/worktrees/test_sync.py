"""`paddock worktree sync`: rebased, left alone, killed in the middle, and nothing ever half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from paddock_cli import Ran, paddock
from signers import Keyring, list_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Work


def git(folder: Path, *args: str, code: int = 0) -> str:
    ran = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=False)
    assert ran.returncode == code, ran.stderr
    return ran.stdout.decode("utf-8", "surrogateescape").strip()


def add(work: Work, agent: str) -> Path:
    """An agent's worktree with one commit of its own."""
    path = work.path.parent / f"tree of {agent}"
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", f"{agent}/01a-x", str(path))
    for key, value in (("paddock.agent", agent), ("user.name", f"Agent {agent}"), ("user.email", f"{agent}@x.org")):
        git(path, "config", "--worktree", key, value)
    (path / f"{agent}.txt").write_text("mine\n")
    git(path, "add", "--all")
    git(path, "commit", "-q", "-m", f"work of {agent}")
    return path


@pytest.fixture
def tree(work: Work) -> Path:
    work.commit("files", {"a.txt": "one\n", "old.txt": "old\n", ".gitignore": "*.log\n"})
    return add(work, "a1")


def sync(work: Work, *args: str, code: int = 0) -> Ran:
    ran = paddock("worktree", "sync", *args, cwd=work.path)
    assert ran.code == code, (ran.out, ran.err)
    return ran


def state(path: Path) -> tuple[Any, ...]:
    """All of a worktree that a rebase could change, with every file's content."""
    files = {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != ".git"
    }
    asked = (("status", "--porcelain=v2", "--branch"), ("ls-files", "--stage"), ("reflog",), ("stash", "list"))
    return files, *(git(path, *one) for one in asked)


def commits(work: Work) -> list[str]:
    every = work.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").splitlines()
    return [one for one in every if one.endswith("commit")]


def test_a_branch_is_rebased_by_its_own_agent(work: Work, tree: Path) -> None:
    base = work.commit("base moves", {"a.txt": "two\n", "new/file.txt": "new\n", "b.sh": "x"})
    work.git("rm", "-q", "old.txt")
    base = work.commit("base goes on")
    old = git(tree, "rev-parse", "HEAD")
    ran = sync(work)
    assert (ran.out, ran.err) == (f"a1: 1 commit rebased on {base[:12]}   {tree}\n", "")
    assert git(tree, "log", "--format=%s|%cn|%ce", f"{base}..") == "work of a1|Agent a1|a1@x.org"
    assert git(tree, "rev-parse", "HEAD~1") == base
    assert git(tree, "status", "--porcelain") == ""
    assert ((tree / "a.txt").read_text(), (tree / "new/file.txt").read_text()) == ("two\n", "new\n")
    assert not (tree / "old.txt").exists()
    assert git(tree, "rev-parse", "a1/01a-x@{1}") == old
    assert sync(work).out == f"a1: up to date   {tree}\n"


def test_a_dry_run_tells_the_same_and_changes_nothing(work: Work, tree: Path) -> None:
    base = work.commit("base moves", {"a.txt": "two\n"})
    before, objects = state(tree), commits(work)
    ran = sync(work, "--dry-run")
    assert ran.out == f"a1: would be: 1 commit rebased on {base[:12]}   {tree}\n"
    assert (state(tree), commits(work)) == (before, objects)


def test_a_conflict_says_who_and_where_and_the_others_go_on(work: Work, tree: Path) -> None:
    other = add(work, "b2")
    (tree / "a.txt").write_text("mine\n")
    git(tree, "commit", "-q", "-a", "-m", "edit a")
    stopped = git(tree, "rev-parse", "HEAD")
    base = work.commit("base moves", {"a.txt": "two\n"})
    (tree / "new.log").write_text("kept")
    (tree / "untracked.txt").write_text("kept")
    before = state(tree)
    for options, other_now in ((("--dry-run",), "would be: 1 commit"), ((), "1 commit")):
        ran = sync(work, *options, code=1)
        would = "would be: " if options else ""
        assert ran.err.splitlines() == [
            f"a1: {would}left as it was: {stopped[:12]} (edit a) conflicts in a.txt   {tree}",
            f"  resolve it there: git -C '{tree}' rebase {base[:12]}",
        ]
        assert ran.out == f"b2: {other_now} rebased on {base[:12]}   {other}\n"
        assert state(tree) == before
    assert not list((work.path / ".git/worktrees").glob("*/rebase-*"))


def staged(tree: Path) -> None:
    (tree / "a.txt").write_text("staged\n")
    git(tree, "add", "a.txt")


def rebasing(tree: Path) -> None:
    git(tree, "-c", "sequence.editor=echo break >", "rebase", "-q", "-i", "HEAD~1")


def merging(tree: Path) -> None:
    git(tree, "checkout", "-q", "-b", "side", "HEAD~1")
    git(tree, "commit", "-q", "--allow-empty", "-m", "side")
    git(tree, "checkout", "-q", "a1/01a-x")
    git(tree, "merge", "-q", "--no-edit", "side")


def in_the_way(tree: Path) -> None:
    (tree / "new.txt").write_text("never committed\n")


def ignored_in_the_way(tree: Path) -> None:
    git(tree, "config", "--local", "core.excludesFile", str(tree.parent / "ignored"))
    (tree.parent / "ignored").write_text("new.txt\n")
    (tree / "new.txt").write_text("never committed\n")


def ignored_for_a_folder(tree: Path) -> None:
    git(tree, "config", "--local", "core.excludesFile", str(tree.parent / "ignored"))
    (tree.parent / "ignored").write_text("sub\n")
    (tree / "sub").write_text("never committed\n")


LEFT: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda tree: (tree / "a.txt").write_text("x"), "1 files are changed and not committed"),
    "staged": (staged, "1 files are changed and not committed"),
    "deleted": (lambda tree: (tree / "a.txt").unlink(), "1 files are changed and not committed"),
    "in a rebase": (rebasing, "in the middle of a rebase"),
    "with merges": (merging, "1 of its commits are merges"),
    "a new file in the way": (in_the_way, "files are in the way"),
    "an ignored file in the way": (ignored_in_the_way, "files are in the way: git does not know new.txt"),
    "an ignored file where a folder comes": (ignored_for_a_folder, "files are in the way: git does not know sub"),
}


@pytest.mark.parametrize(("prepare", "said"), LEFT.values(), ids=LEFT)
def test_what_is_not_safe_is_left_as_it_was(
    prepare: Callable[[Path], object], said: str, work: Work, tree: Path
) -> None:
    work.commit("base moves", {"new.txt": "two\n", "sub/new.txt": "two\n"})
    prepare(tree)
    before = state(tree)
    ran = sync(work, code=1)
    assert f"a1: left as it was: {said}" in ran.err
    assert state(tree) == before


def test_what_is_not_git_s_stays(work: Work, tree: Path) -> None:
    (tree / "note.txt").write_text("mine")
    (tree / "a.log").write_text("mine")
    work.commit("base moves", {"new.txt": "two\n"})
    sync(work)
    assert ((tree / "note.txt").read_text(), (tree / "a.log").read_text()) == ("mine", "mine")
    assert (tree / "new.txt").read_text() == "two\n"


def test_a_merged_branch_is_told(work: Work, tree: Path) -> None:
    work.git("merge", "-q", "--squash", "a1/01a-x")
    work.commit("squashed")
    before = state(tree)
    assert sync(work).out.startswith("a1: its work is in the base already")
    assert state(tree) == before


def test_a_branch_without_commits_moves_on(work: Work, tree: Path) -> None:
    git(tree, "reset", "-q", "--hard", "main")
    base = work.commit("base moves", {"a.txt": "two\n"})
    assert sync(work).out == f"a1: moved on to {base[:12]}   {tree}\n"
    assert (git(tree, "rev-parse", "a1/01a-x"), git(tree, "status", "--porcelain")) == (base, "")


def test_only_the_agents_named(work: Work, tree: Path) -> None:
    other = add(work, "b2")
    work.commit("base moves", {"a.txt": "two\n"})
    before = state(tree)
    assert sync(work, "--agent", "b2").out.startswith("b2: 1 commit rebased")
    assert (state(tree), (other / "a.txt").read_text()) == (before, "two\n")
    assert "no worktree is of `c3`" in sync(work, "--agent", "c3", code=2).err


def test_the_remote_is_asked_once_and_its_word_counts(work: Work, tree: Path, tmp_path: Path) -> None:
    work.git("init", "-q", "--bare", str(tmp_path / "hub"))
    work.git("remote", "add", "origin", str(tmp_path / "hub"))
    work.git("push", "-q", "origin", "main", "a1/01a-x")
    work.git("clone", "-q", str(tmp_path / "hub"), str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere" / "theirs.txt").write_text("x")
    git(tmp_path / "elsewhere", "add", "--all")
    git(tmp_path / "elsewhere", "commit", "-q", "-m", "theirs")
    git(tmp_path / "elsewhere", "push", "-q")
    assert sync(work, "--no-fetch").out == f"a1: up to date   {tree}\n"
    ran = sync(work)
    assert (ran.err, (tree / "theirs.txt").exists()) == ("fetched origin\n", True)
    assert ran.out.splitlines()[1] == f"  git -C '{tree}' push --force-with-lease"


def test_a_remote_that_is_away_stops_it_before_anything_moves(work: Work, tree: Path) -> None:
    work.git("update-ref", "refs/remotes/origin/main", "main")
    work.git("remote", "add", "origin", str(work.path.parent / "nowhere"))
    work.commit("base moves", {"a.txt": "two\n"})
    before = state(tree)
    assert "paddock: git fetch:" in sync(work, code=3).err
    assert state(tree) == before


def test_commits_are_signed_as_the_worktree_signs(work: Work, tree: Path, keyring: Keyring) -> None:
    key = keyring.ssh("a1")
    settings = (("gpg.format", "ssh"), ("user.signingKey", key.private), ("commit.gpgSign", "true"))
    for name, value in settings:
        git(tree, "config", "--worktree", name, value)
    list_keys(work, f"a1@x.org {key.line}")
    sync(work)
    allowed = f"gpg.ssh.allowedSignersFile={work.path}/.paddock/allowed_signers"
    assert git(tree, "-c", allowed, "log", "-1", "--format=%G? %GS") == "G a1@x.org"


def test_a_person_of_one_folder_stays_who_they_are(work: Work, tree: Path) -> None:
    """A user's settings that hold below a folder do not hold where the rebase happens."""
    for key in ("user.name", "user.email"):
        git(tree, "config", "--worktree", "--unset", key)
    home = Path(os.environ["HOME"])
    (home / "other").write_text('[user]\n\tname = "Ada \\"of\\" Work"\n\temail = ada@work.example\n')
    with open(home / ".gitconfig", "a", encoding="utf-8") as file:
        file.write(f'[includeIf "gitdir:{work.path.parent}/"]\n\tpath = {home}/other\n')
    work.commit("base moves", {"a.txt": "two\n"})
    sync(work)
    assert git(tree, "log", "-1", "--format=%cn|%ce|%an") == 'Ada "of" Work|ada@work.example|Agent a1'


def test_a_key_that_does_not_sign_leaves_all_as_it_was(work: Work, tree: Path) -> None:
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", "/nowhere"), ("commit.gpgSign", "true")):
        git(tree, "config", "--worktree", name, value)
    work.commit("base moves", {"a.txt": "two\n"})
    before = state(tree)
    assert "a1: left as it was: git rebase" in sync(work, code=1).err
    assert state(tree) == before


def test_names_that_mean_something_to_a_terminal_or_to_git(work: Work, tree: Path) -> None:
    name = "-x\n\x1b[31m\udcff"
    for folder, text in ((tree, b"mine"), (work.path, b"theirs")):
        with open(os.path.join(os.fsencode(folder), name.encode("utf-8", "surrogateescape")), "wb") as file:
            file.write(text)
        git(folder, "add", "--all")
        git(folder, "commit", "-q", "-m", "s\x1b[2J")
    before = git(tree, "rev-parse", "HEAD")
    ran = sync(work, code=1)
    assert r"conflicts in -x\n\x1b[31m\xff" in ran.err
    assert (r"(s\x1b[2J)" in ran.err, "\x1b" in ran.err) == (True, False)
    assert git(tree, "rev-parse", "HEAD") == before


def test_json(work: Work, tree: Path) -> None:
    (tree / "a.txt").write_text("x")
    work.commit("base moves", {"b.txt": "two\n"})
    told = json.loads(sync(work, "--format", "json", code=1).out)
    assert told["version"] == 1
    [row] = told["worktrees"]
    assert (row["who"], row["problem"], row["path"]) == ("a1", True, str(tree))


def killed_in_the_move(work: Work, tree: Path, victim: str) -> None:
    """Kill a sync while git writes the second of three files into the worktree: all of it, or paddock alone."""
    gate, reached = work.path.parent / "gate", work.path.parent / "reached"
    script = work.path.parent / "slow"
    script.write_text(f'#!/bin/sh\ncat\n[ "$PWD" = "{tree}" ] || exit 0\n: >"{reached}"\nread line <"{gate}"\n')
    script.chmod(0o755)
    os.mkfifo(gate)
    work.git("config", "filter.slow.smudge", str(script))
    command = [sys.executable, "-m", "paddock", "worktree", "sync"]
    process = subprocess.Popen(
        command, cwd=work.path, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not reached.exists():
        assert process.poll() is None
        time.sleep(0.01)
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    if victim == "all":
        work.git("config", "filter.slow.smudge", "cat")


@pytest.fixture
def moved_base(work: Work, tree: Path) -> str:
    work.commit("slow", {".gitattributes": "m.txt filter=slow\n"})
    work.git("rm", "-q", "old.txt")
    work.commit("files", {"b.txt": "new\n", "m.txt": "slow\n", "z.txt": "new\n", "a.txt": "two\n"})
    assert tree.is_dir()
    return work.git("rev-parse", "HEAD")


def test_a_sync_that_was_killed_is_finished_by_the_next(work: Work, tree: Path, moved_base: str) -> None:
    old = git(tree, "rev-parse", "HEAD")
    killed_in_the_move(work, tree, "all")
    lock = work.path / ".git/worktrees/tree-of-a1/index.lock"
    assert (lock.exists(), git(tree, "rev-parse", "HEAD")) == (True, old)
    assert sync(work).out == f"a1: finished what a killed run had begun   {tree}\n"
    assert (git(tree, "rev-parse", "HEAD~1"), git(tree, "status", "--porcelain")) == (moved_base, "")
    assert [(tree / name).read_text() for name in ("b.txt", "m.txt", "z.txt")] == ["new\n", "slow\n", "new\n"]
    assert sync(work).out == f"a1: up to date   {tree}\n"


def test_a_sync_that_was_killed_before_the_index_took_its_place(work: Work, tree: Path, moved_base: str) -> None:
    """The branch moved, the index did not: what a kill between the two leaves."""
    old, lock = git(tree, "rev-parse", "HEAD"), work.path / ".git/worktrees/tree-of-a1/index.lock"
    index = lock.with_name("index")
    before = index.read_bytes()
    sync(work)
    new = git(tree, "rev-parse", "HEAD")
    index.write_bytes(before)
    lock.touch()
    lock.with_name("paddock-moving").write_text(json.dumps({"branch": "a1/01a-x", "old": old, "new": new}))
    assert git(tree, "status", "--porcelain") != ""
    assert sync(work).out == f"a1: finished what a killed run had begun   {tree}\n"
    assert (git(tree, "status", "--porcelain"), git(tree, "rev-parse", "HEAD~1")) == ("", moved_base)


@pytest.mark.parametrize("text", ["", "{", '{"branch": "a1/01a-x", "old": "HEAD", "new": "main"}', "[1]"])
def test_a_note_that_is_none_moves_nothing(text: str, work: Work, tree: Path) -> None:
    (work.path / ".git/worktrees/tree-of-a1/paddock-moving").write_text(text)
    (tree / "a.txt").write_text("mine\n")
    work.commit("base moves", {"a.txt": "two\n"})
    before = state(tree)
    assert "1 files are changed" in sync(work, code=1).err
    assert state(tree) == before


def test_git_at_work_in_the_worktree_is_let_alone(work: Work, tree: Path) -> None:
    work.commit("base moves", {"a.txt": "two\n"})
    lock = work.path / ".git/worktrees/tree-of-a1/index.lock"
    lock.touch()
    before = state(tree)
    assert f"git is at work in {tree}" in sync(work, code=1).err
    assert (state(tree), lock.exists()) == (before, True)


@pytest.mark.parametrize("left", ["", "ne"], ids=["nothing", "its beginning"])
def test_a_file_of_which_git_had_written_only_a_part(left: str, work: Work, tree: Path, moved_base: str) -> None:
    killed_in_the_move(work, tree, "all")
    for name in ("b.txt", "z.txt"):
        (tree / name).write_text(left)
    assert sync(work).out == f"a1: finished what a killed run had begun   {tree}\n"
    assert [(tree / name).read_text() for name in ("b.txt", "z.txt")] == ["new\n", "new\n"]
    assert (git(tree, "rev-parse", "HEAD~1"), git(tree, "status", "--porcelain")) == (moved_base, "")


def test_what_was_edited_after_the_kill_is_not_overwritten(work: Work, tree: Path, moved_base: str) -> None:
    killed_in_the_move(work, tree, "all")
    (tree / "z.txt").write_text("an agent's\n")
    (tree / "a.txt").write_text("an agent's\n")
    ran = sync(work, code=1)
    assert "a sync was killed here, and 2 files were changed since, the first: a.txt" in ran.err
    assert "commit what is yours" in ran.err
    assert ((tree / "z.txt").read_text(), (tree / "a.txt").read_text()) == ("an agent's\n", "an agent's\n")
    assert moved_base


def test_git_that_outlives_a_killed_sync_is_waited_for(work: Work, tree: Path, moved_base: str) -> None:
    killed_in_the_move(work, tree, "paddock")
    ran = sync(work, code=1)
    assert f"another sync is at work in {tree}" in ran.err
    (work.path.parent / "gate").write_text("go on\n")
    work.git("config", "filter.slow.smudge", "cat")
    while "another sync is at work" in (ran := paddock("worktree", "sync", cwd=work.path)).err:
        time.sleep(0.01)
    assert ran.out == f"a1: finished what a killed run had begun   {tree}\n"
    assert (git(tree, "rev-parse", "HEAD~1"), git(tree, "status", "--porcelain")) == (moved_base, "")
