"""The last known tip of every branch, so that one that was moved by somebody else's agent is found and put back.

Tips are kept as refs below `refs/paddock/kept/`, which also keeps their commits from being thrown away. Who moved a
branch stands in its log, under the identity of the worktree that did; a move that git itself did not make has no entry.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import Person
from paddock.sources.git import decode, is_null
from paddock.sources.place import shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository

HEADS, KEPT, UNDONE = "refs/heads/", "refs/paddock/kept/", "refs/paddock/undone/"


class Moved(Struct, frozen=True):
    """A branch that is not where it should be.

    `kept` is its last known tip, None for a new branch; `now` None for one that is gone. `by` names the agents that
    moved it; `unlogged` says that its log has no entry for where it is. `at` is the worktree that has it checked out.
    """

    branch: str
    owner: str | None
    kept: str | None
    now: str | None
    by: tuple[str, ...] = ()
    unlogged: bool = False
    at: str | None = None


class Tips(Struct, frozen=True):
    """What was found: branches moved by others, and what is to be kept from now on (None: no longer)."""

    moved: tuple[Moved, ...]
    fresh: Mapping[str, str | None]


class _Entry(Struct, frozen=True):
    new: str
    by: Person


def look(repository: Repository, owners: Owners) -> Tips:
    """Hold every branch to its last known tip."""
    form = "--format=%(refname)%00%(objectname)%00%(worktreepath)"
    heads: dict[str, tuple[str, str | None]] = {}
    kept: dict[str, str] = {}
    for line in decode(repository.run("for-each-ref", form, HEADS, KEPT)).split("\n"):
        ref, _, rest = line.partition("\0")
        sha, _, path = rest.partition("\0")
        if ref.startswith(KEPT):
            kept[ref.removeprefix(KEPT)] = sha
        elif ref.startswith(HEADS):
            heads[ref.removeprefix(HEADS)] = (sha, path or None)
    moved: list[Moved] = []
    fresh: dict[str, str | None] = {}
    for name in sorted({*heads, *kept}):
        now, at = heads.get(name, (None, None))
        if now == kept.get(name):
            continue
        found = _judged(repository, owners, Moved(name, _owner(owners, name), kept.get(name), now, at=at))
        if found is None:
            fresh[name] = now
        else:
            moved.append(found)
    return Tips(tuple(moved), fresh)


def _owner(owners: Owners, name: str) -> str | None:
    found = owners.branch(name)
    return found.id if found is not None else None


def _judged(repository: Repository, owners: Owners, one: Moved) -> Moved | None:
    """The same with who moved it; None where that was its owner, or a person."""
    if one.now is None:
        # Merged, renamed, or pushed: as long as some ref has it, nothing is lost. Everybody needs the base.
        places = (HEADS, "refs/remotes/", "refs/tags/")
        if one.branch == owners.plan.base:
            return one
        return None if repository.run("for-each-ref", "--count=1", f"--contains={one.kept}", *places) else one
    entries = _log(repository, one.branch)
    unlogged = not entries or entries[-1].new != one.now
    since = max((at for at, entry in enumerate(entries) if entry.new == one.kept), default=-1) + 1
    people = [entry.by for entry in entries[since:]]
    if not entries:  # no log is written here, or it was taken away: then whoever made the commits
        people = _makers(repository, one)
        unlogged = one.kept is not None and not _follows(repository, one)
    agents = {agent.id for person in people if (agent := owners.person(person)) is not None}
    strangers = tuple(sorted(agents - {one.owner}))
    if not strangers and not unlogged:
        return None
    return Moved(one.branch, one.owner, one.kept, one.now, strangers, unlogged, one.at)


def _log(repository: Repository, branch: str) -> list[_Entry]:
    """A branch's log, oldest first, as gitrepository-layout has it; empty where there is none."""
    try:
        with open(os.path.join(shared(repository), "logs", "refs", "heads", branch), "rb") as file:
            lines = decode(file.read()).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        words, _, rest = line.partition("\t")[0].partition(" <")
        names = words.split(" ", 2)
        if len(names) > 1:
            found.append(_Entry(names[1], Person(names[2] if names[2:] else "", rest.partition(">")[0])))
    return found


def _makers(repository: Repository, one: Moved) -> list[Person]:
    new = (str(one.now), *(("--not", one.kept) if one.kept is not None else ("--max-count=1",)))
    rows = decode(repository.run("log", "--format=%cn%x00%ce", *new, "--")).splitlines()
    return [Person(name, email) for name, _, email in (row.partition("\0") for row in rows)]


def _follows(repository: Repository, one: Moved) -> bool:
    return not repository.run("rev-list", "--max-count=1", str(one.kept), "--not", str(one.now), "--")


def keep(repository: Repository, fresh: Mapping[str, str | None]) -> None:
    """Note down tips; those of branches that are gone first, since a folder may take the name of one."""
    gone = [f"delete {KEPT}{name}\0\0" for name, sha in fresh.items() if sha is None]
    new = [f"update {KEPT}{name}\0{sha}\0\0" for name, sha in fresh.items() if sha is not None]
    for some in (gone, new):
        if some:
            _at_once(repository, some)


def restore(repository: Repository, some: Iterable[Moved]) -> None:
    """Put branches back to their kept tips, all or none, if they are still where they were seen.

    What stood there instead is kept below `refs/paddock/undone/`.
    """
    lines = [line for one in some for line in _restoring(one)]
    if lines:
        _at_once(repository, lines)


def _restoring(one: Moved) -> Iterator[str]:
    null = "0" * len(str(one.kept))
    yield f"update {HEADS}{one.branch}\0{one.kept}\0{one.now or null}\0"
    if one.now is not None and not is_null(one.now):
        yield f"update {UNDONE}{one.now}\0{one.now}\0\0"


def _at_once(repository: Repository, lines: list[str]) -> None:
    repository.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode("utf-8", "surrogateescape"))
