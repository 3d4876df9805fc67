"""Which steps have passed on which files, so that a push of what was just tested is instant.

A pass is remembered by the tree that the step ran on, the whole definition of the step, and paddock's version. Only a
pass is: a failure may be of the machine or of the moment, and who runs a failed step again wants to see it run. It
lies in the git directory that all worktrees share, and where that can't be written, in the worktree's own. Each entry
says in full what it is for, and counts for nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from paddock import __version__

if TYPE_CHECKING:
    from paddock.sources.git import Repository
    from paddock.steps import Step

_FOLDER = "paddock/passed"
_MOST = 1000  # entries; then the older half goes


class Remembered:
    """The passes that a repository remembers."""

    def __init__(self, repository: Repository) -> None:
        homes = dict.fromkeys((repository.common_dir, repository.git_dir))
        self._folders = [os.path.join(home, _FOLDER) for home in homes]

    def has(self, step: Step, tree: str) -> bool:
        """Whether the step has passed on the tree."""
        text = _told(step, tree)
        for folder in self._folders:
            try:
                with open(os.path.join(folder, _name(text)), "rb") as file:
                    if file.read(len(text) + 1) == text:
                        return True
            except OSError:
                continue
        return False

    def add(self, step: Step, tree: str) -> None:
        """Remember a pass; where nothing can be written it is forgotten."""
        text = _told(step, tree)
        for folder in self._folders:
            path = os.path.join(folder, _name(text))
            beside = f"{path}.{os.getpid()}.tmp"
            try:
                os.makedirs(folder, exist_ok=True)
                with open(beside, "wb") as file:
                    file.write(text)
                os.replace(beside, path)
            except OSError:
                with suppress(OSError):
                    os.unlink(beside)
                continue
            _forget(folder)
            return


def _told(step: Step, tree: str) -> bytes:
    told = {"paddock": __version__, "tree": tree, "step": msgspec.to_builtins(step)}
    return json.dumps(told, sort_keys=True).encode()


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _forget(folder: str) -> None:
    with suppress(OSError):
        entries = list(os.scandir(folder))
        if len(entries) > _MOST:
            entries.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime)
            for entry in entries[: len(entries) - _MOST // 2]:
                with suppress(OSError):
                    os.unlink(entry.path)
