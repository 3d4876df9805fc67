"""`paddock worktree list` and `remove`: real worktrees in every state, and no work that goes with one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from paddock.worktrees import view
from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Work


def git(folder: Path, *args: str, code: int = 0) -> str:
    ran = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=False, text=True)
    assert ran.returncode == code, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def tree(work: Work, tmp_path: Path) -> Path:
    """The worktree of agent a1, on a branch with one commit."""
    work.commit("base", {"a.txt": "one\n", ".gitignore": "*.log\n"})
    path = tmp_path / "the tree"
    work.git("worktree", "add", "-q", "-b", "a1/01a-x", str(path))
    work.git("config", "extensions.worktreeConfig", "true")
    git(path, "config", "--worktree", "paddock.agent", "a1")
    git(path, "commit", "-q", "--allow-empty", "-m", "work")
    return path


def rows(work: Work) -> list[dict[str, Any]]:
    ran = paddock("worktree", "list", "--format", "json", cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    report = json.loads(ran.out)
    assert report["version"] == 1
    found: list[dict[str, Any]] = report["worktrees"]
    return found


def test_from_a_worktree_that_the_fence_was_in_all_looks_the_same(work: Work, tree: Path) -> None:
    before = rows(work)
    common = work.path / ".git"
    view.make(str(common / "worktrees" / "the-tree"), str(common))
    assert "paddock-common" in git(tree, "worktree", "list")
    ran = paddock("worktree", "list", "--format", "json", cwd=tree)
    assert json.loads(ran.out)["worktrees"] == before == rows(work)
    ran = paddock("worktree", "sync", cwd=tree)
    assert (ran.code, ran.out, ran.err) == (0, f"a1: up to date   {tree}\n", "")


def test_the_table(work: Work, tree: Path) -> None:
    work.commit("main moves on")
    (tree / "new.txt").write_text("x")
    (tree / "a.txt").write_text("two\n")
    paddock("status", "say", "half way\nmore", cwd=tree)
    ran = paddock("worktree", "list", cwd=tree)
    cells = [[cell for cell in line.split("  ") if cell] for line in ran.out.splitlines()]
    assert [[cell.strip() for cell in line] for line in cells] == [
        ["agent", "branch", "base", "changes", "last word", "path"],
        ["(main)", "main", "=", "clean", str(work.path)],
        ["a1", "a1/01a-x", "+1 -1", "1 changed, 1 new", "half way", str(tree)],
    ]


def test_the_row_whole(work: Work, tree: Path) -> None:
    main, other = rows(work)
    assert (main["main"], main["agent"], main["path"]) == (True, None, str(work.path))
    assert other == {
        "path": str(tree),
        "git_dir": str(work.path / ".git/worktrees/the-tree"),
        "main": False,
        "agent": "a1",
        "branch": "a1/01a-x",
        "head": git(tree, "rev-parse", "HEAD"),
        "ahead": 1,
        "behind": 0,
        "changed": 0,
        "untracked": 0,
        "missing": False,
        "locked": False,
        "underway": None,
        "unreadable": None,
        "word": None,
    }


def test_without_a_base_the_distance_is_not_known(work: Work, tree: Path) -> None:
    work.write(".paddock.yaml", "base: trunk\ngates: {dco: {}}\n")
    assert [(row["ahead"], row["behind"]) for row in rows(work)] == [(None, None)] * 2
    work.write(".paddock.yaml", "nonsense: [\n")
    assert [row["path"] for row in rows(work)] == [str(work.path), str(tree)]


def test_a_worktree_whose_folder_is_gone(work: Work, tree: Path) -> None:
    shutil.rmtree(tree)
    assert [row["missing"] for row in rows(work)] == [False, True]
    assert "missing: git worktree prune" in paddock("worktree", "list", cwd=work.path).out


def test_a_worktree_that_git_cannot_read_hides_no_other_and_is_not_taken_away(work: Work, tree: Path) -> None:
    index = work.path / ".git/worktrees/the-tree/index"
    whole = index.read_bytes()
    index.write_bytes(b"nonsense")
    main, other = rows(work)
    assert (main["unreadable"], "index" in str(other["unreadable"])) == (None, True)
    assert "unreadable: git status tells why" in paddock("worktree", "list", cwd=work.path).out
    ran = paddock("worktree", "remove", "a1", cwd=work.path)
    assert (ran.code, "can't be read" in ran.err, tree.exists()) == (2, True, True), ran.err
    ran = paddock("worktree", "sync", cwd=work.path)
    assert (ran.code, "left as it was" in ran.out + ran.err) == (1, True), (ran.out, ran.err)
    index.write_bytes(whole)
    assert [row["unreadable"] for row in rows(work)] == [None, None]


def test_an_odd_path(work: Work, tmp_path: Path) -> None:
    work.git("worktree", "add", "-q", "-b", "odd", str(tmp_path / "a\n\x1b[2J"))
    out = paddock("worktree", "list", cwd=work.path).out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3
    assert rows(work)[1]["path"] == str(tmp_path / "a\n\x1b[2J")


def test_a_clean_worktree_is_taken_away_and_its_branch_stays(work: Work, tree: Path) -> None:
    tip = git(tree, "rev-parse", "HEAD")
    (tree / "build.log").write_text("ignored")
    ran = paddock("worktree", "remove", "a1", "--dry-run", cwd=work.path)
    assert (ran.code, ran.out) == (0, f"{tree}: would be removed; a1/01a-x stays\n")
    assert tree.exists()
    ran = paddock("worktree", "remove", str(tree), cwd=work.path)
    assert (ran.code, ran.out) == (0, f"{tree}: removed; a1/01a-x stays\n")
    assert (tree.exists(), work.git("rev-parse", "a1/01a-x")) == (False, tip)


def a_changed_file(tree: Path) -> str:
    (tree / "a.txt").write_text("mine\n")
    return "has 1 changed and 0 new files"


def a_new_file(tree: Path) -> str:
    (tree / "sub").mkdir()
    (tree / "sub" / "mine.txt").write_text("mine\n")
    return "has 0 changed and 1 new files"


def a_staged_file(tree: Path) -> str:
    (tree / "b.txt").write_text("mine\n")
    git(tree, "add", "b.txt")
    return "has 1 changed and 0 new files"


def a_commit_of_no_branch(tree: Path) -> str:
    git(tree, "switch", "-q", "--detach")
    git(tree, "commit", "-q", "--allow-empty", "-m", "mine")
    return f"stands on {git(tree, 'rev-parse', 'HEAD')[:12]}, which no branch has"


def a_rebase(tree: Path) -> str:
    git(tree, "-c", "sequence.editor=echo break >", "rebase", "-q", "-i", "HEAD~1")
    assert os.path.isdir(git(tree, "rev-parse", "--git-path", "rebase-merge"))
    return "is in the middle of a rebase"


def a_bisect(tree: Path) -> str:
    git(tree, "bisect", "start")
    return "is in the middle of a bisect"


def a_lock(tree: Path) -> str:
    git(tree, "worktree", "lock", str(tree))
    return "is locked"


KEPT: dict[str, Callable[[Path], str]] = {
    "a changed file": a_changed_file,
    "a new file": a_new_file,
    "a staged file": a_staged_file,
    "a commit of no branch": a_commit_of_no_branch,
    "a rebase": a_rebase,
    "a bisect": a_bisect,
    "a lock": a_lock,
}


@pytest.mark.parametrize("act", KEPT.values(), ids=KEPT)
def test_no_work_goes_with_a_worktree(act: Callable[[Path], str], work: Work, tree: Path) -> None:
    said = act(tree)
    for arguments in (("--dry-run",), ()):
        ran = paddock("worktree", "remove", "a1", *arguments, cwd=work.path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.splitlines()[0] == f"paddock: {tree} {said}"
        assert tree.exists()
    # The hint is the command after which it goes.
    hint = ran.err.splitlines()[1].strip().removeprefix("save them: ")
    subprocess.run(["sh", "-c", hint], cwd=work.path, check=True, capture_output=True)
    assert paddock("worktree", "remove", "a1", cwd=work.path).code == 0


def test_what_is_no_agents_worktree(work: Work, tree: Path) -> None:
    for name, said in (
        ("a9", "no worktree is of `a9`, or at such a path"),
        (str(work.path), f"{work.path} is the main"),
    ):
        ran = paddock("worktree", "remove", name, cwd=work.path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"paddock: {said}")
    assert tree.exists()


def test_nobody_takes_away_what_they_stand_in(work: Work, tree: Path) -> None:
    (tree / "sub").mkdir()
    for folder in (tree, tree / "sub"):
        for arguments in ((), ("--force",)):
            ran = paddock("worktree", "remove", "a1", *arguments, cwd=folder)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err.startswith(f"paddock: you stand in {tree}, which would go")
    assert (tree.is_dir(), len(rows(work))) == (True, 2)
