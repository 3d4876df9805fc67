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
from paddock.sources.ancestry import Ancestry
from paddock.sources.calling import decode
from paddock.sources.heads import history, listing
from paddock.sources.history import base_candidates, missing_base
from paddock.sources.keeping import keep, kept
from paddock.sources.merging import Merging

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from paddock.sources.git import Repository
    from paddock.sources.heads import Ref

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


def standings(
    repository: Repository, base: str, names: Collection[str], refs: Sequence[Ref] | None = None
) -> dict[str, Standing]:
    """How far each of these branches is; those that nothing is known of are left out.

    Args:
        repository: where they are.
        base: the base's name.
        names: of branches.
        refs: all branches, where they were listed already.

    Raises:
        FactMissingError: the base is not here.
        FactUnreadableError: the history was cut.
    """
    if repository.shallow:
        raise FactUnreadableError(
            "this clone is shallow: which branches are merged can't be told", hint="git fetch --unshallow"
        )
    refs = listing(repository) if refs is None else refs
    bases = base_candidates(repository, base, refs)
    if not bases:
        raise missing_base(repository, base)
    line, told = _own_line(repository, bases)
    tips = _tips(refs, names)
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
        found = landed(repository, bases[0], missing)
        known |= {keys[tip]: tip in found for tip in missing}
        keep(repository.common_dir, _FILE, known, _MOST)
    return {tip for tip, key in keys.items() if known[key]}


def landed(repository: Repository, base: str, tips: Sequence[str]) -> set[str]:
    """Those of some commits all of whose work is in the base under other commits: squashed or rebased."""
    ancestry = Ancestry(history(repository, [*tips, base]), [*tips, base])
    shared = ((at, tip, ancestry.bases([len(tips)], at)) for at, tip in enumerate(tips))
    # Commits that change nothing were made to hold a place; without a common commit nothing can be said.
    starts = {tip: some[0] for _, tip, some in shared if some and ancestry.tree[some[0]] != ancestry.tree[tip]}
    merges = Merging(repository).trees([(tip, base) for tip in starts])
    nothing = {tip for tip, tree in zip(starts, merges, strict=True) if tree == ancestry.tree[base]}
    left = {tip: start for tip, start in starts.items() if tip not in nothing}
    own = {tip: ancestry.only(tips.index(tip), len(tips)) for tip in left}
    return nothing | _patched(repository, base, left, own)


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


def _tips(refs: Sequence[Ref], names: Collection[str]) -> dict[str, set[str]]:
    wanted = set(names)
    found: dict[str, set[str]] = {}
    for ref in refs:
        name = "".join(ref.name.split("/", 3)[3:]) if ref.remote else ref.name.removeprefix("refs/heads/")
        if name in wanted:
            found.setdefault(name, set()).add(ref.sha)
    return found


def _inside(repository: Repository, bases: tuple[str, ...]) -> set[str]:
    """Tips of branches that are in the history of the base."""
    merged = [f"--merged={base}" for base in bases]
    out = repository.run("for-each-ref", *merged, "--format=%(objectname)", "refs/heads", "refs/remotes")
    return set(out.decode().split())


def _patched(
    repository: Repository, base: str, starts: Mapping[str, str], own: Mapping[str, Sequence[str]]
) -> set[str]:
    """Those of some tips all of which the base's own line has as one commit, or each commit of which it has.

    Args:
        repository: where they are.
        base: a commit.
        starts: for each tip the commit that it shares with the base.
        own: for each tip the commits that the base has not, without merges.
    """
    older = [f"^{start}" for start in dict.fromkeys(starts.values())]
    line = repository.run("rev-list", "--first-parent", "--no-merges", base, *older).decode().split() if starts else []
    if not line:
        return set()
    # A commit with another one behind it is compared with that, as if it were its parent.
    whole = [f"{tip} {start}" for tip, start in starts.items()]
    touched, paths = _paths(repository, whole), _paths(repository, line)
    # Only what touches the same paths can be the same patch.
    like = {tip: [one for one in line if paths[one] & touched[tip]] for tip in starts}
    some = [tip for tip, those in like.items() if those]
    there = _patches(repository, list(dict.fromkeys(one for tip in some for one in like[tip])))
    squashed = _patches(repository, [f"{tip} {starts[tip]}" for tip in some])
    single = _patches(repository, list(dict.fromkeys(one for tip in some for one in own[tip])))
    found = set()
    for tip in some:
        known = {there[one] for one in like[tip] if one in there}
        # A commit that git knows no patch of (it changes nothing, or modes only) is not known to be there.
        rebased = bool(own[tip]) and all(single.get(one) in known for one in own[tip])
        if squashed.get(tip) in known or rebased:
            found.add(tip)
    return found


def _paths(repository: Repository, commits: Sequence[str]) -> dict[str, set[bytes]]:
    """The paths that each commit changes."""
    how = ("--stdin", "--root", "-r", "-z", "--name-only", "--no-renames")
    return _by_name(repository.run("diff-tree", *how, stdin=_lines(commits), isolated=True), commits)


def _by_name(out: bytes, commits: Sequence[str]) -> dict[str, set[bytes]]:
    """The paths that `git diff-tree --stdin -z --name-only` lists behind each commit that it was given."""
    found: dict[bytes, set[bytes]] = {one.partition(" ")[0].encode(): set() for one in commits}
    here: set[bytes] = set()
    for part in out.split(b"\0"):
        if part in found:
            here = found[part]
        else:
            here.add(part)
    return {one.decode(): paths - {b""} for one, paths in found.items()}


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{one}\n" for one in names).encode()


def _patches(repository: Repository, commits: Sequence[str]) -> dict[str, str]:
    """For each commit that has a patch, its identity."""
    if not commits:
        return {}
    out = repository.piped("diff-tree", "--stdin", *_PATCH, stdin=_lines(commits), into=("patch-id", "--stable"))
    rows = (row.split() for row in out.decode().splitlines())
    return {commit: patch for patch, commit in rows}
