"""Programs other than git: found where a change can't put them, run with a time limit, never with a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from paddock.errors import FactUnreadableError
from paddock.sources.calling import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
R = TypeVar("R")

SECONDS = 20.0  # far beyond what a signature takes; a program that is still running then waits for something
# What would let a program ask somebody, or look at the user's own keys.
_DROPPED = (
    "DISPLAY",
    "GNUPGHOME",
    "GPG_AGENT_INFO",
    "GPG_TTY",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "WAYLAND_DISPLAY",
)


class Ran(Struct, frozen=True):
    """How a program ended, and what it printed."""

    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        """The first line that it wrote, of failures before answers."""
        text = (self.err.strip() or self.out.strip()).decode("utf-8", "replace")
        return text.splitlines()[0] if text else f"exit {self.code}"


def find(name: str, outside: str | None) -> str | None:
    """A program's absolute path by PATH, none that lies below the folder `outside`: what is there, a change wrote."""
    barred = os.path.realpath(outside) if outside is not None else None
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if not os.path.isabs(path) or not os.path.isfile(path) or not os.access(path, os.X_OK):
            continue
        places = (os.path.realpath(folder), os.path.realpath(path))
        if barred is None or all(os.path.commonpath((place, barred)) != barred for place in places):
            return path
    return None


def headless() -> dict[str, str]:
    """An environment without a terminal, a display, an agent's prompt or the user's key folder; times are UTC."""
    kept = {key: value for key, value in environment().items() if key not in _DROPPED}
    return kept | {"SSH_ASKPASS_REQUIRE": "never", "TZ": "UTC"}


def run(
    argv: Sequence[str], env: Mapping[str, str], cwd: str, stdin: bytes = b"", *, seconds: float | None = None
) -> Ran:
    """Run a program to its end.

    Raises:
        FactUnreadableError: it can't be started, or is not done within the time limit.
    """
    limit = SECONDS if seconds is None else seconds
    name = os.path.basename(argv[0])
    try:
        # Apart from our terminal, and all that it starts ends with it.
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise FactUnreadableError(
            f"{name} can't be run: {(error.strerror or str(error)).lower()}", hint=f"look at: command -v {name}"
        ) from error
    try:
        out, err = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise FactUnreadableError(
            f"{name} was not done within {limit:g} seconds", hint="see what it waits for: " + " ".join(argv[:3])
        ) from error
    except BaseException:
        _end(process)
        raise
    return Ran(process.returncode, out, err)


def run_logged(argv: Sequence[str], env: Mapping[str, str], cwd: str, log: int, *, seconds: float) -> int | None:
    """Run a program to its end with its output in an open file; its exit code, None where the time was over.

    Raises:
        FactUnreadableError: it can't be started.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise FactUnreadableError(f"{argv[0]} can't be run: {(error.strerror or str(error)).lower()}") from error
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return None
    except BaseException:
        _end(process)
        raise


def side_by_side(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """`work` on every item in threads, which spend their time waiting for programs; the results in order.

    Raises the first error, after every thread has ended.
    """
    results: dict[int, R] = {}
    errors: list[BaseException] = []
    left = iter(range(len(items)))  # handing out the next number is one step of the interpreter

    def worker() -> None:
        for number in left:
            if errors:
                return
            try:
                results[number] = work(items[number])
            except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that asked
                errors.append(error)

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(min(len(items), os.cpu_count() or 1, 16))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:
        errors.append(error)  # interrupted: the others start nothing more
        raise
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(items))]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
