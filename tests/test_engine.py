from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import Gate, run
from paddock.errors import FactMissingError, FactUnreadableError, GitError, PaddockError, UsageError
from paddock.findings import Finding, Judgement, Level, Outcome, Report, Severity, Verdict
from paddock.gates import GATES
from paddock.model import Merge, NoPullRequest, Override, PlanText, Review, Stage
from paddock.policy.config import GateConfig, StageSeverities

if TYPE_CHECKING:
    from collections.abc import Callable

ERROR, WARNING, OFF = Severity.ERROR, Severity.WARNING, Severity.OFF
HOOKS = (Stage.PRE_COMMIT, Stage.COMMIT_MSG, Stage.PRE_PUSH)
JUDGES = (Stage.CI, Stage.BOT)


WRONG = Finding(message="3 are wrong", hint="mend them", path="a.py", line=3)
NOTE = Finding(message="by the way", severity=Level.NOTE)
ODD = Finding(message="odd", severity=Level.WARNING)
MISSING = FactMissingError("the base `main` is not in this clone", hint="git fetch origin main")
UNREADABLE = FactUnreadableError("this clone is shallow", hint="git fetch --unshallow")


def gate(
    *findings: Finding,
    id_: str = "example",
    stages: dict[Stage, Severity] | None = None,
    read: Callable[[Any, GateConfig], None] = lambda _source, _config: None,
) -> Gate[GateConfig, None]:
    """A gate that finds what it is told to."""
    return Gate(
        id=id_,
        config=GateConfig,
        stages=stages or dict.fromkeys(Stage, ERROR),
        read=read,
        check=lambda _facts, _config: Judgement(reason="judged", findings=findings, facts={"n": 1}),
    )


def unable(error: Exception) -> Gate[GateConfig, None]:
    """A gate whose facts can't be had."""

    def read(_source: Any, _config: GateConfig) -> NoReturn:  # noqa: ANN401 - any source
        raise error

    return gate(read=read)


def judged(
    made: Gate[GateConfig, None], stage: Stage = Stage.CI, config: GateConfig | None = None, *given: Override
) -> Report:
    return run([made], {made.id: config or GateConfig()}, FakeSource(overrides=given), stage)


SEVERITIES = {
    # the gate's most at the stage, the policy's severity, the policy's word for the stage: what it weighs
    "as the gate does": (ERROR, ERROR, None, ERROR),
    "the policy is milder": (ERROR, WARNING, None, WARNING),
    "the gate is milder": (WARNING, ERROR, None, WARNING),
    "both are mild": (WARNING, WARNING, None, WARNING),
    "the policy is off": (ERROR, OFF, None, OFF),
    "off is milder than mild": (WARNING, OFF, None, OFF),
    "the stage's word is over a mild gate": (WARNING, ERROR, ERROR, ERROR),
    "the stage's word is over a mild policy": (ERROR, WARNING, ERROR, ERROR),
    "the stage's word is over off": (ERROR, OFF, WARNING, WARNING),
    "the stage is off": (ERROR, ERROR, OFF, OFF),
}


@pytest.mark.parametrize(("most", "severity", "word", "weighs"), SEVERITIES.values(), ids=SEVERITIES)
def test_what_a_gate_weighs(most: Severity, severity: Severity, word: Severity | None, weighs: Severity) -> None:
    made = gate(stages={Stage.PRE_PUSH: most})
    config = GateConfig(severity=severity, stages=StageSeverities(pre_push=word))
    assert made.severity(config, Stage.PRE_PUSH) is weighs


@pytest.mark.parametrize("stage", Stage)
def test_the_word_for_a_stage_is_that_stages(stage: Stage) -> None:
    config = GateConfig(stages=StageSeverities(**{stage.name.lower(): WARNING}))
    assert {one: gate().severity(config, one) for one in Stage} == {**dict.fromkeys(Stage, ERROR), stage: WARNING}


def test_no_word_makes_a_gate_serve_another_stage() -> None:
    made = gate(stages={Stage.CI: ERROR})
    assert made.severity(GateConfig(stages=StageSeverities(pre_commit=ERROR)), Stage.PRE_COMMIT) is OFF


def test_a_passed_gate() -> None:
    report = judged(gate())
    assert report == Report(
        stage=Stage.CI, verdicts=(Verdict(gate="example", outcome=Outcome.PASSED, reason="judged", facts={"n": 1}),)
    )
    assert (report.outcome, report.exit_code) == (Outcome.PASSED, 0)


def test_a_gate_with_nothing_to_judge_is_skipped_everywhere() -> None:
    judgement = Judgement(reason="no pull request", skipped=True)
    made = structs.replace(gate(), check=lambda _facts, _config: judgement)
    for stage in (Stage.CI, Stage.PRE_COMMIT):
        report = judged(made, stage)
        assert report.verdicts == (Verdict(gate="example", outcome=Outcome.SKIPPED, reason="no pull request"),)
        assert report.exit_code == 0


def test_a_failed_gate() -> None:
    report = judged(gate(WRONG, ODD, NOTE))
    assert report.verdicts == (
        Verdict(gate="example", outcome=Outcome.FAILED, reason="judged", findings=(WRONG, ODD, NOTE), facts={"n": 1}),
    )
    assert (report.outcome, report.exit_code) == (Outcome.FAILED, 1)


@pytest.mark.parametrize("finding", [ODD, NOTE], ids=["a warning", "a note"])
def test_warnings_and_notes_fail_nothing(finding: Finding) -> None:
    report = judged(gate(finding))
    assert (report.outcome, report.verdicts[0].findings) == (Outcome.PASSED, (finding,))


def softened(finding: Finding) -> Finding:
    return Finding(
        message=finding.message, severity=Level.WARNING, hint=finding.hint, path=finding.path, line=finding.line
    )


@pytest.mark.parametrize("stage", Stage)
def test_a_warning_gate_never_blocks(stage: Stage) -> None:
    report = judged(gate(WRONG, NOTE), stage, GateConfig(severity=WARNING))
    verdict = report.verdicts[0]
    assert verdict.findings == (softened(WRONG), NOTE)
    assert (verdict.outcome, verdict.blocking, report.exit_code) == (Outcome.PASSED, False, 0)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("error", [MISSING, UNREADABLE, GitError("git failed")], ids=["missing", "unreadable", "git"])
def test_a_warning_gate_without_facts_never_blocks(stage: Stage, error: Exception) -> None:
    report = judged(unable(error), stage, GateConfig(severity=WARNING))
    assert (report.outcome, report.exit_code) == (Outcome.PASSED, 0)
    assert report.verdicts[0].outcome is not Outcome.PASSED
    assert [finding.severity for finding in report.verdicts[0].findings if finding.severity is Level.ERROR] == []


def test_a_gate_that_is_off_is_not_even_read() -> None:
    assert judged(unable(AssertionError("read")), config=GateConfig(severity=OFF)).verdicts == ()


@pytest.mark.parametrize("stage", HOOKS)
def test_a_missing_fact_is_skipped_in_a_hook(stage: Stage) -> None:
    report = judged(unable(MISSING), stage)
    told = Finding(message=MISSING.message, hint=MISSING.hint, severity=Level.NOTE)
    assert report.verdicts == (
        Verdict(gate="example", outcome=Outcome.SKIPPED, reason=MISSING.message, findings=(told,)),
    )
    assert report.exit_code == 0


@pytest.mark.parametrize("stage", JUDGES)
def test_a_missing_fact_is_errored_where_others_rely_on_it(stage: Stage) -> None:
    report = judged(unable(MISSING), stage)
    told = Finding(message=MISSING.message, hint=MISSING.hint)
    assert report.verdicts == (
        Verdict(gate="example", outcome=Outcome.ERRORED, reason=MISSING.message, findings=(told,)),
    )
    assert (report.outcome, report.exit_code) == (Outcome.ERRORED, 3)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("error", [UNREADABLE, GitError("git log: bad object")], ids=["unreadable", "git"])
def test_an_unreadable_fact_is_errored_everywhere(stage: Stage, error: PaddockError) -> None:
    report = judged(unable(error), stage)
    assert (report.verdicts[0].outcome, report.verdicts[0].reason) == (Outcome.ERRORED, error.message)
    assert (report.outcome, report.exit_code) == (Outcome.ERRORED, 3)


def test_a_reason_without_a_hint_is_told_once() -> None:
    assert judged(unable(GitError("git failed"))).verdicts[0].findings == ()


def test_a_wrong_call_is_no_verdict() -> None:
    with pytest.raises(UsageError):
        judged(unable(UsageError("no such file")))


def override(gate_id: str = "example", reason: str = "agreed in #7") -> Override:
    return Override(gate=gate_id, by="octocat", reason=reason)


def test_an_override_lets_through_and_is_told() -> None:
    report = judged(gate(WRONG, NOTE), Stage.CI, None, override("other"), override(), override(reason="later"))
    assert report.verdicts == (
        Verdict(
            gate="example",
            outcome=Outcome.PASSED,
            reason="judged; overridden by octocat: agreed in #7",
            findings=(softened(WRONG), NOTE),
            facts={"n": 1},
        ),
    )
    assert report.exit_code == 0


NO_OVERRIDES = {
    "another gate's": override("exampl"),
    "without a reason": override(reason=""),
    "with a blank reason": override(reason=" \n\t"),
}


@pytest.mark.parametrize("given", NO_OVERRIDES.values(), ids=NO_OVERRIDES)
def test_what_is_no_override(given: Override) -> None:
    assert judged(gate(WRONG), Stage.CI, None, given).verdicts == judged(gate(WRONG)).verdicts


UNTOLD = {
    "nothing failed": (gate(ODD), GateConfig()),
    "the gate only warns": (gate(WRONG), GateConfig(severity=WARNING)),
}


@pytest.mark.parametrize(("made", "config"), UNTOLD.values(), ids=UNTOLD)
def test_an_override_of_nothing_is_not_told(made: Gate[GateConfig, None], config: GateConfig) -> None:
    assert judged(made, Stage.CI, config, override()).verdicts == judged(made, Stage.CI, config).verdicts


def test_no_override_excuses_what_could_not_be_read() -> None:
    assert judged(unable(UNREADABLE), Stage.CI, None, override()).outcome is Outcome.ERRORED


def test_overrides_that_cannot_be_read_are_errored() -> None:
    report = run([gate(WRONG)], {"example": GateConfig()}, FakeSource(overrides=UNREADABLE), Stage.CI)
    assert [(verdict.outcome, verdict.reason) for verdict in report.verdicts] == [
        (Outcome.ERRORED, "this clone is shallow")
    ]


def verdict(outcome: Outcome, *, blocking: bool = True) -> Verdict:
    return Verdict(gate="x", outcome=outcome, reason="", blocking=blocking)


PASSED, FAILED, SKIPPED, ERRORED = Outcome
ENDS = {
    "nothing": ((), PASSED, 0),
    "passed": ((verdict(PASSED),), PASSED, 0),
    "skipped": ((verdict(SKIPPED), verdict(PASSED)), PASSED, 0),
    "failed": ((verdict(PASSED), verdict(FAILED)), FAILED, 1),
    "errored": ((verdict(PASSED), verdict(ERRORED)), ERRORED, 3),
    "failed beats errored": ((verdict(ERRORED), verdict(FAILED)), FAILED, 1),
    "what does not block": ((verdict(ERRORED, blocking=False), verdict(FAILED, blocking=False)), PASSED, 0),
    "errored beats what does not block": ((verdict(ERRORED), verdict(FAILED, blocking=False)), ERRORED, 3),
}


@pytest.mark.parametrize(("verdicts", "outcome", "code"), ENDS.values(), ids=ENDS)
def test_how_a_run_ends(verdicts: tuple[Verdict, ...], outcome: Outcome, code: int) -> None:
    report = Report(stage=Stage.CI, verdicts=verdicts)
    assert (report.outcome, report.exit_code) == (outcome, code)


def test_one_gate_without_facts_stops_no_other() -> None:
    made = [unable(UNREADABLE), gate(WRONG, id_="second"), gate(id_="third")]
    report = run(made, {one.id: GateConfig() for one in made}, FakeSource(), Stage.CI)
    assert [(one.gate, one.outcome) for one in report.verdicts] == [
        ("example", ERRORED),
        ("second", FAILED),
        ("third", PASSED),
    ]


def _noted(id_: str, seen: list[str], *findings: Finding, runs_code: bool = False) -> Gate[GateConfig, None]:
    made = gate(*findings, id_=id_, read=lambda _source, _config: seen.append(id_))
    return structs.replace(made, runs_code=runs_code)


def test_what_runs_code_judges_last_and_is_told_in_its_place() -> None:
    seen: list[str] = []
    made = [_noted("slow", seen, runs_code=True), _noted("quick", seen)]
    report = run(made, {one.id: GateConfig() for one in made}, FakeSource(), Stage.CI)
    assert seen == ["quick", "slow"]
    assert [one.gate for one in report.verdicts] == ["slow", "quick"]


def test_fail_fast_judges_nothing_after_a_failure() -> None:
    seen: list[str] = []
    made = [_noted("slow", seen, runs_code=True), _noted("quick", seen, WRONG), _noted("next", seen)]
    configs = {one.id: GateConfig() for one in made}
    report = run(made, configs, FakeSource(), Stage.CI, fail_fast=True)
    assert seen == ["quick"]
    assert [(one.gate, one.outcome, one.reason) for one in report.verdicts] == [
        ("slow", Outcome.SKIPPED, "not judged: quick failed before"),
        ("quick", FAILED, "judged"),
        ("next", Outcome.SKIPPED, "not judged: quick failed before"),
    ]
    assert report.exit_code == 1
    # A gate that only warns stops nothing.
    milder = configs | {"quick": GateConfig(severity=WARNING)}
    assert run(made, milder, FakeSource(), Stage.CI, fail_fast=True).exit_code == 0


@pytest.mark.parametrize("given", [(), (Override(gate="example", by="ada", reason="known"),)])
def test_a_judgement_that_lacks_a_part_is_errored_and_nobody_overrides_it(given: tuple[Override, ...]) -> None:
    judgement = Judgement(reason="1 killed", findings=(WRONG,), errored=True)
    report = judged(structs.replace(gate(), check=lambda _facts, _config: judgement), Stage.CI, None, *given)
    assert [(one.outcome, one.reason, one.findings) for one in report.verdicts] == [(ERRORED, "1 killed", (WRONG,))]
    assert report.exit_code == 3


@pytest.mark.parametrize("stage", [Stage.PRE_PUSH, Stage.CI, Stage.BOT])
def test_an_empty_change_passes_every_gate(stage: Stage) -> None:
    plan = PlanText(b"series: feature/x\n", "main")
    facts = {"branches": (), "commits": (), "signatures": (), "files": (), "moved": {}, "merge_base": "0" * 40}
    facts |= {"head": "1" * 40, "trials": {"": Merge(tree="2" * 40)}, "added_lines": {}}
    reviews = (Review("bob", "approved", "1" * 40),)
    none = NoPullRequest("a push")
    empty = FakeSource(
        branch="topic", plans=(plan,), checkout=None, works=(), pull_request=none, reviews=reviews, **facts
    )
    report = run(GATES.values(), {id_: one.config() for id_, one in GATES.items()}, empty, stage, "a subject")
    on = [id_ for id_, one in GATES.items() if one.severity(one.config(), stage) is not OFF]
    assert [one.gate for one in report.verdicts] == on
    assert (report.outcome, report.subject) == (PASSED, "a subject")


def test_the_registry() -> None:
    assert list(GATES) == sorted(GATES)
    for id_, made in GATES.items():
        assert made.id == id_
        assert made.check.__module__ == f"paddock.gates.{id_.replace('-', '_')}"
        assert made.stages
        assert set(made.stages.values()) != {OFF}
