"""Whole looks of earlier runs: where nothing changed that has a say, nothing is asked of git but where branches stand.

What is said in the key of a look is all that decides it, commits by their names. Of what changed in part,
[`kept`](kept.py) knows the merges.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import structs

from paddock import __version__
from paddock.sources.keeping import keep, kept
from paddock.stack.integration import Integration

FILE = "paddock-looks.json"
MOST = 4  # looks that are kept; each run reads them all
LARGEST = 4 << 20  # bytes of one
_FORMAT = "2"  # raised where the same key may be answered otherwise


class Looks:
    """What was found before.

    Args:
        folder: the git directory that all worktrees share.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def get(self, decides: object) -> Integration | None:
        """The look that this decided, with all of its merges known."""
        text = kept(self._folder, FILE, msgspec.Raw).get(_name(decides))
        if text is None:
            return None
        try:
            return msgspec.json.decode(text, type=Integration)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def put(self, decides: object, found: Integration) -> None:
        """Keep a look, unless it has names that are not UTF-8, or not all could be judged, which is asked again."""
        if found.refused or found.unrelated:
            return
        asked = found.known[1]
        # Commits of the train lie in the folder that goes.
        steps = tuple(structs.replace(step, commit=None) for step in found.steps)
        try:
            text = msgspec.json.encode(structs.replace(found, steps=steps, known=(asked, asked)))
        except UnicodeEncodeError:
            return
        if len(text) > LARGEST:
            return
        name = _name(decides)
        others = kept(self._folder, FILE, msgspec.Raw)
        others.pop(name, None)
        keep(self._folder, FILE, others | {name: msgspec.Raw(text)}, MOST)


def _name(decides: object) -> str:
    return sha256(repr((_FORMAT, __version__, decides)).encode()).hexdigest()
