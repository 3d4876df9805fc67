"""The signals that end a run, as an exception, so that what was made for the moment is taken away first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)  # Python makes an exception of SIGINT by itself


@contextmanager
def unwinding() -> Iterator[None]:
    """Let SIGTERM and SIGHUP leave the block by `SystemExit`, with the code that a shell would tell.

    In another thread than the main one nothing changes: Python hands signals to that one alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What a shell had ignored (nohup) stays ignored, and a handler of somebody else's stays.
    before = {one: signal.getsignal(one) for one in _ENDING}
    ours = [one for one in _ENDING if before[one] is signal.SIG_DFL]
    for one in ours:
        signal.signal(one, _leave)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals back while something is taken away: it is short, and a second signal would leave half of it."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, (*_ENDING, signal.SIGINT))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
