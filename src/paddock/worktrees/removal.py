"""Taking a worktree away: only when no work goes with it, and so that a kill in between loses and leaves nothing.

Branches, stashes and the status log belong to the repository and stay. The folder is first given another name, in one
step; from then on nobody works in it, it is looked at once more, and deleted. What git knows of it goes last.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import UsageError
from paddock.quoting import quoted
from paddock.worktrees import held, places
from paddock.worktrees.listing import file_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paddock.sources.git import Repository
    from paddock.worktrees.listing import Row

_NOTE = "paddock-removing"  # in the worktree's own git directory: the name that its folder was given


class Loss(Struct, frozen=True):
    """Something that would go with a worktree, and the command that saves it."""

    words: str
    hint: str


def losses(repository: Repository, row: Row) -> Iterator[Loss]:
    """All that is in a worktree and nowhere else.

    Raises:
        UsageError: it is the main checkout.
    """
    if row.main:
        raise UsageError(f"{row.path} is the main checkout, which is not taken away")
    there = f"git -C {quoted(row.path)}"
    if row.locked:
        yield Loss(f"{row.path} is locked", f"git worktree unlock {quoted(row.path)}")
    if row.underway:
        end = "reset" if row.underway == "bisect" else "--abort"
        yield Loss(f"{row.path} is in the middle of a {row.underway}", f"{there} {row.underway} {end}")
    if row.unreadable is not None:
        yield Loss(f"what is not committed in {row.path} can't be read: {row.unreadable}", f"{there} status")
    if row.changed or row.untracked:
        words = f"{row.path} has {row.changed} changed and {row.untracked} new files"
        yield Loss(words, f"save them: {there} add --all && {there} commit --signoff -m 'Save work'")
    if row.branch is None and row.head is not None:
        # A branch that is checked out here alone is still a branch; HEAD itself goes.
        kept = repository.run("for-each-ref", "--count=1", f"--contains={row.head}", "refs/")
        if not kept:
            words = f"{row.path} stands on {row.head[:12]}, which no branch has"
            yield Loss(words, f"git branch saved/{row.head[:12]} {row.head}")
    if os.path.isdir(os.path.join(row.git_dir, "modules")):
        words = f"{row.path} has repositories of submodules, whose commits may be nowhere else"
        yield Loss(words, f"push what is theirs: {there} push --recurse-submodules=on-demand")


def remove(repository: Repository, row: Row, *, force: bool = False) -> None:
    """Take a worktree away; its branch stays. With `force` also what `losses` names.

    Raises:
        UsageError: work would go with it; nothing was changed.
        GitError: git refused.
    """
    if os.path.realpath(repository.top or repository.git_dir) == os.path.realpath(row.path):
        # Git would have no folder left to run in before it is done.
        raise UsageError(f"you stand in {row.path}, which would go", hint="run it from the main checkout")
    if not force and (found := next(losses(repository, row), None)):
        raise UsageError(found.words, hint=found.hint)
    if not row.missing:
        away = _aside(row.path)
        with open(os.path.join(row.git_dir, _NOTE), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(away)
        os.rename(row.path, away)
        if not force and (counts := file_counts(away, row.git_dir)) != (0, 0):
            os.rename(away, row.path)
            raise UsageError(f"{row.path} has {sum(counts)} files that were written just now", hint="run it again")
    finish_removal(repository, row.path)
    # Its folder is gone, so nothing is lost by force; a second one is for a lock.
    repository.run("worktree", "remove", "--force", "--force", "--", row.path)
    held.release(repository.common_dir, os.path.basename(row.git_dir))


def unpushed(repository: Repository, branch: str) -> int:
    """How many commits of a branch no remote is known to have; none where there is no remote."""
    if not repository.run("remote"):
        return 0
    return int(repository.run("rev-list", "--count", f"refs/heads/{branch}", "--not", "--remotes", "--"))


def finish_removal(repository: Repository, path: str) -> None:
    """Delete the folder of a worktree that was given another name to be taken away, as a killed run may leave it."""
    from shutil import rmtree

    folder = os.path.join(repository.common_dir, "worktrees")
    for id_ in os.listdir(folder) if os.path.isdir(folder) else ():
        git_dir = os.path.join(folder, id_)
        away = places.read(os.path.join(git_dir, _NOTE))
        pointer = (places.read(os.path.join(git_dir, "gitdir")) or "").rstrip("\r\n")
        # The note lies where an agent writes: it is believed only for the one name that we would give.
        if away == _aside(path) and pointer == os.path.join(path, ".git") and not os.path.lexists(path):
            if os.path.isdir(away) and not os.path.islink(away):
                rmtree(away, onerror=_writable)
            return


def _aside(path: str) -> str:
    folder, name = os.path.split(path.rstrip("/"))
    return os.path.join(folder, f".{name}.paddock-removed")


def _writable(function: Callable[[str], object], path: str, error: object) -> None:  # noqa: ARG001 - rmtree's own
    """Delete what lies in a folder that may not be written to, as caches of modules are."""
    os.chmod(os.path.dirname(path), 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
    function(path)


def what_stays(repository: Repository, row: Row) -> str:
    """In words: the branch, and how much of it is here alone."""
    if not row.branch:
        return ""
    count = unpushed(repository, row.branch)
    return f"; {row.branch} stays" + (f", {count} of its commits not pushed" if count else "")
