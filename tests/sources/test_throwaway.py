"""A checkout for the moment: it is the commit, nothing of the user's is touched, and nothing stays."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paddock.errors import GitError
from paddock.sources.git import Repository, open_repository
from paddock.sources.throwaway import prune, throwaway

if TYPE_CHECKING:
    from conftest import Work

# Holds a checkout until it is killed, and says where it is.
HOLD = """
import sys, time
from paddock.sources.git import open_repository
from paddock.sources.throwaway import throwaway
repository = open_repository(sys.argv[1])
with throwaway(repository, sys.argv[2]) as checkout:
    print(checkout.top, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, so that whatever stays behind is seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def left(work: Work, temporary: Path) -> list[str]:
    """All that a checkout could leave behind."""
    listed = [line for line in work.git("worktree", "list").splitlines() if "throwaway" in line]
    records = [path.name for path in (work.path / ".git").rglob("paddock-throwaway-*")]
    return listed + records + sorted(path.name for path in temporary.iterdir())


def held(work: Work, where: Path | None = None) -> tuple[subprocess.Popen[str], Path]:
    head = work.git("rev-parse", "HEAD")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(where or work.path), head], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().rstrip("\n"))


def unwritable(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """As inside the fence: the git directory that all share can be read only. Root may write whatever its mode says."""
    really = os.makedirs

    def makedirs(path: str, *args: object, **options: object) -> None:
        if path.startswith(f"{repository.common_dir}/paddock"):
            raise PermissionError(13, "Permission denied", path)
        really(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "makedirs", makedirs)


def test_it_is_the_commit_and_not_what_lies_in_the_checkout(work: Work, temporary: Path) -> None:
    head = work.commit("more", {"a.py": "one\n", "folder/b.sh": "two\n"})
    work.write("a.py", "dirty\n")
    work.write("new.py", "untracked\n")
    before = work.git("status", "--porcelain")
    with throwaway(open_repository(str(work.path)), head) as checkout:
        top = Path(str(checkout.top))
        assert (top / "a.py").read_text() == "one\n"
        assert not (top / "new.py").exists()
        assert checkout.resolve("HEAD") == head
        assert checkout.run("status", "--porcelain") == b""
        assert checkout.branch() is None
        assert stat.S_IMODE(top.stat().st_mode) == 0o700
        (top / "left.txt").write_text("x")
    assert not top.exists()
    assert left(work, temporary) == []
    assert work.git("status", "--porcelain") == before


def test_a_tree_is_checked_out_as_well(work: Work, temporary: Path) -> None:
    tree = work.git("rev-parse", "HEAD^{tree}")
    with throwaway(open_repository(str(work.path)), tree) as checkout:
        assert checkout.run("rev-parse", "HEAD^{tree}").decode().strip() == tree
        assert (Path(str(checkout.top)) / "README.md").read_text() == "start\n"
    assert left(work, temporary) == []


def test_a_bare_repository_has_one_too(work: Work, temporary: Path, tmp_path: Path) -> None:
    work.git("clone", "--quiet", "--bare", str(work.path), str(tmp_path / "bare.git"))
    with throwaway(open_repository(str(tmp_path / "bare.git")), work.git("rev-parse", "HEAD")) as checkout:
        assert (Path(str(checkout.top)) / "README.md").exists()
    assert sorted(temporary.iterdir()) == []


def test_it_is_made_from_a_linked_worktree_in_a_hook_with_its_variables(
    work: Work, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    git_dir = work.path / ".git" / "worktrees" / "linked"
    monkeypatch.setenv("GIT_DIR", str(git_dir))
    monkeypatch.setenv("GIT_INDEX_FILE", str(git_dir / "index"))
    index = (git_dir / "index").read_bytes()
    repository = open_repository(str(tmp_path / "linked"))
    with throwaway(repository, str(repository.head())) as checkout:
        assert checkout.run("status", "--porcelain") == b""
    assert (git_dir / "index").read_bytes() == index
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert left(work, temporary) == []


def test_no_hook_runs(work: Work, tmp_path: Path) -> None:
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        hook = work.path / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        hook.chmod(0o755)
    with throwaway(open_repository(str(work.path)), work.git("rev-parse", "HEAD")):
        pass
    assert not (tmp_path / "ran").exists()


def test_an_error_inside_takes_it_away(work: Work, temporary: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        throwaway(open_repository(str(work.path)), work.git("rev-parse", "HEAD")),
    ):
        raise ZeroDivisionError
    assert left(work, temporary) == []


def test_what_is_read_only_is_taken_away(work: Work, temporary: Path) -> None:
    with throwaway(open_repository(str(work.path)), work.git("rev-parse", "HEAD")) as checkout:
        cache = Path(str(checkout.top)) / "modules" / "one"
        cache.mkdir(parents=True)
        (cache / "file").write_text("x")
        cache.chmod(0o500)
        cache.parent.chmod(0o500)
    assert left(work, temporary) == []


def test_no_such_commit_is_an_error_and_leaves_nothing(work: Work, temporary: Path) -> None:
    with pytest.raises(GitError, match="cat-file"), throwaway(open_repository(str(work.path)), "1" * 40):
        pass
    assert left(work, temporary) == []


def test_where_the_shared_git_directory_can_not_be_written_it_is_a_repository_over_its_objects(
    work: Work, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    work.git("tag", "v1")
    repository = open_repository(str(tmp_path / "linked"))
    unwritable(repository, monkeypatch)
    head = str(repository.head())
    with throwaway(repository, head) as checkout:
        assert checkout.common_dir != repository.common_dir
        assert checkout.resolve("HEAD") == head == checkout.resolve("v1") == checkout.resolve("topic")
        assert checkout.run("status", "--porcelain") == b""
        assert "throwaway" not in work.git("worktree", "list")
    assert left(work, temporary) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_nothing(number: signal.Signals, work: Work, temporary: Path) -> None:
    process, top = held(work)
    assert top.is_dir()
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 128 + number
    assert left(work, temporary) == []


def test_what_a_killed_run_left_goes_with_the_next_and_what_lives_stays(work: Work, temporary: Path) -> None:
    living, stays = held(work)
    killed, goes = held(work)
    killed.kill()
    killed.communicate()
    assert goes.is_dir()
    with throwaway(open_repository(str(work.path)), work.git("rev-parse", "HEAD")):
        assert not goes.exists()
        assert stays.is_dir()
    assert goes.name not in work.git("worktree", "list")
    living.terminate()
    living.communicate()
    assert left(work, temporary) == []


def test_a_record_deletes_no_other_folder(work: Work, tmp_path: Path) -> None:
    name = "paddock-throwaway-1-0123456789abcdef"
    records = work.path / ".git" / "paddock" / "throwaway"
    records.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (records / name).write_text(str(precious))
    prune(open_repository(str(work.path)))
    assert (precious / "file").exists()
    link = tmp_path / name
    link.symlink_to(precious)
    (records / name).write_text(str(link))
    prune(open_repository(str(work.path)))
    assert (precious / "file").exists()
