"""What commits have in common: the base that a name means here, and the merge base with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock.errors import FactMissingError, FactUnreadableError
from paddock.sources.calling import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paddock.sources.git import Repository
    from paddock.sources.heads import Ref

_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\Z")  # no `~`, `^`, `@{` of a revision, nor an option
_SHOWN = 5  # branches that a hint names


def base_candidates(repository: Repository, name: str, refs: Sequence[Ref] | None = None) -> tuple[str, ...]:
    """The commits that a base's name means here.

    Where a remote has the branch, the remote's word counts, as it will in CI: that of the branch it tracks, of `origin`
    and of `upstream`; else that of whatever other remotes there are. Then the local branch; then one exact revision.

    Args:
        repository: where to look.
        name: the base's name.
        refs: all branches, where they were listed already.
    """
    remote, local = _branches(name, _listed(repository, name) if refs is None else refs)
    if chosen := remote or local:
        return tuple(dict.fromkeys(chosen.values()))
    exact = repository.resolve(name)
    return (exact,) if exact else ()


def remote_candidates(repository: Repository, name: str) -> dict[str, str]:
    """The remotes' branches of a name that count here, as ref and commit."""
    return _branches(name, _listed(repository, name))[0]


def _listed(repository: Repository, name: str) -> Sequence[Ref]:
    """The branches that may be of a name; git also lists what lies below `refs/heads/NAME/`."""
    if _is_full(name):
        return ()
    from paddock.sources.heads import listing

    return listing(repository, f"refs/heads/{name}", f"refs/remotes/*/{name}")


def _is_full(name: str) -> bool:
    return "\0" in name or name.startswith("refs/")


def _branches(name: str, refs: Sequence[Ref]) -> tuple[dict[str, str], dict[str, str]]:
    """The branches of a name: those of the remotes that count, and the local one."""
    if _is_full(name):
        return {}, {}
    local = f"refs/heads/{name}"
    some = [ref for ref in refs if ref.name == local or (ref.remote and ref.name.split("/", 3)[3:] == [name])]
    found = {ref.name: ref.sha for ref in some}
    tracked = next((ref.upstream for ref in some if ref.name == local), "")
    usual = [ref for ref in (tracked, f"refs/remotes/origin/{name}", f"refs/remotes/upstream/{name}") if ref in found]
    remote = usual or [ref for ref in found if ref != local]
    return {ref: found[ref] for ref in remote if ref != local}, {local: found[local]} if local in found else {}


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


def refuse_cut_history(repository: Repository, tips: Iterable[str]) -> None:
    """Refuse to say what is in a history whose end was cut off.

    Raises:
        FactUnreadableError: it was.
    """
    if repository.shallow and _cuts(repository).intersection(repository.run("rev-list", *tips).decode().split()):
        raise FactUnreadableError(
            "this clone is shallow, so which branches are merged is not known", hint="git fetch --unshallow"
        )


def _cuts(repository: Repository) -> set[str]:
    with open(f"{repository.common_dir}/shallow", encoding="ascii") as file:
        return set(file.read().split())


def _refuse_cut_history(repository: Repository, merge_base: list[str], tips: Iterable[str]) -> None:
    # A shallow clone can answer with an older common commit than the true one. The answer holds only if no cut
    # lies between it and the tips.
    cuts = _cuts(repository)
    seen = repository.run("rev-list", *tips, "--not", *merge_base).decode().split()
    if not merge_base or cuts.intersection(seen):
        raise FactUnreadableError(
            "this clone is shallow and the merge base lies beyond its history", hint="git fetch --unshallow"
        )


def usual_remote(repository: Repository) -> str | None:
    """The remote that changes are for: `origin`, else `upstream`, else whichever there is."""
    names = lines_of(repository.run("remote"))
    return next((name for name in ("origin", "upstream", *names) if name in names), None)


def missing_base(repository: Repository, name: str) -> FactMissingError:
    """The error of a base that this clone does not have."""
    if usual_remote(repository) is not None or repository.shallow:
        hint = fetching(repository, name)
    else:
        here = lines_of(repository.run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"))
        more = f" and {len(here) - _SHOWN} more" if len(here) > _SHOWN else ""
        hint = f"set `base:` in .paddock.yaml, or name another; branches here: {', '.join(here[:_SHOWN])}{more}"
        hint = hint if here else "commit first: no branch has a commit yet, and there is no remote to fetch from"
    return FactMissingError(f"the base `{name}` is not in this clone", hint=hint)


def fetching(repository: Repository, name: str) -> str:
    """The command that fetches a branch."""
    remote = usual_remote(repository) or "origin"
    branch = name.removeprefix("refs/heads/").removeprefix(f"{remote}/")
    # Named in full, since a clone of a single branch would note down no other.
    known = _BRANCH.match(branch) and _BRANCH.match(remote)
    fetch = f"{remote} {branch}:refs/remotes/{remote}/{branch}" if known else ""
    if repository.shallow:
        return f"git fetch --unshallow {fetch}".rstrip()
    return f"git fetch {fetch}" if fetch else "git branch --all lists what there is"
