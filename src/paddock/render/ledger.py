"""The size ledger: what was counted, what was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paddock import wire
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.gates.pr_size import Ledger, SizedFile  # noqa: TC004 - never decoded

VERSION = 1
_SHOWN = 20


class Counted(Struct, frozen=True):
    """A ledger and what it was taken of. `merge_base` is a full object name."""

    branch: str
    base: str
    merge_base: str
    limit: int
    ledger: Ledger


def as_json(counted: Counted) -> str:
    """One JSON object with every changed file; a path that is not UTF-8 stands in `path_b64`."""
    value: dict[str, Any] = {
        "version": VERSION,
        "branch": counted.branch,
        "base": counted.base,
        "merge_base": counted.merge_base,
        "limit": counted.limit,
        "counted": counted.ledger.counted,
        "not_counted": counted.ledger.not_counted,
        "files": [
            {
                **wire.path_fields("path", file.path),
                **wire.path_fields("old_path", file.old_path),
                "added": file.added,
                "deleted": file.deleted,
                "class": file.file_class,
                "counted": file.counted,
                "reason": file.reason,
            }
            for file in counted.ledger.files
        ],
    }
    return wire.encode(value, indent=2).decode() + "\n"


def as_text(counted: Counted, *, everything: bool = False) -> str:
    """Tables for a person: the largest counted files, and what was left out by reason."""
    return "".join(f"{line}\n" for line in _lines(counted, everything=everything))


def _lines(counted: Counted, *, everything: bool) -> Iterator[str]:
    ledger = counted.ledger
    yield f"{printable(counted.branch)} against {printable(counted.base)} (merge base {counted.merge_base[:12]})"
    rows = sorted((file for file in ledger.files if file.counted), key=lambda file: (-file.lines, file.path))
    if rows:
        yield ""
        yield "  added  deleted  counted"
    shown = rows if everything else rows[:_SHOWN]
    for file in shown:
        yield f"{file.added:>7,}  {file.deleted:>7,}  {file.lines:>7,}  {_name(file)}  ({printable(file.reason)})"
    if len(rows) > len(shown):
        rest = rows[len(shown) :]
        yield f"{'':>16}  {sum(file.lines for file in rest):>7,}  in {len(rest):,} more files; --all shows them"
    yield from _left_out([file for file in ledger.files if not file.counted], everything=everything)
    yield ""
    over = ledger.counted - counted.limit
    verdict = f"{over:,} over the limit of {counted.limit:,}" if over > 0 else f"within the limit of {counted.limit:,}"
    moved = f", {ledger.moved:,} moved" if ledger.moved else ""
    yield f"{ledger.counted:,} lines counted, {verdict}; {ledger.not_counted:,} not counted{moved}"


def _left_out(files: list[SizedFile], *, everything: bool) -> Iterator[str]:
    if not files:
        return
    yield ""
    yield "not counted:"
    if everything:
        for file in files:
            yield f"{file.added:>7,}  {file.deleted:>7,}           {_name(file)}  ({printable(file.reason)})"
        return
    by_reason: dict[str, list[SizedFile]] = {}
    for file in files:
        by_reason.setdefault(file.reason, []).append(file)
    for reason, some in sorted(by_reason.items(), key=lambda pair: -sum(f.added + f.deleted for f in pair[1])):
        added, deleted = sum(file.added for file in some), sum(file.deleted for file in some)
        name = _name(some[0]) if len(some) == 1 else f"{len(some):,} files"
        yield f"{added:>7,}  {deleted:>7,}           {name}  ({printable(reason)})"


def _name(file: SizedFile) -> str:
    return printable(file.path if file.old_path is None else f"{file.old_path} → {file.path}")
