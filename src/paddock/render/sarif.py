"""The report as SARIF 2.1.0, for code scanning.

Where the standard leaves a choice, GitHub's decides: it refuses a result without a location, and a file with two runs
of one category.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paddock import wire
from paddock.findings import Finding, Level, Outcome, Report
from paddock.render.lines import excerpt, hints, line, place, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paddock.findings import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_TOP = "%SRCROOT%"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte
_CHANGING = re.compile(r"\b[0-9a-f]{7,}\b|\d[\d,.]*")  # counts, lines and object names, which every push changes


class Rule(Struct, frozen=True, kw_only=True):
    """What is said of a gate: its summary, its page as Markdown, and where that page is to be read."""

    summary: str
    help: str = ""
    uri: str | None = None


def render(
    *reports: Report, rules: Mapping[str, Rule] | None = None, version: str = "", whole: str = ".paddock.yaml"
) -> str:
    """One log with a run for each report.

    Args:
        reports: what was judged; several get a category each.
        rules: what is said of gates, by their id, which is the rule's id.
        version: that of paddock.
        whole: the file that findings on the change as a whole are put at.
    """
    runs = [
        _run(report, rules or {}, version, whole, f"{number}/" if len(reports) > 1 else "")
        for number, report in enumerate(reports, start=1)
    ]
    return wire.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=2).decode() + "\n"


def uri(path: str) -> str:
    """A path below the repository's top as a relative reference (RFC 3986), byte for byte."""
    data = _HALF.sub("\ufffd", path).encode("utf-8", "surrogateescape")
    text = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data)
    # A slash at its start would lead out of the repository, or to another host.
    return f"%2F{text[1:]}" if text.startswith("/") else text


def _run(report: Report, rules: Mapping[str, Rule], version: str, whole: str, number: str) -> dict[str, Any]:
    gates = list(dict.fromkeys(verdict.gate for verdict in report.verdicts))
    index = {gate: position for position, gate in enumerate(gates)}
    judged = [verdict for verdict in report.verdicts if verdict.outcome in (Outcome.PASSED, Outcome.FAILED)]
    driver: dict[str, Any] = {"name": "paddock", "rules": [_rule(gate, rules.get(gate)) for gate in gates]}
    if version:
        driver["version"] = version
    return {
        "columnKind": "unicodeCodePoints",
        "tool": {"driver": driver},
        "automationDetails": {"id": f"paddock/{report.stage}/{number}"},
        "originalUriBaseIds": {_TOP: {"description": {"text": "The repository's top."}}},
        "invocations": [_invocation(report, index)],
        "results": _results(judged, index, whole),
        "properties": {
            "stage": report.stage,
            "outcome": report.outcome,
            "subject": line(report.subject),
            **({"trust": {"ref": line(report.trust.ref), "sha": report.trust.sha}} if report.trust else {}),
        },
    }


def _rule(gate: str, rule: Rule | None) -> dict[str, Any]:
    said: dict[str, Any] = {"id": gate, "defaultConfiguration": {"level": "error"}}
    if rule is None:
        return said | {"shortDescription": {"text": _literal(line(gate))}}
    said |= {"shortDescription": {"text": _literal(rule.summary)}, "fullDescription": {"text": _literal(rule.summary)}}
    page = rule.help or rule.summary
    said["help"] = {"text": _literal(page), "markdown": _braced(page)}
    return said | ({"helpUri": rule.uri} if rule.uri else {})


def _invocation(report: Report, index: Mapping[str, int]) -> dict[str, Any]:
    unjudged = [
        {
            "level": finding.severity,
            "message": {"text": _message(finding)},
            "descriptor": {"id": f"{verdict.gate}/{verdict.outcome}"},
            "associatedRule": {"id": verdict.gate, "index": index[verdict.gate]},
        }
        for verdict in report.verdicts
        if verdict.outcome in (Outcome.ERRORED, Outcome.SKIPPED)
        for finding in told(verdict)
    ]
    said: dict[str, Any] = {
        # What the standard asks for where a rule could not be carried out on everything.
        "executionSuccessful": all(one["level"] is not Level.ERROR for one in unjudged),
        "exitCode": report.exit_code,
        "toolExecutionNotifications": unjudged,
    }
    if report.notes:
        said["toolConfigurationNotifications"] = [
            {"level": "note", "message": {"text": _literal(line(note))}} for note in report.notes
        ]
    return said


def _results(verdicts: Iterable[Verdict], index: Mapping[str, int], whole: str) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for verdict in verdicts:
        for finding in verdict.findings:
            fingerprint = _fingerprint(verdict.gate, finding)
            seen[fingerprint] += 1
            results.append(
                {
                    "ruleId": verdict.gate,
                    "ruleIndex": index[verdict.gate],
                    "level": finding.severity,
                    "message": {"text": _message(finding)},
                    "locations": [{"physicalLocation": _location(finding, whole)}],
                    "partialFingerprints": _fingerprints(f"{fingerprint}:{seen[fingerprint]}", finding),
                }
            )
            if finding.commit is not None:
                results[-1]["properties"] = {"commit": finding.commit}
    return results


def _location(finding: Finding, whole: str) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(finding.path or whole), "uriBaseId": _TOP}}
    if finding.path and finding.line:
        column = {"startColumn": finding.column} if finding.column else {}
        place["region"] = {"startLine": finding.line, **column}
    return place


def _fingerprint(gate: str, finding: Finding) -> str:
    """What stays of a finding when lines shift and counts change: its gate, its path and the words of its message."""
    said = "\0".join((gate, uri(finding.path or ""), _CHANGING.sub("0", line(finding.message))))
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _fingerprints(value: str, finding: Finding) -> dict[str, str]:
    # GitHub matches alerts by the second key alone. Its upload action computes that from the line's content where there
    # is a line, and warns of every other value.
    both = {"paddockFinding/v1": value, "primaryLocationLineHash": value}
    return {"paddockFinding/v1": value} if finding.path and finding.line else both


def _message(finding: Finding) -> str:
    where = "" if finding.path is not None else place(finding)
    return _literal(
        "\n".join(
            [
                f"{where}: {line(finding.message)}" if where else line(finding.message),
                *hints(finding),
                *excerpt(finding),
            ]
        )
    )


def _literal(text: str) -> str:
    """Text of a message in which nothing is a placeholder (§3.11.5) or an embedded link (§3.11.6)."""
    return _braced(text).replace("](", "]\\(")


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
