"""What each commit does by itself: the paths that it changes, and where its symbolic links lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from paddock.model import SYMLINK, Touched, Work
from paddock.sources.calling import decode
from paddock.sources.objects import blobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.model import Commit, Person
    from paddock.sources.git import Repository

# Renames are two paths, and each has an owner.
_RAW = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-relative")
_LONGEST = 4096  # bytes of a link's target, as the system has it
_Row = tuple[str, str, str, str]  # modes before and after, the blob, the path


def of_commits(repository: Repository, commits: Sequence[Commit]) -> tuple[Work, ...]:
    """What each commit does; of a merge what none of its parents has, as `git diff-tree -c` shows it."""
    if not commits:
        return ()
    names = "".join(f"{commit.sha}\n" for commit in commits).encode()
    command = ("diff-tree", "--stdin", "--root", "-c", *_RAW)
    with repository.stream(*command, stdin=names, isolated=True) as out:
        rows = dict(_by_commit(out.read()))
    links = _targets(repository, [row for some in rows.values() for row in some])
    return tuple(
        Work(commit.sha, _touched(rows.get(str(commit.sha), []), links), commit.author, commit.committer)
        for commit in commits
    )


def of_index(repository: Repository, heads: Sequence[str], people: tuple[Person, ...]) -> Work:
    """What the commit in the making does: all that the index has and none of its parents, the empty tree without."""
    command = ("diff-index", "--cached", "--ita-invisible-in-index", *_RAW)
    found: dict[str, _Row] | None = None
    for head in heads or (repository.empty_tree,):
        with repository.stream(*command, head, "--", isolated=True) as out:
            rows = {row[3]: row for row in _rows(iter(out.read().split(b"\0")))}
        found = rows if found is None else {path: row for path, row in found.items() if path in rows}
    some = list((found or {}).values())
    return Work(None, _touched(some, _targets(repository, some)), *people)


def _by_commit(data: bytes) -> Iterator[tuple[str, list[_Row]]]:
    """Each commit's name, and what follows it up to the next name."""
    fields = data.split(b"\0")
    at = 0
    while at < len(fields) and fields[at]:
        name, end = fields[at].decode(), at + 1
        while end < len(fields) and fields[end].startswith(b":"):
            end += 2
        yield name, list(_rows(iter(fields[at + 1 : end])))
        at = end


def _rows(fields: Iterator[bytes]) -> Iterator[_Row]:
    for field in fields:
        if not field:
            return
        # `::` before a merge's, one a parent: so many modes and names come first, and those of the result last.
        parents = len(field) - len(field.lstrip(b":"))
        words = field[parents:].decode().split(" ")
        yield words[0], words[parents], words[2 * parents + 1], decode(next(fields))


def _targets(repository: Repository, rows: Sequence[_Row]) -> dict[str, str]:
    """Where those of the paths that are symbolic links lead, by the names of their blobs."""
    names = list(dict.fromkeys(blob for _, mode, blob, _ in rows if mode == SYMLINK))
    contents = zip(names, blobs(repository, names, _LONGEST + 1), strict=True)
    return {name: decode(text) for name, text in contents if text is not None and len(text) <= _LONGEST}


def _touched(rows: Sequence[_Row], links: dict[str, str]) -> tuple[Touched, ...]:
    plain = (Touched(path, mode, was) for was, mode, _, path in rows)
    blobs_of = (blob for _, _, blob, _ in rows)
    return tuple(
        structs.replace(one, target=links.get(blob)) if one.mode == SYMLINK else one
        for one, blob in zip(plain, blobs_of, strict=True)
    )
