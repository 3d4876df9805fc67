"""Rows of cells as aligned text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.render.lines import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDEST = 60  # characters of a column: one absurd title must not push all others off the screen


def aligned(rows: Iterable[Sequence[str]], *, indent: str = "", right: tuple[int, ...] = ()) -> list[str]:
    """Each row as a line; the columns in `right` are aligned to the right."""
    cells = [[line(cell) for cell in row] for row in rows]
    if not cells:
        return []
    widths = [min(max(len(row[at]) for row in cells), WIDEST) for at in range(len(cells[0]))]
    found = []
    for row in cells:
        told = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        found.append(f"{indent}{'  '.join(told)}".rstrip())
    return found
