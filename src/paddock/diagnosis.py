"""What a doctor says: one line for each thing that was looked at, with the command that mends it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class Health(StrEnum):
    """How a thing is found. A warning works, and not as well as it could; what is unknown could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Check(Struct, frozen=True):
    """One thing that was looked at; `hint` is the command that mends it, or what to do."""

    name: str
    health: Health
    message: str
    hint: str | None = None


def exit_code(checks: Iterable[Check]) -> int:
    """0 where nothing is a problem, 1 where something is, 3 where something could not be looked at."""
    found = {check.health for check in checks}
    if Health.PROBLEM in found:
        return 1
    return 3 if Health.UNKNOWN in found else 0
