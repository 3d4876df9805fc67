from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from paddock.cli.order import command
from paddock.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

SERIES = "feature/tmc2-impl2"
KEYS = ["name", "series", "key", "slug", "parts", "valid", "reason"]


@pytest.fixture(autouse=True)
def _outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def order(*args: str, text: str | bytes = "") -> Result:
    return CliRunner().invoke(command, args, input=text)


def lines(result: Result) -> list[dict[str, object]]:
    # Not `splitlines`: JSON leaves U+0085 and its like as they are.
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def test_names_as_arguments() -> None:
    result = order(f"{SERIES}/03a2-reconciler-refactor", f"refs/heads/{SERIES}/03a1-controller-patterns")
    assert result.stdout == (
        "03a1  feature/tmc2-impl2/03a1-controller-patterns\n"
        "03a2  feature/tmc2-impl2/03a2-reconciler-refactor\n"
        "names: 2 · invalid: 0 · sharing an order key: 0 · gaps: 0\n"
    )
    assert (result.exit_code, result.stderr) == (0, "")


def test_everything_there_is_to_report() -> None:
    text = "x/01c-b\n\n  \nrefs/heads/x/1a-z\r\nx/01a-core\npr3-api\nx/00a1-split2-workqueue\n\x1b[31m\n"
    result = order(text=text)
    assert result.stdout == (
        "00a1-split2  x/00a1-split2-workqueue\n"
        "01a          x/01a-core               same order key as x/1a-z\n"
        "1a           x/1a-z                   same order key as x/01a-core\n"
        "01c          x/01c-b                  01b missing before it\n"
        "-            \\x1b[31m                 git refuses a name that has a control character\n"
        "-            pr3-api                  no order key in 'pr3-api': a key begins with a digit, as 01a does\n"
        "names: 6 · invalid: 2 · sharing an order key: 2 · gaps: 1\n"
        "  x: 01a is the order key of x/01a-core, x/1a-z\n"
        "  x: 01b missing between 01a and 01c\n"
    )
    assert result.exit_code == 0


def test_json() -> None:
    result = order("--format", "json", text="x/01c-b\nx/00a1-split1-part2b-q\nx/1c-c\ntest-framework\n")
    found = lines(result)
    assert found == [
        {
            "name": "x/00a1-split1-part2b-q",
            "series": "x",
            "key": "00a1",
            "slug": "q",
            "parts": ["split1", "part2b"],
            "valid": True,
            "reason": None,
        },
        {
            "name": "x/01c-b",
            "series": "x",
            "key": "01c",
            "slug": "b",
            "parts": [],
            "valid": True,
            "reason": "same order key as x/1c-c",
        },
        {
            "name": "x/1c-c",
            "series": "x",
            "key": "1c",
            "slug": "c",
            "parts": [],
            "valid": True,
            "reason": "same order key as x/01c-b",
        },
        {
            "name": "test-framework",
            "series": None,
            "key": None,
            "slug": None,
            "parts": [],
            "valid": False,
            "reason": "no order key in 'test-framework': a key begins with a digit, as 01a does",
        },
    ]
    assert [list(one) for one in found] == [KEYS] * 4
    assert result.stderr == (
        "names: 4 · invalid: 1 · sharing an order key: 2 · gaps: 0\n  x: 01c is the order key of x/01c-b, x/1c-c\n"
    )
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["x/01a-a", "x/01b-b"], 0),
        (["x/01a-a", "x/01k-b"], 0),
        ([], 0),
        (["x/01a-a", "x/1a-b"], 1),
        (["x/01a-a", "x/01a-a"], 1),
        (["x/01a-a", "main"], 1),
        ([""], 1),
    ],
    ids=["in-order", "gaps-alone", "nothing", "duplicate", "given-twice", "invalid", "empty"],
)
def test_exit_codes(names: list[str], code: int) -> None:
    assert order("--check", *names).exit_code == code
    assert order(*names).exit_code == 0


@pytest.mark.parametrize(
    ("names", "reasons"),
    [
        (["x/01a-a", "x/01a-a"], ["given 2 times", "given 2 times"]),
        (
            ["x/01a-a", "x/01a-b", "x/01a-c"],
            [
                "same order key as x/01a-b and 1 more",
                "same order key as x/01a-a and 1 more",
                "same order key as x/01a-a and 1 more",
            ],
        ),
    ],
    ids=["itself", "three"],
)
def test_who_shares_a_key(names: list[str], reasons: list[str]) -> None:
    assert [one["reason"] for one in lines(order("--format", "json", *names))] == reasons


def test_template_and_series() -> None:
    options = ("--template", "{series}/{agent}/{key}-{slug}", "--series", SERIES, "--series", "hotfix")
    result = order("--format", "json", *options, f"{SERIES}/agent-1/03a1-x", "hotfix/agent-2/1-y", "x/a/1-z")
    assert [(one["series"], one["key"], one["reason"]) for one in lines(result)] == [
        (SERIES, "03a1", None),
        ("hotfix", "1", None),
        (None, None, f"in none of the series: {SERIES}, hotfix"),
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--template", "{series}/{slug}"), "--template: no {key} in '{series}/{slug}'"),
        (("--template", ""), "--template: no {series} in ''"),
        (("--series", "x/"), "--series 'x/': git refuses a name that ends with a slash"),
        (("--series", ""), "--series '': the name is empty"),
    ],
)
def test_wrong_options(args: tuple[str, ...], message: str) -> None:
    error = order(*args, "x/01a-a").exception
    assert isinstance(error, UsageError)
    assert (str(error), bool(error.hint)) == (message, True)


def test_names_that_end_with_nul_may_hold_newlines() -> None:
    result = order("-z", "--format", "json", text="x/01a-a\0\0x/01b\n-b\0")
    assert [(one["name"], one["reason"]) for one in lines(result)] == [
        ("x/01a-a", None),
        ("x/01b\n-b", "git refuses a name that has a control character"),
    ]


def test_a_huge_key_neither_crashes_nor_floods() -> None:
    result = order(text=f"x/{'1' * 10_000}-a\nx/01a-b\n")
    first, second, _ = result.stdout.splitlines()
    assert first.split() == ["01a", "x/01a-b"]
    assert second.endswith("  the order key has 10000 characters, 9872 over the limit of 128")
    assert result.exit_code == 0


def test_help_shows_examples() -> None:
    result = order("--help")
    assert "  paddock order feature/x/01b-flags feature/x/01a-core\n" in result.stdout
    assert result.exit_code == 0


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_any_bytes_are_listed_and_given_back(names: list[bytes]) -> None:
    wanted = sorted(name.removeprefix(b"refs/heads/") for one in names for name in one.split(b"\0") if name)
    result = order("-z", "--format", "json", text=b"\0".join(names))
    found = [
        b64decode(str(one["name_b64"])) if "name_b64" in one else str(one["name"]).encode() for one in lines(result)
    ]
    assert sorted(found) == wanted
    text = order("-z", text=b"\0".join(names))
    assert all(line.isprintable() for line in text.stdout.rstrip("\n").split("\n"))
    assert text.exit_code == result.exit_code


def test_the_real_program_with_bytes_that_are_not_utf_8() -> None:
    names = f"{SERIES}/01b-vw-integration\n{SERIES}/01a-virtual-workspace\n".encode() + b"x/01a-\xff\n"
    program = [sys.executable, "-m", "paddock", "order"]
    done = subprocess.run([*program, "--format", "json"], input=names, capture_output=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in found] == [
        f"{SERIES}/01a-virtual-workspace",
        f"{SERIES}/01b-vw-integration",
        "x/01a-\\xff",
    ]
    assert list(found[2]) == [*KEYS, "name_b64"]
    assert b64decode(found[2]["name_b64"]) == b"x/01a-\xff"
    assert done.stderr == "names: 3 · invalid: 1 · sharing an order key: 0 · gaps: 0\n".encode()
    assert done.returncode == 0
    as_argument = subprocess.run([*program, "--", b"x/01a-\xff", b"--force"], capture_output=True, check=False)
    assert as_argument.stdout.splitlines()[:2] == [
        b"-  --force     git refuses a name that begins with a hyphen",
        b"-  x/01a-\\xff  the name has bytes that are not UTF-8",
    ]


def test_the_real_program_tells_a_wrong_template_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "paddock", "order", "--template", "{nope}", "x"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "paddock: --template: unknown placeholder 'nope': there are series, agent, key, slug\n"
        "  for example: --template '{series}/{key}-{slug}'\n"
    )


def test_template_and_series_come_from_the_policy(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.write(
        ".paddock.yaml",
        "series: feature/x\ngates: {branch-order: {template: '{series}/{agent}/{key}-{slug}'}}\n",
    )
    monkeypatch.chdir(work.path)
    result = order("--format", "json", "feature/x/agent-1/01a-core", "feature/y/agent-1/01a-core")
    assert [(one["key"], one["valid"]) for one in lines(result)] == [("01a", True), (None, False)]
    assert lines(order("--format", "json", "--series", "feature/y", "feature/y/agent-1/01a-core"))[0]["valid"] is True
