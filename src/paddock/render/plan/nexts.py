"""`paddock plan next`: what each agent does now, or why it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock import wire
from paddock.plan.schedule import Action, Cause
from paddock.render.plain import printable
from paddock.render.plan.columns import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.plan.model import Plan
    from paddock.plan.schedule import Next, Schedule, Task, Wait

VERSION = 1
NAMED = 3  # todos that a line names before it only counts them
_WORDS = {
    Action.START: "start",
    Action.CONTINUE: "continue",
    Action.ADDRESS: "address the changes requested in",
    Action.REVIEW: "review",
}


def as_text(plan: Plan, told: Schedule, agents: Iterable[Next], notes: Iterable[str] = ()) -> str:
    """A line for each task, and for each agent that waits."""
    rows = []
    for one in agents:
        rows += [[one.agent, _task(plan, task)] for task in one.tasks]
        if one.wait is not None:
            rows.append([one.agent, f"waits: {why(plan, one.wait)}"])
    total = told.finished + told.left
    state = f"{told.finished:,} of {total:,} todos done"
    if told.phase is not None:
        state += f"; phase {told.phase} is on"
    return "\n".join([*aligned(rows), "", printable(state), *(printable(note) for note in notes), ""])


def as_json(plan: Plan, told: Schedule, agents: Iterable[Next], notes: Iterable[str] = ()) -> str:
    """One JSON object: `version`, `phase`, `finished`, `left`, and for each agent its tasks and why it waits."""
    value = {
        "version": VERSION,
        "phase": told.phase,
        "finished": told.finished,
        "left": told.left,
        "notes": list(notes),
        "agents": [
            {
                "agent": one.agent,
                "tasks": [
                    {"action": task.action, "todo": task.todo, "branch": plan.todo_of[task.todo].branch}
                    for task in one.tasks
                ],
                "wait": None
                if one.wait is None
                else {
                    "cause": one.wait.cause,
                    "todo": one.wait.todo,
                    "on": one.wait.on,
                    "reason": why(plan, one.wait),
                },
            }
            for one in agents
        ],
    }
    return wire.encode(value, indent=2).decode() + "\n"


def why(plan: Plan, wait: Wait) -> str:
    """A wait in a sentence's half."""
    todo, on = wait.todo or "", listed(wait.on)
    if wait.cause is Cause.PHASE:
        count = len(wait.on)
        first = plan.todo_of[wait.on[0]].phase if wait.on else ""
        left = f"{count:,} {'todo' if count == 1 else 'todos'} of phase {first} {'is' if count == 1 else 'are'} left"
        return f"{todo} is of phase {plan.todo_of[todo].phase}, and {left}: {on}"
    return {
        Cause.NEEDS: f"{todo} needs {on}",
        Cause.SEQUENCE: f"{todo} comes after {on}",
        Cause.GATE: f"{todo} comes after the gate of phase {on}, which does not hold yet",
        Cause.REVIEW: f"{on} {'is' if len(wait.on) == 1 else 'are'} in review",
        Cause.BLOCKED: f"{on} {'is' if len(wait.on) == 1 else 'are'} blocked",
        Cause.HELD: f"{on} {'is' if len(wait.on) == 1 else 'are'} held",
        Cause.STUCK: f"{todo} can never start: it waits for {on} (paddock plan check)",
        Cause.UNASKED: f"nothing is in review{' for it' if wait.on else ''}",
        Cause.NOTHING: "nothing is left for it",
    }[wait.cause]


def listed(names: tuple[str, ...]) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _task(plan: Plan, task: Task) -> str:
    todo = plan.todo_of[task.todo]
    lines = f" ({todo.lines:,} lines)" if todo.lines is not None else ""
    where = f" on {todo.branch}" if todo.branch else ""
    title = f": {todo.title}" if todo.title else ""
    return f"{_WORDS[task.action]} {todo.id}{where}{lines}{title}"
