"""The plan as GitHub has it now: who has which todo, how far each is, and what an agent may start next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.bot import labels
from paddock.bot.model import Issue
from paddock.plan.graph import build
from paddock.plan.model import Plan, Priority, Todo
from paddock.plan.schedule import TAKEN, Action, State, schedule
from paddock.render.plan.nexts import why

if TYPE_CHECKING:
    from paddock.bot.model import Snapshot
    from paddock.plan.graph import Graph
    from paddock.plan.model import Agent

NOBODY = ""  # the agent of a todo that is in nobody's hands; no agent has this id
_WEIGHTS = tuple(Priority)


class Work(Struct, frozen=True, kw_only=True, dict=True):
    """All todos, those of the plan and those of issues alone, as a plan with states.

    Attributes:
        plan: each todo with the agent and the phase that its labels give it.
        states: how far each is.
        issues: the issue of each; a todo of the plan that was not published has none.
        shut: phases whose gate is known not to hold yet.
    """

    plan: Plan
    states: Mapping[str, State]
    issues: Mapping[str, Issue]
    shut: tuple[str, ...] = ()

    @cached_property
    def graph(self) -> Graph:
        """What comes before what."""
        return build(self.plan)

    @cached_property
    def phase(self) -> str | None:
        """The phase that is on; the last where all are finished; None where the plan has none."""
        current = schedule(self.plan, self.states, graph=self.graph).phase
        return current or (self.plan.phases[-1].id if self.plan.phases else None)

    def next(self, agent: Agent) -> Issue | str:
        """The heaviest todo that an agent may start, the plan's order among equals; or why there is none, in words."""
        held = [one.id for one in self.plan.todos if one.agent == agent.id and self.states[one.id] in TAKEN]
        if len(held) >= agent.at_once:
            return f"it has {', '.join(held)} in hand, of {agent.at_once} that it may hold at once"
        # With room for all, what is ready is told in full.
        roomy = structs.replace(agent, at_once=len(self.plan.todos) + 1)
        others = tuple(roomy if one.id == agent.id else one for one in self.plan.agents)
        told = schedule(structs.replace(self.plan, agents=others), self.states, shut=self.shut, graph=self.graph)
        mine = next((one for one in told.agents if one.agent == agent.id), None)
        ready = [task.todo for task in mine.tasks if task.action is Action.START] if mine else []
        published = [self.issues[one] for one in ready if one in self.issues]
        if published:
            return min(published, key=_weight)
        if ready:
            return f"{', '.join(ready[:3])} is not published yet (paddock plan publish)"
        return why(self.plan, mine.wait) if mine and mine.wait else "nothing is left for it"

    def ready(self) -> Mapping[str, tuple[Issue, ...]]:
        """Per agent the published todos that nothing but room keeps it from starting, the heaviest first."""
        roomy = tuple(structs.replace(one, at_once=len(self.plan.todos) + 1) for one in self.plan.agents)
        told = schedule(structs.replace(self.plan, agents=roomy), self.states, shut=self.shut, graph=self.graph)
        found = {}
        for one in told.agents:
            ids = [task.todo for task in one.tasks if task.action is Action.START]
            found[one.agent] = tuple(sorted((self.issues[id_] for id_ in ids if id_ in self.issues), key=_weight))
        return found


def work(snapshot: Snapshot) -> Work:
    """Read a snapshot, once. A label that was set by hand counts like one that the bot set."""
    found = snapshot.__dict__.get("work")
    if found is None:
        found = snapshot.__dict__["work"] = _work(snapshot)
    return found


def _work(snapshot: Snapshot) -> Work:
    issues = {one.name: one for one in reversed(snapshot.issues) if snapshot.is_todo(one)}
    todos = [_planned(snapshot, todo, issues.get(todo.id)) for todo in snapshot.plan.todos]
    known = snapshot.plan.todo_of
    last = snapshot.plan.phases[-1].id if snapshot.plan.phases else ""
    todos += [
        Todo(
            id=name,
            title=one.title,
            agent=_holder(snapshot, one),
            phase=snapshot.phase(one) or last,
        )
        for name, one in sorted(issues.items(), key=lambda pair: pair[1].number)
        if name not in known
    ]
    states = {todo.id: snapshot.state(issues[todo.id]) if todo.id in issues else State.OPEN for todo in todos}
    return Work(
        plan=structs.replace(snapshot.plan, todos=tuple(todos)), states=states, issues=issues, shut=snapshot.shut
    )


def _planned(snapshot: Snapshot, todo: Todo, issue: Issue | None) -> Todo:
    if issue is None:
        return todo
    return structs.replace(todo, agent=_holder(snapshot, issue), phase=snapshot.phase(issue) or todo.phase)


def _holder(snapshot: Snapshot, issue: Issue) -> str:
    agent = snapshot.agent(issue)
    return agent.id if agent is not None else NOBODY


def _weight(issue: Issue) -> int:
    return _WEIGHTS.index(labels.priority(issue.labels) or Priority.MEDIUM)
