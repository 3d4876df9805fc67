"""What `paddock doctor --fix` does: only what takes nothing from anybody and can be done again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from paddock.errors import GitError, UsageError
from paddock.sources.git import open_repository
from paddock.sources.place import shared
from paddock.worktrees import held, hooks, places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository


class Step(NamedTuple):
    """What was done, or would be, in words; `done` is false for what could not be."""

    words: str
    done: bool = True


def mend(repository: Repository, owners: Owners | None, *, dry_run: bool = False) -> Iterator[Step]:
    """Install hooks, and note down in every agent's worktree whose it is."""
    yield from _hooks(repository, dry_run=dry_run)
    if owners is not None:
        yield from _settings(repository, owners, dry_run=dry_run)


def _hooks(repository: Repository, *, dry_run: bool) -> Iterator[Step]:
    if any(hook.state is hooks.State.FOREIGN for hook in hooks.hooks(repository)):
        # A framework's, perhaps, which runs paddock itself.
        words = "hooks: others stand here, so none is written; paddock hooks install does, and keeps them"
        yield Step(words, done=False)
        return
    try:
        for step in hooks.install(repository, dry_run=dry_run):
            if step.changes:
                yield Step(f"{step.hook}: {step.words}")
    except UsageError as error:
        yield Step(f"hooks: not installed: {error}", done=False)


def _settings(repository: Repository, owners: Owners, *, dry_run: bool) -> Iterator[Step]:
    if repository.line("config", "--type=bool", "--get", "extensions.worktreeConfig") != "true":
        yield Step("worktrees: they have no settings of their own yet: paddock worktree setup", done=False)
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
            yield Step(f"worktree {agent.id}: put on the list of agents' worktrees")
        try:
            wrong = {key: value for key, value in wanted.items() if place.line("config", "--worktree", key) != value}
            for key, value in wrong.items() if not dry_run else ():
                place.run("config", "--worktree", "--replace-all", key, value)
        except GitError as error:
            yield Step(f"worktree {agent.id}: not mended: {error}", done=False)
            continue
        if wrong:
            yield Step(f"worktree {agent.id}: {', '.join(wrong)} set")
