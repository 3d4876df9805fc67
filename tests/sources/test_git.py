from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock.errors import FactUnreadableError, GitError, UsageError
from paddock.model import Person
from paddock.sources.calling import MINIMUM_GIT, call
from paddock.sources.git import Repository, open_repository
from paddock.sources.history import base_candidates, merge_base
from paddock.sources.objects import blobs

if TYPE_CHECKING:
    from pathlib import Path

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def at(repository: Repository) -> tuple[str, str, str | None]:
    return repository.git_dir, repository.common_dir, repository.top


def real(path: Path) -> str:
    return os.path.realpath(path)


@pytest.mark.parametrize(
    "name",
    [b"plain", b"with space", b"line\nbreak", b"tab\tquote\"'", b"latin-\xe9", b"-dash", b'back\\slash;#"'],
    ids=["plain", "space", "newline", "tab-quote", "not-utf8", "dash", "config-syntax"],
)
def test_a_repository_of_any_name(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    made = Work(tmp_path / "made")
    made.commit("start", {"sub/a.txt": "a\n"})
    os.rename(made.path, path)
    top = os.path.realpath(os.fsdecode(path))
    for cwd in (top, f"{top}/sub"):
        assert at(open_repository(cwd)) == (f"{top}/.git", f"{top}/.git", top)
    head = open_repository(top).head()
    assert head is not None
    assert open_repository(top).run("diff-tree", "-r", "--name-only", EMPTY_TREE, head, isolated=True) == b"sub/a.txt\n"


def test_a_linked_worktree(work: Work, tmp_path: Path) -> None:
    work.git("worktree", "add", "-q", "-b", "topic", "../linked")
    linked = real(tmp_path / "linked")
    assert at(open_repository(linked)) == (
        f"{real(work.path)}/.git/worktrees/linked",
        f"{real(work.path)}/.git",
        linked,
    )
    assert open_repository(linked).branch() == "topic"


@pytest.mark.parametrize("inside", [".", "refs"])
def test_a_bare_repository(work: Work, tmp_path: Path, inside: str) -> None:
    work.git("clone", "-q", "--bare", ".", "../bare.git")
    bare = real(tmp_path / "bare.git")
    found = open_repository(f"{bare}/{inside}")
    assert at(found) == (bare, bare, None)
    assert (found.branch(), found.head()) == ("main", work.git("rev-parse", "HEAD"))


def test_inside_the_git_directory(work: Work) -> None:
    git_dir = f"{real(work.path)}/.git"
    assert at(open_repository(f"{git_dir}/objects")) == (git_dir, git_dir, None)


def test_inside_a_submodule(work: Work, tmp_path: Path) -> None:
    inner = Work(tmp_path / "inner")
    inner.commit("inner", {"a.go": lines(3)})
    work.git("submodule", "--quiet", "add", "../inner", "sub module")
    work.commit("add it")
    top = real(work.path)
    git_dir = f"{top}/.git/modules/sub module"
    found = open_repository(f"{top}/sub module")
    assert at(found) == (git_dir, git_dir, f"{top}/sub module")
    head = found.head()
    assert head is not None
    # Its configuration names a work tree, which the isolated repository must not take for its own.
    assert found.run("diff-tree", "-r", "--name-only", EMPTY_TREE, head, isolated=True) == b"a.go\n"


def test_a_work_tree_without_a_git_of_its_own(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "dotfiles"
    home.mkdir()
    monkeypatch.setenv("GIT_DIR", str(work.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(home))
    git_dir = f"{real(work.path)}/.git"
    assert at(open_repository(str(home))) == (git_dir, git_dir, real(home))


def test_what_another_repository_left_in_the_environment(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Work(tmp_path / "other")
    other.commit("other", {"theirs.go": lines(9)})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_COMMON_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / ".git/objects"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    monkeypatch.setenv("GIT_NAMESPACE", "theirs")
    found = open_repository(str(work.path))
    assert found.top == real(work.path)
    assert found.run("ls-files") == b"README.md\n"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (".git/index", True),
        (".git/next-index-1.lock", True),
        ("../elsewhere/index", True),
        ("../other/.git/index", False),
        (".git/worktrees/linked/index", False),
        (".git/none", False),
    ],
)
def test_which_index_is_ours(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, ours: bool
) -> None:
    other = Work(tmp_path / "other")
    other.commit("other")
    work.git("worktree", "add", "-q", "-b", "topic", "../linked")
    (tmp_path / "elsewhere").mkdir()
    for copy in (".git/next-index-1.lock", "../elsewhere/index"):
        shutil.copy(work.path / ".git/index", work.path / copy)
    monkeypatch.setenv("GIT_INDEX_FILE", name)
    index = open_repository(str(work.path)).env.get("GIT_INDEX_FILE")
    assert (index is not None and os.path.samefile(index, work.path / name)) is ours


@pytest.mark.parametrize("folder", ["plain", "missing"])
def test_no_repository(tmp_path: Path, folder: str) -> None:
    (tmp_path / "plain").mkdir()
    message = {
        "plain": "not a git repository, nor is any folder above it",
        "missing": f"no such folder: {tmp_path}/missing",
    }[folder]
    with pytest.raises(UsageError) as caught:
        open_repository(str(tmp_path / folder))
    assert caught.value.message == message


def test_no_git(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitError) as caught:
        open_repository(str(work.path))
    assert (caught.value.message, caught.value.hint) == (
        "git was not found on PATH",
        f"install git {MINIMUM_GIT[0]}.{MINIMUM_GIT[1]} or newer",
    )


def test_git_that_may_not_be_run(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git may not be run: permission denied"):
        open_repository(str(work.path))


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "^HEAD",
        "^main",
        "main..topic",
        "nowhere",
        "@{u}",
        "HEAD@{99}",
        "HEAD~9",
        "HEAD:README.md",
        "HEAD^{tree}",
        ":/nothing says this",
        "--output=written",
        "--all",
        "-x",
        "HEAD;touch written",
        "$(touch written)",
        "HEAD\0",
        "HEAD\nHEAD",
        "\udcff",
        "0" * 40,
    ],
)
def test_what_names_no_commit(work: Work, revision: str) -> None:
    assert open_repository(str(work.path)).resolve(revision) is None
    assert sorted(os.listdir(work.path)) == [".git", "README.md"]


@pytest.mark.parametrize("name", ["-x", "--upload-pack=touch written", "--output=written", "-", "topic;rm"])
def test_a_branch_named_like_an_option(work: Work, name: str) -> None:
    head = work.git("rev-parse", "HEAD")
    ref = name.replace(" ", "_")
    work.git("update-ref", f"refs/heads/{ref}", head)
    repository = open_repository(str(work.path))
    assert (repository.resolve(ref), base_candidates(repository, ref)) == (head, (head,))
    assert sorted(os.listdir(work.path)) == [".git", "README.md"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("branch", "main"), ("unborn", "new"), ("detached", None), ("rebase", "topic"), ("detached-rebase", None)],
)
def test_the_branch(work: Work, state: str, expected: str | None) -> None:
    if state == "unborn":
        work.git("checkout", "-q", "--orphan", "new")
    elif state == "detached":
        work.git("checkout", "-q", "--detach")
    elif state.endswith("rebase"):
        work.branch("topic")
        work.commit("topic", {"a": "1\n"})
        if state.startswith("detached"):
            work.git("checkout", "-q", "--detach")
        subprocess.run(["git", "rebase", "-q", "--force-rebase", "--exec", "false", "main"], cwd=work.path, check=False)
    assert open_repository(str(work.path)).branch() == expected


def test_a_head_that_is_lost_is_no_unborn_branch(work: Work) -> None:
    head = work.git("rev-parse", "HEAD")
    os.unlink(work.path / ".git/objects" / head[:2] / head[2:])
    with pytest.raises(FactUnreadableError) as caught:
        open_repository(str(work.path)).head()
    assert caught.value.message == f"HEAD is {head}, and there is no such commit here"


def test_an_unborn_branch_has_no_head(empty: Work) -> None:
    assert open_repository(str(empty.path)).head() is None


# What a base's name means.


@pytest.mark.parametrize(
    ("refs", "name", "expected"),
    [
        (["heads/main"], "main", ["heads/main"]),
        (["remotes/origin/main"], "main", ["remotes/origin/main"]),
        (["heads/main", "remotes/origin/main"], "main", ["remotes/origin/main"]),
        (["heads/main", "remotes/fork/main"], "main", ["remotes/fork/main"]),
        (["remotes/origin/main", "remotes/fork/main"], "main", ["remotes/origin/main"]),
        (["remotes/origin/main", "remotes/upstream/main"], "main", ["remotes/origin/main", "remotes/upstream/main"]),
        (["remotes/fork/main", "remotes/up/main"], "main", ["remotes/fork/main", "remotes/up/main"]),
        (["heads/release/1"], "release", []),
        (["remotes/origin/release/1"], "release", []),
        (["remotes/origin/a/main"], "main", []),
        (["heads/main", "tags/main"], "main", ["heads/main"]),
        (["tags/v1"], "v1", ["tags/v1"]),
        (["remotes/origin/main"], "origin/main", ["remotes/origin/main"]),
        (["heads/x"], "refs/heads/x", ["heads/x"]),
        (["heads/main"], "ma*", []),
        (["heads/main"], "", []),
        (["heads/main"], "main\0", []),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value) or "none",
)
def test_base_candidates(empty: Work, refs: list[str], name: str, expected: list[str]) -> None:
    tree = empty.git("mktree", stdin=b"")
    made = {ref: empty.git("commit-tree", "-m", ref, tree) for ref in refs}
    for ref, sha in made.items():
        empty.git("update-ref", f"refs/{ref}", sha)
    empty.git("symbolic-ref", "HEAD", "refs/heads/nothing")
    assert base_candidates(open_repository(str(empty.path)), name) == tuple(made[ref] for ref in expected)


# Merge bases.


class Graph:
    """Commits by one-letter names, all with one tree."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tree = work.git("mktree", stdin=b"")
        self.named: dict[str, str] = {}
        self.second = 0

    def add(self, name: str, *parents: str) -> None:
        self.second += 1
        date = f"@{1_700_000_000 + self.second} +0000"
        arguments = [part for parent in parents for part in ("-p", self.named[parent])]
        self.named[name] = self.work.git(
            "commit-tree", "-m", name, *arguments, self.tree, env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        )


@pytest.mark.parametrize(
    ("graph", "bases", "heads", "expected"),
    [
        ("a b:a c:a", "b", "c", "a"),
        ("a b:a", "b", "b", "b"),
        ("a b:a c:b", "a b", "c", "b"),  # a stale local base beside a fresh remote one
        ("a b:a c:b", "b a", "c", "b"),
        ("a b:a c:b", "c", "a", "a"),
        ("a b:a c:a d:b,c e:a f:e,b,c", "d", "f", "cb"),  # an octopus
        ("a b:a c:a d:b,c e:c,b", "d", "e", "cb"),  # criss-cross
        ("a b:a c:b d:a", "c", "d c", "c"),  # a merge of the base in progress
    ],
    ids=["fork", "same", "stale-first", "stale-last", "behind", "octopus", "criss-cross", "merging"],
)
def test_merge_base(empty: Work, graph: str, bases: str, heads: str, expected: str) -> None:
    made = Graph(empty)
    for commit in graph.split():
        name, _, parents = commit.partition(":")
        made.add(name, *(parents.split(",") if parents else ()))
    found = merge_base(
        open_repository(str(empty.path)),
        [made.named[name] for name in bases.split()],
        [made.named[name] for name in heads.split()],
    )
    assert found in [made.named[name] for name in expected]
    if len(bases.split()) == len(heads.split()) == 1:
        assert found == empty.git("merge-base", made.named[bases], made.named[heads])


def test_no_merge_base(empty: Work) -> None:
    made = Graph(empty)
    made.add("a")
    made.add("b")
    with pytest.raises(FactUnreadableError) as caught:
        merge_base(open_repository(str(empty.path)), [made.named["a"]], [made.named["b"]])
    assert (
        caught.value.message == f"{made.named['b'][:12]} and the base {made.named['a'][:12]} have no commit in common"
    )


@pytest.mark.parametrize("how", ["graft", "replace"])
def test_history_is_what_was_committed(empty: Work, how: str) -> None:
    made = Graph(empty)
    for name, parents in (("a", ""), ("b", "a"), ("c", "b"), ("d", "a")):
        made.add(name, *parents)
    a, c, d = (made.named[name] for name in "acd")
    if how == "graft":
        empty.write(".git/info/grafts", f"{d} {c}\n")
    else:
        empty.git("replace", "--graft", d, c)
    repository = open_repository(str(empty.path))
    assert merge_base(repository, [c], [d]) == a
    assert repository.run("rev-list", d, "--not", c).decode().split() == [d]


def clone(work: Work, to: Path, *options: str) -> Work:
    work.git("clone", "-q", *options, f"file://{work.path}", str(to))
    return Work(to)


@pytest.mark.parametrize(("depth", "fine"), [(1, False), (2, False), (3, True), (9, True)])
def test_a_shallow_clone(work: Work, tmp_path: Path, depth: int, *, fine: bool) -> None:
    base = work.git("rev-parse", "HEAD")
    work.commit("on main")
    work.branch("topic", base)
    work.commit("one")
    work.commit("two")
    cut = clone(work, tmp_path / "cut", f"--depth={depth}", "--no-single-branch")
    repository = open_repository(str(cut.path))
    tips = base_candidates(repository, "main"), base_candidates(repository, "topic")
    if fine:
        assert merge_base(repository, *tips) == base
        return
    with pytest.raises(FactUnreadableError) as caught:
        merge_base(repository, *tips)
    assert (caught.value.message, caught.value.hint) == (
        "this clone is shallow and the merge base lies beyond its history",
        "git fetch --unshallow",
    )


def test_a_shallow_clone_that_hides_a_better_merge_base(work: Work, tmp_path: Path) -> None:
    """main takes topic's first commit in by a merge; cut there, the clone shows an older commit in common."""
    root = work.git("rev-parse", "HEAD")
    work.branch("topic")
    first = work.commit("first", {"a": "a\n"})
    work.commit("second", {"b": "b\n"})
    work.git("checkout", "-q", "main")
    work.commit("other", {"c": "c\n"})
    work.git("merge", "-q", "--no-edit", first)
    cut = clone(work, tmp_path / "cut", "--no-single-branch")
    merge = cut.git("rev-parse", "origin/main")
    # As `git fetch --depth` leaves it: the merge's parents are gone, the root is still there through topic.
    cut.write(".git/shallow", f"{merge}\n")
    assert cut.git("merge-base", "--all", "origin/topic", root) == root
    with pytest.raises(FactUnreadableError, match="this clone is shallow"):
        merge_base(open_repository(str(cut.path)), [merge], [cut.git("rev-parse", "origin/topic")])


# Who commits.


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"GIT_AUTHOR_NAME": "Grace", "GIT_AUTHOR_EMAIL": "grace@example.org"},
        {"GIT_AUTHOR_NAME": " Grace Jr. ", "GIT_AUTHOR_EMAIL": "<grace@example.org>"},
        {"GIT_AUTHOR_NAME": "Gr<a>ce\n", "GIT_AUTHOR_EMAIL": "grace@example.org"},
        {"GIT_AUTHOR_NAME": "Zoë 'Z' O'Neil", "GIT_AUTHOR_EMAIL": "z@example.org"},
        {"GIT_AUTHOR_NAME": "X", "GIT_AUTHOR_EMAIL": "x"},
        {"GIT_AUTHOR_NAME": "Grace"},
        {"GIT_COMMITTER_NAME": "Bot", "GIT_COMMITTER_EMAIL": "bot@example.org"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.email", "GIT_CONFIG_VALUE_0": "else@example.org"},
        {"GIT_CONFIG_PARAMETERS": "'user.email'='else@example.org'"},
        {"EMAIL": "other@example.org"},
    ],
    ids=lambda environment: ",".join(environment) or "none",
)
def test_identities_are_those_git_would_write(
    work: Work, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    people = open_repository(str(work.path)).identities()
    work.git("commit", "-q", "--allow-empty", "-m", "x")
    author, mail, committer, its = work.git("log", "-1", "--format=%an%n%ae%n%cn%n%ce").split("\n")
    assert people == (Person(author, mail), Person(committer, its))


def test_nobody_to_commit_as(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    work.git("config", "user.useConfigOnly", "true")
    with pytest.raises(FactUnreadableError) as caught:
        open_repository(str(work.path)).identities()
    assert caught.value.message == "git knows no author for a commit made here"


# Objects.


def test_blobs_in_turn(work: Work) -> None:
    contents = [b"", b"one\n", b"\0\n" * 700_000, b"last"]
    names = [work.git("hash-object", "-w", "--stdin", stdin=content) for content in contents]
    found = list(blobs(open_repository(str(work.path)), [names[0], "1" * 40, *names[1:], names[1]], 100))
    assert found == [b"", None, b"one\n", contents[2][:100], b"last", b"one\n"]


def test_blobs_are_not_all_taken(work: Work) -> None:
    name = work.git("hash-object", "-w", "--stdin", stdin=b"x" * 3_000_000)
    found = blobs(open_repository(str(work.path)), [name] * 50_000, 10)
    assert next(found) == b"x" * 10
    found.close()  # type: ignore[attr-defined]  # a generator: neither git nor the feeding thread may hang


@pytest.mark.parametrize(
    ("revision", "path", "expected"),
    [
        ("HEAD", "README.md", b"start\n"),
        ("HEAD", "none", None),
        ("HEAD", "-x\n", None),
        ("nowhere", "README.md", None),
        ("", "README.md", b"start\n"),
        ("", "untracked", None),
        ("HEAD", "untracked", None),
    ],
)
def test_blob(work: Work, revision: str, path: str, expected: bytes | None) -> None:
    work.write("untracked", "u\n")
    assert open_repository(str(work.path)).blob(revision, path) == expected


def test_a_lost_blob_is_no_missing_file(work: Work) -> None:
    name = work.git("rev-parse", "HEAD:README.md")
    os.unlink(work.path / ".git/objects" / name[:2] / name[2:])
    with pytest.raises(GitError):
        open_repository(str(work.path)).blob("HEAD", "README.md")


def test_a_stream_left_early_ends_git(work: Work) -> None:
    name = work.git("hash-object", "-w", "--stdin", stdin=b"line\n" * 1_000_000)
    with open_repository(str(work.path)).stream("cat-file", "blob", name) as out:
        assert out.readline() == b"line\n"


def test_a_stream_of_a_failing_command_says_why(work: Work) -> None:
    with (
        pytest.raises(GitError, match="git cat-file: Not a valid object name nowhere"),
        open_repository(str(work.path)).stream("cat-file", "blob", "nowhere") as out,
    ):
        out.read()


def test_git_that_is_too_old_is_named(work: Work) -> None:
    with pytest.raises(GitError) as caught:
        open_repository(str(work.path)).run("rev-parse", "--no-such", "--git-dir=x", "diff-tree")
    assert caught.value.hint is None
    with pytest.raises(GitError) as caught:
        open_repository(str(work.path)).run("merge-base", "--no-such-option")
    assert caught.value.hint == "paddock needs git 2.38 or newer; `git --version` tells yours"


def test_no_process_and_no_folder_is_left(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "from paddock.sources.attributes import in_tree\n"
        "from paddock.sources.git import open_repository\n"
        "r = open_repository()\n"
        "r.run('diff-tree', '-r', r.empty_tree, r.head(), isolated=True)\n"
        "in_tree(r, r.head(), ['a/b/c'])\n"
    )
    monkeypatch.setenv("TMPDIR", str(temporary))
    subprocess.run([sys.executable, "-c", code], cwd=work.path, check=True)
    assert os.listdir(temporary) == []


def test_a_call_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/child; wait"
    with pytest.raises(GitError) as caught:
        call(("sh", "-c", script), dict(os.environ), None, None, timeout=1)
    assert str(caught.value) == "git -c: no end after 1 seconds"
    child = (tmp_path / "child").read_text().strip()
    # Ended, though perhaps not collected yet.
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout
    assert state.strip()[:1] in ("", "Z")
