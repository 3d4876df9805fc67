"""`paddock bot`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

COMMENT = b"""Well done.\r
/assign agent-3
/asign agent-3
`/hold`

/request-changes
- Close the file
- Test it
"""


def test_a_comment_becomes_one_object_a_line(tmp_path: Path) -> None:
    ran = paddock("bot", "parse", cwd=tmp_path, stdin=COMMENT)
    assert (ran.code, ran.err) == (0, "")
    assert [json.loads(line) for line in ran.out.splitlines()] == [
        {"command": "assign", "args": ["agent-3"], "line": 2},
        {"error": "there is no command `/asign`", "suggestion": "/assign", "line": 3},
        {"command": "request-changes", "args": ["Close the file", "Test it"], "line": 6, "lines": [7, 8]},
    ]


HOSTILE = {
    "nothing": (b"", []),
    "no UTF-8": (b"/todo \xff\xfe a\n", [{"command": "todo", "args": ["\ufffd\ufffd a"], "line": 1}]),
    "NUL": (b"/todo a\0b", [{"command": "todo", "args": ["a\ufffdb"], "line": 1}]),
    "a line break in what is told": (
        "/done \u2028x".encode(),
        [{"error": "/done takes no argument; `x` is too much", "suggestion": "/done", "line": 1}],
    ),
    "another bot's": (b"/retest", []),
    "too long": (
        b"/hold\n" * 20_000,
        [{"error": "120,000 characters, 54,464 over the limit of 65,536", "suggestion": None, "line": 1}],
    ),
}


@pytest.mark.parametrize(("stdin", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_said(stdin: bytes, expected: list[object], tmp_path: Path) -> None:
    ran = paddock("bot", "parse", cwd=tmp_path, stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    assert [json.loads(line) for line in ran.out.splitlines()] == expected


def test_what_is_no_comment_by_its_size_is_refused(tmp_path: Path) -> None:
    ran = paddock("bot", "parse", cwd=tmp_path, stdin=b"x" * ((4 << 20) + 1))
    assert (ran.code, ran.out, ran.err) == (2, "", "paddock: a comment of more than 4 MiB\n")


def test_help(tmp_path: Path) -> None:
    overview = paddock("bot", "help", cwd=tmp_path)
    assert overview.code == 0
    assert "| `/assign [AGENT]` |" in overview.out
    one = paddock("bot", "help", "/LGTM", cwd=tmp_path)
    assert (one.code, one.out.splitlines()[0]) == (0, "`/approve [SHA]`")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("asign", "paddock: the bot has no command `asign`\n  did you mean `assign`?\n"),
        ("qqq\n", "paddock: the bot has no command `qqq\\n`\n  all: paddock bot help\n"),
    ],
)
def test_help_on_nothing(name: str, said: str, tmp_path: Path) -> None:
    ran = paddock("bot", "help", name, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (2, "", said)
