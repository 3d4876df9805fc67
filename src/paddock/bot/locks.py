"""Locks on GitHub: a ref that is made is had by one run alone. Each holds for an hour, and goes a day later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from paddock.bot.github import GitHub

LOCKS = "refs/paddock/launch"
_HOUR = "%Y%m%d%H"
_KEPT = timedelta(days=1)
_AT_ONCE = 20  # locks that one run takes away


def take(hub: GitHub, base: str, turn: str, now: datetime | None) -> bool:
    """Whether this run has the lock of a turn; what was begun and not ended an hour ago may be begun again."""
    hour = now.strftime(_HOUR) if now is not None else "0"
    tip = hub.ref(f"refs/heads/{base}")
    return tip is None or hub.create_ref(f"{LOCKS}/{turn}/{hour}", tip.sha)


def tidy(hub: GitHub, now: datetime) -> None:
    """What is long over goes, some at a time."""
    oldest = (now - _KEPT).strftime(_HOUR)
    old = [one for one in hub.refs(LOCKS) if one.name.rpartition("/")[2] < oldest]
    for one in old[:_AT_ONCE]:
        hub.delete_ref(one.name)
