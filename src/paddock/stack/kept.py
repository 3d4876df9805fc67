"""Trial merges of earlier runs, by the trees that went into them: only what changed is merged again.

What git refused to merge is asked again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from paddock import wire
from paddock.model import Clash, ClashKind, Merge
from paddock.sources.keeping import keep, kept

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "paddock-merges.json"
_FORMAT = "1"  # raised where the same trees may be judged otherwise
MOST = 20_000  # merges that are kept


# A clean merge is its tree; else the number of clashes, then a path, a kind and further paths of each.
_Value = str | tuple[int, list[tuple[str, ClashKind, list[str]]]]


class Kept:
    """What is known, and what of it this run asked for: that stays longest.

    Args:
        folder: the git directory that all worktrees share.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[str, _Value] = kept(folder, FILE, _Value)
        self._used: dict[str, _Value] = {}
        self._new = False

    def get(self, key: str) -> Merge | None:
        """The merge of this key, if it was made before."""
        found = self._known.get(key)
        if found is not None:
            self._used[key] = found
        return None if found is None else _merge(found)

    def put(self, key: str, merge: Merge) -> None:
        """Keep a merge; what git refused to do is asked again."""
        if merge.refused is None and _storable(merge):
            self._known[key] = self._used[key] = _value(merge)
            self._new = True

    def write(self) -> None:
        """Write down what is new."""
        if not self._new:
            return
        rest = {key: value for key, value in self._known.items() if key not in self._used}
        keep(self._folder, FILE, rest | self._used, MOST)


def key(bases: Sequence[tuple[str, str]], ours: str, theirs: str) -> str:
    """What a merge depends on: the trees of both sides and of the one commit that they share.

    Of several such commits git makes a base by merging them, which depends on their history: then the commits count.

    Args:
        bases: the merge bases, each a commit and its tree.
        ours: a tree.
        theirs: a tree.
    """
    shared = [bases[0][1]] if len(bases) == 1 else sorted(commit for commit, _ in bases)
    return sha256(" ".join((_FORMAT, *shared, "-", ours, theirs)).encode()).hexdigest()[:40]


def _storable(merge: Merge) -> bool:
    return all(wire.is_utf8(path) for one in merge.clashes for path in (one.path, *one.others))


def _value(merge: Merge) -> _Value:
    if merge.tree is not None:
        return merge.tree
    return merge.count, [(one.path, one.kind, list(one.others)) for one in merge.clashes]


def _merge(value: _Value) -> Merge:
    if isinstance(value, str):
        return Merge(tree=value)
    count, rows = value
    return Merge(clashes=tuple(Clash(path, kind, tuple(rest)) for path, kind, rest in rows), count=count)
