from __future__ import annotations

import pytest
from msgspec import structs

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.model import Stage
from paddock.render.text import render

SIZE = Finding(message="812 changed lines, 112 over the limit of 700", hint="see where they are: paddock count")
VERDICTS = (
    Verdict(gate="branch-order", outcome=Outcome.PASSED, reason="order key 01a of feature/x"),
    Verdict(
        gate="commit-message",
        outcome=Outcome.PASSED,
        reason="1 of 2 messages breaks the policy",
        findings=(Finding(message="the subject is empty", severity=Level.WARNING, line=1, commit="0123456789abcdef"),),
        blocking=False,
    ),
    Verdict(
        gate="dco",
        outcome=Outcome.ERRORED,
        reason="this clone is shallow",
        findings=(Finding(message="this clone is shallow", hint="git fetch --unshallow"),),
    ),
    Verdict(
        gate="patterns",
        outcome=Outcome.FAILED,
        reason="2 lines are forbidden",
        findings=(
            Finding(message="`print(`", path="src/a b.py", line=3, hint="log it\nor drop it"),
            Finding(message="`eval(`", path="src/c.py"),
            Finding(message="2 lines are forbidden", path="src/d.py", line=1),
        ),
    ),
    Verdict(gate="pr-size", outcome=Outcome.FAILED, reason=SIZE.message, findings=(SIZE,)),
    Verdict(gate="signing", outcome=Outcome.SKIPPED, reason="the commit does not exist before it is made"),
)
WHOLE = """\
push of feature/x at 0123456789ab
note     no .paddock.yaml here: judged by paddock:default
passed   branch-order    order key 01a of feature/x
warning  commit-message  1 of 2 messages breaks the policy
  warning  0123456789ab: the subject is empty
errored  dco             this clone is shallow
           → git fetch --unshallow
failed   patterns        2 lines are forbidden
  error    src/a b.py:3: `print(`
           → log it
           → or drop it
  error    src/c.py: `eval(`
  error    src/d.py:1: 2 lines are forbidden
failed   pr-size         812 changed lines, 112 over the limit of 700
           → see where they are: paddock count
skipped  signing         the commit does not exist before it is made
"""


def report(*verdicts: Verdict, stage: Stage = Stage.CI) -> Report:
    return Report(stage=stage, verdicts=verdicts)


def test_one_line_a_gate_and_findings_under_it() -> None:
    notes = ("no .paddock.yaml here: judged by paddock:default",)
    made = Report(stage=Stage.CI, verdicts=VERDICTS, subject="push of feature/x at 0123456789ab", notes=notes)
    assert render(made) == WHOLE


def test_nothing_to_judge() -> None:
    assert render(report(stage=Stage.COMMIT_MSG)) == "no gate is on at the stage commit-msg: nothing to judge\n"


PENDING = Verdict(
    gate="branch-order",
    outcome=Outcome.PASSED,
    reason="order key 01b of feature/x",
    findings=(Finding(message="waits for feature/x/01a-base", severity=Level.NOTE),),
)
QUIET = "passed   branch-order  order key 01b of feature/x\n"
STAGES = {
    Stage.PRE_COMMIT: QUIET,
    Stage.PRE_PUSH: QUIET,
    Stage.CI: f"{QUIET}  note     waits for feature/x/01a-base\n",
    Stage.BOT: f"{QUIET}  note     waits for feature/x/01a-base\n",
}


@pytest.mark.parametrize(("stage", "text"), STAGES.items(), ids=STAGES)
def test_notes_are_told_where_branches_wait_to_be_merged(stage: Stage, text: str) -> None:
    assert render(report(PENDING, stage=stage)) == text


def test_a_hook_tells_why_it_skipped_and_what_would_mend_it() -> None:
    reason = "the base `main` is not in this clone"
    told = Finding(message=reason, hint="git fetch origin main", severity=Level.NOTE)
    skipped = Verdict(gate="pr-size", outcome=Outcome.SKIPPED, reason=reason, findings=(told,))
    assert render(report(skipped, stage=Stage.PRE_COMMIT)) == (
        "skipped  pr-size  the base `main` is not in this clone\n           → git fetch origin main\n"
    )


def test_what_keeps_several_gates_from_judging_is_told_once() -> None:
    def missing(gate: str, base: str, outcome: Outcome = Outcome.ERRORED) -> Verdict:
        reason = f"the base `{base}` is not in this clone"
        told = Finding(message=reason, hint=f"git fetch origin {base}")
        return Verdict(gate=gate, outcome=outcome, reason=reason, findings=(told,))

    quiet = Verdict(gate="review", outcome=Outcome.SKIPPED, reason="nothing to review")
    verdicts = (missing("dco", "main"), missing("pr-size", "main"), missing("x", "other"), quiet)
    assert render(report(*verdicts, structs.replace(quiet, gate="y"), missing("z", "other"))) == (
        "errored  dco      the base `main` is not in this clone\n"
        "           → git fetch origin main\n"
        "errored  pr-size  as dco\n"
        "errored  x        the base `other` is not in this clone\n"
        "           → git fetch origin other\n"
        "skipped  review   nothing to review\n"
        "skipped  y        nothing to review\n"
        "errored  z        as x\n"
    )


def test_many_findings_are_counted() -> None:
    findings = tuple(Finding(message=f"number {i}") for i in range(53))
    lines = render(report(Verdict(gate="x", outcome=Outcome.FAILED, reason="53", findings=findings))).splitlines()
    assert lines[1:3] == ["  error    number 0", "  error    number 1"]
    assert lines[50:] == ["  error    number 49", "           and 3 more: --format json lists them all"]


PAINTED = """\
\x1b[32mpassed  \x1b[0m branch-order    order key 01a of feature/x
\x1b[33mwarning \x1b[0m commit-message  1 of 2 messages breaks the policy
  \x1b[33mwarning \x1b[0m 0123456789ab: the subject is empty
\x1b[31merrored \x1b[0m dco             this clone is shallow
           → git fetch --unshallow
\x1b[31mfailed  \x1b[0m patterns        2 lines are forbidden
  \x1b[31merror   \x1b[0m src/a b.py:3: `print(`
           → log it
           → or drop it
  \x1b[31merror   \x1b[0m src/c.py: `eval(`
  \x1b[31merror   \x1b[0m src/d.py:1: 2 lines are forbidden
\x1b[31mfailed  \x1b[0m pr-size         812 changed lines, 112 over the limit of 700
           → see where they are: paddock count
\x1b[2mskipped \x1b[0m signing         the commit does not exist before it is made
"""


def test_colour_only_when_asked_for() -> None:
    assert render(report(*VERDICTS), colour=True) == PAINTED
    assert "\x1b" not in render(report(*VERDICTS))


def test_colour_of_notes() -> None:
    made = Report(stage=Stage.CI, verdicts=(PENDING,), notes=("said",))
    assert render(made, colour=True) == (
        "\x1b[2mnote\x1b[0m     said\n"
        "\x1b[32mpassed  \x1b[0m branch-order  order key 01b of feature/x\n"
        "  \x1b[2mnote    \x1b[0m waits for feature/x/01a-base\n"
    )


EVIL = "\x1b[2J\u202e\n::error::\udcff"
SHOWN = "\\x1b[2J\\u202e\\n::error::\\xff"


def test_hostile_text_is_escaped_wherever_it_stands() -> None:
    finding = Finding(message=EVIL, hint=f"one\n{EVIL.replace(chr(10), '')}", path=EVIL, line=1)
    made = Report(
        stage=Stage.CI,
        verdicts=(Verdict(gate="x", outcome=Outcome.FAILED, reason=EVIL, findings=(finding,)),),
        subject=EVIL,
        notes=(EVIL,),
    )
    assert render(made).splitlines() == [
        SHOWN,
        f"note     {SHOWN}",
        f"failed   x  {SHOWN}",
        f"  error    {SHOWN}:1: {SHOWN}",
        "           → one",
        f"           → {SHOWN.replace(chr(92) + 'n', '')}",
    ]


def test_ten_megabytes_of_text_are_cut_and_counted() -> None:
    finding = Finding(message="x" * 10_000_000, path="\x1b" * 10_000_000)
    lines = render(report(Verdict(gate="x", outcome=Outcome.FAILED, reason="y" * 2000, findings=(finding,))))
    long = "… (9,998,000 more characters)"
    assert lines == f"failed   x  {'y' * 2000}\n  error    {chr(92) + 'x1b'}" + "\\x1b" * 1999 + (
        f"{long}: {'x' * 2000}{long}\n"
    )


def test_no_text_passes_for_a_command_of_a_runner() -> None:
    verdict = Verdict(gate="dco", outcome=Outcome.PASSED, reason="a ##[error]forged")
    assert render(Report(stage=Stage.CI, verdicts=(verdict,))) == "passed   dco  a #\\x23[error]forged\n"
