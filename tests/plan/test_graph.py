from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.plan.graph import Stream, build, critical, direct, streams
from plans import EXAMPLE, agent, plan, read, sound, todo


def test_the_order_of_submission_is_that_of_phases_needs_and_keys() -> None:
    made = sound(
        todo("late", phase="1", branch="feature/x/01a-late"),
        todo("second", branch="feature/x/00b-second"),
        todo("none"),
        todo("first", branch="feature/x/00a-first"),
        todo("needed", "b", branch="feature/x/00z-needed"),
        todo("needing", branch="feature/x/00a1-needing", needs=["needed"]),
    )
    assert build(made).order == ("first", "second", "needed", "needing", "none", "late")


def test_a_sequence_is_done_as_it_stands() -> None:
    made = sound(todo("c"), todo("a", "b"), todo("b"), phases=[{"id": "0", "run": "sequence"}])
    graph = build(made)
    assert graph.order == ("c", "a", "b")
    assert graph.before == {"c": (), "a": ("c",), "b": ("a",)}


def test_a_circle_and_what_waits_for_it() -> None:
    made = sound(todo("a", needs=["b"]), todo("b", needs=["a"]), todo("c", needs=["a"]), todo("d"))
    graph = build(made)
    assert (graph.order, graph.stuck, graph.cycles) == (("d",), ("a", "b", "c"), (("a", "b"),))


def test_a_todo_may_wait_for_itself() -> None:
    assert build(sound(todo("a", needs=["a"]))).cycles == (("a",),)


def test_a_need_of_a_later_phase_is_no_circle_and_stuck() -> None:
    graph = build(sound(todo("a", needs=["b"]), todo("b", phase="1"), todo("c")))
    assert (graph.order, graph.stuck, graph.cycles) == (("c",), ("a", "b"), ())


def test_a_need_that_names_nothing_is_left_out() -> None:
    assert build(sound(todo("a", needs=["gone"]))).before == {"a": ()}


def test_the_critical_path_goes_through_needs_phases_and_one_agents_work() -> None:
    made = sound(
        todo("a1", lines=10),
        todo("a2", lines=10),
        todo("b1", "b", lines=15),
        todo("b2", "b", phase="1", lines=1, needs=["b1"]),
        todo("a3", phase="1", lines=2),
    )
    assert critical(made, build(made)) == critical(made, build(made))
    path = critical(made, build(made))
    assert (path.todos, path.lines) == (("a1", "a2", "a3"), 22)


def test_an_agent_of_two_hands_is_no_chain() -> None:
    made = sound(todo("a1"), todo("a2"), todo("a3"), agents=[agent("a", **{"at-once": 2})])
    assert critical(made, build(made)).todos == ("a1", "a3")


def test_todos_without_an_estimate_count_by_their_number() -> None:
    made = sound(todo("b1", "b", lines=None), todo("a1", lines=None), todo("a2", lines=None))
    path = critical(made, build(made))
    assert (path.todos, path.lines) == (("a1", "a2"), 0)


def test_nothing_has_no_critical_path() -> None:
    made = plan()
    assert (critical(made, build(made)).todos, streams(made, build(made))) == ((), ())


def test_the_streams_of_the_example() -> None:
    made = read(EXAMPLE)
    found = streams(made, build(made))
    assert [(one.phase, one.agents, one.after) for one in found] == [
        ("0", ("agent-1",), ()),
        ("0", ("agent-2",), ()),
        ("0", ("agent-6",), ()),
        ("0", ("agent-8",), ("agent-1", "agent-2", "agent-6")),
        ("1", ("agent-3",), ()),
        ("1", ("agent-5", "agent-4"), ()),
        ("1", ("agent-7",), ()),
        ("2", ("agent-8", "agent-7", "agent-5"), ()),
    ]
    assert found[0] == Stream(
        "0", ("agent-1",), ("controller-patterns", "reconciler-refactor", "committer-integration"), 1050
    )
    assert sum(one.lines for one in found) == sum(one.lines or 0 for one in made.todos)


def test_what_comes_before_anyway_is_not_drawn() -> None:
    made = sound(todo("a"), todo("b", needs=["a"]), todo("c", needs=["a", "b"]))
    assert direct(build(made)) == {"a": (), "b": ("a",), "c": ("b",)}


IDS = [f"t{number}" for number in range(7)]
NEEDS = st.lists(st.lists(st.sampled_from(IDS), max_size=3, unique=True), min_size=7, max_size=7)


@settings(deadline=None)
@given(NEEDS)
def test_there_is_a_circle_if_and_only_if_there_is_one(needs: list[list[str]]) -> None:
    made = sound(*(todo(id_, needs=those) for id_, those in zip(IDS, needs, strict=True)))
    graph = build(made)
    try:
        tuple(TopologicalSorter(dict(zip(IDS, needs, strict=True))).static_order())
    except CycleError:
        assert graph.cycles
    else:
        assert (graph.cycles, graph.stuck) == ((), ())
    for circle in graph.cycles:
        assert all(needed in graph.before[one] for one, needed in zip(circle, (*circle[1:], circle[0]), strict=True))
    place = {id_: at for at, id_ in enumerate(graph.order)}
    assert all(place[need] < place[id_] for id_ in graph.order for need in graph.before[id_])
    assert sorted((*graph.order, *graph.stuck)) == IDS


@settings(deadline=None)
@given(NEEDS, st.lists(st.integers(0, 50), min_size=7, max_size=7))
def test_no_chain_of_needs_is_longer_than_the_critical_path(needs: list[list[str]], lines: list[int]) -> None:
    forward = [[need for need in those if need < id_] for id_, those in zip(IDS, needs, strict=True)]
    made = sound(
        *(todo(id_, needs=those, lines=size) for id_, those, size in zip(IDS, forward, lines, strict=True)),
        agents=[agent("a", **{"at-once": 7})],
    )
    path = critical(made, build(made))
    best: dict[str, int] = {}
    for id_, those, size in zip(IDS, forward, lines, strict=True):
        best[id_] = size + max((best[need] for need in those), default=0)
    assert path.lines == max(best.values()) == sum(made.todo_of[id_].lines or 0 for id_ in path.todos)
