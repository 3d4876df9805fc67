"""An empty repository over another's objects, in which no attribute and no setting alters a diff."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.sources.calling import environment

if TYPE_CHECKING:
    from paddock.sources.git import Repository

# What of any configuration would make git see other figures, in the repository that diffs are made in.
_PINNED_CONFIG = """\
[core]
\tbare = true
\trepositoryformatversion = {version}
\tattributesFile = /dev/null
\tbigFileThreshold = 512m
\tfsmonitor = false
\tquotePath = true
"""


def scratch_folder(repository: Repository) -> str:
    """A new folder, removed with the repository's object."""
    import shutil
    import tempfile
    import weakref

    folder = tempfile.mkdtemp(prefix="paddock-")
    weakref.finalize(repository, shutil.rmtree, folder, ignore_errors=True)
    return folder


def isolation(repository: Repository) -> dict[str, str]:
    """The environment of an empty, bare repository in the scratch folder, on top of this one's objects.

    Git then reads no `.gitattributes` of the worktree, of the index or of `info/`, all of which the judged change or
    its machine could have written. The real configuration is included so that a partial clone still fetches the
    objects it lacks.
    """
    path = f"{repository.common_dir}/config".replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    sha256 = repository.object_format == "sha256"
    extension = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    pinned = _PINNED_CONFIG.format(version=int(sha256))
    folder = repository.scratch
    empty_repository(folder, f'[include]\n\tpath = "{path}"\n{pinned}{extension}')
    _link_shared_index(repository, folder)
    return {
        **environment(),
        "GIT_DIR": folder,
        "GIT_OBJECT_DIRECTORY": f"{repository.common_dir}/objects",
        "GIT_INDEX_FILE": repository.env.get("GIT_INDEX_FILE", f"{repository.git_dir}/index"),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ATTR_SOURCE": repository.empty_tree,
    }


def _link_shared_index(repository: Repository, folder: str) -> None:
    # Git looks for the larger half of a split index in the git directory, wherever the index itself lies.
    for entry in os.scandir(repository.git_dir):
        if entry.name.startswith("sharedindex."):
            os.symlink(entry.path, f"{folder}/{entry.name}")


def empty_repository(folder: str, config: str) -> None:
    """What git asks of a repository, with nothing in it."""
    for name in ("objects", "refs"):
        os.mkdir(f"{folder}/{name}")
    with open(f"{folder}/HEAD", "w", encoding="ascii") as file:
        file.write("ref: refs/heads/none\n")
    with open(f"{folder}/config", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(config)
