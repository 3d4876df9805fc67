"""What every drawing of a plan shows: its todos by phase, what they need, the critical path, the streams."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.graph import Critical, Stream, critical, direct, streams
from paddock.plan.model import Phase, Plan, Todo
from paddock.render.plain import printable
from paddock.render.plan.matrix import short

if TYPE_CHECKING:
    from paddock.plan.graph import Graph

_TITLE = 60  # characters of a title in a drawing


class Link(StrEnum):
    """Why one todo comes after another."""

    NEED = "need"
    ORDER = "order"  # of an agent's own work, or of phases: drawn only where the critical path takes it


class Edge(Struct, frozen=True):
    """From a todo to one that comes after it."""

    before: str
    after: str
    link: Link
    critical: bool


class Chart(Struct, frozen=True, kw_only=True):
    """A plan to draw. Todos that can never start are in no phase's list, but in `stuck`."""

    plan: Plan
    phases: tuple[tuple[Phase, tuple[Todo, ...]], ...]
    stuck: tuple[Todo, ...]
    edges: tuple[Edge, ...]
    path: Critical
    streams: tuple[Stream, ...]


def chart(plan: Plan, graph: Graph) -> Chart:
    """Gather what is drawn."""
    path = critical(plan, graph)
    steps = set(pairwise(path.todos))
    edges = [
        Edge(before, after, Link.NEED, (before, after) in steps)
        for after, those in direct(graph).items()
        for before in those
        # What a phase waits for is told by the phases.
        if graph.phase.get(before) == graph.phase.get(after) or (before, after) in steps
    ]
    drawn = {(edge.before, edge.after) for edge in edges}
    edges += [Edge(before, after, Link.ORDER, critical=True) for before, after in sorted(steps - drawn)]
    phases = tuple(
        (phase, tuple(plan.todo_of[id_] for id_ in graph.order if graph.phase.get(id_) == number))
        for number, phase in enumerate(plan.phases)
    )
    stuck = tuple(plan.todo_of[id_] for id_ in graph.stuck)
    return Chart(plan=plan, phases=phases, stuck=stuck, edges=tuple(edges), path=path, streams=streams(plan, graph))


def heading(phase: Phase) -> str:
    """A phase in a line."""
    return cut(f"phase {phase.id}{f': {phase.title}' if phase.title else ''} (in {phase.run})")


def label(todo: Todo) -> tuple[str, str]:
    """A todo in two lines: its name, and whose it is and how large."""
    lines = f"{todo.lines:,} lines" if todo.lines is not None else "not estimated"
    return cut(short(todo)), cut(f"{todo.agent} · {lines}")


def cut(text: str, longest: int = _TITLE) -> str:
    """Text on one line, cut where a drawing has no more room."""
    text = printable(text[: 4 * longest])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
