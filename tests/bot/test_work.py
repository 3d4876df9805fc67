"""Labels, and the plan as GitHub has it."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from paddock.bot import labels
from paddock.bot.model import Comment, Decided, Issue, Review
from paddock.bot.work import NOBODY, work
from paddock.plan.model import Priority
from paddock.plan.schedule import State
from said import MAINTAINER, WORLD, comment, issue, pull, world

LONG = "a-name-of-an-agent-that-is-longer-than-a-label-may-be-64-chars-x"


def test_a_label_is_no_longer_than_github_takes() -> None:
    assert labels.label(labels.AGENT, "agent-3") == "agent/agent-3"
    short, other = labels.label(labels.AGENT, LONG), labels.label(labels.AGENT, f"{LONG[:-1]}y")
    assert len(short) == 50
    assert short != other
    assert labels.value([short], labels.AGENT, ["a", LONG]) == LONG


STATES: dict[str, tuple[Issue, State]] = {
    "nothing said": (Issue(number=9), State.OPEN),
    "said": (Issue(number=9, labels=("state/in-review",)), State.IN_REVIEW),
    "said in capitals": (Issue(number=9, labels=("State/In-Review",)), State.IN_REVIEW),
    "two said": (Issue(number=9, labels=("state/open", "state/in-progress")), State.IN_PROGRESS),
    "held": (Issue(number=9, labels=("state/in-review", "state/held")), State.HELD),
    "blocked by a label": (Issue(number=9, labels=("state/blocked", "state/open")), State.BLOCKED),
    "held and blocked": (Issue(number=9, labels=("state/blocked", "state/held")), State.HELD),
    "blocked by an issue": (Issue(number=9, labels=("state/in-progress",), blocked_by=(1,)), State.BLOCKED),
    "blocked by what is not there": (Issue(number=9, blocked_by=(55,)), State.OPEN),
    "closed": (Issue(number=9, labels=("state/held",), closed=True), State.DONE),
    "dropped": (Issue(number=9, labels=("state/dropped",), closed=True), State.DROPPED),
    "opened again by hand": (Issue(number=9, labels=("state/done",)), State.OPEN),
    "no state of ours": (Issue(number=9, labels=("state/stale", "kind/bug")), State.OPEN),
}


@pytest.mark.parametrize(("one", "expected"), STATES.values(), ids=STATES)
def test_how_far_a_todo_is(one: Issue, expected: State) -> None:
    assert world(one).state(one) is expected


def test_the_heaviest_priority_counts() -> None:
    assert labels.priority(("priority/low", "Priority/High", "priority/urgent")) is Priority.HIGH
    assert labels.priority(()) is None


def test_labels_say_more_than_the_plan() -> None:
    told = work(world(issue(2, labels=("agent/b", "phase/1")), issue(3, labels=("phase/1",))))
    assert {todo.id: (todo.agent, todo.phase) for todo in told.plan.todos} == {
        "t1": ("a", "0"),
        "t2": ("b", "1"),
        "u1": (NOBODY, "1"),
    }
    assert told.states == {"t1": State.IN_REVIEW, "t2": State.OPEN, "u1": State.OPEN}


def test_issues_of_no_plan_are_todos_once_a_label_says_so() -> None:
    told = work(world(issue(4, labels=("bug", "agent/b", "phase/0")), Issue(number=5, labels=("state/open",))))
    assert [(todo.id, todo.agent, todo.phase) for todo in told.plan.todos[3:]] == [
        ("issue-4", "b", "0"),
        ("issue-5", NOBODY, "1"),
    ]
    assert told.phase == "0"


def test_of_two_issues_with_one_marker_the_first_counts() -> None:
    told = work(world(Issue(number=9, todo="t1", labels=("agent/b",))))
    assert told.issues["t1"].number == 1
    assert told.plan.todo_of["t1"].agent == "a"


def test_what_is_not_published_counts_as_the_plan_has_it() -> None:
    told = work(replace(WORLD, issues=()))
    assert [(todo.id, todo.agent) for todo in told.plan.todos] == [("t1", "a"), ("t2", "a"), ("u1", "b")]
    assert set(told.states.values()) == {State.OPEN}


def test_what_was_said_before_a_phase_is_over_counts_after_it() -> None:
    done = world(*(replace(one, closed=True) for one in WORLD.issues if one.number in (1, 2)))
    found = work(done).next(done.plan.agent_of["b"])
    assert isinstance(found, Issue)
    assert found.number == 3
    assert work(done).phase == "1"


def test_a_phase_whose_gate_does_not_hold_keeps_the_next_shut() -> None:
    done = world(*(replace(one, closed=True) for one in WORLD.issues if one.number in (1, 2)), shut=("0",))
    found = work(done).next(done.plan.agent_of["b"])
    assert found == "u1 comes after the gate of phase 0, which does not hold yet"


def test_facts_are_json() -> None:
    facts = (*WORLD.issues, pull(7, reviews=(Review(by="x", verdict=Decided.APPROVED, sha="a"),)))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=tuple[Issue, ...]) == facts
    words = comment("/hold", author=replace(MAINTAINER, teams=frozenset({"o/t"})), editor="x", sha="b")
    assert msgspec.json.decode(msgspec.json.encode(words), type=Comment) == words
