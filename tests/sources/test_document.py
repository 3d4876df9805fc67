from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import Work, lines
from paddock.errors import DocumentError, FactMissingError
from paddock.model import ChangedFile, FileClass, FileStatus, Moved
from paddock.sources.document import DocumentSource, read
from paddock_cli import Ran, paddock

EMPTY: dict[str, Any] = {"version": 1, "branch": "topic", "base": "main", "commits": [], "files": []}
FILE = {"path": "a.go", "status": "added", "added": 3, "deleted": 0}
COMMIT = {"sha": "a" * 40, "parents": [], "message": "m"}
PERSON = {"name": "Ada", "email": "ada@example.org"}


def document(**values: object) -> bytes:
    return json.dumps({**EMPTY, **values}).encode()


def source(**values: object) -> DocumentSource:
    return DocumentSource(read(document(**values), "here"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON: Input data was truncated"),
        (b"{", "not JSON: Input data was truncated"),
        (b"not json", "not JSON: "),
        (b"\xef\xbb\xbf{}", "not JSON: "),
        (b'{"version": 1, "branch": "\xff"}', "not JSON: "),
        (b'{"version": 1, "branch": "\\ud800 "}', "not JSON: "),
        (b"null", "Expected `object`, got `null`"),
        (b"[" * 100_000, "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `version`"),
        (document()[:-1] + b', "x": ' + b"[" * 100_000, "Object contains unknown field `x`"),
        (document() + b"x", "not JSON: "),
        (document(version=2), "Invalid enum value 2 - at `$.version`"),
        (document(version="1"), "Expected `int`, got `str` - at `$.version`"),
        (document(version=1.0), "Expected `int`, got `float` - at `$.version`"),
        (document(verison=1), "Object contains unknown field `verison`"),
        (document(base=None), "Expected `str`, got `null` - at `$.base`"),
        (document(files={}), "Expected `array`, got `object` - at `$.files`"),
        (document(files=[{**FILE, "lines": 1}]), "Object contains unknown field `lines` - at `$.files[0]`"),
        (document(files=[{**FILE, "added": -1}]), "Expected `int` >= 0 - at `$.files[0].added`"),
        (document(files=[{**FILE, "added": 1.5}]), "Expected `int`, got `float` - at `$.files[0].added`"),
        (document(files=[{**FILE, "added": "3"}]), "Expected `int`, got `str` - at `$.files[0].added`"),
        (document(files=[{**FILE, "added": True}]), "Expected `int`, got `bool` - at `$.files[0].added`"),
        (document(files=[{**FILE, "added": None}]), "Expected `int`, got `null` - at `$.files[0].added`"),
        (document(files=[{**FILE, "status": "moved"}]), "Invalid enum value 'moved' - at `$.files[0].status`"),
        (document(files=[{**FILE, "class": "code"}]), "Invalid enum value 'code' - at `$.files[0].class`"),
        (document(files=[{**FILE, "mode": "rw-r"}]), "matching regex '^[0-7]{6}$' - at `$.files[0].mode`"),
        (document(files=[{**FILE, "path": None}]), "a file without `path` or `path_b64` - at `$.files[0]`"),
        (document(files=[{**FILE, "path": ""}]), "a path that is empty or holds a NUL - at `$.files[0]`"),
        (document(files=[{**FILE, "path": "a\0b"}]), "a path that is empty or holds a NUL - at `$.files[0]`"),
        (document(files=[{**FILE, "path_b64": "YQ=="}]), "a path given twice, as text and as base64 - at `$.files[0]`"),
        (document(files=[{**FILE, "path": None, "path_b64": "Y"}]), "`Y` is not base64 - at `$.files[0]`"),
        (document(files=[{**FILE, "path": None, "path_b64": "AA=="}]), "a path that is empty or holds a NUL"),
        (document(files=[{**FILE, "old_path_b64": "!"}]), "`!` is not base64 - at `$.files[0]`"),
        (document(commits=[{**COMMIT, "autor": PERSON}]), "unknown field `autor` - at `$.commits[0]`"),
        (document(commits=[{**COMMIT, "author": {**PERSON, "mail": ""}}]), "field `mail` - at `$.commits[0].author`"),
        (document(commits=[{**COMMIT, "author": "Ada"}]), "`$.commits[0].author`"),
        (document(commits=[{**COMMIT, "signature": {"verdict": "fine"}}]), "enum value 'fine' - at `$.commits[0]"),
        (document(commits=[{**COMMIT, "signature": {"verdict": "good", "by": ""}}]), "unknown field `by`"),
        (document(branches=[{"name": "x", "sha": "y", "stat": "open"}]), "unknown field `stat` - at `$.branches[0]`"),
        (document(overrides=[{"gate": "dco", "by": "x"}]), "missing required field `reason` - at `$.overrides[0]`"),
        (document(overrides=[{"gate": "", "by": "", "reason": "", "x": 1}]), "unknown field `x` - at `$.overrides[0]`"),
        (document(pull_request={"number": 1, "title": "", "labl": []}), "unknown field `labl` - at `$.pull_request`"),
        (document(reviews=[{"by": "x", "verdict": "ok", "sha": "y"}]), "Invalid enum value 'ok'"),
        (document(patch=5), "Expected `str | null`, got `int` - at `$.patch`"),
    ],
)  # fmt: skip
def test_what_is_no_document(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(data, "here")
    assert said in caught.value.message
    assert caught.value.where == "here"


def test_the_least_and_the_most_of_it() -> None:
    """All that the design lists is known; what may be null is."""
    whole = {
        **EMPTY,
        "base_sha": "b", "merge_base": "c", "head_sha": "d", "trust_sha": "e",
        "branches": [{"name": "x", "sha": "y", "state": "merged"}],
        "overrides": [{"gate": "dco", "by": "x", "reason": "y"}],
        "reviews": [{"by": "x", "agent": None, "verdict": "approved", "sha": "y"}],
        "pull_request": {"number": 7, "title": "t", "body": "b", "author": "a", "labels": ["l"], "draft": False},
        "commits": [
            {**COMMIT, "author": {**PERSON, "login": None, "bot": None, "member": None}, "committer": None,
             "signature": {"verdict": "wrong-identity", "signer": None, "key": None}}
        ],
        "files": [{**FILE, "old_path": None, "binary": False, "mode": "100644", "class": "source", "reason": "r"}],
        "patch": "",
    }  # fmt: skip
    assert read(json.dumps(whole).encode(), "here").patch == ""
    nulls = (
        "base_sha",
        "merge_base",
        "head_sha",
        "trust_sha",
        "branches",
        "overrides",
        "reviews",
        "pull_request",
        "patch",
    )
    least = read(document(branch=None, **dict.fromkeys(nulls)), "here")
    assert least == read(document(branch=None), "here")


def test_of_a_key_given_twice_the_last_counts_as_for_every_reader_of_json() -> None:
    assert read(document()[:-1] + b', "base": "other"}', "here").base == "other"


def test_huge_figures_are_figures() -> None:
    (file,) = source(files=[{**FILE, "added": 10**30}]).files()
    assert file.added == 10**30


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("a.go", FileClass.SOURCE, "source")),
        ({"path": "go.sum"}, ("go.sum", FileClass.LOCK, "lock file: go.sum")),
        ({"class": "generated"}, ("a.go", FileClass.GENERATED, "said by the change document")),
        ({"class": "generated", "reason": "a tool"}, ("a.go", FileClass.GENERATED, "a tool")),
        ({"path": None, "path_b64": "/y5nbw=="}, ("\udcff.go", FileClass.SOURCE, "source")),
    ],
)
def test_files(values: dict[str, object], expected: tuple[str, FileClass, str]) -> None:
    (file,) = source(files=[{**FILE, **values}]).files()
    assert file == ChangedFile(expected[0], FileStatus.ADDED, 3, 0, *expected[1:])


def test_what_is_null_is_missing() -> None:
    one = source(branch=None)
    for name, fact in (
        ("branch", one.branch),
        ("branches", one.branches),
        ("merge_base", one.merge_base),
        ("patch", one.moved),
    ):
        with pytest.raises(FactMissingError) as caught:
            fact()
        assert caught.value.message == f"the change document says nothing of `{name}`"
    assert (one.head(), one.overrides(), one.base()) == (None, (), "main")


def test_a_branch_given_beside_it_counts() -> None:
    assert DocumentSource(read(document(branch=None), "here"), branch="given").branch() == "given"


def test_moves_are_in_its_patch() -> None:
    text = "some words that are long enough"
    patch = f"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +0,0 @@\n-{text}\n@@ -5,0 +5 @@\n+{text}\n"
    assert source(patch=patch).moved() == {"a": Moved(1, 1)}


# Through the program: judge, write, judge.


def judge(*args: str, work: Work, stdin: bytes = b"") -> dict[str, Any]:
    ran = paddock("check", "--format", "json", *args, cwd=work.path, stdin=stdin)
    assert ran.code in (0, 1, 3), ran.err
    report: dict[str, Any] = json.loads(ran.out)
    return {**report, "code": ran.code}


@pytest.fixture
def odd(work: Work) -> Work:
    """A change with all that is hard to write down."""
    work.write(".paddock.yaml", "version: 1\nbase: main\ngates:\n  pr-size: {limit: 60, moves: discount}\n  dco: {}\n")
    block = "".join(f"some words of line {i}\n" for i in range(30))
    work.commit("base", {"from.go": lines(50) + block, "old.go": lines(40, "old")})
    work.branch("topic")
    work.write(b"caf\xe9 \n.go", b"caf\xe9\n" * 40)
    work.git("mv", "old.go", "new\u202e.go")
    work.write("from.go", lines(50))
    work.write("image.png", b"\0\1")
    work.write("go.sum", lines(70))
    work.commit("one", {"to.go": block})
    work.git("-c", "user.name=J\udce9r\udcf4me", "commit", "-q", "--allow-empty", "-m", "caf\udce9", "--signoff")
    work.git("commit", "-q", "--allow-empty", "-m", "unsigned")
    return work


def test_a_round_trip_gives_the_same_verdict(odd: Work) -> None:
    direct = judge(work=odd)
    written = paddock("change", "--patch", cwd=odd.path)
    assert (written.code, written.err) == (0, "")
    again = judge("--change", "-", work=odd, stdin=written.out.encode("utf-8", "surrogateescape"))
    assert again == direct
    assert [(gate["gate"], gate["outcome"]) for gate in direct["gates"]] == [("dco", "failed"), ("pr-size", "passed")]
    facts = direct["gates"][1]["facts"]
    assert (facts["counted"], facts["not_counted"], facts["moved"]) == (40, 70, 60)


def test_writing_and_reading_a_document_twice_changes_nothing(odd: Work) -> None:
    first = json.loads(paddock("change", "--no-patch", cwd=odd.path).out)
    assert first["patch"] is None
    assert [file for file in first["files"] if file["path"] is None] == [
        {
            "path": None, "path_b64": "Y2Fm6SAKLmdv", "old_path": None, "status": "added", "added": 40, "deleted": 0,
            "class": "source", "reason": "source", "binary": False, "mode": "100644",
        }
    ]  # fmt: skip
    assert read(json.dumps(first).encode(), "here").branch == "topic"


def test_the_patch_is_put_in_where_a_gate_judges_lines(odd: Work) -> None:
    assert json.loads(paddock("change", cwd=odd.path).out)["patch"].startswith("diff --git ")
    odd.write(".paddock.yaml", "gates: {pr-size: {}, patterns: {rules: {a: off}}}\n")
    assert json.loads(paddock("change", cwd=odd.path).out)["patch"] is None
    odd.write(".paddock.yaml", "gates: {patterns: {rules: {a: {message: m, forbid: x}}}}\n")
    assert json.loads(paddock("change", cwd=odd.path).out)["patch"].startswith("diff --git ")


def test_without_its_patch_the_discount_is_an_error_in_ci(odd: Work) -> None:
    text = paddock("change", "--no-patch", cwd=odd.path).out.encode()
    report = judge("--change", "-", "--gate", "pr-size", work=odd, stdin=text)
    (gate,) = report["gates"]
    assert (report["code"], gate["outcome"]) == (3, "errored")
    assert gate["reason"] == "the change document says nothing of `patch`"


@pytest.mark.parametrize(
    ("gate", "values", "outcome"),
    [("branch-order", {"branch": None}, "errored"), ("dco", {"commits": [COMMIT]}, "errored")],
)
def test_null_facts_are_errors_in_ci(work: Work, gate: str, values: dict[str, object], outcome: str) -> None:
    work.write(".paddock.yaml", "version: 1\nextends: paddock:default\nseries: feature/x\n")
    report = judge("--change", "-", "--gate", gate, work=work, stdin=document(**values))
    assert (report["code"], report["gates"][0]["outcome"]) == (3, outcome)


def wrong(*args: str, work: Work, stdin: bytes = b"") -> Ran:
    return paddock("check", *args, cwd=work.path, stdin=stdin)


def test_a_wrong_document_is_named(work: Work) -> None:
    work.write("change.json", b'{"version": 2}')
    assert wrong("--change", "change.json", work=work) == Ran(
        2, "", "paddock: change.json: not a change document of version 1: Invalid enum value 2 - at `$.version`\n"
    )
    ran = wrong("--change", "none.json", work=work)
    assert (ran.code, ran.err) == (2, "paddock: none.json: no such file or directory\n")


def test_no_repository_is_needed(work: Work) -> None:
    outside = work.path.parent
    (outside / "policy.yaml").write_text("version: 1\ngates:\n  pr-size: {limit: 2}\n")
    ran = paddock("check", "--policy", "policy.yaml", "--change", "-", cwd=outside, stdin=document(files=[FILE]))
    assert (ran.code, ran.err) == (1, "")
    assert "3 changed lines, 1 over the limit of 2" in ran.out
