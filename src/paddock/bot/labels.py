"""The labels that hold a todo's state: `agent/…`, `phase/…`, `state/…`, `priority/…`.

Of the first two and the last a todo has at most one. Of `state/…` it has one that tells how far it is, and beside it
`state/held` and `state/blocked`, so that nothing is forgotten when these go.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from paddock.plan.model import Priority
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

AGENT, PHASE, STATE, PRIORITY = "agent/", "phase/", "state/", "priority/"
LONGEST = 50  # characters of a label, by GitHub's API
FLAGS = (State.HELD, State.BLOCKED)
# Where several say how far a todo is, that which is furthest counts: nothing is handed out twice.
_PROGRESS = (State.DROPPED, State.DONE, State.CHANGES_REQUESTED, State.IN_REVIEW, State.IN_PROGRESS, State.OPEN)


def label(prefix: str, value: str) -> str:
    """A value's label; one that is too long for GitHub ends in a digest instead."""
    whole = f"{prefix}{value}"
    if len(whole) <= LONGEST:
        return whole
    digest = sha256(value.encode()).hexdigest()[:8]
    return f"{whole[: LONGEST - len(digest) - 1]}-{digest}"


def value(labels: Collection[str], prefix: str, known: Iterable[str]) -> str | None:
    """The first of the known values whose label is there; labels of GitHub are compared without case."""
    there = {one.casefold() for one in labels}
    return next((one for one in known if label(prefix, one).casefold() in there), None)


def others(labels: Collection[str], prefix: str, keep: str) -> tuple[str, ...]:
    """The labels of a prefix but one; the flags among the states stay."""
    flags = {label(STATE, flag) for flag in FLAGS} if prefix == STATE else set()
    stay = {one.casefold() for one in (*flags, keep)}
    return tuple(one for one in labels if one.casefold().startswith(prefix) and one.casefold() not in stay)


def priority(labels: Collection[str]) -> Priority | None:
    """The heaviest priority that the labels name."""
    found = value(labels, PRIORITY, Priority)
    return Priority(found) if found is not None else None


def progress(labels: Collection[str]) -> State | None:
    """How far the labels say that a todo is, without the flags."""
    found = value(labels, STATE, _PROGRESS)
    return State(found) if found is not None else None


def flag(labels: Collection[str]) -> State | None:
    """What keeps it from being worked on."""
    found = value(labels, STATE, FLAGS)
    return State(found) if found is not None else None
