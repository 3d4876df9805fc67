"""`paddock hooks`: native git hooks, for those without a hook framework."""

from __future__ import annotations

import sys

import click

from paddock.cli.session import Session
from paddock.render.plain import printable


@click.group("hooks")
def command() -> None:
    """Install, remove or show native git hooks.

    They are files in the hooks folder that all worktrees share; core.hooksPath is never set. A hook that was there is
    kept and runs first. With pre-commit or prek you don't need them.

    \b
    Examples:
      paddock hooks install --dry-run
      paddock hooks install
      paddock hooks status
    """


@command.command("install")
@click.option(
    "--refs/--no-refs", default=None, help="The hook that holds refs to their owners.  [default: where a plan is]"
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def install(*, refs: bool | None, dry_run: bool) -> None:
    """Write the hooks for pre-commit, commit-msg and pre-push, and reference-transaction where there is a plan.

    The last keeps an agent's git from moving a branch that is another's, also with --no-verify. It costs nobody but
    agents more than the start of a shell for each ref.

    \b
    Examples:
      paddock hooks install
      paddock hooks install --no-refs
    """
    from paddock.worktrees import hooks

    for step in hooks.install(Session().repository, refs=refs, dry_run=dry_run):
        _say(step.hook, step.words, dry_run=dry_run and step.changes)


@command.command("uninstall")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def uninstall(*, dry_run: bool) -> None:
    """Remove paddock's hooks and put back those that were there before.

    \b
    Example:
      paddock hooks uninstall --dry-run
    """
    from paddock.worktrees import hooks

    for step in hooks.uninstall(Session().repository, dry_run=dry_run):
        _say(step.hook, step.words, dry_run=dry_run and step.changes)


@command.command("status")
def status() -> None:
    """Show what stands at each hook's place; exit 1 unless all of paddock's are in place and git runs them.

    \b
    Example:
      paddock hooks status
    """
    from paddock.worktrees import hooks

    repository = Session().repository
    found = hooks.hooks(repository)
    for hook in found:
        also = ""
        if hook.kept:
            does = "runs first" if hook.state in hooks.RUNNING else "is kept beside it"
            also = f"; {hook.name}{hooks.KEPT} {does}"
        _say(hook.name, hook.state + also, dry_run=False)
    elsewhere = hooks.foreign_hooks_path(repository)
    if elsewhere:
        click.echo(printable(f"core.hooksPath is {elsewhere.value} (set in {elsewhere.where}): git runs none of these"))
    in_place = all(hook.state in hooks.RUNNING for hook in found)
    sys.exit(0 if in_place and not elsewhere else 1)


def _say(hook: str, words: str, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    click.echo(printable(f"{hook:<11} {would}{words}") if hook else printable(words))
