"""What git prints of a diff, as values: one listing of the changed files, one count of their lines. Pure.

They are two calls so that the files, which are known at once, can be classified while git still counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileStatus
from paddock.sources.calling import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Options pinned so that no configuration and no newer default changes a count. The rename limit is git's own default.
_WHERE = ("-r", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=none")
_HOW = ("--find-renames=50%", "-l1000", "--diff-algorithm=default", *_WHERE)
LISTED = ("-z", "--raw", "--no-renames", *_WHERE)
COUNTED = ("-z", "--numstat", *_HOW)
PATCH = ("-p", "--unified=0", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", *_HOW)

_STATUS = {
    b"A": FileStatus.ADDED,
    b"M": FileStatus.MODIFIED,
    b"D": FileStatus.DELETED,
    b"T": FileStatus.TYPE_CHANGED,
}


class Listed(Struct, frozen=True):
    """One changed path, before renames are found. `blob` and `mode` are the new ones, or a deleted file's old ones."""

    path: str
    status: FileStatus
    mode: str
    blob: str


class Counted(Struct, frozen=True):
    """A changed path and its lines; `old_path` where git found it renamed.

    `disguised` is of text that git took for binary.
    """

    path: str
    old_path: str | None
    added: int
    deleted: int
    binary: bool
    disguised: bool = False


def listed(output: bytes) -> Iterator[Listed]:
    """Every path of `--raw -z --no-renames`; unmerged paths are left out, for no commit can hold them."""
    fields = output.split(b"\0")
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, old_blob, new_blob, letter = meta[1:].split(b" ")
        status = _STATUS.get(letter[:1])
        if status is None:
            continue
        gone = status is FileStatus.DELETED
        mode, blob = (old_mode, old_blob) if gone else (new_mode, new_blob)
        yield Listed(decode(path), status, mode.decode(), blob.decode())


def counted(output: bytes, known: Mapping[str, Listed]) -> Iterator[Counted]:
    """Every path of `--numstat -z` that is known, in git's order."""
    fields = iter(output.split(b"\0"))
    for field in fields:
        if not field:
            return
        added, deleted, name = field.split(b"\t", 2)
        old_path = None if name else decode(next(fields))
        path = decode(name or next(fields))
        if path in known:
            binary = added == b"-"
            yield Counted(path, old_path, 0 if binary else int(added), 0 if binary else int(deleted), binary)
