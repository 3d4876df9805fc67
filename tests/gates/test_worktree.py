from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import run
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.findings import Level, Outcome, Verdict
from paddock.gates.worktree import GATE, TOLD, WorktreeConfig
from paddock.model import Checkout, Person, PlanText, Stage, Touched, Work

ONE, TWO = Person("Agent One", "one@example.org"), Person("Agent Two", "two@example.org")
ADA = Person("Ada Lovelace", "ada@example.org")
GITHUB = Person("GitHub", "noreply@github.com")
PLAN = {
    "series": "feature/x",
    "phases": [{"id": "p"}],
    "agents": [
        {"id": "a1", "worktree": "one", "identity": {"name": ONE.name, "email": ONE.email}, "owns": ["one/", "!one/x"]},
        {"id": "a2", "worktree": "two", "identity": {"name": TWO.name, "email": TWO.email}, "owns": ["two/", "one/x"]},
        {"id": "free", "owns": ["free/"]},
    ],
    "shared": ["docs/", "/go.mod"],
    "todos": [
        {"id": "t1", "agent": "a1", "phase": "p", "branch": "feature/x/01a-one"},
        {"id": "t2", "agent": "a2", "phase": "p", "branch": "feature/x/01b-two", "needs": ["t1"]},
    ],
}
B1, B2 = "feature/x/01a-one", "feature/x/01b-two"
HOME = Checkout("/r/one", main=False, folder="../one", says="a1", branch=B1, people=(ONE, ONE))
MAIN = Checkout("/r/main", main=True, branch="main", people=(ADA, ADA))
LINKED = Checkout("/r/else", main=False, branch="fix/typo", people=(ADA, ADA))
UNOWNED = "nobody owns it, and it is not shared"


def text(plan: object = PLAN, where: str = "main at 012345678901") -> PlanText:
    return PlanText(json.dumps(plan).encode(), where)


def staged(place: Checkout, *paths: str | Touched, **facts: object) -> FakeSource:
    touched = tuple(one if isinstance(one, Touched) else Touched(one) for one in paths)
    work = Work(None, touched, *place.people)
    return FakeSource(**{"plans": (text(),), "checkout": place, "works": (work,), **facts})


def commit(author: Person, *paths: str | Touched, committer: Person | None = None, sha: str = "c" * 40) -> Work:
    touched = tuple(one if isinstance(one, Touched) else Touched(one) for one in paths)
    return Work(sha, touched, author, committer or author)


def ranged(branch: str, *works: Work, **facts: object) -> FakeSource:
    return FakeSource(**{"plans": (text(),), "checkout": None, "branch": branch, "works": works, **facts})


def judged(source: FakeSource, stage: Stage = Stage.CI, **config: Any) -> Verdict:  # noqa: ANN401 - any option
    (verdict,) = run([GATE], {"worktree": WorktreeConfig(**config)}, source, stage).verdicts
    return verdict


def told(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(one.message, one.path) for one in verdict.findings]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param(staged(HOME, "one/a", "docs/b", "go.mod"), f"a1 on {B1}: 3 paths of its own", id="own and shared"),
        pytest.param(staged(structs.replace(HOME, says=None), "one/a"), f"a1 on {B1}: 1 path of its own", id="untold"),
        pytest.param(
            staged(structs.replace(HOME, branch="feature/x/a1/02a-more"), "one/a"),
            "a1 on feature/x/a1/02a-more: 1 path of its own",
            id="its folder",
        ),
        pytest.param(staged(structs.replace(HOME, branch=None), "one/a"), "a1: 1 path of its own", id="detached"),
        pytest.param(
            staged(structs.replace(LINKED, says="free", branch="feature/x/free/01a-z"), "free/a"),
            "free on feature/x/free/01a-z: 1 path of its own",
            id="an agent without a folder in the plan",
        ),
        pytest.param(staged(MAIN, "one/a", "anything"), "no agent's work on main", id="a person in the main checkout"),
        pytest.param(staged(LINKED, "two/a"), "no agent's work on fix/typo", id="a person's worktree"),
        pytest.param(ranged(B1, commit(ONE, "one/a")), f"a1 on {B1}: 1 path of its own", id="a range"),
        pytest.param(ranged(B1, commit(ADA, "two/a")), f"no agent's work on {B1}", id="a person on an agent's branch"),
        pytest.param(
            ranged(B2, commit(ONE, "one/a"), commit(TWO, "two/a")), f"a1, a2 on {B2}: 2 paths of its own", id="a stack"
        ),
        pytest.param(
            ranged(B2, commit(ONE, "one/a", committer=TWO)), f"a1 on {B2}: 1 path of its own", id="a rebased stack"
        ),
        pytest.param(
            ranged(B1, commit(ONE, "one/a", committer=GITHUB)), f"a1 on {B1}: 1 path of its own", id="by GitHub"
        ),
        pytest.param(ranged("main", commit(ONE, "one/a")), "a1 on main: 1 path of its own", id="merged"),
        pytest.param(ranged(B1, commit(TWO, "two/a"), queued=True), f"a2 on {B1}: 1 path of its own", id="a queue"),
        pytest.param(
            staged(HOME, Touched("one/l", "120000", target="../docs/a"), Touched("one/m", "120000", target="b/c")),
            f"a1 on {B1}: 2 paths of its own",
            id="links inside",
        ),
        pytest.param(ranged(B1), f"no agent's work on {B1}", id="nothing"),
        pytest.param(
            staged(structs.replace(MAIN, people=(ONE, ADA)), "two/a"), "no agent's work on main", id="a person's pick"
        ),
    ],
)
def test_what_passes(source: FakeSource, reason: str) -> None:
    verdict = judged(source)
    assert (verdict.outcome, verdict.reason, verdict.findings) == (Outcome.PASSED, reason, ())


ELSEWHERE = "/r/else says that it is {}'s, and the plan of main at 012345678901 "
WHOSE = "the branch {} is {}, and this worktree is a1's"
IS_ONE = "this worktree is a1's, Agent One <one@example.org>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(staged(HOME, "two/a"), [("a2 owns it, not a1", "two/a")], id="another's path"),
        pytest.param(staged(HOME, "one/x"), [("a2 owns it, not a1", "one/x")], id="a path taken out of its own"),
        pytest.param(staged(HOME, "setup.py"), [(UNOWNED, "setup.py")], id="nobody's path"),
        pytest.param(staged(HOME, "two/a\nb"), [("a2 owns it, not a1", "two/a\nb")], id="a line break in a path"),
        pytest.param(staged(HOME, "two/caf\udce9"), [("a2 owns it, not a1", "two/caf\udce9")], id="bytes in a path"),
        pytest.param(staged(HOME, "--two"), [(UNOWNED, "--two")], id="a path like an option"),
        pytest.param(
            staged(structs.replace(HOME, branch=B2)), [(WHOSE.format(B2, "a2's"), None)], id="another's branch"
        ),
        pytest.param(
            staged(structs.replace(HOME, branch="main")), [(WHOSE.format("main", "no agent's"), None)], id="the base"
        ),
        pytest.param(
            staged(structs.replace(HOME, branch="feature/x/a2/01z-new")),
            [(WHOSE.format("feature/x/a2/01z-new", "a2's"), None)],
            id="another's folder",
        ),
        pytest.param(
            staged(structs.replace(HOME, people=(ADA, ONE))),
            [
                (
                    f"the author is Ada Lovelace <ada@example.org>, and {IS_ONE}",
                    None,
                )
            ],
            id="another author",
        ),
        pytest.param(
            staged(structs.replace(HOME, people=(ONE, TWO))),
            [
                (
                    f"the committer is Agent Two <two@example.org>, and {IS_ONE}",
                    None,
                )
            ],
            id="another committer",
        ),
        pytest.param(
            staged(structs.replace(HOME, says="a2")),
            [("this worktree says that it is a2's, and the plan that it is a1's", None)],
            id="a rewritten owner",
        ),
        pytest.param(
            staged(structs.replace(HOME, environment="a2")), [("a2 works in the worktree of a1", None)], id="a visitor"
        ),
        pytest.param(
            staged(structs.replace(HOME, strays=(("git works elsewhere", "unset GIT_DIR"),))),
            [("git works elsewhere", None)],
            id="led elsewhere",
        ),
        pytest.param(
            staged(structs.replace(MAIN, people=(ONE, ONE))),
            [("the main checkout takes no agent's commit, and this is a1's", None)],
            id="the main checkout",
        ),
        pytest.param(
            staged(structs.replace(MAIN, environment="a2")),
            [("the main checkout takes no agent's commit, and this is a2's", None)],
            id="the main checkout, told by the environment",
        ),
        pytest.param(
            staged(structs.replace(LINKED, people=(ONE, ONE)), "one/a"),
            [("/r/else is not a1's, and this is a1's", None)],
            id="a worktree that is nobody's",
        ),
        pytest.param(
            staged(structs.replace(LINKED, says="a1")), [(ELSEWHERE.format("a1") + "gives it ../one", None)], id="moved"
        ),
        pytest.param(
            staged(structs.replace(LINKED, says="a9")), [(ELSEWHERE.format("a9") + "has no such agent", None)], id="a9"
        ),
        pytest.param(
            staged(HOME, Touched("one/l", "120000", target="../../etc")),
            [("a symbolic link that leads out of the worktree: ../../etc", "one/l")],
            id="a link out",
        ),
        pytest.param(
            staged(HOME, Touched("one/l", "120000", target="/etc/passwd")),
            [("a symbolic link that leads out of the worktree: /etc/passwd", "one/l")],
            id="an absolute link",
        ),
        pytest.param(
            staged(HOME, Touched("one/l", "120000", target="d/../../z")),
            [("a symbolic link that goes up again behind a name, and so may lead anywhere: d/../../z", "one/l")],
            id="a link through a link",
        ),
        pytest.param(
            staged(HOME, Touched("one/l", "120000", target="../.GIT/config")),
            [("a symbolic link into the git directory", "one/l")],
            id="a link into .git",
        ),
        pytest.param(
            staged(HOME, Touched("one/l", "120000")),
            [("a symbolic link whose target can't be read", "one/l")],
            id="an unreadable link",
        ),
        pytest.param(
            staged(HOME, Touched("one/s", "160000", "000000")),
            [("adds a repository within this one", "one/s")],
            id="a nested repository",
        ),
        pytest.param(
            staged(HOME, Touched("one/s", "160000", "160000")), [("moves a submodule", "one/s")], id="a submodule"
        ),
        pytest.param(
            staged(HOME, Touched("one/s", "000000", "160000")), [("takes away a submodule", "one/s")], id="a lost one"
        ),
        pytest.param(
            ranged(B1, commit(TWO, "two/a")),
            [(f"a commit of a2, and the branch {B1} is a1's", None)],
            id="another's commit, of one that waits for this",
        ),
        pytest.param(
            ranged("fix/typo", commit(ONE, "one/a")),
            [("a commit of a1, and the branch fix/typo is no agent's", None)],
            id="a branch that is nobody's",
        ),
        pytest.param(
            ranged(B1, commit(ADA, "two/a", committer=ONE)), [("a2 owns it, not a1", "two/a")], id="a borrowed author"
        ),
        pytest.param(
            ranged(B1, commit(ONE, "one/a", committer=TWO)),
            [("a commit of a1, committed by a2 on a branch that is not its own", None)],
            id="committed by another",
        ),
        pytest.param(ranged(B2, commit(ONE, "two/a")), [("a2 owns it, not a1", "two/a")], id="a stack, wrong paths"),
        pytest.param(
            ranged(B1, commit(Person("Someone", "ONE@example.org"), "two/a")),
            [("a2 owns it, not a1", "two/a")],
            id="an address in capitals",
        ),
    ],
)
def test_what_fails(source: FakeSource, expected: list[tuple[str, str | None]]) -> None:
    verdict = judged(source, Stage.PRE_COMMIT)
    assert (verdict.outcome, told(verdict)) == (Outcome.FAILED, expected)
    assert all(finding.hint for finding in verdict.findings)


def test_a_push_is_held_to_where_it_comes_from() -> None:
    place = structs.replace(HOME, people=())
    assert judged(ranged(B1, commit(ONE, "one/a"), checkout=place), Stage.PRE_PUSH).outcome is Outcome.PASSED
    verdict = judged(ranged("main", commit(ONE, "one/a"), checkout=place), Stage.PRE_PUSH)
    assert told(verdict) == [(WHOSE.format("main", "no agent's"), None)]


def test_many_paths_are_told_in_short() -> None:
    verdict = judged(staged(HOME, *(f"two/{number}" for number in range(TOLD + 5))))
    assert len(verdict.findings) == TOLD + 1
    assert verdict.findings[-1].message == "5 more paths that are not a1's"
    assert verdict.reason == f"a1 on {B1}: {TOLD + 1} findings"


def test_without_a_plan_nothing_else_is_asked() -> None:
    verdict = judged(FakeSource(plans=(PlanText(None, "main at 0"),)))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.PASSED,
        "no plan (main at 0), so nothing is anybody's",
    )


def test_a_broken_plan_falls_back_to_the_last_one() -> None:
    broken = PlanText(b"series: [", "main at new")
    verdict = judged(staged(HOME, "two/a", plans=(broken, broken, text(where="old"))))
    assert [one.severity for one in verdict.findings] == [Level.WARNING, Level.ERROR]
    assert verdict.findings[0].message.startswith(
        "the plan of main at new is broken: .paddock/plan.yaml:2:1: not YAML: "
    )
    assert verdict.findings[0].message.endswith("; judged by that of old")
    verdict = judged(staged(HOME, plans=(broken,)), Stage.PRE_COMMIT)
    assert (verdict.outcome, verdict.findings[0].hint) == (
        Outcome.ERRORED,
        "mend .paddock/plan.yaml there: paddock plan check",
    )


@pytest.mark.parametrize("fact", ["plans", "checkout", "works"])
def test_what_is_missing_or_unreadable(fact: str) -> None:
    missing = staged(HOME, "one/a", **{fact: FactMissingError("not here")})
    assert judged(missing, Stage.PRE_COMMIT).outcome is Outcome.SKIPPED
    assert judged(missing).outcome is Outcome.ERRORED
    unreadable = staged(HOME, "one/a", **{fact: FactUnreadableError("lost")})
    assert judged(unreadable, Stage.PRE_COMMIT).outcome is Outcome.ERRORED


def test_options() -> None:
    assert judged(staged(HOME, "setup.py"), unowned="allow").outcome is Outcome.PASSED
    warned = judged(staged(HOME, "setup.py"), unowned="warn")
    assert (warned.outcome, told(warned)) == (Outcome.PASSED, [(UNOWNED, "setup.py")])
    assert judged(staged(HOME, Touched("one/s", "160000")), submodules="allow").outcome is Outcome.PASSED
    held = judged(ranged(B1, commit(ADA, "x")), people="held")
    assert told(held) == [(f"the branch {B1} is a1's, and this commit is no agent's", None)]
    for free in (ranged("fix/typo", commit(ADA, "x")), ranged(B1, commit(ADA, "x"), queued=True)):
        assert judged(free, people="held").outcome is Outcome.PASSED


def test_a_pick_of_what_the_branch_waits_for_is_held_to_who_wrote_it() -> None:
    home = structs.replace(HOME, folder="../two", says="a2", branch=B2, people=(ONE, TWO))
    assert told(judged(staged(home, "one/a"))) == []
    assert told(judged(staged(home, "two/a"))) == [("a2 owns it, not a1", "two/a")]
    # Its own branch waits for nobody: there a2's words in its commit are no pick.
    borrowed = judged(staged(structs.replace(HOME, people=(TWO, ONE)), "two/a"))
    assert [path for _, path in told(borrowed)] == [None, "two/a"]


def test_a_branch_carries_what_it_waits_for_by_others() -> None:
    third = {"id": "t3", "agent": "free", "phase": "p", "branch": "feature/x/01c-three", "needs": ["t2"]}
    plan = text({**PLAN, "todos": [*PLAN["todos"], third]})
    stack = ranged("feature/x/01c-three", commit(ONE, "one/a"), commit(TWO, "two/a"), plans=(plan,))
    assert judged(stack).outcome is Outcome.PASSED


def test_people_who_share_an_address_are_told_apart_by_name() -> None:
    plan = {**PLAN, "agents": [{**one, "identity": {"name": str(one["id"]), "email": "x@y"}} for one in PLAN["agents"]]}  # type: ignore[index, dict-item]
    work = commit(Person("a2", "x@y"), "two/a")
    assert judged(ranged("feature/x/a2/01a-z", work, plans=(text(plan),))).outcome is Outcome.PASSED


@given(
    parts=st.lists(st.sampled_from(["..", "a", "b", ".", ""]), max_size=8),
    folder=st.lists(st.sampled_from(["a", "b"]), max_size=3),
)
def test_no_link_that_passes_climbs_above_the_top(parts: list[str], folder: list[str]) -> None:
    target, path = "/".join(parts), "/".join(["one", *folder, "link"])
    verdict = judged(staged(HOME, Touched(path, "120000", target=target)))
    depth = 1 + len(folder)
    climbs = target.startswith("/")
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        climbs = climbs or depth < 0
    if climbs:
        assert verdict.outcome is Outcome.FAILED
