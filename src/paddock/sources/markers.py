"""Markers in a file's content that only the change carries, so that nothing on the trusted commit vouches for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock import classify
from paddock.model import FileClass
from paddock.sources.objects import blobs, tree_entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paddock.sources.git import Repository


class Marked(Struct, frozen=True):
    """A file whose content decided its class, and the class that it has without."""

    path: str
    old_path: str | None
    file_class: FileClass
    without: FileClass


def unvouched(
    repository: Repository,
    trusted: str | None,
    marked: Sequence[Marked],
    attributes: Mapping[str, classify.Attributes],
    rules: classify.Rules | None,
) -> dict[str, FileClass]:
    """The class without the marker of each file that is new on the trusted commit, or has no such marker there."""
    paths = {path for file in marked for path in (file.path, file.old_path) if path is not None}
    there = {}
    if trusted is not None and paths:
        there = {path: name for _, name, path in tree_entries(repository, trusted, sorted(paths))}
    # A file that moved has taken its marker along.
    before = [(file, there.get(file.path) or there.get(file.old_path or "")) for file in marked]
    names = [name for _, name in before if name is not None]
    contents = iter(list(blobs(repository, names, classify.CONTENT_LIMIT)))
    found = {}
    for file, name in before:
        content = next(contents) if name is not None else None
        given = attributes.get(file.path)
        if content is None or classify.by_content(file.path, content, given, rules).file_class != file.file_class:
            found[file.path] = file.without
    return found
