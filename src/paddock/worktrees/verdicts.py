"""The gates' last verdict of each worktree, kept in its own git directory and bound to the commit it is about.

It is written at the end of every run of all gates, hooks included, so it costs two small files and no process. An agent
could write it as well: it is shown to people and decides nothing.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paddock import wire
from paddock.worktrees import places

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE = "paddock-verdict.json"
_OBJECT = re.compile(r"[0-9a-f]{40,64}\Z")


class LastVerdict(Struct, frozen=True, rename="kebab"):
    """How the gates last ended: on the commit `head`, or on one about to be made on top of `parent`.

    `time` is seconds since 1970; `gates` are those that failed or could not judge; `by_hand` says that
    neither a hook nor CI ran them.
    """

    stage: str
    outcome: str
    time: int
    head: str | None = None
    parent: str | None = None
    gates: tuple[str, ...] = ()
    by_hand: bool = False

    def is_of(self, head: str | None, parent: str | None) -> bool:
        """Whether it speaks of what is checked out: of this commit, made on that one, or of what is staged on it."""
        if head is None:
            return False
        return head in (self.head, self.parent) or (self.parent is not None and self.parent == parent)


def note(  # noqa: PLR0913 - where, on what, how it ended, and when
    git_dir: str,
    common_dir: str,
    head: str | None,
    report: tuple[str, str, Iterable[str]],
    now: int,
    *,
    by_hand: bool = False,
) -> None:
    """Write down how a run ended: its stage, its outcome, and the gates that did not pass.

    A run on another commit than the one that is checked out says nothing of this worktree. Where nothing can be
    written, as in a fence, nothing is.
    """
    here = head_of(git_dir, common_dir)
    if here is None or head not in (None, here):
        return
    stage, outcome, gates = report
    told = LastVerdict(stage, outcome, now, here if head else None, None if head else here, tuple(gates), by_hand)
    path = os.path.join(git_dir, _FILE)
    beside = f"{path}.{os.getpid()}.tmp"
    try:
        with open(beside, "xb") as file:
            file.write(wire.encode(told))
        os.replace(beside, path)
    except OSError:
        return


def last(git_dir: str) -> LastVerdict | None:
    """What was written down; None where nothing was, or what is there is something else."""
    text = places.read(os.path.join(git_dir, _FILE))
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogateescape"), type=LastVerdict) if text else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def head_of(git_dir: str, common_dir: str) -> str | None:
    """The commit that is checked out, from git's own files; None where it is not plain to see, as with reftable."""
    text = (places.read(os.path.join(git_dir, "HEAD")) or "").strip()
    ref = text.removeprefix("ref: ") if text.startswith("ref: refs/") else None
    if ref is None:
        return text if _OBJECT.match(text) else None
    found = (places.read(os.path.join(common_dir, ref)) or "").strip()
    if _OBJECT.match(found):
        return found
    packed = places.read(os.path.join(common_dir, "packed-refs")) or ""
    return next((line.partition(" ")[0] for line in packed.split("\n") if line.endswith(f" {ref}")), None)
