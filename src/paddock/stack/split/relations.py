"""What belongs together by the names of files alone: a test and its code, a lock file and what it locks."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.stack.split.pieces import Piece

_AFFIX = re.compile(r"^(?:test_|zz_generated\.)|(?:[._-](?:test|tests|spec|it)|_pb2?|\.pb|Tests?|Spec|_generated)$")


MANIFESTS = frozenset(
    (
        "go.mod", "go.work", "package.json", "pyproject.toml", "setup.cfg", "setup.py", "Cargo.toml", "Gemfile",
        "composer.json", "pom.xml", "build.gradle", "build.gradle.kts", "requirements.txt", "mix.exs",
    )
)  # fmt: skip


class Bond(IntEnum):
    """Why two pieces belong together, the strongest first; `FORCED` holds whatever it costs."""

    FORCED = 0
    MOVED = 1
    CHANGED = 2
    LOCKED = 3
    TEST = 4
    GENERATED = 5


class Tie(Struct, frozen=True):
    """Two pieces that should be in one layer; where they don't fit, or when `loose`, `first` comes before `second`."""

    first: int
    second: int
    bond: Bond
    reason: str
    loose: bool = False


def stem(name: str) -> str:
    """A file's name without its endings and what marks it as a test or as generated."""
    bare = name.lstrip(".")
    while "." in bare:
        head, _, ending = bare.rpartition(".")
        if not head or len(ending) > 5:  # noqa: PLR2004 - longer is a word, as in `app.component`
            break
        bare = head
    previous = None
    while previous != bare:
        previous, bare = bare, _AFFIX.sub("", bare)
    return bare.lower()


def together(pieces: Sequence[Piece]) -> Iterator[Tie]:
    """All ties that names of files tell of."""
    yield from _places(pieces)
    yield from _submodules(pieces)
    yield from _locks(pieces)
    yield from _tests(pieces)


def _places(pieces: Sequence[Piece]) -> Iterator[Tie]:
    """Where a file gives way to a folder or a folder to a file, there is no tree with one of the two alone."""
    at_path: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        for path in filter(None, (piece.path, piece.old_path)):
            # Two pieces of one path: a file was moved away and another came in its place.
            other = at_path.setdefault(path, at)
            if other != at and piece.part is None:
                yield Tie(other, at, Bond.FORCED, f"{path} gives way to another file")
    for at, piece in enumerate(pieces):
        for path in filter(None, (piece.path, piece.old_path)):
            above = path
            while above := above.rpartition("/")[0]:
                if (other := at_path.get(above, at)) != at:
                    yield Tie(other, at, Bond.FORCED, f"{above} is a file on one side and a folder on the other")


def _submodules(pieces: Sequence[Piece]) -> Iterator[Tie]:
    """The submodules and the list of them."""
    lists = {piece.folder: at for at, piece in enumerate(pieces) if piece.name == ".gitmodules"}
    for at, piece in enumerate(pieces):
        if piece.link and "" in lists:
            yield Tie(lists[""], at, Bond.LOCKED, "a submodule and its entry")


def _locks(pieces: Sequence[Piece]) -> Iterator[Tie]:
    manifests: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        if piece.name in MANIFESTS:
            manifests.setdefault(piece.folder, at)
    vendored = next((at for at, piece in enumerate(pieces) if piece.file_class is FileClass.VENDORED), None)
    for at, piece in enumerate(pieces):
        if piece.file_class is FileClass.LOCK and (manifest := manifests.get(piece.folder)) is not None:
            yield Tie(manifest, at, Bond.LOCKED, f"{piece.name} locks {pieces[manifest].name}")
        if piece.file_class is FileClass.VENDORED and vendored is not None and at != vendored:
            yield Tie(vendored, at, Bond.LOCKED, "vendored together")
    if vendored is not None and (manifest := manifests.get("")) is not None:
        yield Tie(manifest, vendored, Bond.LOCKED, "vendored by it")


def _tests(pieces: Sequence[Piece]) -> Iterator[Tie]:
    """A test and the file that it is called after: the nearest of that stem."""
    code: dict[tuple[str, str], list[int]] = {}
    for at, piece in enumerate(pieces):
        if piece.file_class is FileClass.SOURCE and piece.name not in MANIFESTS:
            code.setdefault((stem(piece.name), piece.name.rpartition(".")[2]), []).append(at)
    for at, piece in enumerate(pieces):
        if piece.file_class is not FileClass.TEST or piece.name in MANIFESTS:
            continue
        found = code.get((stem(piece.name), piece.name.rpartition(".")[2]), [])
        if found:
            nearest = max(found, key=lambda one, path=piece.path: (_shared(pieces[one].path, path), -one))  # type: ignore[misc]
            yield Tie(nearest, at, Bond.TEST, f"{piece.name} tests it")


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common, from either end."""
    first, second = one.split("/")[:-1], other.split("/")[:-1]
    front = next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    return min(len(first), len(second)) if front is None else front
