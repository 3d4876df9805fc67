"""Git as a process: its environment, its bytes, and what it says of failures. Nothing else starts it.

Every call is an argument list in a scrubbed environment, so that neither a hook's `GIT_*`, nor the locale changes an
answer.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from paddock.errors import GitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

MINIMUM_GIT = (2, 38)

# What of a hook's or a user's environment still reaches git: how to reach a remote, who commits, which user
# configuration is meant. The rest (GIT_DIR, GIT_WORK_TREE, GIT_CONFIG_PARAMETERS, GIT_EXTERNAL_DIFF, GIT_TRACE…) is
# either resolved once into `Repository` or would change what a command prints.
_KEPT = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_ASKPASS",
    "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL_FROM_USER",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)
_PINNED = {
    # Whole blocks instead of a write for every commit.
    "GIT_FLUSH": "0",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
PIPE = subprocess.PIPE
_PIPE = 1 << 20  # bytes that git may be ahead of us
_SAID = 1 << 16  # bytes of what git says of a failure
_TOLD = 6  # lines of a hook that are handed on


def decode(data: bytes) -> str:
    """Git's bytes as text that gives the same bytes back."""
    return data.decode("utf-8", "surrogateescape")


def lines_of(data: bytes) -> list[str]:
    """The lines of what git wrote; what else ends a line, such as U+2028, may be part of a branch's name."""
    return decode(data).removesuffix("\n").split("\n") if data else []


def environment() -> dict[str, str]:
    """The environment that git is run in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key.startswith(_KEPT)}
    return kept | _PINNED


def spawn(  # noqa: PLR0913 - what a process is started with
    argv: Sequence[str],
    env: dict[str, str],
    cwd: str | None,
    stdin: int,
    *,
    apart: bool = False,
    inherited: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start git, with its output and what it says of failures in pipes.

    Raises:
        GitError: it is not there, or may not be run.
        UsageError: there is no such folder.
    """
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=stdin,
            stdout=pipe,
            stderr=pipe,
            start_new_session=apart,
            pass_fds=inherited,
        )
    except FileNotFoundError as error:
        if cwd is not None and not os.path.isdir(cwd):
            raise UsageError(f"no such folder: {cwd}") from error
        raise GitError("git was not found on PATH", hint="install git 2.38 or newer") from error
    except PermissionError as error:
        raise GitError("git may not be run: permission denied", hint="look at: command -v git") from error


def call(  # noqa: PLR0913 - what a process is started with
    argv: Sequence[str],
    env: dict[str, str],
    cwd: str | None,
    stdin: bytes | None,
    *,
    timeout: float | None = None,
    inherited: tuple[int, ...] = (),
) -> tuple[int, bytes, bytes]:
    """Run git to its end: its exit code, what it printed, and what it said of failures.

    `inherited` are open files that git holds open too, such as a lock that is to last as long as git does.

    Raises:
        GitError: it did not end within `timeout` seconds.
    """
    # What talks to a remote has helpers, which are ended together with it.
    apart = timeout is not None
    source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    process = spawn(argv, env, cwd, source, apart=apart, inherited=inherited)
    try:
        out, err = process.communicate(stdin, timeout)
    except BaseException as error:
        if apart:
            with suppress(ProcessLookupError, PermissionError):  # it ended just now
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        if isinstance(error, subprocess.TimeoutExpired):
            raise GitError(f"git {argv[1]}: no end after {timeout:g} seconds", hint="run it again") from error
        raise
    return process.returncode, out, err


def widen(pipe: IO[bytes]) -> None:
    """Let git write on while we work, where the system has a word for that."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # over what this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def feed(pipe: IO[bytes], data: bytes) -> None:
    """Write what git reads, to its end."""
    try:
        with pipe:
            pipe.write(data)
    except BrokenPipeError:
        pass  # the reader stopped early and ended the process


def drain(pipe: IO[bytes], said: list[bytes]) -> None:
    """Read what git says of failures, and keep its beginning."""
    with pipe:
        said.append(pipe.read(_SAID))
        while pipe.read(_SAID):
            pass


def failure(args: Sequence[str], code: int, err: bytes) -> GitError:
    """What git said, as an error."""
    said = decode(err).strip().splitlines()
    first = next((line for line in said if line.startswith(("fatal:", "error:"))), said[0] if said else f"exit {code}")
    command = next((arg for arg in args if not arg.startswith("-") and "=" not in arg), args[0])
    hint = None
    told = [line for line in said if line != first and not line.startswith(("hint:", "warning:"))]
    if first.endswith("aborted by hook") and told:
        # Git has only that it was so; the hook, which spoke before, why.
        words, *more = (line.strip().removeprefix("paddock: ") for line in told)
        first = f"a hook refused it: {words}"
        own = "or let whoever may move it do it: the same from their worktree, or a person from the main checkout"
        hint = "\n".join(dict.fromkeys((*more[:_TOLD], own)))
    if code == 129:  # noqa: PLR2004 - git's code for a wrong usage, so an option it does not know
        hint = f"paddock needs git {MINIMUM_GIT[0]}.{MINIMUM_GIT[1]} or newer; `git --version` tells yours"
    return GitError(f"git {command}: {first.removeprefix('fatal: ').removeprefix('error: ')}", hint=hint)
