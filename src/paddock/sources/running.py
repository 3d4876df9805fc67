"""A step's command as a process group of its own: with a time limit, its output in a log of bounded size.

What runs is the policy's command on the change's files. Nothing that it writes reaches a terminal as it is, and none of
the variables by which a runner or git would be told something reach it.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from paddock.steps import End, Ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from paddock.steps import Execution, Step

LOG_LIMIT = 8 << 20  # bytes of a step's output that are kept; of what comes after, the end
_TAIL = 1 << 13  # bytes
_TAIL_LINES = 20
_LINE = 300  # characters of a line
_BLOCK = 1 << 16
_GRACE = 3.0  # seconds between asking a step to end and ending it
_POLL = 0.1  # seconds after which an ended step is noticed whose child keeps its output open
_SHELL = ("/bin/sh", "-e", "-c")
# A shell's own words: not executable, not found, and 128 and the number of a signal.
_NOT_RUN, _NOT_FOUND, _SIGNAL = 126, 127, 128
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")

_KEPT_GIT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_SSL_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES")  # fmt: skip
_KEPT_OURS = ("PADDOCK_AGENT", "PADDOCK_HOME", "PADDOCK_WORKTREE")
_DROPPED = re.compile(
    r"GIT_|PADDOCK_|PRE_COMMIT"
    # What a make that called git hands to a make below it: the step's is none of its, and has not its jobs to share.
    r"|(?:GNU)?MAKEFLAGS\Z|MFLAGS\Z|MAKELEVEL\Z|MAKEOVERRIDES\Z"
    # Tokens of a job, and the files by which a step would speak to the runner in paddock's name.
    r"|(?:GITHUB|GH)_(?:\w+_)?TOKEN\Z|ACTIONS_(?:\w+_)?TOKEN|ACTIONS_\w+_URL\Z|GITHUB_(?:ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)\Z"
)


def surroundings(given: Mapping[str, str], own: Mapping[str, str], folder: str) -> dict[str, str]:
    """A step's environment: this one without what belongs to git's hook or to the runner, with the step's own."""
    kept = {
        key: value
        for key, value in given.items()
        if not _DROPPED.match(key) or key in _KEPT_OURS or key.startswith(_KEPT_GIT)
    }
    return {**kept, "PWD": folder, **own}


class Processes:
    """The steps that run now; all of them can be ended at once."""

    def __init__(self, execution: Execution, logs: str) -> None:
        self._execution = execution
        self._logs = logs
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def stop(self) -> None:
        """End everything, and start nothing more."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for process in running:
            _signal(process, signal.SIGKILL)

    def run(self, step: Step, top: str) -> Ended:
        """Run a step in a checkout to its end; what keeps it from starting is an end too."""
        folder = os.path.realpath(os.path.join(top, step.cwd))
        real = os.path.realpath(top)
        if folder != real and not folder.startswith(real + os.sep):
            return Ended(name=step.name, end=End.MISSING, said=f"the folder {step.cwd} leads out of the checkout")
        if not os.path.isdir(folder):
            return Ended(name=step.name, end=End.MISSING, said=f"there is no folder {step.cwd}")
        argv = (*_SHELL, step.run) if isinstance(step.run, str) else step.run
        env = surroundings(os.environ, step.env, folder)
        tell = self._execution.live or (lambda _name, _line: None)
        tell(step.name, f"$ {step.run if isinstance(step.run, str) else shlex.join(step.run)}")
        log = _Log(self._logs, step.name, self._execution)
        try:
            with self._lock:
                if self._stopped:
                    return Ended(name=step.name, end=End.NOT_RUN, said="interrupted")
                process = subprocess.Popen(
                    argv,
                    env=env,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
        except (OSError, ValueError) as error:
            log.close()
            reason = str(getattr(error, "strerror", None) or error).lower()
            said = f"{argv[0]} can't be run: {reason}"
            return Ended(name=step.name, end=End.MISSING, said=said)
        try:
            in_time = _follow(process, log, time.monotonic() + step.seconds)
        finally:
            _end(process)
            with self._lock:
                self._running.discard(process)
            log.close()
        end, said = _meaning(step, process.returncode, in_time=in_time)
        tell(step.name, f"{end}: {said}")
        return Ended(name=step.name, end=end, said=said, tail=log.tail(), log=log.path)


def _meaning(step: Step, code: int, *, in_time: bool) -> tuple[End, str]:
    if not in_time:
        return End.TIMED_OUT, f"no end after {step.seconds:g} seconds"
    if isinstance(step.run, str):
        if code in (_NOT_RUN, _NOT_FOUND):
            return End.MISSING, f"exit {code}: the shell found no such program, or may not run it"
        code = _SIGNAL - code if _SIGNAL < code < _SIGNAL + signal.NSIG else code
    if code < 0:
        return End.KILLED, f"killed by signal {-code}"
    return (End.FAILED, f"exit {code}") if code else (End.PASSED, "exit 0")


def _follow(process: subprocess.Popen[bytes], log: _Log, deadline: float) -> bool:
    """Read what a step writes until it has ended; False where the time was over before."""
    assert process.stdout is not None  # noqa: S101 - piped
    pipe = process.stdout
    os.set_blocking(pipe.fileno(), False)
    is_open = True
    while True:
        ended = process.poll() is not None
        if is_open and select.select([pipe], [], [], 0 if ended else _POLL)[0]:
            block = os.read(pipe.fileno(), _BLOCK)
            is_open = bool(block)
            log.write(block)
        elif ended:
            return True  # what else holds its output open is not waited for
        elif not is_open:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
        # An ended step whose child writes for ever would be followed for ever.
        if time.monotonic() > deadline:
            return ended


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a step with all that it started, politely where it still runs."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    _signal(process, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # all of it has ended
        os.killpg(process.pid, number)


class _Log:
    """A step's output: its beginning in a file, its end in memory, its lines told to who watches."""

    def __init__(self, folder: str, name: str, execution: Execution) -> None:
        self._name = name
        self._live = execution.live
        self._line = b""
        self._end = b""
        self._size = 0
        self.path: str | None = os.path.join(folder, f"{name}.log")
        self._file: BinaryIO | None = None
        # A log that can't be kept is no reason not to judge.
        try:
            os.makedirs(folder, exist_ok=True)
            with suppress(FileNotFoundError):
                os.replace(self.path, f"{self.path}.1")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._file = open(os.open(self.path, flags, 0o600), "wb", buffering=0)  # noqa: SIM115 - closed with the step
        except OSError:
            self.path = None

    def write(self, block: bytes) -> None:
        room = LOG_LIMIT - self._size
        self._size += len(block)
        self._end = (self._end + block)[-_TAIL:]
        self._keep(block[: max(room, 0)])
        if self._live is not None:
            *lines, rest = (self._line + block).split(b"\n")
            self._line = rest[-_BLOCK:]
            for line in lines:
                self._live(self._name, _plain(line))

    def close(self) -> None:
        if self._live is not None and self._line:
            self._live(self._name, _plain(self._line))
        left = self._size - LOG_LIMIT
        if left > 0:
            cut = left - len(self._end)
            self._keep(f"\n… {cut} bytes left out …\n".encode() if cut > 0 else b"")
            self._keep(self._end[-left:])
        if self._file is not None:
            self._file.close()
            self._file = None

    def tail(self) -> tuple[str, ...]:
        lines = [_plain(line) for line in self._end.rstrip().split(b"\n")]
        return tuple(line for line in lines if line.strip())[-_TAIL_LINES:]

    def _keep(self, data: bytes) -> None:
        if self._file is None or not data:
            return
        try:
            self._file.write(data)
        except OSError:  # the disk is full: the step's own end still counts
            self._file.close()
            self._file = None


def _plain(line: bytes) -> str:
    """A line as it would stand on a screen in the end, without colours; it may still hold control characters."""
    text = line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "surrogateescape")
    text = _ESCAPE.sub("", text)
    return text if len(text) <= _LINE else f"{text[:_LINE]}…"
