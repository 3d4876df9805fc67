"""What belongs together changes together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fake_source import FakeSource
from paddock.errors import FactUnreadableError
from paddock.findings import Finding, Judgement, Level
from paddock.gates.companions import CompanionsConfig, check, read
from paddock.model import ChangedFile, Commit, FileClass, FileStatus, NoPullRequest, PullRequest
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

DOCS: dict[str, Any] = {"id": "docs", "when": ["src/**"], "need": ["docs/", "README.md"]}
TESTS: dict[str, Any] = {
    "id": "tests",
    "when": ["src/{folder:path}/{name}.py"],
    "need": ["tests/{folder:path}/test_{name}.py"],
}


def rules(*some: dict[str, Any]) -> CompanionsConfig:
    return msgspec.convert({"rules": list(some)}, CompanionsConfig)


def file(path: str, status: str = "modified", file_class: str = "source") -> ChangedFile:
    return ChangedFile(path, FileStatus(status), 1, 0, FileClass(file_class), file_class)


def judged(config: CompanionsConfig, *files: ChangedFile | str, **known: object) -> Judgement:
    listed = [file(one) if isinstance(one, str) else one for one in files]
    return check(read(FakeSource(files=listed, **known), config), config)


def told(config: CompanionsConfig, *files: ChangedFile | str) -> list[tuple[str | None, str]]:
    return [(one.path, one.message) for one in judged(config, *files).findings]


KEPT: dict[str, tuple[dict[str, Any], tuple[ChangedFile | str, ...]]] = {
    "nothing changed": (DOCS, ()),
    "nothing that matters changed": (DOCS, ("other/a.py",)),
    "any of them": (DOCS, ("src/a.py", "docs/x/a.md")),
    "another of them": (DOCS, ("src/a.py", "README.md")),
    "all of them": ({**DOCS, "require": "all"}, ("src/a.py", "docs/a.md", "README.md")),
    "generated": (DOCS, (file("src/gen.py", file_class="generated"),)),
    "deleted": (DOCS, (file("src/a.py", "deleted"),)),
    "only added ones count": ({**DOCS, "statuses": ["added"]}, ("src/a.py",)),
    "of its own": (TESTS, ("src/api/a.py", "tests/api/test_a.py", "src/b.py", "tests/test_b.py")),
    "by a glob": (
        {**TESTS, "need": ["tests/**/test_{name}_*.py"]},
        ("src/api/a.py", "tests/x/test_a_1.py"),
    ),
    "a renamed companion": (TESTS, ("src/a.py", file("tests/test_a.py", "renamed"))),
    "the same pattern twice": (
        {"id": "go", "when": ["{stem:path}.go"], "need": ["{stem:path}_test.go"], "ignore": ["test"]},
        ("pkg/a.go", file("pkg/a_test.go", file_class="test")),
    ),
}


@pytest.mark.parametrize(("rule", "files"), KEPT.values(), ids=KEPT)
def test_a_rule_is_kept(rule: dict[str, Any], files: tuple[ChangedFile | str, ...]) -> None:
    judgement = judged(rules(rule), *files)
    assert judgement == Judgement(reason="1 rule kept", facts={"rules": 1, "broken": 0, "excepted": 0})


BROKEN: dict[str, tuple[dict[str, Any], tuple[ChangedFile | str, ...], list[tuple[str, str]]]] = {
    "none of them": (
        DOCS,
        ("src/a.py", "src/b.py", "src/c.py"),
        [("src/a.py", "modified, like 2 more, and docs/ or README.md is not changed (docs)")],
    ),
    "not all of them": (
        {**DOCS, "require": "all"},
        (file("src/a.py", "added"), "docs/a.md"),
        [("src/a.py", "added, and README.md is not changed (docs)")],
    ),
    "neither of all": (
        {**DOCS, "require": "all"},
        ("src/a.py",),
        [("src/a.py", "modified, and docs/ and README.md are not changed (docs)")],
    ),
    "a deleted companion": (
        DOCS,
        ("src/a.py", file("docs/a.md", "deleted")),
        [("src/a.py", "modified, and docs/ or README.md is not changed (docs)")],
    ),
    "generated, where it counts": (
        {**DOCS, "ignore": []},
        (file("src/a.py", file_class="generated"),),
        [("src/a.py", "modified, and docs/ or README.md is not changed (docs)")],
    ),
    "deleted, where it counts": (
        {**DOCS, "statuses": ["deleted"]},
        (file("src/a.py", "deleted"), "src/b.py"),
        [("src/a.py", "deleted, and docs/ or README.md is not changed (docs)")],
    ),
    "another's companion": (
        TESTS,
        ("src/a.py", "src/x/b.py", "tests/test_b.py"),
        [
            ("src/a.py", "modified, and tests/test_a.py is not changed (tests)"),
            ("src/x/b.py", "modified, and tests/x/test_b.py is not changed (tests)"),
        ],
    ),
    "another's companion by a glob": (
        {**TESTS, "need": ["tests/**/test_{name}_*.py"]},
        ("src/a.py", "tests/x/test_b_1.py"),
        [("src/a.py", "modified, and tests/**/test_a_*.py is not changed (tests)")],
    ),
    "a name like a glob": (
        TESTS,
        ("src/a*.py", "tests/test_ab.py"),
        [("src/a*.py", "modified, and tests/test_a*.py is not changed (tests)")],
    ),
    "a line break in a path": (
        TESTS,
        ("src/a\nb/c.py",),
        [("src/a\nb/c.py", "modified, and tests/a\nb/test_c.py is not changed (tests)")],
    ),
    "with a message": (
        {**DOCS, "message": "users read it"},
        ("src/a.py",),
        [("src/a.py", "modified, and docs/ or README.md is not changed (docs); users read it")],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_rule_is_broken(
    rule: dict[str, Any], files: tuple[ChangedFile | str, ...], expected: list[tuple[str, str]]
) -> None:
    assert told(rules(rule), *files) == expected


def test_rules_are_counted() -> None:
    judgement = judged(rules(DOCS, TESTS), "src/a.py", "README.md")
    assert judgement.reason == "1 of 2 rules broken"
    assert judgement.facts == {"rules": 2, "broken": 1, "excepted": 0}


def test_many_findings_are_counted() -> None:
    found = told(rules(TESTS), *(f"src/m{i}.py" for i in range(25)))
    assert len(found) == 21
    assert found[-1] == (None, "5 more files lack theirs (tests)")


EXCEPTED = {**DOCS, "except-trailers": ["Docs-not-needed"], "except-labels": ["no-docs"]}
PULL = PullRequest(7, "Work")


def commit(message: str) -> Commit:
    return Commit("a" * 40, (), message)


EXCUSES: dict[str, tuple[dict[str, object], str]] = {
    "a trailer": (
        {"commits": [commit("Work\n\nDocs-not-needed: only comments\n")]},
        "the trailer Docs-not-needed: only comments in aaaaaaaaaaaa",
    ),
    "a trailer in any case": (
        {"commits": [commit("Start"), commit("Work\n\nSigned-off-by: A <a@b.c>\ndocs-not-needed: so\n")]},
        "the trailer Docs-not-needed: so in aaaaaaaaaaaa",
    ),
    "a trailer of the description": (
        {
            "commits": [commit("Work")],
            "pull_request": PullRequest(7, "Work", body="Text.\r\n\r\nDocs-not-needed: so\r\n"),
        },
        "the trailer Docs-not-needed: so in the pull request",
    ),
    "a label": (
        {"commits": [], "pull_request": PullRequest(7, "Work", labels=("big", "No-Docs"))},
        "the label No-Docs",
    ),
}


@pytest.mark.parametrize(("known", "words"), EXCUSES.values(), ids=EXCUSES)
def test_an_exception_is_told(known: dict[str, object], words: str) -> None:
    judgement = judged(rules(EXCEPTED), "src/a.py", **known)
    assert judgement.findings == (Finding(message=f"docs is excepted by {words}", severity=Level.NOTE),)
    assert judgement.reason == "1 rule kept, 1 excepted"


NO_EXCUSES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "nothing known": (EXCEPTED, {}),
    "a trailer without a reason": (EXCEPTED, {"commits": [commit("Work\n\nDocs-not-needed:\n")], "pull_request": PULL}),
    "a trailer amid the text": (
        EXCEPTED,
        {"commits": [commit("Work\n\nDocs-not-needed: so\n\nMore.\n")], "pull_request": PULL},
    ),
    "another trailer": (EXCEPTED, {"commits": [commit("Work\n\nTests-not-needed: so\n")], "pull_request": PULL}),
    "another label": (EXCEPTED, {"commits": [], "pull_request": PullRequest(7, "Work", labels=("no-docs-yet",))}),
    "no exceptions from this rule": (
        DOCS,
        {
            "commits": [commit("Work\n\nDocs-not-needed: so\n")],
            "pull_request": PullRequest(7, "Work", labels=("no-docs",)),
        },
    ),
}


@pytest.mark.parametrize(("rule", "known"), NO_EXCUSES.values(), ids=NO_EXCUSES)
def test_what_is_no_exception(rule: dict[str, Any], known: dict[str, object]) -> None:
    assert [one.severity for one in judged(rules(rule), "src/a.py", **known).findings] == [Level.ERROR]


def test_where_labels_can_t_be_known_it_warns() -> None:
    known: dict[str, object] = {"commits": [], "pull_request": NoPullRequest("pushed")}
    (finding,) = judged(rules(EXCEPTED), "src/a.py", **known).findings
    assert finding == Finding(
        message="modified, and docs/ or README.md is not changed (docs)",
        path="src/a.py",
        severity=Level.WARNING,
        hint="or say why not, at the end of a commit's message: Docs-not-needed: REASON\n"
        "or give the pull request the label no-docs\nwhether it has one is not known here: pushed",
    )
    (finding,) = judged(rules({**DOCS, "except-trailers": ["X"]}), "src/a.py", **known).findings
    assert finding.severity is Level.ERROR


def test_what_can_t_be_read_is_no_doubt() -> None:
    with pytest.raises(FactUnreadableError):
        judged(rules(EXCEPTED), "src/a.py", commits=FactUnreadableError("shallow"))


PROBLEMS: dict[str, tuple[dict[str, Any], tuple[str | int, ...], str]] = {
    "a glob": ({**DOCS, "when": ["../x"]}, ("rules", 0, "when", 0), "matches nothing"),
    "a brace": ({**TESTS, "need": ["{name"]}, ("rules", 0, "need", 0), "has a brace"),
    "a placeholder that stands for nothing": (
        {**TESTS, "when": ["src/{name}.py", "lib/{folder:path}/{name}.py"]},
        ("rules", 0, "when", 0),
        "'src/{name}.py' has no {folder}, which `need` asks for",
    ),
}


@pytest.mark.parametrize(("rule", "path", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems(rule: dict[str, Any], path: tuple[str | int, ...], words: str) -> None:
    ((where, message),) = rules(rule).problems()
    assert where == path
    assert words in message


def test_two_rules_of_one_name() -> None:
    assert list(rules(DOCS, DOCS).problems()) == [(("rules", 1, "id"), "two rules are called 'docs'")]


POLICY = """\
version: 1
base: main
gates:
  companions:
    rules:
      - id: changelog
        when: ["src/"]
        need: [CHANGELOG.md]
        except-trailers: [Changelog-not-needed]
"""


def test_from_a_hook_to_a_commit(work: Work) -> None:
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("topic")
    work.write("src/a.py", "a\n")
    work.git("add", "--all")
    ran = paddock("check", "--staged", cwd=work.path)
    assert ran.code == 0
    assert "warning  src/a.py: added, and CHANGELOG.md is not changed (changelog)" in ran.out
    work.commit("work")
    assert paddock("check", cwd=work.path).code == 1
    work.git("commit", "--quiet", "--amend", "-m", "work\n\nChangelog-not-needed: nobody sees it")
    ran = paddock("check", "--format", "json", cwd=work.path)
    assert ran.code == 0
    (gate,) = json.loads(ran.out)["gates"]
    assert "excepted by the trailer Changelog-not-needed: nobody sees it" in gate["findings"][0]["message"]
