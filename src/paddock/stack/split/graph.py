"""Which pieces of a change need which: what defines comes before what uses, and some things only change together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileClass
from paddock.stack.split.relations import MANIFESTS, Bond, Tie, stem, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paddock.stack.split.pieces import Name, Piece

_AMBIGUOUS = 2  # places that define a name beyond which it says nothing, where no package tells them apart
_TELLING = 6  # letters of a field's or method's name that make it unlikely to be another's


class Need(Struct, frozen=True):
    """Why a piece comes before another: the names. `weak` where a name may be another's."""

    names: tuple[str, ...]
    weak: bool
    what: str = "uses"


class Graph(Struct, frozen=True):
    """Pieces by their place in the list: `needs[before, after]`, and what belongs together."""

    needs: dict[tuple[int, int], Need]
    ties: tuple[Tie, ...]


class _Index:
    """Which pieces add, lose and change each name, and which mention it."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.added: dict[Name, list[int]] = {}
        self.lost: dict[Name, list[int]] = {}
        self.changed: dict[Name, list[int]] = {}
        folders = {scope for piece in pieces for names in (piece.before, piece.after) for scope, _ in names.defines}
        self._folders = folders
        self._known: dict[str, str] = {}
        for at, piece in enumerate(pieces):
            before, after = piece.before.defines, piece.after.defines
            for name in after:
                if name not in before:
                    self.added.setdefault(name, []).append(at)
                elif before[name][0] != after[name][0]:
                    self.changed.setdefault(name, []).append(at)
            for name in before:
                if name not in after:
                    self.lost.setdefault(name, []).append(at)
        self.mentions = [self._resolved(piece.after.mentions) for piece in pieces]
        self.mentioned = [self._resolved(piece.before.mentions) for piece in pieces]

    def _resolved(self, names: Iterable[Name]) -> set[Name]:
        return {(self._place(scope), name) for scope, name in names}

    def _place(self, scope: str) -> str:
        """The changed folder that an import's path means; what means none stays as it is.

        A folder may end in the whole path, where modules are staged below others; else the path ends in the folder,
        the longest that there is.
        """
        if scope in self._folders:
            return scope
        if scope not in self._known:
            parts = scope.split("/")
            ends = ("/".join(parts[at:]) for at in range(1, len(parts)))
            staged = (folder for folder in sorted(self._folders) if folder.endswith(f"/{scope}"))
            found = next(staged, None) or next((end for end in ends if end in self._folders), scope)
            self._known[scope] = found
        return self._known[scope]


def build(pieces: Sequence[Piece]) -> Graph:
    """The graph of a change."""
    index = _Index(pieces)
    needs: dict[tuple[int, int], Need] = {}
    for before, after, name, what in _needs(pieces, index):
        weak = name.startswith(".") and name[1:2].isupper()
        known = needs.get((before, after))
        if known is None or (known.weak and not weak):
            needs[before, after] = Need((name.lstrip("."),), weak, what)
        elif known.weak == weak and known.what == what and name.lstrip(".") not in known.names:
            needs[before, after] = Need((*known.names, name.lstrip(".")), weak, what)
    ties = [*together(pieces), *_name_ties(pieces, index), *_generated(pieces, index)]
    for before, after in _manifests(pieces):
        listed = "what is vendored" if pieces[before].file_class is FileClass.VENDORED else pieces[before].name
        needs.setdefault((before, after), Need((listed,), weak=False, what="may need"))
    return Graph(needs, tuple(sorted(ties, key=lambda tie: tie.bond)))


def _needs(pieces: Sequence[Piece], index: _Index) -> Iterator[tuple[int, int, str, str]]:
    yield from _uses(pieces, index)
    for before, mentioned in enumerate(index.mentioned):
        for name in sorted((mentioned - index.mentions[before]) & index.lost.keys() - index.added.keys()):
            yield from ((before, after, name[1], "removes") for after in index.lost[name] if before != after)


def _uses(pieces: Sequence[Piece], index: _Index) -> Iterator[tuple[int, int, str, str]]:
    for after, mentions in enumerate(index.mentions):
        own = pieces[after].after.defines
        for name in sorted(mentions & index.added.keys()):
            places = index.added[name]
            if name in own:
                continue
            if len(places) > _AMBIGUOUS and (name[1].startswith(".") or "/" not in name[0]):
                places = [at for at in places if not pieces[at].lines]  # one too many of these costs nothing
            for before in places:
                # Code does not wait for its tests, whatever they call the same.
                if before != after and not (_is_test(pieces[before]) and not _is_test(pieces[after])):
                    yield before, after, name[1], "uses"


def _is_test(piece: Piece) -> bool:
    return piece.file_class is FileClass.TEST


def _name_ties(pieces: Sequence[Piece], index: _Index) -> Iterator[Tie]:
    for name in sorted(index.lost.keys() & index.added.keys()):
        gone, come = index.lost[name], index.added[name]
        if len(gone) == len(come) == 1 and gone != come and not name[1].startswith("."):
            used = any(name in mentions for at, mentions in enumerate(index.mentions) if at != come[0])
            # Apart, it is for a while there twice or not at all; where nobody uses it, not at all does no harm.
            first, second = (come[0], gone[0]) if used else (gone[0], come[0])
            yield Tie(first, second, Bond.MOVED, f"{name[1]} moves from {pieces[gone[0]].name}")
    for name, places in sorted(index.changed.items()):
        if len(places) > 1 or (name[1].startswith(".") and len(name[1]) <= _TELLING):
            continue
        for user, mentions in enumerate(index.mentions):
            if user != places[0] and name in mentions and name in index.mentioned[user]:
                yield Tie(places[0], user, Bond.CHANGED, f"the signature of {name[1].lstrip('.')} changes")


def _generated(pieces: Sequence[Piece], index: _Index) -> Iterator[Tie]:
    """What a tool wrote goes with what it was written from: the same stem, or what it mentions in its folder."""
    sources: dict[str, list[int]] = {}
    for at, piece in enumerate(pieces):
        if piece.file_class is FileClass.SOURCE:
            sources.setdefault(piece.folder, []).append(at)
    for at, piece in enumerate(pieces):
        if piece.file_class is not FileClass.GENERATED:
            continue
        for other in sources.get(piece.folder, ()):
            source = pieces[other]
            defined = source.after.defines.keys() - source.before.defines.keys()
            if stem(source.name) == stem(piece.name) or defined & index.mentions[at]:
                yield Tie(other, at, Bond.GENERATED, f"{piece.name} is generated from it")


def _manifests(pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """What lists dependencies, and locks or holds them, comes before the code below it that may use them."""
    vendored = next((at for at, piece in enumerate(pieces) if piece.file_class is FileClass.VENDORED), None)
    for before, piece in enumerate(pieces):
        first = piece.name in MANIFESTS or piece.file_class is FileClass.LOCK or before == vendored
        if not first or piece.deleted:
            continue
        folder = piece.folder if piece.file_class is not FileClass.VENDORED else ""
        for after, other in enumerate(pieces):
            code = other.file_class in (FileClass.SOURCE, FileClass.TEST, FileClass.GENERATED)
            if code and other.name not in MANIFESTS and (not folder or other.path.startswith(f"{folder}/")):
                yield before, after
