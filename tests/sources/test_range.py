from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.model import Commit, Person
from paddock.sources.change import read_commits
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource

if TYPE_CHECKING:
    from pathlib import Path

ADA = Person("Ada Lovelace", "ada@example.org")
QUEUE = "gh-readonly-queue/main/pr-7-" + "a1" * 20


def ranged(work: Work, head: str = "HEAD", *, base: str = "main", branch: str | None = None) -> RangeSource:
    repository = open_repository(str(work.path))
    sha = repository.resolve(head)
    assert sha is not None
    return RangeSource(repository, sha, base=base, branch=branch)


# Commits.


def test_commits_are_read_whole(work: Work) -> None:
    main = work.git("rev-parse", "HEAD")
    work.branch("topic")
    first = work.commit("first\n\nBody with\ttabs,\n\n\nempty lines\r\nand more  \n", sign_off=False)
    work.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
    second = work.git("rev-parse", "HEAD")
    source = ranged(work)
    assert source.commits() == (
        Commit(first, (main,), "first\n\nBody with\ttabs,\n\n\nempty lines\r\nand more  \n", ADA, ADA),
        Commit(second, (first,), "", ADA, ADA),
    )
    assert (source.head(), source.merge_base()) == (second, main)


def raw_commit(work: Work, *header: bytes, message: bytes) -> str:
    """A commit as no tool would make it."""
    tree, parent = work.git("rev-parse", "HEAD^{tree}", "main").split()
    start = f"tree {tree}\nparent {parent}\n".encode()
    content = start + b"".join(line + b"\n" for line in header) + b"\n" + message
    return work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=content)


PLAIN = (b"author A <a@x> 1 +0000", b"committer C <c@x> 1 +0000")


@pytest.mark.parametrize(
    ("header", "message", "expected"),
    [
        (PLAIN, b"no end", ("no end", "A", "a@x")),
        (PLAIN, b"a\n\n\n", ("a\n\n\n", "A", "a@x")),
        (PLAIN, b"caf\xe9\n", ("caf\udce9\n", "A", "a@x")),
        ((*PLAIN, b"encoding ISO-8859-1"), b"caf\xe9\n", ("café\n", "A", "a@x")),
        ((*PLAIN, b"encoding nonsense"), b"caf\xe9\n", ("caf\udce9\n", "A", "a@x")),
        ((*PLAIN, b"gpgsig -----BEGIN\n x\n -----END"), b"signed\n", ("signed\n", "A", "a@x")),
        ((b"author \xe9 <\xff@x> 1 +0000", PLAIN[1]), b"m", ("m", "\udce9", "\udcff@x")),
        ((b"author <a@x> 1 +0000", PLAIN[1]), b"m", ("m", "", "a@x")),
        ((b"author A 1 +0000", PLAIN[1]), b"m", ("m", "", "")),
        (PLAIN, b"cut\0off", ("cut", "A", "a@x")),
        (PLAIN, b"x" * 3_000_000, ("x" * 3_000_000, "A", "a@x")),
    ],
    ids=[
        "no-final-newline", "trailing-newlines", "not-utf8", "latin-1", "unknown-encoding", "signed", "odd-author",
        "no-name", "no-email", "nul", "huge",
    ],
)  # fmt: skip
def test_odd_commits(work: Work, header: tuple[bytes, ...], message: bytes, expected: tuple[str, str, str]) -> None:
    name = raw_commit(work, *header, message=message)
    (commit,) = ranged(work, name).commits()
    assert (commit.sha, commit.author) == (name, Person(*expected[1:]))
    assert commit.message == expected[0]


def test_many_commits_across_the_blocks_they_are_read_in(empty: Work) -> None:
    messages = [f"{'é' * (i * 37 % 5_000)}\n{i}\n" for i in range(400)]
    stream = b"".join(
        f"commit refs/heads/main\ncommitter É <é@x> {i} +0000\ndata {len(message.encode())}\n{message}\n".encode()
        for i, message in enumerate(messages)
    )
    empty.git("fast-import", "--quiet", stdin=stream)
    found = list(read_commits(open_repository(str(empty.path)), "HEAD"))
    assert [commit.message for commit in reversed(found)] == messages
    assert {commit.author for commit in found} == {Person("É", "é@x")}


def test_an_octopus_merge(work: Work) -> None:
    tips = []
    for name in ("one", "two", "three"):
        work.branch(name)
        tips.append(work.commit(name, {f"{name}.go": lines(5, name)}))
    work.git("checkout", "-q", "one")
    work.git("merge", "-q", "--no-edit", "two", "three")
    source = ranged(work)
    commits = source.commits()
    assert (commits[-1].parents, commits[-1].is_merge) == (tuple(tips), True)
    assert {commit.sha for commit in commits[:-1]} == set(tips)
    assert [(file.path, file.added) for file in source.files()] == [("one.go", 5), ("three.go", 5), ("two.go", 5)]


def test_the_base_merged_into_the_branch_is_not_counted(work: Work) -> None:
    work.branch("topic")
    own = work.commit("own", {"own.go": lines(5)})
    work.git("checkout", "-q", "main")
    work.commit("theirs", {"theirs.go": lines(900)})
    work.git("checkout", "-q", "topic")
    work.git("merge", "-q", "--no-edit", "main")
    source = ranged(work)
    assert [(file.path, file.added) for file in source.files()] == [("own.go", 5)]
    assert [commit.sha for commit in source.commits()] == [own, work.git("rev-parse", "HEAD")]


def test_nothing_new(work: Work) -> None:
    source = ranged(work)
    assert (source.commits(), source.files(), source.merge_base()) == ((), (), work.git("rev-parse", "HEAD"))


def test_an_orphan_branch(work: Work) -> None:
    work.git("checkout", "-q", "--orphan", "new")
    work.commit("new root")
    with pytest.raises(FactUnreadableError, match="have no commit in common"):
        ranged(work).files()


def test_a_shallow_clone_gives_no_commits_either(work: Work, tmp_path: Path) -> None:
    work.branch("topic")
    for i in range(3):
        work.commit(str(i))
    work.git("clone", "-q", "--depth=2", "--no-single-branch", f"file://{work.path}", "../cut")
    with pytest.raises(FactUnreadableError, match="this clone is shallow"):
        ranged(Work(tmp_path / "cut"), "origin/topic").commits()


def test_a_branch_is_merged_once_the_main_line_has_it_whatever_the_base(work: Work) -> None:
    """In a stack the base waits itself, and knows nothing of what was merged since it began."""
    work.branch("lower")
    work.commit("lower")
    work.branch("done", "main")
    work.commit("done")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "--no-edit", "done")
    work.branch("upper", "lower")
    head, main = work.commit("upper"), work.git("rev-parse", "main")
    repository = open_repository(str(work.path))
    by_base = RangeSource(repository, head, base="lower").branches()
    states = {one.name: str(one.state) for one in by_base}
    assert (states["lower"], states["done"]) == ("merged", "open")
    stacked = RangeSource(repository, head, base="lower", mainline=(main,)).branches()
    states = {one.name: str(one.state) for one in stacked}
    assert (states["lower"], states["done"], states["upper"]) == ("open", "merged", "open")


def test_a_shallow_clone_does_not_guess_which_branches_are_merged(work: Work, tmp_path: Path) -> None:
    work.commit("main")
    work.branch("other")
    work.commit("other")
    work.branch("topic")
    for i in range(3):
        work.commit(f"topic {i}")
    # Three commits of `main` are all it has, and `topic` is cut.
    work.git("clone", "-q", "--depth=3", "--no-single-branch", "--branch=topic", f"file://{work.path}", "../whole")
    assert "other" in {one.name for one in ranged(Work(tmp_path / "whole")).branches()}
    work.git("clone", "-q", "--depth=1", "--no-single-branch", "--branch=topic", f"file://{work.path}", "../cut")
    with pytest.raises(FactUnreadableError, match="which branches are merged is not known"):
        ranged(Work(tmp_path / "cut")).branches()


def test_a_missing_base(work: Work) -> None:
    source = ranged(work, base="trunk")
    for fact in (source.files, source.commits, source.merge_base, source.branches, source.moved):
        with pytest.raises(FactMissingError) as caught:
            fact()
        assert (caught.value.message, caught.value.hint) == (
            "the base `trunk` is not in this clone",
            "set `base:` in .paddock.yaml, or name another; branches here: main",
        )
    work.git("remote", "add", "origin", "../nowhere")
    with pytest.raises(FactMissingError) as caught:
        source.merge_base()
    assert caught.value.hint == "git fetch origin trunk:refs/remotes/origin/trunk"


@pytest.mark.parametrize(
    ("local", "remotes"),
    [("stale", {"origin": "fresh"}), (None, {"origin": "fresh"}), ("stale", {"origin": "stale", "upstream": "fresh"})],
    ids=["stale-local", "remote-only", "fork"],
)
def test_the_freshest_base_counts(work: Work, local: str | None, remotes: dict[str, str]) -> None:
    named = {"stale": work.git("rev-parse", "HEAD")}
    named["fresh"] = work.commit("merged since", {"theirs.go": lines(900)})
    work.branch("topic")
    work.commit("own", {"own.go": lines(5)})
    work.git("update-ref", "-d", "refs/heads/main") if local is None else work.git("branch", "-f", "main", named[local])
    for remote, what in remotes.items():
        work.git("update-ref", f"refs/remotes/{remote}/main", named[what])
    source = ranged(work)
    assert [(file.path, file.added) for file in source.files()] == [("own.go", 5)]
    assert [commit.subject for commit in source.commits()] == ["own"]


# The branch.


def test_the_branch_checked_out(work: Work) -> None:
    work.branch("topic")
    assert (ranged(work).branch(), ranged(work, branch="given").branch()) == ("topic", "given")


@pytest.mark.parametrize("head", ["HEAD~1", "origin/else"])
def test_what_is_not_checked_out_is_not_the_branch_checked_out(work: Work, head: str) -> None:
    work.branch("topic")
    other = work.git("rev-parse", "HEAD")
    work.commit("topic")
    work.git("update-ref", "refs/remotes/origin/else", other)
    with pytest.raises(FactMissingError) as caught:
        ranged(work, head).branch()
    assert (caught.value.message, caught.value.hint) == (
        f"{other[:12]} is not checked out here, so its branch is not known",
        "name it: --branch NAME",
    )
    assert ranged(work, head, branch="else").branch() == "else"


def test_a_detached_head_has_no_branch(work: Work) -> None:
    work.git("checkout", "-q", "--detach")
    with pytest.raises(FactMissingError, match="HEAD is detached, so the branch has no name here"):
        ranged(work).branch()


def queue(work: Work, *, message: str = "x", squash: bool = False) -> None:
    """What a merge queue makes of `topic`."""
    work.branch("topic")
    work.commit("topic", {"a.go": lines(3)})
    work.git("checkout", "-q", "-b", QUEUE, "main")
    work.commit("before it in the queue")
    merge = ("merge", "-q", "--squash", "topic") if squash else ("merge", "-q", "--no-ff", "-m", message, "topic")
    work.git(*merge)
    if squash:
        work.commit(message)


@pytest.mark.parametrize("given", [QUEUE, None], ids=["named", "checked-out"])
@pytest.mark.parametrize(
    ("refs", "message", "expected"),
    [
        (["origin/feature/a"], "x", "feature/a"),
        (["origin/feature/a"], "Merge pull request #7 from ada/other", "feature/a"),
        (["origin/feature/a", "fork/feature/a"], "x", "feature/a"),
        (["origin/a", "origin/b"], "Merge pull request #7 from ada/b", "b"),
        (["origin/a", "origin/b"], "x", None),
        (["origin/a", "origin/b"], "Merge pull request #7 from ada/c", None),
        ([], "Merge pull request #7 from ada/feature/x", "feature/x"),
        ([], "Merge pull request #8 from ada/feature/x", None),
        ([], "x", None),
        ([f"origin/{QUEUE}"], "x", None),
    ],
)
def test_in_a_merge_queue_the_branch_is_the_pull_requests(
    work: Work, refs: list[str], message: str, expected: str | None, given: str | None
) -> None:
    queue(work, message=message)
    for ref in refs:
        work.git("update-ref", f"refs/remotes/{ref}", "topic")
    source = ranged(work, branch=given)
    assert source.queued()
    if expected is not None:
        assert source.branch() == expected
        return
    with pytest.raises(FactMissingError) as caught:
        source.branch()
    assert (caught.value.message, caught.value.hint) == (
        f"`{QUEUE}` is a merge queue's ref, and the branch of #7 is not known here",
        "name it: --branch NAME",
    )


def test_a_queue_that_squashes_leaves_no_trace_of_the_branch(work: Work) -> None:
    queue(work, message="Title (#7)", squash=True)
    work.git("update-ref", "refs/remotes/origin/topic", "topic")
    with pytest.raises(FactMissingError, match="the branch of #7 is not known here"):
        ranged(work).branch()


@pytest.mark.parametrize("name", ["topic", "gh-readonly-queue", "x/gh-readonly-queue/main/pr-7-ab"])
def test_other_branches_are_no_queue(work: Work, name: str) -> None:
    work.branch(name)
    assert (ranged(work).queued(), ranged(work).branch()) == (False, name)


@pytest.mark.parametrize("how", ["ref", "environment", "branch"])
@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "push", "workflow_dispatch"])
def test_a_name_makes_no_queue_where_the_event_is_another(
    work: Work, how: str, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever calls a branch so would have it judged as a queue's, and as another pull request's."""
    queue(work, message="Merge pull request #7 from ada/feature/x")
    monkeypatch.setenv("GITHUB_EVENT_NAME", event)
    if how == "environment":
        monkeypatch.setenv("GITHUB_REF_NAME", QUEUE)
    repository, head = open_repository(str(work.path)), work.git("rev-parse", "HEAD")
    branch = QUEUE if how == "branch" else "mine"
    source = RangeSource(repository, head, base="main", branch=branch, named=QUEUE if how == "ref" else "HEAD")
    assert (source.queued(), source.branch()) == (False, branch)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "merge_group")
    assert RangeSource(repository, head, base="main", branch=QUEUE).branch() == "feature/x"


def test_the_caller_may_know_what_is_a_queue(work: Work) -> None:
    queue(work)
    repository, head = open_repository(str(work.path)), work.git("rev-parse", "HEAD")
    assert not RangeSource(repository, head, base="main", branch=QUEUE, queued=False).queued()
    assert RangeSource(repository, head, base="main", branch="topic", queued=True).queued()


@pytest.mark.parametrize("how", ["ref", "environment", "checked out"])
def test_a_queue_stays_one_where_the_branch_is_named(work: Work, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work.branch(QUEUE)
    work.commit("squashed")
    repository = open_repository(str(work.path))
    named = QUEUE if how == "ref" else "HEAD"
    if how != "checked out":
        work.git("checkout", "--quiet", "--detach")
    if how == "environment":
        monkeypatch.setenv("GITHUB_REF_NAME", QUEUE)
    head = work.git("rev-parse", "HEAD")
    source = RangeSource(repository, head, base="main", branch="feature/x/01a-core", named=named)
    assert (source.branch(), source.queued()) == ("feature/x/01a-core", True)
