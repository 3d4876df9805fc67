"""What a new worktree is given beside what git checks out: copies of ignored files, and a set-up command.

Files are copied from the main checkout and never over one that is there. Only what git ignores is copied: a secret
that git does not ignore would be in the agent's next commit. The command runs once; its output is kept in the
worktree's own git directory, and it holds a lock there for as long as it or anything it started runs.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

from paddock.errors import CouldNotCheckError, UsageError
from paddock.quoting import quoted
from paddock.sources.calling import decode
from paddock.sources.git import open_repository
from paddock.sources.programs import run_logged
from paddock.worktrees import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.policy.worktrees import Worktrees
    from paddock.sources.git import Repository

LOG = "paddock-set-up.log"
_DONE = "paddock-set-up"  # which command was run to its good end
_MOST = 1000  # files, and
_LARGEST = 64 << 20  # bytes of one: what is more is a folder of packages that somebody's glob caught


def furnish(repository: Repository, path: str, agent: str, section: Worktrees, *, dry_run: bool) -> Iterator[str]:
    """Give a worktree its files and set it up, each told; what is there already is left alone.

    Raises:
        UsageError: a file can't be copied, or the command failed.
        CouldNotCheckError: the command is still running from another time.
    """
    main = places.main_checkout(repository.common_dir)
    if section.copy and main is not None:
        yield from _copied(main, path, section.copy, dry_run=dry_run)
    if section.set_up:
        yield from _run(path, agent, section, dry_run=dry_run)


def _copied(main: str, path: str, globs: tuple[str, ...], *, dry_run: bool) -> Iterator[str]:
    from pathspec import GitIgnoreSpec

    source = open_repository(main)
    matches = GitIgnoreSpec.from_lines(globs, backend="simple").match_file
    other = ("ls-files", "--others", "--exclude-standard", "-z")
    for name in decode(source.run(*other)).split("\0")[:-1]:
        if matches(name):
            yield f"note: {name} is not copied, since git does not ignore it"
    names = [name for name in decode(source.run(*other, "--ignored")).split("\0")[:-1] if matches(name)]
    wanted = [name for name in names if not os.path.lexists(os.path.join(path, name))]
    if len(wanted) > _MOST:
        raise UsageError(f"`worktrees.copy` catches {len(wanted):,} files, over the limit of {_MOST:,}")
    done = [name for name in wanted if dry_run or _copy(os.path.join(main, name), path, name)]
    if done:
        yield f"{', '.join(done)} copied"


def _copy(source: str, top: str, name: str) -> bool:
    """Copy one file with its mode; a link, a pipe or what else is no file is not copied."""
    target = os.path.join(top, name)
    folder = os.path.dirname(target)
    real = os.path.realpath(folder)
    if real != os.path.realpath(top) and not real.startswith(os.path.realpath(top) + os.sep):
        raise UsageError(f"{name} is not copied: a link leads out of {top}")
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with open(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
            return False
        data = file.read(_LARGEST)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{os.path.basename(name)[:100]}.{os.getpid()}.paddock")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        try:
            file.write(data)
            os.fchmod(file.fileno(), stat.S_IMODE(about.st_mode) & 0o777)
            file.flush()
            os.rename(beside, target)
        except BaseException:
            os.unlink(beside)
            raise
    return True


def _run(path: str, agent: str, section: Worktrees, *, dry_run: bool) -> Iterator[str]:
    shown = shlex.join(section.set_up)
    mark = sha256("\0".join(section.set_up).encode("utf-8", "surrogateescape")).hexdigest()
    git_dir = open_repository(path).git_dir
    done, log = os.path.join(git_dir, _DONE), os.path.join(git_dir, LOG)
    if places.read(done) == mark:
        return
    if dry_run:
        yield f"{shown} run"
        return
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CouldNotCheckError(f"its set-up is still running: {shown}", hint=f"tail -f {log}") from error
        os.ftruncate(handle, 0)
        # What it starts inherits the lock with the log that it writes to.
        env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        seconds = section.set_up_seconds
        code = run_logged(section.set_up, {**env, "PADDOCK_AGENT": agent}, path, handle, seconds=seconds)
    finally:
        os.close(handle)
    if code != 0:
        how = f"did not end within {seconds} seconds" if code is None else f"failed with {code}"
        raise UsageError(f"the set-up command {how}: {shown}", hint=f"what it said: {quoted(log)}")
    with open(f"{done}.tmp", "w", encoding="ascii") as file:
        file.write(mark)
    os.replace(f"{done}.tmp", done)
    yield f"{shown} run"
