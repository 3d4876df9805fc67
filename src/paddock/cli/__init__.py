"""The command line: click only. Each command parses, builds a source, runs, renders, and leaves with an exit code.

Commands are imported when they are asked for, so that a hook pays for the one it runs.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module
from typing import Any

import click

from paddock import __version__
from paddock.errors import PaddockError
from paddock.render.plain import printable

# name -> module below paddock.cli whose attribute `command` it is
COMMANDS = {
    "bot": "bot",
    "change": "change",
    "check": "check",
    "ci": "ci",
    "classify": "classify",
    "conflict": "conflict",
    "count": "count",
    "dco": "dco",
    "doctor": "doctor",
    "guard": "guard",
    "hook": "hook",
    "hooks": "hooks",
    "init": "init",
    "integrate": "integrate",
    "order": "order",
    "patterns": "patterns",
    "plan": "plan",
    "policy": "policy",
    "split": "split",
    "status": "status",
    "shell-init": "shell_init",
    "signing": "signing",
    "train": "train",
    "worktree": "worktree",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is run, or when help lists them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"paddock.cli.{COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)  # noqa: S101 - our own modules
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401 - click's signature
        """Add the nearest name to click's message about an unknown command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            if not near or "Did you mean" in error.format_message():
                raise
            message = f"No such command {args[0]!r}. Did you mean {near[0]!r}?"
            raise click.UsageError(message, ctx=error.ctx) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 passed · 1 a gate failed · 2 usage or policy error · 3 could not check.",
)
@click.version_option(__version__, prog_name="paddock")
def cli() -> None:
    """One policy, judged the same in hooks, in CI and by the bot.

    \b
    Examples:
      paddock init                        write a policy and the pre-commit entry
      paddock check --staged              judge what is about to be committed
      paddock check --range main..HEAD    judge a branch as CI does
      paddock count                       hand-written lines of this branch
    """


def fail(error: PaddockError) -> None:
    """Say what is wrong, where, and how to mend it, on standard error."""
    click.echo(f"paddock: {printable(str(error))}", err=True)
    if error.hint:
        click.echo("\n".join(f"  {printable(line)}" for line in error.hint.splitlines()), err=True)


def show(error: click.ClickException) -> None:
    """Click's words for a wrong call; what the caller wrote is in them."""
    if type(error).__name__ == "NoArgsIsHelpError":  # the help is its message; click before 8.2 has no such error
        click.echo(error.format_message(), err=True)
        return
    context = getattr(error, "ctx", None) or click.Context(cli, info_name="paddock")
    click.echo(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n", err=True)
    lines = error.format_message().splitlines() or [""]
    click.echo("\n".join(printable(line) for line in (f"Error: {lines[0]}", *lines[1:])), err=True)


def main() -> None:
    """The program. Exit codes as the design says; never a traceback for what a user or a repository can cause."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is signal.SIG_DFL:
            signal.signal(ending, _ended)
    code = _run()
    # Python looks for cycles once more before it ends, whatever it was told; of what is frozen it does not.
    gc.freeze()
    sys.exit(code)


def _ended(number: int, _frame: object) -> None:
    # As an exception, so that processes are ended and temporary folders removed on the way out.
    raise SystemExit(128 + number)


def _run() -> int:
    # Bytes that are not UTF-8 pass through unharmed; a terminal in the C locale can't make a message crash.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        try:
            code = _invoke()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("\npaddock: interrupted", err=True)
        code = 130
    except click.ClickException as error:
        show(error)
        code = 2
    except PaddockError as error:
        fail(error)
        code = error.exit_code
    except BrokenPipeError:
        # The reader went away (`| head`): say nothing more, and keep Python from saying it at exit.
        code = 141
        _discard_output()
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        click.echo(f"paddock: {printable(where)}{(error.strerror or str(error)).lower()}", err=True)
        code = 3
        _discard_output()
    return code


def _invoke() -> int:
    # Not `cli.main()`: it takes a broken pipe for a failure and leaves with 1, the code of a failed gate.
    if "_PADDOCK_COMPLETE" in os.environ:
        cli.main(prog_name="paddock")
    try:
        with cli.make_context("paddock", sys.argv[1:]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return 0


def _discard_output() -> None:
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
