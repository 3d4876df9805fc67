"""Who does what next, and why the others wait: pure, the same for the same plan and states.

A todo is handed out when everything it needs and every todo of the phases before its own is done, and its agent has
room. What an agent already holds comes first. Nobody reviews their own work.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.graph import build
from paddock.plan.model import Priority, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from paddock.plan.graph import Graph
    from paddock.plan.model import Agent, Plan

_WEIGHTS = tuple(Priority)


class State(StrEnum):
    """How far a todo is. One without a state is open."""

    OPEN = "open"
    IN_PROGRESS = "in-progress"
    IN_REVIEW = "in-review"
    CHANGES_REQUESTED = "changes-requested"
    DONE = "done"
    DROPPED = "dropped"
    BLOCKED = "blocked"
    HELD = "held"


FINISHED = frozenset({State.DONE, State.DROPPED})
# What an agent has in hand. A todo that is blocked or held lies with somebody else, and leaves room for another.
TAKEN = frozenset({State.IN_PROGRESS, State.IN_REVIEW, State.CHANGES_REQUESTED})


class Action(StrEnum):
    """What is to be done with a todo."""

    START = "start"
    CONTINUE = "continue"
    ADDRESS = "address"
    REVIEW = "review"


class Task(Struct, frozen=True):
    """One thing to do now."""

    action: Action
    todo: str


class Cause(StrEnum):
    """Why an agent, or a todo, waits."""

    NEEDS = "needs"
    PHASE = "phase"
    SEQUENCE = "sequence"
    GATE = "gate"
    REVIEW = "review"
    BLOCKED = "blocked"
    HELD = "held"
    FULL = "full"
    STUCK = "stuck"
    UNASKED = "unasked"
    NOTHING = "nothing"


class Wait(Struct, frozen=True):
    """Why the next todo of an agent can't be started; `on` names todos, for a gate the phase."""

    cause: Cause
    todo: str | None = None
    on: tuple[str, ...] = ()


class Next(Struct, frozen=True, kw_only=True):
    """What one agent does now, and where it can start nothing, why."""

    agent: str
    tasks: tuple[Task, ...] = ()
    wait: Wait | None = None


class Schedule(Struct, frozen=True, kw_only=True):
    """What every agent does now. `phase` is the first that is not finished; None when all are."""

    agents: tuple[Next, ...]
    phase: str | None
    left: int
    finished: int


def schedule(
    plan: Plan, states: Mapping[str, State], *, shut: Collection[str] = (), graph: Graph | None = None
) -> Schedule:
    """What each agent does next.

    Args:
        plan: the plan.
        states: how far each todo is; those not named are open, names that the plan has not are ignored.
        shut: phases whose gate is known not to hold yet, so that the next may not start.
        graph: `build(plan)`, where the caller has it.
    """
    return _Scheduler(plan, states, frozenset(shut), graph or build(plan)).schedule()


class _Scheduler:
    def __init__(self, plan: Plan, states: Mapping[str, State], shut: frozenset[str], graph: Graph) -> None:
        self.plan = plan
        self.graph = graph
        self.states = {id_: states.get(id_, State.OPEN) for id_ in (*graph.order, *graph.stuck)}
        self.own: dict[str, list[str]] = {agent.id: [] for agent in plan.agents}
        for id_ in self.states:
            self.own.setdefault(plan.todo_of[id_].agent, []).append(id_)
        self.left: list[list[str]] = [[] for _ in plan.phases]
        for id_, number in graph.phase.items():
            if self.states[id_] not in FINISHED:
                self.left[number].append(id_)
        shut_at = (index for index, phase in enumerate(plan.phases) if phase.id in shut)
        self.shut = min(shut_at, default=len(plan.phases))
        # A todo that was opened again holds up all that stand after it, though what is directly before them is done.
        in_turn = {phase.id for phase in plan.phases if phase.run == "sequence"}
        self.turn: dict[str, str] = {}
        for todo in plan.todos:
            if todo.phase in in_turn and self.states.get(todo.id) not in FINISHED:
                self.turn.setdefault(todo.phase, todo.id)
        self.current = next((index for index, todos in enumerate(self.left) if todos), len(plan.phases))

    def schedule(self) -> Schedule:
        reviews = self.reviews()
        agents = tuple(
            Next(agent=agent.id, tasks=tasks, wait=None if tasks else self.unasked())
            if agent.role is Role.REVIEWER and not self.own[agent.id]
            else self.next_of(agent, tasks)
            for agent in self.plan.agent_of.values()
            for tasks in (reviews.get(agent.id, ()),)
        )
        finished = sum(state in FINISHED for state in self.states.values())
        current = self.plan.phases[self.current].id if self.current < len(self.plan.phases) else None
        return Schedule(agents=agents, phase=current, left=len(self.states) - finished, finished=finished)

    def next_of(self, agent: Agent, reviews: tuple[Task, ...]) -> Next:
        """What an agent holds, then what it may start."""
        own = self.own[agent.id]
        held = [id_ for id_ in own if self.states[id_] in TAKEN]
        tasks = [Task(Action.ADDRESS, id_) for id_ in held if self.states[id_] is State.CHANGES_REQUESTED]
        tasks += [Task(Action.CONTINUE, id_) for id_ in held if self.states[id_] is State.IN_PROGRESS]
        room = agent.at_once - len(held) - len(reviews)
        wait = None
        for id_ in own:
            if self.states[id_] is not State.OPEN:
                continue
            if room <= 0:
                break
            cause = self.cause(id_)
            if cause is None:
                tasks.append(Task(Action.START, id_))
                room -= 1
            else:
                wait = wait or cause
        if not tasks:
            wait = self.full(held) if room <= 0 else wait or self.idle(own)
        return Next(agent=agent.id, tasks=(*tasks, *reviews), wait=None if tasks else wait)

    def cause(self, id_: str) -> Wait | None:
        """Why an open todo can't be started; None where it can."""
        number = self.graph.phase.get(id_)
        if number is not None and self.current < number:
            return Wait(Cause.PHASE, id_, tuple(self.left[self.current]))
        if number is not None and self.shut < number:
            return Wait(Cause.GATE, id_, (self.plan.phases[self.shut].id,))
        waits = tuple(one for one in self.graph.before[id_] if self.states[one] not in FINISHED)
        turn = self.turn.get(self.plan.todo_of[id_].phase, id_)
        waits = waits or ((turn,) if turn != id_ else ())
        if not waits:
            return None
        if id_ in self.graph.stuck:
            return Wait(Cause.STUCK, id_, waits)
        needs = self.plan.todo_of[id_].needs
        return Wait(Cause.NEEDS if any(one in needs for one in waits) else Cause.SEQUENCE, id_, waits)

    def full(self, held: list[str]) -> Wait:
        """Why an agent without room has nothing to do: what it holds is being reviewed."""
        return Wait(Cause.REVIEW, held[0], tuple(held))

    def idle(self, own: list[str]) -> Wait:
        """Why an agent with room has no open todo."""
        for state, cause in ((State.IN_REVIEW, Cause.REVIEW), (State.BLOCKED, Cause.BLOCKED), (State.HELD, Cause.HELD)):
            if those := tuple(id_ for id_ in own if self.states[id_] is state):
                return Wait(cause, those[0], those)
        return Wait(Cause.NOTHING)

    def unasked(self) -> Wait:
        """Why a reviewer has nothing to review: as long as work is left, some of it will come."""
        if all(state in FINISHED for state in self.states.values()):
            return Wait(Cause.NOTHING)
        return Wait(Cause.UNASKED, on=tuple(id_ for id_ in self.states if self.states[id_] is State.IN_REVIEW))

    def reviews(self) -> dict[str, tuple[Task, ...]]:
        """Each todo in review goes to the reviewer with the fewest, heaviest agents' todos first."""
        waiting = [id_ for id_ in self.states if self.states[id_] is State.IN_REVIEW]
        found: dict[str, list[Task]] = {}
        for id_ in sorted(waiting, key=self.weight):
            able = [one for one in self.plan.reviewers(self.plan.todo_of[id_]) if self.has_room(one, found)]
            if able:
                chosen = min(able, key=lambda one: len(found.get(one.id, ())))
                found.setdefault(chosen.id, []).append(Task(Action.REVIEW, id_))
        return {agent: tuple(tasks) for agent, tasks in found.items()}

    def has_room(self, reviewer: Agent, given: Mapping[str, list[Task]]) -> bool:
        held = sum(self.states[id_] in TAKEN for id_ in self.own[reviewer.id])
        return held + len(given.get(reviewer.id, ())) < reviewer.at_once

    def weight(self, id_: str) -> int:
        agent = self.plan.agent_of.get(self.plan.todo_of[id_].agent)
        return _WEIGHTS.index(agent.priority) if agent is not None else len(_WEIGHTS)
