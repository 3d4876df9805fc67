"""`paddock plan brief`: what an agent, or a reviewer, is told about a todo. Markdown that reads well in a terminal.

The plan's own brief stands in it as an indented block, where nothing in it is obeyed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.keys import ref_problem
from paddock.plan.schedule import State
from paddock.render.lines import line
from paddock.render.neutral import code, prose
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.plan.model import Agent, Plan, Todo


class Telling(Struct, frozen=True, kw_only=True):
    """What a brief is made of. `limit` is None where no gate counts lines; `worktree` as the reader finds it."""

    todo: str
    limit: int | None
    worktree: str | None
    states: Mapping[str, State] = {}


def worker(plan: Plan, told: Telling) -> str:
    """What the todo's agent is told."""
    todo = plan.todo_of[told.todo]
    agent = plan.agent_of[todo.agent]
    return "\n".join(
        [
            f"# {prose(line(todo.title or todo.id))}",
            "",
            *_facts(plan, told, todo, agent),
            *_brief(todo),
            *_acceptance(todo),
            *_paths(plan, agent),
            *_work(plan, told, todo),
        ]
    )


def reviewer(plan: Plan, told: Telling) -> str:
    """What the todo's reviewer is told."""
    todo = plan.todo_of[told.todo]
    agent = plan.agent_of[todo.agent]
    names = ", ".join(code(one.id) for one in plan.reviewers(todo)) or "a person other than its author"
    return "\n".join(
        [
            f"# Review: {prose(line(todo.title or todo.id))}",
            "",
            *_facts(plan, told, todo, agent),
            f"- Reviewer: {names}",
            "",
            *_brief(todo),
            *_acceptance(todo),
            *_paths(plan, agent),
            *_look(plan, told, todo),
        ]
    )


def _facts(plan: Plan, told: Telling, todo: Todo, agent: Agent) -> Iterator[str]:
    yield f"- Todo: {code(todo.id)} of phase {code(todo.phase)}"
    yield f"- Agent: {code(agent.id)}{f', {prose(line(agent.title))}' if agent.title else ''}"
    if agent.identity is not None:
        yield f"- Commits as: {code(f'{agent.identity.name} <{agent.identity.email}>')}"
    yield f"- Worktree: {code(told.worktree) if told.worktree else 'none'}"
    yield f"- Branch: {code(todo.branch) if todo.branch else 'none yet: ask the coordinator for its name'}"
    yield f"- Base: {code(plan.base)}"
    estimated = f"{todo.lines:,} estimated" if todo.lines is not None else "not estimated"
    limit = f"at most {told.limit:,} hand-written lines" if told.limit is not None else "no limit"
    yield f"- Size: {limit}, {estimated}"
    for need in todo.needs:
        state = told.states.get(need)
        branch = plan.todo_of[need].branch
        yield f"- Needs: {code(need)}{f' on {code(branch)}' if branch else ''} ({state or 'state unknown'})"
    if not todo.needs:
        yield "- Needs: nothing"
    yield ""


def _brief(todo: Todo) -> Iterator[str]:
    if todo.brief.strip():
        yield "## What to do"
        yield ""
        yield from (f"    {printable(one)}".rstrip() for one in todo.brief.rstrip().splitlines())
        yield ""


def _acceptance(todo: Todo) -> Iterator[str]:
    yield "## It is done when"
    yield ""
    for one in todo.acceptance:
        yield f"- [ ] {prose(line(one))}"
    yield "- [ ] every gate passes and the review approves"
    yield ""


def _paths(plan: Plan, agent: Agent) -> Iterator[str]:
    yield "## Paths"
    yield ""
    yield f"- {code(agent.id)} alone changes: {_listed(agent.owns)}"
    yield f"- every agent may change: {_listed(plan.shared)}"
    yield ""


def _listed(globs: Iterable[str]) -> str:
    return ", ".join(code(one) for one in globs) or "nothing that the plan names"


def _work(plan: Plan, told: Telling, todo: Todo) -> Iterator[str]:
    branch = _branch(todo)
    yield "## Commands"
    yield ""
    if told.worktree:
        yield _command(f"cd {shlex.quote(told.worktree)}")
    yield _command("git fetch")
    yield _command(f"git switch {_word(branch)} || git switch --create {_word(branch)} {_word(plan.base)}")
    yield _command("git commit --signoff")
    yield _command("paddock count")
    yield _command("paddock check")
    yield _command(f"git push --set-upstream origin {_word(branch)}")
    yield ""
    yield "## How to answer"
    yield ""
    yield "- Work in this worktree only, on this branch only, in these paths only."
    yield "- Open one pull request from the branch. Its text says what was done, how it was tested, and what is left."
    yield "- If a change is requested, each request is a todo of yours: answer it by a commit on the same branch."
    yield f"- If you can't go on, say what you wait for, `paddock status say '{line(todo.id)} waits for …'`, and stop."
    yield ""


def _look(plan: Plan, told: Telling, todo: Todo) -> Iterator[str]:
    branch = _branch(todo)
    yield "## Commands"
    yield ""
    yield _command("git fetch")
    yield _command(f"git diff {_word(plan.base)}...{_word(branch)}")
    yield _command(f"paddock check --range {_word(plan.base)}..{_word(branch)} --branch {_word(branch)}")
    yield ""
    yield "## What to look at"
    yield ""
    yield "- Each line under *It is done when*: is it so, and does a test show it?"
    yield "- Every changed path: is it the agent's own, or shared?"
    if told.limit is not None:
        yield f"- The size: over {told.limit:,} hand-written lines, ask for a split instead of reading on."
    yield "- Tests that would pass with the change taken out, errors that are swallowed, checks that are switched off."
    yield ""
    yield "## How to answer"
    yield ""
    yield "- Approve the commit that you read, or request changes: one item for each, with its file and line."
    yield "- Each item becomes a todo of the agent: say what is wrong and what would be right."
    yield "- Change nothing yourself. Nobody approves their own work."
    yield ""


def _branch(todo: Todo) -> str:
    """The branch for a command; nothing that git would refuse, or take for an option, is handed on to be typed."""
    return todo.branch if todo.branch and ref_problem(todo.branch) is None else "BRANCH"


def _word(text: str) -> str:
    return shlex.quote(text)


def _command(text: str) -> str:
    return f"    {printable(text)}"
