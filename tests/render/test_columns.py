"""Where a finding knows its column, every form that has a place for one says it."""

from __future__ import annotations

import json

from paddock.findings import Finding, Outcome, Report, Verdict
from paddock.model import Stage
from paddock.render import github, junit, markdown, sarif, text
from paddock.render import json as as_json

REPORT = Report(
    stage=Stage.CI,
    verdicts=(
        Verdict(
            gate="patterns",
            outcome=Outcome.FAILED,
            reason="1 of 1 rule broken",
            findings=(Finding(message="odd", path="a.go", line=3, column=14),),
        ),
    ),
)


def test_text() -> None:
    assert "error    a.go:3:14: odd\n" in text.render(REPORT)


def test_github() -> None:
    assert "file=a.go,line=3,col=14,title=patterns::odd" in github.render(REPORT)


def test_sarif() -> None:
    run = json.loads(sarif.render(REPORT, rules={}, version="1"))["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region, run["columnKind"]) == ({"startLine": 3, "startColumn": 14}, "unicodeCodePoints")


def test_json() -> None:
    assert json.loads(as_json.render(REPORT))["gates"][0]["findings"][0]["column"] == 14


def test_prose() -> None:
    assert "a.go:3:14" in markdown.render(REPORT)
    assert "a.go:3:14: odd" in junit.render(REPORT)
