"""The engine: facts are read, judged, and become verdicts. It knows no gate by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct, structs

from paddock.errors import FactMissingError, FactUnreadableError, GitError
from paddock.findings import Finding, Judgement, Level, Outcome, Report, Severity, Verdict
from paddock.model import Source, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.model import Override

C = TypeVar("C", bound=GateConfig)
F = TypeVar("F")


class Gate(Struct, Generic[C, F], frozen=True, kw_only=True):
    """One rule.

    `read` touches the world through a source; `check` is pure. `stages` are those it serves, each with the most
    that it does there unless the policy says otherwise for that stage. `runs_code` is said of a gate that runs what
    the change brings along, or reads what running it left behind: it never judges where secrets are at hand.
    """

    id: str
    config: type[C]
    stages: Mapping[Stage, Severity]
    read: Callable[[Source, C], F]
    check: Callable[[F, C], Judgement]
    runs_code: bool = False

    def severity(self, config: GateConfig, stage: Stage) -> Severity:
        """What this gate's findings weigh at a stage: the policy's word for the stage, else the milder of two."""
        if stage not in self.stages:
            return Severity.OFF
        said = config.stages.at(stage)
        if said is not None:
            return said
        order = (Severity.OFF, Severity.WARNING, Severity.ERROR)
        return min(config.severity, self.stages[stage], key=order.index)


def run(  # noqa: PLR0913 - what is judged, by what, and how
    gates: Iterable[Gate[Any, Any]],
    configs: Mapping[str, GateConfig],
    source: Source,
    stage: Stage,
    subject: str = "",
    *,
    fail_fast: bool = False,
) -> Report:
    """Judge one change by the gates that serve the stage and are on at it.

    Those that run code judge last, since they take longest; the report keeps the order given. With `fail_fast`
    nothing is judged after the first gate that decides the exit code has failed or errored.
    """
    on = [gate for gate in gates if gate.severity(configs[gate.id], stage) is not Severity.OFF]
    verdicts: dict[str, Verdict] = {}
    stopped: Verdict | None = None
    for gate in sorted(on, key=lambda gate: gate.runs_code):
        config = configs[gate.id]
        if stopped is not None:
            reason = f"not judged: {stopped.gate} {stopped.outcome} before"
            verdicts[gate.id] = Verdict(gate=gate.id, outcome=Outcome.SKIPPED, reason=reason)
            continue
        verdict = _judge(gate, config.at(stage), source, stage, gate.severity(config, stage))
        verdicts[gate.id] = verdict
        if fail_fast and verdict.blocking and verdict.outcome in (Outcome.FAILED, Outcome.ERRORED):
            stopped = verdict
    return Report(stage=stage, verdicts=tuple(verdicts[gate.id] for gate in on), subject=subject)


def _judge(gate: Gate[Any, Any], config: GateConfig, source: Source, stage: Stage, severity: Severity) -> Verdict:
    blocking = severity is Severity.ERROR
    try:
        judgement = gate.check(gate.read(source, config), config)
        override = _override(source, gate.id, judgement) if blocking and not judgement.errored else None
    except FactMissingError as missing:
        outcome = Outcome.SKIPPED if stage.is_hook else Outcome.ERRORED
        return _without_facts(gate.id, outcome, missing, blocking=blocking)
    except (FactUnreadableError, GitError) as unreadable:
        return _without_facts(gate.id, Outcome.ERRORED, unreadable, blocking=blocking)
    if not blocking:
        judgement = _milder(judgement)
    elif override is not None:
        judgement = _milder(
            structs.replace(judgement, reason=f"{judgement.reason}; overridden by {override.by}: {override.reason}")
        )
    failed = any(finding.severity is Level.ERROR for finding in judgement.findings)
    return Verdict(
        gate=gate.id,
        outcome=_outcome(judgement, failed=failed),
        reason=judgement.reason,
        findings=judgement.findings,
        facts=judgement.facts,
        blocking=blocking,
    )


def _outcome(judgement: Judgement, *, failed: bool) -> Outcome:
    if judgement.errored:
        return Outcome.ERRORED
    return Outcome.FAILED if failed else Outcome.SKIPPED if judgement.skipped else Outcome.PASSED


def _without_facts(
    gate: str, outcome: Outcome, error: FactMissingError | FactUnreadableError | GitError, *, blocking: bool
) -> Verdict:
    level = Level.NOTE if outcome is Outcome.SKIPPED else Level.ERROR if blocking else Level.WARNING
    findings = (Finding(message=str(error), hint=error.hint, severity=level),) if error.hint else ()
    return Verdict(gate=gate, outcome=outcome, reason=str(error), findings=findings, blocking=blocking)


def _milder(judgement: Judgement) -> Judgement:
    return structs.replace(
        judgement,
        findings=tuple(
            structs.replace(finding, severity=Level.WARNING) if finding.severity is Level.ERROR else finding
            for finding in judgement.findings
        ),
    )


def _override(source: Source, gate: str, judgement: Judgement) -> Override | None:
    if all(finding.severity is not Level.ERROR for finding in judgement.findings):
        return None
    return next((one for one in source.overrides() if one.gate == gate and one.reason.strip()), None)
