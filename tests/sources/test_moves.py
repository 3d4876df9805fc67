from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock.errors import FactUnreadableError
from paddock.model import Moved
from paddock.sources.git import open_repository
from paddock.sources.moves import SECTION_LIMIT, TOTAL_LIMIT, moved
from paddock.sources.patch import unquoted
from paddock.sources.range import RangeSource

if TYPE_CHECKING:
    from collections.abc import Iterable

LONG = ["def measure(fence: Fence) -> Length:", "    return sum(fence.posts) * gap", "}"]
HEADERS = ["-- a/x of quite some length", "++ b/y of quite some length", "diff --git a/of b/some length"]
A_TO_B = {"a": Moved(0, 3), "b": Moved(3, 0)}


def section(path: str, *hunks: Iterable[str]) -> str:
    """A file of a patch; each hunk is its lines with their marks."""
    text = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n"
    for hunk in hunks:
        body = list(hunk)
        old, new = (sum(line[0] in marks for line in body) for marks in ("- ", "+ "))
        text += f"@@ -1,{old} +1,{new} @@\n" + "".join(f"{line}\n" for line in body)
    return text


def plus(some: Iterable[str]) -> list[str]:
    return [f"+{line}" for line in some]


def minus(some: Iterable[str]) -> list[str]:
    return [f"-{line}" for line in some]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("", {}),
        (section("a", minus(LONG)) + section("b", plus(LONG)), A_TO_B),
        (section("a", minus(LONG), plus(LONG)), {"a": Moved(3, 3)}),
        (section("b", plus(LONG)) + section("c", plus(LONG)), {}),
        (section("a", minus(LONG)) + section("b", plus(LONG)) + section("c", plus(LONG)), A_TO_B),
        (section("a", minus(["}", "}", ""])) + section("b", plus(["}", "}", ""])), {}),
        (section("a", minus(LONG)) + section("b", plus([LONG[0], "new", *LONG[1:]])), A_TO_B),
        (section("a", minus(LONG)) + section("b", plus([f"  {line}" for line in LONG])), {}),
        (section("a", minus([f"{line}\r" for line in LONG])) + section("b", plus(LONG)), {}),
        (
            section("a", minus(LONG[:1])) + section("b", minus(LONG[1:])) + section("c", plus(LONG)),
            {"a": Moved(0, 1), "b": Moved(0, 2), "c": Moved(3, 0)},
        ),
        (section("a", minus(HEADERS)) + section("b", plus(HEADERS)), A_TO_B),
        (section("a", [*minus(LONG), "\\ No newline at end of file"]) + section("b", plus(LONG)), A_TO_B),
        ("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", {}),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n", {}),
    ],
    ids=[
        "nothing", "to-another-file", "within-a-file", "copied", "once-only", "braces", "interrupted", "indented",
        "line-ends", "put-together", "like-headers", "no-newline", "rename", "binary",
    ],
)  # fmt: skip
def test_moved(patch: str, expected: dict[str, Moved]) -> None:
    assert moved(BytesIO(patch.encode())) == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("plain", "plain"),
        ("with space\t", "with space"),
        ('"b/tab\\there"', "tab\there"),
        ('"b/line\\nbreak"', "line\nbreak"),
        ('"b/quo\\"te\\\\"', 'quo"te\\'),
        ('"b/caf\\303\\251\\377"', "café\udcff"),
    ],
)
def test_paths_as_git_quotes_them(name: str, path: str) -> None:
    shown = name if name.startswith('"') else f"b/{name}"
    patch = section("a", minus(LONG)) + section("x", plus(LONG)).replace("+++ b/x", f"+++ {shown}")
    assert moved(BytesIO(patch.encode())) == {"a": Moved(0, 3), path: Moved(3, 0)}


@pytest.mark.parametrize(
    ("quoted", "path"), [('"', '"'), ('""', ""), ('"\\q"', "?"), ('"\\12"', "?2"), ("a\\n", "a\\n")]
)
def test_unquoted(quoted: str, path: str) -> None:
    assert unquoted(quoted) == path


@pytest.mark.parametrize("patch", ["@@ -1,9 +1 @@\n+x\n", "@@ -1 +1 @@\nrubbish\n"])
def test_what_is_no_patch(patch: str) -> None:
    with pytest.raises(FactUnreadableError, match="the patch is not a unified diff"):
        moved(BytesIO(f"diff --git a/x b/x\n--- a/x\n+++ b/x\n{patch}".encode()))


@pytest.mark.parametrize("size", [SECTION_LIMIT, TOTAL_LIMIT])
def test_a_huge_file_hides_no_moves_behind_it(size: int) -> None:
    huge = section("huge", plus([f"{i:99}" for i in range(size // 100)]))
    patch = huge + section("a", minus(LONG)) + section("b", plus(LONG))
    assert moved(BytesIO(patch.encode())) == {"a": Moved(0, 3), "b": Moved(3, 0)}


def test_moves_beyond_the_limit_are_not_seen() -> None:
    part = SECTION_LIMIT // 2
    huge = section("huge", plus([f"{i:99}" for i in range(part // 100)]))
    pair = section("a", minus(LONG)) + section("b", plus(LONG))
    count = TOTAL_LIMIT // part
    assert moved(BytesIO((pair + huge * count + pair.replace("a/a", "a/c")).encode())) == {
        "a": Moved(0, 3),
        "b": Moved(3, 0),
    }


def test_in_a_repository(work: Work) -> None:
    block = "".join(f"some words of line {i}\n" for i in range(30))
    work.commit("base", {"a b.go": lines(50) + block, 'quo"te.go': lines(50, "q")})
    work.branch("topic")
    work.commit("topic", {"a b.go": lines(50), 'quo"te.go': lines(25, "q") + block + lines(50, "q").split("q 24\n")[1]})
    repository = open_repository(str(work.path))
    source = RangeSource(repository, work.git("rev-parse", "HEAD"), base="main")
    assert source.moved() == {"a b.go": Moved(0, 30), 'quo"te.go': Moved(30, 0)}


# The kernel's own high-water mark of the process; `ru_maxrss` would begin with that of pytest.
PEAK = """
import sys
from paddock.sources.moves import moved
found = moved(sys.stdin.buffer)
print(len(found), open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.parametrize("kind", ["distinct", "equal", "one-line"])
def test_a_hundred_megabytes_are_bounded_in_memory(kind: str) -> None:
    def write(put: object) -> None:
        assert callable(put)
        if kind == "one-line":
            put(b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+")
            for _ in range(100):
                put(b"x" * (1 << 20))
            return
        for i in range(50):
            text = [f"line {i}.{j} of the text" if kind == "distinct" else "same" for j in range(20_000)]
            put((section(f"a{i}", minus(text)) + section(f"b{i}", plus(text))).encode())
            put(section("padding", plus(["x" * 1_000] * 2_100)).encode())

    with subprocess.Popen([sys.executable, "-c", PEAK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it may have seen enough
            write(process.stdin.write)
        process.stdin.close()
        found, peak = process.stdout.read().split()
    assert (int(found) > 0) is (kind != "one-line")
    assert int(peak) < 150 << 10
