"""Whose a worktree, a branch, a path and a commit are, by the plan. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from paddock.plan.globs import Owned
from paddock.plan.keys import conflicting, parse, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.model import Person
    from paddock.plan.keys import Order
    from paddock.plan.model import Agent, Plan, Todo


class Owners:
    """A plan, asked who owns what. Each table is made when it is first needed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._paths: dict[str, Owned] = {}

    @cached_property
    def folders(self) -> Mapping[str, Agent]:
        """The agents' worktrees, as paths from the main checkout's top."""
        found: dict[str, Agent] = {}
        for agent in self.plan.agent_of.values():
            if (path := self.plan.worktree(agent)) is not None:
                found.setdefault(path, agent)
        return found

    def branch(self, name: str) -> Agent | None:
        """Whose a branch is: its todo's agent's, of a part likewise; else of the agent in whose folder it lies."""
        if (todo := self._planned(name)) is not None:
            return self.plan.agent_of.get(todo.agent)
        folder, slash, _ = name.removeprefix(f"{self.plan.series}/").partition("/")
        within = name.startswith(f"{self.plan.series}/") and slash
        if within:
            return self.plan.agent_of.get(folder)
        # A conflict's resolution goes back onto the later branch.
        return next((found for _, later in conflicting(name) if (found := self.branch(later)) is not None), None)

    def may(self, agent: Agent, name: str) -> bool:
        """Whether a branch is an agent's to move: its own, or one on which a conflict of its own branch is resolved."""
        return self.branch(name) == agent or any(
            self.branch(one) == agent for pair in conflicting(name) for one in pair
        )

    def whose(self, name: str) -> str:
        """Whose a branch is, in words."""
        owner = self.branch(name)
        return f"{owner.id}'s" if owner is not None else "no agent's"

    def _planned(self, name: str) -> Todo | None:
        """The todo that leaves on a branch, or on one that it is a part of: by the nearest key, or by its name."""
        if (todo := self._todo_of.get(name)) is not None:
            return todo
        own = parse(name)
        if own.valid:
            above = (own.order[:at] for at in range(len(own.order) - 1, 0, -1))
            known = self._keys.get(own.series or "", {})
            return next((known[order] for order in above if order in known), None)
        of = whole(name)
        return self._todo_of.get(of) if of is not None else None

    def example(self, agent: Agent) -> str:
        """A branch of an agent's own, to show."""
        own = next((todo.branch for todo in self.plan.todos if todo.agent == agent.id and todo.branch), None)
        return own or f"{self.plan.series}/{agent.id}/01a-short-description"

    @cached_property
    def _todo_of(self) -> Mapping[str, Todo]:
        return {todo.branch: todo for todo in reversed(self.plan.todos) if todo.branch is not None}

    @cached_property
    def _keys(self) -> Mapping[str, Mapping[Order, Todo]]:
        """Todos by the folder and the order key of their branches."""
        found: dict[str, dict[Order, Todo]] = {}
        for todo in self.plan.todos:
            if todo.branch is not None and (name := parse(todo.branch)).valid:
                found.setdefault(name.series or "", {}).setdefault(name.order, todo)
        return found

    def person(self, person: Person | None) -> Agent | None:
        """The agent that commits under an address; of several that share it, the one of this name."""
        if person is None:
            return None
        some = self._by_email.get(person.email.casefold(), ())
        named = (agent for agent in some if agent.identity is not None and agent.identity.name == person.name)
        return next(named, some[0] if some else None)

    @cached_property
    def _by_email(self) -> Mapping[str, tuple[Agent, ...]]:
        found: dict[str, tuple[Agent, ...]] = {}
        for agent in self.plan.agent_of.values():
            if agent.identity is not None:
                email = agent.identity.email.casefold()
                found[email] = (*found.get(email, ()), agent)
        return found

    def carries(self, branch: str, agent: Agent) -> bool:
        """Whether a branch may hold an agent's commits: its todo waits, directly or not, for one of that agent's.

        One on which a conflict is resolved holds those of both branches.
        """
        if any(self.branch(one) == agent or self.carries(one, agent) for pair in conflicting(branch) for one in pair):
            return True
        left = [todo.id] if (todo := self._planned(branch)) is not None else []
        seen: set[str] = set()
        while left:
            todo = self.plan.todo_of.get(left.pop())
            if todo is None or todo.id in seen:
                continue
            seen.add(todo.id)
            if todo.agent == agent.id:
                return True
            left += todo.needs
        return False

    def owns(self, agent: Agent, path: str) -> bool:
        """Whether an agent owns a path by its own globs."""
        if agent.id not in self._paths:
            self._paths[agent.id] = Owned(agent.owns)
        return path in self._paths[agent.id]

    def others(self, agent: Agent, path: str) -> Iterator[Agent]:
        """The other agents who own a path."""
        return (one for one in self.plan.agent_of.values() if one.id != agent.id and self.owns(one, path))

    def is_shared(self, path: str) -> bool:
        """Whether every agent may change a path."""
        return path in self._shared

    @cached_property
    def _shared(self) -> Owned:
        return Owned(self.plan.shared)
