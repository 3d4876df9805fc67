from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.model import Stage
from paddock.render.junit import render
from render.shared_report import REPORT, REPORTS, SECOND, expected


def parsed(*reports: Report) -> ET.Element:
    return ET.fromstring(render(*reports).encode())  # noqa: S314 - our own


def test_the_shared_report() -> None:
    assert render(REPORT) == expected("report.junit.xml")


def test_a_suite_a_report_and_a_case_a_gate() -> None:
    root = parsed(REPORT, SECOND)
    assert [[case.get("name") for case in suite.findall("testcase")] for suite in root] == [
        [verdict.gate for verdict in report.verdicts] for report in (REPORT, SECOND)
    ]
    counts = ("tests", "failures", "errors", "skipped")
    assert [[suite.get(name) for name in counts] for suite in root] == [["8", "2", "1", "2"], ["2", "1", "1", "0"]]
    assert [root.get(name) for name in counts] == ["10", "3", "2", "2"]


WARNED = (Finding(message="m", severity=Level.WARNING, hint="h"),)
ENDS: dict[str, tuple[Verdict, list[tuple[str, str | None, str | None]]]] = {
    "passed": (Verdict(gate="x", outcome=Outcome.PASSED, reason="r"), [("system-out", None, "r")]),
    "warned": (
        Verdict(gate="x", outcome=Outcome.PASSED, reason="r", findings=WARNED, blocking=False),
        [("system-out", None, "r\nwarning: m\n  → h")],
    ),
    "failed": (
        Verdict(gate="x", outcome=Outcome.FAILED, reason="r", findings=(Finding(message="m", path="a", line=3),)),
        [("failure", "r", "error: a:3: m")],
    ),
    "skipped": (Verdict(gate="x", outcome=Outcome.SKIPPED, reason="r"), [("skipped", "r", None)]),
    "errored": (Verdict(gate="x", outcome=Outcome.ERRORED, reason="r"), [("error", "r", None)]),
    "errored, and does not block": (
        Verdict(gate="x", outcome=Outcome.ERRORED, reason="r", blocking=False),
        [("skipped", "could not check: r", None)],
    ),
}


@pytest.mark.parametrize(("verdict", "said"), ENDS.values(), ids=ENDS)
def test_how_a_gate_ended(verdict: Verdict, said: list[tuple[str, str | None, str | None]]) -> None:
    (case,) = parsed(Report(stage=Stage.CI, verdicts=(verdict,))).iter("testcase")
    assert [(child.tag, child.get("message"), child.text) for child in case] == said


def test_nothing_judged() -> None:
    (suite,) = parsed(Report(stage=Stage.CI, verdicts=()))
    assert suite.attrib == {"name": "paddock ci", "tests": "0", "failures": "0", "errors": "0", "skipped": "0"}


@given(REPORTS)
def test_every_report_is_read_back(report: Report) -> None:
    assert [case.get("name") is not None for case in parsed(report).iter("testcase")] == [True] * len(report.verdicts)
