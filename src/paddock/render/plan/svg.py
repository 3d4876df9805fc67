"""The graph as a drawing: a lane for each agent, a column for each step of a phase, time from left to right."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.model import Agent, Priority
from paddock.render.plan.chart import Link, cut, heading
from paddock.render.plan.matrix import short, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Phase, Todo
    from paddock.render.plan.chart import Chart, Edge

BOX, HIGH, GAP, ROW = 164, 42, 34, 54  # a todo's width and height, between columns, from row to row
LANE, TOP, MARGIN = 176, 58, 16  # the lanes' names, the phases' names, around all
_PHASE = 26  # more room between phases, for the gate
_NAME, _LANE = 23, 26  # characters that there is room for
_ORDER = tuple(Priority)
_STYLE = """\
  text { font-family: system-ui, "DejaVu Sans", sans-serif; fill: #1e293b; }
  .key { font-size: 11.5px; font-weight: 600; } .name { font-size: 11px; } .small { font-size: 10px; fill: #64748b; }
  .phase { font-size: 13px; font-weight: 600; } .lane { font-size: 12px; font-weight: 600; }
  .todo { fill: #fff; stroke: #94a3b8; } .on { stroke: #c2410c; stroke-width: 2.5; }
  .edge { fill: none; stroke: #94a3b8; stroke-width: 1.4; } .hot { stroke: #c2410c; stroke-width: 2.6; }
  .order { stroke-dasharray: 5 4; }"""


class _Spot(Struct, frozen=True):
    """Where a todo stands; `row` counts within its lane."""

    x: int
    y: int


class _Layout(Struct, frozen=True, kw_only=True):
    spots: dict[str, _Spot]
    bands: list[tuple[int, int]]  # each phase's left and width
    lanes: list[tuple[Agent, int, int]]  # with top and height
    width: int
    height: int


def render(chart: Chart) -> str:
    """A whole SVG document. Todos that can never start are left out, and their number is told."""
    place = _laid_out(chart)
    return "\n".join([*_lines(chart, place), ""])


def _laid_out(chart: Chart) -> _Layout:
    columns, bands, x = _columns(chart)
    busy = {chart.plan.todo_of[id_].agent for id_ in columns}
    agents = sorted(
        (one for one in chart.plan.agent_of.values() if one.id in busy),
        key=lambda agent: _ORDER.index(agent.priority),
    )
    rows: dict[tuple[str, int], int] = {}  # how many todos stand in a lane at one place
    row_of = {}
    deep = {agent.id: 1 for agent in agents}
    for id_, left in columns.items():
        agent_id = chart.plan.todo_of[id_].agent
        row_of[id_] = rows.get((agent_id, left), 0)
        rows[agent_id, left] = row_of[id_] + 1
        deep[agent_id] = max(deep[agent_id], row_of[id_] + 1)
    lanes = []
    top = MARGIN + TOP
    tops = {}
    for agent in agents:
        high = deep[agent.id] * ROW + 10
        lanes.append((agent, top, high))
        tops[agent.id] = top
        top += high
    spots = {
        id_: _Spot(left, tops[chart.plan.todo_of[id_].agent] + 5 + row_of[id_] * ROW + (ROW - HIGH) // 2)
        for id_, left in columns.items()
    }
    return _Layout(spots=spots, bands=bands, lanes=lanes, width=x + MARGIN, height=top + MARGIN + 22)


def _columns(chart: Chart) -> tuple[dict[str, int], list[tuple[int, int]], int]:
    """Each todo's left edge, each phase's band, and where all ends."""
    before: dict[str, list[str]] = {}
    for edge in chart.edges:
        before.setdefault(edge.after, []).append(edge.before)
    left: dict[str, int] = {}
    bands = []
    x = MARGIN + LANE
    for _, todos in chart.phases:
        depth: dict[str, int] = {}
        own: dict[str, list[str]] = {}
        for todo in todos:
            mine = own.setdefault(todo.agent, [])
            room = chart.plan.agent_of[todo.agent].at_once
            those = [*before.get(todo.id, ()), *(mine[-room:][:1] if len(mine) >= room else ())]
            depth[todo.id] = max((depth[one] + 1 for one in those if one in depth), default=0)
            mine.append(todo.id)
        wide = max(depth.values(), default=0) + 1
        left |= {id_: x + GAP // 2 + at * (BOX + GAP) for id_, at in depth.items()}
        bands.append((x, wide * (BOX + GAP)))
        x += wide * (BOX + GAP) + _PHASE
    return left, bands, x - (_PHASE if bands else 0)


def _lines(chart: Chart, place: _Layout) -> Iterator[str]:
    size = f'viewBox="0 0 {place.width} {place.height}" width="{place.width}" height="{place.height}"'
    path = chart.path
    told = f"{len(chart.plan.todo_of):,} todos; red: the critical path: {len(path.todos):,} todos, {path.lines:,} lines"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    yield f"<title>{_text(cut(f'Plan of {chart.plan.series}: {told}', 200))}</title>"
    yield f"<style>\n{_STYLE}\n</style>"
    yield f"<defs>{_tip('tip', '#94a3b8')}{_tip('hot', '#c2410c')}</defs>"
    yield f'<rect width="{place.width}" height="{place.height}" fill="#fff"/>'
    yield from _phases(chart, place)
    yield from _lanes(place)
    for edge in sorted(chart.edges, key=lambda edge: edge.critical):
        yield _edge(edge, place.spots[edge.before], place.spots[edge.after])
    marked = frozenset(path.todos)
    for id_, spot in place.spots.items():
        yield from _todo(chart.plan.todo_of[id_], spot, marked=id_ in marked)
    never = f" · {len(chart.stuck):,} that can never start are not drawn" if chart.stuck else ""
    y = place.height - MARGIN
    legend = f"{told}{never}; dashed: the order of work, where nothing is needed"
    yield f'<text class="small" x="{MARGIN}" y="{y}">{_text(legend)}</text>'
    yield "</svg>"


def _phases(chart: Chart, place: _Layout) -> Iterator[str]:
    bottom = place.height - MARGIN - 20
    for (phase, todos), (x, wide) in zip(chart.phases, place.bands, strict=True):
        yield f'<rect x="{x}" y="{MARGIN}" width="{wide}" height="{bottom - MARGIN}" rx="8" fill="#f1f5f9"/>'
        room = wide // 8
        yield f'<text class="phase" x="{x + 12}" y="{MARGIN + 22}">{_text(cut(heading(phase), room))}'
        yield f"<title>{_text(heading(phase))}</title></text>"
        lines = sum(todo.lines or 0 for todo in todos)
        about = f"{len(todos):,} todos, {lines:,} lines" if todos else "no todos yet"
        yield f'<text class="small" x="{x + 12}" y="{MARGIN + 38}">{_text(about)}</text>'
        if phase.gate:
            yield _gate(phase, x + wide + _PHASE // 2)


def _gate(phase: Phase, x: int) -> str:
    told = cut(f"gate of phase {phase.id}: {'; '.join(phase.gate)}", 400)
    return f'<path d="M{x} {MARGIN + 8}l9 9-9 9-9-9z" fill="#0f766e"><title>{_text(told)}</title></path>'


def _tip(name: str, colour: str) -> str:
    size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"'
    return f'<marker id="{name}" {size} orient="auto"><path d="M0 0 8 4 0 8z" fill="{colour}"/></marker>'


def _lanes(place: _Layout) -> Iterator[str]:
    right = place.width - MARGIN
    for agent, top, high in place.lanes:
        yield f'<path d="M{MARGIN} {top}H{right}" stroke="#cbd5e1" stroke-dasharray="2 4"/>'
        middle = top + high // 2
        yield f'<text class="lane" x="{MARGIN}" y="{middle - 2}">{_text(cut(agent.id, _LANE))}</text>'
        about = f"{agent.priority} · {agent.title}" if agent.title else str(agent.priority)
        yield f'<text class="small" x="{MARGIN}" y="{middle + 13}">{_text(cut(about, _LANE + 3))}'
        yield f"<title>{_text(cut(about, 200))}</title></text>"


def _edge(edge: Edge, start: _Spot, end: _Spot) -> str:
    kind = f"edge{' hot' if edge.critical else ''}{' order' if edge.link is Link.ORDER else ''}"
    x1, y1, x2, y2 = start.x + BOX, start.y + HIGH // 2, end.x - 1, end.y + HIGH // 2
    tip = "hot" if edge.critical else "tip"
    bend = max(GAP // 2, (x2 - x1) // 3)
    return f'<path class="{kind}" d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" marker-end="url(#{tip})"/>'


def _todo(todo: Todo, spot: _Spot, *, marked: bool) -> Iterator[str]:
    lines = f"{todo.lines:,} lines" if todo.lines is not None else "not estimated"
    yield f"<g><title>{_text(cut(f'{todo.id}: {todo.title or short(todo)} ({lines})', 200))}</title>"
    yield (
        f'<rect class="todo{" on" if marked else ""}" x="{spot.x}" y="{spot.y}" width="{BOX}" height="{HIGH}" rx="6"/>'
    )
    key = tag(todo)
    name = short(todo).removeprefix(f"{key}-") if todo.branch else todo.title or todo.id
    right = f'x="{spot.x + BOX - 8}" y="{spot.y + 17}" text-anchor="end"'
    yield f'<text class="key" x="{spot.x + 8}" y="{spot.y + 17}">{_text(cut(key, _NAME // 2))}</text>'
    yield f'<text class="small" {right}>{_text(lines)}</text>'
    yield f'<text class="name" x="{spot.x + 8}" y="{spot.y + 33}">{_text(cut(name, _NAME))}</text></g>'


def _text(text: str) -> str:
    return escape(text)
