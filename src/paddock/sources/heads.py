"""Where branches stand, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msgspec import Struct

from paddock.sources.calling import lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from paddock.sources.git import Repository
# What this process read of each repository: the train and what has landed are of the same branches.
_HISTORIES: WeakKeyDictionary[Repository, dict[frozenset[str], tuple[Node, ...]]] = WeakKeyDictionary()


class Head(Struct, frozen=True):
    """A branch: its name without `refs/heads/` or a remote's, the ref that it was read from, and its commit."""

    name: str
    ref: str
    sha: str


class Ref(Struct, frozen=True):
    """A local or a remote's branch as git lists it; what it points at by name and what it tracks may be empty."""

    name: str
    sha: str
    symref: str
    upstream: str

    @property
    def remote(self) -> bool:
        """Whether it is a remote's."""
        return self.name.startswith("refs/remotes/")


class Node(Struct, frozen=True):
    """A commit of a history, with its tree and its parents."""

    sha: str
    tree: str
    parents: tuple[str, ...]


def listing(repository: Repository, *patterns: str) -> tuple[Ref, ...]:
    """All local and remotes' branches at one moment, or those that patterns name."""
    form = "--format=%(refname)%00%(objectname)%00%(symref)%00%(upstream)"
    out = repository.run("for-each-ref", form, *(patterns or ("refs/heads/", "refs/remotes/")))
    return tuple(Ref(*row.split("\0")) for row in lines_of(out))


def remotes(repository: Repository, refs: Sequence[Ref]) -> tuple[str, ...]:
    """The names of the remotes, where there is a branch of one."""
    some = any(ref.remote for ref in refs)
    return tuple(lines_of(repository.run("remote"))) if some else ()


def heads(repository: Repository) -> dict[str, Head]:
    """Every branch by its name."""
    refs = listing(repository)
    return named(refs, remotes(repository, refs))


def named(refs: Sequence[Ref], remotes: Sequence[str]) -> dict[str, Head]:
    """Every branch by its name: the local one, else that of `origin`, of `upstream`, or of whatever remote has it."""
    usual = [one for one in ("origin", "upstream") if one in remotes]
    prefixes = ["refs/heads/", *(f"refs/remotes/{one}/" for one in (*usual, *remotes)), "refs/remotes/"]
    found: dict[str, tuple[int, Head]] = {}
    for ref in refs:
        if ref.symref:
            continue
        rank, prefix = next((rank, one) for rank, one in enumerate(prefixes) if ref.name.startswith(one))
        # A remote that is configured no more: its name is taken for one folder.
        name = ref.name.removeprefix(prefix) if rank < len(prefixes) - 1 else ref.name.split("/", 3)[-1]
        if name not in found or rank < found[name][0]:
            found[name] = (rank, Head(name, ref.name, ref.sha))
    return {name: head for name, (_, head) in found.items()}


def moved(repository: Repository, some: Sequence[Head]) -> tuple[str, ...]:
    """The refs of those heads that do not stand any more where they were read."""
    refs = [one.ref for one in some]
    out = repository.run("for-each-ref", "--format=%(refname)%00%(objectname)", *refs) if refs else b""
    now = dict(row.split("\0") for row in lines_of(out))
    return tuple(one.ref for one in some if now.get(one.ref) != one.sha)


def history(repository: Repository, tips: Sequence[str]) -> tuple[Node, ...]:
    """The commits that some tips do not share, and the latest that they all do; children before their parents."""
    if repository.shallow:
        return _history(repository, dict.fromkeys(tips))  # more of it may be fetched
    known = _HISTORIES.setdefault(repository, {})
    some = frozenset(tips)
    if some not in known:
        known[some] = _history(repository, dict.fromkeys(tips))
    return known[some]


def _history(repository: Repository, tips: Collection[str]) -> tuple[Node, ...]:
    shared = repository.run("merge-base", "--all", "--octopus", *tips, accept=(1,)).decode().split()
    ask = ("rev-list", "--topo-order", "--no-commit-header", "--format=%H %T %P", "--stdin")
    older = ("--not", *(f"{one}^@" for one in shared)) if shared else ()
    out = repository.run(*ask, *older, stdin="".join(f"{one}\n" for one in tips).encode())
    found = []
    for row in out.decode().splitlines():
        sha, tree, *parents = row.split()
        found.append(Node(sha, tree, tuple(parents)))
    return tuple(found)
