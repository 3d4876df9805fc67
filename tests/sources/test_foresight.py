"""Changes laid over a tree: what is foreseen of a chain of merges that have nothing to do with each other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.sources.foresight import changes, overlaid
from paddock.sources.git import open_repository
from paddock.sources.merging import Merging

if TYPE_CHECKING:
    from conftest import Work

NAMES = (b"plain", b"a b/c", b'quo"te\\', b"line\nbreak", b"-x", b"\xff\xfe/\xe9", b":1", b"D x")


def tree(work: Work, revision: str) -> str:
    return work.git("rev-parse", f"{revision}^{{tree}}")


def test_a_sides_changes_over_its_own_base_are_that_side(work: Work) -> None:
    for name in (*NAMES, b"gone", b"was-file", b"was-folder/a", b"mode"):
        work.write(name, "one\n")
    work.commit("start", {})
    work.git("branch", "base")
    for name in NAMES:
        work.write(name, "two\n")
    for path in ("gone", "was-file", "was-folder/a", "mode"):
        (work.path / path).unlink()
    (work.path / "was-folder").rmdir()
    work.write("was-file/inside", "x\n")
    work.write("was-folder", "x\n")
    os.symlink("nowhere", work.path / "mode")
    work.git("add", "--all")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.git('rev-parse', 'base')},module")
    work.git("commit", "-q", "-m", "all kinds")
    merging = Merging(open_repository(str(work.path)))
    base, head = tree(work, "base"), tree(work, "HEAD")
    found, nothing, back = changes(merging, [(base, head), (base, base), (head, base)])
    assert (len(found), nothing) == (len(NAMES) + 7, ())
    start = work.git("rev-parse", "base")
    assert overlaid(merging, start, [found, nothing, back]) == [head, head, base]
    assert work.git("for-each-ref", "refs/paddock") == ""
