"""`paddock guard`: what agent tools call before they run a tool."""

from __future__ import annotations

import sys

import click

from paddock.render.plain import printable
from paddock.worktrees.guard.calls import TOOLS

_tool = click.Choice(TOOLS)


@click.group("guard", invoke_without_command=True)
@click.option("--tool", type=_tool, help="Whose contract to answer in.  [default: told by the payload]")
@click.pass_context
def command(context: click.Context, tool: str | None) -> None:
    """Judge an agent's tool call, read from standard input, and answer in its tool's contract.

    Allowed are the agent's worktree, its temporary folder and what the policy names (`worktrees.writable`). Shell
    commands are judged with the extra `guard` (tree-sitter-bash); what can't be read passes, which standard error tells
    where the parser is missing, or is denied where the policy says `worktrees.guard: strict`. Where no agent is at
    work, everything is allowed. If anything goes wrong the call is denied.

    \b
    Examples:
      paddock guard install --tool claude
      paddock guard --tool claude < call.json

    Exit codes: 0 allowed, or denied in JSON; 2 denied, the reason on standard error.
    """
    if context.invoked_subcommand is None:
        from paddock.worktrees.guard.rim import main

        sys.exit(main(tool))


_wanted = click.option("--tool", "tools", type=_tool, multiple=True, required=True, help="For this tool; repeatable.")
_place = click.option(
    "--project",
    is_flag=True,
    help="In this worktree's settings instead of the user's; an agent can edit those.",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@command.command("install")
@_wanted
@_place
@click.option("--without-shell", is_flag=True, help="Also where shell commands can't be read, and all of them pass.")
@_dry_run
def install(tools: tuple[str, ...], *, project: bool, without_shell: bool, dry_run: bool) -> None:
    """Have a tool call the guard, in every worktree.

    The settings are the user's, so that they hold in every worktree and no agent's edit ends them; where no agent is
    at work the guard allows everything. What stands there already is kept. It is refused where the parser of shell
    commands (the extra `guard`) is not installed.

    \b
    Examples:
      paddock guard install --tool claude --tool codex
      paddock guard install --tool claude --dry-run
    """
    from paddock.errors import UsageError
    from paddock.errors import install as how_to
    from paddock.worktrees.guard.settings import parses_shell

    if not parses_shell():
        missing = "the parser of shell commands is not installed, so the guard would let all of them pass"
        if not without_shell:
            raise UsageError(missing, hint=f"{how_to('guard')}\nor, for file tools alone: --without-shell")
        click.echo(f"{missing}\n  {how_to('guard')}", err=True)
    _each(tools, project=project, dry_run=dry_run, add=True)


@command.command("uninstall")
@_wanted
@_place
@_dry_run
def uninstall(tools: tuple[str, ...], *, project: bool, dry_run: bool) -> None:
    """Take the guard out of a tool's settings.

    \b
    Example:
      paddock guard uninstall --tool claude
    """
    _each(tools, project=project, dry_run=dry_run, add=False)


def _each(tools: tuple[str, ...], *, project: bool, dry_run: bool, add: bool) -> None:
    from paddock.worktrees.guard import settings

    for tool in tools:
        step = settings.change(tool, project=project, add=add, dry_run=dry_run)
        would = "would be " if dry_run and step.changes else ""
        click.echo(printable(f"{tool:<8} {would}{step.words}: {step.path}"))
        if step.note:
            click.echo(f"{'':<8} {step.note}")
