"""The report as versioned JSON, for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from paddock import wire

if TYPE_CHECKING:
    from paddock.findings import Finding, Report, Verdict

VERSION = 1


def render(report: Report) -> str:
    """One JSON object: `version`, `outcome`, `stage`, `subject`, `notes`, `trust` and `gates`.

    A path that is not UTF-8 stands in `path_b64`, and `path` is null.
    """
    return wire.encode(value(report), indent=2).decode() + "\n"


def value(report: Report) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "version": VERSION,
        "outcome": report.outcome,
        "stage": report.stage,
        "subject": report.subject,
        "notes": list(report.notes),
        "trust": None if report.trust is None else {"ref": report.trust.ref, "sha": report.trust.sha},
        "gates": [_gate(verdict) for verdict in report.verdicts],
    }


def _gate(verdict: Verdict) -> dict[str, Any]:
    return {
        "gate": verdict.gate,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "findings": [_finding(finding) for finding in verdict.findings],
        "facts": verdict.facts,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fields = msgspec.to_builtins(finding)
    return {
        "severity": fields["severity"],
        "message": fields["message"],
        "hint": fields["hint"],
        **wire.path_fields("path", fields["path"]),
        "line": fields["line"],
        "column": fields["column"],
        "commit": fields["commit"],
        **({"excerpt": list(finding.excerpt)} if finding.excerpt else {}),
    }
