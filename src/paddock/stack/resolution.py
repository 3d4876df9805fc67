"""A conflict of two branches on a branch of its own: made, judged, brought back onto the later one, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import UsageError
from paddock.model import SUBMODULE, Clash, ClashKind, Commit
from paddock.plan.keys import RESOLUTIONS
from paddock.sources.authors import contributions, dates
from paddock.sources.calling import lines_of
from paddock.sources.change import read_commits
from paddock.sources.checkouts import checkouts
from paddock.sources.collision import at_paths, collide, paths_between, texts
from paddock.sources.history import merge_base
from paddock.sources.quarantine import Authorship, make_branches, tree_of
from paddock.stack.survey import NOTHING, Open, Problem, Record, Stages, State, is_marked, message, read, survey
from paddock.trailers import Identity, sign_offs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from paddock.sources.git import Repository
    from paddock.sources.quarantine import Quarantine

PREFIX = RESOLUTIONS


class Isolated(Struct, frozen=True):
    """A conflict on its branch: the record, the commit with the markers, and who wrote what on either side."""

    branch: str
    record: Record
    commit: str
    clashes: tuple[Clash, ...]
    who: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    sides: tuple[str, str]


class Resolution(Struct, frozen=True):
    """A resolution as it stands.

    Attributes:
        branch: its branch.
        tip: the branch's commit.
        start: the commit that holds the markers.
        earlier: the commit of the earlier branch in it.
        later: the later branch's commit as it is now.
        record: what it is of.
        commits: what was committed on top of the markers, oldest first.
    """

    branch: str
    tip: str
    start: str
    earlier: str
    later: str
    record: Record
    commits: tuple[Commit, ...]


def name_of(earlier: str, later: str) -> str:
    """The branch of a resolution."""
    return f"{PREFIX}{earlier}--{later}"


def isolate(
    repository: Repository, quarantine: Quarantine, ours: tuple[str, str], theirs: tuple[str, str]
) -> Isolated | None:
    """The commit with the markers, in the quarantine; None where the two merge cleanly."""
    base = merge_base(repository, (ours[1],), (theirs[1],))  # refuses a history that was cut
    found = collide(quarantine, ours, theirs)
    if not found.clashes:
        return None
    record = Record(ours[0], theirs[0], ())
    entries = at_paths(quarantine.repository, found.tree, [one.path for one in found.clashes])
    read_ = texts(quarantine.repository, (sha for mode, sha in entries.values() if mode != SUBMODULE))
    kinds: dict[str, ClashKind] = {}
    for clash in found.clashes:
        kinds.setdefault(clash.path, clash.kind)
    opened = tuple(
        Open(path, kind, is_marked(read_.get(entries.get(path, ("", ""))[1]), record)) for path, kind in kinds.items()
    )
    record = Record(ours[0], theirs[0], opened)
    author = _me(repository)
    commit = quarantine.merge(found.tree, (ours[1], theirs[1]), message(record), author)
    who = {
        path: (_writers(repository, base, ours[1], path), _writers(repository, base, theirs[1], path)) for path in kinds
    }
    return Isolated(
        name_of(*(side[0] for side in (ours, theirs))), record, commit, found.clashes, who, (ours[1], theirs[1])
    )


def keep(repository: Repository, quarantine: Quarantine, found: Isolated) -> None:
    """Make the branch.

    Raises:
        UsageError: there is one.
    """
    quarantine.keep([found.commit], found.sides)
    make_branches(repository, {found.branch: found.commit}, "paddock conflict isolate")


def opened(repository: Repository, branch: str, *, ending: bool = False) -> Resolution:
    """The resolution that a branch is; one that is only to be deleted may have lost the branch that it is for.

    Raises:
        UsageError: it is none, or the later branch is gone.
    """
    tip = repository.resolve(f"refs/heads/{branch}")
    if tip is None:
        raise UsageError(f"there is no branch `{branch}`", hint="paddock conflict list shows what is open")
    started = _start(repository, tip)
    if started is None:
        raise UsageError(f"`{branch}` is no resolution", hint="paddock conflict isolate A B makes one")
    start, record = started
    later = repository.resolve(f"refs/heads/{record.later}")
    if later is None and not ending:
        raise UsageError(
            f"there is no branch `{record.later}` any more", hint=f"git branch {record.later} {start[:12]}^2"
        )
    now = repository.resolve(f"refs/heads/{record.earlier}")
    earlier = now if now and _is_in(repository, now, tip) else f"{start}^1"
    commits = tuple(reversed(list(read_commits(repository, tip, "--not", start))))
    return Resolution(branch, tip, start, repository.resolve(earlier) or start, later or start, record, commits)


def resolutions(repository: Repository) -> tuple[tuple[str, str], ...]:
    """The branches that resolutions are on, and in words how far each is."""
    listing = ("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/{PREFIX}")
    return tuple((name, _standing(repository, name)) for name in lines_of(repository.run(*listing)))


def is_brought(repository: Repository, found: Resolution) -> bool:
    """Whether the later branch has the earlier one in it already."""
    return _is_in(repository, f"{found.start}^1", found.later)


def _standing(repository: Repository, branch: str) -> str:
    try:
        found = opened(repository, branch)
    except UsageError as error:
        return error.message
    if is_brought(repository, found):
        return f"brought back onto {found.record.later}"
    count = len(found.commits)
    return f"{count} commit{'s' * (count != 1)} on it" if count else "nothing is committed on it yet"


def judged(repository: Repository, found: Resolution, accepted: Collection[str]) -> tuple[Problem, ...]:
    """What keeps a resolution from being done."""
    if not _is_in(repository, found.later, found.tip):
        later = found.record.later
        return (Problem(later, f"the branch has moved on since: git merge {later}, on {found.branch}"),)
    base = merge_base(repository, (f"{found.start}^1",), (f"{found.start}^2",))
    paths = {one.path: None for one in found.record.open}
    # What came in by later merges of the two branches is theirs, and no loss.
    paths |= dict.fromkeys(paths_between(repository, found.start, found.tip))
    trees = [at_paths(repository, tree, paths) for tree in (base, found.start, found.tip)]
    read_ = texts(repository, (sha for tree in trees for mode, sha in tree.values() if mode != SUBMODULE))

    def state(at: int, path: str) -> State:
        mode, sha = trees[at].get(path, ("", ""))
        # A submodule's commit, and a file too long to be read, are told apart by their names.
        return State(mode, read_.get(sha, sha.encode())) if mode else NOTHING

    stages = {path: Stages(*(state(at, path) for at in range(3))) for path in paths}
    return survey(found.record, stages, accepted)


def merged(quarantine: Quarantine, repository: Repository, found: Resolution) -> str:
    """The later branch with the earlier one merged in, as resolved: one commit without the markers before it."""
    record = found.record
    told = [f"Merge {record.earlier} into {record.later}", f"Conflicts resolved on {found.branch}:"]
    told[1] += "".join(f"\n  {one.path!a} ({one.kind})" for one in record.open)
    # Where all was accepted as git left it, nobody committed anything but the markers' commit itself.
    commits = found.commits or tuple(read_commits(repository, found.start, "--max-count=1"))
    when = dates(repository, [str(one.sha) for one in commits])
    last = next((one for one in reversed(commits) if not one.is_merge), commits[-1])
    author = Identity(last.author.name, last.author.email) if last.author else Identity("", "")
    people = (Identity(one.author.name, one.author.email) for one in commits if one.author)
    trailers = [f"Co-authored-by: {one}" for one in dict.fromkeys(people) if one != author]
    trailers += [f"Signed-off-by: {one}" for commit in commits for one in sign_offs(commit.message)]
    if trailers:
        told.append("\n".join(dict.fromkeys(trailers)))
    wrote = Authorship(author.name, author.email, when[str(last.sha)])
    return quarantine.merge(
        tree_of(repository, found.tip), (found.later, found.earlier), "\n\n".join(told) + "\n", wrote
    )


def bring(repository: Repository, quarantine: Quarantine, found: Resolution, commit: str) -> None:
    """Move the later branch on to the merge: forward only, with the files of the worktree that has it.

    Raises:
        UsageError: its worktree has changes that are not committed, or it moved in the meantime.
    """
    from paddock.worktrees.moving import Move, move

    name = found.record.later
    place = next((one for one in checkouts(repository) if one.branch == name and not one.bare), None)
    if place is not None:
        _refuse_changes(place.path, name)
    quarantine.keep([commit], (found.later, found.earlier, found.tip))
    if place is not None:
        move(place.path, Move(name, found.later, commit))
        return
    reason = ("-m", f"paddock conflict done: {found.branch}")
    repository.run("update-ref", "--create-reflog", *reason, f"refs/heads/{name}", commit, found.later)


def abort(repository: Repository, branch: str, tip: str) -> None:
    """Delete the branch of a resolution.

    Raises:
        UsageError: a worktree has it checked out.
    """
    place = next((one for one in checkouts(repository) if one.branch == branch), None)
    if place is not None:
        raise UsageError(
            f"`{branch}` is checked out in {place.path}", hint="switch that worktree to another branch first"
        )
    repository.run("update-ref", "-d", f"refs/heads/{branch}", tip)


def _refuse_changes(path: str, branch: str) -> None:
    from paddock.sources.git import open_repository

    place = open_repository(path)
    # A file that was written anew with what it had before is no change.
    place.run("update-index", "-q", "--refresh", accept=(1,))
    changes = place.run("status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=none")
    if changes:
        count = changes.count(b"\0")
        raise UsageError(
            f"{branch} is checked out in {path}, where {count} files are changed and not committed",
            hint="commit them there, or switch that worktree to another branch",
        )


def _start(repository: Repository, tip: str) -> tuple[str, Record] | None:
    """The commit with the markers, and its record: the first on the way back along first parents."""
    for commit in read_commits(repository, tip, "--first-parent", "--max-count=1000"):
        if commit.is_merge and (record := read(commit.message)) is not None:
            return str(commit.sha), record
    return None


def _is_in(repository: Repository, commit: str, tip: str) -> bool:
    return not repository.run("rev-list", "--max-count=1", commit, "--not", tip).strip()


def _me(repository: Repository) -> Authorship:
    import time

    author, _ = repository.identities()
    return Authorship(author.name, author.email, f"{int(time.time())} +0000")


def _writers(repository: Repository, base: str, tip: str, path: str) -> tuple[str, ...]:
    """Who wrote a path's lines on one side, whoever wrote most first."""
    commits = [one for one in read_commits(repository, tip, "--not", base) if not one.is_merge]
    names = {str(one.sha): one.author.name if one.author else "" for one in commits}
    lines = contributions(repository, [str(one.sha) for one in reversed(commits)]).get(path, {})
    return _ranked((names[sha], count) for sha, count in lines.items())


def _ranked(shares: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for name, count in shares:
        found[name] = found.get(name, 0) + count
    return tuple(sorted(found, key=lambda name: (-found[name], name)))
