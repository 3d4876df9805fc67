from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conftest import ADA, Work, lines
from histories import grow
from paddock.errors import UsageError
from splits import split_of

if TYPE_CHECKING:
    from pathlib import Path

    from paddock.stack.split.proposal import Split
    from signers import Keyring

BRANCH = "feature/x/03a-work"


def tree(work: Work, revision: str) -> str:
    return work.git("rev-parse", f"{revision}^{{tree}}")


def assert_sound(work: Work, split: Split, limit: int) -> None:
    """The last tree is the branch's, each layer stands on the one below, and its lines are what `count` says."""
    below = split.merge_base
    for layer in split.layers:
        sha = work.git("rev-parse", f"refs/heads/{layer.branch}")
        assert sha == layer.sha
        assert work.git("merge-base", below, sha) == below
        assert (layer.lines > limit) == (layer.over is not None)
        below = sha
    assert tree(work, below) == tree(work, split.head)


def straighten(work: Work) -> None:
    """The same trees in one line on the merge base."""
    above = work.git("merge-base", "main", "topic")
    for commit in work.git("rev-list", "--reverse", "--first-parent", "main..topic").splitlines():
        above = work.git("commit-tree", "-m", f"as {commit}", "-p", above, f"{commit}^{{tree}}")
    work.git("update-ref", "refs/heads/topic", above)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("way", ["files", "hunks", "commits"])
def test_random_branches_lose_nothing_and_double_nothing(seed: int, way: str, tmp_path: Path) -> None:
    work = Work(tmp_path / "work")
    grow(work, seed, commits=6)
    if way == "commits":
        straighten(work)
    before = work.git("rev-parse", "topic")
    try:
        split = split_of(work, "topic", 15, hunks=way == "hunks", by="commits" if way == "commits" else "files")
    except UsageError as refused:
        assert "changes nothing" in refused.message  # noqa: PT017
        return
    assert_sound(work, split, 15)
    assert work.git("rev-parse", "topic") == before
    if way == "files":
        # Each path changes in one layer only, so that no line can be there twice or be lost on the way.
        seen: list[str] = []
        below = split.merge_base
        for layer in split.layers:
            seen += work.git("diff", "--name-only", "--no-renames", "-z", below, str(layer.sha)).split("\0")[:-1]
            below = str(layer.sha)
        whole = work.git("diff", "--name-only", "--no-renames", "-z", split.merge_base, split.head).split("\0")[:-1]
        assert sorted(seen) == sorted(whole)


def hostile(work: Work) -> None:
    """A branch with all that a tree can hold, changed in all ways."""
    sub = Work(work.path.parent / "sub")
    sub.commit("sub", {"a": "a\n"})
    work.commit(
        "before",
        {
            "mode.sh": lines(20),
            "type": "a file\n",
            "gone/file": lines(30, "gone"),
            "folder-to-be": "file\n",
            "was/folder": "x\n",
            "move me.txt": lines(60, "moved"),
            "crlf.txt": "a\r\nb\r\n" * 20,
            "open-end": lines(50) + "no end",
            "binary": b"\0\1\2" * 50,
        },
    )
    work.branch(BRANCH)
    work.git("submodule", "--quiet", "add", str(sub.path), "sub mod")
    for name in ("gone/file", "folder-to-be", "was/folder", "type"):
        work.git("rm", "-q", name)
    work.git("mv", "move me.txt", "moved\nhere.txt")
    os.symlink("../nowhere", work.path / "type")
    os.symlink("open-end", work.path / "-link")
    (work.path / "mode.sh").chmod(0o755)
    files: dict[str, str | bytes] = {
        "folder-to-be/inner": lines(25),
        "was": lines(25),
        "crlf.txt": "a\r\nc\r\n" * 30 + "last\r\n",
        "open-end": lines(10, "new") + lines(50) + "another end",
        "binary": b"\0\3" * 90,
        "-option.txt": lines(20),
        "with\ttab": lines(20),
        "with\nline": lines(20),
        'quote".go': "package a\n" + lines(20, "//"),
        "ünïcode/ß.py": "def ß(): pass\n" * 10,
        ".gitattributes": "* -diff\n* text=auto eol=crlf\n",
    }
    work.commit("everything", files)
    work.write(b"not\xffutf8", lines(20))
    work.commit("and bytes")


@pytest.mark.parametrize("hunks", [False, True], ids=["files", "hunks"])
def test_whatever_a_tree_can_hold_is_split(work: Work, *, hunks: bool) -> None:
    hostile(work)
    split = split_of(work, BRANCH, 30, hunks=hunks)
    assert_sound(work, split, 30)
    assert len(split.layers) > 5
    together = [{piece.path for piece in layer.files} for layer in split.layers]
    for pair in ({"folder-to-be", "folder-to-be/inner"}, {"was", "was/folder"}, {"sub mod", ".gitmodules"}):
        assert any(pair <= paths for paths in together), pair
    moved = [piece for layer in split.layers for piece in layer.files if piece.old_path]
    assert [(piece.path, piece.old_path, piece.lines) for piece in moved] == [("moved\nhere.txt", "move me.txt", 0)]


def test_one_file_is_cut_by_hunks_only_when_asked(work: Work) -> None:
    work.commit("before", {"a.txt": lines(300)})
    work.branch(BRANCH)
    text = lines(300).replace("line 10\n", lines(40, "early")).replace("line 200\n", lines(40, "late"))
    work.commit("change", {"a.txt": text})
    whole = split_of(work, BRANCH, 50)
    assert [(layer.lines, layer.over) for layer in whole.layers] == [
        (82, "a.txt is one file of 82 lines, 32 over the limit; --hunks cuts it")
    ]
    work.git("branch", "-D", whole.layers[0].branch)
    split = split_of(work, BRANCH, 50, hunks=True)
    assert [layer.lines for layer in split.layers] == [41, 41]
    assert_sound(work, split, 50)
    middle = work.git("show", f"{split.layers[0].branch}:a.txt")
    assert ("early 0" in middle, "late 0" in middle) == (True, False)


def test_commits_that_fit_are_kept_as_they_are(work: Work) -> None:
    work.branch(BRANCH)
    first = work.commit("first", {"a.txt": lines(40)})
    second = work.commit("second", {"b.txt": lines(40)})
    work.commit("too large", {"c.txt": lines(80), "d.txt": lines(80)})
    work.commit("last", {"e.txt": lines(10)})
    split = split_of(work, BRANCH, 100, by="commits")
    assert_sound(work, split, 100)
    assert [layer.lines for layer in split.layers] == [80, 80, 80, 10]
    assert split.layers[0].sha == second
    assert split.layers[0].commits == (first, second)
    assert [layer.subject for layer in split.layers] == ["second", "too large (1/2)", "too large (2/2)", "last"]
    assert [work.git("log", "-1", "--format=%an", str(layer.sha)) for layer in split.layers] == [ADA.name] * 4


def test_a_branch_with_merges_is_not_split_by_its_commits(work: Work) -> None:
    work.branch(BRANCH)
    work.commit("one", {"a.txt": "a\n"})
    work.git("checkout", "-q", "main")
    work.commit("base", {"b.txt": "b\n"})
    work.git("checkout", "-q", BRANCH)
    work.git("merge", "-q", "--no-edit", "main")
    with pytest.raises(UsageError, match="the branch has merges"):
        split_of(work, BRANCH, 100, by="commits")
    assert_sound(work, split_of(work, BRANCH, 100), 100)


def test_author_date_message_and_sign_off_are_carried_over(work: Work) -> None:
    work.branch(BRANCH)
    env = {"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "bob@example.org", "GIT_AUTHOR_DATE": "1000000000 +0530"}
    work.write("b.txt", lines(60))
    work.git("add", "--all")
    work.git("commit", "-q", "-m", "Bob's\n\nwhy\n\nSigned-off-by: Bob <bob@example.org>", env=env)
    work.commit("Ada's", {"a.txt": lines(60)})
    split = split_of(work, BRANCH, 100)
    form = "--format=%an|%ae|%ad|%s|%(trailers:key=Signed-off-by,valueonly,separator=%x2C)"
    told = [work.git("log", "-1", "--date=raw", form, layer.branch) for layer in split.layers]
    bob = "Bob|bob@example.org|1000000000 +0530|Bob's (2/2)|Bob <bob@example.org>"
    assert told[1] == bob
    assert told[0].startswith("Ada Lovelace|ada@example.org|")
    assert told[0].endswith("|Ada's (1/2)|Ada Lovelace <ada@example.org>")


def test_a_file_that_moved_on_the_way_is_still_its_authors(work: Work) -> None:
    work.branch(BRANCH)
    env = {"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "bob@example.org"}
    work.write("old.txt", lines(60))
    work.git("add", "--all")
    work.git("commit", "-q", "-m", "write it", env=env)
    work.git("mv", "old.txt", "new.txt")
    work.commit("move it", {"z.txt": lines(60)})
    split = split_of(work, BRANCH, 60)
    assert work.git("log", "-1", "--format=%an", split.layers[0].branch) == "Bob"


def test_layers_are_signed_where_commits_are(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada@example.org")
    work.git("config", "gpg.format", "ssh")
    work.git("config", "user.signingKey", key.private)
    work.git("config", "commit.gpgSign", "true")
    work.branch(BRANCH)
    work.commit("two", {"a.txt": lines(60), "b.txt": lines(60)})
    split = split_of(work, BRANCH, 60)
    assert all("gpgsig" in work.git("cat-file", "commit", str(layer.sha)) for layer in split.layers)


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_both_kinds_of_object_names(form: str, tmp_path: Path) -> None:
    os.mkdir(tmp_path / "work")
    work = Work.__new__(Work)
    work.path = tmp_path / "work"
    work.git("init", "-q", "-b", "main", f"--object-format={form}")
    work.commit("start", {"README.md": "start\n"})
    work.branch(BRANCH)
    work.commit("two", {"a.txt": lines(60), "b.txt": lines(60)})
    assert_sound(work, split_of(work, BRANCH, 60), 60)


def test_the_counts_are_the_gates(work: Work) -> None:
    work.commit("rules", {".gitattributes": "made/* linguist-generated\n"})
    work.branch(BRANCH)
    files: dict[str, str | bytes] = {
        "made/a.txt": lines(500),
        "package-lock.json": "{}\n" * 300,
        "vendor/x.go": "package x\n",
        "nul.txt": b"a\0\n" * 30,
        "a.txt": lines(70),
    }
    work.commit("much", files)
    split = split_of(work, BRANCH, 80)
    assert [layer.lines for layer in split.layers] == [70, 30] or [layer.lines for layer in split.layers] == [30, 70]
    assert_sound(work, split, 80)
