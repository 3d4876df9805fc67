"""What became of a conflict: markers that are left, and lines of either side that were lost on the way. Pure."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paddock.model import ClashKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_KEY = "Paddock-Conflict: "
_SHOWN = 3  # lines that one finding tells


class Open(Struct, frozen=True):
    """One conflict as it was committed. `marked` says that git left markers in the file."""

    path: str
    kind: ClashKind
    marked: bool = False


class Record(Struct, frozen=True):
    """What a resolution is of: two branches, the earlier first, and the conflicts between them."""

    earlier: str
    later: str
    open: tuple[Open, ...]
    version: int = 1


class State(Struct, frozen=True):
    """What stands at a path: mode and content; both None where nothing does, the content also where it was not read."""

    mode: str | None = None
    text: bytes | None = None


NOTHING = State()


class Stages(Struct, frozen=True):
    """A path before both sides, merged with the markers in it, and as it is now."""

    base: State
    merged: State
    now: State


class Problem(Struct, frozen=True):
    """Why a resolution is not done yet. `accepted` tells whether a person's word is enough."""

    path: str
    what: str
    acceptable: bool = False


def message(record: Record) -> str:
    """The message of the commit that holds the markers."""
    count = len(record.open)
    told = json.dumps(msgspec.to_builtins(record), separators=(",", ":"))
    return (
        f"Merge {record.later} into {record.earlier}, {count} conflict{'s' * (count != 1)} open\n\n"
        f"The files are as git left them. `paddock conflict done` brings the resolution back onto {record.later}.\n\n"
        f"{_KEY}{told}\n"
    )


def read(text: str) -> Record | None:
    """The record in a commit's message; None where there is none that can be read."""
    line = next((one for one in reversed(text.split("\n")) if one.startswith(_KEY)), None)
    if line is None:
        return None
    try:
        found = msgspec.convert(json.loads(line.removeprefix(_KEY)), Record)
    except (ValueError, RecursionError):
        return None
    return found if found.version == 1 else None


def is_marked(text: bytes | None, record: Record) -> bool:
    """Whether git left markers of this merge in a text."""
    return text is not None and any(True for _ in _markers(text, record))


def survey(record: Record, stages: Mapping[str, Stages], accepted: Collection[str]) -> tuple[Problem, ...]:
    """What is wrong with a resolution; every conflict is in `stages`, and every path that it changed."""
    found: list[Problem] = []
    opened = {one.path: one for one in record.open}
    for path, one in stages.items():
        found += _of_conflict(opened[path], one, record) if path in opened else ()
        if one.now != one.merged:
            found += _lost(path, one, record)
    return tuple(one for one in found if not (one.acceptable and one.path in accepted))


def _of_conflict(conflict: Open, one: Stages, record: Record) -> Iterator[Problem]:
    left = [number for number, _ in _markers(one.now.text or b"", record)]
    if left:
        lines = ", ".join(str(number) for number in left[:_SHOWN])
        yield Problem(conflict.path, f"{len(left)} conflict markers are left, at line {lines}")
    elif one.now == one.merged:
        yield Problem(conflict.path, f"a {conflict.kind} conflict, and it is as git left it", acceptable=True)


def _markers(text: bytes, record: Record) -> Iterator[tuple[int, bytes]]:
    ours, theirs = _labels(record)
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.rstrip(b"\r") in (ours, theirs):
            yield number, line


def _labels(record: Record) -> tuple[bytes, bytes]:
    names = (name.encode("utf-8", "surrogateescape") for name in (record.earlier, record.later))
    ours, theirs = names
    return b"<<<<<<< " + ours, b">>>>>>> " + theirs


def _lost(path: str, one: Stages, record: Record) -> Iterator[Problem]:
    if one.now.mode is None and one.merged.mode is not None:
        what = (
            "deleted, though one side has it" if one.base.mode is None else "deleted, though a side changed or kept it"
        )
        yield Problem(path, what, acceptable=True)
        return
    if one.merged.mode is None and one.now.mode is not None and one.base.mode is not None:
        yield Problem(path, "there again, though one side deleted it", acceptable=True)
        return
    if one.merged.mode not in (None, one.now.mode):
        yield Problem(path, f"its mode is {one.now.mode}, merged it was {one.merged.mode}", acceptable=True)
    if one.now.text is None or one.merged.text is None:
        return
    outside, everything = _counted(one.merged.text, record)
    base, now = Counter((one.base.text or b"").split(b"\n")), Counter(one.now.text.split(b"\n"))
    gone = [line for line, count in outside.items() if count > base[line] and now[line] < count and line.strip()]
    back = [
        line
        for line, count in base.items()
        if everything[line] < count and now[line] > everything[line] and line.strip()
    ]
    for lines, what in ((gone, "that a side added are gone"), (back, "that a side deleted are back")):
        if lines:
            shown = lines[0].decode("utf-8", "replace").strip()
            yield Problem(path, f"lines {what}: {len(lines)}, the first: {shown}", acceptable=True)


def _counted(text: bytes, record: Record) -> tuple[Counter[bytes], Counter[bytes]]:
    """The lines outside of conflicts, and all of them."""
    ours, theirs = _labels(record)
    outside: Counter[bytes] = Counter()
    everything: Counter[bytes] = Counter()
    inside = False
    for line in text.split(b"\n"):
        bare = line.rstrip(b"\r")
        inside = inside or bare == ours
        everything[line] += 1
        if not inside:
            outside[line] += 1
        inside = inside and bare != theirs
    return outside, everything
