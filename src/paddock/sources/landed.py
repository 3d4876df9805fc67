"""How far branches are: merged, begun, or only made, as this repository can tell without anybody's word.

A branch is merged where its commits are in the base but not on the base's own line, where a merge commit of the base
names it, where merging it would change nothing any more, or where the base has its patch: all of the branch as one
commit (squashed), or each of its commits (rebased), whatever was changed since. A branch whose tip is a commit of
the base's own line is one that was only made: nothing tells it from one that was fast-forwarded, and taking that for
merged would let others begin too soon.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from paddock import __version__
from paddock.errors import FactUnreadableError
from paddock.sources.git import decode
from paddock.sources.history import base_candidates, missing_base
from paddock.sources.keeping import keep, kept
from paddock.sources.merging import Merging
from paddock.sources.programs import side_by_side

if TYPE_CHECKING:
    from collections.abc import Collection

    from paddock.sources.git import Repository

_MERGES = (
    re.compile(r"Merge (?:remote-tracking )?branch '(?P<name>[^']+)'"),
    re.compile(r"Merge pull request #\d+ from [^/ ]+/(?P<name>\S+)"),
)

_FILE = "paddock-landed.json"
_MOST = 5_000  # answers that are kept
_PATCH = ("-p", "-r", "--root", "--full-index", "--binary", "--no-renames", "--no-color", "--diff-algorithm=myers")


class Standing(StrEnum):
    """How far a branch is."""

    MERGED = "merged"
    BEGUN = "begun"
    EMPTY = "empty"


def standings(repository: Repository, base: str, names: Collection[str]) -> dict[str, Standing]:
    """How far each of these branches is; those that nothing is known of are left out.

    Raises:
        FactMissingError: the base is not here.
        FactUnreadableError: the history was cut.
    """
    if repository.shallow:
        raise FactUnreadableError(
            "this clone is shallow: which branches are merged can't be told", hint="git fetch --unshallow"
        )
    bases = base_candidates(repository, base)
    if not bases:
        raise missing_base(repository, base)
    line, told = _own_line(repository, bases)
    tips = _tips(repository, names)
    inside = _inside(repository, bases)
    found = {name: Standing.MERGED for name in names if name in told and name not in tips}
    landed = _landed(repository, bases, {tip for shas in tips.values() for tip in shas - inside})
    for name, shas in tips.items():
        outside = shas - inside
        if outside:
            found[name] = Standing.MERGED if outside <= landed else Standing.BEGUN
        else:
            found[name] = Standing.EMPTY if shas <= line and name not in told else Standing.MERGED
    return found


def _landed(repository: Repository, bases: tuple[str, ...], tips: set[str]) -> set[str]:
    """Those of some commits that are not in the base's history, and all of whose work is in the base."""
    keys = {tip: f"{__version__} {' '.join(bases)} {tip}" for tip in tips}
    known = kept(repository.common_dir, _FILE, bool)
    if missing := sorted(tip for tip, key in keys.items() if key not in known):
        Merging(repository)  # its folder is made once, before threads ask for it
        found = side_by_side(lambda tip: is_landed(repository, bases, tip), missing)
        known |= {keys[tip]: one for tip, one in zip(missing, found, strict=True)}
        keep(repository.common_dir, _FILE, known, _MOST)
    return {tip for tip, key in keys.items() if known[key]}


def is_landed(repository: Repository, bases: tuple[str, ...], tip: str) -> bool:
    """Whether all of a commit's work is in the base, though the commit is not: squashed or rebased."""
    return _changes_nothing(repository, bases[0], tip) or _patched(repository, bases, tip)


def _own_line(repository: Repository, bases: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """The commits of the base's own line, and the branches that its merges name."""
    out = decode(repository.run("log", "--first-parent", "--format=%H %s", "-z", *bases, "--"))
    line, named = set(), set()
    for row in out.split("\0"):
        sha, _, subject = row.partition(" ")
        line.add(sha)
        for form in _MERGES:
            if match := form.match(subject):
                # A remote-tracking branch is named with its remote.
                named |= {match["name"], match["name"].partition("/")[2]}
    return line, named


def _tips(repository: Repository, names: Collection[str]) -> dict[str, set[str]]:
    wanted = set(names)
    found: dict[str, set[str]] = {}
    out = decode(repository.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes"))
    for row in out.splitlines():
        sha, _, ref = row.partition(" ")
        name = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else "".join(ref.split("/", 3)[3:])
        if name in wanted:
            found.setdefault(name, set()).add(sha)
    return found


def _inside(repository: Repository, bases: tuple[str, ...]) -> set[str]:
    """Tips of branches that are in the history of the base."""
    merged = [f"--merged={base}" for base in bases]
    out = repository.run("for-each-ref", *merged, "--format=%(objectname)", "refs/heads", "refs/remotes")
    return set(out.decode().split())


def _changes_nothing(repository: Repository, base: str, tip: str) -> bool:
    """Whether the branch changed something, and all of that is in the base by now."""
    start = repository.run("merge-base", base, tip, accept=(1,)).decode().strip()
    if not start:
        return False
    trees = repository.run("rev-parse", f"{start}^{{tree}}", f"{tip}^{{tree}}", f"{base}^{{tree}}").decode().split()
    if trees[0] == trees[1]:
        return False  # commits that change nothing, made to hold a place
    return Merging(repository).tree(base, tip) == trees[2]


def _patched(repository: Repository, bases: tuple[str, ...], tip: str) -> bool:
    """Whether the base's own line has all of a branch as one commit, or each commit of it, by patch identity."""
    start = repository.run("merge-base", bases[0], tip, accept=(1,)).decode().strip()
    if not start:
        return False
    paths = repository.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", start, tip, isolated=True)
    if not paths:
        return False
    # Only what touches the same paths can be the same patch.
    ask = f"{bases[0]}\n^{start}\n--\n".encode() + paths.replace(b"\0", b"\n")
    if b"\n" in paths:
        ask = f"{bases[0]}\n^{start}\n".encode()
    line = repository.run("rev-list", "--first-parent", "--no-merges", "--stdin", stdin=ask)
    if not line:
        return False
    there = _patches(repository, "--stdin", stdin=line)
    if _patches(repository, start, tip) & there:
        return True
    own = repository.run("rev-list", "--no-merges", tip, "--not", *bases)
    # A commit that git knows no patch of (it changes nothing, or modes only) is not known to be there.
    each = [_patches(repository, "--stdin", stdin=one) for one in own.splitlines(keepends=True)]
    return bool(each) and all(one and one <= there for one in each)


def _patches(repository: Repository, *which: str, stdin: bytes = b"") -> frozenset[bytes]:
    out = repository.piped("diff-tree", *_PATCH, *which, stdin=stdin, into=("patch-id", "--stable"))
    return frozenset(row.split()[0] for row in out.splitlines())
