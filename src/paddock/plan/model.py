"""The typed plan: the keys of `.paddock/plan.yaml`, what they mean, and their defaults."""

from __future__ import annotations

import posixpath
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from paddock.policy.positions import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.policy.positions import Path, Place

FILE = ".paddock/plan.yaml"
IDENTIFIER = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
LONGEST_ID = 64  # an id stands in labels, branches and folders
# `$` alone would let a line break follow in Python; JSON schema's own dialect has no `\Z`.
Id = Annotated[str, Meta(extra_json_schema={"pattern": f"^{IDENTIFIER}$", "maxLength": LONGEST_ID})]
Text = Annotated[str, Meta(min_length=1)]
T = TypeVar("T", "Phase", "Agent", "Todo")
Count = Annotated[int, Meta(ge=0, le=10_000_000)]


class Role(StrEnum):
    """What an agent does: it makes changes, or it judges those of others."""

    WORKER = "worker"
    REVIEWER = "reviewer"


class Priority(StrEnum):
    """How much an agent's work weighs, heaviest first; `ongoing` work has no end of its own."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    ONGOING = "ongoing"


class Launch(StrEnum):
    """How an agent is started once it has something to do."""

    NONE = "none"
    ASSIGNEE = "assignee"
    MENTION = "mention"
    WORKFLOW = "workflow"
    COMMAND = "command"


class Identity(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Who an agent commits as."""

    name: Annotated[str, Meta(min_length=1, description="The author's name.")]
    email: Annotated[str, Meta(min_length=1, description="The author's address.")]
    signing_key: Annotated[
        Text | None,
        Meta(description="What it signs by: an SSH key's file (`~/…` or absolute), or the id of an OpenPGP key."),
    ] = None


class Phase(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Todos that must be done before the next phase starts."""

    id: Annotated[Id, Meta(description="A short name, unique among phases.")]
    title: Annotated[str, Meta(description="What the phase is about.")] = ""
    run: Annotated[
        Literal["parallel", "sequence"],
        Meta(description="Whether its todos may be worked on side by side, or one after the other as they stand."),
    ] = "parallel"
    gate: Annotated[
        tuple[Text, ...], Meta(description="What must hold, beside all todos being done, before the next phase starts.")
    ] = ()


class Agent(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A named worker or reviewer."""

    id: Annotated[Id, Meta(description="A short name, unique among agents; a folder in `{series}/{agent}/…`.")]
    title: Annotated[str, Meta(description="What the agent is good at.")] = ""
    role: Annotated[Role, Meta(description="Whether it makes changes or reviews those of others.")] = Role.WORKER
    identity: Annotated[Identity | None, Meta(description="Who it commits as.")] = None
    login: Annotated[Text | None, Meta(description="Its account on GitHub.")] = None
    worktree: Annotated[Text | None, Meta(description="Its worktree's folder, from the folder `worktrees`.")] = None
    priority: Annotated[Priority, Meta(description="How much its work weighs.")] = Priority.MEDIUM
    owns: Annotated[
        tuple[Text, ...],
        Meta(description="Globs, as in .gitignore, of the paths that it alone changes; `!` takes paths out again."),
    ] = ()
    launch: Annotated[Launch, Meta(description="How it is started.")] = Launch.NONE
    at_once: Annotated[int, Meta(ge=1, le=100, description="How many todos it may hold at a time.")] = 1


class Todo(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One unit of work: one branch, one pull request."""

    id: Annotated[Id, Meta(description="A short name, unique among todos.")]
    title: Annotated[str, Meta(description="What is to be done, in a line.")] = ""
    agent: Annotated[Id, Meta(description="Whose it is.")]
    phase: Annotated[Id, Meta(description="The phase that it belongs to.")]
    brief: Annotated[str, Meta(description="What the agent is told.")] = ""
    branch: Annotated[Text | None, Meta(description="The branch that it leaves on.")] = None
    lines: Annotated[Count | None, Meta(description="Hand-written lines, estimated.")] = None
    needs: Annotated[tuple[Id, ...], Meta(description="Todos that must be done before it starts.")] = ()
    acceptance: Annotated[tuple[Text, ...], Meta(description="What must hold when it is done.")] = ()
    reviewer: Annotated[Id | None, Meta(description="Who reviews it; absent, any reviewer.")] = None


class Document(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The keys of the file."""

    version: Annotated[Literal[1], Meta(description="The plan format; there is one so far.")] = 1
    base: Annotated[str, Meta(min_length=1, description="The branch that all work is for.")] = "main"
    series: Annotated[str, Meta(description="The prefix of the plan's branches, such as `feature/x`.")]
    worktrees: Annotated[
        str, Meta(min_length=1, description="The folder of the agents' worktrees, from the main checkout's top.")
    ] = ".."
    phases: Annotated[tuple[Phase, ...], Meta(description="In the order in which they are done.")] = ()
    agents: Annotated[tuple[Agent, ...], Meta(description="Who works here.")] = ()
    shared: Annotated[
        tuple[Text, ...], Meta(description="Globs, as in .gitignore, of the paths that every agent may change.")
    ] = ()
    todos: Annotated[tuple[Todo, ...], Meta(description="What is to be done.")] = ()


def _by_id(those: tuple[T, ...]) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for one in those:
        found.setdefault(one.id, one)
    return found


class Plan(Document, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, dict=True):
    """A plan ready to be asked. `node` is the document it was read from, `source` that document's name.

    Of several that share an id the first is meant; `problems` tells of the others.
    """

    source: str = FILE
    node: Node | None = None

    @cached_property
    def places(self) -> Mapping[Path, Place]:
        """Where each value was written."""
        return dict(self.node.places()) if self.node is not None else {}

    @cached_property
    def phase_of(self) -> Mapping[str, Phase]:
        """Phases by their ids."""
        return _by_id(self.phases)

    @cached_property
    def agent_of(self) -> Mapping[str, Agent]:
        """Agents by their ids."""
        return _by_id(self.agents)

    @cached_property
    def todo_of(self) -> Mapping[str, Todo]:
        """Todos by their ids."""
        return _by_id(self.todos)

    def worktree(self, agent: Agent) -> str | None:
        """An agent's worktree as a path from the main checkout's top; absolute where the plan says so."""
        if agent.worktree is None:
            return None
        return posixpath.normpath(posixpath.join(self.worktrees, agent.worktree))

    def reviewers(self, todo: Todo) -> tuple[Agent, ...]:
        """Who may review a todo: the one it names, else every reviewer; never its own agent."""
        if todo.reviewer is not None:
            named = self.agent_of.get(todo.reviewer)
            return (named,) if named is not None and named.id != todo.agent else ()
        return tuple(one for one in self.agents if one.role is Role.REVIEWER and one.id != todo.agent)
