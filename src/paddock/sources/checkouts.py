"""The worktrees of a repository, as git lists them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.sources.calling import decode, lines_of
from paddock.sources.git import shared_by_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.sources.git import Repository


class Checkout(Struct, frozen=True):
    """One worktree: its folder, and the branch checked out there. `name` and `email` are set for it alone."""

    path: str
    branch: str | None = None
    bare: bool = False
    name: str | None = None
    email: str | None = None


def entries(repository: Repository) -> Iterator[dict[str, str]]:
    """What git says of every worktree, the main one first: its attributes by name; `worktree` is the path.

    Source: git-worktree(1), "PORCELAIN FORMAT".
    """
    out = decode(repository.run("worktree", "list", "--porcelain", "-z"))
    for block in out.split("\0\0"):
        fields = dict(row.partition(" ")[::2] for row in block.split("\0") if row)
        if "worktree" in fields:
            common = shared_by_all(fields["worktree"])
            if common != fields["worktree"]:
                # Git takes a worktree's own view of the shared git directory for the main checkout.
                fields["worktree"] = os.path.dirname(common) if os.path.basename(common) == ".git" else common
            yield fields


def branch_of(entry: Mapping[str, str]) -> str | None:
    """The branch that an entry has checked out; None where HEAD is detached."""
    return entry.get("branch", "").removeprefix("refs/heads/") or None


def checkouts(repository: Repository) -> tuple[Checkout, ...]:
    """Every worktree, the main one first."""
    found: list[Checkout] = []
    for entry in entries(repository):
        path = entry["worktree"]
        name, email = _identity(repository, path) if found else (None, None)
        found.append(Checkout(path=path, branch=branch_of(entry), bare="bare" in entry, name=name, email=email))
    return tuple(found)


def _identity(repository: Repository, path: str) -> tuple[str | None, str | None]:
    """Who commits there, where the worktree's own configuration says so."""
    try:
        with open(os.path.join(path, ".git"), encoding="utf-8", errors="surrogateescape") as file:
            git_dir = os.path.join(path, file.read().removeprefix("gitdir:").strip())
    except OSError:
        return None, None
    config = os.path.join(git_dir, "config.worktree")
    if not os.path.isfile(config):
        return None, None
    return (
        repository.line("config", "--file", config, "user.name"),
        repository.line("config", "--file", config, "user.email"),
    )


def branches(repository: Repository) -> dict[str, tuple[str, str]]:
    """Every local branch with the name and the address of who wrote its last commit."""
    form = "--format=%(refname)%00%(authorname)%00%(authoremail:trim)"
    rows = (row.split("\0") for row in lines_of(repository.run("for-each-ref", form, "refs/heads")))
    return {ref.removeprefix("refs/heads/"): (name, email) for ref, name, email in rows}
