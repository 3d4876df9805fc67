"""The last known tip of every branch, so that one that was moved by somebody else's agent is found and put back.

Tips are kept as refs below `refs/paddock/kept/`, which also keeps their commits from being thrown away. Who moved a
branch stands in its log, under the identity of the worktree that did; a move that git itself did not make has no entry.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.errors import GitError
from paddock.model import Person
from paddock.plan.keys import conflicting
from paddock.sources.calling import lines_of
from paddock.sources.git import is_null
from paddock.sources.place import shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository

# A branch `a` and one `a/b` can't be there at once, but one after the other: kept, they are `a` and `a%/b`.
HEADS, KEPT, UNDONE = "refs/heads/", "refs/paddock/kept/", "refs/paddock/undone/"


class Moved(Struct, frozen=True):
    """A branch that is not where it should be.

    `kept` is the last tip that its owner or a person gave it, None for a branch that another made; `now` None for one
    that is gone. `by` names the agents that moved it; `unlogged` says that its log has no entry for where it is. `at`
    is the worktree that has it checked out, `blocked` a branch that is where one that is gone would have to be.
    `went_on` says that its owner or a person moved it on from where another had put it; then `kept` is from before
    that. `left` are the other tips that it has had since the last look.
    """

    branch: str
    owner: str | None
    kept: str | None
    now: str | None
    by: tuple[str, ...] = ()
    unlogged: bool = False
    at: str | None = None
    blocked: str | None = None
    went_on: bool = False
    left: tuple[str, ...] = ()


class Tips(Struct, frozen=True):
    """What was found: branches moved by others, and what is to be kept from now on (None: no longer)."""

    moved: tuple[Moved, ...]
    fresh: Mapping[str, str | None]


class _Entry(Struct, frozen=True):
    new: str
    by: Person


def look(repository: Repository, owners: Owners) -> Tips:
    """Hold every branch to its last known tip."""
    form = "--format=%(refname)%00%(objectname)%00%(symref)%00%(worktreepath)"
    heads: dict[str, tuple[str, str | None]] = {}
    links: dict[str, tuple[str, str | None]] = {}
    kept: dict[str, str] = {}
    for line in lines_of(repository.run("for-each-ref", form, HEADS, KEPT)):
        ref, _, rest = line.partition("\0")
        sha, link, path = rest.split("\0", 2)
        if ref.startswith(KEPT):
            kept[_named(ref)] = sha
        elif link:
            links[ref.removeprefix(HEADS)] = (sha, path or None)
        else:
            heads[ref.removeprefix(HEADS)] = (sha, path or None)
    # A link to another branch moves with that one; it counts only where a branch of its own has been.
    heads |= {name: value for name, value in links.items() if name in kept}
    moved: list[Moved] = []
    fresh: dict[str, str | None] = {}
    for name in sorted({*heads, *kept}):
        now, at = heads.get(name, (None, None))
        if now == kept.get(name):
            continue
        blocked = _in_the_way(name, heads) if now is None else None
        one = Moved(name, _owner(owners, name), kept.get(name), now, at=at, blocked=blocked)
        found = _judged(repository, owners, one)
        if found is None:
            fresh[name] = now
        else:
            moved.append(found)
    return Tips(tuple(moved), fresh)


def _in_the_way(name: str, heads: Mapping[str, object]) -> str | None:
    above = {name[:at] for at, char in enumerate(name) if char == "/"}
    return next((other for other in heads if other in above or other.startswith(f"{name}/")), None)


def _kept(name: str) -> str:
    *folders, last = name.replace("%", "%25").split("/")
    return KEPT + "".join(f"{folder}%/" for folder in folders) + last


def _named(ref: str) -> str:
    return ref.removeprefix(KEPT).replace("%/", "/").replace("%25", "%")


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
        if conflicting(one.branch) and _is_brought(repository, str(one.kept)):
            return None
        return None if repository.run("for-each-ref", "--count=1", f"--contains={one.kept}", *places) else one
    entries = _log(repository, one.branch)
    since = max((at for at, entry in enumerate(entries) if entry.new == one.kept), default=-1) + 1
    if not entries:  # no log is written here, or it was taken away: then whoever made the commits
        strangers = _strangers(owners, one, _makers(repository, one))
        unlogged = one.kept is not None and not _follows(repository, str(one.kept), str(one.now))
        return structs.replace(one, by=strangers, unlogged=unlogged) if strangers or unlogged else None
    unlogged = entries[-1].new != one.now
    sound, last, foul = _retraced(repository, owners, one, entries[since:])
    if not foul and not unlogged:
        return None
    strangers = _strangers(owners, one, [entry.by for entry in entries[since:]])
    went_on = not unlogged and not _strangers(owners, one, [entries[-1].by])
    kept = sound if went_on else last
    left = tuple(dict.fromkeys(entry.new for entry in entries[since:] if entry.new not in (kept, one.now)))
    return structs.replace(one, kept=kept, by=strangers, unlogged=unlogged, went_on=went_on, left=left)


def _is_brought(repository: Repository, tip: str) -> bool:
    """Whether some branch has had the files of a resolution: `conflict done` makes one merge commit of them."""
    tree = repository.run("rev-parse", f"{tip}^{{tree}}").decode().strip()
    later = repository.run("log", "--merges", "--format=%T", "--branches", "--remotes", "--not", tip, "--")
    return tree in lines_of(later)


def _strangers(owners: Owners, one: Moved, people: Iterable[Person]) -> tuple[str, ...]:
    agents = {agent.id for person in people if (agent := owners.person(person)) is not None}
    return tuple(sorted(id_ for id_ in agents if not owners.may(owners.plan.agent_of[id_], one.branch)))


def _retraced(
    repository: Repository, owners: Owners, one: Moved, entries: Iterable[_Entry]
) -> tuple[str | None, str | None, list[str]]:
    """The last tip of the owner's or a person's that has nothing of others, their last one, and what others put in."""
    sound = last = one.kept
    foul: list[str] = []
    for entry in entries:
        if _strangers(owners, one, [entry.by]):
            foul.append(entry.new)
        elif repository.resolve(entry.new) is not None:
            # Back, or away from where another had put it: then nothing of that is left.
            if entry.new == last or not any(_follows(repository, tip, entry.new) for tip in foul):
                foul = []
            last = entry.new
            sound = sound if foul else last
    return sound, last, foul


def _log(repository: Repository, branch: str) -> list[_Entry]:
    """A branch's log, oldest first, as gitrepository-layout has it; empty where there is none."""
    try:
        with open(os.path.join(shared(repository), "logs", "refs", "heads", branch), "rb") as file:
            entries = lines_of(file.read())
    except OSError:
        return []
    found = []
    for line in entries:
        words, _, rest = line.partition("\t")[0].partition(" <")
        names = words.split(" ", 2)
        if len(names) > 1:
            found.append(_Entry(names[1], Person(names[2] if names[2:] else "", rest.partition(">")[0])))
    return found


def _makers(repository: Repository, one: Moved) -> list[Person]:
    new = (str(one.now), *(("--not", one.kept) if one.kept is not None else ("--max-count=1",)))
    rows = lines_of(repository.run("log", "--format=%cn%x00%ce", *new, "--"))
    return [Person(name, email) for name, _, email in (row.partition("\0") for row in rows)]


def _follows(repository: Repository, old: str, new: str) -> bool:
    """Whether a commit is in another's history; one that is no longer here is not."""
    there = repository.resolve(old) is not None
    return there and not repository.run("rev-list", "--max-count=1", old, "--not", new, "--")


def forget(repository: Repository, name: str, tip: str) -> None:
    """Keep a branch's tip no longer, which a person gave up by name; an agent may not, and then it is kept on."""
    if repository.line("rev-parse", "--verify", "--quiet", _kept(name)) == tip:
        with suppress(GitError):
            keep(repository, {name: None})


def keep(repository: Repository, fresh: Mapping[str, str | None]) -> None:
    """Note down tips, all or none."""
    gone = [f"delete {_kept(name)}\0\0" for name, sha in fresh.items() if sha is None]
    new = [f"update {_kept(name)}\0{sha}\0\0" for name, sha in fresh.items() if sha is not None]
    if lines := gone + new:
        _at_once(repository, lines)


def restore(repository: Repository, some: Iterable[Moved]) -> None:
    """Put branches back to their kept tips, all or none, if they are still where they were seen.

    What stood there instead is kept below `refs/paddock/undone/`.
    """
    some = tuple(some)
    lines = [line for one in some for line in _restoring(one)] + _undone(repository, some)
    if lines:
        _at_once(repository, lines)


def save(repository: Repository, some: Iterable[Moved]) -> None:
    """Keep what stands on branches that only a person can put back, below `refs/paddock/undone/`."""
    if lines := _undone(repository, some):
        _at_once(repository, lines)


def _restoring(one: Moved) -> Iterator[str]:
    null = "0" * len(str(one.kept))
    yield "option no-deref\0"  # it may have become a link to another branch, which stays where it is
    yield f"update {HEADS}{one.branch}\0{one.kept}\0{one.now or null}\0"


def _undone(repository: Repository, some: Iterable[Moved]) -> list[str]:
    tips: dict[str, None] = {}
    for one in some:
        tips |= dict.fromkeys(tip for tip in (one.now, *_left(repository, one)) if tip is not None and not is_null(tip))
    return [f"update {UNDONE}{tip}\0{tip}\0\0" for tip in tips]


def _left(repository: Repository, one: Moved) -> list[str]:
    """Of the tips that a branch has had since the last look, those that neither it nor another of them has."""
    there = [tip for tip in one.left if repository.resolve(tip) is not None]
    if not there:
        return []
    last = [tip for tip in (one.kept, one.now) if tip is not None]
    return [tip for tip in lines_of(repository.run("merge-base", "--independent", *last, *there)) if tip not in last]


def _at_once(repository: Repository, lines: list[str]) -> None:
    repository.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode("utf-8", "surrogateescape"))
