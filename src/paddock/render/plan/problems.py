"""What `paddock plan check` found, as text and as versioned JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock import wire
from paddock.findings import Level
from paddock.render.lines import line
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.plan.model import Plan
    from paddock.plan.problems import Problem

VERSION = 1


def as_text(plan: Plan, problems: tuple[Problem, ...]) -> str:
    """One line for each problem with its place, its hint below; a count at the end."""
    rows = []
    for one in problems:
        rows.append(f"{printable(one.where(plan))}: {one.level}: {line(one.message)} [{one.code}]")
        if one.hint:
            rows.append(f"    → {line(one.hint)}")
    counts = {level: sum(one.level is level for one in problems) for level in Level}
    said = ", ".join(f"{count:,} {level}{'' if count == 1 else 's'}" for level, count in counts.items())
    about = ", ".join(
        f"{len(those):,} {noun}{'' if len(those) == 1 else 's'}"
        for those, noun in ((plan.agents, "agent"), (plan.todos, "todo"), (plan.phases, "phase"))
    )
    return "\n".join([*rows, f"{printable(plan.source)}: {about}: {said}", ""])


def as_json(plan: Plan, problems: tuple[Problem, ...]) -> str:
    """One JSON object: `version`, `plan`, `outcome` and `problems`."""
    failed = any(one.level is Level.ERROR for one in problems)
    listed = []
    for one in problems:
        place = one.place(plan)
        listed.append(
            {
                "code": one.code,
                "severity": one.level,
                "message": one.message,
                "hint": one.hint,
                "key": ".".join(str(step) for step in one.path),
                "line": place.line if place else None,
                "column": place.column if place else None,
            }
        )
    value = {
        "version": VERSION,
        "plan": plan.source,
        "outcome": "failed" if failed else "passed",
        "agents": len(plan.agents),
        "todos": len(plan.todos),
        "phases": len(plan.phases),
        "problems": listed,
    }
    return wire.encode(value, indent=2).decode() + "\n"
