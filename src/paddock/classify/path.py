"""A path taken apart once, as every rule over names needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class FilePath(Struct, frozen=True):
    """A path relative to the repository's top.

    `slashed` has a slash before the path, so that `/x/` in it is a whole directory and `/x` begins a segment.
    `extension` is the last dot of the name and what follows; leading dots begin no extension.
    """

    text: str
    slashed: str
    directories: tuple[str, ...]
    name: str
    extension: str

    def in_directory(self, table: Mapping[str, str]) -> str | None:
        """What the table says of the first directory that it knows."""
        for directory in self.directories:
            if directory in table:
                return table[directory]
        return None


def split(path: str) -> FilePath:
    """Take a path apart."""
    *directories, name = path.split("/")
    dot = name.rfind(".")
    extension = name[dot:] if dot > 0 and name[:dot].strip(".") else ""
    return FilePath(path, "/" + path, tuple(directories), name, extension)


def containing(text: str, table: Mapping[str, str]) -> str | None:
    """What the table says of the first of its keys that the text contains."""
    for needle, label in table.items():
        if needle in text:
            return label
    return None


def ending(text: str, table: Mapping[str, str]) -> str | None:
    """What the table says of the first of its keys that the text ends with."""
    for suffix, label in table.items():
        if text.endswith(suffix):
            return label
    return None
