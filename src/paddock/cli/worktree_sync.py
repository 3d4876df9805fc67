"""`paddock worktree sync`: every branch on the newest base."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.errors import UsageError
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.sources.git import Repository
    from paddock.worktrees.sync import Synced


@click.command("sync")
@click.option("--agent", "agents", metavar="ID", multiple=True, help="Only this agent's; may be repeated.")
@click.option("--base", metavar="BRANCH", help="Rebase on this branch.  [default: the policy's base]")
@click.option("--fetch/--no-fetch", "fetching", default=True, show_default=True, help="Ask the remote first, once.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing; nothing is fetched.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to say it."
)
def sync(*, agents: tuple[str, ...], base: str | None, fetching: bool, dry_run: bool, form: str) -> None:
    """Fetch once, and rebase every agent's branch on the base.

    A branch is rebased away from its worktree and put there when it is done: one that conflicts stays exactly as it
    was, and you are told which commit and which files. What is not committed is never touched.

    \b
    Examples:
      paddock worktree sync --dry-run
      paddock worktree sync
      paddock worktree sync --agent agent-3

    Exit codes: 0 all are up to date, 1 some are not, 2 usage or policy error, 3 git failed.
    """
    from paddock.cli.session import Session
    from paddock.worktrees import places
    from paddock.worktrees import sync as work

    session = Session()
    repository = session.repository
    known = {one.agent for one in places.linked(repository.common_dir)}
    if unknown := next((one for one in agents if one not in known), None):
        there = ", ".join(sorted(one for one in known if one)) or "none"
        raise UsageError(f"no worktree is of `{unknown}`", hint=f"agents that have one: {there}")
    name = base or session.policy.base
    _fetch(repository, name, wanted=fetching and not dry_run)
    results = []
    for one in work.sync(repository, name, agents=frozenset(agents), dry_run=dry_run):
        results.append(one)
        if form == "text":
            _tell(one, dry_run=dry_run)
    if form == "json":
        from paddock import wire

        click.echo(wire.encode({"version": 1, "dry-run": dry_run, "worktrees": results}, indent=2).decode())
    sys.exit(1 if any(one.problem for one in results) else 0)


def _fetch(repository: Repository, base: str, *, wanted: bool) -> None:
    from paddock.worktrees.sync import fetch

    if wanted and (remote := fetch(repository, base)):
        click.echo(printable(f"fetched {remote}"), err=True)


def _tell(one: Synced, *, dry_run: bool) -> None:
    would = "would be: " if dry_run else ""
    click.echo(printable(f"{one.who}: {would}{one.words}   {one.path}"), err=one.problem)
    for line in (one.hint or "").splitlines():
        click.echo(printable(f"  {line}"), err=one.problem)
