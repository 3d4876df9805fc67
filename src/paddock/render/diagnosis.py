"""What a doctor found, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock import wire
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.diagnosis import Check

VERSION = 1
_COLOURS = {"ok": "32", "warning": "33", "problem": "31", "unknown": "31"}


def as_text(checks: Iterable[Check], *, colour: bool = False) -> str:
    """A line for each, and under it the command that mends it."""
    checks = tuple(checks)
    width = max((len(printable(check.name)) for check in checks), default=0)
    lines = []
    for check in checks:
        health = f"{check.health:<8}"
        if colour:
            health = f"\x1b[{_COLOURS[check.health]}m{health}\x1b[0m"
        lines.append(f"{health} {printable(check.name):<{width}}  {printable(check.message)}")
        lines += [f"         → {printable(line)}" for line in (check.hint or "").splitlines()]
    return "".join(f"{line}\n" for line in lines)


def as_json(checks: Iterable[Check]) -> str:
    """One JSON object: `version` and `checks`, each with `name`, `health`, `message` and `hint`."""
    return wire.encode({"version": VERSION, "checks": list(checks)}, indent=2).decode() + "\n"
