from __future__ import annotations

import re

import pytest
from hypothesis import given

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.model import Stage
from paddock.render.github import command, render
from render.shared_report import EVIL, PATH, REPORT, REPORTS, SECOND, expected

# As ActionCommand.cs of actions/runner has them, in its order.
DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def unescape(text: str, mapping: dict[str, str]) -> str:
    for token, char in mapping.items():
        text = text.replace(token, char)
    return text


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it."""
    assert line.startswith("::")
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, properties = head.partition(" ")
    pairs = (pair.partition("=") for pair in properties.split(",") if pair)
    return name, {key: unescape(value, PROPERTY) for key, _, value in pairs}, unescape(data, DATA)


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Every line that the runner sees; nothing but commands may stand there."""
    lines = text.replace("\r", "\n").split("\n")
    assert lines.pop() == ""
    return [parsed(line) for line in lines]


def test_the_shared_report() -> None:
    assert render(REPORT) == expected("report.github")


def test_what_the_runner_reads() -> None:
    read = commands(render(REPORT))
    assert read[2:6] == [
        ("notice", {"title": "branch-order"}, "waits for `feature/x/01a-base`\n→ merge it first: #12"),
        ("warning", {"title": "commit-message"}, "0123456789ab: the subject is empty\n→ amend it"),
        ("error", {"title": "dco"}, "this clone is shallow: 3 commits can't be read\n→ git fetch --unshallow"),
        ("warning", {"title": "codegen"}, "the generator did not run"),
    ]
    assert read[6] == (
        "error",
        {"file": "src/a b.py", "line": "3", "title": "patterns"},
        "`print(` is forbidden\n→ log it\n→ or drop it",
    )
    assert read[8][1] == {"file": PATH, "line": "7", "title": "patterns"}
    assert [one[1] for one in read[9:11]] == [{"title": "patterns"}] * 2
    assert read[9][2] == "caf\\xe9/\\xff.py:1: `eval(` is forbidden"
    assert read[-1] == ("notice", {"title": "signing"}, "the commit does not exist before it is made")


def many(**counts: int) -> Report:
    levels = {"errors": Level.ERROR, "warnings": Level.WARNING, "notes": Level.NOTE}
    findings = tuple(
        Finding(message=f"{word} {i}", severity=levels[word]) for word, count in counts.items() for i in range(count)
    )
    return Report(stage=Stage.CI, verdicts=(Verdict(gate="x", outcome=Outcome.FAILED, reason="", findings=findings),))


SHOWN: dict[str, tuple[dict[str, int], dict[str, int], str | None]] = {
    "all that fit": (
        {"errors": 10, "warnings": 10, "notes": 10},
        {"error": 10, "warning": 10, "notice": 10},
        None,
    ),
    "errors": ({"errors": 12, "notes": 9}, {"error": 10, "warning": 0, "notice": 10}, "2 more errors"),
    "the last notice takes a place": (
        {"errors": 11, "notes": 10},
        {"error": 10, "warning": 0, "notice": 10},
        "1 more error, 1 more notice",
    ),
    "thousands": (
        {"errors": 5000, "warnings": 11, "notes": 11},
        {"error": 10, "warning": 10, "notice": 10},
        "4,990 more errors, 1 more warning, 2 more notices",
    ),
}


@pytest.mark.parametrize(("given_", "kept", "rest"), SHOWN.values(), ids=SHOWN)
def test_no_more_than_github_shows(given_: dict[str, int], kept: dict[str, int], rest: str | None) -> None:
    read = commands(render(many(**given_)))
    names = [name for name, _, _ in read]
    assert {name: names.count(name) for name in kept} == kept
    last = ("notice", {"title": "paddock"}, f"{rest}: the job's summary lists all")
    assert (read[-1] == last) is (rest is not None)


def test_the_limit_holds_for_all_reports_together() -> None:
    assert len(commands(render(many(errors=8), many(errors=8)))) == 11


def test_a_gate_that_passed_is_no_noise() -> None:
    assert render(Report(stage=Stage.CI, verdicts=(Verdict(gate="x", outcome=Outcome.PASSED, reason="fine"),))) == ""


def test_a_message_is_cut_where_the_runner_cuts() -> None:
    finding = Finding(message="x" * 10_000, hint="\n".join(["y" * 900] * 9), path="z" * 5000)
    made = Report(stage=Stage.CI, verdicts=(Verdict(gate="x", outcome=Outcome.FAILED, reason="", findings=(finding,)),))
    ((_, properties, message),) = commands(render(made))
    assert (properties, len(message)) == ({"title": "x"}, 4096)


def test_properties_and_data_come_back() -> None:
    text = "%0A%25,:\r\n::a=b%"
    assert parsed(command("error", text, file=text, title="")) == ("error", {"file": text}, text)


def test_hostile_text_forges_nothing() -> None:
    assert [name for name, _, _ in commands(render(SECOND))] == ["error", "error"]
    assert EVIL not in render(SECOND)


@given(REPORTS)
def test_every_line_is_a_command_of_ours(report: Report) -> None:
    text = render(report)
    read = commands(text)
    assert {name for name, _, _ in read} <= {"error", "warning", "notice"}
    assert {key for _, properties, _ in read for key in properties} <= {"file", "line", "title"}
    assert re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text) is None
