from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from paddock.errors import FactMissingError
from paddock.sources.git import open_repository
from paddock.sources.staged import StagedSource
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def staged(work: Work, cwd: Path | None = None) -> StagedSource:
    return StagedSource(open_repository(str(cwd or work.path)), base="main")


def figures(source: StagedSource) -> dict[str, tuple[int, int]]:
    return {file.path: (file.added, file.deleted) for file in source.files()}


def test_what_the_branch_will_be(work: Work) -> None:
    work.branch("topic")
    work.commit("first", {"a.go": lines(10)})
    work.write("b.go", lines(5))
    work.git("add", "--all")
    work.write("c.go", lines(90))
    work.write("b.go", lines(70))
    source = staged(work)
    assert figures(source) == {"a.go": (10, 0), "b.go": (5, 0)}
    assert (source.branch(), source.base(), source.head()) == ("topic", "main", None)
    assert source.merge_base() == work.git("rev-parse", "main")
    with pytest.raises(FactMissingError, match="the commit does not exist before it is made"):
        source.commits()


def test_an_unborn_branch(empty: Work) -> None:
    empty.write("a.go", lines(4))
    empty.git("add", "--all")
    source = staged(empty)
    assert (figures(source), source.merge_base(), source.branch()) == ({"a.go": (4, 0)}, EMPTY_TREE, "main")


def test_an_empty_repository(empty: Work) -> None:
    assert figures(staged(empty)) == {}


def test_a_merge_in_progress(work: Work) -> None:
    work.branch("topic")
    work.commit("own", {"own.go": lines(5)})
    work.git("checkout", "-q", "main")
    work.commit("theirs", {"theirs.go": lines(900)})
    work.git("checkout", "-q", "topic")
    work.git("merge", "-q", "--no-commit", "--no-ff", "main")
    source = staged(work)
    assert (figures(source), source.merge_base()) == ({"own.go": (5, 0)}, work.git("rev-parse", "main"))


def test_a_conflict(work: Work) -> None:
    work.branch("topic")
    work.commit("own", {"README.md": "own\n", "x.go": lines(3)})
    work.git("checkout", "-q", "main")
    work.commit("theirs", {"README.md": "theirs\n"})
    work.git("checkout", "-q", "topic")
    subprocess.run(["git", "merge", "-q", "main"], cwd=work.path, check=False, capture_output=True)
    assert figures(staged(work)) == {"x.go": (3, 0)}


def test_during_a_rebase(work: Work) -> None:
    work.branch("topic")
    work.commit("one", {"one.go": lines(2)})
    work.commit("two", {"two.go": lines(3)})
    work.git("checkout", "-q", "main")
    work.commit("theirs", {"theirs.go": lines(900)})
    work.git("checkout", "-q", "topic")
    subprocess.run(["git", "rebase", "-q", "-x", "false", "main"], cwd=work.path, check=False, capture_output=True)
    source = staged(work)
    assert (source.branch(), figures(source)) == ("topic", {"one.go": (2, 0)})


@pytest.mark.parametrize(
    "setting",
    [
        ("update-index", "--split-index"),
        ("sparse-checkout", "set", "--cone", "--sparse-index", "kept"),
        ("update-index", "--untracked-cache"),
        ("update-index", "--index-version=4"),
    ],
    ids=lambda words: words[-1] if words[0] == "update-index" else words[0],
)
def test_kinds_of_index(work: Work, setting: tuple[str, ...]) -> None:
    work.commit("base", {"kept/a.go": lines(3), "dropped/b.go": lines(4), "dropped/deep/c.go": lines(5)})
    work.branch("topic")
    work.git(*setting)
    work.write("kept/a.go", lines(5))
    work.write("kept/new.go", lines(2))
    work.git("add", "--all")
    assert figures(staged(work)) == {"kept/a.go": (2, 0), "kept/new.go": (2, 0)}


def test_intent_to_add_is_not_staged(work: Work) -> None:
    work.branch("topic")
    work.write("later.go", lines(9))
    work.git("add", "--intent-to-add", "later.go")
    assert figures(staged(work)) == {}


def test_assumed_unchanged_files_count_as_staged(work: Work) -> None:
    work.branch("topic")
    work.write("a.go", lines(9))
    work.git("add", "--all")
    work.git("update-index", "--assume-unchanged", "a.go")
    work.write("a.go", lines(500))
    assert figures(staged(work)) == {"a.go": (9, 0)}


# Under a real hook of git's.


def hook(work: Work, name: str = "pre-commit", command: str = "check --staged --format json") -> Path:
    """Have git call paddock; where its answer is written."""
    answer = work.path.parent / "answer.json"
    common = work.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    script = f'#!/bin/sh\nexec "{sys.executable}" -m paddock {command} >"{answer}"\n'
    os.makedirs(f"{common}/hooks", exist_ok=True)
    with open(f"{common}/hooks/{name}", "w", encoding="utf-8") as file:
        file.write(script)
    os.chmod(f"{common}/hooks/{name}", 0o700)
    return answer


def sizes(answer: Path) -> dict[str, Any]:
    report = json.loads(answer.read_text())
    facts: dict[str, Any] = next(gate["facts"] for gate in report["gates"] if gate["gate"] == "pr-size")
    return {key: facts[key] for key in ("counted", "files")}


@pytest.fixture
def ready(work: Work) -> Work:
    work.write(".paddock.yaml", "version: 1\ngates:\n  pr-size: {}\n")
    work.commit("base", {"a.go": lines(1), "b.go": lines(1), "sub/c.go": lines(1)})
    work.branch("topic")
    for path, count in (("a.go", 11), ("b.go", 101), ("sub/c.go", 1001)):
        work.write(path, lines(count))
    return work


@pytest.mark.parametrize(
    ("cwd", "arguments", "counted", "files"),
    [
        (".", ("-a",), 1110, 3),
        (".", ("a.go",), 10, 1),
        (".", ("--only", "b.go"), 100, 1),
        (".", ("--include", "a.go"), 1010, 2),
        ("sub", ("c.go",), 1000, 1),
        ("sub", ("-a",), 1110, 3),
        (".", (), 1000, 1),
        (".", ("--amend",), 1000, 1),
        (".", ("--allow-empty",), 1000, 1),
    ],
    ids=lambda value: " ".join(value) or "plain" if isinstance(value, tuple) else str(value),
)
@pytest.mark.parametrize("place", ["main-checkout", "linked-worktree"])
def test_commits_of_every_kind(  # noqa: PLR0917 - the table's columns
    ready: Work, place: str, cwd: str, arguments: tuple[str, ...], counted: int, files: int
) -> None:
    answer = hook(ready)
    top = ready.path
    if place == "linked-worktree":
        top = ready.path.parent / "linked"
        ready.git("stash", "-q")
        ready.git("checkout", "-q", "main")
        ready.git("worktree", "add", "-q", "../linked", "topic")
        ready.git("-C", str(top), "stash", "pop", "-q")
    here = ("-C", str(top / cwd))
    ready.git(*here, "add", "--", str(top / "sub/c.go"))
    before = ready.git("-C", str(top), "ls-files")
    ready.git(*here, "commit", "-q", "-m", "x", *arguments)
    assert sizes(answer) == {"counted": counted, "files": files}
    assert ready.git("-C", str(top), "ls-files") == before


def test_a_temporary_index_of_ones_own(ready: Work, tmp_path: Path) -> None:
    answer = hook(ready)
    own = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    ready.git("read-tree", "HEAD", env=own)
    ready.git("add", "b.go", env=own)
    ready.git("commit", "-q", "-m", "x", env=own)
    assert sizes(answer) == {"counted": 100, "files": 1}


def test_dotfiles(tmp_path: Path) -> None:
    """`git --git-dir=… --work-tree=…`: the work tree has no `.git`."""
    home = tmp_path / "home dir"
    home.mkdir()
    bare = Work(tmp_path / "dot")
    bare.commit("start", {".paddock.yaml": "version: 1\ngates:\n  pr-size: {}\n"})
    bare.branch("topic")
    answer = hook(bare)
    (home / ".paddock.yaml").write_text("version: 1\ngates:\n  pr-size: {}\n")
    (home / "x.go").write_text(lines(7))
    for arguments in (("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run(["git", "--git-dir=../dot/.git", "--work-tree=.", *arguments], cwd=home, check=True)
    assert sizes(answer) == {"counted": 7, "files": 1}


def test_a_commit_in_a_submodule(work: Work, tmp_path: Path) -> None:
    inner = Work(tmp_path / "inner")
    inner.commit("start", {".paddock.yaml": "version: 1\ngates:\n  pr-size: {}\n"})
    work.git("submodule", "--quiet", "add", "../inner", "sub")
    work.commit("add it")
    sub = Work(work.path / "sub")
    sub.git("checkout", "-q", "-b", "topic")
    git_dir = sub.git("rev-parse", "--absolute-git-dir")
    answer = tmp_path / "answer.json"
    os.makedirs(f"{git_dir}/hooks", exist_ok=True)
    with open(f"{git_dir}/hooks/pre-commit", "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec "{sys.executable}" -m paddock check --staged --format json >"{answer}"\n')
    os.chmod(f"{git_dir}/hooks/pre-commit", 0o700)
    sub.write("x.go", lines(6))
    sub.git("add", "--all")
    sub.git("commit", "-q", "-m", "x")
    assert sizes(answer) == {"counted": 6, "files": 1}


def test_a_base_that_is_missing_does_not_stop_a_commit(ready: Work) -> None:
    ready.git("branch", "-m", "main", "trunk")
    ran = paddock("check", "--staged", "--gate", "pr-size", "--format", "json", cwd=ready.path)
    assert ran.code == 0
    (gate,) = json.loads(ran.out)["gates"]
    assert (gate["outcome"], gate["reason"]) == ("skipped", "the base `main` is not in this clone")


def test_a_bare_repository_has_no_index(work: Work, tmp_path: Path) -> None:
    work.git("clone", "-q", "--bare", ".", "../bare")
    ran = paddock("check", "--staged", cwd=tmp_path / "bare")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "paddock: a bare repository has no index to judge")
