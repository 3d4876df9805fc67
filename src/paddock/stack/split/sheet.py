"""A proposal as a file that a person edits and feeds back."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import PolicyError
from paddock.plan.keys import ref_problem
from paddock.policy import strict, words
from paddock.policy.positions import parse
from paddock.stack.split.proposal import Layer, word_for
from paddock.stack.split.relations import Bond, together
from paddock.wire import is_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.policy.positions import Path, Place
    from paddock.stack.split.pieces import Piece
    from paddock.stack.split.proposal import Split

SIZE_LIMIT = 64 << 20
_VALUES = 4_000_000
_ODD = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Placed(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A file by its new path; `part` of a file that is cut; `path-b64` in place of a path that is not UTF-8."""

    path: str | None = None
    path_b64: str | None = None
    part: int | None = None


class SheetLayer(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One layer."""

    branch: str
    files: tuple[str | Placed, ...]


class Sheet(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The whole file. The limit and whether files are cut hold from here, so that parts mean what they meant."""

    version: int
    branch: str
    base: str
    merge_base: str
    head: str
    limit: int
    hunks: bool
    layers: tuple[SheetLayer, ...]


def write(split: Split, *, hunks: bool) -> str:
    """The text of the file."""
    return "\n".join([*_lines(split, hunks=hunks), ""])


def _lines(split: Split, *, hunks: bool) -> Iterator[str]:
    yield "# How a branch is split. Move files from layer to layer, reorder, rename, join or add layers; then:"
    yield "#   paddock split --from THIS-FILE            shows it, counted anew"
    yield "#   paddock split --from THIS-FILE --apply    makes the branches"
    yield "# Every file stands in exactly one layer. A moved file is named by its new path."
    yield "version: 1"
    yield f"branch: {_quoted(split.branch)}"
    yield f"base: {_quoted(split.base)}"
    yield f'merge-base: "{split.merge_base}"'
    yield f'head: "{split.head}"'
    yield f"limit: {split.limit}"
    yield f"hunks: {'true' if hunks else 'false'}"
    yield "layers:"
    for layer in split.layers:
        yield f"  - branch: {_quoted(layer.branch)}  # {layer.lines:,} lines"
        yield "    files:"
        for piece in layer.files:
            yield f"      - {_named(piece)}  # {piece.lines:,}"


def _named(piece: Piece) -> str:
    if is_utf8(piece.path) and piece.part is None:
        return _quoted(piece.path)
    if is_utf8(piece.path):
        key = f"path: {_quoted(piece.path)}"
    else:
        key = f'path-b64: "{base64.b64encode(piece.path.encode("utf-8", "surrogateescape")).decode("ascii")}"'
    part = f", part: {piece.part[0]}" if piece.part else ""
    return f"{{{key}{part}}}"


def _quoted(text: str) -> str:
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def read(text: bytes, file: str) -> tuple[Sheet, dict[Path, Place]]:
    """The file as written, before it is held against the branch; and where each of its values stands.

    Raises:
        PolicyError: with the place of the first thing that is wrong.
    """
    node = parse(text, file, what="split", size=SIZE_LIMIT, values=_VALUES)
    places = dict(node.places())
    if not isinstance(node.value, dict):
        raise PolicyError("a split is a map of keys to values", hint="paddock split --edit FILE", where=str(node.place))
    sheet = strict.convert(node.plain(), Sheet, places, (), file)
    if sheet.version != 1:
        raise strict.refusal(f"version {sheet.version}; there is only 1", places, ("version",), file)
    return sheet, places


def layers(sheet: Sheet, pieces: Sequence[Piece], places: dict[Path, Place], file: str) -> tuple[Layer, ...]:
    """The layers that the file tells.

    Raises:
        PolicyError: a file that is no part of the change, is there twice, or nowhere; a name that can't be.
    """
    at = {(piece.path, piece.part[0] if piece.part else None): number for number, piece in enumerate(pieces)}
    home: dict[int, int] = {}
    found = []
    names: set[str] = set()
    for number, layer in enumerate(sheet.layers):
        problem = ref_problem(layer.branch) or ("the name stands twice" if layer.branch in names else None)
        if problem or not layer.files:
            key = "branch" if problem else "files"
            raise strict.refusal(problem or "a layer without files", places, ("layers", number, key), file)
        names.add(layer.branch)
        held = []
        for index, one in enumerate(layer.files):
            here = ("layers", number, "files", index)
            piece = at.get(_key(one))
            if piece is None or piece in home:
                raise _stray(one, pieces, piece, places, here, file)
            home[piece] = number
            held.append(piece)
        held.sort()
        found.append(
            Layer(
                branch=layer.branch,
                pieces=tuple(held),
                files=tuple(pieces[piece] for piece in held),
                lines=sum(pieces[piece].lines for piece in held),
                end="as the file says",
                word=word_for(pieces, held),
            )
        )
    missing = [piece for number, piece in enumerate(pieces) if number not in home]
    if missing:
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise strict.refusal(f"{missing[0].shown} stands in no layer{more}", places, ("layers",), file)
    for tie in together(pieces):
        if tie.bond is Bond.FORCED and home[tie.first] != home[tie.second]:
            raise strict.refusal(f"these can't be apart: {tie.reason}", places, ("layers", home[tie.second]), file)
    return tuple(found)


def _key(one: str | Placed) -> tuple[str, int | None]:
    if isinstance(one, str):
        return one, None
    if one.path is not None:
        return one.path, one.part
    try:
        raw = base64.b64decode(one.path_b64 or "", validate=True)
    except ValueError:
        return "", None
    return raw.decode("utf-8", "surrogateescape"), one.part


def _stray(  # noqa: PLR0913, PLR0917 - what is said, and where
    one: str | Placed,
    pieces: Sequence[Piece],
    piece: int | None,
    places: dict[Path, Place],
    here: Path,
    file: str,
) -> PolicyError:
    path, part = _key(one)
    shown = path if part is None else f"{path} (part {part})"
    if piece is not None:
        return strict.refusal(f"{shown} stands in two layers", places, here, file)
    hint = words.near(path, [other.path for other in pieces]) or "paddock split --edit FILE writes it anew"
    return strict.refusal(f"{shown} is no part of the change", places, here, file, hint=hint)
