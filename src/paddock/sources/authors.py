"""Whose lines a change's files are: what each commit of a range did to each path, followed through renames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.sources.calling import decode, lines_of
from paddock.sources.diff import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.sources.git import Repository


def contributions(repository: Repository, commits: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each path as it is called at the end, the lines of each commit; merges do nothing by themselves.

    Args:
        repository: where they are.
        commits: full object names, oldest first.
    """
    if not commits:
        return {}
    names = "".join(f"{commit}\n" for commit in commits).encode()
    with repository.stream("diff-tree", "--stdin", "--root", *COUNTED, stdin=names, isolated=True) as out:
        rows = list(_rows(out.read()))
    found: dict[str, dict[str, int]] = {}
    later: dict[str, str] = {}
    for commit, old, path, lines in reversed(rows):
        final = later.get(path, path)
        if old is not None:
            later[old] = final
        by_commit = found.setdefault(final, {})
        by_commit[commit] = by_commit.get(commit, 0) + lines
    return found


def dates(repository: Repository, commits: Sequence[str]) -> dict[str, str]:
    """When each commit was written, as `SECONDS ZONE`."""
    if not commits:
        return {}
    names = "".join(f"{commit}\n" for commit in commits).encode()
    command = ("log", "--no-walk=unsorted", "--stdin", "--format=%H %ad", "--date=raw", "--no-show-signature")
    rows = (row.split(" ", 1) for row in lines_of(repository.run(*command, stdin=names)) if row)
    return {sha: date for sha, date in rows}  # noqa: C416 - each row has two fields


def _rows(data: bytes) -> Iterator[tuple[str, str | None, str, int]]:
    """Commit, old path, path, lines. A commit's name stands alone; a count has two tabs."""
    fields = iter(data.split(b"\0"))
    commit = ""
    for field in fields:
        parts = field.split(b"\t", 2)
        if len(parts) < 3:  # noqa: PLR2004 - added, deleted, path
            commit = field.decode().strip() or commit
            continue
        added, deleted, name = parts
        old = None if name else decode(next(fields))
        path = decode(name or next(fields))
        yield commit, old, path, 1 if added == b"-" else int(added) + int(deleted)
