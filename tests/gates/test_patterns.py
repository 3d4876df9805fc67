from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fake_source import FakeSource
from paddock import engine
from paddock.errors import FactMissingError, PolicyError
from paddock.findings import Finding, Judgement, Level, Outcome
from paddock.gates import CONFIGS
from paddock.gates.patterns import GATE, Facts, PatternsConfig, check, read
from paddock.model import AddedLine, ChangedFile, FileClass, FileStatus, Stage
from paddock.policy.load import load
from paddock.sources.git import open_repository
from paddock.sources.staged import StagedSource

if TYPE_CHECKING:
    from conftest import Work
    from paddock.model import Source


def config(**section: object) -> PatternsConfig:
    return msgspec.convert(section, PatternsConfig)


def rule(**keys: object) -> PatternsConfig:
    return config(rules={"r": {"message": "wrong", **keys}})


def source(*lines: str, whole: str | None = None, path: str = "a.go", first: int = 1, **file: object) -> FakeSource:
    """A file to which these lines were added from number `first` on."""
    given: dict[str, Any] = {"status": FileStatus.MODIFIED, "file_class": FileClass.SOURCE, "reason": "source", **file}
    return FakeSource(
        files=[ChangedFile(path=path, added=len(lines), deleted=0, **given)],
        added_lines={path: [AddedLine(i, line) for i, line in enumerate(lines, first)]},
        blobs={path: None if whole is None else whole.encode()},
    )


def judged(change: Source, configured: PatternsConfig) -> Judgement:
    return check(read(change, configured), configured)


def found(line: int, column: int | None = None, **values: Any) -> Finding:  # noqa: ANN401 - a finding's own
    return Finding(message="wrong (r)", path="a.go", line=line, column=column, **values)


CASES: dict[str, tuple[PatternsConfig, FakeSource, tuple[Finding, ...]]] = {
    "a line": (rule(forbid="x"), source("a", "bx"), (found(2, 2),)),
    "a hint": (rule(forbid="x", hint="write y"), source("x"), (found(1, 1, hint="write y"),)),
    "a line excused by another pattern": (rule(forbid="x", unless="ok$"), source("x ok", "x"), (found(2, 1),)),
    "another path": (rule(forbid="x", paths=["*.py"]), source("x"), ()),
    "its path": (rule(forbid="x", paths=["*.py", "/a.go"]), source("x"), (found(1, 1),)),
    "an excluded path": (rule(forbid="x", paths=["*.go"], exclude=["a.*"]), source("x"), ()),
    "lines that were there": (rule(forbid="x"), source("a", whole="x\na\n", first=2), ()),
    "the whole file": (rule(forbid="x", scope="file"), source("a", whole="x\na\n", first=2), (found(1, 1),)),
    "a required line that is there": (rule(require="y"), source("a", whole="y\na\n", first=2), ()),
    "a required line that is missing": (rule(require="y"), source("a", whole="b\na\n", first=2), (found(2),)),
    "required of another file": (rule(require="y", when="z"), source("a", whole="b\n"), ()),
    "required of this file": (rule(require="y", when="z"), source("a", " z", whole="z"), (found(2, 2),)),
    "required in a new file": (rule(require="y", when="z"), source("z", status=FileStatus.ADDED), (found(1, 1),)),
    "a warning": (rule(forbid="x", severity="warning"), source("x"), (found(1, 1, severity=Level.WARNING),)),
    "off": (rule(forbid="x", severity="off"), source("x"), ()),
    "off by one word": (config(rules={"r": "off"}), source("x"), ()),
    "generated": (rule(forbid="x"), source("x", file_class=FileClass.GENERATED), ()),
    "vendored": (rule(forbid="x"), source("x", file_class=FileClass.VENDORED), ()),
    "a test": (rule(forbid="x"), source("x", file_class=FileClass.TEST), (found(1, 1),)),
    "a believed marker": (
        rule(forbid="x"), source("x", file_class=FileClass.GENERATED, without_marker=FileClass.SOURCE), (),
    ),
    "a marker to verify": (
        config(rules={"r": {"message": "wrong", "forbid": "x"}}, markers="verify"),
        source("x", file_class=FileClass.GENERATED, without_marker=FileClass.SOURCE), (found(1, 1),),
    ),
    "excused on the line": (rule(forbid="x"), source("x // paddock: allow r because y"), ()),
    "excused above": (rule(forbid="x"), source("// paddock: allow r because y", "x"), ()),
    "excused above by a line that stays": (
        rule(forbid="x"), source("x", whole="// paddock: allow r because y\nx\n", first=2), (),
    ),
    "another rule excused": (rule(forbid="x"), source("x // paddock: allow s because y"), (found(1, 1),)),
    "excused two lines above": (rule(forbid="x"), source("// paddock: allow r because y", "", "x"), (found(3, 1),)),
    "no reason": (
        rule(forbid="x"), source("x // paddock: allow r"),
        (found(1, 1, hint="a suppression needs a reason: paddock: allow r because …"),),
    ),
    "suppressions refused": (
        config(rules={"r": {"message": "wrong", "forbid": "x"}}, suppressions="refuse"),
        source("x // paddock: allow r because y"),
        (found(1, 1, hint="the policy takes no suppressions: `gates.patterns.suppressions` is refuse"),),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("configured", "change", "findings"), CASES.values(), ids=CASES)
def test_what_is_found(configured: PatternsConfig, change: FakeSource, findings: tuple[Finding, ...]) -> None:
    assert judged(change, configured).findings == findings


def test_the_report_counts_suppressions() -> None:
    judgement = judged(source("x // paddock: allow r because it is a test", "x"), rule(forbid="x"))
    assert judgement.reason == "1 of 1 rule broken at 1 place in 1 file; 1 suppression with a reason"
    assert judgement.facts == {
        "rules": 1,
        "files": 1,
        "broken": 1,
        "believed": 0,
        "suppressed": 1,
        "suppressions": [{"rule": "r", "path": "a.go", "line": 1, "reason": "it is a test"}],
    }


def test_the_report_counts_files_left_out_by_their_own_marker() -> None:
    change = source("x", file_class=FileClass.GENERATED, without_marker=FileClass.SOURCE)
    judgement = judged(change, rule(forbid="x"))
    assert judgement.reason == "1 rule kept in 0 files; 1 file left out by a marker that only this change carries"


def test_without_a_rule_nothing_is_read() -> None:
    for configured in (config(), config(rules={"r": "off"})):
        assert read(FakeSource(), configured) == Facts()
        assert check(Facts(), configured).reason == "no rules"


def test_many_places_in_one_file_are_cut() -> None:
    findings = judged(source(*["x"] * 500), rule(forbid="x")).findings
    assert (len(findings), findings[-1].message) == (100, "wrong (r); there are more in this file")


def test_a_whole_file_that_is_not_known_is_errored_in_ci() -> None:
    change = source("x")
    del change.facts["blobs"]
    for configured in (rule(forbid="x", scope="file"), rule(require="y")):
        report = engine.run([GATE], {"patterns": configured}, change, Stage.CI)
        assert [verdict.outcome for verdict in report.verdicts] == [Outcome.ERRORED]


def test_a_finding_stands_where_the_line_above_is_not_known() -> None:
    change = source("x", first=2)
    change.facts["blobs"] = FactMissingError("no blobs")
    assert judged(change, rule(forbid="x")).findings == (found(2, 1),)


WRONG: dict[str, tuple[str, str]] = {
    "R: {message: m, forbid: x}": ("1:31", "named by small letters"),
    "r: {forbid: x}": ("1:31", "the key `message` is missing"),
    "r: {message: m}": ("1:31", "has none"),
    "r: {message: m, forbid: x, require: y}": ("1:31", "has forbid and require"),
    "r: {message: m, forbid: '('}": ("1:52", "can't be read: missing )"),
    "r: {message: m, forbid: '(?!x)y'}": ("1:52", "goes into `unless`"),
    "r: {message: m, forbid: x, when: y}": ("1:61", "goes with `require`"),
    "r: {message: m, require: x, unless: y}": ("1:64", "goes with `forbid`"),
    "r: {message: m, forbid: x, language: go}": ("1:65", "goes with `ast`"),
    "r: {message: m, ast: {pattern: x}}": ("1:49", "needs the key `language`"),
    "r: {message: m, forbid: x, paths: ['./x']}": ("1:63", "matches nothing"),
    "r: {message: m, forbid: x, exlude: [x]}": ("1:55", "unknown key `exlude`"),
    "r: {message: m, forbid: x, good: [1]}": ("1:62", "good"),
    "r: on": ("1:31", "r"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG)
def test_rules_that_are_wrong(text: str, said: tuple[str, str]) -> None:
    policy = f"gates: {{patterns: {{rules: {{{text}}}}}}}".encode()
    with pytest.raises(PolicyError) as error:
        load(policy, "p.yaml", lambda _: None, CONFIGS)
    place, message = said
    assert message in str(error.value)
    assert str(error.value).startswith(f"p.yaml:{place}: ")


def test_rules_merge_by_their_ids() -> None:
    rules = b"a: {message: m, forbid: x}, b: {message: m, forbid: y}, c: {message: m, forbid: z}"
    preset = b"gates: {patterns: {rules: {" + rules + b"}}}"
    changes = b"a: off, b: {severity: warning}, d: {message: n, require: x}"
    own = b"extends: preset.yaml\ngates: {patterns: {rules: {" + changes + b"}}}"
    policy = load(own, "p.yaml", lambda _: preset, CONFIGS)
    merged = policy.gates["patterns"]
    assert isinstance(merged, PatternsConfig)
    assert list(merged.on) == ["b", "c", "d"]
    assert (merged.on["b"].forbid, merged.on["b"].severity) == ("y", "warning")


def test_what_is_about_to_be_committed(work: Work) -> None:
    work.commit("before", {"a.go": "x\nline\n"})
    work.branch("feature")
    work.write("a.go", "x\nline\n\tx()\r\n")
    work.write(b"\xff\n.go", b"\xff x\n")
    work.git("add", "--all")
    judgement = judged(StagedSource(open_repository(str(work.path)), base="main"), rule(forbid="x"))
    assert judgement.findings == (
        found(3, 2),
        Finding(message="wrong (r)", path="\udcff\n.go", line=1, column=3),
    )
    msgspec.json.encode(judgement.facts)


GO = "package x\n\nfunc f() {\n\tc.Update(\n\t\tctx,\n\t)\n\tc.Update(a)\n}\n"
CALL = {"kind": "call_expression", "has": {"field": "function", "regex": r"\.Update$"}}
AST: dict[str, object] = {"ast": CALL, "language": "go"}
TREES: dict[str, tuple[PatternsConfig, FakeSource, tuple[Finding, ...]]] = {
    "an added line": (rule(**AST), source("\tc.Update(a)", whole=GO, first=7), (found(7, 2),)),
    "an added line within": (rule(**AST), source("\t\tctx,", whole=GO, first=5), (found(5),)),
    "another line": (rule(**AST), source("func f() {", whole=GO, first=3), ()),
    "the whole file": (rule(**AST, scope="file"), source("x", whole=GO, first=3), (found(4, 2), found(7, 2))),
    "a new file": (rule(**AST), source(*GO.splitlines(), status=FileStatus.ADDED), (found(4, 2), found(7, 2))),
    "another path": (rule(**AST, paths=["b.go"]), source("\tc.Update(a)", whole=GO, first=7), ()),
    "excused": (
        rule(**AST, scope="file"),
        source("x", whole="package x\nvar a = c.Update(b) // paddock: allow r because y\n", first=1),
        (),
    ),
}


@pytest.mark.parametrize(("configured", "change", "findings"), TREES.values(), ids=TREES)
def test_what_is_found_in_the_tree(
    configured: PatternsConfig, change: FakeSource, findings: tuple[Finding, ...]
) -> None:
    assert judged(change, configured).findings == findings


def test_a_rule_on_the_tree_that_can_not_be_read_is_errored_in_hooks_too() -> None:
    configured = rule(ast={"kind": "nope"}, language="go")
    report = engine.run([GATE], {"patterns": configured}, source("x", whole="package x\n"), Stage.PRE_COMMIT)
    assert [verdict.outcome for verdict in report.verdicts] == [Outcome.ERRORED]
    assert report.verdicts[0].reason.startswith("the rule `r` in a.go: ")
