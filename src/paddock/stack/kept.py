"""Trial merges of earlier runs, by the trees that went into them: only what changed is merged again.

The file lies in the git directory that all worktrees share. It is replaced as a whole, and a run that can't read it
or write it goes on without.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from paddock import wire
from paddock.model import Clash, ClashKind, Merge

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "paddock-merges.json"
FORMAT = 1  # raised where the same trees may be judged otherwise
MOST = 20_000  # merges that are kept
_LARGEST = 64 << 20  # bytes of the file that are read


class _File(msgspec.Struct):
    format: int
    # A clean merge is its tree; else the number of clashes, then a path, a kind and further paths of each.
    merges: dict[str, str | tuple[int, list[tuple[str, str, list[str]]]]]


class Kept:
    """What is known, and what of it this run asked for.

    Args:
        folder: the git directory that all worktrees share.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, FILE)
        self._known: dict[str, Merge] = {}
        self._used: dict[str, Merge] = {}
        self._new = False
        with suppress(OSError, msgspec.DecodeError, ValueError), open(self._path, "rb") as file:
            data = file.read(_LARGEST + 1)
            read = msgspec.json.decode(data, type=_File)
            if read.format == FORMAT:
                self._known = {key: _merge(value) for key, value in read.merges.items()}

    def get(self, key: str) -> Merge | None:
        """The merge of this key, if it was made before."""
        found = self._known.get(key)
        if found is not None:
            self._used[key] = found
        return found

    def put(self, key: str, merge: Merge) -> None:
        """Keep a merge; what git refused to do is asked again."""
        if merge.refused is None and _storable(merge):
            self._known[key] = self._used[key] = merge
            self._new = True

    def write(self) -> None:
        """Write down what is new: what this run used stays, then the latest of the rest."""
        if not self._new:
            return
        rest = [(key, merge) for key, merge in self._known.items() if key not in self._used]
        some = [*rest, *self._used.items()][-MOST:]
        data = wire.encode(_File(FORMAT, {key: _value(merge) for key, merge in some}))
        temporary = f"{self._path}.{os.getpid()}"
        try:
            with open(temporary, "xb") as file:
                file.write(data)
            os.replace(temporary, self._path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)


def key(bases: Sequence[tuple[str, str]], ours: str, theirs: str) -> str:
    """What a merge depends on: the trees of both sides and of the one commit that they share.

    Of several such commits git makes a base by merging them, which depends on all their history: then the commits count.

    Args:
        bases: the merge bases, each a commit and its tree.
        ours: a tree.
        theirs: a tree.
    """
    shared = [bases[0][1]] if len(bases) == 1 else sorted(commit for commit, _ in bases)
    return sha256(" ".join((*shared, "-", ours, theirs)).encode()).hexdigest()[:40]


def _storable(merge: Merge) -> bool:
    return all(wire.is_utf8(path) for one in merge.clashes for path in (one.path, *one.others))


def _value(merge: Merge) -> str | tuple[int, list[tuple[str, str, list[str]]]]:
    if merge.tree is not None:
        return merge.tree
    return merge.count, [(one.path, str(one.kind), list(one.others)) for one in merge.clashes]


def _merge(value: str | tuple[int, list[tuple[str, str, list[str]]]]) -> Merge:
    if isinstance(value, str):
        return Merge(tree=value)
    count, rows = value
    return Merge(clashes=tuple(Clash(path, ClashKind(kind), tuple(rest)) for path, kind, rest in rows), count=count)
