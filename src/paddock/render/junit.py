"""The report as JUnit XML, the dialect that CI servers share: a suite a report, a case a gate.

JUnit has no warnings: what does not decide the exit code is not shown as a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from paddock.findings import Outcome
from paddock.render.lines import excerpt, hints, line, placed

if TYPE_CHECKING:
    from paddock.findings import Report, Verdict

_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(*reports: Report) -> str:
    """One XML document.

    Every character that XML 1.0 forbids is written as an escape, like any other that can't be printed.
    """
    root = ET.Element("testsuites", name="paddock")
    root.extend(_suite(report) for report in reports)
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name=line(report.subject) or f"paddock {report.stage}")
    if report.trust is not None:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="trust.ref", value=line(report.trust.ref))
        ET.SubElement(properties, "property", name="trust.sha", value=report.trust.sha)
    suite.extend(_case(verdict, f"paddock.{report.stage}") for verdict in report.verdicts)
    _count(suite)
    if report.notes:
        ET.SubElement(suite, "system-out").text = "\n".join(line(note) for note in report.notes)
    return suite


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    for attribute, tag in _COUNTS.items():
        element.set(attribute, str(len(element.findall(f".//{tag}"))))


def _case(verdict: Verdict, of: str) -> ET.Element:
    case = ET.Element("testcase", classname=of, name=line(verdict.gate))
    tag = _tag(verdict)
    if tag is not None:
        end = ET.SubElement(case, tag, message=_message(verdict))
        end.text = _text(verdict)
    else:
        ET.SubElement(case, "system-out").text = "\n".join([line(verdict.reason), *filter(None, [_text(verdict)])])
    return case


def _tag(verdict: Verdict) -> str | None:
    if verdict.outcome is Outcome.PASSED or (verdict.outcome is Outcome.FAILED and not verdict.blocking):
        return None
    if verdict.outcome is Outcome.SKIPPED or not verdict.blocking:
        return "skipped"
    return "failure" if verdict.outcome is Outcome.FAILED else "error"


def _message(verdict: Verdict) -> str:
    reason = line(verdict.reason)
    return f"could not check: {reason}" if verdict.outcome is Outcome.ERRORED and not verdict.blocking else reason


def _text(verdict: Verdict) -> str | None:
    lines = []
    for finding in verdict.findings:
        lines.append(f"{finding.severity}: {placed(finding)}")
        lines += [f"  → {hint}" for hint in hints(finding)]
        lines += [f"  {one}" for one in excerpt(finding)]
    return "\n".join(lines) or None
