from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from fake_source import FakeSource
from paddock.engine import run
from paddock.errors import FactUnreadableError
from paddock.findings import Finding, Judgement, Level, Outcome, Verdict
from paddock.gates.integration import GATE, SHOWN, IntegrationConfig, IntegrationFacts, Trial, check
from paddock.model import Branch, BranchState, Clash, ClashKind, Merge, PlanText, Stage
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource

if TYPE_CHECKING:
    from conftest import Work

SERIES = "feature/x"
CONFIG = IntegrationConfig(series=(SERIES,))
CLEAN = Merge(tree="1" * 40)
NO_PLAN = (PlanText(None, "the base"),)


def clash(*paths: str, kind: ClashKind = ClashKind.CONTENT, count: int | None = None) -> Merge:
    return Merge(clashes=tuple(Clash(path, kind) for path in paths), count=len(paths) if count is None else count)


def name(tag: str) -> str:
    return f"{SERIES}/{tag}-work"


BASE = Trial("main", CLEAN)
TABLE = {
    "outside every train": (
        IntegrationFacts("topic", BASE, placed=False),
        Judgement(
            reason="merges with main; in no train, so with no other branch",
            facts={"base": True, "branches": 0, "before": [], "after": []},
        ),
    ),
    "clean": (
        IntegrationFacts(name("01b"), BASE, (Trial(name("01a"), CLEAN), Trial(name("01c"), CLEAN, before=False))),
        Judgement(
            reason="merges with main; of 2 other branches of the train, clashes with 0 before and 0 after it",
            facts={"base": True, "branches": 2, "before": [], "after": []},
        ),
    ),
    "with the base": (
        IntegrationFacts("topic", Trial("main", clash("a b.go", kind=ClashKind.RENAME)), placed=False),
        Judgement(
            reason="clashes with main; in no train, so with no other branch",
            findings=(
                Finding(
                    message="rename clash with the base main",
                    path="a b.go",
                    hint="git merge main, or rebase onto it",
                ),
            ),
            facts={"base": False, "branches": 0, "before": [], "after": []},
        ),
    ),
    "before and after": (
        IntegrationFacts(
            name("01b"), BASE, (Trial(name("01a"), clash("x", "y")), Trial(name("01c"), clash("z"), before=False))
        ),
        Judgement(
            reason="merges with main; of 2 other branches of the train, clashes with 1 before and 1 after it",
            findings=(
                Finding(
                    message=f"content clash with {name('01a')}, which merges before this",
                    path="x",
                    hint=f"git merge {name('01a')}, or rebase onto it",
                ),
                Finding(
                    message=f"content clash with {name('01a')}, which merges before this",
                    path="y",
                    hint=f"git merge {name('01a')}, or rebase onto it",
                ),
                Finding(
                    message=f"content clash with {name('01c')}, which merges after this",
                    path="z",
                    severity=Level.WARNING,
                ),
            ),
            facts={"base": True, "branches": 2, "before": [name("01a")], "after": [name("01c")]},
        ),
    ),
}


@pytest.mark.parametrize(("facts", "expected"), TABLE.values(), ids=TABLE)
def test_judgement(facts: IntegrationFacts, expected: Judgement) -> None:
    assert check(facts, CONFIG) == expected


def test_many_clashes_are_counted() -> None:
    merge = clash(*(f"f{at}" for at in range(SHOWN + 3)), count=200)
    found = check(IntegrationFacts("topic", Trial("main", merge), placed=False), CONFIG).findings
    assert len(found) == SHOWN + 1
    assert found[-1].message == "190 more clashes with the base main"


def judged(**facts: object) -> Verdict:
    source = FakeSource(**{"branch": name("01b"), "plans": NO_PLAN, "branches": (), "trials": {"": CLEAN}} | facts)
    return run([GATE], {"integration": CONFIG}, source, Stage.CI).verdicts[0]


def branches(*tags: str, state: BranchState = BranchState.OPEN) -> tuple[Branch, ...]:
    return tuple(Branch(name(tag), str(at) * 40, state) for at, tag in enumerate(tags))


def test_order_keys_say_what_comes_before() -> None:
    trials = {"": CLEAN, name("01a"): clash("x"), name("01c"): clash("y")}
    found = judged(branches=branches("01c", "01b", "01a"), trials=trials)
    assert found.outcome is Outcome.FAILED
    assert (found.facts["before"], found.facts["after"]) == ([name("01a")], [name("01c")])


def test_only_later_ones_clash() -> None:
    found = judged(branches=branches("01c", "01b"), trials={"": CLEAN, name("01c"): clash("y")})
    assert found.outcome is Outcome.PASSED
    assert [one.severity for one in found.findings] == [Level.WARNING]


def test_merged_branches_and_the_same_commit_by_another_name_are_not_asked_for() -> None:
    known = (*branches("01a", state=BranchState.MERGED), Branch(name("00a"), "f" * 40), Branch(name("01b"), "f" * 40))
    found = judged(branches=known, head="f" * 40)
    assert (found.outcome, found.facts["branches"]) == (Outcome.PASSED, 0)


def test_the_plans_order_counts_more_than_keys() -> None:
    todos = [
        {"id": "late", "agent": "a", "phase": "0", "branch": name("01a"), "needs": ["early"]},
        {"id": "early", "agent": "a", "phase": "0", "branch": name("01b")},
    ]
    plan = {"series": SERIES, "phases": [{"id": "0"}], "agents": [{"id": "a"}], "todos": todos}
    plans = (PlanText(json.dumps(plan).encode(), "the base"),)
    trials = {"": CLEAN, name("01a"): clash("x")}
    found = judged(branches=branches("01a", "01b"), plans=plans, trials=trials)
    assert (found.outcome, found.facts["after"]) == (Outcome.PASSED, [name("01a")])


REFUSED = Merge(refused="refusing to merge unrelated histories")
UNREADABLE: dict[str, dict[str, object]] = {
    "the base": {"trials": {"": REFUSED}},
    "another branch": {"branches": branches("01a"), "trials": {"": CLEAN, name("01a"): REFUSED}},
    "the merges": {"trials": FactUnreadableError("this clone is shallow")},
    "a broken plan": {"plans": (PlanText(b"{", "the base"),)},
}


@pytest.mark.parametrize("facts", UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_not_be_read_is_errored(facts: dict[str, object]) -> None:
    assert judged(**facts).outcome is Outcome.ERRORED


def on(work: Work, branch: str, **more: object) -> Verdict:
    source = RangeSource(
        open_repository(os.fspath(work.path)),
        work.git("rev-parse", branch),
        base="main",
        branch=branch,
        **more,  # type: ignore[arg-type]
    )
    return run([GATE], {"integration": CONFIG}, source, Stage.CI).verdicts[0]


@pytest.fixture
def series(work: Work) -> Work:
    """01a and 01b clash; 01c stands on 01a; `main` is checked out."""
    for tag, start in (("01a", "main"), ("01b", "main"), ("01c", name("01a"))):
        work.branch(name(tag), start)
        work.commit(tag, {"shared" if tag != "01c" else "own": f"{tag}\n"})
    work.git("checkout", "-q", "main")
    return work


def test_on_a_repository(series: Work) -> None:
    assert on(series, name("01a")).outcome is Outcome.PASSED
    assert on(series, name("01a")).facts["after"] == [name("01b")]
    found = on(series, name("01b"))
    assert found.outcome is Outcome.FAILED
    assert (found.facts["before"], found.facts["after"]) == ([name("01a")], [name("01c")])
    assert found.findings[0].path == "shared"


def test_a_stack_clashes_with_nothing_it_stands_on(series: Work) -> None:
    found = on(series, name("01c"))
    assert found.facts == {"base": True, "branches": 2, "before": [name("01b")], "after": []}


def test_the_main_line_counts_where_the_base_is_another_branch(series: Work) -> None:
    main = series.commit("main moves", {"own": "main\n"})
    lower = series.git("rev-parse", name("01a"))
    found = on(series, name("01c"), base_revisions=(lower,), mainline=(main,))
    assert not found.facts["base"]


def test_a_group_of_a_queue_is_judged_as_a_whole(series: Work) -> None:
    series.git("checkout", "-q", "-b", "gh-readonly-queue/main/pr-2-abc", name("01a"))
    series.git("merge", "-q", "--no-edit", name("01c"))
    source = RangeSource(
        open_repository(os.fspath(series.path)),
        series.git("rev-parse", "HEAD"),
        base="main",
        branch=name("01c"),
        queued=True,
    )
    found = run([GATE], {"integration": CONFIG}, source, Stage.CI).verdicts[0]
    assert found.facts["before"] == [name("01b")]  # which is not in the group; 01a is, and does not clash


def test_a_branch_that_was_squashed_clashes_no_more(series: Work) -> None:
    series.git("merge", "-q", "--squash", name("01a"))
    series.commit("01a, squashed")
    series.commit("since", {"shared": "since\n"})
    series.branch(name("02a"))
    series.commit("02a", {"shared": "02a\n"})
    # 01c stands on 01a and is not squashed: its lines are still to come.
    assert on(series, name("02a")).facts["before"] == [name("01b"), name("01c")]
    series.git("branch", "-q", "-D", name("01c"))
    assert on(series, name("02a")).facts["before"] == [name("01b")]


def test_a_group_that_is_squashed_contains_its_branches_by_their_patches(series: Work) -> None:
    main = series.git("rev-parse", "main")
    series.git("checkout", "-q", "--detach", "main")
    series.git("merge", "-q", "--squash", name("01a"))
    series.commit("01a (#1)")
    head = series.commit("01d (#2)", {"shared": "what 01d makes of it\n"})
    series.git("branch", name("01d"), name("01b"))  # of another commit than the queue's
    source = RangeSource(
        open_repository(os.fspath(series.path)),
        head,
        base="main",
        base_revisions=(main,),
        branch=name("01d"),
        mainline=(main, head),
        queued=True,
    )
    found = run([GATE], {"integration": CONFIG}, source, Stage.CI).verdicts[0]
    assert found.facts["before"] == [name("01b"), name("01c")]
