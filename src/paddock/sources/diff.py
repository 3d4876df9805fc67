"""What `git diff-tree --raw --numstat -z` prints, as values. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileStatus
from paddock.sources.git import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

# Options pinned so that no configuration and no newer default changes a count. The rename limit is git's own default.
OPTIONS = (
    "-r",
    "-z",
    "--raw",
    "--numstat",
    "--find-renames=50%",
    "-l1000",
    "--diff-algorithm=default",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--ignore-submodules=none",
)
PATCH = ("-r", "-p", "--unified=0", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", *OPTIONS[4:])

SYMLINK, SUBMODULE = "120000", "160000"

_STATUS = {
    b"A": FileStatus.ADDED,
    b"M": FileStatus.MODIFIED,
    b"D": FileStatus.DELETED,
    b"R": FileStatus.RENAMED,
    b"C": FileStatus.COPIED,
    b"T": FileStatus.TYPE_CHANGED,
}


class Entry(Struct, frozen=True):
    """One changed path. `blob` and `mode` are the new ones, or the old ones of a deleted file."""

    path: str
    status: FileStatus
    mode: str
    blob: str
    old_path: str | None
    added: int
    deleted: int
    binary: bool


def entries(output: bytes) -> Iterator[Entry]:
    """Every changed path, in git's order; unmerged paths are left out, for no commit can hold them."""
    fields = output.split(b"\0")
    raw: list[tuple[bytes, bytes | None, bytes]] = []
    i = 0
    while i < len(fields) and fields[i].startswith(b":"):
        meta = fields[i]
        pair = meta.rsplit(b" ", 1)[1][:1] in b"RC"
        raw.append((fields[i + 1 + pair], fields[i + 1] if pair else None, meta))
        i += 2 + pair
    counts: dict[bytes, tuple[bytes, bytes]] = {}
    while i < len(fields) and fields[i]:
        added, deleted, path = fields[i].split(b"\t", 2)
        if not path:
            path = fields[i + 2]
            i += 2
        counts[path] = (added, deleted)
        i += 1
    for path, old_path, meta in raw:
        old_mode, new_mode, old_blob, new_blob, letter = meta[1:].split(b" ")
        status = _STATUS.get(letter[:1])
        if status is None:
            continue
        gone = status is FileStatus.DELETED
        added, deleted = counts.get(path, (b"0", b"0"))
        binary = added == b"-"
        yield Entry(
            path=decode(path),
            status=status,
            mode=(old_mode if gone else new_mode).decode(),
            blob=(old_blob if gone else new_blob).decode(),
            old_path=None if old_path is None else decode(old_path),
            added=0 if binary else int(added),
            deleted=0 if binary else int(deleted),
            binary=binary,
        )
