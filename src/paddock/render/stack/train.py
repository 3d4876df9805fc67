"""A train as text, JSON, Markdown and a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock import wire
from paddock.render.lines import line
from paddock.render.neutral import code, prose
from paddock.render.plan.columns import aligned
from paddock.render.plan.mermaid import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.stack.train import Car, Train

_SHORT = 12  # characters of an object name


def as_text(train: Train) -> str:
    """A line for each branch."""
    noun = "branch" if len(train.cars) == 1 else "branches"
    told = [f"train for {line(train.base)} ({train.base_sha[:_SHORT]}): {len(train.cars):,} open {noun}"]
    rows = [
        (f"{at:,}", car.key or "-", car.name, _distance(car), _size(train, car), _on(train, car), _waits(car))
        for at, car in enumerate(train.cars, 1)
    ]
    told += aligned(rows, indent="  ", right=(0,))
    told += [f"  merged: {line(car.name)}" for car in train.merged]
    told += [f"  note: {line(one)}" for one in train.notes]
    return "\n".join([*told, ""])


def as_markdown(train: Train) -> str:
    """A table, then what is merged and what is odd."""
    told = [
        f"## Train for {code(train.base)}",
        "",
        "| # | branch | ahead | behind | lines | stands on | waits for |",
        "|--:|---|--:|--:|--:|---|---|",
    ]
    for at, car in enumerate(train.cars, 1):
        waits = ", ".join(code(one) for one in car.waits) or "nothing"
        size = "?" if car.size is None else f"{car.size:,}"
        over = " **over**" if train.limit is not None and (car.size or 0) > train.limit else ""
        on = code(car.on or train.base)
        told.append(f"| {at:,} | {code(car.name)} | {car.ahead:,} | {car.behind:,} | {size}{over} | {on} | {waits} |")
    told.append("")
    told += [f"- merged: {code(car.name)}" for car in train.merged]
    told += [f"- {prose(line(one))}" for one in train.notes]
    return "\n".join([*told, ""])


def as_mermaid(train: Train) -> str:
    """What stands on what, drawn through; and dashed, what each branch waits for last, where that is another."""
    told = ["flowchart LR", f'  base["{escaped(train.base)}"]']
    names = {car.name: f"b{at}" for at, car in enumerate(train.cars)}
    told += [f'  {names[car.name]}["{escaped(car.name)}<br/>{escaped(_size(train, car))}"]' for car in train.cars]
    for car in train.cars:
        told.append(f"  {names.get(car.on or '', 'base')} --> {names[car.name]}")
        last = next((one for one in reversed(car.waits) if one in names and one != car.on), None)
        if last is not None:
            told.append(f"  {names[last]} -.-> {names[car.name]}")
    return "\n".join([*told, ""])


def as_json(train: Train) -> str:
    """Everything."""
    value = {
        "version": 1,
        "base": train.base,
        "base_sha": train.base_sha,
        "limit": train.limit,
        "branches": [_car(car) for car in (*train.cars, *train.merged)],
        "notes": list(train.notes),
    }
    return wire.encode(value, indent=2).decode() + "\n"


def _car(car: Car) -> dict[str, Any]:
    return {
        **wire.path_fields("name", car.name),
        "ref": car.branch.ref,
        "sha": car.branch.sha,
        "state": str(car.state),
        "key": car.key,
        "todo": car.todo,
        "ahead": car.ahead,
        "behind": car.behind,
        "lines": car.size,
        "on": car.on,
        "waits": list(car.waits),
    }


def _size(train: Train, car: Car) -> str:
    told = "?" if car.size is None else f"{car.size:,}"
    return f"{told} lines" if train.limit is None else f"{told}/{train.limit:,} lines"


def _distance(car: Car) -> str:
    return f"+{car.ahead:,} -{car.behind:,}"


def _on(train: Train, car: Car) -> str:
    return f"on {car.on or train.base}"


def _waits(car: Car) -> str:
    if not car.waits:
        return "may merge"
    return f"waits for {len(car.waits):,}: {', '.join(_first(car.waits))}"


def _first(names: tuple[str, ...], most: int = 2) -> Iterator[str]:
    yield from names[:most]
    if len(names) > most:
        yield "…"
