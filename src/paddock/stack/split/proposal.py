"""A branch's change as ordered layers, with the reason for each cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.stack.split import graph, units
from paddock.stack.split.packing import pack
from paddock.stack.split.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.stack.split.units import Units

_SHOWN = 3  # names and reasons that one line tells


class Below(Struct, frozen=True):
    """A layer that another stands on, from 1, and what of it that needs."""

    layer: int
    why: str


class Layer(Struct, frozen=True, kw_only=True):
    """One branch to be.

    Attributes:
        branch: its name.
        pieces: what it holds, by place in the list of pieces; empty where whole commits are what it holds.
        files: the same as values.
        lines: hand-written lines against the layer below.
        kept: why pieces were kept together here.
        needs: the layers that it stands on.
        end: why it ends where it ends.
        over: why it can't be within the limit; None where it is.
        cut: what had to be separated though it belongs together.
        commits: the commits that are in it as they are.
        word: what it is about, for its name.
        subject: the subject of its commit, or of its last.
        sha: its last commit, once that is made.
        unsigned: commits in it without their author's sign-off, for which it carries none.
    """

    branch: str = ""
    pieces: tuple[int, ...] = ()
    lines: int = 0
    kept: tuple[str, ...] = ()
    needs: tuple[Below, ...] = ()
    end: str = ""
    over: str | None = None
    cut: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    word: str = ""
    subject: str = ""
    files: tuple[Piece, ...] = ()
    sha: str | None = None
    unsigned: tuple[str, ...] = ()


class Tried(Struct, frozen=True):
    """How a command ended on one layer: its exit code (None: no end in time), and the last that it printed."""

    branch: str
    code: int | None
    said: str = ""


class Split(Struct, frozen=True, kw_only=True):
    """A branch and the layers that it becomes. Object names are full; `made` once the branches are there."""

    branch: str
    base: str
    merge_base: str
    head: str
    limit: int
    counted: int
    files: int
    layers: tuple[Layer, ...]
    verified: tuple[Tried, ...] = ()
    made: bool = False

    @property
    def over(self) -> tuple[Layer, ...]:
        """The layers that are not within the limit."""
        return tuple(layer for layer in self.layers if layer.lines > self.limit)


def propose(pieces: Sequence[Piece], limit: int, *, hunks: bool = False) -> tuple[Layer, ...]:
    """Layers in order, without names yet."""
    built = units.build(pieces, graph.build(pieces), limit)
    packed = pack(pieces, built, limit)
    home = {unit: number for number, layer in enumerate(packed, 1) for unit in layer.units}
    layers = []
    for number, layer in enumerate(packed, 1):
        members = [built.units[at] for at in layer.units]
        held = tuple(sorted(at for unit in members for at in unit.pieces))
        largest = max(members, key=lambda unit: unit.lines)
        lines = sum(unit.lines for unit in members)
        layers.append(
            Layer(
                pieces=held,
                files=tuple(pieces[at] for at in held),
                lines=lines,
                kept=tuple(dict.fromkeys(reason for unit in members for reason in unit.reasons)),
                needs=_below(number, layer.units, built, home),
                end=layer.end,
                over=_why_over(pieces, largest.pieces, limit, hunks=hunks) if lines > limit else None,
                cut=tuple(dict.fromkeys(reason for unit in members for reason in unit.cut)),
                word=word_for(pieces, held),
            )
        )
    return tuple(layers)


def word_for(pieces: Sequence[Piece], held: Sequence[int]) -> str:
    """The folder in which most of a layer's lines are."""
    lines: dict[str, int] = {}
    for at in held:
        word = pieces[at].folder.rpartition("/")[2]
        lines[word] = lines.get(word, 0) + pieces[at].lines
    return max(sorted(lines), key=lambda word: lines[word], default="")


def _below(number: int, members: Sequence[int], built: Units, home: dict[int, int]) -> tuple[Below, ...]:
    why: dict[int, list[str]] = {}
    for at in members:
        for before, needs in built.needs[at].items():
            if home[before] != number:
                told = why.setdefault(home[before], [])
                told += [f"{need.what} {name}".strip() for need in needs for name in need.names]
    found = []
    for layer, reasons in sorted(why.items()):
        some = list(dict.fromkeys(reasons))
        more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
        found.append(Below(layer, ", ".join(some[:_SHOWN]) + more))
    return tuple(found)


def _why_over(pieces: Sequence[Piece], held: Sequence[int], limit: int, *, hunks: bool) -> str:
    counted = [pieces[at] for at in held if pieces[at].lines]
    if len(counted) > 1:
        names = ", ".join(piece.shown for piece in counted[:_SHOWN])
        return f"{names} can only change together, over the limit of {limit:,}"
    one = counted[0]
    what = "one file" if one.part is None else "one hunk"
    mend = "" if hunks else "; --hunks cuts it"
    return f"{one.shown} is {what} of {one.lines:,} lines, {one.lines - limit:,} over the limit{mend}"
