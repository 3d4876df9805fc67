"""`paddock worktree`: an agent's worktree, and the fence around it."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.worktree_audit import audit
from paddock.cli.worktree_list import list_
from paddock.cli.worktree_remove import remove
from paddock.cli.worktree_setup import create, setup
from paddock.cli.worktree_status import status
from paddock.cli.worktree_switch import switch
from paddock.cli.worktree_sync import sync
from paddock.errors import UsageError
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.worktrees.territory import Rules, Territory


@click.group("worktree")
def command() -> None:
    """Make agents' worktrees, and run their commands inside them.

    \b
    Examples:
      paddock worktree setup
      paddock worktree list
      paddock worktree exec agent-3 -- claude
      paddock worktree env agent-3
    """


for _subcommand in (setup, create, list_, status, switch, sync, remove, audit):
    command.add_command(_subcommand)

_write = click.option(
    "--write", "writable", metavar="PATH", multiple=True, help="One more folder that may be written to; repeatable."
)


@command.command("exec")
@click.argument("agent")
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@_write
@click.option("--unconfined", is_flag=True, help="Run it without the kernel's fence, where there is none.")
def execute(agent: str, words: tuple[str, ...], writable: tuple[str, ...], *, unconfined: bool) -> None:
    """Run a command that can write to its agent's worktree and to little else.

    The kernel holds it and all that it starts (Landlock, Linux 6.2 or newer). It may read everything and write to its
    worktree, its own branches, a temporary folder and the places that the policy names. The command takes this
    process's place: its exit status and signals are its own. Where the kernel can't, nothing is run.

    \b
    Examples:
      paddock worktree exec agent-3 -- claude
      paddock worktree exec agent-3 --write ~/.cache/go-build -- make test
      paddock worktree exec agent-3 -- bash

    Exit codes: those of the command; 126 it may not be run, 127 it was not found; 2 and 3 nothing was run.
    """
    from paddock.worktrees import sandbox

    territory, rules = _territory(agent, writable)
    wanted = None if unconfined else sandbox.confinement(territory, rules)
    if wanted is not None and (refusal := sandbox.refusal(wanted)) is not None:
        raise refusal
    sandbox.prepare(territory, fenced=wanted is not None)
    if unconfined:
        click.echo(f"paddock: {agent} runs unconfined: it can write wherever you can", err=True)
    try:
        sandbox.become(words, territory, wanted)
    except (FileNotFoundError, NotADirectoryError):
        click.echo(f"paddock: no such command: {printable(words[0])}", err=True)
        sys.exit(127)
    except PermissionError:
        click.echo(f"paddock: it may not be run: {printable(words[0])}", err=True)
        sys.exit(126)


@command.command("env")
@click.argument("agent")
@_write
@click.option("--format", "form", type=click.Choice(["sh", "json", "null"]), default="sh", show_default=True)
def env(agent: str, writable: tuple[str, ...], form: str) -> None:
    """Print the variables that an agent's commands are run with.

    `sh` is for `eval`, `null` for `xargs -0 env`. The variables alone confine nothing.

    \b
    Example:
      eval "$(paddock worktree env agent-3)"
    """
    import os

    from paddock.worktrees import sandbox

    territory, _ = _territory(agent, writable)
    sandbox.prepare(territory, fenced=False)
    found = sandbox.environment(territory, dict(os.environ), fenced=False)
    if form == "json":
        from paddock import wire

        told = {"version": 1, "set": found.values, "unset": list(found.dropped)}
        click.echo(wire.encode(told, indent=2).decode())
    elif form == "null":
        click.echo("\0".join(f"{key}={value}" for key, value in found.values.items()) + "\0", nl=False)
    else:
        lines = [f"unset {key}" for key in found.dropped if key.isidentifier()]
        lines += [f"export {key}={shlex.quote(value)}" for key, value in found.values.items()]
        click.echo("\n".join(lines))


def _territory(agent: str, writable: tuple[str, ...]) -> tuple[Territory, Rules]:
    """The agent's worktree in the repository around the current folder, and the policy's word on it."""
    import os

    from paddock.worktrees import places
    from paddock.worktrees.rules import rules
    from paddock.worktrees.territory import find, territory

    around = places.places(os.getcwd())
    if not around:
        raise UsageError("not a git repository, nor is any folder above it", hint="run it inside the repository")
    common = around[0].common_dir
    told = rules(common)
    told = told._replace(writable=(*told.writable, *(os.path.abspath(os.path.expanduser(one)) for one in writable)))
    return territory(find(common, agent), common, told), told
