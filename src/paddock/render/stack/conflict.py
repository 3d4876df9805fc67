"""Branches that do not merge, and a conflict on its branch, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock import wire
from paddock.model import Merge
from paddock.render.lines import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.stack.resolution import Isolated

VERSION = 1
_SHOWN = 5


class Listed(Struct, frozen=True):
    """Pairs that do not merge, the branches that resolutions are on, and how many branches were looked at."""

    pairs: tuple[tuple[str, str, Merge], ...]
    resolutions: tuple[tuple[str, str], ...]
    branches: int


def as_text(listed: Listed) -> str:
    """A block for each pair."""
    return "".join(f"{one}\n" for one in _lines(listed))


def _lines(listed: Listed) -> Iterator[str]:
    if not listed.pairs:
        yield f"{listed.branches:,} branches, and every two of them merge"
    for first, second, merge in listed.pairs:
        yield line(f"{first}  {second}")
        for clash in merge.clashes[:_SHOWN]:
            yield line(f"  {clash.kind}  {clash.path}")
        if merge.count > _SHOWN:
            yield f"  and {merge.count - _SHOWN:,} more"
        yield line(f"  resolve it: paddock conflict isolate {first} {second}")
    for branch, how in listed.resolutions:
        yield line(f"{branch}: {how}")


def as_json(listed: Listed) -> str:
    """One object."""
    value = {
        "version": VERSION,
        "branches": listed.branches,
        "conflicts": [
            {
                "first": first,
                "second": second,
                "count": merge.count,
                "clashes": [{**wire.path_fields("path", one.path), "kind": one.kind} for one in merge.clashes],
            }
            for first, second, merge in listed.pairs
        ],
        "resolutions": [{"branch": branch, "state": how} for branch, how in listed.resolutions],
    }
    return wire.encode(value, indent=2).decode() + "\n"


def isolated_text(found: Isolated) -> str:
    """The branch, and for each file who wrote what on either side."""
    rows = [line(f"{found.branch}  {found.commit[:12]}")]
    for one in found.record.open:
        rows.append(line(f"  {one.kind}  {one.path}{'' if one.marked else '  (without markers)'}"))
        for name, people in zip((found.record.earlier, found.record.later), found.who[one.path], strict=True):
            rows.append(line(f"    {name}: {', '.join(people[:_SHOWN]) or 'nobody in its own commits'}"))
    return "".join(f"{row}\n" for row in rows)


def isolated_json(found: Isolated) -> str:
    """One object."""
    value = {
        "version": VERSION,
        "branch": found.branch,
        "commit": found.commit,
        "earlier": found.record.earlier,
        "later": found.record.later,
        "conflicts": [
            {
                **wire.path_fields("path", one.path),
                "kind": one.kind,
                "marked": one.marked,
                "earlier": found.who[one.path][0],
                "later": found.who[one.path][1],
            }
            for one in found.record.open
        ],
    }
    return wire.encode(value, indent=2).decode() + "\n"
