"""What one agent may touch, as resolved absolute paths and names of branches.

Who owns which paths and branches is the plan's word; it is an argument here. Without it the agent's branch tells: where
a folder of its name is the agent's own id, that folder is the agent's alone; else its folder is shared.
"""

from __future__ import annotations

import os
import re
import zlib
from fnmatch import fnmatchcase
from typing import NamedTuple

from paddock.errors import UsageError
from paddock.worktrees import places

PROTECTED = ("main", "master", "trunk", "develop", "release/*")
# A name that git would take, as far as it becomes a path; HEAD is a file that the agent may write.
_BRANCH = re.compile(
    r"(?!.*(?:\.\.|//|/\.|\.lock(?:/|\Z)))[^\x00-\x20\x7f~^:?*\[\\./][^\x00-\x20\x7f~^:?*\[\\]*(?<!/)\Z"
)
_AGENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")  # it becomes a folder's name


class Rules(NamedTuple):
    """What the policy says for every agent: places, branches, ports, and how strict the guard is.

    `system_tmp` allows the temporary folder that every program knows, `/tmp`.
    """

    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    protected: tuple[str, ...] = PROTECTED
    connect: tuple[int, ...] | None = None
    bind: tuple[int, ...] | None = None
    strict: bool = False
    system_tmp: bool = True


class Ownership(NamedTuple):
    """The plan's word on one agent: globs of paths, and branches; a name that ends in `/` is a folder of them."""

    paths: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


class Territory(NamedTuple):
    """What one agent may touch.

    Attributes:
        agent: the agent's id.
        top: its worktree's top.
        git_dir: the worktree's own git directory.
        common_dir: the git directory that all worktrees share.
        main: the main checkout's top; None where the repository is bare.
        others: the tops of the other linked worktrees.
        foreign: the branches that other worktrees have checked out.
        branch: the branch that is checked out; None when HEAD is detached.
        own: branches that are the agent's; a name that ends in `/` is a folder of them.
        shared: folders of branches that the agent shares with others.
        protected: patterns of branches that no agent moves.
        owned: globs of the paths in the repository that the agent owns; none where nobody said.
        writable: places outside the worktree that it may write to.
        readable: places that it may read; anything where it is empty.
        home: the folder for its temporary files and caches.
    """

    agent: str
    top: str
    git_dir: str
    common_dir: str
    main: str | None
    others: tuple[str, ...]
    foreign: tuple[str, ...]
    branch: str | None
    own: tuple[str, ...]
    shared: tuple[str, ...]
    protected: tuple[str, ...]
    owned: tuple[str, ...]
    writable: tuple[str, ...]
    readable: tuple[str, ...]
    home: str

    @property
    def temporary(self) -> str:
        """The agent's own temporary folder."""
        return os.path.join(self.home, "tmp")

    @property
    def cache(self) -> str:
        """The agent's own folder of caches."""
        return os.path.join(self.home, "cache")

    @property
    def programs(self) -> str:
        """The folder of programs that stand before the system's inside the fence; the agent can't write to it."""
        return os.path.join(self.home, "bin")

    @property
    def guarded(self) -> tuple[str, ...]:
        """What belongs to others: the main checkout, the shared git directory, the other worktrees."""
        return tuple(place for place in (self.main, self.common_dir, *self.others) if place is not None)

    def is_protected(self, name: str) -> bool:
        """Whether no agent may move a branch."""
        return any(fnmatchcase(name, pattern) for pattern in self.protected)

    def owns_branch(self, name: str) -> bool:
        """Whether the agent may move a branch."""
        if self.is_protected(name) or name in self.foreign:
            return False
        return name == self.branch or _among(name, self.own) or _among(name, self.shared)


def _among(name: str, names: tuple[str, ...]) -> bool:
    return any(name.startswith(one) and name != one if one.endswith("/") else name == one for one in names)


def inside(path: str, folder: str) -> bool:
    """Whether a resolved path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def find(common_dir: str, agent: str) -> places.Worktree:
    """The worktree of an agent.

    Raises:
        UsageError: there is none, or more than one.
    """
    every = places.linked(common_dir)
    found = [one for one in every if one.agent == agent]
    if len(found) == 1:
        return found[0]
    if found:
        tops = ", ".join(one.top for one in found)
        raise UsageError(
            f"{len(found)} worktrees say that they are {agent}'s: {tops}",
            hint="keep one, and for each other: git -C PATH config --worktree --unset paddock.agent",
        )
    known = sorted({one.agent for one in every if one.agent})
    there = f"there are worktrees of: {', '.join(known)}" if known else "no worktree here has an agent yet"
    raise UsageError(
        f"no worktree is {agent}'s; {there}",
        hint=f"git config extensions.worktreeConfig true && git -C PATH config --worktree paddock.agent {agent}",
    )


def territory(
    worktree: places.Worktree,
    common_dir: str,
    rules: Rules = Rules(),  # noqa: B008 - a frozen value
    ownership: Ownership = Ownership(),  # noqa: B008 - likewise
) -> Territory:
    """What the agent of a worktree may touch.

    Raises:
        UsageError: the agent's id is no name, or its places can't be told from those of others.
    """
    agent = worktree.agent or ""
    if not _AGENT.match(agent):
        raise UsageError(f"`{agent}` is no agent's id", hint="an id is letters, digits and ._- and begins with no sign")
    if inside(common_dir, worktree.top):
        # A repository of the agent's own making would bring a policy of its own.
        raise UsageError(
            f"the repository lies inside the agent's worktree: {common_dir}", hint="run it in the main checkout"
        )
    rest = [one for one in places.linked(common_dir) if one.git_dir != worktree.git_dir]
    main = places.main_checkout(common_dir)
    main_head = (places.read(os.path.join(common_dir, "HEAD")) or "").rstrip("\r\n")
    heads = [one.branch for one in rest if one.branch]
    if main is not None and main_head.startswith("ref: refs/heads/"):
        heads.append(main_head.removeprefix("ref: refs/heads/"))
    own: tuple[str, ...] = ownership.branches
    shared: tuple[str, ...] = ()
    if worktree.branch is not None and not _BRANCH.match(worktree.branch):
        raise UsageError(f"HEAD of {agent}'s worktree names no branch", hint=f"git -C {worktree.top} switch BRANCH")
    if not own and worktree.branch is not None:
        for other in sorted({one.agent for one in rest if one.agent} - {agent}):
            # HEAD is the agent's to move; where it stands must not open the next run to what is another's.
            if other in worktree.branch.split("/")[:-1]:
                raise UsageError(
                    f"{agent} stands on {worktree.branch}, which lies in {other}'s folder",
                    hint=f"git -C {worktree.top} switch BRANCH of its own",
                )
        own, shared = _namespace(worktree.branch, agent)
    own_home, base = home(common_dir, agent)
    guarded = tuple(place for place in (main, common_dir, *(one.top for one in rest)) if place is not None)
    writable = tuple(_resolved(path) for path in rules.writable)
    _no_overlap(worktree.top, tuple(one.top for one in rest), guarded, writable)
    if rules.system_tmp:
        shared_tmp = {_resolved(os.environ.get("TMPDIR") or "/tmp"), _resolved("/tmp")}  # noqa: S108 - the very folder
        # Landlock can't take back a part of what it gives, so where a worktree lies below /tmp, /tmp is closed.
        kept = sorted(one for one in shared_tmp if not any(inside(place, one) for place in (*guarded, base)))
        writable += tuple(one for one in kept if os.path.isdir(one))
    return Territory(
        agent=agent,
        top=worktree.top,
        git_dir=worktree.git_dir,
        common_dir=common_dir,
        main=main,
        others=tuple(one.top for one in rest),
        foreign=tuple(sorted(set(heads) - {worktree.branch})),
        branch=worktree.branch,
        own=own,
        shared=shared,
        protected=rules.protected,
        owned=ownership.paths,
        writable=writable,
        readable=tuple(_resolved(path) for path in rules.readable),
        home=own_home,
    )


def _no_overlap(top: str, others: tuple[str, ...], guarded: tuple[str, ...], writable: tuple[str, ...]) -> None:
    for other in others:
        if inside(other, top):
            raise UsageError(
                f"another worktree lies inside this one: {other}",
                hint=f"git worktree move {other} ELSEWHERE",
            )
    for place in writable:
        for other in guarded:
            if inside(other, place) or inside(place, other):
                raise UsageError(
                    f"`worktrees.writable` would open {other} to every agent: {place}",
                    hint="name a folder that no checkout and no git directory lies in",
                )


def _namespace(branch: str, agent: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A branch's folder: the agent's own where a part of its name is the agent's id, else shared; none at the top."""
    parts = branch.split("/")
    if agent in parts[:-1]:
        return ("/".join(parts[: parts.index(agent) + 1]) + "/",), ()
    return (branch,), ("/".join(parts[:-1]) + "/",) if len(parts) > 1 else ()


def _resolved(path: str) -> str:
    return os.path.realpath(os.path.expanduser(path))


def home(common_dir: str, agent: str) -> tuple[str, str]:
    """The agent's folder and that of all agents.

    Outside /tmp, which agents share, and not in the git directory, where a new folder is taken for a repository.
    """
    caches = os.environ.get("PADDOCK_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "paddock"
    )
    name = os.path.basename(places.main_checkout(common_dir) or common_dir)
    mark = f"{zlib.crc32(os.fsencode(common_dir)):08x}"
    base = os.path.join(os.path.realpath(caches), "agents")
    return os.path.join(base, f"{name}-{mark}", agent), base
