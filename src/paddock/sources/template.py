"""The text that GitHub puts into a new pull request, as a commit's tree has it.

Source: "Creating a pull request template for your repository" of GitHub's documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.sources.calling import decode
from paddock.sources.objects import blobs, tree_entries

if TYPE_CHECKING:
    from paddock.sources.git import Repository

_NAMES = ("pull_request_template.md", "PULL_REQUEST_TEMPLATE.md")
PLACES = tuple(f"{folder}{name}" for folder in (".github/", "", "docs/") for name in _NAMES)
_LIMIT = 1 << 18  # bytes; four times what GitHub takes as a description


def template(repository: Repository, sha: str | None) -> str:
    """The template of a commit; empty where it has none."""
    there = {path: name for _, name, path in tree_entries(repository, sha, PLACES)} if sha is not None else {}
    name = next((there[place] for place in PLACES if place in there), None)
    if name is None:
        return ""
    return decode(next(blobs(repository, [name], _LIMIT)) or b"")
