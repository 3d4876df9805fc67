"""Where git need not be asked it must have nothing to say."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Work
from paddock.sources.foresight import Change, changes
from paddock.sources.git import open_repository
from paddock.sources.merging import Merging
from paddock.stack.apart import apart, touched

FILE, NONE = b"100644", b"000000"


def edits(*paths: str) -> tuple[Change, ...]:
    return tuple(Change(FILE, FILE, b"1", path.encode()) for path in paths)


def adds(*paths: str) -> tuple[Change, ...]:
    return tuple(Change(NONE, FILE, b"1", path.encode()) for path in paths)


def deletes(*paths: str) -> tuple[Change, ...]:
    return tuple(Change(FILE, NONE, b"0", path.encode()) for path in paths)


MOVE = (*deletes("lib/a"), *adds("src/a"))
CASES: dict[str, tuple[tuple[Change, ...], tuple[Change, ...], bool]] = {
    "nothing": ((), (), True),
    "nothing on one side": (edits("a"), (), True),
    "other files": (edits("a"), edits("b"), True),
    "other files of a folder": (edits("x/a"), edits("x/b"), True),
    "the same file": (edits("a", "b"), edits("b", "c"), False),
    "both delete it": (deletes("a"), deletes("a"), False),
    "a name that goes on": (adds("a/b"), adds("a/bc"), True),
    "a file and a folder": (adds("a"), adds("a/b"), False),
    "a file and a folder far above": (adds("a/b/c/d"), adds("a"), False),
    "new files": (adds("a"), adds("b"), True),
    "one deletes, the other adds": (deletes("a"), adds("b"), True),
    "a move, and an edit elsewhere": (MOVE, edits("b"), True),
    "a move, and a file deleted elsewhere": (MOVE, deletes("b"), True),
    "a move, and a new file, which may belong where the folder went": (MOVE, adds("lib/b"), False),
    "a move, and what it moved was edited": (MOVE, edits("lib/a"), False),
    "two moves": (MOVE, (*deletes("x/a"), *adds("y/a")), False),
}


@pytest.mark.parametrize(("one", "other", "wanted"), CASES.values(), ids=CASES)
def test_apart(one: tuple[Change, ...], other: tuple[Change, ...], *, wanted: bool) -> None:
    assert apart(touched(one), touched(other)) is wanted
    assert apart(touched(other), touched(one)) is wanted


_FOLDERS = ("", "lib/", "b/", "b/c/")
_NAMES = ("a", "b", "c")


def _change(work: Work, chance: random.Random) -> None:
    """One change of any kind, of files and folders that have each other's names."""
    files = sorted(path for path in work.path.rglob("*") if path.is_file() and ".git" not in path.parts)
    path = chance.choice(files)
    kind = chance.choice(["edit", "edit", "add", "add", "delete", "move", "folder", "mode", "link"])
    if kind == "edit" and not path.is_symlink():
        path.write_text(path.read_text() + f"edited {chance.randrange(100)}\n")
    elif kind == "delete" and len(files) > 1:
        path.unlink()
    elif kind == "move":
        path.rename(path.parent / f"moved{chance.randrange(3)}")
    elif kind == "folder" and (work.path / "lib").is_dir() and not (work.path / "src").exists():
        (work.path / "lib").rename(work.path / "src")
    elif kind == "mode" and not path.is_symlink():
        path.chmod(path.stat().st_mode ^ 0o111)
    elif kind == "link":
        path.unlink()
        path.symlink_to("README.md")
    elif kind == "add":
        new = work.path / f"{chance.choice(_FOLDERS)}{chance.choice(_NAMES)}"
        above = [folder for folder in new.relative_to(work.path).parents if (work.path / folder).is_file()]
        for folder in above:  # a file makes way for a folder of its name
            (work.path / folder).unlink()
        if not new.is_dir():
            new.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            new.write_text(f"new {chance.randrange(3)}\n")


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_what_is_apart_git_merges(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    with tempfile.TemporaryDirectory() as folder:
        work = Work(Path(folder) / "work")
        texts = {
            f"{above}{name}": "".join(f"{above}{name} {at}\n" for at in range(9))
            for above in ("lib/", "x/")
            for name in "abc"
        }
        work.commit("start", {"README.md": "start\n", **texts})
        tips = []
        for number in range(5):
            work.branch(f"b{number}", "main")
            for _ in range(chance.randint(1, 3)):
                _change(work, chance)
            work.commit("change")
            tips.append(work.git("rev-parse", "HEAD"))
        merging = Merging(open_repository(os.fspath(work.path)))
        base = work.git("rev-parse", "main^{tree}")
        trees = [work.git("rev-parse", f"{tip}^{{tree}}") for tip in tips]
        sides = [touched(some) for some in changes(merging, [(base, tree) for tree in trees])]
        pairs = [(one, other) for one in range(5) for other in range(one)]
        merges = merging.merges([(tips[one], tips[other]) for one, other in pairs])
        for (one, other), merge in zip(pairs, merges, strict=True):
            assert merge.clean or not apart(sides[one], sides[other]), (one, other, merge)
