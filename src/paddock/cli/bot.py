"""`paddock bot`: what is said to the bot on GitHub, read and explained here."""

from __future__ import annotations

import json
import sys

import click

from paddock.errors import UsageError
from paddock.policy import words

_LIMIT = 4 << 20  # bytes; GitHub's longest comment takes 256 KiB


@click.group("bot")
def command() -> None:
    """Read what is said to the bot on GitHub, and tell what can be said.

    \b
    Examples:
      echo '/assign agent-3' | paddock bot parse
      paddock bot help assign
    """


@command.command("parse")
def parse() -> None:
    """Read a comment on standard input, and print each command, or mistake, as one JSON object a line.

    A command is {"command", "args", "line"}; of one that takes a list, "lines" tells where each item stands. A line
    that was meant as a command and is none is {"error", "suggestion", "line"}. Who may say it is not asked here.

    \b
    Example:
      printf '/assign agent-3\\n/asign\\n' | paddock bot parse

    \b
    Exit codes:
      0 read, mistakes included · 2 over the limit
    """
    raw = sys.stdin.buffer.read(_LIMIT + 1)
    if len(raw) > _LIMIT:
        raise UsageError(f"a comment of more than {_LIMIT >> 20} MiB")
    from paddock.bot.commands import Mistake, parse
    from paddock.policy.bot import Bot

    found = parse(raw.decode("utf-8", "replace"), others=Bot().other_bots)
    for one in found:
        value: dict[str, object]
        if isinstance(one, Mistake):
            value = {"error": one.error, "suggestion": one.suggestion, "line": one.line}
        else:
            value = {"command": one.command, "args": list(one.args), "line": one.line}
            value |= {"lines": list(one.lines)} if one.lines else {}
        click.echo(json.dumps(value))


@command.command("help")
@click.argument("name", metavar="[COMMAND]", required=False)
def help_(*, name: str | None) -> None:
    """Print what can be said to the bot, or all about one command.

    It is what `/help` answers where the policy names nobody else.

    \b
    Examples:
      paddock bot help
      paddock bot help request-changes
    """
    from paddock.bot import help as told
    from paddock.bot.table import COMMANDS, NAMES
    from paddock.policy.bot import Commands

    if name is None:
        click.echo(told.overview(Commands()), nl=False)
        return
    plain = name.removeprefix("/").lower()
    if plain not in NAMES:
        raise UsageError(f"the bot has no command `{name}`", hint=words.near(plain, NAMES) or "all: paddock bot help")
    click.echo(told.about(COMMANDS[NAMES[plain]], Commands()), nl=False)
