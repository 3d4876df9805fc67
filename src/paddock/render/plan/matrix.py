"""`paddock plan show`: agents by priority, and what each has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock import wire
from paddock.plan.keys import parse
from paddock.plan.model import Priority, Role
from paddock.render.plain import printable
from paddock.render.plan.columns import aligned

if TYPE_CHECKING:
    from paddock.plan.graph import Graph
    from paddock.plan.model import Agent, Plan, Todo

VERSION = 1
_ORDER = tuple(Priority)


def as_text(plan: Plan, graph: Graph) -> str:
    """The priority matrix: a row for each agent, a column for each phase."""
    rows = [["priority", "agent", "title", "worktree", "todos", "lines", *(f"phase {one.id}" for one in plan.phases)]]
    for agent in _agents(plan):
        todos = _todos(plan, graph, agent)
        lines = sum(todo.lines or 0 for todo in todos)
        role = [f"reviews up to {agent.at_once}"] if agent.role is Role.REVIEWER else []
        phases = [" ".join(tag(todo) for todo in todos if todo.phase == phase.id) for phase in plan.phases]
        row = [agent.priority, agent.id, agent.title, plan.worktree(agent) or "-", f"{len(todos):,}", f"{lines:,}"]
        rows.append([*row, *(phases if todos or not role or not phases else [role[0], *phases[1:]])])
    head = f"{len(plan.todos):,} todos of {plan.series} for {plan.base}"
    phases_told = [f"phase {one.id}: {one.title or 'no title'} (in {one.run})" for one in plan.phases]
    shared = [f"shared by all: {', '.join(plan.shared)}"] if plan.shared else []
    told = [printable(one) for one in (head, *phases_told, *shared)]
    return "\n".join([*told, "", *aligned(rows, right=(4, 5)), ""])


def as_json(plan: Plan, graph: Graph) -> str:
    """One JSON object with the agents in the same order, each with its todos in the order of submission."""
    agents: list[dict[str, Any]] = []
    for agent in _agents(plan):
        todos = _todos(plan, graph, agent)
        agents.append(
            {
                "id": agent.id,
                "title": agent.title,
                "role": agent.role,
                "priority": agent.priority,
                "worktree": plan.worktree(agent),
                "identity": agent.identity,
                "login": agent.login,
                "launch": agent.launch,
                "at_once": agent.at_once,
                "owns": agent.owns,
                "lines": sum(todo.lines or 0 for todo in todos),
                "todos": [
                    {"id": todo.id, "phase": todo.phase, "branch": todo.branch, "lines": todo.lines} for todo in todos
                ],
            }
        )
    phases = [{"id": one.id, "title": one.title, "run": one.run, "gate": one.gate} for one in plan.phases]
    value = {
        "version": VERSION,
        "base": plan.base,
        "series": plan.series,
        "shared": plan.shared,
        "phases": phases,
        "agents": agents,
    }
    return wire.encode(value, indent=2).decode() + "\n"


def short(todo: Todo) -> str:
    """A todo in a word: the last part of its branch, else its id."""
    return todo.branch.rpartition("/")[2] if todo.branch else todo.id


def tag(todo: Todo) -> str:
    """The order key that a todo's branch carries, else its id."""
    name = parse(f"series/{short(todo)}") if todo.branch else None
    return name.tag if name is not None and name.valid else todo.id


def _agents(plan: Plan) -> list[Agent]:
    return sorted(plan.agent_of.values(), key=lambda agent: _ORDER.index(agent.priority))


def _todos(plan: Plan, graph: Graph, agent: Agent) -> list[Todo]:
    return [plan.todo_of[id_] for id_ in (*graph.order, *graph.stuck) if plan.todo_of[id_].agent == agent.id]
