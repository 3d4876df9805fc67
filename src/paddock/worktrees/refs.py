"""Which refs an agent may move: what the hook `reference-transaction` asks before git moves them.

Git calls the hook for more than moves: packing refs shows it each ref anew at the value that it has, which is held
against nobody. That it prunes loose files as if they were deleted, the hook's shell sees for itself, one call a file.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import UsageError
from paddock.model import Person
from paddock.quoting import quoted
from paddock.sources.calling import lines_of
from paddock.sources.git import is_null
from paddock.sources.place import checkout, shared
from paddock.worktrees import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Agent
    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository

_FIELDS = 3
_RENAMED = re.compile(
    r"\A[0-9a-f]+ [0-9a-f]+ (?P<name>[^<>]*) <(?P<email>[^<>]*)> [0-9]+ [-+][0-9]+\t"
    r"Branch: renamed refs/heads/(?P<old>\S+) to refs/heads/(?P<new>\S+)\Z"
)
_LOGS, _FETCHED = "refs/paddock/agents/", "refs/paddock/remotes/"


class Update(Struct, frozen=True):
    """One ref as a transaction moves it; a null name stands for none, or for one that nobody looked at."""

    old: str
    new: str
    ref: str


class Denial(Struct, frozen=True):
    """A ref that stays where it is: why, and what to do instead."""

    ref: str
    message: str
    hint: str


def updates(data: bytes) -> tuple[Update, ...]:
    """What git writes to the hook.

    Raises:
        UsageError: it is something else.
    """
    rows = [line.split(" ", 2) for line in lines_of(data)]
    if any(len(row) != _FIELDS for row in rows):
        raise UsageError("the hook reference-transaction reads lines of `OLD NEW REF`", hint="let git call it")
    return tuple(Update(*row) for row in rows)


def agents_here(repository: Repository, owners: Owners) -> tuple[Agent, ...]:
    """Whose worktree this is by the plan, and who works in it by the environment; each may only do what both may.

    Raises:
        UsageError: the worktree's settings name an agent that the plan does not have.
    """
    place = checkout(repository, tuple(owners.folders), ())
    if place is None:
        return ()
    acting = owners.plan.agent_of.get(place.environment or "")
    home = owners.folders[place.folder] if place.folder is not None else None
    # What the main checkout's settings say, all worktrees say: it tells nothing of who works there.
    if home is None and place.says is not None and not place.main:
        home = owners.plan.agent_of.get(place.says)
        if home is None:
            raise UsageError(
                f"this worktree says that it is {place.says}'s, and the plan has no such agent",
                hint="let a person put it right: paddock worktree setup, or the plan",
            )
    return tuple(one for one in dict.fromkeys((acting, home)) if one is not None)


def denials(repository: Repository, owners: Owners, agent: Agent, some: tuple[Update, ...]) -> Iterator[Denial]:
    """Those of the updates that would move what is not the agent's."""
    suspects = [(one, found) for one in some if (found := _denial(repository, owners, agent, one)) is not None]
    if not suspects:
        return
    values = _values(repository, [one.ref for one, _ in suspects])
    for one, found in suspects:
        if one.new != values.get(one.ref) and not _is_fetched_log(repository, one):
            yield found


def _denial(  # noqa: PLR0911 - one a kind of ref
    repository: Repository, owners: Owners, agent: Agent, one: Update
) -> Denial | None:
    kind, _, name = one.ref.partition("/") if not one.ref.startswith("refs/") else one.ref[5:].partition("/")
    if kind == "heads":
        return _branch_denial(repository, owners, agent, one, name)
    if kind == "tags":
        if is_null(one.old) and not is_null(one.new):
            return None  # a fetch brings tags; whether the name is taken is seen by its value
        return Denial(one.ref, f"the tag {name} is everybody's", "ask a person to move or delete it")
    if kind == "replace":
        return Denial(one.ref, "a replacement changes history for everybody", "rebase your own branch instead")
    if one.ref.startswith(_LOGS) and one.ref.split("/")[3] != agent.id:
        return Denial(one.ref, f"the log is {one.ref.split('/')[3]}'s", f"paddock status say --agent {agent.id} …")
    if kind == "paddock" and not one.ref.startswith((_LOGS, _FETCHED)):
        return Denial(one.ref, "what the audit keeps is nobody's to move", "paddock worktree audit, outside the fence")
    own = f"worktrees/{os.path.basename(repository.git_dir)}/"
    if kind in ("main-worktree", "worktrees") and not one.ref.startswith(own):
        return Denial(one.ref, "it is another worktree's", "move your own HEAD: git switch")
    return None


def _branch_denial(repository: Repository, owners: Owners, agent: Agent, one: Update, name: str) -> Denial | None:
    if owners.may(agent, name):
        return None
    hint = f"work on a branch of your own: {owners.example(agent)}"
    if owners.branch(name) is None and (before := _name_before(repository, owners, agent, name)) is not None:
        if is_null(one.new):
            return None  # as a renaming back does; git asks nobody about the name that it makes
        hint = f"it was {before}, which is yours: git branch -m {quoted(before)}"
    return Denial(one.ref, f"the branch {name} is {owners.whose(name)}", hint)


def _name_before(repository: Repository, owners: Owners, agent: Agent, name: str) -> str | None:
    """The agent's own branch that it renamed to this one, by the branch's log.

    A renaming that is under way has put the log elsewhere.
    """
    common = shared(repository)
    for log in (f"refs/heads/{name}", "refs/.tmp-renamed-log"):
        for row in reversed((places.read(os.path.join(common, "logs", log)) or "").split("\n")):
            found = _RENAMED.search(row)
            if found is None or found["new"] != name:
                continue
            who = owners.person(Person(found["name"], found["email"]))
            mine = agent.identity is None or who == agent
            return found["old"] if mine and owners.may(agent, found["old"]) else None
    return None


def _values(repository: Repository, refs: list[str]) -> dict[str, str]:
    rows = lines_of(repository.run("for-each-ref", "--format=%(objectname) %(refname)", *refs))
    return {ref: sha for sha, _, ref in (row.partition(" ") for row in rows)}


def _is_fetched_log(repository: Repository, one: Update) -> bool:
    """Whether another's log moves to where a remote has it, as `paddock status sync` does for all."""
    if not one.ref.startswith(_LOGS) or is_null(one.new):
        return False
    rest = one.ref.removeprefix(_LOGS)
    there = repository.run("for-each-ref", "--format=%(refname)", f"--points-at={one.new}", _FETCHED)
    return any(ref.endswith(f"/agents/{rest}") for ref in lines_of(there))
