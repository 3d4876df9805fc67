"""`paddock bot`: what is said to the bot on GitHub, read and explained here."""

from __future__ import annotations

import json
import sys

import click

from paddock.cli.asking import Asked, asking
from paddock.errors import UsageError
from paddock.policy import words

_LIMIT = 4 << 20  # bytes; GitHub's longest comment takes 256 KiB


@click.group("bot")
def command() -> None:
    """Drive agents, todos and reviews from GitHub: set the bot up, run it, and read what is said to it.

    \b
    Examples:
      paddock bot setup --dry-run
      paddock bot sweep --dry-run
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


_dry = click.option("--dry-run", is_flag=True, help="Print what would be done, a JSON object a line, and do nothing.")
_record = click.option("--record", metavar="FILE", help="Write what was seen to this file, for `paddock bot replay`.")


@command.command("handle")
@click.option("--event-name", required=True, help="What happened, as GITHUB_EVENT_NAME has it.")
@click.option("--event-path", required=True, metavar="FILE", help="Its payload, as GITHUB_EVENT_PATH names it.")
@asking
@_dry
@_record
def handle(
    *,
    event_name: str,
    event_path: str,
    asked: Asked,
    dry_run: bool,
    record: str | None,
) -> None:
    """Do what an event of GitHub brings, and what earlier ones left.

    Run it in a clone: policy and plan are those of the protected default branch, as it was fetched. GITHUB_TOKEN is the
    token; GITHUB_REPOSITORY, or else the clone's remote, names the repository. Of the event only its place is taken;
    all else is asked of GitHub.

    \b
    Example:
      paddock bot handle --event-name "$GITHUB_EVENT_NAME" --event-path "$GITHUB_EVENT_PATH"

    \b
    Exit codes:
      0 done · 2 usage, policy or plan · 3 GitHub could not be asked, or refused something
    """
    from paddock.cli import bot_loop

    event = bot_loop.read_event(event_path)
    click.echo(f"{event_name}: {f'#{event.number}' if event.number else 'no issue'}", err=True)
    bot_loop.Running(asked, event).go(event, dry_run=dry_run, record=record)


@command.command("sweep")
@asking
@_dry
@_record
def sweep(
    *,
    asked: Asked,
    dry_run: bool,
    record: str | None,
) -> None:
    """Do all that no event brought: words that nobody heard, leases that ran out, what was changed by hand.

    \b
    Example:
      paddock bot sweep --dry-run

    \b
    Exit codes:
      0 done · 2 usage, policy or plan · 3 GitHub could not be asked, or refused something
    """
    from paddock.cli import bot_loop

    running = bot_loop.Running(asked)
    running.go(bot_loop.Event(), dry_run=dry_run, record=record)


@command.command("setup")
@asking
@click.option("--rules", is_flag=True, help="Protect the default branch, too: it needs a token that may administer.")
@click.option(
    "--checks-by",
    metavar="LOGIN",
    default="github-actions[bot]",
    show_default=True,
    help="With --rules: the account as which the bot sets its checks; its app's alone count.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be made, and make nothing.")
def setup(*, asked: Asked, rules: bool, checks_by: str, dry_run: bool) -> None:
    """Make the labels and milestones that the plan needs; refuse a plan whose agents this token can't start.

    With --rules also a ruleset, `paddock`: the default branch is changed by pull requests alone, which have to pass
    the checks `paddock/gates` and `paddock/order`, set by the bot's own app. One that is there and lacks something gets
    that again; what people added to it stays.

    \b
    Examples:
      paddock bot setup --dry-run
      paddock bot setup --rules
      paddock bot setup --rules --checks-by 'our-bot[bot]'

    \b
    Exit codes:
      0 all is there · 2 usage, policy or plan, or the token may not · 3 GitHub could not be asked
    """
    from paddock.cli import bot_loop, bot_setup

    bot_setup.set_up(bot_loop.Running(asked), rules=rules, checks_by=checks_by, dry_run=dry_run)


@command.command("replay")
@click.argument("file")
def replay(*, file: str) -> None:
    """Print what follows from a run that `--record` wrote, a JSON object a line. Nothing is asked of GitHub.

    \b
    Example:
      paddock bot replay seen.json
    """
    from paddock.cli import bot_loop

    bot_loop.tell(bot_loop.read_recorded(file))
