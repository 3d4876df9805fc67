"""Processes of the program, forked from one that has imported it: each is its own, and none waits for the imports.

Run as a script it serves. A request is JSON with the three standard streams' descriptors beside it; the answer is how
the process ended. A pytest process has one server, which ends with it.
"""

from __future__ import annotations

import array
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_OUT = ("paddock.__main__", "paddock.bot.api", "paddock.worktrees.landlock")
_ENTRIES = 1 << 16


@cache
def server() -> str:
    """The address of this process's server, started where there is none yet."""
    folder = tempfile.mkdtemp(prefix="paddock-forked-")
    place = os.path.join(folder, "socket")
    # Its standard input is a pipe that ends with this process, and so does it.
    theirs, _ = os.pipe()
    ready, told = os.pipe()
    streams = [(os.POSIX_SPAWN_DUP2, theirs, 0), (os.POSIX_SPAWN_DUP2, told, 1)]
    os.posix_spawn(sys.executable, [sys.executable, __file__, place], os.environ, file_actions=streams)
    os.close(theirs)
    os.close(told)
    assert os.read(ready, 5) == b"ready", "the server of the tests' processes did not start"
    os.close(ready)
    return place


def run(args: tuple[str, ...], cwd: Path, stdin: bytes, env: dict[str, str]) -> tuple[int, bytes, bytes]:
    """Exit code (of a signal, below zero), standard output and standard error of `paddock ARGS`."""
    mask = os.umask(0)
    os.umask(mask)
    asked = json.dumps({"args": args, "cwd": str(cwd), "env": env, "umask": mask}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(server())
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        ours_err, theirs_err = os.pipe()
        rights = array.array("i", [theirs_in, theirs_out, theirs_err])
        connection.sendmsg([len(asked).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        connection.sendall(asked)
        for one in rights:
            os.close(one)
        out, err = _talked(ours_in, stdin, ours_out, ours_err)
        status = int.from_bytes(connection.recv(4), "big", signed=True)
    return status, out, err


def _talked(to: int, stdin: bytes, out: int, err: int) -> tuple[bytes, bytes]:
    """What came out, while what goes in is written."""
    found: dict[int, list[bytes]] = {out: [], err: []}
    left = memoryview(stdin)
    with selectors.DefaultSelector() as waiting:
        os.set_blocking(to, False)
        waiting.register(to, selectors.EVENT_WRITE)
        for one in found:
            waiting.register(one, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select():
                if key.fd == to:
                    try:
                        left = left[os.write(to, left) :] if left else left
                    except BrokenPipeError:
                        left = left[:0]
                    if not left:
                        waiting.unregister(to)
                        os.close(to)
                elif data := os.read(key.fd, _ENTRIES):
                    found[key.fd].append(data)
                else:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
    return b"".join(found[out]), b"".join(found[err])


def _serve(place: str) -> None:
    import paddock

    for one in pkgutil.walk_packages(paddock.__path__, "paddock."):
        if not one.name.startswith(_LEFT_OUT):
            importlib.import_module(one.name)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(place)
    listening.listen(64)
    os.write(1, b"ready")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with selectors.DefaultSelector() as waiting:
        waiting.register(listening, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        while not any(key.fd == 0 for key, _ in waiting.select()):
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                waiting.close()
                os._exit(_attend(connection))
            connection.close()
    os.unlink(place)
    os.rmdir(os.path.dirname(place))


def _attend(connection: socket.socket) -> int:
    """Let one process run, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    rights = array.array("i")
    head, more, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * rights.itemsize))
    rights.frombytes(more[0][2])
    text = b""
    while len(text) < int.from_bytes(head, "big"):
        text += connection.recv(_ENTRIES)
    child = os.fork()
    if child == 0:
        connection.close()
        os._exit(_become(json.loads(text), rights))
    for one in rights:
        os.close(one)
    _, status = os.waitpid(child, 0)
    connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    return 0


def _become(asked: dict[str, Any], streams: array.array[int]) -> int:
    """Be `python -m paddock ARGS`."""
    import runpy

    old = (sys.stdin, sys.stdout, sys.stderr)
    for number, one in enumerate(streams):
        os.dup2(one, number)
        os.close(one)
    os.chdir(asked["cwd"])
    os.umask(asked["umask"])
    os.environ.clear()
    os.environ.update(asked["env"])
    names = ("stdin", "stdout", "stderr")
    for number, (name, before) in enumerate(zip(names, old, strict=True)):
        raw = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115 - it lasts as long as the process
        fresh = io.TextIOWrapper(raw, before.encoding, before.errors, line_buffering=number == 2, write_through=False)
        setattr(sys, name, fresh)
        setattr(sys, f"__{name}__", fresh)
    sys.argv = ["paddock", *asked["args"]]
    sys.path[0] = os.getcwd()  # what `-m` puts there, not this script's folder
    code = 0
    try:
        runpy.run_module("paddock", run_name="__main__", alter_sys=True)
    except SystemExit as error:
        code = _code(error.code)
    except BaseException:  # noqa: BLE001 - what Python itself does with one
        sys.excepthook(*sys.exc_info())
        code = 1
    import atexit
    import threading

    # What Python does at its end, which `os._exit` leaves out.
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other name for it
    atexit._run_exitfuncs()  # noqa: SLF001 - likewise
    try:
        sys.stdout.flush()
    except OSError:
        return code or 120
    sys.stderr.flush()
    return code


def _code(said: object) -> int:
    if said is None or isinstance(said, int):
        return (said or 0) & 0xFF
    sys.stderr.write(f"{said}\n")
    return 1


if __name__ == "__main__":
    _serve(sys.argv[1])
