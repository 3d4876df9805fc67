"""The hidden markers in what the bot writes: `<!-- paddock:KIND JSON -->`. Pure.

Whoever reads them believes those alone that stand in the bot's own words: anybody can type one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from paddock.bot.model import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 100
_MARK = re.compile(re.escape(MARK) + r"(?P<kind>[a-z]+) (?P<fields>\{[^\n<>]*\}) -->")
# What would end an HTML comment, or begin one.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "-": "\\u002d"})


class Mark(Struct, frozen=True):
    """One marker. `start` is where it begins in the text."""

    kind: str
    fields: dict[str, Any]
    start: int = 0


def write(kind: str, **fields: object) -> str:
    """A marker. JSON has its three odd characters in strings only, where they may be escaped."""
    return f"{MARK}{kind} {_json(fields)} -->"


def _json(fields: dict[str, object]) -> str:
    # Numbers below zero would have a `-` outside of strings; there are none.
    return msgspec.json.encode(fields).decode().translate(_ESCAPES)


def harmless(text: str) -> str:
    """Text from outside, of which nothing is read as a marker once the bot writes it."""
    return text.replace(MARK, f"{MARK[:2]}- {MARK[5:]}")


def read(text: str) -> Iterator[Mark]:
    """The markers in a text; what is broken is none."""
    for found in _MARK.finditer(text):
        try:
            fields = msgspec.json.decode(found["fields"])
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(fields, dict) and not _is_deep(fields):
            yield Mark(found["kind"], fields, found.start())


def _is_deep(fields: object) -> bool:
    """Whether it is nested as nothing is that the bot writes: whatever goes down into it must come up again."""
    level = [fields]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
        if not level:
            return False
    return True


def first(text: str, kind: str) -> Mark | None:
    """The first of a kind."""
    return next((one for one in read(text) if one.kind == kind), None)
