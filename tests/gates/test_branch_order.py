from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import run
from paddock.findings import Finding, Judgement, Level, Outcome, Report, Severity, Verdict
from paddock.gates.branch_order import GATE, BranchOrderConfig, BranchOrderFacts, Planned, check
from paddock.model import Branch, BranchState, Stage

SERIES = "feature/tmc2-impl2"
CONFIG = BranchOrderConfig(series=(SERIES,))
AGENTS = BranchOrderConfig(series=(SERIES,), template="{series}/{agent}/{key}-{slug}")
EXAMPLE = f"rename it, for example: git branch -m {SERIES}/01a-short-description"
BEGINS = "a key begins with a digit, as 01a does"


def report(source: FakeSource, config: BranchOrderConfig = CONFIG, stage: Stage = Stage.CI) -> Report:
    return run([GATE], {"branch-order": config}, source, stage)


def branches(*tags: str, state: BranchState = BranchState.OPEN) -> tuple[Branch, ...]:
    return tuple(Branch(f"{SERIES}/{tag}", "0" * 40, state) for tag in tags)


def facts(branch: str, *others: str) -> BranchOrderFacts:
    return BranchOrderFacts(f"{SERIES}/{branch}", tuple(f"{SERIES}/{one}" for one in others))


def note(branch: str) -> Finding:
    return Finding(message=f"waits for {SERIES}/{branch}", severity=Level.NOTE)


def numbers(key: str, *pending: str, parts: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "series": SERIES,
        "key": key,
        "parts": list(parts),
        "pending": [f"{SERIES}/{one}" for one in pending],
    }


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(
            facts("00a-feature-flags"),
            Judgement(reason=f"order key 00a of {SERIES}", facts=numbers("00a")),
            id="alone",
        ),
        pytest.param(
            facts("00a-feature-flags", "00b-flag-integration", "00a1-split1-flags"),
            Judgement(reason=f"order key 00a of {SERIES}", facts=numbers("00a")),
            id="only-later-ones",
        ),
        pytest.param(
            facts("03a2-reconciler-refactor", "03a1-controller-patterns"),
            Judgement(
                reason=f"order key 03a2 of {SERIES}",
                findings=(note("03a1-controller-patterns"),),
                facts=numbers("03a2", "03a1-controller-patterns"),
            ),
            id="one-before",
        ),
        pytest.param(
            facts("00a1-split2-workqueue", "00a1a-tail", "00a1-split1-queue", "00a1-queue", "00a10-late"),
            Judgement(
                reason=f"order key 00a1-split2 of {SERIES}",
                findings=(note("00a1-queue"), note("00a1-split1-queue")),
                facts=numbers("00a1", "00a1-queue", "00a1-split1-queue", parts=("split2",)),
            ),
            id="parts",
        ),
        pytest.param(
            facts("02a5-z", "02a1-a", "02a2-b", "02a3-c", "02a4-d"),
            Judgement(
                reason=f"order key 02a5 of {SERIES}",
                findings=(note("02a1-a"), note("02a2-b"), note("02a3-c"), note("02a4-d")),
                facts=numbers("02a5", "02a1-a", "02a2-b", "02a3-c", "02a4-d"),
            ),
            id="many-before",
        ),
        pytest.param(
            facts("01a-core", "1a-flags", "00a-start"),
            Judgement(
                reason=f"order key 01a is taken by 1 branch: {SERIES}/1a-flags",
                findings=(
                    Finding(
                        message=f"order key 01a of {SERIES} is also that of the open branch {SERIES}/1a-flags",
                        hint=f"rename one of them: git branch -m {SERIES}/01b-core",
                    ),
                    note("00a-start"),
                ),
                facts=numbers("01a", "00a-start"),
            ),
            id="key-taken",
        ),
        pytest.param(
            facts("01b-core", "test-framework", "01A-upper", "sub/01a-deep"),
            Judgement(reason=f"order key 01b of {SERIES}", facts=numbers("01b")),
            id="others-without-a-place-are-not-guessed-at",
        ),
        pytest.param(
            BranchOrderFacts(f"{SERIES}/01b-core", ("feature/tmc3/01a-core", "main", "01a-core")),
            Judgement(reason=f"order key 01b of {SERIES}", facts=numbers("01b")),
            id="other-series",
        ),
        pytest.param(
            facts("test-framework"),
            Judgement(
                reason=f"no order key in 'test-framework': {BEGINS}",
                findings=(
                    Finding(
                        message=f"branch '{SERIES}/test-framework': no order key in 'test-framework': {BEGINS}",
                        hint=EXAMPLE.replace("short-description", "test-framework"),
                    ),
                ),
            ),
            id="grammar",
        ),
        pytest.param(
            facts("01a-core\n\x1b[2J\udcff"),
            Judgement(
                reason="the name has bytes that are not UTF-8",
                findings=(
                    Finding(
                        message=f"branch '{SERIES}/01a-core\\n\\x1b[2J\\udcff': the name has bytes that are not UTF-8",
                        hint=EXAMPLE.replace("short-description", "core-2j"),
                    ),
                ),
            ),
            id="hostile-name-is-escaped",
        ),
        pytest.param(
            BranchOrderFacts(SERIES),
            Judgement(
                reason="the name is a series: git keeps no branch beside those below it",
                findings=(
                    Finding(
                        message=f"branch '{SERIES}': the name is a series: git keeps no branch beside those below it",
                        hint=EXAMPLE,
                    ),
                ),
            ),
            id="the-series-itself",
        ),
        pytest.param(
            BranchOrderFacts("fix"), Judgement(reason=f"in none of the series: {SERIES}"), id="outside-is-told"
        ),
        pytest.param(
            BranchOrderFacts("main", is_base=True),
            Judgement(reason="main is the base, which has no place in a series"),
            id="the-base",
        ),
    ],
)
def test_check(seen: BranchOrderFacts, expected: Judgement) -> None:
    assert check(seen, CONFIG) == expected


def test_each_series_has_an_order_of_its_own() -> None:
    config = structs.replace(CONFIG, series=(SERIES, "feature/tmc3"))
    seen = BranchOrderFacts(f"{SERIES}/01b-core", ("feature/tmc3/01a-core", "feature/tmc3/01b-core"))
    assert check(seen, config) == Judgement(reason=f"order key 01b of {SERIES}", facts=numbers("01b"))


def test_agents_share_the_keys_of_their_series() -> None:
    seen = facts("agent-1/01a-core", "agent-2/1a-flags", "agent-3/00a-start")
    judgement = check(seen, AGENTS)
    assert judgement.findings == (
        Finding(
            message=f"order key 01a of {SERIES} is also that of the open branch {SERIES}/agent-2/1a-flags",
            hint=f"rename one of them: git branch -m {SERIES}/agent-1/01b-core",
        ),
        note("agent-3/00a-start"),
    )


@pytest.mark.parametrize(
    ("outside", "level"), [("allow", None), ("warn", Level.WARNING), ("forbid", Level.ERROR)], ids=str
)
def test_outside_every_series(outside: str, level: Level | None) -> None:
    config = msgspec.convert({"series": [SERIES], "outside": outside}, BranchOrderConfig)
    assert report(FakeSource(branch="main"), config).outcome is Outcome.PASSED  # the base is never outside
    message = f"branch 'fix/\\x1b': in none of the series: {SERIES}"
    expected = () if level is None else (Finding(message=message, severity=level, hint=EXAMPLE),)
    judgement = check(BranchOrderFacts("fix/\x1b"), config)
    assert judgement == Judgement(reason=f"in none of the series: {SERIES}", findings=expected)


def test_a_series_with_shell_characters_is_quoted_in_the_hint() -> None:
    (finding,) = check(BranchOrderFacts("a;b/x"), BranchOrderConfig(series=("a;b",))).findings
    assert finding.hint == "rename it, for example: git branch -m 'a;b/01a-x'"


def test_without_a_series_nothing_is_read() -> None:
    assert report(FakeSource(), BranchOrderConfig()).verdicts == (
        Verdict(
            gate="branch-order",
            outcome=Outcome.PASSED,
            reason="no series in the policy: any branch name is accepted",
        ),
    )


@pytest.mark.parametrize(
    ("branch", "outcome"),
    [("main", Outcome.PASSED), (f"{SERIES}/pr3-api", Outcome.FAILED), (f"{SERIES}/01a-api", Outcome.ERRORED)],
)
def test_other_branches_are_read_only_where_they_matter(branch: str, outcome: Outcome) -> None:
    assert report(FakeSource(branch=branch)).verdicts[0].outcome is outcome


def test_a_hook_that_knows_no_other_branch_skips() -> None:
    verdict = report(FakeSource(branch=f"{SERIES}/01a-api"), stage=Stage.PRE_PUSH).verdicts[0]
    assert (verdict.outcome, verdict.reason) == (Outcome.SKIPPED, "no branches")


def test_only_open_branches_count_and_never_itself() -> None:
    known = (
        *branches("01b-core", "00b-flags"),
        *branches("00a-merged", "01b-merged", state=BranchState.MERGED),
        *branches("00c-closed", "01b-closed", state=BranchState.CLOSED),
    )
    verdict = report(FakeSource(branch=f"{SERIES}/01b-core", branches=known)).verdicts[0]
    assert verdict == Verdict(
        gate="branch-order",
        outcome=Outcome.PASSED,
        reason=f"order key 01b of {SERIES}",
        findings=(note("00b-flags"),),
        facts=numbers("01b", "00b-flags"),
    )


@pytest.mark.parametrize("stage", Stage)
def test_stages(stage: Stage) -> None:
    serves = {Stage.PRE_PUSH, Stage.CI, Stage.BOT}
    assert GATE.severity(CONFIG, stage) is (Severity.ERROR if stage in serves else Severity.OFF)


def test_problems_name_their_place() -> None:
    config = structs.replace(CONFIG, template="{series}/{slug}", series=(SERIES, "x/", "", "\n"))
    assert list(config.problems()) == [
        (("template",), "no {key} in '{series}/{slug}'"),
        (("series", 1), "git refuses a name that ends with a slash"),
        (("series", 2), "the name is empty"),
        (("series", 3), "git refuses a name that has a control character"),
    ]
    assert list(AGENTS.problems()) == []


def test_every_option_is_described() -> None:
    own = set(BranchOrderConfig.__struct_fields__) - {"severity", "stages"}
    schema = msgspec.json.schema(BranchOrderConfig)["$defs"]["BranchOrderConfig"]["properties"]
    assert {field for field in own if schema[field].get("description")} == own


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `serie`"):
        msgspec.convert({"serie": []}, BranchOrderConfig)


@given(
    st.text(st.characters(), max_size=30),
    st.lists(st.text(st.characters(), max_size=30), max_size=4),
    st.sampled_from(["", f"{SERIES}/", f"{SERIES}/01a-"]),
)
def test_no_name_raises_and_all_that_is_said_can_be_written(text: str, others: list[str], prefix: str) -> None:
    forbid = structs.replace(CONFIG, outside="forbid")
    judgement = check(BranchOrderFacts(prefix + text, tuple(prefix + one for one in others)), forbid)
    assert msgspec.json.encode(judgement)


PLANNED = Planned(agents=("a1", "a2"), branches=(f"{SERIES}/01a-core", f"{SERIES}/01c-flags"), home="a1")


@pytest.mark.parametrize(
    ("branch", "others", "planned", "hint"),
    [
        ("client-thing", ("01a-core", "02b3-x"), Planned(), "02c-client-thing"),
        ("01A-Upper", ("01a-core",), Planned(), "01b-upper"),
        ("client-thing", (), PLANNED, "a1/01d-client-thing"),
        ("client-thing", (), structs.replace(PLANNED, own=(f"{SERIES}/01c-flags",)), "01c-flags"),
        ("a9/01a-x", (), PLANNED, "a1/01d-x"),
        ("a9/01a-x", (), structs.replace(PLANNED, home=None), "01d-x"),
    ],
    ids=["free", "upper", "own folder", "of the plan", "a folder of nobody", "no agent"],
)
def test_a_wrong_name_is_told_a_right_one(branch: str, others: tuple[str, ...], planned: Planned, hint: str) -> None:
    (finding,) = check(structs.replace(facts(branch, *others), planned=planned), CONFIG).findings
    assert finding.hint == f"rename it, for example: git branch -m {SERIES}/{hint}"


@pytest.mark.parametrize(
    ("branch", "others", "planned", "hint"),
    [
        ("01a-mine", ("01a-core", "01b-x"), Planned(), "one of them: git branch -m {}/01c-mine"),
        ("01z-mine", ("01z-core",), Planned(), "one of them: git branch -m {}/01z1-mine"),
        ("09-mine", ("09-core",), Planned(), "one of them: git branch -m {}/10-mine"),
        ("01a-split1-mine", ("01a-split1-core",), Planned(), "one of them: git branch -m {}/01a-split2-mine"),
        ("01a-mine", ("01a-core", "01b-x"), structs.replace(PLANNED, home=None), "it: git branch -m {}/01d-mine"),
        ("01a-mine", ("01a-core",), PLANNED, "it: git branch -m {}/a1/01b-mine"),
        ("01a-core", ("01a-mine",), PLANNED, "the other: git branch -m {}/01a-mine {}/01b-mine"),
        ("01a-core", ("a2/01a-mine",), PLANNED, "the other: git branch -m {}/a2/01a-mine {}/a2/01b-mine"),
        ("a1/01a-mine", ("01a-core",), PLANNED, "it: git branch -m {}/a1/01b-mine"),
    ],
    ids=["free", "behind z", "number", "part", "no agent", "agent", "the plan's", "another's folder", "own folder"],
)
def test_a_key_that_is_taken_is_told_a_free_one(
    branch: str, others: tuple[str, ...], planned: Planned, hint: str
) -> None:
    found = [
        one.hint
        for one in check(structs.replace(facts(branch, *others), planned=planned), CONFIG).findings
        if one.severity is Level.ERROR
    ]
    assert found == [f"rename {hint.replace('{}', SERIES)}"]


def test_an_agents_folder_is_a_place_in_the_series() -> None:
    seen = structs.replace(facts("a1/01b-core", "a2/01a-flags", "a9/01a-x"), planned=PLANNED)
    judgement = check(seen, CONFIG)
    assert judgement == Judgement(
        reason=f"order key 01b of {SERIES}", findings=(note("a2/01a-flags"),), facts=numbers("01b", "a2/01a-flags")
    )
