from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Work, lines
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.model import AddedLine
from paddock.sources import patch as patches
from paddock.sources.document import DocumentSource, read
from paddock.sources.git import open_repository
from paddock.sources.message import MessageSource
from paddock.sources.patch import added
from paddock.sources.range import RangeSource
from paddock.sources.staged import StagedSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from paddock.model import ChangedFile, Source

Found = dict[str, tuple[AddedLine, ...]]


def everything(_file: ChangedFile) -> bool:
    return True


def found(source: Source, wanted: Callable[[ChangedFile], bool] = everything) -> Found:
    return {file.path: added for file, added in source.added_lines(wanted)}


def ranged(work: Work, head: str = "HEAD") -> RangeSource:
    return RangeSource(open_repository(str(work.path)), work.git("rev-parse", head), base="main")


def one(number: int, text: str) -> tuple[AddedLine, ...]:
    return (AddedLine(number, text),)


@pytest.fixture
def branch(work: Work) -> Work:
    work.commit("before", {"a.py": lines(50), "b.py": lines(50), "gone.py": "x\n"})
    work.branch("feature")
    work.git("mv", "b.py", "moved.py")
    work.git("rm", "--quiet", "gone.py")
    work.write("moved.py", lines(50).replace("line 7\n", "line 7\nnew in moved\n"))
    work.write("a.py", "first\n" + lines(50).replace("line 20\n", "changed\r\n") + "no end")
    work.write("new.py", "+++ b/other\n-- x\n@@ -1 +1 @@\ndiff --git a/x b/x\n")
    work.git("add", "--all")
    return work


EXPECTED: Found = {
    "a.py": (AddedLine(1, "first"), AddedLine(22, "changed"), AddedLine(52, "no end")),
    "moved.py": one(9, "new in moved"),
    "new.py": tuple(
        AddedLine(i, text) for i, text in enumerate(("+++ b/other", "-- x", "@@ -1 +1 @@", "diff --git a/x b/x"), 1)
    ),
}


def test_of_an_index(branch: Work) -> None:
    assert found(StagedSource(open_repository(str(branch.path)), base="main")) == EXPECTED


def test_of_a_range_and_of_its_document(branch: Work) -> None:
    branch.commit("all")
    source = ranged(branch)
    assert found(source) == EXPECTED
    assert found(as_document(source)) == EXPECTED


def as_document(source: RangeSource) -> DocumentSource:
    from paddock.sources.document import write

    return DocumentSource(read(write(source, patch=source.patch_text(), base_sha=None), "-"))


def test_only_wanted_files_are_told(branch: Work) -> None:
    source = StagedSource(open_repository(str(branch.path)), base="main")
    assert found(source, lambda file: file.path == "moved.py") == {"moved.py": EXPECTED["moved.py"]}


def test_nothing_is_diffed_where_no_file_is_wanted(branch: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    source = StagedSource(open_repository(str(branch.path)), base="main")
    source.files()
    monkeypatch.setattr(patches, "added", None)
    monkeypatch.setenv("PATH", "/nowhere")
    source.repository.env["PATH"] = "/nowhere"
    assert found(source, lambda _: False) == {}


def test_a_patch_of_more_paths_than_a_call_takes(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paddock.sources.change._PATHS_LIMIT", 5)
    work.branch("feature")
    work.commit("two", {"first.py": "one\n", "second.py": "two\n", "third.py": "three\n"})
    wanted = found(ranged(work), lambda file: file.path != "second.py")
    assert wanted == {"first.py": one(1, "one"), "third.py": one(1, "three")}


HOSTILE: dict[str, tuple[bytes, bytes, str, str]] = {
    "a line end in the path": (b"a\nb.py", b"x\n", "a\nb.py", "x"),
    "quotes in the path": (b'a"\\b\t.py', b"x\n", 'a"\\b\t.py', "x"),
    "a path that is not UTF-8": (b"\xff.py", b"x\n", "\udcff.py", "x"),
    "a path like an option": (b"--output=x", b"x\n", "--output=x", "x"),
    "a path like a pathspec": (b":(exclude)*", b"x\n", ":(exclude)*", "x"),
    "a path that ends in a blank": (b"a ", b"x\n", "a ", "x"),
    "a line that is not UTF-8": (b"a", b"\xff\n", "a", "\udcff"),
    "a NUL byte": (b"a", b"x\0y\n", "a", "x\0y"),
    "a lone carriage return": (b"a", b"x\ry\r\n", "a", "x\ry"),
    "a form feed, a line separator": (b"a", "x\f\u2028y\n".encode(), "a", "x\f\u2028y"),
    "a very long line": (b"a", b"x" * 300_000 + b"\n", "a", "x" * 300_000),
}


@pytest.mark.parametrize(("name", "content", "path", "text"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files(name: bytes, content: bytes, path: str, text: str, work: Work) -> None:
    work.branch("feature")
    work.write(name, content)
    work.commit("hostile")
    source = ranged(work)
    assert found(source) == {path: one(1, text)}
    assert source.blob(path) == content
    if "\0" not in text and "\udcff" not in text:  # a document's patch is text
        assert found(as_document(source)) == {path: one(1, text)}


def test_what_is_no_text_is_not_asked_about(work: Work) -> None:
    work.branch("feature")
    (work.path / "link").symlink_to("README.md")
    work.write("binary", bytes(range(256)) * 40)
    work.git("add", "--all")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    work.git("commit", "--quiet", "--message", "no text")
    asked: list[str] = []

    def wanted(file: ChangedFile) -> bool:
        asked.append(file.path)
        return True

    assert found(ranged(work), wanted) == {}
    assert asked == []


def test_attributes_of_the_change_hide_nothing(work: Work) -> None:
    work.branch("feature")
    work.commit("hidden", {".gitattributes": "*.py -diff\n", "a.py": "x\n"})
    assert found(ranged(work))["a.py"] == one(1, "x")


def test_a_file_that_became_a_link(work: Work) -> None:
    work.commit("before", {"a": "one\ntwo\n"})
    work.branch("feature")
    (work.path / "a").unlink()
    (work.path / "a").symlink_to("README.md")
    work.commit("link")
    assert found(ranged(work)) == {}


def test_blobs(work: Work) -> None:
    work.commit("before", {"a": "old\n", "gone": "x\n", "1:b": "old\n"})
    work.branch("feature")
    work.git("rm", "--quiet", "gone")
    work.write("a", "new\n")
    work.write("1:b", "new\n")
    work.git("add", "--all")
    staged = StagedSource(open_repository(str(work.path)), base="main")
    work.write("a", "not staged\n")
    for source in (staged, ranged(work, work.git("commit-tree", "-m", "x", "-p", "HEAD", work.git("write-tree")))):
        assert [source.blob(path) for path in ("a", "gone", "1:b", "none")] == [b"new\n", None, b"new\n", None]
        assert [source.base_blob(path) for path in ("a", "gone", "none")] == [b"old\n", b"x\n", None]


def test_a_blob_over_the_limit(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paddock.sources.change.BLOB_LIMIT", 4)
    work.branch("feature")
    work.commit("large", {"a": "12345"})
    with pytest.raises(FactUnreadableError, match="a has 5 bytes, over the limit of 4"):
        ranged(work).blob("a")


def test_a_message_has_no_lines(work: Work) -> None:
    source = MessageSource(open_repository(str(work.path)), "x", base="main")
    for ask in (lambda: source.added_lines(everything), lambda: source.blob("a"), lambda: source.base_blob("a")):
        with pytest.raises(FactMissingError):
            ask()


def document(patch: str | None, *paths: str) -> DocumentSource:
    import msgspec

    entries: list[dict[str, Any]] = [
        {"path_b64": base64.b64encode(path.encode()).decode(), "status": "added", "added": 1, "deleted": 0}
        for path in paths
    ]
    change = {"version": 1, "branch": "x", "base": "main", "commits": [], "files": entries, "patch": patch}
    return DocumentSource(read(msgspec.json.encode(change), "-"))


def test_a_document_without_a_patch() -> None:
    with pytest.raises(FactMissingError, match="patch"):
        found(document(None, "a"))
    assert found(document(None, "a"), lambda _: False) == {}


def test_a_document_whose_patch_leaves_a_file_out() -> None:
    with pytest.raises(FactUnreadableError, match="none of the 1 added lines of b"):
        found(document("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n", "a", "b"))


def test_a_document_knows_no_whole_file() -> None:
    for ask in (document("", "a").blob, document("", "a").base_blob):
        with pytest.raises(FactMissingError):
            ask("a")


def test_context_lines_count_but_are_not_added() -> None:
    text = b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -3,3 +5,3 @@ def f():\n one\n-two\n+2\n three\n"
    assert list(added(BytesIO(text), lambda _: True)) == [("a", one(6, "2"))]


@pytest.mark.parametrize("hunk", ["@@ -1 +1 @@\nno mark\n", "@@ -1,2 +1,2 @@\n+x\n"], ids=["no mark", "cut short"])
def test_what_is_no_diff(hunk: str) -> None:
    text = f"diff --git a/a b/a\n--- a/a\n+++ b/a\n{hunk}"
    with pytest.raises(FactUnreadableError, match="not a unified diff"):
        list(added(BytesIO(text.encode()), lambda _: True))


def test_a_file_over_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1,3 @@\n+x\n+x\n+x\n"
    for limit in ("FILE_LIMIT", "LINES_LIMIT"):
        with monkeypatch.context() as patched:
            patched.setattr(patches, limit, 2)
            with pytest.raises(FactUnreadableError, match="the patch of a is over"):
                list(added(BytesIO(text), lambda _: True))


@given(st.binary(max_size=300) | st.text("@ +-,1\nabdif\\gt/", max_size=300).map(str.encode))
def test_any_bytes_end_in_lines_or_an_error(text: bytes) -> None:
    for head in (b"", b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1,2 @@\n"):
        try:
            told = list(added(BytesIO(head + text), lambda _: True))
        except FactUnreadableError:
            continue
        assert all(line.number > 0 and "\n" not in line.text for _, found in told for line in found)


LINE = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=12)


@given(st.lists(LINE, max_size=8), st.lists(LINE, max_size=8))
def test_the_reader_gives_back_what_was_added(before: list[str], after: list[str]) -> None:
    hunk = "".join(f"-{line}\n" for line in before) + "".join(f"+{line}\n" for line in after)
    text = f"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,{len(before)} +1,{len(after)} @@\n{hunk}"
    expected = tuple(AddedLine(i, line.removesuffix("\r")) for i, line in enumerate(after, 1))
    told = dict(added(BytesIO(text.encode()), lambda _: True))
    assert told == ({"a": expected} if expected else {})
