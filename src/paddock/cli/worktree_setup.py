"""`paddock worktree setup`: every worktree of the plan."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock.errors import UsageError
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Plan
    from paddock.sources.git import Repository
    from paddock.worktrees.setup import Wanted


@click.command("setup")
@click.option("--agent", "agents", metavar="ID", multiple=True, help="Only this agent's; may be repeated.")
@click.option("--file", metavar="FILE", help="Another plan than .paddock/plan.yaml.")
@click.option("--hooks/--no-hooks", default=True, show_default=True, help="Install native hooks where none are.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def setup(*, agents: tuple[str, ...], file: str | None, hooks: bool, dry_run: bool) -> None:
    """Make every worktree that the plan names, each on its agent's first branch, with its agent's identity.

    Can be run again: what is there stays as it is, what is missing or half made is mended. Nothing of yours is ever
    removed or switched.

    \b
    Examples:
      paddock worktree setup --dry-run
      paddock worktree setup --agent agent-3

    Exit codes: 0 all are there, 1 some could not be made, 2 usage or plan error, 3 git failed.
    """
    from paddock.cli.planned import Planned
    from paddock.sources.history import base_candidates, missing_base
    from paddock.worktrees.setup import set_up, set_up_hooks

    planned = Planned(file)
    plan, repository = planned.sound, planned.session.repository
    if unknown := next((one for one in agents if one not in plan.agent_of), None):
        raise UsageError(f"the plan has no agent `{unknown}`", hint=f"it has: {', '.join(plan.agent_of)}")
    found = base_candidates(repository, plan.base)
    if not found:
        raise missing_base(repository, plan.base)
    failed = False
    would = "would be " if dry_run else ""
    for done in set_up(repository, _wanted(plan, repository, agents), found[0], dry_run=dry_run):
        failed = failed or done.problem is not None
        words = done.problem or ", ".join(done.steps) or "as it should be"
        doing = would if done.steps and done.problem is None else ""
        click.echo(printable(f"{done.agent}: {doing}{words}   {done.path}"), err=done.problem is not None)
        if done.hint:
            click.echo(printable(f"  {done.hint}"), err=True)
    for words in set_up_hooks(repository, dry_run=dry_run) if hooks else ():
        click.echo(printable(f"{would}{words}"))
    sys.exit(1 if failed else 0)


def _wanted(plan: Plan, repository: Repository, agents: tuple[str, ...]) -> Iterator[Wanted]:
    from paddock.worktrees.setup import Wanted

    top = os.path.dirname(repository.common_dir)
    for agent in plan.agent_of.values():
        path = plan.worktree(agent)
        if path is None or (agents and agent.id not in agents):
            continue
        branch = next((todo.branch for todo in plan.todos if todo.agent == agent.id and todo.branch), None)
        who = agent.identity
        yield Wanted(
            agent.id,
            os.path.normpath(os.path.join(top, path)),
            branch,
            who.name if who else None,
            who.email if who else None,
        )
