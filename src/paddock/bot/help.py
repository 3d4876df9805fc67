"""What `/help` answers, what `paddock bot help` prints, and the page of all commands: told from the table. Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.command import Place
from paddock.bot.permission import told
from paddock.bot.table import COMMANDS
from paddock.render.neutral import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.command import Command
    from paddock.policy.bot import Commands

GRAMMAR = """\
A command stands at the start of a line, with or without text around it; a comment may hold many. Inside code, a
quote, an HTML comment or a link it is text. What follows a command may stand in quotes, and may be named:
`/override gate=pr-size reason="…"`. Capitals do not matter in a command's name.
"""


def overview(commands: Commands) -> str:
    """All commands, a line each."""
    rows = [f"| {_code(one.usage)} | {one.help} | {prose(told(one.who(commands)))} |" for one in COMMANDS.values()]
    return "\n".join(["| command | what it does | who may |", "|---|---|---|", *rows, "", GRAMMAR])


def about(command: Command, commands: Commands) -> str:
    """All about one command."""
    return "\n".join([_code(command.usage), "", *_body(command, commands)]) + "\n"


def document(commands: Commands) -> str:
    """The page of all commands, for the documentation."""
    lines = ["# Commands of the bot", "", GRAMMAR]
    for command in COMMANDS.values():
        lines += [f"## {command.name}", "", _code(command.usage), "", *_body(command, commands), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _body(command: Command, commands: Commands) -> Iterator[str]:
    yield f"{command.help} {command.more}".rstrip()
    yield ""
    if command.aliases:
        yield f"- also: {', '.join(_code(f'/{alias}') for alias in command.aliases)}"
    for argument in command.arguments:
        left_out = ", may be left out" if argument.optional else ""
        yield f"- {_code(argument.name.upper())}: {argument.kind.what}{left_out}"
    if command.items:
        yield "- each item of the lists that follow, up to the next command, counts as one more"
    places = [place for place in Place if place in command.places]
    yield f"- where: {', '.join(places)}"
    yield f"- who may: {prose(told(command.who(commands)))}"
    yield ""
    yield "```text"
    yield "\n\n".join(command.examples)
    yield "```"


def _code(text: str) -> str:
    return f"`{text}`"
