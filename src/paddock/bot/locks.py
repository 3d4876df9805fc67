"""Locks on GitHub: a ref that is made is had by one run alone. Each holds for an hour, and goes a day later.

What was started under a lock has a ref beside it, which no other run can overwrite as it can a comment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from paddock.bot.github import GitHub

LOCKS = "refs/paddock/launch"
_HOUR = "%Y%m%d%H"
_KEPT = timedelta(days=1)
_STARTED = "-started"
_AT_ONCE = 20  # locks that one run takes away


class Lock(Struct, frozen=True):
    """A lock that this run has; `sha` is what its refs point at, None where the base is no branch."""

    name: str
    sha: str | None


def take(hub: GitHub, base: str, turn: str, now: datetime | None) -> Lock | None:
    """The lock of a turn, unless another run has it; what was begun and not ended an hour ago may be begun again."""
    hour = now.strftime(_HOUR) if now is not None else "0"
    tip = hub.ref(f"refs/heads/{base}")
    lock = Lock(f"{LOCKS}/{turn}/{hour}", tip.sha if tip is not None else None)
    return lock if lock.sha is None or hub.create_ref(lock.name, lock.sha) else None


def note(hub: GitHub, lock: Lock) -> None:
    """What the lock was taken for is started."""
    if lock.sha is not None:
        hub.create_ref(f"{lock.name}{_STARTED}", lock.sha)


def is_noted(hub: GitHub, turn: str) -> bool:
    """Whether some run has started this turn."""
    return any(one.name.endswith(_STARTED) for one in hub.refs(f"{LOCKS}/{turn}"))


def tidy(hub: GitHub, now: datetime) -> None:
    """What is long over goes, some at a time."""
    oldest = (now - _KEPT).strftime(_HOUR)
    old = [one for one in hub.refs(LOCKS) if one.name.rpartition("/")[2] < oldest]
    for one in old[:_AT_ONCE]:
        hub.delete_ref(one.name)
