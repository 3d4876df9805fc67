from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.model import Stage, Trust
from paddock.render.json import render

REPORT = Report(
    stage=Stage.CI,
    subject="push of é at 0123",
    notes=("a note",),
    trust=Trust("origin/main", "1" * 40),
    verdicts=(
        Verdict(
            gate="pr-size",
            outcome=Outcome.FAILED,
            reason="812 changed lines",
            findings=(
                Finding(message="812 changed lines", hint="paddock count"),
                Finding(message="odd", severity=Level.WARNING, path="a/b c.py", line=3, commit="0" * 40),
            ),
            facts={"limit": 700, "nested": {"list": [1, None, True]}},
        ),
        Verdict(gate="dco", outcome=Outcome.SKIPPED, reason="no commit yet", blocking=False),
    ),
)
WHOLE = """\
{
  "version": 1,
  "outcome": "failed",
  "stage": "ci",
  "subject": "push of é at 0123",
  "notes": [
    "a note"
  ],
  "trust": {
    "ref": "origin/main",
    "sha": "1111111111111111111111111111111111111111"
  },
  "gates": [
    {
      "gate": "pr-size",
      "outcome": "failed",
      "reason": "812 changed lines",
      "findings": [
        {
          "severity": "error",
          "message": "812 changed lines",
          "hint": "paddock count",
          "path": null,
          "line": null,
          "column": null,
          "commit": null
        },
        {
          "severity": "warning",
          "message": "odd",
          "hint": null,
          "path": "a/b c.py",
          "line": 3,
          "column": null,
          "commit": "0000000000000000000000000000000000000000"
        }
      ],
      "facts": {
        "limit": 700,
        "nested": {
          "list": [
            1,
            null,
            true
          ]
        }
      }
    },
    {
      "gate": "dco",
      "outcome": "skipped",
      "reason": "no commit yet",
      "findings": [],
      "facts": {}
    }
  ]
}
"""
TEXT, MAYBE = {"type": "string"}, {"type": ["string", "null"]}


def closed(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    """A schema of exactly these keys."""
    required = [key for key in properties if key not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


OUTCOME = {"enum": ["passed", "failed", "skipped", "errored"]}
FINDING = closed(
    {
        "severity": {"enum": ["error", "warning", "note"]},
        "message": TEXT,
        "hint": MAYBE,
        "path": MAYBE,
        "path_b64": TEXT,
        "line": {"type": ["integer", "null"]},
        "column": {"type": ["integer", "null"]},
        "commit": MAYBE,
    },
    "path_b64",
)
GATE = closed(
    {
        "gate": TEXT,
        "outcome": OUTCOME,
        "reason": TEXT,
        "findings": {"type": "array", "items": FINDING},
        "facts": {"type": "object"},
    }
)
SCHEMA = closed(
    {
        "version": {"const": 1},
        "outcome": OUTCOME,
        "stage": TEXT,
        "subject": TEXT,
        "notes": {"type": "array", "items": TEXT},
        "trust": {"anyOf": [{"type": "null"}, closed({"ref": TEXT, "sha": TEXT})]},
        "gates": {"type": "array", "items": GATE},
    }
)


def test_the_whole() -> None:
    assert render(REPORT) == WHOLE


def test_nothing_judged() -> None:
    assert json.loads(render(Report(stage=Stage.PRE_PUSH, verdicts=()))) == {
        "version": 1,
        "outcome": "passed",
        "stage": "pre-push",
        "subject": "",
        "notes": [],
        "trust": None,
        "gates": [],
    }


def one(finding: Finding) -> Report:
    return Report(stage=Stage.CI, verdicts=(Verdict(gate="x", outcome=Outcome.FAILED, reason="", findings=(finding,)),))


PATHS = {
    "plain": (b"a/b.py", {"path": "a/b.py"}),
    "a line break and an escape": (b"a\n\x1b.py", {"path": "a\n\x1b.py"}),
    "not UTF-8": (b"caf\xe9", {"path": None, "path_b64": base64.b64encode(b"caf\xe9").decode()}),
    "half of a character": (b"\xe2\x82", {"path": None, "path_b64": base64.b64encode(b"\xe2\x82").decode()}),
}


@pytest.mark.parametrize(("path", "fields"), PATHS.values(), ids=PATHS)
def test_a_path_keeps_its_bytes(path: bytes, fields: dict[str, str | None]) -> None:
    report = one(Finding(message="", path=path.decode("utf-8", "surrogateescape")))
    finding = json.loads(render(report))["gates"][0]["findings"][0]
    assert {key: value for key, value in finding.items() if key.startswith("path")} == fields


TEXTS = {
    "ANSI": ("\x1b[31m", "\x1b[31m"),
    "NUL": ("\0", "\0"),
    "line separators": ("\u2028\u2029\n", "\u2028\u2029\n"),
    "bidi": ("\u202e", "\u202e"),
    "not UTF-8": ("caf\udce9!", "caf\ufffd!"),
    "half a pair": ("\ud800", "\ufffd"),
}


@pytest.mark.parametrize(("text", "read"), TEXTS.values(), ids=TEXTS)
def test_text_is_json_whatever_it_holds(text: str, read: str) -> None:
    verdict = Verdict(gate="x", outcome=Outcome.FAILED, reason=text, facts={text: [text]})
    value = json.loads(render(Report(stage=Stage.CI, verdicts=(verdict,), subject=text, notes=(text,))))
    assert (value["subject"], value["notes"], value["gates"][0]["reason"]) == (read, [read], read)
    assert value["gates"][0]["facts"] == {read: [read]}


TEN_MEGABYTES = r"""
import json
from paddock.findings import Outcome, Report, Verdict
from paddock.model import Stage, Trust
from paddock.render.json import render
verdict = Verdict(gate="x", outcome=Outcome.FAILED, reason="\x1b\udcff" * 5_000_000)
read = json.loads(render(Report(stage=Stage.CI, verdicts=(verdict,))))
assert read["gates"][0]["reason"] == "\x1b\ufffd" * 5_000_000
"""


def test_ten_megabytes_are_all_there() -> None:
    # In a process of its own: other tests measure the memory of processes that this one starts.
    subprocess.run([sys.executable, "-c", TEN_MEGABYTES], check=True)


TEXT_OF_ALL = st.text(st.characters())
FINDINGS = st.builds(
    Finding,
    message=TEXT_OF_ALL,
    severity=st.sampled_from(Level),
    hint=st.none() | TEXT_OF_ALL,
    path=st.none() | st.binary(max_size=9).map(lambda path: path.decode("utf-8", "surrogateescape")),
    line=st.none() | st.integers(1, 2**31),
    commit=st.none() | st.just("0" * 40),
)
REPORTS = st.builds(
    Report,
    stage=st.sampled_from(Stage),
    verdicts=st.lists(
        st.builds(
            Verdict,
            gate=TEXT_OF_ALL,
            outcome=st.sampled_from(Outcome),
            reason=TEXT_OF_ALL,
            findings=st.lists(FINDINGS, max_size=3).map(tuple),
            facts=st.dictionaries(TEXT_OF_ALL, st.integers(-(2**63), 2**63 - 1), max_size=2),
        ),
        max_size=3,
    ).map(tuple),
    subject=TEXT_OF_ALL,
    notes=st.lists(TEXT_OF_ALL, max_size=2).map(tuple),
)


@given(REPORTS)
def test_every_report_is_of_the_schema(report: Report) -> None:
    text = render(report)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))
    assert text.endswith("}\n")
    text.encode()
