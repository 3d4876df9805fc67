"""What commits have in common: the base that a name means here, and the merge base with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.errors import FactMissingError, FactUnreadableError
from paddock.sources.git import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paddock.sources.git import Repository


def base_candidates(repository: Repository, name: str) -> tuple[str, ...]:
    """Every commit that a base may mean here: the local branch and each remote's, or one explicit revision."""
    if "\0" not in name and not name.startswith("refs/"):
        ask = ("for-each-ref", "--format=%(objectname) %(refname)", f"refs/heads/{name}", f"refs/remotes/*/{name}")
        found = []
        for line in decode(repository.run(*ask)).splitlines():
            sha, _, ref = line.partition(" ")
            # Git also lists what lies below `refs/heads/NAME/`.
            if ref == f"refs/heads/{name}" or ref.split("/", 3)[3:] == [name]:
                found.append(sha)
        if found:
            return tuple(dict.fromkeys(found))
    exact = repository.resolve(name)
    return (exact,) if exact else ()


def merge_base(repository: Repository, bases: Sequence[str], heads: Sequence[str]) -> str:
    """The latest commit that the heads, taken as one merge, share with any of the bases.

    Raises:
        FactUnreadableError: they share none, or the history that would show it was cut away.
    """
    found = []
    for base in bases:
        out = repository.run("merge-base", base, *heads, accept=(1,)).decode().split()
        found += out[:1]
    found = latest(repository, found)
    if repository.shallow:
        _refuse_cut_history(repository, found[:1], (*bases, *heads))
    if not found:
        raise FactUnreadableError(
            f"{heads[0][:12]} and the base {bases[0][:12]} have no commit in common",
            hint="start the branch from the base: git rebase --onto BASE --root",
        )
    return found[0]


def latest(repository: Repository, commits: Sequence[str]) -> list[str]:
    """Those of some commits that are no ancestors of the others."""
    found = list(dict.fromkeys(commits))
    return repository.run("merge-base", "--independent", *found).decode().split() if len(found) > 1 else found


def _refuse_cut_history(repository: Repository, merge_base: list[str], tips: Iterable[str]) -> None:
    # A shallow clone can answer with an older common commit than the true one. The answer holds only if no cut
    # lies between it and the tips.
    with open(f"{repository.common_dir}/shallow", encoding="ascii") as file:
        cuts = set(file.read().split())
    seen = repository.run("rev-list", *tips, "--not", *merge_base).decode().split()
    if not merge_base or cuts.intersection(seen):
        raise FactUnreadableError(
            "this clone is shallow and the merge base lies beyond its history", hint="git fetch --unshallow"
        )


def missing_base(name: str) -> FactMissingError:
    """The error of a base that this clone does not have."""
    return FactMissingError(f"the base `{name}` is not in this clone", hint=f"git fetch origin {name}")
