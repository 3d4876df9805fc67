"""Worktrees, identities and loads of agents."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from paddock.findings import Level
from paddock.plan.model import Launch, Role
from paddock.plan.problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.graph import Graph
    from paddock.plan.model import Agent, Plan
    from paddock.plan.problems.problem import Rules

OVERLOADED = 2  # times what the others of a phase have on average
COMPARED = 3  # agents of a phase; of two, one is always the other's average
_CHECKOUT = "/\0/\0/\0/\0"  # stands for a main checkout whose place is not known


def problems(plan: Plan, rules: Rules, graph: Graph) -> Iterator[Problem]:
    """All of it."""
    yield from _worktrees(plan, rules)
    yield from _identities(plan)
    yield from _roles(plan)
    yield from _loads(plan, graph)


def _worktrees(plan: Plan, rules: Rules) -> Iterator[Problem]:
    checkout = rules.checkout or _CHECKOUT
    folders: dict[str, tuple[int, Agent]] = {}
    for index, agent in enumerate(plan.agents):
        folder = plan.worktree(agent)
        if folder is None:
            if agent.role is Role.WORKER:
                message = f"{agent.id} has no worktree, and works nowhere"
                yield Problem(code="no-worktree", message=message, path=("agents", index, "id"))
            continue
        path = ("agents", index, "worktree")
        full = posixpath.normpath(posixpath.join(checkout, folder))
        if _below(full, checkout):
            where = "is" if full == checkout else "lies in"
            message = f"the worktree of {agent.id} {where} the main checkout: {agent.worktree}"
            hint = "a folder beside it: `worktrees: ..` and a name"
            yield Problem(code="worktree", message=message, path=path, hint=hint)
        elif _below(checkout, full):
            message = f"the main checkout lies in the worktree of {agent.id}: {agent.worktree}"
            yield Problem(code="worktree", message=message, path=path)
        else:
            yield from _nested(full, agent, folders, path)
        folders.setdefault(full, (index, agent))


def _nested(
    full: str, agent: Agent, folders: dict[str, tuple[int, Agent]], path: tuple[str | int, ...]
) -> Iterator[Problem]:
    for other_full, (_, other) in folders.items():
        if full == other_full:
            yield Problem(
                code="worktree", message=f"{agent.id} has the worktree of {other.id}: {agent.worktree}", path=path
            )
        elif _below(full, other_full) or _below(other_full, full):
            inner, outer = (agent, other) if _below(full, other_full) else (other, agent)
            message = f"the worktree of {inner.id} lies in that of {outer.id}: {inner.worktree}"
            yield Problem(code="worktree", message=message, path=path)


def _below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _identities(plan: Plan) -> Iterator[Problem]:
    emails: dict[str, Agent] = {}
    logins: dict[str, Agent] = {}
    for index, agent in enumerate(plan.agents):
        if agent.identity is None:
            if agent.role is Role.WORKER:
                message = f"{agent.id} has no identity: nobody can tell its commits from another's"
                yield Problem(code="no-identity", message=message, path=("agents", index, "id"), level=Level.WARNING)
        elif (other := emails.setdefault(agent.identity.email.casefold(), agent)) is not agent:
            message = f"{agent.id} has the address of {other.id}: {agent.identity.email}"
            yield Problem(code="identity", message=message, path=("agents", index, "identity", "email"))
        if agent.login is not None and (other := logins.setdefault(agent.login.casefold(), agent)) is not agent:
            message = f"{agent.id} has the login of {other.id}: {agent.login}; neither may approve the other's work"
            yield Problem(code="login", message=message, path=("agents", index, "login"), level=Level.WARNING)
        if agent.login is None and agent.launch in (Launch.ASSIGNEE, Launch.MENTION):
            message = f"{agent.id} is started by {agent.launch}, and has no login"
            yield Problem(code="no-login", message=message, path=("agents", index, "launch"))


def _roles(plan: Plan) -> Iterator[Problem]:
    for index, todo in enumerate(plan.todos):
        agent, reviewer = plan.agent_of.get(todo.agent), plan.agent_of.get(todo.reviewer or "")
        if agent is not None and agent.role is Role.REVIEWER:
            message = f"todo {todo.id} is given to {agent.id}, which reviews"
            yield Problem(code="role", message=message, path=("todos", index, "agent"))
        if reviewer is not None and reviewer is agent:
            message = f"todo {todo.id} is to be reviewed by its own agent, {reviewer.id}"
            yield Problem(code="own-review", message=message, path=("todos", index, "reviewer"))
        elif reviewer is not None and reviewer.role is not Role.REVIEWER:
            message = f"todo {todo.id} is to be reviewed by {reviewer.id}, which is a worker"
            yield Problem(code="role", message=message, path=("todos", index, "reviewer"))
    if plan.todos and all(agent.role is not Role.REVIEWER for agent in plan.agents):
        message = "no agent is a reviewer: people review every todo"
        yield Problem(code="no-reviewer", message=message, path=("agents",), level=Level.NOTE)


def _loads(plan: Plan, graph: Graph) -> Iterator[Problem]:
    busy = {todo.agent for todo in plan.todos}
    index = {agent.id: at for at, agent in reversed(list(enumerate(plan.agents)))}
    for agent in plan.agent_of.values():
        if agent.role is Role.WORKER and agent.id not in busy:
            message = f"{agent.id} is idle: no todo is given to it"
            yield Problem(code="idle", message=message, path=("agents", index[agent.id], "id"), level=Level.WARNING)
    loads: dict[int, dict[str, int]] = {}
    for id_, number in graph.phase.items():
        todo = plan.todo_of[id_]
        lines = loads.setdefault(number, {})
        lines[todo.agent] = lines.get(todo.agent, 0) + (todo.lines or 0)
    for number, lines in sorted(loads.items()):
        total = sum(lines.values())
        for name, own in lines.items():
            others = (total - own) / (len(lines) - 1) if len(lines) >= COMPARED else 0
            if name in index and others and own > OVERLOADED * others:
                message = (
                    f"{name} is overloaded: {own:,} of {total:,} estimated lines in phase {plan.phases[number].id}, "
                    f"{own / others:.1f} times the average of the others"
                )
                path = ("agents", index[name], "id")
                yield Problem(code="overloaded", message=message, path=path, level=Level.WARNING)
