"""What every git source must get right: figures, paths and classes, whatever is configured around them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from histories import grow
from paddock.errors import GitError
from paddock.model import Branch, BranchState, ChangedFile, FileClass, FileStatus
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource
from paddock.sources.staged import StagedSource

if TYPE_CHECKING:
    from pathlib import Path

    from paddock.sources.change import GitChange


def ranged(work: Work, base: str = "main", head: str = "HEAD") -> RangeSource:
    repository = open_repository(str(work.path))
    sha = repository.resolve(head)
    assert sha is not None
    return RangeSource(repository, sha, base=base)


def staged(work: Work, base: str = "main") -> StagedSource:
    return StagedSource(open_repository(str(work.path)), base=base)


def figures(source: GitChange) -> dict[str, tuple[int, int]]:
    return {file.path: (file.added, file.deleted) for file in source.files()}


def brief(file: ChangedFile) -> tuple[Any, ...]:
    return file.status.value, file.old_path, file.added, file.deleted, file.binary, file.mode


def both(work: Work, expected: dict[str, tuple[Any, ...]]) -> None:
    """The same of an index and, once it is committed, of the range."""
    work.git("add", "--all")
    assert {file.path: brief(file) for file in staged(work).files()} == expected
    work.git("commit", "-q", "-m", "change")
    assert {file.path: brief(file) for file in ranged(work).files()} == expected


ODD = [
    b"with space.go",
    b"line\nbreak.go",
    b"tab\there.go",
    b"quo\"te's.go",
    b"back\\slash.go",
    b"-dash.go",
    b"--output=x.go",
    b":colon.go",
    b":(top)magic.go",
    b"glob*[a].go",
    b"latin-\xe9.go",
    b"\xff\xfe/\xc3\xa4.go",
    "ünï/ço\u202ede.go".encode(),
    b"0\t0\t.go",
    b" 1\t2\t.go",
    b"deep/" * 50 + b"a.go",
]


@pytest.mark.parametrize("name", ODD, ids=repr)
def test_odd_paths(work: Work, name: bytes) -> None:
    path = os.fsdecode(name)
    work.branch("topic")
    work.write(name, lines(3))
    both(work, {path: ("added", None, 3, 0, False, "100644")})
    work.write(name, lines(3) + "more\n")
    work.git("commit", "-q", "-a", "-m", "more")
    work.git("update-ref", "refs/heads/main", "HEAD~1")
    os.unlink(os.path.join(os.fsencode(work.path), name))
    work.write(b"moved/" + name, lines(3) + "more\n" + "again\n")
    both(work, {f"moved/{path}": ("renamed", path, 2, 0, False, "100644")})


def test_kinds_of_change(work: Work) -> None:
    work.commit(
        "base",
        {
            "edit.go": lines(10),
            "gone.go": lines(4),
            "pure.go": lines(20, "pure"),
            "a/far.go": lines(20, "far"),
            "mode.sh": lines(2, "mode"),
            "type.go": lines(5, "type"),
            "image.png": b"\x89PNG\0\1",
            "empty.go": "",
            "no-end.go": "one\ntwo",
            "crlf.go": "one\r\ntwo\r\n",
            "lone.go": "a\rb\rc\n",
            "was-dir/x.go": lines(3, "dir"),
        },
    )
    work.branch("topic")
    work.write("edit.go", lines(9) + "new\nnewer\n")
    os.unlink(work.path / "gone.go")
    work.git("mv", "pure.go", "purer.go")
    os.makedirs(work.path / "b/c")
    work.git("mv", "a/far.go", "b/c/far.go")
    work.write("b/c/far.go", lines(20, "far") + "and more\n")
    os.chmod(work.path / "mode.sh", 0o744)
    os.unlink(work.path / "type.go")
    os.symlink("edit.go", work.path / "type.go")
    os.symlink("loop-b", work.path / "loop-a")
    os.symlink("loop-a", work.path / "loop-b")
    work.write("image.png", b"\x89PNG\0\2\n\n")
    work.write("new.bin", b"\0\1\2\n")
    work.write("empty.go", "x\n")
    work.write("new-empty.go", "")
    work.write("no-end.go", "one\ntwo\n")
    work.write("crlf.go", "one\ntwo\r\n")
    work.write("lone.go", "a\rb\rd\n")
    work.write("zz-copy.go", lines(20, "pure"))
    shutil.rmtree(work.path / "was-dir")
    work.write("was-dir", "file\n")
    both(
        work,
        {
            "b/c/far.go": ("renamed", "a/far.go", 1, 0, False, "100644"),
            "crlf.go": ("modified", None, 1, 1, False, "100644"),
            "edit.go": ("modified", None, 2, 1, False, "100644"),
            "empty.go": ("modified", None, 1, 0, False, "100644"),
            "gone.go": ("deleted", None, 0, 4, False, "100644"),
            "image.png": ("modified", None, 0, 0, True, "100644"),
            "lone.go": ("modified", None, 1, 1, False, "100644"),
            "loop-a": ("added", None, 1, 0, False, "120000"),
            "loop-b": ("added", None, 1, 0, False, "120000"),
            "mode.sh": ("modified", None, 0, 0, False, "100755"),
            "new-empty.go": ("added", None, 0, 0, False, "100644"),
            "new.bin": ("added", None, 0, 0, True, "100644"),
            "no-end.go": ("modified", None, 1, 1, False, "100644"),
            "purer.go": ("renamed", "pure.go", 0, 0, False, "100644"),
            "type.go": ("type-changed", None, 1, 5, False, "120000"),
            "was-dir": ("added", None, 1, 0, False, "100644"),
            "was-dir/x.go": ("deleted", None, 0, 3, False, "100644"),
            "zz-copy.go": ("added", None, 20, 0, False, "100644"),
        },
    )


def test_a_submodules_pointer(work: Work, tmp_path: Path) -> None:
    inner = Work(tmp_path / "inner")
    inner.commit("one", {"a.go": lines(900)})
    work.branch("topic")
    work.git("submodule", "--quiet", "add", "../inner", "sub")
    added = {
        ".gitmodules": ("added", None, 3, 0, False, "100644"),
        "sub": ("added", None, 1, 0, False, "160000"),
    }
    both(work, added)
    inner.commit("two")
    work.git("-C", "sub", "pull", "-q")
    both(work, added)
    work.git("update-ref", "refs/heads/main", "HEAD~1")
    work.git("config", "diff.ignoreSubmodules", "all")
    work.git("config", "submodule.sub.ignore", "all")
    (found,) = ranged(work).files()
    assert (found.path, found.reason, *brief(found)) == (
        "sub", "submodule", "modified", None, 1, 1, False, "160000"
    )  # fmt: skip


def test_more_renames_with_edits_than_older_limits(work: Work) -> None:
    count = 600
    work.commit("base", {f"old/{i}.go": lines(20, f"file {i} line") for i in range(count)})
    work.branch("topic")
    work.git("mv", "old", "new")
    for i in range(count):
        work.write(f"new/{i}.go", lines(20, f"file {i} line") + "edited\n")
    work.git("config", "diff.renameLimit", "1")
    work.git("config", "diff.renames", "false")
    work.git("add", "--all")
    assert {(file.status, file.added, file.deleted) for file in staged(work).files()} == {(FileStatus.RENAMED, 1, 0)}


# Whatever is configured around it.


def hostile(work: Work) -> dict[str, tuple[int, int]]:
    """A change that every setting below would show differently; its true figures."""
    work.commit(
        "base", {"a.go": lines(100), "move.go": lines(50, "move"), "space.txt": "a b\nc d\n", "sub/z.go": "z\n"}
    )
    work.branch("topic")
    work.write("a.go", lines(90) + lines(30, "fresh"))
    work.git("mv", "move.go", "moved.go")
    work.write("space.txt", "a  b\nc d \n")
    work.write("sub/z.go", "y\n")
    work.git("add", "--all")
    return {"a.go": (30, 10), "moved.go": (0, 0), "space.txt": (2, 2), "sub/z.go": (1, 1)}


CONFIGURED = {
    "diff.renames": "false",
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.external": "touch written; true",
    "diff.orderFile": "../order",
    "diff.algorithm": "patience",
    "diff.renameLimit": "1",
    "diff.ignoreSubmodules": "all",
    "diff.relative": "true",
    "diff.context": "9",
    "diff.interHunkContext": "99",
    "diff.submodule": "log",
    "diff.wordRegex": ".",
    "diff.dirstat": "lines",
    "diff.colorMoved": "zebra",
    "core.quotePath": "false",
    "core.bigFileThreshold": "1",
    "core.attributesFile": "../attributes",
    "core.whitespace": "cr-at-eol",
    "core.fsmonitor": "touch written; true",
    "core.precomposeUnicode": "true",
    "core.pager": "touch written; cat",
    "color.ui": "always",
    "color.diff": "always",
    "log.showSignature": "true",
    "log.date": "raw",
    "format.pretty": "raw",
    "i18n.logOutputEncoding": "UTF-16",
}


@pytest.mark.parametrize("key", CONFIGURED)
@pytest.mark.parametrize("where", ["repository", "user", "call"])
def test_configuration_changes_no_figure(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, where: str
) -> None:
    expected = hostile(work)
    (tmp_path / "order").write_text("sub/*\n")
    (tmp_path / "attributes").write_text("* -diff\n")
    if where == "repository":
        work.git("config", key, CONFIGURED[key])
    elif where == "user":
        work.git("config", "--global", key, CONFIGURED[key])
    else:
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", key)
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", CONFIGURED[key])
    source = staged(work)
    assert figures(source) == expected
    assert list(figures(source)) == sorted(expected)
    patch = source.patch_text() or ""
    assert "\n--- a/a.go\n+++ b/a.go\n" in patch
    assert "\x1b" not in patch
    assert not (work.path / "written").exists()
    monkeypatch.delenv("GIT_CONFIG_COUNT", raising=False)
    work.git("-c", "core.fsmonitor=false", "commit", "-q", "-m", "zoë")
    (commit,) = ranged(work).commits()
    assert (commit.message, commit.author and commit.author.name) == ("zoë\n", "Ada Lovelace")


ATTRIBUTES = [
    "* -diff",
    "* binary",
    "* diff=ours",
    "* linguist-generated",
    "* text eol=crlf",
    "* filter=ours",
    "* ident",
]


@pytest.mark.parametrize("said", ATTRIBUTES)
@pytest.mark.parametrize("where", [".gitattributes", "sub/.gitattributes", ".git/info/attributes", "user"])
def test_attributes_that_are_not_the_bases_change_nothing(
    work: Work, monkeypatch: pytest.MonkeyPatch, said: str, where: str
) -> None:
    expected = hostile(work)
    for key, value in (("textconv", "true"), ("command", "true"), ("binary", "true"), ("xfuncname", "x")):
        work.git("config", f"diff.ours.{key}", value)
    if where == "user":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(work.path / ".git"))
        work.write(".git/git/attributes", f"{said}\n")
    else:
        work.write(where, f"{said}\n")
    assert figures(staged(work)) == expected
    work.git("add", "--all")
    extra = {where: (1, 0)} if where.endswith(".gitattributes") else {}
    for source in (staged(work), ranged(work, head=commit_of(work))):
        assert figures(source) == expected | extra
        assert {file.file_class for file in source.files()} <= {FileClass.SOURCE, FileClass.DOCS}


def commit_of(work: Work) -> str:
    """A commit of the index, on HEAD, that no branch has."""
    return work.git("commit-tree", "-p", "HEAD", "-m", "x", work.git("write-tree"))


@pytest.mark.parametrize(
    ("base", "hidden"),
    [
        ({".gitattributes": "*.go -diff"}, {"x.go", "sub/x.go", "sub/deep/x.go"}),
        ({".gitattributes": "*.go binary"}, {"x.go", "sub/x.go", "sub/deep/x.go"}),
        ({".gitattributes": "[attr]made -diff\n/sub/** made"}, {"sub/x.go", "sub/deep/x.go"}),
        ({"sub/.gitattributes": "x.go -diff"}, {"sub/x.go", "sub/deep/x.go"}),
        ({".gitattributes": "*.go -diff", "sub/.gitattributes": "*.go diff"}, {"x.go"}),
        ({".gitattributes": "*.go -diff", "sub/deep/.gitattributes": "*.go !diff"}, {"x.go", "sub/x.go"}),
        ({".gitattributes": "*.go diff=golang"}, set()),
        ({".gitattributes": "*.go diff=false"}, set()),
        ({".gitattributes": "*.go -diff diff"}, set()),
        ({".gitattributes": '"x.go" -diff'}, {"x.go", "sub/x.go", "sub/deep/x.go"}),
        ({"other/.gitattributes": "* -diff"}, set()),
    ],
    ids=lambda value: ";".join(f"{key}={text}" for key, text in value.items()) if isinstance(value, dict) else "",
)
def test_the_bases_attributes_hide_lines(work: Work, base: dict[str, str | bytes], hidden: set[str]) -> None:
    work.commit("base", base)
    work.branch("topic")
    for path in base:
        os.unlink(work.path / path)
    paths = ("x.go", "sub/x.go", "sub/deep/x.go")
    work.commit("topic", {path: lines(9) for path in paths})
    found = {file.path: file for file in ranged(work).files() if file.path in paths}
    assert {path for path, file in found.items() if file.binary} == hidden
    assert {path: file.added for path, file in found.items()} == {path: 0 if path in hidden else 9 for path in paths}
    assert {file.reason for path, file in found.items() if path in hidden} <= {"binary by an attribute of the base"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("linguist-generated", FileClass.GENERATED),
        ("linguist-generated=true", FileClass.GENERATED),
        ("linguist-generated=yes", FileClass.GENERATED),
        ("-linguist-generated", FileClass.SOURCE),
        ("linguist-generated=false", FileClass.SOURCE),
        ("!linguist-generated", FileClass.SOURCE),
        ("linguist-vendored", FileClass.VENDORED),
        ("linguist-documentation", FileClass.DOCS),
    ],
)
def test_the_bases_attributes_say_the_class(work: Work, said: str, expected: FileClass) -> None:
    work.commit("base", {".gitattributes": f"*.go {said}\n"})
    work.branch("topic")
    work.commit("topic", {"x.go": lines(9), ".gitattributes": "*.go linguist-vendored -diff\n"})
    found = {file.path: (file.file_class, file.added) for file in ranged(work).files()}
    assert found["x.go"] == (expected, 9)


def test_attributes_are_read_from_the_freshest_base(work: Work) -> None:
    stale = work.git("rev-parse", "HEAD")
    fresh = work.commit("fresh", {".gitattributes": "gen.go linguist-generated\n"})
    work.branch("topic")
    work.commit("topic", {"gen.go": lines(9)})
    work.git("update-ref", "refs/heads/main", stale)
    work.git("update-ref", "refs/remotes/origin/main", fresh)
    assert [(file.path, file.file_class) for file in ranged(work).files()] == [("gen.go", FileClass.GENERATED)]


def test_a_symbolic_link_is_no_attributes_file(work: Work) -> None:
    work.write("rules", "* -diff\n")
    os.symlink("rules", work.path / ".gitattributes")
    work.commit("base")
    work.branch("topic")
    work.commit("topic", {"x.go": lines(9)})
    assert figures(ranged(work)) == {"x.go": (9, 0)}


def test_the_environment_changes_no_figure(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hostile(work)
    for key, value in {
        "GIT_EXTERNAL_DIFF": "touch written; true",
        "GIT_DIFF_OPTS": "--unified=9",
        "GIT_CONFIG_PARAMETERS": "'diff.renames'='false' 'core.attributesfile'='/dev/stdin'",
        "GIT_PAGER": "touch written",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_ATTR_SOURCE": "HEAD",
        "GIT_TRACE": "1",
        "GIT_PREFIX": "sub/",
        "LC_ALL": "de_DE.UTF-8",
        "LANGUAGE": "de",
    }.items():
        monkeypatch.setenv(key, value)
    assert figures(staged(work)) == expected
    assert not (work.path / "written").exists()


# Generated histories: always what git itself says.


def numstat(work: Work, one: str, other: str, setting: str = "core.quotePath=true") -> dict[str, tuple[Any, ...]]:
    """Git's own figures: (added, deleted, old path) of each path."""
    raw = work.git("-c", setting, "diff", "--numstat", "-z", "-M", one, other).split("\0")[:-1]
    figures: dict[str, tuple[Any, ...]] = {}
    while raw:
        added, deleted, path = raw.pop(0).split("\t")
        old = None if path else raw.pop(0)
        figures[path or raw.pop(0)] = (added, deleted, old)
    return figures


@pytest.mark.parametrize("seed", range(8))
def test_figures_are_gits_own(work: Work, seed: int) -> None:
    grow(work, seed)
    merge_base = work.git("merge-base", "main", "HEAD")
    source = ranged(work)
    assert source.merge_base() == merge_base
    as_text = work.path.parent / "attributes"
    as_text.write_text("* diff\n")
    expected = numstat(work, merge_base, "HEAD")
    texts = numstat(work, merge_base, "HEAD", f"core.attributesFile={as_text}")
    # Where a binary file became text, git gives no figures.
    disguised = [file.path for file in source.files() if "though git calls it binary" in file.reason]
    expected |= {path: texts[path] for path in disguised}
    found = {
        file.path: ("-", "-", file.old_path) if file.binary else (str(file.added), str(file.deleted), file.old_path)
        for file in source.files()
    }
    assert found == expected
    assert list(found) == list(expected)


@pytest.mark.parametrize("commit", [False, True], ids=["staged", "committed"])
def test_files_of_the_work_tree_are_not_taken_for_their_blobs(
    work: Work, monkeypatch: pytest.MonkeyPatch, *, commit: bool
) -> None:
    """As with git-lfs: the blob is a pointer of two lines, the file in the work tree is large."""
    monkeypatch.chdir(work.path)
    work.git("config", "filter.big.clean", "printf 'pointer\\nto it\\n'")
    work.git("config", "filter.big.smudge", "cat")
    work.commit("base", {".gitattributes": "*.big filter=big\n*.dos text eol=crlf\n"})
    work.branch("topic")
    work.write("x.big", lines(900))
    work.write("y.dos", "one\r\ntwo\r\n")
    for path in ("x.big", "y.dos"):
        os.utime(work.path / path, (1_700_000_000, 1_700_000_000))  # older than the index, so git trusts its times
    work.git("add", "--all")
    if commit:
        work.git("commit", "-q", "-m", "topic")
    source = ranged(work) if commit else staged(work)
    assert figures(source) == {"x.big": (2, 0), "y.dos": (2, 0)}
    patch = source.patch_text() or ""
    assert "+pointer\n+to it\n" in patch
    assert "\r" not in patch


# Repositories that are not whole, or not of the usual kind.


def test_a_sha256_repository(tmp_path: Path) -> None:
    path = tmp_path / "long"
    subprocess.run(["git", "init", "-q", "-b", "main", "--object-format=sha256", path], check=True)
    work = Work.__new__(Work)
    work.path = path
    work.commit("base", {".gitattributes": "*.pb linguist-generated\n"})
    work.branch("topic")
    head = work.commit("topic", {"x.go": lines(4), "y.pb": lines(5)})
    assert len(head) == 64
    found = [(file.path, file.added, file.file_class) for file in ranged(work).files()]
    assert found == [("x.go", 4, FileClass.SOURCE), ("y.pb", 5, FileClass.GENERATED)]
    work.git("checkout", "-q", "--orphan", "new")
    assert figures(staged(work)) == {".gitattributes": (1, 0), "x.go": (4, 0), "y.pb": (5, 0)}


def test_a_partial_clone_fetches_what_it_lacks(work: Work, tmp_path: Path) -> None:
    work.git("config", "uploadpack.allowFilter", "true")
    work.git("config", "uploadpack.allowAnySHA1InWant", "true")
    work.commit("base", {".gitattributes": "*.pb linguist-generated\n", "x.go": lines(9)})
    work.branch("topic")
    work.commit("topic", {"x.go": lines(4), "y.pb": lines(5), "moved.md": "start\n"})
    clone = tmp_path / "blobless"
    work.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{work.path}", str(clone))
    repository = open_repository(str(clone))
    head = repository.resolve("topic")
    assert head is not None
    found = RangeSource(repository, head, base="main").files()
    assert [(file.path, file.added, file.deleted, file.file_class.value) for file in found] == [
        ("moved.md", 1, 0, "docs"),
        ("x.go", 0, 5, "source"),
        ("y.pb", 5, 0, "generated"),
    ]


@pytest.mark.parametrize("lost", ["main:x.go", "HEAD:x.go", "HEAD^{tree}", "main^{tree}", "HEAD:sub"])
def test_a_lost_object_is_an_error(work: Work, lost: str) -> None:
    work.commit("base", {"x.go": lines(9), "sub/y.go": "y\n"})
    work.branch("topic")
    work.commit("topic", {"x.go": lines(4), "sub/y.go": "z\n"})
    name = work.git("rev-parse", lost)
    os.unlink(work.path / ".git/objects" / name[:2] / name[2:])
    with pytest.raises(GitError):
        ranged(work).files()


def test_a_corrupt_object_is_an_error(work: Work) -> None:
    work.branch("topic")
    work.commit("topic", {"x.go": lines(4)})
    name = work.git("rev-parse", "HEAD:x.go")
    path = work.path / ".git/objects" / name[:2] / name[2:]
    os.chmod(path, 0o644)
    path.write_bytes(b"rubbish")
    with pytest.raises(GitError):
        ranged(work).files()


# Branches.


def test_branches_each_once(work: Work) -> None:
    main = work.git("rev-parse", "HEAD")
    work.branch("topic")
    topic = work.commit("topic")
    work.git("update-ref", "refs/remotes/origin/main", main)
    work.git("update-ref", "refs/remotes/origin/a/b", topic)
    work.git("update-ref", "refs/remotes/origin/done", main)
    work.git("update-ref", "refs/heads/-x", topic)
    work.git("update-ref", "refs/remotes/bare", topic)
    work.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert ranged(work).branches() == (
        Branch("-x", topic, BranchState.OPEN),
        Branch("main", main, BranchState.MERGED),
        Branch("topic", topic, BranchState.OPEN),
        Branch("a/b", topic, BranchState.OPEN),
        Branch("done", main, BranchState.OPEN),  # it may have only just been made
    )


def test_a_branch_that_its_remote_has_gone_beyond(work: Work) -> None:
    main = work.git("rev-parse", "HEAD")
    work.branch("topic")
    topic = work.commit("topic")
    work.git("update-ref", "refs/heads/other", main)
    work.git("update-ref", "refs/remotes/origin/other", topic)
    assert ranged(work).branches() == (
        Branch("main", main, BranchState.MERGED),
        Branch("other", topic, BranchState.OPEN),
        Branch("topic", topic, BranchState.OPEN),
    )
