"""The graph as text: phases, streams and todos from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.render.lines import line
from paddock.render.plain import printable
from paddock.render.plan.chart import heading
from paddock.render.plan.columns import aligned
from paddock.render.plan.matrix import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.graph import Stream
    from paddock.render.plan.chart import Chart


def render(chart: Chart) -> str:
    """Each phase with its streams; the todos of the critical path have a star."""
    return "\n".join([*_lines(chart), ""])


def _lines(chart: Chart) -> Iterator[str]:
    for phase, _ in chart.phases:
        yield heading(phase)
        streams = [one for one in chart.streams if one.phase == phase.id]
        for stream in streams:
            yield from _stream(chart, stream)
        if not streams:
            yield "  no todos yet"
        side = [", ".join(one.agents) for one in streams if not one.after]
        if len(side) > 1:
            yield f"  side by side: {line(' | '.join(side))}"
        yield from (f"  gate: {line(one)}" for one in phase.gate)
        yield ""
    if chart.stuck:
        yield f"never: {line(', '.join(todo.id for todo in chart.stuck))} (paddock plan check)"
    path = chart.path
    yield f"critical path (*): {len(path.todos):,} todos, {path.lines:,} lines"
    yield f"  {printable(' → '.join(path.todos))}" if path.todos else "  nothing"


def _stream(chart: Chart, stream: Stream) -> Iterator[str]:
    after = f" after {', '.join(stream.after)}" if stream.after else ""
    yield f"  {line(', '.join(stream.agents))}{line(after)}: {stream.lines:,} lines"
    before: dict[str, list[str]] = {}
    for edge in chart.edges:
        if edge.link == "need":
            before.setdefault(edge.after, []).append(edge.before)
    rows = []
    for id_ in stream.todos:
        todo = chart.plan.todo_of[id_]
        needs = f"after {', '.join(before[id_])}" if id_ in before else ""
        star = "*" if id_ in chart.path.todos else " "
        rows.append([star, short(todo), f"{todo.lines:,}" if todo.lines is not None else "?", needs])
    yield from aligned(rows, indent="    ", right=(2,))
