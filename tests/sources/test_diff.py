from __future__ import annotations

import pytest

from paddock.model import FileStatus
from paddock.sources.diff import Counted, Listed, counted, listed

A, B, NONE = "a" * 40, "b" * 40, "0" * 40


def output(text: str) -> bytes:
    return text.replace("|", "\0").encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (f":100644 100644 {A} {B} M|x.go|", [Listed("x.go", FileStatus.MODIFIED, "100644", B)]),
        (f":100644 100644 {A} {B} M|a\tb|", [Listed("a\tb", FileStatus.MODIFIED, "100644", B)]),
        (f":100644 100644 {A} {B} M|:x|", [Listed(":x", FileStatus.MODIFIED, "100644", B)]),
        (f":100644 100644 {A} {B} M|\udcff\n|", [Listed("\udcff\n", FileStatus.MODIFIED, "100644", B)]),
        (f":100644 000000 {A} {NONE} D|x|", [Listed("x", FileStatus.DELETED, "100644", A)]),
        (f":000000 160000 {NONE} {B} A|sub|", [Listed("sub", FileStatus.ADDED, "160000", B)]),
        (f":100644 120000 {A} {B} T|x|", [Listed("x", FileStatus.TYPE_CHANGED, "120000", B)]),
        (
            f":100644 000000 {A} {NONE} U|x|:100644 100755 {A} {A} M|y|",
            [Listed("y", FileStatus.MODIFIED, "100755", A)],
        ),
    ],
    ids=["nothing", "modified", "tab", "colon", "bytes", "deleted", "submodule", "type", "unmerged"],
)
def test_listed(text: str, expected: list[Listed]) -> None:
    assert list(listed(output(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("3\t1\tx|", [Counted("x", None, 3, 1, binary=False)]),
        ("3\t1\ta\tb|", [Counted("a\tb", None, 3, 1, binary=False)]),
        ("-\t-\tx|", [Counted("x", None, 0, 0, binary=True)]),
        (
            "2\t1\t|old|new|1\t0\tx|",
            [Counted("new", "old", 2, 1, binary=False), Counted("x", None, 1, 0, binary=False)],
        ),
        ("0\t0\t|1\t2|3\t4|", [Counted("3\t4", "1\t2", 0, 0, binary=False)]),
        ("0\t0\tunmerged|1\t0\tx|", [Counted("x", None, 1, 0, binary=False)]),
    ],
    ids=["nothing", "modified", "tab", "binary", "renamed", "renamed-with-tabs", "not-listed"],
)
def test_counted(text: str, expected: list[Counted]) -> None:
    names = ("x", "a\tb", "new", "3\t4")
    known = {name: Listed(name, FileStatus.MODIFIED, "100644", B) for name in names}
    assert list(counted(output(text), known)) == expected
