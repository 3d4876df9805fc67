"""What `.gitattributes` say of files, as classification wants it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.classify import Attributes
from paddock.sources.git import folder_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAMES = ("linguist-generated", "linguist-vendored", "linguist-documentation", "diff")


def from_values(values: Mapping[str, Mapping[str, str]]) -> dict[str, Attributes]:
    """Git's words for each path as linguist reads them: unset and the word `false` are false, all else is true.

    `diff` is git's own, to which `false` is the name of a driver like any other.
    """
    return {path: _attributes(given) for path, given in values.items()}


def _attributes(given: Mapping[str, str]) -> Attributes:
    generated, vendored, documentation = (_truth(given.get(name)) for name in NAMES[:-1])
    diff = given.get("diff")
    return Attributes(generated, vendored, documentation, None if diff is None else diff != "unset")


def _truth(value: str | None) -> bool | None:
    return None if value is None else value not in ("unset", "false")


def in_folder(top: str, paths: Sequence[str]) -> dict[str, Attributes]:
    """The attributes that the files of a folder give, whether it is a repository or not."""
    if not any(os.path.lexists(os.path.join(top, folder, ".gitattributes")) for folder in _folders(paths)):
        return {}
    return from_values(folder_attributes(top, [path for path in paths if not path.startswith("../")], NAMES))


def _folders(paths: Iterable[str]) -> set[str]:
    folders = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders
