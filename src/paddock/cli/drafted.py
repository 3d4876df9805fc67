"""`paddock plan init`: what is there, gathered, and the file written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from paddock.adopt import usual_base
from paddock.cli.judge import replace_file
from paddock.cli.session import Session
from paddock.errors import UsageError
from paddock.plan.draft import Found, Spot, draft, renamed
from paddock.plan.keys import AGENT_TEMPLATE, ref_problem, series_of
from paddock.plan.load import load
from paddock.plan.model import FILE
from paddock.quoting import quoted
from paddock.render.plain import printable
from paddock.sources.checkouts import branches, checkouts

if TYPE_CHECKING:
    from paddock.policy.model import Policy
    from paddock.sources.git import Repository

_SERIES = "feature/work"


def write(*, base: str | None, series: str | None, force: bool, dry_run: bool) -> None:
    """Write the plan, or show it.

    Raises:
        UsageError: there is a plan already, or no place for one.
    """
    session = Session()
    repository = session.repository
    if repository.top is None:
        raise UsageError("a bare repository has no work tree to write to")
    target = os.path.join(repository.top, FILE)
    if os.path.realpath(os.path.dirname(target)) != os.path.join(os.path.realpath(repository.top), ".paddock"):
        raise UsageError(".paddock is a symbolic link, which is not written through", hint="make it a folder")
    if os.path.islink(target):
        raise UsageError(f"{FILE} is a symbolic link, which is not written through", hint="edit its target")
    exists = os.path.lexists(target)
    if exists and not force and not dry_run:
        raise UsageError(
            f"{FILE} is there already", hint="paddock plan check, or replace it: paddock plan init --force"
        )
    found = _found(repository, session.policy, base, series)
    text = draft(found)
    plan = load(text.encode())
    made = f"{len(plan.agents):,} agents, {len(plan.todos):,} todos"
    if dry_run:
        click.echo(f"{FILE}: would be {'replaced' if exists else 'written'}: {made}")
        click.echo("".join(f"  {printable(line)}\n" for line in text.splitlines()), nl=False)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    replace_file(target, text.encode())
    click.echo(f"{FILE}: {'replaced' if exists else 'written'}: {made}")
    if found.template == AGENT_TEMPLATE and not session.policy.series:
        click.echo("so that branch-order judges these names, .paddock.yaml needs:")
        click.echo(printable(f"  series: [{found.series}]"))
        click.echo(f"  gates: {{branch-order: {{template: '{AGENT_TEMPLATE}'}}}}")
    if some := renamed(found):
        click.echo("branches that have another name in the plan; once it is as you want it:")
        for now, wanted in some:
            click.echo(printable(f"  git branch -m {quoted(now)} {quoted(wanted)}"))
    click.echo("next: paddock plan check; then commit (and push) it: worktrees start from what is on the base")


def _found(repository: Repository, policy: Policy, base: str | None, series: str | None) -> Found:
    from paddock.gates.branch_order import BranchOrderConfig

    if series is not None and (problem := ref_problem(series)):
        raise UsageError(f"--series {series!r}: {problem}", hint="for example: --series feature/x")
    if base is not None and (problem := ref_problem(base)):
        raise UsageError(f"--base {base!r}: {problem}")
    own = policy.base if ("base",) in policy.places else usual_base(repository)
    series = series or (policy.series[0] if policy.series else _SERIES)
    order = policy.gates.get("branch-order")
    main, *others = checkouts(repository)
    folder = os.path.dirname(main.path)
    spots = tuple(
        Spot(folder=os.path.relpath(one.path, folder), branch=one.branch, name=one.name, email=one.email)
        for one in others
    )
    out = {one.branch for one in (main, *others)}
    return Found(
        base=base or own,
        series=series,
        template=order.template if policy.series and isinstance(order, BranchOrderConfig) else AGENT_TEMPLATE,
        worktrees="..",
        spots=spots,
        branches={
            name: author
            for name, author in branches(repository).items()
            if name not in out and series_of(name, (series,)) is not None
        },
    )
