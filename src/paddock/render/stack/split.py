"""A split as a table and a graph for people, as JSON, as Markdown, and as a drawing for Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock import wire
from paddock.render.lines import line
from paddock.render.neutral import code, prose
from paddock.render.plan.columns import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.stack.split.pieces import Piece
    from paddock.stack.split.proposal import Layer, Split

VERSION = 1
FORMATS = ("text", "json", "markdown", "mermaid")
_SHOWN = 6  # files of a layer
_REASONS = 4
_SHORT = 12


def render(split: Split, form: str) -> str:
    """The split in one of the formats."""
    if form == "json":
        return as_json(split)
    lines = {"markdown": _markdown, "mermaid": _mermaid}.get(form, _text)(split)
    return "".join(f"{one}\n" for one in lines)


def as_json(split: Split) -> str:
    """One object with every layer and file; a path that is not UTF-8 stands in `path_b64`."""
    value: dict[str, Any] = {
        "version": VERSION,
        "branch": split.branch,
        "base": split.base,
        "merge_base": split.merge_base,
        "head": split.head,
        "limit": split.limit,
        "counted": split.counted,
        "files": split.files,
        "made": split.made,
        "layers": [_layer(layer) for layer in split.layers],
        "verified": [{"branch": one.branch, "code": one.code, "said": one.said} for one in split.verified],
    }
    return wire.encode(value, indent=2).decode() + "\n"


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "branch": layer.branch,
        "sha": layer.sha,
        "subject": layer.subject,
        "lines": layer.lines,
        "over": layer.over,
        "end": layer.end,
        "kept": layer.kept,
        "cut": layer.cut,
        "needs": [{"layer": below.layer, "why": below.why} for below in layer.needs],
        "commits": layer.commits,
        "unsigned": layer.unsigned,
        "files": [_file(piece) for piece in layer.files],
    }


def _file(piece: Piece) -> dict[str, Any]:
    return {
        **wire.path_fields("path", piece.path),
        **wire.path_fields("old_path", piece.old_path),
        "part": piece.part[0] if piece.part else None,
        "parts": piece.part[1] if piece.part else None,
        "lines": piece.lines,
        "class": piece.file_class,
    }


def _text(split: Split) -> Iterator[str]:
    yield line(f"{split.branch}  {split.counted:,} hand-written lines in {_files(split.files)} against {split.base}")
    if len(split.layers) == 1 and not split.over:
        yield f"  within the limit of {split.limit:,}: there is nothing to split"
        return
    yield f"  {len(split.layers)} layers of at most {split.limit:,}, each on the one above it"
    yield ""
    rows = [("", "lines", "files", "branch", "stands on")]
    for number, layer in enumerate(split.layers, 1):
        needs = " ".join(str(below.layer) for below in layer.needs) or "-"
        rows.append((str(number), f"{layer.lines:,}", _size(layer), layer.branch, needs))
    yield from aligned(rows, indent="  ", right=(0, 1, 2))
    for number, layer in enumerate(split.layers, 1):
        yield ""
        sha = f"  {layer.sha[:_SHORT]}" if layer.sha else ""
        yield line(f"{number}  {layer.branch}{sha}")
        yield from (f"   {one}" for one in _told(layer, code=line, prose=line))
    yield from _verified(split)


def _told(layer: Layer, *, code: Any, prose: Any) -> Iterator[str]:  # noqa: ANN401 - how text is made safe
    """What stands in a layer and why, one fact a line."""
    if layer.over:
        yield f"over: {prose(layer.over)}"
    for piece in layer.files[:_SHOWN]:
        moved = f" from {code(piece.old_path)}" if piece.old_path else ""
        yield f"{code(piece.shown)}{moved}  {piece.lines:,}"
    if len(layer.files) > _SHOWN:
        yield f"and {len(layer.files) - _SHOWN} more files"
    for below in layer.needs:
        yield f"stands on {below.layer}: {prose(below.why)}"
    yield from _some("together", layer.kept, prose)
    yield from _some("apart, though", layer.cut, prose)
    if layer.unsigned:
        yield f"not signed off: {', '.join(sha[:_SHORT] for sha in layer.unsigned[:_REASONS])}; nor is this layer"
    if layer.end:
        yield f"ends here: {prose(layer.end)}"


def _some(word: str, reasons: tuple[str, ...], prose: Any) -> Iterator[str]:  # noqa: ANN401
    for reason in reasons[:_REASONS]:
        yield f"{word}: {prose(reason)}"
    if len(reasons) > _REASONS:
        yield f"{word}: {len(reasons) - _REASONS} more reasons"


def _verified(split: Split) -> Iterator[str]:
    if not split.verified:
        return
    yield ""
    for one in split.verified:
        if one.code == 0:
            yield line(f"passed  {one.branch}")
            continue
        yield line(f"failed  {one.branch}: {_ended(one.code)}")
        yield from (f"   {line(said)}" for said in one.said.splitlines())


def _ended(exit_code: int | None) -> str:
    return "no end in time" if exit_code is None else f"exit {exit_code}"


def _markdown(split: Split) -> Iterator[str]:
    yield f"### {code(split.branch)} in {len(split.layers)} layers"
    yield ""
    counted = f"{split.counted:,} hand-written lines in {_files(split.files)}"
    yield f"{counted} against {code(split.base)}; the limit is {split.limit:,}."
    yield ""
    yield "| | branch | lines | files | stands on |"
    yield "|---:|---|---:|---:|---|"
    for number, layer in enumerate(split.layers, 1):
        needs = ", ".join(str(below.layer) for below in layer.needs)
        yield f"| {number} | {code(layer.branch)} | {layer.lines:,} | {_size(layer)} | {needs} |"
    yield ""
    yield "```mermaid"
    yield from _mermaid(split)
    yield "```"
    for number, layer in enumerate(split.layers, 1):
        yield ""
        yield f"**{number}.** {code(layer.branch)}"
        yield ""
        yield from (f"- {one}" for one in _told(layer, code=code, prose=prose))
    if split.verified:
        yield ""
        yield from (
            f"- {code(one.branch)}: {'passed' if one.code == 0 else _ended(one.code)}" for one in split.verified
        )


def _mermaid(split: Split) -> Iterator[str]:
    yield "flowchart BT"
    yield f'  base["{_label(split.base)}"]'
    for number, layer in enumerate(split.layers, 1):
        yield f'  l{number}["{_label(layer.branch)}<br/>{_label(f"{layer.lines:,} lines")}"]'
    yield "  l1 --> base"
    for number, layer in enumerate(split.layers, 1):
        told = {below.layer: below.why for below in layer.needs}
        if number > 1:
            why = f'-- "{_label(told[number - 1][:_LABEL])}" ' if number - 1 in told else ""
            yield f"  l{number} {why}--> l{number - 1}"
        yield from (
            f'  l{number} -. "{_label(why[:_LABEL])}" .-> l{below}'
            for below, why in told.items()
            if below != number - 1
        )
    over = [f"l{number}" for number, layer in enumerate(split.layers, 1) if layer.over]
    if over:
        yield "  classDef over stroke:#991b1b,stroke-width:3px"
        yield f"  class {','.join(over)} over"


_LABEL = 60  # characters of a reason in the drawing


def _label(text: str) -> str:
    """Text that can end no label: all but letters, digits and blanks as entity codes."""
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in text)


def _size(layer: Layer) -> str:
    if layer.commits and not layer.files:
        return f"{len(layer.commits)} commit{'s' if len(layer.commits) > 1 else ''}"
    return f"{len({piece.path for piece in layer.files}):,}"


def _files(count: int) -> str:
    return f"{count:,} file" if count == 1 else f"{count:,} files"
