"""Which pull request is for which todo. Pure.

Words that close an issue are typed by anybody, in drafts and in forks too. A pull request is for a todo that it closes
if it comes from the plan's branch of it, from its own agent, or from somebody who may write here and is no other agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.bot.model import Issue, Snapshot


def pulls(snapshot: Snapshot) -> Mapping[int, Issue]:
    """The open pull request of each todo: of the plan's branch, else of its agent, else another's; no draft first."""
    return {number: some[0] for number, some in proposed(snapshot).items()}


def proposed(snapshot: Snapshot) -> Mapping[int, tuple[Issue, ...]]:
    """All open pull requests of each todo, the one that counts first. Read once of each snapshot."""
    found = snapshot.__dict__.get("proposed")
    if found is None:
        found = snapshot.__dict__["proposed"] = _proposed(snapshot)
    return found


def _proposed(snapshot: Snapshot) -> dict[int, tuple[Issue, ...]]:
    todos = {one.number: one for one in snapshot.issues if snapshot.is_todo(one)}
    # Of several issues of one todo the first is it.
    named = {one.todo: one.number for one in reversed(todos.values()) if one.todo is not None}
    branches = {todo.branch: named.get(todo.id) for todo in snapshot.plan.todos if todo.branch is not None}
    found: dict[int, list[tuple[tuple[bool, bool, bool, int], Issue]]] = {}
    for one in snapshot.issues:
        if one.pull is None or one.closed:
            continue
        planned = branches.get(one.pull.branch)  # a fork's branch has no name here
        for number in _claimed(one, planned, todos):
            agent = snapshot.agent(todos[number])
            own = agent is not None and agent in snapshot.agents(one.author)
            if number == planned or own or _may(snapshot, one, is_taken=agent is not None):
                rank = (number != planned, not own, one.pull.draft, one.number)
                found.setdefault(number, []).append((rank, one))
    return {number: tuple(one for _, one in sorted(some, key=lambda pair: pair[0])) for number, some in found.items()}


def _claimed(pulled: Issue, planned: int | None, todos: Mapping[int, Issue]) -> Iterator[int]:
    """The todos that it says it closes; where it says none, the one of its branch."""
    said = [number for number in pulled.pull.closes if number in todos] if pulled.pull is not None else []
    yield from said or ([planned] if planned is not None else [])


def _may(snapshot: Snapshot, pulled: Issue, *, is_taken: bool) -> bool:
    """Whoever pushed a branch of this repository may write; in a fork's, GitHub's word on its author counts."""
    people = {one.lower() for one in snapshot.bot.people}
    another = is_taken and bool(snapshot.agents(pulled.author)) and pulled.author.lower() not in people
    return not another and (pulled.member or (pulled.pull is not None and bool(pulled.pull.branch)))
