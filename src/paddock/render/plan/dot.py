"""The graph for Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from paddock.render.plan.chart import Link, heading, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Todo
    from paddock.render.plan.chart import Chart

_CRITICAL = 'color="#c2410c" penwidth=2.5'


def render(chart: Chart) -> str:
    """A digraph with a cluster for each phase."""
    return "\n".join([*_lines(chart), ""])


def _lines(chart: Chart) -> Iterator[str]:
    yield "digraph plan {"
    yield "  rankdir=LR; compound=true; newrank=true;"
    yield '  node [shape=box style="rounded,filled" fillcolor=white fontname="sans-serif" fontsize=11];'
    yield '  graph [fontname="sans-serif" fontsize=12 style=filled color="#e2e8f0" fillcolor="#f8fafc"];'
    names: dict[str, str] = {}
    marked = frozenset(chart.path.todos)
    for number, (phase, todos) in enumerate(chart.phases):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_text(heading(phase))};"
        for todo in todos:
            yield f"    {_node(names, todo, _CRITICAL if todo.id in marked else '')}"
        if not todos:
            yield f'    e{number} [label="no todos yet" style=dashed];'
        yield "  }"
    for todo in chart.stuck:
        yield f"  {_node(names, todo, 'style=dashed')}"
    for edge in chart.edges:
        style = f"{_CRITICAL if edge.critical else ''}{' style=dashed' if edge.link is Link.ORDER else ''}"
        yield f"  {names[edge.before]} -> {names[edge.after]}{f' [{style}]' if style else ''};"
    firsts = [names[todos[0].id] if todos else f"e{number}" for number, (_, todos) in enumerate(chart.phases)]
    for number, (one, other) in enumerate(pairwise(firsts)):
        # Between the clusters, so that a phase stands behind the one before.
        yield f"  {one} -> {other} [ltail=cluster_{number} lhead=cluster_{number + 1} style=dotted];"
    yield "}"


def _node(names: dict[str, str], todo: Todo, style: str) -> str:
    names[todo.id] = name = f"t{len(names)}"
    first, second = (_text(one)[1:-1] for one in label(todo))
    return f'{name} [label="{first}\\n{second}"{f" {style}" if style else ""}];'


def _text(text: str) -> str:
    # A label's backslashes are escapes, and its `&name;` are read as HTML's.
    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
