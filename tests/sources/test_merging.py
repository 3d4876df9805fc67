"""Trial merges: what git calls a conflict, by path and kind, and what is no conflict at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock.errors import FactUnreadableError, GitError
from paddock.model import Clash, ClashKind, Merge
from paddock.sources.git import open_repository
from paddock.sources.merging import MOST, Merging, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def both(work: Work, ours: Callable[[Work], None], theirs: Callable[[Work], None]) -> tuple[str, str]:
    """Two branches from `main`, each with one change."""
    tips = []
    for name, change in (("ours", ours), ("theirs", theirs)):
        work.branch(name)
        change(work)
        tips.append(work.commit(name))
    return tips[0], tips[1]


def merged(work: Work, *pairs: tuple[str, str]) -> list[Merge]:
    return Merging(open_repository(str(work.path))).merges(pairs)


def write(path: str | bytes, content: str | bytes) -> Callable[[Work], None]:
    return lambda work: work.write(path, content)


def remove(path: str) -> Callable[[Work], None]:
    return lambda work: (work.path / path).unlink()


def move(path: str, to: str) -> Callable[[Work], None]:
    def change(work: Work) -> None:
        (work.path / to).parent.mkdir(parents=True, exist_ok=True)
        (work.path / path).rename(work.path / to)

    return change


def link(path: str, to: str) -> Callable[[Work], None]:
    def change(work: Work) -> None:
        (work.path / path).unlink(missing_ok=True)
        os.symlink(to, work.path / path)

    return change


def executable(path: str, content: str) -> Callable[[Work], None]:
    def change(work: Work) -> None:
        work.write(path, content)
        (work.path / path).chmod(0o755)

    return change


CASES = {
    "content": (write("a.txt", lines(9, "x")), write("a.txt", lines(9, "y")), {("a.txt", ClashKind.CONTENT)}),
    "added twice": (write("new", "1\n"), write("new", "2\n"), {("new", ClashKind.CONTENT)}),
    "binary": (write("b.bin", b"\0ours"), write("b.bin", b"\0theirs"), {("b.bin", ClashKind.BINARY)}),
    "deleted here": (remove("a.txt"), write("a.txt", lines(9, "y")), {("a.txt", ClashKind.DELETE_MODIFY)}),
    "deleted there": (write("a.txt", lines(9, "y")), remove("a.txt"), {("a.txt", ClashKind.DELETE_MODIFY)}),
    "moved to two places": (move("a.txt", "one"), move("a.txt", "two"), {("a.txt", ClashKind.RENAME)}),
    "moved and deleted": (move("a.txt", "one"), remove("a.txt"), {("one", ClashKind.RENAME)}),
    "a mode": (executable("new", "same\n"), write("new", "same\n"), {("new", ClashKind.MODE)}),
    "a link and a file": (link("new", "a.txt"), write("new", "text\n"), {("new", ClashKind.MODE)}),
    "a folder in the way": (write("new/x", "1\n"), write("new", "2\n"), {("new", ClashKind.FILE_DIRECTORY)}),
    "a name with a line break": (write("o\nd", "1\n"), write("o\nd", "2\n"), {("o\nd", ClashKind.CONTENT)}),
    "a name that looks like an option": (write("--x", "1\n"), write("--x", "2\n"), {("--x", ClashKind.CONTENT)}),
    "a name that is not UTF-8": (write(b"\xff", "1\n"), write(b"\xff", "2\n"), {("\udcff", ClashKind.CONTENT)}),
}
CLEAN = {
    "apart": (write("one", "1\n"), write("two", "2\n")),
    "the same": (write("a.txt", "same\n"), write("a.txt", "same\n")),
    "moved and edited": (move("a.txt", "sub/moved"), write("a.txt", lines(9) + "more\n")),
    "nothing": (lambda _: None, write("a.txt", "x\n")),
}


@pytest.fixture
def base(work: Work) -> Work:
    work.commit("base", {"a.txt": lines(9), "b.bin": b"\0base"})
    return work


@pytest.mark.parametrize(("ours", "theirs", "expected"), CASES.values(), ids=CASES)
def test_clashes_by_path_and_kind(
    base: Work, ours: Callable[[Work], None], theirs: Callable[[Work], None], expected: set[tuple[str, ClashKind]]
) -> None:
    one, other = both(base, ours, theirs)
    for pair in ((one, other), (other, one)):
        (merge,) = merged(base, pair)
        assert not merge.clean
        assert merge.refused is None
        assert {(clash.path, clash.kind) for clash in merge.clashes} == expected
        assert merge.count == len(merge.clashes)


def test_a_submodule(base: Work) -> None:
    # The index alone has it: a commit of it would otherwise have to be there.
    tips = []
    for name, sha in (("ours", "1"), ("theirs", "2")):
        base.branch(name)
        base.git("update-index", "--add", "--cacheinfo", f"160000,{sha * 40},vendor/lib")
        base.git("commit", "-q", "-m", name)
        tips.append(base.git("rev-parse", "HEAD"))
        base.git("checkout", "-q", "-f", "main")
    (merge,) = merged(base, (tips[0], tips[1]))
    assert [(one.path, one.kind) for one in merge.clashes] == [("vendor/lib", ClashKind.SUBMODULE)]


@pytest.mark.parametrize(("ours", "theirs"), CLEAN.values(), ids=CLEAN)
def test_what_merges_is_what_git_merges_in_a_checkout(
    base: Work, ours: Callable[[Work], None], theirs: Callable[[Work], None]
) -> None:
    one, other = both(base, ours, theirs)
    (merge,) = merged(base, (one, other))
    base.git("checkout", "-q", "--detach", one)
    base.git("merge", "-q", "--no-edit", other)
    assert merge == Merge(tree=base.git("rev-parse", "HEAD^{tree}"))


def test_many_at_once_each_apart(base: Work) -> None:
    one, other = both(base, write("a.txt", lines(9, "x")), write("a.txt", lines(9, "y")))
    main = base.git("rev-parse", "main")
    pairs = [(one, other), (main, one), (other, main)] * 200
    found = merged(base, *pairs)
    assert [merge.clean for merge in found] == [False, True, True] * 200
    assert merged(base) == []


def test_nothing_is_left_in_the_repository(base: Work) -> None:
    one, other = both(base, write("a.txt", lines(9) + "x\n"), write("c.txt", "y\n"))

    def state() -> list[str]:
        return sorted(str(path) for path in (base.path / ".git").rglob("*"))

    before = state(), base.git("for-each-ref"), base.git("status", "--porcelain")
    (merge,) = merged(base, (one, other))
    assert merge.clean
    assert (state(), base.git("for-each-ref"), base.git("status", "--porcelain")) == before


def test_histories_without_a_common_commit_are_refused_and_the_rest_goes_on(base: Work) -> None:
    one, other = both(base, write("x", "1\n"), write("y", "2\n"))
    base.git("checkout", "-q", "--orphan", "alien")
    alien = base.commit("alien")
    found = merged(base, (one, other), (one, alien), (alien, other), (other, one))
    assert [merge.clean for merge in found] == [True, False, False, True]
    assert [merge.refused for merge in found[1:3]] == ["refusing to merge unrelated histories"] * 2
    assert [merge.clashes for merge in found[1:3]] == [(), ()]


def test_a_commit_that_is_not_there_is_an_error_and_no_clash(base: Work) -> None:
    with pytest.raises(GitError, match="not something we can merge"):
        merged(base, ("1" * 40, base.git("rev-parse", "main")))


def test_a_lost_tree_is_an_error_and_no_clash(base: Work) -> None:
    one, other = both(base, write("sub/x", "1\n"), write("y", "2\n"))
    tree = base.git("rev-parse", f"{one}^{{tree}}")
    (base.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitError, match=tree):
        merged(base, (one, other))


def test_a_shallow_clone_that_lacks_the_merge_base_is_an_error(base: Work, tmp_path: Path) -> None:
    one, other = both(base, write("x", "1\n"), write("y", "2\n"))
    base.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{base.path}", str(tmp_path / "clone"))
    with pytest.raises(FactUnreadableError, match="shallow"):
        Merging(open_repository(str(tmp_path / "clone"))).merges([(one, other)])
    base.git("clone", "-q", "--depth=2", "--no-single-branch", f"file://{base.path}", str(tmp_path / "deeper"))
    (merge,) = Merging(open_repository(str(tmp_path / "deeper"))).merges([(one, other)])
    assert merge.clean


def test_neither_attributes_nor_settings_change_what_clashes(base: Work) -> None:
    one, other = both(base, write("a.txt", lines(9, "x")), write("a.txt", lines(9, "y")))
    base.write(".git/info/attributes", "* merge=union\n")
    base.write(".gitattributes", "* merge=union\n")
    base.git("config", "merge.renames", "false")
    base.git("config", "merge.default", "union")
    (merge,) = merged(base, (one, other))
    assert merge.clashes == (Clash("a.txt", ClashKind.CONTENT),)


def test_a_repository_in_a_folder_of_an_odd_name(tmp_path: Path) -> None:
    work = Work(tmp_path / 'a:b "c"\nü')
    work.commit("start", {"README.md": "start\n"})
    one, other = both(work, write("x", "1\n"), write("y", "2\n"))
    assert [merge.clean for merge in merged(work, (one, other))] == [True]


def test_many_clashes_are_counted_and_some_are_kept(base: Work) -> None:
    def all_of(word: str) -> Callable[[Work], None]:
        def change(work: Work) -> None:
            for at in range(MOST + 7):
                work.write(f"n{at}", f"{word}\n")

        return change

    (merge,) = merged(base, both(base, all_of("x"), all_of("y")))
    assert (len(merge.clashes), merge.count) == (MOST, MOST + 7)


def test_a_git_whose_merge_tree_has_no_stdin_is_named(
    base: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = base.git("rev-parse", "main")
    merging = Merging(open_repository(str(base.path)))
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text("#!/bin/sh\necho 'usage: git merge-tree' >&2\nexit 129\n")
    (bin_ / "git").chmod(0o755)
    merging.env["PATH"] = f"{bin_}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", merging.env["PATH"])
    with pytest.raises(GitError) as raised:
        merging.merges([(main, main)])
    assert raised.value.hint == "trial merges need git 2.39 or newer; `git --version` tells yours"


RECORD = b"\0".join([b"0", b"t1", b"100644 a 1\tf", b"", b"1", b"f", b"CONFLICT (contents)", b"said", b"", b""])


@pytest.mark.parametrize("end", range(len(RECORD)))
def test_a_record_that_is_cut_short_is_none(end: int) -> None:
    assert list(read(b"1\0t0\0\0" + RECORD[:end])) == [Merge(tree="t0")]
    assert len(list(read(RECORD))) == 1
