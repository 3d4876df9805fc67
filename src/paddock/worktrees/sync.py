"""Every agent's branch rebased on the base: fetched once, each by itself, and none left half way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import PaddockError
from paddock.quoting import quoted
from paddock.sources.calling import call, decode, failure
from paddock.sources.git import open_repository
from paddock.sources.history import base_candidates, missing_base, remote_candidates
from paddock.sources.landed import Standing, standings
from paddock.worktrees import listing
from paddock.worktrees.moving import Move, heal, move
from paddock.worktrees.replay import Conflict, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository
    from paddock.worktrees.listing import Row

_SECONDS = 600.0  # that a fetch may take
_SHOWN = 5  # files of a conflict that are named


class Synced(Struct, frozen=True):
    """What became of one worktree. `problem` says that it is not on the base's newest commit, and should be."""

    who: str
    path: str
    words: str
    problem: bool = False
    hint: str | None = None


def fetch(repository: Repository, base: str) -> str | None:
    """Fetch once from the remote whose word on the base counts; its name, None where there is none.

    Raises:
        GitError: the remote could not be reached.
    """
    ref = next(iter(remote_candidates(repository, base)), None)
    if ref is None:
        return None
    remote = ref.removeprefix("refs/remotes/").removesuffix(f"/{base}")
    argv = ("git", "fetch", "--quiet", "--atomic", "--no-recurse-submodules", "--", remote)
    code, _, err = call(argv, repository.env, repository.top or repository.git_dir, None, timeout=_SECONDS)
    if code:
        raise failure(argv[1:], code, err)
    return remote


def sync(
    repository: Repository, base: str, *, agents: frozenset[str] = frozenset(), dry_run: bool = False
) -> Iterator[Synced]:
    """Rebase each linked worktree's branch on the base; those of `agents` only, where any are named.

    Raises:
        FactMissingError: the base is not here.
        FactUnreadableError: the history was cut, so that it can't be told what is merged.
    """
    bases = base_candidates(repository, base)
    if not bases:
        raise missing_base(repository, base)
    rows = [row for row in listing.listed(repository, bases[0]) if not row.main and (not agents or row.agent in agents)]
    merged = standings(repository, base, {row.branch for row in rows if row.branch})
    with Replay(repository, keep=not dry_run) as replay:
        run = _Run(repository, bases[0], replay, dry_run=dry_run)
        for row in rows:
            who = row.agent or os.path.basename(row.path)
            try:
                landed = merged.get(row.branch or "") is Standing.MERGED
                words, problem, hint = run.one(row, landed=landed)
                yield Synced(who, row.path, words, problem, hint)
            except PaddockError as error:
                yield Synced(who, row.path, f"left as it was: {error}", problem=True, hint=error.hint)


class _Run:
    def __init__(self, repository: Repository, base: str, replay: Replay, *, dry_run: bool) -> None:
        self.repository = repository
        self.base = base
        self.replay = replay
        self.dry_run = dry_run

    def one(self, row: Row, *, landed: bool) -> tuple[str, bool, str | None]:  # noqa: PLR0911 - one a state
        """What is done in one worktree: words, whether that is a problem, and a hint."""
        there = f"git -C {quoted(row.path)}"
        if row.missing:
            return "its folder is gone", True, "paddock worktree setup makes it again"
        healed = None if self.dry_run else heal(row.path, row.git_dir)
        if healed is not None:
            return healed, False, None
        if row.unreadable is not None:
            return f"left as it was: {row.unreadable}", True, f"{there} status"
        if row.underway is not None:
            return f"left as it was: in the middle of a {row.underway}", True, f"{there} status"
        if row.changed:
            hint = f"commit them: {there} commit --all --signoff -m 'Save work'"
            return f"left as it was: {row.changed} files are changed and not committed", True, hint
        if row.branch is None or row.head is None:
            return "on no branch, left as it is", False, None
        if not row.behind:
            return "up to date", False, None
        if row.ahead and landed:
            return "its work is in the base already", False, f"{there} switch --create NEXT-BRANCH {self.base[:12]}"
        return self.moved(row, row.branch, row.head)

    def moved(self, row: Row, branch: str, head: str) -> tuple[str, bool, str | None]:
        there = f"git -C {quoted(row.path)}"
        merges = decode(self.repository.run("rev-list", "--count", "--merges", f"{self.base}..{head}", "--")).strip()
        if merges != "0":
            hint = f"{there} rebase --rebase-merges {self.base[:12]}"
            return f"left as it was: {merges} of its commits are merges, which a rebase would undo", True, hint
        new: str | Conflict = self.base
        if row.ahead:
            new = self.replay.onto(self.base, head, open_repository(row.path))
        if isinstance(new, Conflict):
            shown = ", ".join(new.paths[:_SHOWN])
            more = f" and {len(new.paths) - _SHOWN} more" if len(new.paths) > _SHOWN else ""
            words = f"left as it was: {new.sha[:12]} ({new.subject}) conflicts in {shown}{more}"
            return words, True, f"resolve it there: {there} rebase {self.base[:12]}"
        if not self.dry_run:
            move(row.path, Move(branch, head, new))
        commits = f"{row.ahead} commit{'s' * (row.ahead != 1)}"
        words = f"{commits} rebased on {self.base[:12]}" if row.ahead else f"moved on to {self.base[:12]}"
        published = self.repository.run("for-each-ref", "--count=1", f"refs/remotes/*/{branch}")
        return words, False, f"{there} push --force-with-lease" if published and row.ahead else None
