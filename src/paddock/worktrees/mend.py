"""What `paddock doctor --fix` does: only what takes nothing from anybody and can be done again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.errors import GitError, UsageError
from paddock.sources.git import open_repository
from paddock.sources.place import shared
from paddock.worktrees import held, hooks, places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository


def mend(repository: Repository, owners: Owners | None, *, dry_run: bool = False) -> Iterator[str]:
    """Install hooks, and note down in every agent's worktree whose it is; what was done, in words."""
    yield from _hooks(repository, dry_run=dry_run)
    if owners is not None:
        yield from _settings(repository, owners, dry_run=dry_run)


def _hooks(repository: Repository, *, dry_run: bool) -> Iterator[str]:
    if any(hook.state is hooks.State.FOREIGN for hook in hooks.hooks(repository)):
        return  # a framework's, perhaps, which runs paddock itself
    try:
        for step in hooks.install(repository, dry_run=dry_run):
            if step.changes:
                yield f"{step.hook}: {step.words}"
    except UsageError as error:
        yield f"hooks: not installed: {error}"


def _settings(repository: Repository, owners: Owners, *, dry_run: bool) -> Iterator[str]:
    if repository.line("config", "--type=bool", "--get", "extensions.worktreeConfig") != "true":
        yield "worktrees: they have no settings of their own yet: paddock worktree setup"
        return
    base = os.path.dirname(shared(repository))
    linked = {one.top: one for one in places.linked(shared(repository))}
    for path, agent in owners.folders.items():
        one = linked.get(os.path.realpath(os.path.join(base, path)))
        if one is None:
            continue
        who = agent.identity
        wanted = {"paddock.agent": agent.id, **({"user.name": who.name, "user.email": who.email} if who else {})}
        place = open_repository(one.top)
        if not held.is_held(shared(repository), one.id):
            if not dry_run:
                held.hold(shared(repository), one.id, agent.id)
            yield f"worktree {agent.id}: put on the list of agents' worktrees"
        wrong = {key: value for key, value in wanted.items() if place.line("config", "--worktree", key) != value}
        if not wrong:
            continue
        try:
            for key, value in wrong.items() if not dry_run else ():
                place.run("config", "--worktree", "--replace-all", key, value)
        except GitError as error:
            yield f"worktree {agent.id}: not mended: {error}"
            continue
        yield f"worktree {agent.id}: {', '.join(wrong)} set"
