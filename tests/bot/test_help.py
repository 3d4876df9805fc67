"""Help is told from the table, and can't be stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from paddock.bot import help as told
from paddock.bot.commands import parse
from paddock.bot.table import COMMANDS
from paddock.policy.bot import Commands, Level, Scope, Who

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bot-commands.md"


def test_the_overview_has_every_command_and_says_none() -> None:
    text = told.overview(Commands())
    for command in COMMANDS.values():
        assert f"| `{command.usage}` | {command.help} |" in text
    assert parse(text) == ()
    assert MarkdownIt("commonmark").enable("table").render(text).count("<tr>") == len(COMMANDS) + 1


@pytest.mark.parametrize("name", COMMANDS)
def test_all_about_one(name: str) -> None:
    command = COMMANDS[name]
    text = told.about(command, Commands())
    assert text.startswith(f"`{command.usage}`\n\n{command.help}")
    assert all(example in text for example in command.examples)
    assert parse(text) == ()
    assert text in PAGE.read_text()


def test_who_may_is_the_policys_word_and_mentions_nobody() -> None:
    who = Who(permission=Level.ADMIN, teams=("o/t",), logins=("ada",), agents=tuple(Scope), named_agents=("a",))
    text = told.about(COMMANDS["done"], Commands(done=who))
    assert (
        "- who may: people with `admin` or more, the team o/t, `@ada`, the agent whose todo it is,"
        " the agents that review it, agent a\n"
    ) in text
    assert told.about(COMMANDS["done"], Commands(done=Who())).count("- who may: nobody\n") == 1
