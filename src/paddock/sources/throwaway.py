"""A checkout of a commit in a temporary folder, which is gone afterwards; the user's own is not touched.

It is a linked worktree where the repository's git directory can be written, and elsewhere (inside paddock's fence) a
repository of its own over the same objects. No hook runs. Each has a record in the git directory, locked by the process
that made it: what a killed process left, the next run finds by a record that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from paddock.errors import CouldNotCheckError
from paddock.sources.calling import call, environment, failure
from paddock.sources.ending import undisturbed, unwinding
from paddock.sources.git import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RECORDS = "paddock/throwaway"
_NAME = re.compile(r"paddock-throwaway-[0-9]+-[0-9a-f]{16}\Z")
_LONGEST = 1 << 12  # bytes of a record, which is one path
_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "gc.auto=0",
)
_PINNED = tuple(word for one in _SETTINGS for word in ("-c", one))
# Whoever the user is, a commit made for the moment has the same name.
_NOBODY = {f"GIT_{role}_{what}": "paddock" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_NOBODY |= {f"GIT_{role}_DATE": "@0 +0000" for role in ("AUTHOR", "COMMITTER")}


@contextmanager
def throwaway(repository: Repository, revision: str) -> Iterator[Repository]:
    """A checkout, with HEAD detached on the commit (or on one made of the tree), while the block lasts.

    SIGTERM and SIGHUP leave the block by `SystemExit`, so that nothing stays behind.

    Args:
        repository: where the commit or tree is; bare or not, a linked worktree or not.
        revision: the full name of a commit or a tree.

    Raises:
        CouldNotCheckError: there is no place for it.
        GitError: there is no such commit or tree here.
    """
    import tempfile

    with unwinding():
        commit = _commit(repository, revision)
        prune(repository)
        home, record, lock = _recorded(repository)
        folder = os.path.join(tempfile.gettempdir(), os.path.basename(record))
        try:
            os.write(lock, os.fsencode(folder))
            os.mkdir(folder, 0o700)
            yield (
                _linked(repository, folder, commit)
                if home == repository.common_dir
                else _apart(repository, folder, commit)
            )
        except OSError as error:
            if error.filename != folder:
                raise
            raise CouldNotCheckError(f"{folder}: {(error.strerror or str(error)).lower()}", hint="df -h") from error
        finally:
            with undisturbed():
                _take_away(home, record, folder)
                os.close(lock)


def prune(repository: Repository) -> None:
    """Take away what processes left that were killed."""
    for home in dict.fromkeys((repository.common_dir, repository.git_dir)):
        try:
            names = os.listdir(os.path.join(home, _RECORDS))
        except OSError:
            continue
        for name in names:
            # An agent can write in its own git directory: no other folder than one of such a name is deleted.
            if _NAME.match(name):
                _prune(home, os.path.join(home, _RECORDS, name))


def _prune(home: str, record: str) -> None:
    try:
        handle = os.open(record, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = os.fsdecode(os.read(handle, _LONGEST))
        if not os.path.isabs(folder) or os.path.basename(folder) != os.path.basename(record):
            folder = ""
        with undisturbed():
            _take_away(home, record, folder)
    except OSError:
        pass  # its process lives, or another one is at it
    finally:
        os.close(handle)


def _recorded(repository: Repository) -> tuple[str, str, int]:
    """A new record: in which git directory, its path, and its open and locked file."""
    first: OSError | None = None
    for home in dict.fromkeys((repository.common_dir, repository.git_dir)):
        folder = os.path.join(home, _RECORDS)
        try:
            os.makedirs(folder, exist_ok=True)
            while True:
                record = os.path.join(folder, f"paddock-throwaway-{os.getpid()}-{os.urandom(8).hex()}")
                handle = os.open(record, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with suppress(BlockingIOError):
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.fstat(handle).st_nlink:
                        return home, record, handle
                os.close(handle)  # another run took the new file for a dead one's
        except OSError as error:
            first = first or error
    raise CouldNotCheckError(
        f"{repository.common_dir}/{_RECORDS}: {((first and first.strerror) or 'not to be written').lower()}",
        hint=f"df -h; ls -ld {_RECORDS.partition('/')[0]}",
    )


def _take_away(home: str, record: str, folder: str) -> None:
    name = os.path.basename(record)
    if folder:
        _delete(folder)
    # What git itself would do once the folder is gone (git worktree prune), for this one only and whatever its state.
    _delete(os.path.join(home, "worktrees", name))
    with suppress(OSError):
        os.rmdir(os.path.join(home, "worktrees"))
    if not folder or not os.path.lexists(folder):
        with suppress(FileNotFoundError):
            os.unlink(record)


def _delete(folder: str) -> None:
    """Delete a folder and all in it, also what was made read-only, as caches of modules are."""
    import shutil

    if os.path.islink(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.isdir(folder):
        for top, _folders, _files in os.walk(folder):
            with suppress(OSError):
                os.chmod(top, 0o700)
        shutil.rmtree(folder, ignore_errors=True)


def _commit(repository: Repository, revision: str) -> str:
    kind = repository.run("cat-file", "-t", revision).decode().strip()
    if kind != "tree":
        return revision
    env = environment() | {"GIT_DIR": repository.common_dir} | _NOBODY
    return _git(env, None, "commit-tree", "-m", "a tree to look at", revision).decode().strip()


def _linked(repository: Repository, folder: str, commit: str) -> Repository:
    """A linked worktree. The main git directory is named: nothing of the caller's own worktree takes part."""
    env = environment() | {"GIT_DIR": repository.common_dir}
    _git(env, repository.common_dir, *_PINNED, "worktree", "add", "--quiet", "--detach", "--", folder, commit)
    git_dir = os.path.join(repository.common_dir, "worktrees", os.path.basename(folder))
    return _opened(repository, git_dir, repository.common_dir, folder)


def _apart(repository: Repository, folder: str, commit: str) -> Repository:
    """A repository of its own, with the same refs over the same objects."""
    git_dir = os.path.join(folder, ".git")
    form = f"--object-format={repository.object_format}"
    _git(environment(), folder, "init", "--quiet", "--template=", form, folder)
    with open(os.path.join(git_dir, "objects", "info", "alternates"), "wb") as file:
        file.write(os.fsencode(os.path.join(repository.common_dir, "objects")) + b"\n")
    with suppress(FileNotFoundError), open(os.path.join(repository.common_dir, "shallow"), "rb") as cut:
        data = cut.read()
        with open(os.path.join(git_dir, "shallow"), "wb") as file:
            file.write(data)
    kinds = ("refs/heads/", "refs/remotes/", "refs/tags/")
    refs = repository.run("for-each-ref", "--format=create %(refname) %(objectname)", *kinds)
    env = environment() | {"GIT_DIR": git_dir, "GIT_WORK_TREE": folder}
    _git(env, folder, *_PINNED, "update-ref", "--stdin", stdin=refs)
    _git(env, folder, *_PINNED, "checkout", "--quiet", "--detach", commit, "--")
    return _opened(repository, git_dir, git_dir, folder)


def _opened(repository: Repository, git_dir: str, common_dir: str, top: str) -> Repository:
    found = Repository(
        git_dir=git_dir,
        common_dir=common_dir,
        top=top,
        shallow=repository.shallow,
        object_format=repository.object_format,
    )
    # The index of a partial commit is the caller's and not this checkout's.
    found.env.pop("GIT_INDEX_FILE", None)
    return found


def _git(env: Mapping[str, str], cwd: str | None, *args: str, stdin: bytes | None = None) -> bytes:
    code, out, err = call(("git", *args), dict(env), cwd, stdin)
    if code:
        # The command's name is what follows our own settings.
        raise failure([one for one in args if one not in _PINNED], code, err)
    return out
