"""Moving a worktree's branch and files from one commit to another, so that a kill in between can be told and mended.

What is moved is noted down first, in the worktree's own git directory. A lock that git inherits lasts as long as the
last process of the move: who gets it knows that nobody is at work. Files that are neither as before nor as after are
somebody's work and are never overwritten.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError, GitError, UsageError
from paddock.quoting import quoted
from paddock.sources.calling import decode
from paddock.sources.git import open_repository
from paddock.worktrees import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository

_NOTE = "paddock-moving"
_LOCK = "paddock-moving.lock"
_INDEX = "paddock-index"  # the new index, until it takes its place
_INDEX_LOCK = "index.lock"
_TAKES = 2.0  # seconds; git holds an index for less, so an older lock is that of a process that was killed
_QUIET = ("-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
_DIFF = ("diff", "--name-only", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=none", "-z")


class Move(Struct, frozen=True):
    """A branch that goes from one commit to another, in the worktree where it is checked out."""

    branch: str
    old: str
    new: str


def move(path: str, wanted: Move) -> None:
    """Bring a worktree's files, index and branch to another commit.

    Raises:
        UsageError: somebody's files are in the way, or the branch moved in the meantime; nothing was changed.
        GitError: git failed.
    """
    place = open_repository(path)
    with _locked(place):
        if (place.branch(), place.head()) != (wanted.branch, wanted.old):
            raise UsageError(f"{wanted.branch} moved in the meantime", hint="run it again")
        if found := _in_the_way(place, wanted):
            raise UsageError(
                f"files are in the way: git does not know {found[0]}, and {wanted.new[:12]} has a file there",
                hint=f"move it away: {quoted(os.path.join(path, found[0]))}",
            )
        _note(place, wanted)
        try:
            _carry_out(place, wanted, ("-m", "-u", wanted.old, wanted.new))
        finally:
            _forget(place)


def heal(path: str, git_dir: str) -> str | None:
    """Finish a move that was killed; in words what was done, None where there was none.

    Raises:
        UsageError: files were changed since, so that it can't be told what is whose.
        CouldNotCheckError: the move is still under way.
    """
    if not os.path.lexists(os.path.join(git_dir, _NOTE)):
        return None
    place = open_repository(path)
    with _locked(place):
        wanted = _noted(place)
        head = place.head()
        stuck = os.path.lexists(os.path.join(place.git_dir, _INDEX_LOCK))
        done = wanted is not None and head == wanted.new and not stuck
        if wanted is None or done or place.branch() != wanted.branch or head not in (wanted.old, wanted.new):
            _forget(place)  # it was done, or whoever works there went on from it
            return None
        _unlock_index(place)
        if mixed := _neither(place, wanted):
            raise UsageError(
                f"a sync was killed here, and {len(mixed)} files were changed since, the first: {mixed[0]}",
                hint=f"look at: git -C {quoted(path)} diff {wanted.new[:12]}\n"
                "then commit what is yours, and run it again",
            )
        _carry_out(place, wanted, ("--reset", "-u", wanted.new))
        _forget(place)
    return "finished what a killed run had begun"


def _carry_out(place: Repository, wanted: Move, tree: tuple[str, ...]) -> None:
    """Files, then branch, then index, while the index is locked as git locks it: nobody can begin a commit.

    A commit that began before has the old one as its parent. Either it comes first, and the branch is not where it was
    thought to be; or it finds the branch moved, and git refuses it.
    """
    index, lock = os.path.join(place.git_dir, "index"), os.path.join(place.git_dir, _INDEX_LOCK)
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except FileExistsError as error:
        raise CouldNotCheckError(f"git is at work in {place.top}", hint="run it again") from error
    beside = os.path.join(place.git_dir, _INDEX)
    try:
        with suppress(FileNotFoundError):
            os.unlink(f"{beside}.lock")  # of a git that was killed: nobody else has an index of this name
        with open(index, "rb") as old, open(beside, "wb") as new:
            new.write(old.read())
        try:
            place.run(*_QUIET, "read-tree", *tree, index=beside)
        except GitError as error:
            words = error.message.removeprefix("git read-tree: ")
            hint = f"look at: git -C {quoted(place.top or '')} status"
            raise UsageError(f"files are in the way: {words}", hint=hint) from error
        if place.head() == wanted.old:
            _move_branch(place, wanted, beside)
        os.replace(beside, index)
    finally:
        for name in (f"{beside}.lock", beside, lock):
            with suppress(FileNotFoundError):
                os.unlink(name)


def _move_branch(place: Repository, wanted: Move, index: str) -> None:
    try:
        ref = f"refs/heads/{wanted.branch}"
        place.run("update-ref", "--create-reflog", "-m", "paddock worktree sync", ref, wanted.new, wanted.old)
    except GitError as error:
        # It moved by itself: the files go back to where the index, which is as it was, still is.
        place.run(*_QUIET, "read-tree", "-m", "-u", wanted.new, wanted.old, index=index)
        raise UsageError(
            f"{wanted.branch} could not be moved: {error.message}", hint=error.hint or "run it again"
        ) from error


def _neither(place: Repository, wanted: Move) -> list[str]:
    """Files that are as neither commit has them; one that is not there is not somebody's work."""
    changed = [set(decode(place.run(*_DIFF, one, "--")).split("\0")[:-1]) for one in (wanted.old, wanted.new)]
    found = [name for name in changed[0] & changed[1] if os.path.lexists(os.path.join(place.top or "", name))]
    # Files that only the new commit has are in no index yet, and no diff shows them.
    mixed = {*found, *_in_the_way(place, wanted)}
    return sorted(name for name in mixed if not _half_written(place, name, wanted))


def _half_written(place: Repository, name: str, wanted: Move) -> bool:
    """Whether a file is the beginning of the new commit's: git was killed while it wrote, and it is nobody's work."""
    path = os.path.join(place.top or "", name)
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    new = place.blob(wanted.new, name)
    if new is None or os.path.getsize(path) > len(new):
        return False
    with open(path, "rb") as file:
        return new.startswith(file.read())


def _in_the_way(place: Repository, wanted: Move) -> list[str]:
    """Files where only the new commit has some, with other content. Git would overwrite those that it ignores."""
    added = decode(place.run(*_DIFF, "--diff-filter=A", wanted.old, wanted.new, "--")).split("\0")[:-1]
    top = place.top or ""
    found = [name for name in added if os.path.lexists(os.path.join(top, name)) and _is_other(place, name, wanted)]
    folders = {name[:at] for name in added for at, char in enumerate(name) if char == "/"}
    for name in folders:
        full = os.path.join(top, name)
        if (
            os.path.lexists(full)
            and (os.path.islink(full) or not os.path.isdir(full))
            and not _has(place, name, wanted)
        ):
            found.append(name)
    return sorted(found)


def _has(place: Repository, name: str, wanted: Move) -> bool:
    return place.line("rev-parse", "--verify", "--quiet", f"{wanted.old}:{name}") is not None


def _is_other(place: Repository, name: str, wanted: Move) -> bool:
    full = os.path.join(place.top or "", name)
    if os.path.islink(full):
        return place.blob(wanted.new, name) != os.fsencode(os.readlink(full))
    if not os.path.isfile(full):
        return not _has(place, name, wanted)  # a folder of the old commit goes with its files
    made = decode(place.run("hash-object", "--path", name, "--", full)).strip()
    return made != place.line("rev-parse", "--verify", "--quiet", f"{wanted.new}:{name}")


def _unlock_index(place: Repository) -> None:
    """Take away the lock of a git that was killed; one that is in use changes while we wait."""
    path = os.path.join(place.git_dir, _INDEX_LOCK)
    end = time.monotonic() + _TAKES
    try:
        before = os.stat(path)
        while time.monotonic() < end:
            time.sleep(0.1)
            now = os.stat(path)
            if (now.st_ino, now.st_mtime_ns, now.st_size) != (before.st_ino, before.st_mtime_ns, before.st_size):
                raise CouldNotCheckError(f"git is at work in {place.top}", hint="run it again")
        os.unlink(path)
    except FileNotFoundError:
        return


@contextmanager
def _locked(place: Repository) -> Iterator[None]:
    handle = os.open(os.path.join(place.git_dir, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"another sync is at work in {place.top}"
            raise CouldNotCheckError(message, hint="wait for it, and run it again") from error
        place.inherited = (handle,)
        yield
    finally:
        place.inherited = ()
        os.close(handle)


def _note(place: Repository, wanted: Move) -> None:
    path = os.path.join(place.git_dir, _NOTE)
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump({"branch": wanted.branch, "old": wanted.old, "new": wanted.new}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.tmp", path)


def _noted(place: Repository) -> Move | None:
    try:
        held = json.loads(places.read(os.path.join(place.git_dir, _NOTE)) or "null")
        found = Move(str(held["branch"]), str(held["old"]), str(held["new"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    # It lies where an agent writes: only full names of commits are believed.
    return found if place.resolve(found.old) == found.old and place.resolve(found.new) == found.new else None


def _forget(place: Repository) -> None:
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(place.git_dir, _NOTE))
