"""A branch's change taken apart: pieces for the planning, and what each of them puts into a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.gates import pr_size
from paddock.model import SUBMODULE
from paddock.sources.objects import blobs
from paddock.sources.quarantine import Entry
from paddock.sources.states import NOTHING, Side, changed, patch_of
from paddock.stack.split import edits
from paddock.stack.split.names import LIMIT, names
from paddock.stack.split.pieces import Names, Piece, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paddock.gates.pr_size import PrSizeConfig, SizedFile
    from paddock.sources.git import Repository
    from paddock.sources.quarantine import Quarantine
    from paddock.sources.range import RangeSource


class Parts(Struct, frozen=True):
    """A file that is cut: its lines on both sides, and the edits of each part."""

    old: tuple[bytes, ...]
    new: tuple[bytes, ...]
    edits: tuple[tuple[edits.Edit, ...], ...]


class Change:
    """What lies between two commits.

    Args:
        repository: where they are.
        source: what counts and classifies the change.
        old: the commit or tree before.
        new: the one after.
        config: how lines are counted.
        hunks: whether a file over the limit is cut.

    Attributes:
        pieces: all of the change, in git's order of paths.
        files: how many files it is.
        counted: how many hand-written lines.
    """

    def __init__(  # noqa: PLR0913 - two sides, and how they are looked at
        self, repository: Repository, source: RangeSource, old: str, new: str, config: PrSizeConfig, *, hunks: bool
    ) -> None:
        self._repository = repository
        self._config = config
        self._sides = changed(repository, old, new)
        # A block that moved from one layer to another counts in both: what is left out is seen in the layers.
        plain = structs.replace(config, moves="count")
        ledger = pr_size.ledger(pr_size.read(source, plain), plain)
        self.files = len(ledger.files)
        self.counted = ledger.counted
        self._parts: dict[str, Parts] = {}
        if hunks:
            for row in ledger.files:
                if row.lines > config.limit and (parts := self._cut(row)) is not None:
                    self._parts[row.path] = parts
        self.pieces = tuple(self._all_pieces(ledger.files))
        self._by_path: dict[str, list[int]] = {}
        for at, piece in enumerate(self.pieces):
            self._by_path.setdefault(piece.path, []).append(at)

    def entries(self, done: Sequence[int], fresh: Iterable[int], quarantine: Quarantine) -> Iterator[Entry]:
        """What a layer's pieces put into the tree, where those in `done` (these included) are there."""
        there = set(done)
        for path in dict.fromkeys(self.pieces[at].path for at in fresh):
            own = self._by_path[path]
            piece, after = self.pieces[own[0]], self._sides[path][1]
            if piece.old_path is not None and not self._sides[piece.old_path][1].mode:
                yield Entry(piece.old_path)
            if there.issuperset(own):
                yield Entry(path, after.mode, after.sha)
                continue
            parts = self._parts[path]
            made = [edit for at in own if at in there for edit in parts.edits[self._number(at)]]
            yield Entry(path, after.mode, quarantine.blob(edits.apply(parts.old, parts.new, made)))

    def _number(self, at: int) -> int:
        part = self.pieces[at].part
        return part[0] - 1 if part else 0

    def _all_pieces(self, rows: Iterable[SizedFile]) -> Iterator[Piece]:
        rows = list(rows)
        texts = self._texts(rows)
        for row in rows:
            after = self._sides[row.path][1]
            text_before, text_after = texts.get((row.path, 0)), texts.get((row.path, 1))
            piece = Piece(
                path=row.path,
                lines=row.lines,
                file_class=row.file_class,
                old_path=row.old_path,
                deleted=not after.mode,
                link=SUBMODULE in (after.mode, self._sides[row.path][0].mode),
                before=names(row.old_path or row.path, text_before),
                after=names(row.path, text_after),
            )
            yield from self._in_parts(piece)

    def _in_parts(self, piece: Piece) -> Iterator[Piece]:
        parts = self._parts.get(piece.path)
        if parts is None:
            yield piece
            return
        for number, some in enumerate(parts.edits, 1):
            yield structs.replace(
                piece,
                part=(number, len(parts.edits)),
                lines=sum(self._lines(edit) for edit in some),
                before=_joined(within(piece.before, edit.start + 1, edit.start + edit.gone) for edit in some),
                after=_joined(within(piece.after, edit.first + 1, edit.first + edit.come) for edit in some),
            )

    def _lines(self, edit: edits.Edit) -> int:
        added = edit.come if self._config.count != "deletions" else 0
        return added + (edit.gone if self._config.count != "additions" else 0)

    def _cut(self, row: SizedFile) -> Parts | None:
        before, after = self._sides.get(row.old_path or row.path, (NOTHING,))[0], self._sides[row.path][1]
        if not after.is_text or (before.mode and not before.is_text):
            return None
        old, new = self._whole(before), self._whole(after)
        if before.mode:
            found = edits.hunks(patch_of(self._repository, before.sha, after.sha))
        else:
            found = [edits.Edit(0, 0, 0, len(new))]
        groups = edits.grouped(edits.cut(found, new, self._config.limit), self._config.limit)
        # Whatever git's patch said: without all of it the file must be the old one, with all of it the new one.
        whole = edits.apply(old, new, [edit for group in groups for edit in group])
        if len(groups) < 2 or whole != b"".join(new):  # noqa: PLR2004 - cut at all
            return None
        return Parts(tuple(old), tuple(new), tuple(tuple(group) for group in groups))

    def _whole(self, side: Side) -> list[bytes]:
        return edits.lines_of(self._repository.run("cat-file", "blob", side.sha)) if side.mode else []

    def _texts(self, rows: Sequence[SizedFile]) -> dict[tuple[str, int], bytes]:
        wanted = []
        for row in rows:
            before, after = self._sides.get(row.old_path or row.path, (NOTHING,))[0], self._sides[row.path][1]
            wanted += [((row.path, at), side.sha) for at, side in enumerate((before, after)) if side.is_text]
        found = blobs(self._repository, [sha for _, sha in wanted], LIMIT + 1)
        return {key: text for (key, _), text in zip(wanted, found, strict=True) if text is not None}


def _joined(some: Iterable[Names]) -> Names:
    some = list(some)
    return Names(
        {name: told for one in some for name, told in one.defines.items()},
        {name: on for one in some for name, on in one.mentions.items()},
        some[0].weak if some else frozenset(),
    )
