"""The graph for Mermaid, which GitHub draws in Markdown (https://mermaid.js.org/syntax/flowchart.html).

Every character of a label that is no letter, digit or space stands as an entity code (`#35;`): no text can end a
label, begin a list, or be taken for Markdown or HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.render.plan.chart import Link, heading, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Todo
    from paddock.render.plan.chart import Chart


def render(chart: Chart) -> str:
    """A flowchart with a box for each phase."""
    return "\n".join([*_lines(chart), ""])


def _lines(chart: Chart) -> Iterator[str]:
    yield "flowchart LR"
    names: dict[str, str] = {}
    for number, (phase, todos) in enumerate(chart.phases):
        yield f'  subgraph p{number}["{escaped(heading(phase))}"]'
        for todo in todos:
            yield f"    {_node(names, todo)}"
        if not todos:
            yield f'    e{number}["no todos yet"]'
        yield "  end"
    for todo in chart.stuck:
        yield f"  {_node(names, todo)}"
    arrows = {(Link.NEED, False): "-->", (Link.NEED, True): "==>", (Link.ORDER, True): "-.->"}
    for edge in chart.edges:
        yield f"  {names[edge.before]} {arrows[edge.link, edge.critical]} {names[edge.after]}"
    for number in range(len(chart.phases) - 1):
        yield f"  p{number} --> p{number + 1}"
    yield "  classDef critical stroke:#c2410c,stroke-width:3px"
    yield "  classDef stuck stroke:#991b1b,stroke-dasharray:4"
    if chart.path.todos:
        yield f"  class {','.join(names[id_] for id_ in chart.path.todos)} critical"
    if chart.stuck:
        yield f"  class {','.join(names[todo.id] for todo in chart.stuck)} stuck"


def _node(names: dict[str, str], todo: Todo) -> str:
    names[todo.id] = name = f"t{len(names)}"
    return f'{name}["{"<br/>".join(escaped(one) for one in label(todo))}"]'


def escaped(text: str) -> str:
    """A text that can stand in a label, whatever it holds."""
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in text)
