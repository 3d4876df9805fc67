from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import run
from paddock.findings import Finding, Judgement, Severity
from paddock.gates.commit_message import GATE, CommitMessageConfig, Facts, check, not_imperative, read
from paddock.model import Commit, Stage

SHA = "18aebfa67dde85da0f5099ad70ef647685a05205"
AMEND = "git commit --amend"
START = "0" * 12
REWORD = f"git rebase --interactive {START}\nand mark the commit `reword`"
EDIT = 'git commit --edit --cleanup=scissors --file="$(git rev-parse --git-path PADDOCK_EDITMSG)"'
CONVENTIONAL = r"^(feat|fix|docs|test|chore)(\(.+\))?!?: "

SCISSORS = "# ------------------------ >8 ------------------------"
DIFF = "diff --git a/x b/x\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"

DEFAULT = CommitMessageConfig()
IMPERATIVE = CommitMessageConfig(imperative=True)
PATTERN = CommitMessageConfig(subject_pattern=CONVENTIONAL)
FORBID = CommitMessageConfig(subject_forbid=("(?i)^wip", r"\.$"))
BODY = CommitMessageConfig(body="required")
WIDE = CommitMessageConfig(body_line_max=20)
NEEDS = CommitMessageConfig(required_trailers=("Refs", "Signed-off-by"))
REFUSES = CommitMessageConfig(forbidden_trailers=("Change-Id",))


def commit(message: str, sha: str | None = SHA, parents: int = 1) -> Commit:
    return Commit(sha, ("0" * 40,) * parents, message)


def judge(*commits: Commit, config: CommitMessageConfig = DEFAULT) -> Judgement:
    return check(read(FakeSource(commits=commits), config), config)


PASS = {
    "subject": (DEFAULT, "Add a thing"),
    "subject and line break": (DEFAULT, "Add a thing\n"),
    "body": (DEFAULT, "Add a thing\n\nbecause\n"),
    "crlf": (DEFAULT, "Add a thing\r\n\r\nbecause\r\n"),
    "72 characters": (DEFAULT, "a" * 72),
    "72 characters that are no ASCII": (DEFAULT, "é" * 72),
    "72 characters and blanks": (DEFAULT, "a" * 72 + "    \n"),
    "blank lines above": (DEFAULT, "\n\nAdd a thing\n\nbecause\n"),
    "second line of blanks": (DEFAULT, "Add a thing\n  \nbecause\n"),
    "second line, allowed": (CommitMessageConfig(blank_second_line=False), "Add a thing\nbecause\n"),
    "empty, allowed": (CommitMessageConfig(subject_min=0), ""),
    "wide body, not limited": (DEFAULT, "Add\n\n" + "a" * 500),
    "wide body": (WIDE, "Add a thing that is wider\n\n" + "é" * 20 + "\n" + "a" * 20 + "   \n"),
    "wide url": (WIDE, "Add\n\nsee https://example.org/and/so/on for all of it\n"),
    "wide trailer": (
        WIDE,
        "Add\n\nbody\n\nSigned-off-by: Ada Lovelace <ada@example.org>\nNote: a\n  b" + " b" * 50 + "\n",
    ),
    "pattern": (PATTERN, "feat(api)!: add a thing"),
    "pattern anywhere": (CommitMessageConfig(subject_pattern="#[0-9]+"), "Add a thing (#12)"),
    "pattern, revert by git": (PATTERN, 'Revert "Add a thing"\n\nThis reverts commit 1234567.\n'),
    "pattern, reapplied": (PATTERN, 'Reapply "Add a thing"\n\nThis reverts commit 1234567.\n'),
    "long revert": (DEFAULT, f'Revert "{"a" * 72}"\n'),
    "not forbidden": (FORBID, "Swipe left"),
    "body is there": (BODY, "Add\n\nbecause\n"),
    "required trailers": (NEEDS, "Add\n\nrefs: #1\nSigned-off-by: A <a@x>\n"),
    "an indented diff": (DEFAULT, "Add\n\n    diff --git a/x b/x\n    index 12..34 100644\n    # - >8 -\n"),
    "words about a diff": (DEFAULT, "Add\n\nthe line\ndiff --git a/x b/x\nbegins each file\n"),
    "forbidden trailer in the body": (REFUSES, "Add\n\nChange-Id: 1\n\nbody\n"),
}


@pytest.mark.parametrize(("config", "message"), PASS.values(), ids=PASS)
def test_passes(config: CommitMessageConfig, message: str) -> None:
    assert judge(commit(message), config=config) == Judgement(
        reason="1 message as the policy asks", facts={"commits": 1, "failing": 0, "merges": 0}
    )


FAIL: dict[str, tuple[CommitMessageConfig, str, list[tuple[int, str]]]] = {
    "empty": (DEFAULT, "", [(1, "the subject is empty")]),
    "only line breaks": (DEFAULT, "\n\r\n\n", [(1, "the subject is empty")]),
    "short": (
        CommitMessageConfig(subject_min=10),
        "fix",
        [(1, "the subject has 3 characters, 7 under the least of 10")],
    ),
    "73 characters": (DEFAULT, "a" * 73, [(1, "the subject has 73 characters, 1 over the limit of 72")]),
    "73 characters, crlf": (DEFAULT, "a" * 73 + "\r\n", [(1, "the subject has 73 characters, 1 over the limit of 72")]),
    "no blank line": (DEFAULT, "Add\nbody\n", [(2, "no blank line between the subject and the body")]),
    "trailer right below": (DEFAULT, "Add\nRefs: #1\n", [(2, "no blank line between the subject and the body")]),
    "pattern": (
        PATTERN,
        "Add a thing",
        [(1, r"the subject `Add a thing` does not match `^(feat|fix|docs|test|chore)(\(.+\))?!?: `")],
    ),
    "pattern, revert by hand": (
        PATTERN,
        "Revert the thing",
        [(1, r"the subject `Revert the thing` does not match `^(feat|fix|docs|test|chore)(\(.+\))?!?: `")],
    ),
    "two forbidden": (
        FORBID,
        "WIP: a thing.",
        [(1, "the subject has `WIP`, which `(?i)^wip` forbids"), (1, r"the subject has `.`, which `\.$` forbids")],
    ),
    "imperative": (IMPERATIVE, "Added a thing", [(1, 'the subject begins with "Added", not with "Add"')]),
    "no body": (BODY, "Add\n", [(1, "the message has no body")]),
    "only trailers": (BODY, "Add\n\nSigned-off-by: A <a@x>\n", [(1, "the message has no body")]),
    "what git shows in the editor": (
        DEFAULT,
        f"Add\n\nbody\n# Please enter the commit message for your changes. Lines starting\n{SCISSORS}\n{DIFF}{DIFF}",
        [
            (4, "git's own comments are in the message"),
            (5, "git's scissors line, and what git showed below it, are in the message"),
        ],
    ),
    "scissors, crlf": (
        DEFAULT,
        f"Add\r\n\r\n{SCISSORS}\r\n",
        [(3, "git's scissors line, and what git showed below it, are in the message")],
    ),
    "a diff": (DEFAULT, f"Add\n\n{DIFF}{DIFF}", [(3, "a diff is in the message")]),
    "a diff of a new file": (
        DEFAULT,
        "Add\n\ndiff --git a/x b/x\nnew file mode 100644\nindex 000..123\n",
        [(3, "a diff is in the message")],
    ),
    "a revert with a diff": (DEFAULT, f'Revert "Add"\n\n{DIFF}', [(3, "a diff is in the message")]),
    "wide line": (WIDE, "Add\n\nok\n" + "é" * 23, [(4, "the line has 23 characters, 3 over the limit of 20")]),
    "wide second line": (
        WIDE,
        "Add\n" + "a" * 21,
        [
            (2, "no blank line between the subject and the body"),
            (2, "the line has 21 characters, 1 over the limit of 20"),
        ],
    ),
    "required trailer": (NEEDS, "Add\n\nSigned-off-by: A <a@x>\n", [(1, "no trailer `Refs`")]),
    "required trailer without a value": (NEEDS, "Add\n\nSigned-off-by: A <a@x>\nRefs:\n", [(1, "no trailer `Refs`")]),
    "required trailers in the body": (
        NEEDS,
        "Add\n\nSigned-off-by: A <a@x>\nRefs: #1\n\nmore\n",
        [(1, "no trailer `Refs`"), (1, "no trailer `Signed-off-by`")],
    ),
    "forbidden trailer": (REFUSES, "Add\n\nbody\n\nchange-id: 1\n", [(5, "the trailer `Change-Id` is forbidden")]),
    "fixup": (DEFAULT, "fixup! Add a thing", [(1, "a `fixup!` commit was not squashed")]),
}


@pytest.mark.parametrize(("config", "message", "problems"), FAIL.values(), ids=FAIL)
def test_fails(config: CommitMessageConfig, message: str, problems: list[tuple[int, str]]) -> None:
    hint = f"git rebase --interactive --autosquash {START}" if message.startswith("fixup!") else AMEND
    assert judge(commit(message), config=config) == Judgement(
        reason="1 of 1 message breaks the policy",
        findings=tuple(Finding(message=said, hint=hint, line=line, commit=SHA) for line, said in problems),
        facts={"commits": 1, "failing": 1, "merges": 0},
    )


def test_a_body_of_wide_lines_makes_few_findings() -> None:
    findings = judge(commit("Add\n\n" + ("a" * 30 + "\n") * 500), config=WIDE).findings
    assert [finding.line for finding in findings] == [*range(3, 13), 1]
    assert findings[-1].message == "490 more lines over the limit of 20 characters"


@pytest.mark.parametrize("word", ["fixup", "squash", "amend"])
def test_fixups_are_fine_while_one_works(word: str) -> None:
    message = f"{word}! " + "a" * 100
    strict = structs.replace(NEEDS, subject_pattern=CONVENTIONAL, body="required")
    assert judge(commit(message, sha=None), config=strict).findings == ()
    assert judge(commit(message), config=structs.replace(strict, fixups="allow")).findings == ()
    assert judge(commit(message), config=strict).findings == (
        Finding(
            message=f"a `{word}!` commit was not squashed",
            hint=f"git rebase --interactive --autosquash {START}",
            line=1,
            commit=SHA,
        ),
    )


def test_merges_are_looked_at_for_forbidden_trailers_only() -> None:
    strict = structs.replace(NEEDS, subject_pattern=CONVENTIONAL, body="required", forbidden_trailers=("Change-Id",))
    merge = commit(f"Merge branch '{'a' * 100}'\nno blank line", parents=2)
    assert judge(merge, config=strict) == Judgement(
        reason="1 merge excused", facts={"commits": 1, "failing": 0, "merges": 1}
    )
    bad = commit("Merge branch 'x'\n\nChange-Id: 1\n", parents=2)
    assert judge(bad, config=strict).findings == (
        Finding(message="the trailer `Change-Id` is forbidden", hint=AMEND, line=3, commit=SHA),
    )


def test_reverts_are_excused_for_their_subject_only() -> None:
    config = structs.replace(BODY, subject_forbid=("WIP",), imperative=True)
    assert [finding.message for finding in judge(commit('Revert "WIP"\n'), config=config).findings] == [
        "the message has no body"
    ]


HINTS = {
    "the commit in the making": ((commit("", sha=None),), EDIT),
    "the last": ((commit("Add"), commit("")), AMEND),
    "an older one": ((commit(""), commit("Add")), REWORD),
}


@pytest.mark.parametrize(("commits", "hint"), HINTS.values(), ids=HINTS)
def test_the_hint_is_the_command(commits: tuple[Commit, ...], hint: str) -> None:
    assert [finding.hint for finding in judge(*commits).findings] == [hint]


def test_a_root_commit_is_rebased_from_the_root() -> None:
    facts = Facts((commit("fixup! x", parents=0),))
    assert check(facts, DEFAULT).findings[0].hint == "git rebase --interactive --autosquash --root"


REASONS = {
    "none": ((), "no commits to judge"),
    "several": ((commit("Add"), commit("Fix")), "2 messages as the policy asks"),
    "with merges": ((commit("Add"), commit("Merge", parents=2)), "1 message as the policy asks, 1 merge excused"),
    "failed": ((commit(""), commit("Add"), commit("")), "2 of 3 messages break the policy"),
}


@pytest.mark.parametrize(("commits", "reason"), REASONS.values(), ids=REASONS)
def test_the_reason_says_what_was_seen(commits: tuple[Commit, ...], reason: str) -> None:
    assert judge(*commits).reason == reason


NOT_IMPERATIVE = {
    "Added a thing": ("Added", "Add"),
    "adds a thing": ("adds", "add"),
    "Adding": ("Adding", "Add"),
    "Fixes #12": ("Fixes", "Fix"),
    "Copied the files": ("Copied", "Copy"),
    "Tries again": ("Tries", "Try"),
    "Deploys it": ("Deploys", "Deploy"),
    "Dropped it": ("Dropped", "Drop"),
    "Using it": ("Using", "Use"),
    "Freed memory": ("Freed", "Free"),
    "Processes it": ("Processes", "Process"),
    "Needs a lock": ("Needs", "Need"),
    "Embedded a font": ("Embedded", "Embed"),
    "Wrote it": ("Wrote", "Write"),
    "feat(api)!: added it": ("added", "add"),
    "feat(a b): added it": ("added", "add"),
    "net: ipv4: removed it": ("removed", "remove"),
    "drm/i915, docs: renamed it": ("renamed", "rename"),
    "[JIRA-1] [x]: Moved it": ("Moved", "Move"),
    ":sparkles: introduces it": ("introduces", "introduce"),
    "✨ Introduces it": ("Introduces", "Introduce"),
    "Changed, then reverted": ("Changed", "Change"),
}
MAY_BE_IMPERATIVE = [
    "",
    "Add",
    "Need a lock",
    "Embed a font",
    "Bring it back",
    "Address the review",
    "Pass it on",
    "Process it",
    "Focus the field",
    "Speed it up",
    "Feed it",
    "Seed the tests",
    "String them together",
    "Fixed-width tables",
    "added.py: rename it",
    "adds_up: rename it",
    "feat: add what was added",
    "Red is a colour",
    "Äpfel gefixed",
    "✨",
    "feat:",
]


@pytest.mark.parametrize(("subject", "said"), NOT_IMPERATIVE.items(), ids=NOT_IMPERATIVE)
def test_not_imperative(subject: str, said: tuple[str, str]) -> None:
    assert not_imperative(subject) == said


@pytest.mark.parametrize("subject", MAY_BE_IMPERATIVE)
def test_may_be_imperative(subject: str) -> None:
    assert not_imperative(subject) is None


PROBLEMS = {
    "pattern": (
        CommitMessageConfig(subject_pattern="(feat"),
        (
            ("subject-pattern",),
            "`(feat` is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
    ),
    "second forbidden": (
        CommitMessageConfig(subject_forbid=("ok", "*")),
        (("subject-forbid", 1), "`*` is not a regular expression: nothing to repeat at position 0"),
    ),
    "too many repeats": (
        CommitMessageConfig(subject_pattern="a{99999999999}"),
        (("subject-pattern",), "`a{99999999999}` is not a regular expression: the repetition number is too large"),
    ),
    "least above most": (
        CommitMessageConfig(subject_min=80),
        (("subject-min",), "80 is more than subject-max, 72"),
    ),
    "required and forbidden": (
        CommitMessageConfig(required_trailers=("A", "Refs"), forbidden_trailers=("refs",)),
        (("required-trailers", 1), "`Refs` is also forbidden"),
    ),
}


@pytest.mark.parametrize(("config", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems(config: CommitMessageConfig, problem: tuple[tuple[str | int, ...], str]) -> None:
    assert list(config.problems()) == [problem]


def test_no_problems() -> None:
    assert list(CommitMessageConfig(subject_pattern=CONVENTIONAL, subject_forbid=("a",)).problems()) == []


def test_the_policys_keys() -> None:
    section = {
        "subject-min": 3,
        "subject-max": 50,
        "subject-pattern": "a",
        "subject-forbid": ["b"],
        "imperative": True,
        "blank-second-line": False,
        "body-line-max": 72,
        "body": "required",
        "required-trailers": ["Refs"],
        "forbidden-trailers": ["Change-Id"],
        "fixups": "allow",
    }
    assert msgspec.convert(section, CommitMessageConfig) == CommitMessageConfig(
        subject_min=3,
        subject_max=50,
        subject_pattern="a",
        subject_forbid=("b",),
        imperative=True,
        blank_second_line=False,
        body_line_max=72,
        body="required",
        required_trailers=("Refs",),
        forbidden_trailers=("Change-Id",),
        fixups="allow",
    )


@pytest.mark.parametrize(
    "section",
    [{"subject-max": 0}, {"body-line-max": 0}, {"required-trailers": ["Fixed by"]}, {"fixups": "no"}, {"x": 1}],
    ids=["no subject", "no body", "no trailer's key", "unknown word", "unknown key"],
)
def test_a_wrong_policy_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, CommitMessageConfig)


def test_the_stages() -> None:
    on = [stage for stage in Stage if GATE.severity(DEFAULT, stage) is Severity.ERROR]
    assert on == [Stage.COMMIT_MSG, Stage.CI, Stage.BOT]
    report = run((GATE,), {"commit-message": DEFAULT}, FakeSource(commits=(commit(""),)), Stage.COMMIT_MSG)
    assert report.exit_code == 1


STRICT = CommitMessageConfig(
    subject_pattern=CONVENTIONAL,
    subject_forbid=(r"\.$", "^$"),
    imperative=True,
    body_line_max=10,
    body="required",
    required_trailers=("A",),
    forbidden_trailers=("b",),
)
HOSTILE = {
    "one line": "a" * 10_000_000,
    "letters and slashes": "Add\n\n" + "a/" * 5_000_000,
    "lines": "Add\n\n" + "a" * 11 + ("\n" + "a" * 11) * 500_000,
    "trailers": "Add\n\n" + "b: 1\n" * 500_000,
    "prefixes": "a: " * 3_000_000,
    "brackets": "[(" * 5_000_000,
    "NULs": "\0" * 1_000_000 + "\n\0",
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_hostile_messages(message: str) -> None:
    start = time.process_time()
    findings = judge(commit(message), config=STRICT).findings
    assert time.process_time() - start < 20
    assert 0 < len(findings) < 30
    assert all(len(finding.message) < 500 for finding in findings)


def test_a_pattern_sees_a_bounded_subject() -> None:
    config = CommitMessageConfig(subject_max=10_000, subject_forbid=("b",))
    assert judge(commit("a" * 500 + "b"), config=config).findings == ()
    assert judge(commit("a" * 499 + "b"), config=config).findings != ()


@given(st.text(max_size=100) | st.lists(st.text("aA:-# \r\t\0\udce9", max_size=10)).map("\n".join), st.integers(0, 3))
def test_never_raises(message: str, parents: int) -> None:
    for sha in (None, SHA):
        for finding in judge(commit(message, sha, parents), config=STRICT).findings:
            assert finding.line is not None
            assert 1 <= finding.line <= message.count("\n") + 1
