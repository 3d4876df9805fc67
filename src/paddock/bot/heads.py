"""Open pull requests by their head: GitHub holds checks of commits, so those that share one are told the same. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.bot.model import Issue, Pull, Snapshot


def heads(snapshot: Snapshot) -> Mapping[str, tuple[tuple[Issue, Pull], ...]]:
    """The open pull requests of each commit that is the head of one, in their order."""
    found: dict[str, list[tuple[Issue, Pull]]] = {}
    for one in sorted(snapshot.issues, key=lambda one: one.number):
        if one.pull is not None and one.pull.head and not one.closed:
            found.setdefault(one.pull.head, []).append((one, one.pull))
    return {sha: tuple(some) for sha, some in found.items()}
