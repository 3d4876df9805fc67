from __future__ import annotations

import pytest

from paddock.model import FileStatus
from paddock.sources.diff import Entry, entries

A, B, NONE = "a" * 40, "b" * 40, "0" * 40


def entry(path: str, **values: object) -> Entry:
    usual = {"status": FileStatus.MODIFIED, "mode": "100644", "blob": B, "old_path": None, "added": 0, "deleted": 0}
    return Entry(path=path, **{**usual, "binary": False, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", []),
        (f":100644 100644 {A} {B} M|x.go|3\t1\tx.go|", [entry("x.go", added=3, deleted=1)]),
        (f":100644 100644 {A} {B} M|a\tb|3\t1\ta\tb|", [entry("a\tb", added=3, deleted=1)]),
        (f":100644 100644 {A} {B} M|:x|1\t0\t:x|", [entry(":x", added=1)]),
        (f":100644 100644 {A} {B} M|x|-\t-\tx|", [entry("x", binary=True)]),
        (
            f":100644 100644 {A} {B} R087|old|new|2\t1\t|old|new|",
            [entry("new", status=FileStatus.RENAMED, old_path="old", added=2, deleted=1)],
        ),
        (
            f":100644 100755 {A} {B} C100|1\t2|3\t4|0\t0\t|1\t2|3\t4|",
            [entry("3\t4", status=FileStatus.COPIED, old_path="1\t2", mode="100755")],
        ),
        (
            f":100644 000000 {A} {NONE} D|x|0\t9\tx|",
            [entry("x", status=FileStatus.DELETED, deleted=9, blob=A)],
        ),
        (
            f":000000 160000 {NONE} {B} A|sub|1\t0\tsub|",
            [entry("sub", status=FileStatus.ADDED, added=1, mode="160000")],
        ),
        (
            f":100644 120000 {A} {B} T|x|1\t5\tx|",
            [entry("x", status=FileStatus.TYPE_CHANGED, added=1, deleted=5, mode="120000")],
        ),
        (f":100644 000000 {A} {NONE} U|x|:100644 100644 {A} {B} M|y|1\t0\ty|", [entry("y", added=1)]),
        (f":100644 100755 {A} {A} M|x|0\t0\tx|", [entry("x", blob=A, mode="100755")]),
    ],
    ids=[
        "nothing", "modified", "tab", "colon", "binary", "renamed", "copied", "deleted", "submodule", "type",
        "unmerged", "mode",
    ],
)  # fmt: skip
def test_entries(output: str, expected: list[Entry]) -> None:
    assert list(entries(output.replace("|", "\0").encode())) == expected
