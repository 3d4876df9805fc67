"""What a change is made of, as far as it can be taken apart."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from paddock.model import FileClass

# Where a name holds, and the name. A Go package holds its names in its folder, most other names hold anywhere.
Name = tuple[str, str]


class Names(Struct, frozen=True):
    """What a text defines and what it mentions.

    Attributes:
        defines: each name, with the text that its users depend on (a function's signature), and its line from 1.
        mentions: each name, and the lines that it stands on.
        weak: those of the mentions that may mean something else of the same name: fields and methods.
    """

    defines: Mapping[Name, tuple[str, int]] = {}
    mentions: Mapping[Name, tuple[int, ...]] = {}
    weak: frozenset[Name] = frozenset()


NOTHING = Names()


class Piece(Struct, frozen=True):
    """A changed file, or one part of it.

    Attributes:
        path: its path; for a deleted file the one it had.
        lines: the hand-written lines that it counts for.
        file_class: what kind of file it is.
        old_path: where it was moved from.
        part: which part it is, from 1, and of how many; None for the file as a whole.
        deleted: whether the file is gone.
        link: whether it is a submodule.
        before: what the old text says.
        after: what the new text says; of a part, only on its own lines.
    """

    path: str
    lines: int
    file_class: FileClass = FileClass.SOURCE
    old_path: str | None = None
    part: tuple[int, int] | None = None
    deleted: bool = False
    link: bool = False
    before: Names = NOTHING
    after: Names = NOTHING

    @property
    def folder(self) -> str:
        """The folder that it lies in; empty at the top."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]

    @property
    def shown(self) -> str:
        """The path, and which part."""
        return self.path if self.part is None else f"{self.path} (part {self.part[0]} of {self.part[1]})"


def within(names: Names, first: int, last: int) -> Names:
    """What stands on these lines, both included."""
    defines = {name: found for name, found in names.defines.items() if first <= found[1] <= last}
    here = ((name, tuple(line for line in on if first <= line <= last)) for name, on in names.mentions.items())
    return Names(defines, {name: on for name, on in here if on}, names.weak)
