"""What stands at each changed path on both sides of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import SUBMODULE, SYMLINK
from paddock.sources.calling import decode

if TYPE_CHECKING:
    from paddock.sources.git import Repository

_RAW = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-relative")
_PATCH = ("-p", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=default", "--text")


class Side(Struct, frozen=True):
    """Mode and object at a path; both empty where nothing stands there."""

    mode: str = ""
    sha: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is a file that may hold text."""
        return bool(self.mode) and self.mode not in (SYMLINK, SUBMODULE)


NOTHING = Side()


def changed(repository: Repository, old: str, new: str) -> dict[str, tuple[Side, Side]]:
    """Every path that differs between two commits or trees: before, after."""
    with repository.stream("diff-tree", *_RAW, old, new, "--", isolated=True) as out:
        fields = out.read().split(b"\0")
    found = {}
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, old_sha, new_sha, _ = meta[1:].decode().split(" ")
        found[decode(path)] = (_side(old_mode, old_sha), _side(new_mode, new_sha))
    return found


def patch_of(repository: Repository, old: str, new: str) -> bytes:
    """The patch between two blobs, without context."""
    with repository.stream("diff", *_PATCH, old, new, isolated=True) as out:
        return out.read()


def _side(mode: str, sha: str) -> Side:
    return Side(mode, sha) if mode.strip("0") else NOTHING
