"""One merge of two branches with what git leaves in conflict, made in a quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError
from paddock.model import Clash
from paddock.sources.calling import call, decode, failure
from paddock.sources.merging import SETTINGS, read
from paddock.sources.objects import blobs
from paddock.sources.states import changed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.sources.git import Repository
    from paddock.sources.quarantine import Quarantine

TEXT_LIMIT = 16 << 20  # bytes of a file; nobody resolves conflicts in a longer one by hand


class Collision(Struct, frozen=True):
    """The tree that git made, markers included, and the conflicts; none where all is clean."""

    tree: str
    clashes: tuple[Clash, ...]


def collide(quarantine: Quarantine, ours: tuple[str, str], theirs: tuple[str, str]) -> Collision:
    """Merge two branches, each a name and a commit. The names stand in the markers.

    Raises:
        CouldNotCheckError: git can't merge them, such as two histories without a common commit.
    """
    repository = quarantine.repository
    # In a repository without other refs the names mean these commits, and git writes them into the markers.
    rows = "".join(f"update refs/heads/{name} {sha}\n" for name, sha in (ours, theirs))
    repository.run("update-ref", "--stdin", stdin=rows.encode("utf-8", "surrogateescape"))
    args = ("merge-tree", "--write-tree", "-z", "--stdin")
    asked = f"{ours[0]} {theirs[0]}\n".encode("utf-8", "surrogateescape")
    code, out, err = call(("git", *SETTINGS, *args), repository.env, repository.git_dir, asked)
    found = next(read(out), None)
    if code or found is None:
        raise CouldNotCheckError(
            f"{ours[0]} and {theirs[0]} can't be merged: {failure(args, code, err).message}",
            hint="git merge-base tells what they have in common",
        )
    return Collision(out.split(b"\0", 2)[1].decode(), found.clashes)


def texts(repository: Repository, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of some blobs; those over the limit are left out."""
    some = list(dict.fromkeys(names))
    found = zip(some, blobs(repository, some, TEXT_LIMIT + 1), strict=True)
    return {name: text for name, text in found if text is not None and len(text) <= TEXT_LIMIT}


def paths_between(repository: Repository, old: str, new: str) -> list[str]:
    """The paths that differ."""
    return list(changed(repository, old, new))


def at_paths(repository: Repository, tree: str, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Mode and object of those of some paths that are there, submodules included."""
    found: dict[str, tuple[str, str]] = {}
    some = list(paths)
    for start in range(0, len(some), 200):
        out = repository.run("ls-tree", "-z", "--full-tree", tree, "--", *some[start : start + 200])
        for entry in out.split(b"\0")[:-1]:
            meta, _, path = entry.partition(b"\t")
            mode, _, name = meta.decode().split(" ")
            found[decode(path)] = (mode, name)
    return found
