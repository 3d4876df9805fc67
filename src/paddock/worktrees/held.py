"""Which worktrees are agents', for the hook on refs, which looks here before it starts anything.

A worktree's own settings are its agent's to edit. This list lies in the shared git directory, `paddock/agents/ID` for
the worktree that git calls ID, where neither fence nor guard lets an agent write. It only says that somebody has to be
asked: whose a worktree is, the plan says.
"""

from __future__ import annotations

import os
from contextlib import suppress

_LIST = ("paddock", "agents")


def is_held(common_dir: str, id_: str) -> bool:
    """Whether a worktree is on the list."""
    return os.path.isfile(os.path.join(common_dir, *_LIST, id_))


def since(common_dir: str, id_: str) -> float | None:
    """Since when a worktree has been on the list, as seconds since 1970; None where it is not."""
    try:
        return os.stat(os.path.join(common_dir, *_LIST, id_)).st_mtime
    except OSError:
        return None


def hold(common_dir: str, id_: str, agent: str) -> None:
    """Put a worktree on the list. The agent's name is for who reads the file."""
    folder = os.path.join(common_dir, *_LIST)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{os.getpid()}.{id_}"[:200])
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(f"{agent}\n".encode("utf-8", "surrogateescape"))
    os.replace(beside, os.path.join(folder, id_))


def release(common_dir: str, id_: str) -> None:
    """Take a worktree off the list, if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(common_dir, *_LIST, id_))
