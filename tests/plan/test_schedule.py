from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.plan.graph import build
from paddock.plan.model import Plan, Role
from paddock.plan.schedule import FINISHED, TAKEN, Action, Cause, Next, State, Task, Wait, schedule
from paddock.render.plan.nexts import why
from plans import EXAMPLE, REVIEWER, agent, plan, read, sound, todo

A = State


def of(made: Plan, agent_id: str, states: dict[str, State], shut: tuple[str, ...] = ()) -> Next:
    return next(one for one in schedule(made, states, shut=shut).agents if one.agent == agent_id)


CHAIN = sound(
    todo("t1"), todo("t2", needs=["t1"]), todo("u1", "b", needs=["t1"]), todo("v1", phase="1"), todo("v2", "b", "1")
)
NEXT: dict[str, tuple[dict[str, State], str, tuple[Task, ...], Wait | None]] = {
    "start": ({}, "a", (Task(Action.START, "t1"),), None),
    "needs": ({}, "b", (), Wait(Cause.NEEDS, "u1", ("t1",))),
    "continue": ({"t1": A.IN_PROGRESS}, "a", (Task(Action.CONTINUE, "t1"),), None),
    "address": ({"t1": A.CHANGES_REQUESTED}, "a", (Task(Action.ADDRESS, "t1"),), None),
    "in review": ({"t1": A.IN_REVIEW}, "a", (), Wait(Cause.REVIEW, "t1", ("t1",))),
    "review": ({"t1": A.IN_REVIEW}, "r", (Task(Action.REVIEW, "t1"),), None),
    "no review": ({}, "r", (), Wait(Cause.UNASKED)),
    "no review any more": (dict.fromkeys(("t1", "t2", "u1", "v1", "v2"), A.DONE), "r", (), Wait(Cause.NOTHING)),
    "then": ({"t1": A.DONE}, "b", (Task(Action.START, "u1"),), None),
    "dropped is as good as done": ({"t1": A.DROPPED}, "b", (Task(Action.START, "u1"),), None),
    "phase": (
        {"t1": A.DONE, "t2": A.IN_PROGRESS, "u1": A.DONE},
        "b",
        (),
        Wait(Cause.PHASE, "v2", ("t2",)),
    ),
    "next phase": ({"t1": A.DONE, "t2": A.DONE, "u1": A.DONE}, "b", (Task(Action.START, "v2"),), None),
    "blocked": ({"t1": A.BLOCKED}, "a", (), Wait(Cause.NEEDS, "t2", ("t1",))),
    "held": (
        {"t1": A.DONE, "t2": A.HELD, "u1": A.DONE, "v1": A.HELD},
        "a",
        (),
        Wait(Cause.HELD, "t2", ("t2", "v1")),
    ),
    "nothing is left": (dict.fromkeys(("t1", "t2", "u1", "v1", "v2"), A.DONE), "a", (), Wait(Cause.NOTHING)),
}


@pytest.mark.parametrize(("states", "agent_id", "tasks", "wait"), NEXT.values(), ids=NEXT)
def test_what_an_agent_does_next(
    states: dict[str, State], agent_id: str, tasks: tuple[Task, ...], wait: Wait | None
) -> None:
    assert of(CHAIN, agent_id, states) == Next(agent=agent_id, tasks=tasks, wait=wait)


def test_a_reviewer_waits_in_words() -> None:
    made = sound(todo("x"), todo("y", "b"), agents=[agent("a"), agent("b"), REVIEWER, {**REVIEWER, "id": "s"}])
    for states, words in (
        ({}, "nothing is in review"),
        ({"x": A.IN_REVIEW}, "nothing is in review for it"),
        ({"x": A.DONE, "y": A.DROPPED}, "nothing is left for it"),
    ):
        wait = of(made, "s", states).wait
        assert wait is not None
        assert why(made, wait) == words


def test_a_gate_that_does_not_hold_shuts_the_next_phase() -> None:
    done = {"t1": A.DONE, "t2": A.DONE, "u1": A.DONE}
    assert of(CHAIN, "a", done, shut=("0",)).wait == Wait(Cause.GATE, "v1", ("0",))


def test_a_sequence_lets_one_go_at_a_time() -> None:
    made = sound(todo("x"), todo("y", "b"), phases=[{"id": "0", "run": "sequence"}])
    assert of(made, "b", {}).wait == Wait(Cause.SEQUENCE, "y", ("x",))
    assert of(made, "b", {"x": A.DONE}).tasks == (Task(Action.START, "y"),)


def test_what_waits_for_itself_says_so() -> None:
    assert of(sound(todo("x", needs=["x"])), "a", {}).wait == Wait(Cause.STUCK, "x", ("x",))


def test_an_agent_of_two_hands_gets_two() -> None:
    made = sound(todo("x"), todo("y"), todo("z"), agents=[agent("a", **{"at-once": 2})])
    assert of(made, "a", {}).tasks == (Task(Action.START, "x"), Task(Action.START, "y"))
    assert of(made, "a", {"x": A.IN_REVIEW}).tasks == (Task(Action.START, "y"),)


def test_reviews_are_spread_and_nobody_reviews_their_own() -> None:
    made = sound(
        todo("x"), todo("y", "b"), todo("z", "b", reviewer="s"),
        agents=[agent("a", priority="low"), agent("b", **{"at-once": 2}), REVIEWER, {**REVIEWER, "id": "s"}],
    )  # fmt: skip
    states = dict.fromkeys("xyz", A.IN_REVIEW)
    given_out = {one.agent: one.tasks for one in schedule(made, states).agents if one.tasks}
    # Only one at a time each: the low agent's waits.
    assert given_out == {"r": (Task(Action.REVIEW, "y"),), "s": (Task(Action.REVIEW, "z"),)}
    alone = sound(todo("x", "r"), agents=[REVIEWER])
    assert of(alone, "r", {"x": A.IN_REVIEW}).tasks == ()


def test_names_that_the_plan_has_not_are_ignored() -> None:
    assert schedule(CHAIN, {"gone": A.DONE}) == schedule(CHAIN, {})


def test_the_first_day_of_the_example() -> None:
    found = schedule(read(EXAMPLE), {})
    starts = {one.agent: [task.todo for task in one.tasks] for one in found.agents if one.tasks}
    assert starts == {
        "agent-1": ["controller-patterns"],
        "agent-2": ["workspace-validation"],
        "agent-6": ["feature-flags"],
    }
    assert (found.phase, found.left, found.finished) == ("0", 23, 0)


# Properties

COUNT = 8


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans without a circle: needs go to todos that stand before, in the same phase or an earlier one."""
    phases = [
        {"id": str(number), "run": draw(st.sampled_from(["parallel", "sequence"]))}
        for number in range(draw(st.integers(1, 3)))
    ]
    agents = [agent(id_, **{"at-once": draw(st.integers(1, 3))}) for id_ in "abc"]
    at = sorted(draw(st.lists(st.integers(0, len(phases) - 1), min_size=COUNT, max_size=COUNT)))
    todos = [
        todo(
            f"t{index}",
            draw(st.sampled_from("abc")),
            str(at[index]),
            needs=draw(st.lists(st.sampled_from([f"t{i}" for i in range(index)]), max_size=2, unique=True))
            if index
            else [],
            branch=draw(st.sampled_from([None, f"feature/x/0{at[index]}{'abcdefgh'[index]}-s"])),
        )
        for index in range(COUNT)
    ]
    order = draw(st.permutations(range(COUNT))) if all(one["run"] == "parallel" for one in phases) else range(COUNT)
    return plan(phases=phases, agents=[*agents, REVIEWER], todos=[todos[index] for index in order])


STATES = st.dictionaries(st.sampled_from([f"t{i}" for i in range(COUNT)]), st.sampled_from(list(State)))


@settings(deadline=None)
@given(plans(), STATES)
def test_nothing_is_handed_out_too_early_twice_or_to_full_hands(made: Plan, states: dict[str, State]) -> None:
    found = schedule(made, states)
    finished = {id_ for id_, state in states.items() if state in FINISHED}
    numbers = [phase.id for phase in made.phases]
    handed = [task.todo for one in found.agents for task in one.tasks if task.action is Action.START]
    assert len(set(handed)) == len(handed)
    for id_ in handed:
        one = made.todo_of[id_]
        assert states.get(id_, State.OPEN) is State.OPEN
        assert set(one.needs) <= finished
        earlier = numbers[: numbers.index(one.phase)]
        assert {other.id for other in made.todos if other.phase in earlier} <= finished
        if made.phase_of[one.phase].run == "sequence":
            mates = [other.id for other in made.todos if other.phase == one.phase]
            assert set(mates[: mates.index(id_)]) <= finished
    for worker in (one for one in found.agents if made.agent_of[one.agent].role is Role.WORKER):
        own = {one.id for one in made.todos if one.agent == worker.agent}
        held = {id_ for id_ in own if states.get(id_) in TAKEN}
        started = {task.todo for task in worker.tasks if task.action is Action.START}
        assert started <= own
        assert len(held | started) <= max(made.agent_of[worker.agent].at_once, len(held))
        assert bool(worker.tasks) is (worker.wait is None)


@settings(deadline=None)
@given(plans(), STATES)
def test_it_is_the_same_every_time(made: Plan, states: dict[str, State]) -> None:
    again = dict(reversed(states.items()))
    assert schedule(made, states) == schedule(made, again, graph=build(made))


@settings(deadline=None)
@given(plans(), st.data())
def test_there_is_progress_until_all_is_done(made: Plan, data: st.DataObject) -> None:
    states: dict[str, State] = {}
    for _ in range(3 * COUNT):
        found = schedule(made, states)
        tasks = [task for one in found.agents for task in one.tasks]
        if found.left == 0:
            break
        assert tasks, (found, states)
        task = data.draw(st.sampled_from(tasks))
        states[task.todo] = {
            Action.START: State.IN_PROGRESS,
            Action.CONTINUE: State.IN_REVIEW,
            Action.REVIEW: State.DONE,
            Action.ADDRESS: State.IN_REVIEW,
        }[task.action]
    assert schedule(made, states).left == 0
