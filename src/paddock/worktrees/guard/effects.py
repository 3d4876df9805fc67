"""What a tool call would do, as values; nothing is looked up here."""

from __future__ import annotations

from typing import NamedTuple

UNKNOWN = "\0"  # stands in a word for a part that only the shell will know; no path can hold it


class Write(NamedTuple):
    """A path that is written to. `follow` is false where the name itself is taken away or replaced, not its target."""

    path: str
    follow: bool = True


class Run(NamedTuple):
    """A program that may write to the folder it runs in."""

    folder: str
    program: str


class Refusal(NamedTuple):
    """What is wrong wherever it happens, and what to do instead."""

    reason: str
    hint: str


class Unread(NamedTuple):
    """A part that can't be judged; only a strict policy denies it, with what to do instead."""

    what: str
    hint: str = "write it out with plain paths"


Effect = Write | Run | Refusal | Unread


def join(folder: str, path: str) -> str:
    """A path as it is meant in a folder; what is unknown stays so."""
    if path.startswith(("/", UNKNOWN)):
        return path
    return f"{folder.rstrip('/')}/{path}" if path else folder
