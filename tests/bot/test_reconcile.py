"""The loop, one pass of it: what follows from how GitHub stands, and that a second pass finds nothing to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from paddock.bot import labels
from paddock.bot.actions import AddLabel, AskReview, Assign, Close, Launch, RemoveLabel, Stick, Tell
from paddock.bot.apply import apply
from paddock.bot.command import Place
from paddock.bot.decide import decide
from paddock.bot.model import Actor, Comment, Decided, Issue, Pull, Review, Snapshot
from paddock.bot.proposals import pulls
from paddock.bot.reconcile import reconcile
from paddock.bot.work import work
from paddock.plan.schedule import FINISHED, TAKEN, State
from paddock.policy.bot import Bot, Level
from plans import agent, plan, todo
from said import HEAD, NOW, WORLD, issue, pull, world

if TYPE_CHECKING:
    from paddock.bot.actions import Action

OLD = "2" * 40
APPROVED = Review(by="r-bot", verdict=Decided.APPROVED, sha=HEAD, agent="r", base="main")
ASKED = Review(by="r-bot", verdict=Decided.CHANGES_REQUESTED, sha=HEAD, agent="r", base="main")


def of(number: int, snapshot: Snapshot) -> list[Action]:
    """What one pass changes about one of them, but for what it shows."""
    return [one for one in reconcile(snapshot) if one.number == number and not isinstance(one, Stick)]


def keys(number: int, snapshot: Snapshot) -> list[str]:
    return [one.key for one in of(number, snapshot) if isinstance(one, Tell | Launch)]


def state(number: int, snapshot: Snapshot) -> State:
    after = apply(snapshot, reconcile(snapshot))
    return after.state(after.issue_of[number])


DONE = issue(1, closed=True, labels=("agent/a", "phase/0", "state/done"))


def test_an_idle_agent_gets_its_next_todo_a_brief_and_a_start() -> None:
    told = of(2, world(DONE))
    assert told[:3] == [
        Assign(number=2, login="a-bot"),
        RemoveLabel(number=2, label="state/open"),
        AddLabel(number=2, label="state/in-progress"),
    ]
    assert [one.key for one in told[3:] if isinstance(one, Tell | Launch)] == ["brief:a:0", "launch:brief:a:0"]
    assert isinstance(told[3], Tell)
    assert "@a-bot (`a`): #2 is yours." in told[3].text


def test_an_agent_that_has_one_in_hand_gets_no_other() -> None:
    assert of(2, WORLD) == []


def test_a_todo_of_a_later_phase_waits() -> None:
    assert of(3, world(DONE)) == []
    second = issue(2, closed=True, labels=("agent/a", "phase/0", "state/done"))
    assert state(3, world(DONE, second)) is State.IN_PROGRESS
    assert of(3, world(DONE, second, shut=("0",))) == []


def test_a_pull_request_brings_its_todo_to_the_reviewer() -> None:
    working = issue(1, labels=("agent/a", "phase/0", "state/in-progress"))
    told = of(1, world(working))
    assert told[:3] == [
        RemoveLabel(number=1, label="state/in-progress"),
        AddLabel(number=1, label="state/in-review"),
        AskReview(number=1, reviewer="r"),
    ]
    assert keys(1, world(working)) == [f"review:r:{HEAD}"]
    assert isinstance(told[3], Tell)
    assert f"`/approve {HEAD[:12]}`" in told[3].text


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param(pull(7, draft=True), id="a draft"),
        pytest.param(replace(pull(7), closed=True), id="a closed one"),
        pytest.param(pull(7, closes=(), branch="other"), id="one of another branch"),
    ],
)
def test_no_pull_request_to_review_leaves_a_todo_in_progress(given_: Issue) -> None:
    assert state(1, world(issue(1, labels=("agent/a", "phase/0", "state/in-progress")), given_)) is State.IN_PROGRESS


def test_a_branch_of_the_plan_is_enough() -> None:
    assert state(1, world(issue(1, labels=("agent/a", "state/in-progress")), pull(7, closes=()))) is State.IN_REVIEW


def test_an_approval_of_the_head_with_green_gates_ends_a_todo_and_hands_out_the_next() -> None:
    snapshot = world(pull(7, reviews=(APPROVED,), green=True))
    assert of(1, snapshot) == [
        RemoveLabel(number=1, label="state/in-review"),
        AddLabel(number=1, label="state/done"),
        Close(number=1),
    ]
    assert state(2, snapshot) is State.IN_PROGRESS


@pytest.mark.parametrize(
    ("reviews", "green"),
    [
        pytest.param((replace(APPROVED, sha=OLD),), True, id="of an older commit"),
        pytest.param((replace(APPROVED, base="feature/x/00a-t0"),), True, id="for another base"),
        pytest.param((replace(APPROVED, base=""),), True, id="for a base that was not recorded"),
        pytest.param((APPROVED,), None, id="gates not told yet"),
        pytest.param((APPROVED,), False, id="gates failed"),
        pytest.param((APPROVED, replace(ASKED, by="ada", sha=OLD)), True, id="another's request is open"),
        pytest.param((), True, id="nobody looked"),
    ],
)
def test_what_is_not_approved_or_not_green_stays_in_review(reviews: tuple[Review, ...], *, green: bool | None) -> None:
    assert state(1, world(pull(7, reviews=reviews, green=green))) is State.IN_REVIEW


def test_as_many_approve_as_the_gate_wants() -> None:
    both = (APPROVED, replace(APPROVED, by="ada", agent=None))
    assert state(1, world(pull(7, reviews=(APPROVED,), green=True), approvals=2)) is State.IN_REVIEW
    assert state(1, world(pull(7, reviews=both, green=True), approvals=2)) is State.DONE


@pytest.mark.parametrize(
    ("reviews", "then"),
    [
        pytest.param((replace(APPROVED, sha=OLD),), State.IN_REVIEW, id="pushed to since"),
        pytest.param((replace(APPROVED, base="other"),), State.IN_REVIEW, id="for another base since"),
        pytest.param((APPROVED, replace(ASKED, by="ada")), State.CHANGES_REQUESTED, id="a change was asked for"),
        pytest.param((APPROVED,), State.DONE, id="as it was approved"),
        pytest.param((), State.DONE, id="done by somebody's word"),
    ],
)
def test_what_was_done_goes_on_where_its_pull_request_does(reviews: tuple[Review, ...], then: State) -> None:
    snapshot = world(DONE, pull(7, reviews=reviews, green=True))
    after = apply(snapshot, reconcile(snapshot))
    assert after.state(after.issue_of[1]) is then
    # Whoever says that it is done all the same has the last word about this head.
    again = replace(after.issue_of[1], closed=True, labels=DONE.labels)
    assert state(1, replace(after, issues=(*(one for one in after.issues if one.number != 1), again))) is State.DONE


def test_failed_gates_go_to_the_agent_and_not_to_the_reviewer() -> None:
    assert keys(1, world(pull(7, green=False))) == [f"red:a:{HEAD}", f"launch:red:a:{HEAD}"]


CHANGE = Issue(number=9, title="Close the file", labels=("agent/a", "phase/0", "state/open"), parent=1)


def test_requested_changes_go_back_to_the_agent_with_their_list() -> None:
    snapshot = world(pull(7, reviews=(ASKED,), green=True), CHANGE)
    assert state(1, snapshot) is State.CHANGES_REQUESTED
    assert keys(1, snapshot) == [f"changes:a:{HEAD}:0", f"launch:changes:a:{HEAD}:0"]
    told = [one for one in of(1, snapshot) if isinstance(one, Tell)]
    assert "1 change of #7 for #1" in told[0].text
    assert "- #9" in told[0].text


def test_a_push_after_a_request_brings_it_back_to_review() -> None:
    back = issue(1, labels=("agent/a", "phase/0", "state/changes-requested"), reviewer="r")
    snapshot = world(back, pull(7, reviews=(replace(ASKED, sha=OLD),), green=True), CHANGE)
    assert state(1, snapshot) is State.IN_REVIEW
    assert keys(1, snapshot) == [f"review:r:{HEAD}"]


def test_what_the_end_of_one_frees_goes_on_in_the_same_pass() -> None:
    freed = issue(2, labels=("agent/a", "phase/0", "state/open"), blocked_by=(1,))
    other = replace(pull(8, closes=(2,), reviews=(APPROVED,), green=True))
    snapshot = world(pull(7, reviews=(APPROVED,), green=True), freed, other)
    assert [state(1, snapshot), state(2, snapshot)] == [State.DONE, State.DONE]


def test_a_requested_change_is_handed_out_to_nobody_and_done_with_its_todo() -> None:
    waiting = world(CHANGE, issue(1, labels=("agent/a", "state/open")), replace(pull(7), closed=True))
    assert of(9, waiting) == []
    nested = replace(CHANGE, number=10, parent=9)
    done = world(CHANGE, nested, pull(7, reviews=(APPROVED,), green=True))
    assert [state(9, done), state(10, done)] == [State.DONE, State.DONE]


def test_who_shows_no_sign_of_work_is_reminded_then_it_is_taken() -> None:
    since = NOW - timedelta(hours=25)
    stamp = since.strftime("%Y%m%dT%H%M%SZ")
    base = issue(2, labels=("agent/a", "phase/0", "state/in-progress"), assignees=("a-bot",), touched=since)
    known = frozenset({"brief:a:0", "launch:brief:a:0"})
    fresh_ = world(DONE, replace(base, marks=known, touched=NOW), now=NOW)
    assert of(2, fresh_) == []
    idle = world(DONE, replace(base, marks=known), now=NOW)
    assert keys(2, idle) == [f"nudge:{stamp}"]
    reminded = replace(base, marks=known | {f"nudge:{stamp}"}, nudged=NOW)
    assert of(2, world(DONE, reminded, now=NOW)) == []
    later = NOW + timedelta(hours=24)
    assert of(2, world(DONE, reminded, now=later, bot=Bot(lease=100))) == []
    lost = world(DONE, reminded, now=later, bot=Bot(lapsed="release"))
    assert keys(2, lost) == [f"lapsed:a:{stamp}"]
    assert RemoveLabel(number=2, label="agent/a") in of(2, lost)
    # Tried once more, then nobody's.
    once = world(DONE, reminded, now=later)
    assert keys(2, once) == [f"lapsed:a:{stamp}", "brief:a:1", "launch:brief:a:1"]
    assert RemoveLabel(number=2, label="agent/a") not in of(2, once)
    twice = world(DONE, replace(reminded, marks=reminded.marks | {"lapsed:a:before"}), now=later)
    assert keys(2, twice) == [f"lapsed:a:{stamp}"]
    assert RemoveLabel(number=2, label="agent/a") in of(2, twice)
    # Another's, where one is idle: here `b`, whose todo is of a later phase.
    on = world(DONE, reminded, now=later, bot=Bot(lapsed="hand-on"))
    assert keys(2, on) == [f"lapsed:a:{stamp}", "brief:b:0"]
    assert AddLabel(number=2, label="agent/b") in of(2, on)
    busy = issue(3, labels=("agent/b", "phase/0", "state/in-progress"), marks=frozenset({"brief:b:0"}), touched=later)
    none = world(DONE, reminded, busy, now=later, bot=Bot(lapsed="hand-on"))
    assert RemoveLabel(number=2, label="agent/a") in of(2, none)
    assert AddLabel(number=2, label="agent/b") not in of(2, none)


def test_a_review_that_does_not_come_is_reminded_of_begun_anew_and_then_another_s() -> None:
    since = NOW - timedelta(hours=24)
    stamp, brief = since.strftime("%Y%m%dT%H%M%SZ"), f"review:r:{HEAD}"
    asked = issue(1, reviewer="r", touched=since, marks=frozenset({brief}))
    green = pull(7, green=True)
    assert keys(1, world(asked, green, now=NOW - timedelta(hours=1))) == []
    assert keys(1, world(asked, green, now=NOW)) == [f"nudge:{stamp}"]
    reminded = replace(asked, marks=asked.marks | {f"nudge:{stamp}"}, nudged=NOW)
    assert keys(1, world(reminded, green, now=NOW + timedelta(hours=23))) == []
    later = NOW + timedelta(hours=24)
    assert keys(1, world(reminded, green, now=later)) == [f"lapsed:r:{stamp}", f"{brief}:1"]
    twice = replace(reminded, marks=reminded.marks | {"lapsed:r:before", f"{brief}:1"})
    # The plan names the reviewer of this todo: nobody else is asked, and that is said once.
    assert keys(1, world(twice, green, now=later)) == [f"lapsed:r:{stamp}"]
    told = replace(twice, marks=twice.marks | {f"lapsed:r:{stamp}"})
    assert keys(1, world(told, green, now=later)) == []
    # Of a todo for which it names none the other reviewer is asked.
    free = replace(reminded, number=2, todo="t2", marks=reminded.marks)
    other = pull(7, closes=(2,), branch="feature/x/other", green=True)
    moved = of(2, world(DONE, free, other, now=later, bot=Bot(lapsed="hand-on")))
    assert AskReview(number=2, reviewer="s") in moved
    assert [one.key for one in moved if isinstance(one, Tell)] == [f"lapsed:r:{stamp}", f"review:s:{HEAD}"]
    # Somebody who is in the plan no more is none.
    gone = of(1, world(issue(1, reviewer="gone"), green, now=NOW))
    assert [one for one in gone if isinstance(one, AskReview)][-1].reviewer == "r"


def test_requested_changes_that_nobody_makes_are_told_once_more() -> None:
    since = NOW - timedelta(hours=50)
    asked = Review(by="r-bot", verdict=Decided.CHANGES_REQUESTED, sha=HEAD, base="main")
    marks = frozenset({f"changes:a:{HEAD}:0", f"launch:changes:a:{HEAD}:0"})
    names = ("agent/a", "phase/0", "state/changes-requested")
    idle = issue(2, labels=names, assignees=("a-bot",), touched=since, nudged=NOW - timedelta(hours=25), marks=marks)
    told = keys(2, world(DONE, idle, pull(7, closes=(2,), reviews=(asked,)), now=NOW))
    assert told[1:] == [f"changes:a:{HEAD}:1", f"launch:changes:a:{HEAD}:1"]


def test_what_was_closed_or_opened_by_hand_is_labelled_so() -> None:
    closed = issue(2, closed=True)
    assert state(2, world(closed)) is State.DONE
    assert AddLabel(number=2, label="state/done") in of(2, world(closed))
    opened = issue(3, labels=("agent/b", "phase/1", "state/done"))
    assert AddLabel(number=3, label="state/open") in of(3, world(opened))


def test_what_is_done_has_no_label_of_work_that_another_run_put_there() -> None:
    both = issue(2, closed=True, labels=("agent/a", "phase/0", "state/done", "state/in-progress"))
    assert of(2, world(both)) == [RemoveLabel(number=2, label="state/in-progress")]


def test_a_held_todo_is_left_alone() -> None:
    held = issue(1, labels=("agent/a", "phase/0", "state/in-review", "state/held"))
    assert of(1, world(held, pull(7, reviews=(APPROVED,), green=True))) == []


BOARD = Issue(number=20, title="The plan", author="paddock[bot]", board=True)


def test_the_end_is_told_once_and_only_when_nothing_is_left() -> None:
    ends = [
        DONE,
        issue(2, closed=True, labels=("agent/a", "phase/0", "state/done")),
        issue(3, closed=True, labels=("agent/b", "phase/1", "state/dropped")),
    ]
    told = [one for one in reconcile(world(*ends, BOARD)) if isinstance(one, Tell)]
    assert [one.number for one in told] == [20]
    assert "| Todos done | 2 of 3 |" in told[0].text
    assert not any(isinstance(one, Tell) for one in reconcile(world(*ends, replace(BOARD, marks={told[0].key}))))
    assert not any(isinstance(one, Tell) and one.number == 20 for one in reconcile(world(*ends[:2], BOARD)))


AGENTS = [
    agent("a", login="a-bot", launch="workflow"),
    agent("b", login="b-bot", **{"at-once": 2}),
    {"id": "r", "role": "reviewer", "login": "r-bot"},
    {"id": "s", "role": "reviewer", "login": "s-bot", "at-once": 3},
]
LABELS = ["agent/a", "agent/b", "phase/0", "phase/1", "phase/2", "bug"]
LABELS += [f"state/{one}" for one in State] + ["priority/critical", "priority/low"]
SHAS = [HEAD, OLD]
LOGINS = ["a-bot", "b-bot", "r-bot", "s-bot", "ada", "rea"]
REVIEWS = st.builds(
    Review, by=st.sampled_from(["r-bot", "s-bot", "ada"]), verdict=st.sampled_from(Decided), sha=st.sampled_from(SHAS)
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any repository: labels of all sorts on todos in a plan and in none, pull requests, reviews, changes, leases."""
    count = draw(st.integers(0, 7))
    ids = [f"t{number}" for number in range(count)]
    todos = [
        todo(
            id_,
            draw(st.sampled_from("ab")),
            draw(st.sampled_from("012")),
            branch=f"feature/x/0{index}a-t",
            needs=draw(st.lists(st.sampled_from(ids[:index]), unique=True, max_size=2)) if index else [],
        )
        for index, id_ in enumerate(ids)
    ]
    phases = [{"id": one, "run": draw(st.sampled_from(["parallel", "sequence"]))} for one in "012"]
    made = plan(phases=phases, agents=AGENTS, todos=todos)
    total = draw(st.integers(0, 9))
    numbers = st.integers(1, max(total, 1))
    times = st.none() | st.integers(0, 80).map(lambda hours: NOW - timedelta(hours=hours))
    issues = [
        Issue(
            number=number,
            title=f"T{number}",
            author="bot",
            closed=draw(st.sampled_from([False, False, True])),
            labels=tuple(draw(st.lists(st.sampled_from(LABELS), max_size=4, unique=True))),
            todo=draw(st.sampled_from([*ids, None])) if number > count else ids[number - 1],
            blocked_by=tuple(draw(st.lists(numbers, max_size=1))),
            reviewer=draw(st.sampled_from([None, None, "r", "s", "@ada"])),
            parent=draw(st.none() | numbers),
            touched=draw(times),
            nudged=draw(times),
            sticky=draw(st.sampled_from([None, "old"])),
        )
        for number in range(1, total + 1)
    ]
    pulls = [
        Issue(
            number=100 + index,
            author=draw(st.sampled_from(["a-bot", "a-bot", *LOGINS])),
            closed=draw(st.booleans()),
            pull=Pull(
                head=HEAD,
                branch=draw(st.sampled_from(["feature/x/00a-t", "feature/x/01a-t", "other"])),
                base="main",
                draft=draw(st.booleans()),
                closes=tuple(draw(st.lists(numbers, max_size=2, unique=True))),
                reviews=tuple({one.by: one for one in draw(st.lists(REVIEWS, max_size=3))}.values()),
                green=draw(st.sampled_from([None, True, False])),
                makers=tuple(draw(st.lists(st.sampled_from(LOGINS), max_size=2, unique=True))),
                agents=tuple(draw(st.lists(st.sampled_from("abrs"), max_size=1))),
            ),
        )
        for index in range(draw(st.integers(0, 4)))
    ]
    board = [BOARD] if draw(st.booleans()) else []
    keys_: dict[str, Any] = {"gates": draw(st.sampled_from([(), ("dco",)])), "now": draw(st.sampled_from([None, NOW]))}
    return Snapshot(me="bot", plan=made, issues=(*issues, *pulls, *board), **keys_)


@given(snapshots())
def test_a_second_pass_does_nothing(snapshot: Snapshot) -> None:
    after = apply(snapshot, reconcile(snapshot))
    assert reconcile(after) == ()


@given(snapshots())
def test_nothing_is_handed_out_too_early_or_to_two(snapshot: Snapshot) -> None:
    after = apply(snapshot, reconcile(snapshot))
    before, now = work(snapshot), work(after)
    started = {
        id_
        for id_, one in now.states.items()
        if one is State.IN_PROGRESS and before.states[id_] is not State.IN_PROGRESS
    }
    for id_ in started:
        mine = now.plan.todo_of[id_]
        place = next((index for index, one in enumerate(now.plan.phases) if one.id == mine.phase), None)
        earlier = {one.id for one in now.plan.phases[:place]} if place is not None else set()
        left = [one.id for one in now.plan.todos if one.phase in earlier and now.states[one.id] not in FINISHED]
        assert left == []
        assert all(now.states[one] in FINISHED for one in mine.needs)
        held = [one.id for one in now.plan.todos if one.agent == mine.agent and now.states[one.id] in TAKEN]
        assert len(held) <= now.plan.agent_of[mine.agent].at_once
    for one in after.issues:
        named = [label for label in one.labels if label.startswith(labels.AGENT)]
        assert len(named) <= max(
            1, len([x for x in snapshot.issue_of[one.number].labels if x.startswith(labels.AGENT)])
        )


@given(snapshots())
def test_nothing_held_or_blocked_is_handed_out(snapshot: Snapshot) -> None:
    actions = reconcile(snapshot)
    after = apply(snapshot, actions)
    # What holds a todo goes only with what it waits for: what is held in the end was so all along.
    stuck = {one.number for one in after.issues if after.state(one) in (State.HELD, State.BLOCKED)}
    given_ = [
        one
        for one in actions
        if isinstance(one, Assign | Launch | AskReview)
        or (isinstance(one, Tell) and one.turn)
        or (isinstance(one, AddLabel) and one.label.startswith((labels.AGENT, "state/in-", "state/changes")))
    ]
    assert [one for one in given_ if one.number in stuck] == []


APPROVALS = st.builds(
    Comment,
    id=st.integers(1, 9),
    number=st.sampled_from([99, 99, 1, 100]),
    place=st.just(Place.PULL),
    author=st.builds(
        Actor, login=st.sampled_from(LOGINS), level=st.sampled_from([Level.ADMIN, Level.WRITE, Level.READ, None])
    ),
    text=st.sampled_from([f"/approve {HEAD}", "/approve", f"/approve {OLD}"]),
    at=st.just(NOW),
    sha=st.sampled_from([None, None, HEAD, OLD]),
)


MADE = st.builds(
    Pull,
    head=st.just(HEAD),
    branch=st.just("other"),
    base=st.just("main"),
    pushed=st.sampled_from([NOW - timedelta(hours=1), None, NOW]),
    draft=st.sampled_from([False, False, True]),
    closes=st.sampled_from([(1,), (2, 1), (3,)]),
    green=st.sampled_from([True, True, None, False]),
    makers=st.lists(st.sampled_from(LOGINS), max_size=2).map(tuple),
    agents=st.lists(st.sampled_from("abrs"), max_size=1).map(tuple),
)


@given(snapshots(), MADE, st.sampled_from(LOGINS), st.lists(APPROVALS, min_size=1, max_size=4))
def test_nothing_is_done_but_what_another_approved_as_it_is(
    snapshot: Snapshot, made: Pull, author: str, said: list[Comment]
) -> None:
    """Whoever says `/approve` of whatever: what ends has an approval of its head by somebody with no hand in it."""
    bare = [replace(one, pull=one.pull and replace(one.pull, reviews=())) for one in snapshot.issues]
    snapshot = replace(snapshot, issues=(Issue(number=99, author=author, pull=made), *bare))
    for one in said:
        snapshot = apply(snapshot, decide(one, snapshot))
    actions = reconcile(snapshot)
    after, open_ = apply(snapshot, actions), pulls(snapshot)
    ended = {one.number for one in after.issues if after.is_todo(one) and after.state(one) in FINISHED}
    for number in ended:
        issue = snapshot.issue_of[number]
        if snapshot.state(issue) in FINISHED:
            continue
        # A requested change ends with what it was asked of.
        while issue.parent in ended and issue.parent < issue.number:
            issue = snapshot.issue_of[issue.parent]
        if snapshot.state(issue) in FINISHED:
            continue
        pulled, agent_ = open_[issue.number], snapshot.agent(issue)
        assert pulled.pull is not None
        assert not pulled.pull.draft
        assert pulled.pull.green or not snapshot.gates
        assert any(
            one.verdict is Decided.APPROVED
            and one.sha == pulled.pull.head
            and one.by not in (pulled.author, *pulled.pull.makers)
            and (one.agent is None or one.agent not in (agent_.id if agent_ else None, *pulled.pull.agents))
            for one in pulled.pull.reviews
        ), (issue, pulled)
