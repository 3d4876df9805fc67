"""Help is told from the table, and can't be stale."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from paddock.bot import help as told
from paddock.bot.commands import Call, parse
from paddock.bot.table import COMMANDS
from paddock.gates import CONFIGS
from paddock.policy.bot import Commands, Level, Scope, Who
from paddock.policy.load import load
from paddock.policy.model import FILE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bot-commands.md"
GUIDE = ROOT / "docs" / "bot.md"
README = ROOT / "README.md"


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


def test_the_example_of_a_policy_is_one() -> None:
    text = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(text) == 1
    made = load(text[0].encode(), FILE, lambda _: None, CONFIGS).bot
    assert made.commands.approve.named_agents == ("agent-8",)
    assert made.people == ("ada",)


@pytest.mark.parametrize("page", [GUIDE, README], ids=lambda page: page.name)
def test_what_the_pages_show_of_the_parser_is_so(page: Path) -> None:
    shown = re.findall(r"^\$ printf '(.*?)' \| paddock bot parse.*\n((?:\{.*\n)+)", page.read_text(), re.MULTILINE)
    assert len(shown) == 1
    (comment, printed) = shown[0]
    told = [
        {"command": one.command, "args": list(one.args), "line": one.line}
        if isinstance(one, Call)
        else {"error": one.error, "suggestion": one.suggestion, "line": one.line}
        for one in parse(comment.replace("\\n", "\n"))
    ]
    assert [json.loads(line) for line in printed.splitlines()] == told
