"""Blobs and tree entries, many in one call."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from paddock.sources.calling import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.sources.git import Repository

_ARGUMENTS = 200  # paths given to one call, far below any system's limit on arguments
_CHUNK = 1 << 20


def blobs(repository: Repository, names: Sequence[str], limit: int) -> Iterator[bytes | None]:
    """The first `limit` bytes of each object in turn; None for one that is not there."""
    if not names:
        return
    listing = "\n".join(names).encode() + b"\n"
    with repository.stream("cat-file", "--batch", "--buffer", stdin=listing) as out:
        for _ in names:
            yield _read_object(out, limit)


def tree_entries(repository: Repository, tree: str, paths: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(mode, object name, path) of those of `paths` that are files in the tree."""
    for start in range(0, len(paths), _ARGUMENTS):
        some = paths[start : start + _ARGUMENTS]
        out = repository.run("ls-tree", "-z", "--full-tree", tree, "--", *some)
        for entry in out.split(b"\0")[:-1]:
            meta, _, path = entry.partition(b"\t")
            mode, kind, name = meta.decode().split(" ")
            if kind == "blob":
                yield mode, name, decode(path)


def _read_object(pipe: IO[bytes], limit: int) -> bytes | None:
    header = pipe.readline().split()
    if len(header) != 3:  # noqa: PLR2004 - `NAME missing`
        return None
    size = int(header[2])
    content = pipe.read(min(size, limit))
    left = size - len(content) + 1
    while left > 0:
        left -= len(pipe.read(min(left, _CHUNK))) or left
    return content
