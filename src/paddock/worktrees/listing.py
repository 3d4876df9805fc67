"""What every worktree is doing: whose it is, its branch, how far it is from the base, what is not committed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import GitError, UsageError
from paddock.sources.calling import call, environment, failure
from paddock.sources.checkouts import branch_of, entries
from paddock.sources.programs import side_by_side
from paddock.worktrees import places

if TYPE_CHECKING:
    from paddock.sources.git import Repository

_STATUS = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignore-submodules=none")
# What git keeps in a worktree's own directory while it is in the middle of something, and the command that ends it.
_UNDERWAY = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}


class Row(Struct, frozen=True):
    """One worktree.

    `agent` is whose it is; `branch` None where HEAD is detached; `head` None where nothing is committed. `ahead` and
    `behind` count commits against the base, None where that is not known. `changed` counts tracked files that differ
    from HEAD, `untracked` files that git does not ignore. `missing` says that its folder is gone; `underway` what git
    is in the middle of; `unreadable` why git can't tell what is not committed, as with a broken index.
    """

    path: str
    git_dir: str
    main: bool = False
    agent: str | None = None
    branch: str | None = None
    head: str | None = None
    ahead: int | None = None
    behind: int | None = None
    changed: int = 0
    untracked: int = 0
    missing: bool = False
    locked: bool = False
    underway: str | None = None
    unreadable: str | None = None


def listed(repository: Repository, base: str | None) -> tuple[Row, ...]:
    """Every worktree, the main one first; `base` is the commit to count from, None where there is none."""
    agents = {one.top: one for one in places.linked(repository.common_dir)}
    found = list(entries(repository))
    return tuple(side_by_side(lambda entry: _row(repository, entry, agents, base), found))


def find(rows: tuple[Row, ...], name: str) -> Row:
    """The worktree of an agent, or at a path.

    Raises:
        UsageError: there is none, or several.
    """
    found = [row for row in rows if row.agent == name] or [row for row in rows if _same(row.path, name)]
    if len(found) != 1:
        known = ", ".join(row.agent for row in rows if row.agent)
        words = f"{len(found)} worktrees are of `{name}`" if found else f"no worktree is of `{name}`, or at such a path"
        raise UsageError(words, hint=f"agents that have one: {known or 'none'}")
    return found[0]


def _row(repository: Repository, entry: dict[str, str], agents: dict[str, places.Worktree], base: str | None) -> Row:
    path = entry["worktree"]
    known = agents.get(os.path.realpath(path)) or _gone(repository, path)
    main = os.path.realpath(path) == os.path.realpath(places.main_checkout(repository.common_dir) or "")
    git_dir = known.git_dir if known else repository.common_dir
    row = Row(
        path=path,
        git_dir=git_dir,
        main=main or "bare" in entry,
        agent=known.agent if known else None,
        branch=branch_of(entry),
        head=entry.get("HEAD") if entry.get("HEAD", "0").strip("0") else None,
        missing="bare" not in entry and not os.path.lexists(os.path.join(path, ".git")),
        locked="locked" in entry,
    )
    if row.missing or "bare" in entry:
        return row
    unreadable = None
    try:
        changed, untracked = file_counts(path)
    except GitError as error:  # one broken worktree hides no other
        changed, untracked, unreadable = 0, 0, str(error)
    ahead, behind = _distance(repository, base, row.head)
    underway = next((word for name, word in _UNDERWAY.items() if os.path.lexists(f"{git_dir}/{name}")), None)
    return Row(
        row.path, row.git_dir, row.main, row.agent, row.branch, row.head,
        ahead, behind, changed, untracked, locked=row.locked, underway=underway, unreadable=unreadable,
    )  # fmt: skip


def _gone(repository: Repository, path: str) -> places.Worktree | None:
    """What git still knows of a worktree whose folder is gone."""
    if os.path.lexists(os.path.join(path, ".git")):
        return None
    folder = os.path.join(repository.common_dir, "worktrees")
    for id_ in os.listdir(folder) if os.path.isdir(folder) else ():
        git_dir = os.path.join(folder, id_)
        if (places.read(os.path.join(git_dir, "gitdir")) or "").rstrip("\r\n") == os.path.join(path, ".git"):
            agent = places.config(os.path.join(git_dir, "config.worktree")).get("paddock.agent")
            return places.Worktree(id_, path, git_dir, None, agent or None)
    return None


def file_counts(path: str, git_dir: str | None = None) -> tuple[int, int]:
    """How many files differ from HEAD, and how many git does not know.

    `git_dir` is named where the folder was moved, so that it no longer leads there.
    """
    argv = ("git", "--no-optional-locks", *_STATUS)
    place = {"GIT_DIR": git_dir, "GIT_WORK_TREE": path} if git_dir is not None else {}
    code, out, err = call(argv, environment() | place, path, None)
    if code:
        raise failure(_STATUS, code, err)
    changed = untracked = 0
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b"? "):
            untracked += 1
        elif field[:2] in (b"1 ", b"2 ", b"u "):
            changed += 1
            if field.startswith(b"2 "):
                next(fields, None)  # the name before
    return changed, untracked


def _distance(repository: Repository, base: str | None, head: str | None) -> tuple[int | None, int | None]:
    if base is None or head is None:
        return None, None
    try:
        out = repository.run("rev-list", "--left-right", "--count", f"{base}...{head}", "--").split()
    except GitError:
        return None, None
    return int(out[1]), int(out[0])


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
