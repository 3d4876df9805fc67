"""`paddock worktree remove`: with force, against races, and killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from paddock.errors import UsageError
from paddock.sources.git import open_repository
from paddock.worktrees import listing, removal
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

ASIDE = ".the tree.paddock-removed"


@pytest.fixture
def tree(work: Work) -> Path:
    """The worktree of agent a1, on a branch with one commit."""
    path = work.path.parent / "the tree"
    work.commit("base", {"a.txt": "one\n", ".gitignore": "*.log\n"})
    work.git("worktree", "add", "-q", "-b", "a1/01a-x", str(path))
    work.git("config", "extensions.worktreeConfig", "true")
    for args in (("config", "--worktree", "paddock.agent", "a1"), ("commit", "-q", "--allow-empty", "-m", "work")):
        work.git("-C", str(path), *args)
    return path


def test_force_names_what_goes_and_takes_it(work: Work, tree: Path) -> None:
    (tree / "new.txt").write_text("x")
    (tree / "a.txt").write_text("x")
    work.git("worktree", "lock", str(tree))
    lost = [f"{tree} is locked", f"{tree} has 1 changed and 1 new files"]
    ran = paddock("worktree", "remove", "a1", "--force", "--dry-run", cwd=work.path)
    assert (ran.err.splitlines(), tree.exists()) == ([f"would be lost: {one}" for one in lost], True)
    ran = paddock("worktree", "remove", "a1", "--force", cwd=work.path)
    assert ran.err.splitlines() == [f"lost: {one}" for one in lost]
    assert ran.out == f"{tree}: removed; a1/01a-x stays\n"
    assert not tree.exists()
    assert work.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert work.git("log", "-1", "--format=%s", "a1/01a-x") == "work"


def test_commits_that_were_not_pushed_stay_and_are_told(work: Work, tree: Path) -> None:
    work.git("init", "-q", "--bare", str(work.path.parent / "hub"))
    work.git("remote", "add", "origin", str(work.path.parent / "hub"))
    work.git("push", "-q", "origin", "main")
    ran = paddock("worktree", "remove", "a1", cwd=work.path)
    assert ran.out == f"{tree}: removed; a1/01a-x stays, 1 of its commits not pushed\n"


def test_stashes_stay(work: Work, tree: Path) -> None:
    (tree / "a.txt").write_text("stashed\n")
    work.git("-C", str(tree), "stash")
    assert paddock("worktree", "remove", "a1", cwd=work.path).code == 0
    assert "stashed" in work.git("stash", "show", "--patch")


def test_a_folder_that_may_not_be_written_to(work: Work, tree: Path) -> None:
    (tree / "cache.log").mkdir()
    (tree / "cache.log" / "file").write_text("x")
    (tree / "cache.log").chmod(0o500)
    ran = paddock("worktree", "remove", "a1", cwd=work.path, bound_by_modes=True)
    assert (ran.code, tree.exists(), (tree.parent / ASIDE).exists()) == (0, False, False)


def test_links_are_not_followed(work: Work, tree: Path) -> None:
    outside = tree.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (tree / "link.log").symlink_to(outside)
    assert paddock("worktree", "remove", "a1", cwd=work.path).code == 0
    assert (outside / "kept").read_text() == "x"


def test_what_is_written_in_between_is_kept(work: Work, tree: Path) -> None:
    repository = open_repository(str(work.path))
    row = listing.find(listing.listed(repository, None), "a1")
    work.git("-C", str(tree), "status")
    late = tree / "late.txt"
    found = list(removal.losses(repository, row))
    late.write_text("just now")
    assert found == []
    with pytest.raises(UsageError, match="1 files that were written just now"):
        removal.remove(repository, row)
    assert late.read_text() == "just now"
    assert work.git("-C", str(tree), "status", "--porcelain") == "?? late.txt"


@pytest.mark.parametrize("again", [("remove", "a1"), ("remove", "the tree")], ids=["by agent", "by path"])
def test_a_removal_that_was_killed_is_finished(again: tuple[str, str], work: Work, tree: Path) -> None:
    """Killed while the folder is deleted: a folder of very many files takes long enough."""
    for number in range(40):
        (tree / f"{number}.log").mkdir()
        for name in range(500):
            os.link(tree / "a.txt", tree / f"{number}.log" / str(name))
    process = subprocess.Popen(
        [sys.executable, "-m", "paddock", "worktree", "remove", "a1"], cwd=work.path, start_new_session=True
    )
    aside = tree.parent / ASIDE
    while not aside.exists():
        assert process.poll() is None
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (aside.exists(), tree.exists()) == (True, False)
    ran = paddock("worktree", again[0], again[1] if again[1] == "a1" else str(tree), cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    assert not aside.exists()
    assert work.git("worktree", "list", "--porcelain").count("worktree ") == 1


def test_a_note_that_names_another_folder_is_not_believed(work: Work, tree: Path) -> None:
    other = tree.parent / "other"
    other.mkdir()
    (work.path / ".git/worktrees/the-tree/paddock-removing").write_text(str(other))
    tree.rename(tree.parent / "moved")
    assert paddock("worktree", "remove", str(tree), cwd=work.path).code == 0
    assert other.is_dir()
