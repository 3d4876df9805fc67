"""`paddock worktree setup` and `create`: every worktree of the plan, or one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock.errors import UsageError
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.cli.planned import Planned
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

    planned = Planned(file)
    plan, repository = planned.sound, planned.session.repository
    if unknown := next((one for one in agents if one not in plan.agent_of), None):
        raise UsageError(f"the plan has no agent `{unknown}`", hint=f"it has: {', '.join(plan.agent_of)}")
    wanted = [one for one in of_plan(planned) if not agents or one.agent in agents]
    if file is None:
        _tell_not_committed(repository, plan.base)
    sys.exit(carry_out(repository, wanted, plan.base, hooks=hooks, dry_run=dry_run))


def _tell_not_committed(repository: Repository, base: str) -> None:
    """New branches start from the base: where it has no plan, or another, their agents have no such plan either."""
    from paddock.cli.session import read_below
    from paddock.plan.load import SIZE_LIMIT
    from paddock.plan.model import FILE
    from paddock.sources.history import base_candidates

    found = base_candidates(repository, base)
    own = read_below(repository.top, FILE, SIZE_LIMIT) if repository.top is not None else None
    there = repository.blob(found[0], FILE) if found else None
    if own is None or not found or own == there:
        return
    words = "is not on" if there is None else "is not the one on"
    click.echo(printable(f"note: {FILE} {words} {base}, from which new branches start"), err=True)
    click.echo("  commit (and push) the plan first", err=True)


def carry_out(repository: Repository, wanted: Iterable[Wanted], base: str, *, hooks: bool, dry_run: bool) -> int:
    """Make worktrees from a base, tell of each, and return the exit code.

    Raises:
        FactMissingError: the base is not here.
        PolicyError: the main checkout's policy is wrong.
    """
    from paddock.sources.history import base_candidates, missing_base
    from paddock.worktrees.rules import section
    from paddock.worktrees.setup import set_up, set_up_hooks

    found = base_candidates(repository, base)
    if not found:
        raise missing_base(repository, base)
    failed = False
    would = "would be " if dry_run else ""
    for done in set_up(repository, wanted, found[0], section(repository.common_dir), dry_run=dry_run):
        failed = failed or done.problem is not None
        steps = ", ".join(done.steps)
        words = "; ".join(one for one in (steps, done.problem) if one) or "as it should be"
        doing = would if done.steps and done.problem is None else ""
        click.echo(printable(f"{done.agent}: {doing}{words}   {done.path}"), err=done.problem is not None)
        for line in (done.hint or "").splitlines():
            click.echo(printable(f"  {line}"), err=True)
    for words in set_up_hooks(repository, dry_run=dry_run) if hooks else ():
        click.echo(printable(f"{would}{words}"))
    return 1 if failed else 0


def of_plan(planned: Planned) -> Iterator[Wanted]:
    """The worktree of every agent of the plan that has one, on the branch of its first todo that is not done."""
    from paddock.errors import CouldNotCheckError
    from paddock.plan.owners import Owners
    from paddock.plan.schedule import FINISHED
    from paddock.worktrees.setup import Wanted

    owners = Owners(planned.sound)
    plan, top = planned.sound, os.path.dirname(planned.session.repository.common_dir)
    try:
        states = planned.states(None)[0]
    except CouldNotCheckError:
        states = {}  # a clone that can't tell what is merged: then nothing is known to be
    for agent in plan.agent_of.values():
        path = plan.worktree(agent)
        if path is None:
            continue
        own = [(todo.branch, states.get(todo.id)) for todo in plan.todos if todo.agent == agent.id and todo.branch]
        branches = [branch for branch, state in own if state not in FINISHED] or [branch for branch, _ in own]
        who = agent.identity
        yield Wanted(
            agent.id,
            os.path.normpath(os.path.join(top, path)),
            branches[0] if branches else None,
            who.name if who else None,
            who.email if who else None,
            who.signing_key if who else None,
            (plan.base, *(todo.branch for todo in plan.todos if todo.agent != agent.id and todo.branch)),
            owners,
        )


@click.command("create")
@click.argument("agent")
@click.option("--branch", metavar="NAME", help="The branch; made from the base where it is not there.")
@click.option("--path", metavar="PATH", help="Where.  [default: as the plan says, else AGENT in the policy's root]")
@click.option("--name", metavar="NAME", help="Who commits there.")
@click.option("--email", metavar="ADDRESS", help="Likewise.")
@click.option("--base", metavar="BRANCH", help="Start from this branch.  [default: the plan's, else the policy's]")
@click.option("--hooks/--no-hooks", default=True, show_default=True, help="Install native hooks where none are.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def create(  # noqa: PLR0913 - one argument an option
    *,
    agent: str,
    branch: str | None,
    path: str | None,
    name: str | None,
    email: str | None,
    base: str | None,
    hooks: bool,
    dry_run: bool,
) -> None:
    """Make one agent's worktree, with or without a plan.

    What the plan says of the agent holds unless you say otherwise. Can be run again, like `setup`.

    \b
    Examples:
      paddock worktree create agent-3
      paddock worktree create ada --branch fix/typo --name Ada --email ada@example.org

    Exit codes: 0 it is there, 1 it could not be made, 2 usage or plan error, 3 git failed.
    """
    from paddock.cli.planned import Planned
    from paddock.plan.model import FILE
    from paddock.worktrees import log
    from paddock.worktrees.rules import section
    from paddock.worktrees.setup import Wanted

    planned = Planned(None)
    repository = planned.session.repository
    log.checked(agent)  # it names a ref
    has_plan = repository.top is not None and os.path.lexists(os.path.join(repository.top, FILE))
    known = next((one for one in of_plan(planned) if one.agent == agent), None) if has_plan else None
    if known is None and branch is None:
        raise UsageError(f"no plan says which branch is {agent}'s", hint="name one: --branch NAME")
    if branch is not None and repository.line("check-ref-format", "--branch", branch) != branch:
        raise UsageError(f"`{branch}` is no name for a branch")
    top = os.path.dirname(repository.common_dir)
    default = known.path if known else os.path.join(top, section(repository.common_dir).root, agent)
    wanted = Wanted(
        agent,
        os.path.normpath(os.path.abspath(path) if path is not None else default),
        branch or (known.branch if known else None),
        name or (known.name if known else None),
        email or (known.email if known else None),
        known.signing_key if known else None,
    )
    base = base or (planned.sound.base if has_plan else planned.session.policy.base)
    sys.exit(carry_out(repository, [wanted], base, hooks=hooks, dry_run=dry_run))
