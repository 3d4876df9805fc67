"""A repository with an agent's worktree, to measure guard and fence in."""

from __future__ import annotations

import os

from repositories import create, git


def agent(folder: str, name: str) -> str:
    """The worktree of an agent, beside the main checkout."""
    repository, own = os.path.join(folder, "repository"), os.path.join(folder, name)
    create(repository)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=start")
    git(repository, "config", "extensions.worktreeConfig", "true")
    git(repository, "worktree", "add", "--quiet", "-b", f"feature/x/{name}/01-start", own)
    git(own, "config", "--worktree", "paddock.agent", name)
    return own
