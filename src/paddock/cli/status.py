"""`paddock status`: what agents say of their work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import deliver, format_option
from paddock.cli.session import Session
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.worktrees.log import Line

_AGES = ((86400, "d"), (3600, "h"), (60, "min"))


@click.group("status", invoke_without_command=True)
@click.option("--agent", metavar="ID", help="Only this agent's lines.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines.")
@format_option
@click.pass_context
def command(context: click.Context, *, agent: str | None, most: int, form: str, output: str | None) -> None:
    """Show what all agents said last, newest first.

    Each agent's lines are commits on a ref of its own, shared by all worktrees.

    \b
    Examples:
      paddock status
      paddock status say "rebased; 01b is next"
      paddock status sync
    """
    if context.invoked_subcommand is not None:
        return
    from paddock.worktrees import log

    found = log.lines(Session().repository, None if agent is None else log.checked(agent), most)
    if form == "json":
        from paddock import wire

        deliver(wire.encode({"version": 1, "lines": found}, indent=2).decode() + "\n", output)
    else:
        deliver(_board(found) or 'nobody has said anything yet: paddock status say "…"\n', output)


def _board(found: tuple[Line, ...]) -> str:
    width = max((len(line.agent) for line in found), default=0)
    now = int(time.time())
    rows = []
    for line in found:
        first, *more = line.text.splitlines() or [""]
        rows.append(f"{age(now - line.time):>7}  {line.agent:<{width}}  {printable(first)}\n")
        rows += [f"{'':>7}  {'':<{width}}  {printable(one)}\n" for one in more]
    return "".join(rows)


def age(seconds: int) -> str:
    """How long ago, in one unit; a clock that is ahead says now."""
    return next((f"{seconds // size} {unit}" for size, unit in _AGES if seconds >= size), "now")


@command.command("say")
@click.argument("text")
@click.option("--agent", metavar="ID", help="Who speaks.  [default: whose worktree this is]")
def say(*, text: str, agent: str | None) -> None:
    """Add a line to your log.

    \b
    Examples:
      paddock status say "01a pushed, tests pass"
      paddock status say --agent agent-8 "phase 0 is merged"
    """
    from paddock.worktrees import log

    repository = Session().repository
    log.say(repository, log.checked(agent) if agent is not None else log.current_agent(repository), text)


@command.command("sync")
@click.option("--remote", metavar="NAME", default="origin", show_default=True, help="Exchange with this remote.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def sync(*, remote: str, dry_run: bool) -> None:
    """Fetch all agents' lines from a remote, and push those that it lacks. No line is ever lost.

    \b
    Examples:
      paddock status sync
      paddock status sync --remote upstream --dry-run
    """
    from paddock.worktrees import log

    for one in log.sync(Session().repository, remote, dry_run=dry_run):
        would = "would be " if dry_run and one.words != ("same",) else ""
        click.echo(printable(f"{one.agent}: {would}{', '.join(one.words)}"))
