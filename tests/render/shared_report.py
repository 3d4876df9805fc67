"""One report with every outcome and hostile text, and how a rendering is held against its expected file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.gates.pr_size import Ledger, SizedFile
from paddock.model import FileClass, Stage, Trust
from paddock.render.sarif import Rule

SNAPSHOTS = Path(__file__).parent / "snapshots"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EVIL = (
    "\x1b[2J\u202e ::error::forged\n::add-mask::x\r##[add-matcher]m @team #1 GH-2 a/b#3 a@b.c "
    "[x](https://evil.example) ![i](//e.example/i.png) <img src=x onerror=alert(1)> https://evil.example "
    "www.evil.example ``` `` | ]]> {0} %0A &lt; \udcff *b* _i_ ~~s~~ :tada: $x$ 0123456789abcdef"
)
PATH = "src/a%0A::b,c d|e`f/[g](h)\n#1.py"
BYTES = b"caf\xe9/\xff.py".decode("utf-8", "surrogateescape")

REPORT = Report(
    stage=Stage.CI,
    subject="push of feature/x at 0123456789ab",
    notes=("no .paddock.yaml here: judged by paddock:default", EVIL),
    trust=Trust(f"origin/{EVIL}", COMMIT[::-1]),
    verdicts=(
        Verdict(
            gate="branch-order",
            outcome=Outcome.PASSED,
            reason="order key 01b of `feature/x`",
            findings=(
                Finding(message="waits for `feature/x/01a-base`", severity=Level.NOTE, hint="merge it first: #12"),
            ),
        ),
        Verdict(
            gate="commit-message",
            outcome=Outcome.PASSED,
            reason="1 of 2 messages breaks the policy",
            findings=(
                Finding(message="the subject is empty", severity=Level.WARNING, line=1, commit=COMMIT, hint="amend it"),
            ),
            blocking=False,
        ),
        Verdict(gate="companions", outcome=Outcome.PASSED, reason="2 rules, none broken"),
        Verdict(
            gate="dco",
            outcome=Outcome.ERRORED,
            reason="this clone is shallow: 3 commits can't be read",
            findings=(Finding(message="this clone is shallow: 3 commits can't be read", hint="git fetch --unshallow"),),
        ),
        Verdict(gate="codegen", outcome=Outcome.ERRORED, reason="the generator did not run", blocking=False),
        Verdict(
            gate="patterns",
            outcome=Outcome.FAILED,
            reason="5 lines are forbidden",
            findings=(
                Finding(message="`print(` is forbidden", path="src/a b.py", line=3, hint="log it\nor drop it"),
                Finding(message="`print(` is forbidden", path="src/a b.py", line=30),
                Finding(message=EVIL, path=PATH, line=7, hint=EVIL),
                Finding(message="`eval(` is forbidden", path=BYTES, line=1),
                Finding(message="`eval(` is forbidden", path="/etc/\x1b.py"),
            ),
        ),
        Verdict(
            gate="pr-size",
            outcome=Outcome.FAILED,
            reason="812 changed lines, 112 over the limit of 700; 4,000 not counted",
            findings=(
                Finding(
                    message="812 changed lines, 112 over the limit of 700",
                    hint="see where they are: paddock count; then split the branch: paddock split",
                ),
            ),
        ),
        Verdict(gate="signing", outcome=Outcome.SKIPPED, reason="the commit does not exist before it is made"),
    ),
)
SECOND = Report(
    stage=Stage.CI,
    subject=EVIL,
    verdicts=(
        Verdict(gate="patterns", outcome=Outcome.FAILED, reason=EVIL, findings=(Finding(message=EVIL, path=EVIL),)),
        Verdict(gate="dco", outcome=Outcome.ERRORED, reason=EVIL),
    ),
)
LEDGER = Ledger(
    files=(
        SizedFile("src/a b.py", None, 640, 100, FileClass.SOURCE, counted=True, reason="no rule", lines=740),
        SizedFile(PATH, "old|name.py", 72, 0, FileClass.TEST, counted=True, reason="`tests/**`", lines=72),
        SizedFile(BYTES, None, 4000, 0, FileClass.GENERATED, counted=False, reason=EVIL, lines=0),
    ),
    counted=812,
    not_counted=4000,
    moved=12,
)
RULES = {
    "patterns": Rule(
        summary="Hold added lines to patterns",
        help="## What it does\n\nRefuses `{word}`; see [more](other.md).",
        uri="https://example.org/gates/patterns",
    ),
    "pr-size": Rule(summary="Hold a change to a number of lines"),
}

TEXT = st.text(st.sampled_from(EVIL)) | st.text(st.characters()) | st.sampled_from(EVIL.split(" "))
REPORTS = st.builds(
    Report,
    stage=st.sampled_from(Stage),
    verdicts=st.lists(
        st.builds(
            Verdict,
            gate=TEXT,
            outcome=st.sampled_from(Outcome),
            reason=TEXT,
            findings=st.lists(
                st.builds(
                    Finding,
                    message=TEXT,
                    severity=st.sampled_from(Level),
                    hint=st.none() | TEXT,
                    path=st.none() | TEXT,
                    line=st.none() | st.integers(1, 2**31 - 1),
                    commit=st.none() | st.just(COMMIT),
                ),
                max_size=3,
            ).map(tuple),
            blocking=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    subject=TEXT,
    notes=st.lists(TEXT, max_size=2).map(tuple),
)


def expected(name: str) -> str:
    """The expected rendering, with its line breaks as they are."""
    return (SNAPSHOTS / name).read_bytes().decode()
