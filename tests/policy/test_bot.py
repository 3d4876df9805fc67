"""The policy's section `bot`."""

from __future__ import annotations

import pytest
from msgspec.structs import fields

from paddock.errors import PolicyError
from paddock.gates import CONFIGS
from paddock.policy.bot import Bot, Commands, Level, Review, Scope, Who
from paddock.policy.describe import values
from paddock.policy.load import load
from paddock.policy.model import FILE


def bot(text: str) -> Bot:
    return load(text.encode(), FILE, lambda _: None, CONFIGS).bot


def test_a_command_said_is_said_whole() -> None:
    made = bot("bot: {commands: {approve: {logins: [ada]}}}")
    assert made.commands.who("approve") == Who(logins=("ada",))
    assert made.commands.who("request-changes") == Who(permission=Level.WRITE, agents=(Scope.REVIEWER,))


def test_all_keys() -> None:
    made = bot(
        "bot:\n  review: {same-login: maintainer-may}\n  people: [ada, 'x[bot]']\n  unknown: near\n  other-bots: [a]\n"
        "  commands:\n    done:\n"
        "    override: {permission: admin, teams: [o/t, u], agents: [own], named-agents: [a1]}\n"
    )
    who = Who(permission=Level.ADMIN, teams=("o/t", "u"), agents=(Scope.OWN,), named_agents=("a1",))
    assert made == Bot(
        review=Review(same_login="maintainer-may"),
        people=("ada", "x[bot]"),
        unknown="near",
        other_bots=("a",),
        commands=Commands(override=who),
    )
    assert made.teams == {"o/t", "u"}


def test_a_preset_is_merged_key_by_key() -> None:
    preset = b"bot: {unknown: near, commands: {approve: {permission: admin}}}"
    made = load(b"extends: p.yaml\nbot: {commands: {approve: {logins: [a]}}}", FILE, lambda _: preset, CONFIGS).bot
    assert made == Bot(unknown="near", commands=Commands(approve=Who(permission=Level.ADMIN, logins=("a",))))


REFUSED = {
    "command": ("bot: {commands: {aprove: {}}}", "1:18: unknown key `aprove`", "did you mean `approve`?"),
    "level": (
        "bot: {commands: {done: {permission: push}}}",
        "1:37: `bot.commands.done.permission`: 'push' is not one of read, triage, write, maintain, admin",
        None,
    ),
    "scope": (
        "bot: {commands: {done: {agents: [mine]}}}",
        "1:34: `bot.commands.done.agents.0`: 'mine' is not one of own, reviewer",
        None,
    ),
    "a login with an @": (
        "bot: {commands: {done: {logins: ['@ada']}}}",
        "1:34: `bot.commands.done.logins.0`: `@ada` is no login; write it without the `@`",
        None,
    ),
    "a team": (
        "bot: {commands: {request-changes: {teams: [a/b/c]}}}",
        "1:44: `bot.commands.request-changes.teams.0`: `a/b/c` is no team",
        None,
    ),
    "people": ("bot: {people: ['a b']}", "1:16: `bot.people.0`: `a b` is no login", None),
    "same-login": (
        "bot: {review: {same-login: yes}}",
        "1:28: `bot.review.same-login`: 'yes' is not one of maintainer-may, refuse, reviewer-may",
        None,
    ),
}


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(PolicyError) as caught:
        bot(text)
    assert (str(caught.value), caught.value.hint) == (f"{FILE}:{message}", hint)


def test_it_is_told_where_it_is_said() -> None:
    def told(text: str) -> dict[str, object]:
        policy = load(text.encode(), FILE, lambda _: None, CONFIGS)
        return {one.key: (one.value, one.origin) for one in values(policy) if one.key.startswith("bot")}

    assert told("base: main") == {}
    found = told("bot: {unknown: near, commands: {approve: {logins: [ada]}}}")
    assert found["bot.unknown"] == ("near", f"{FILE}:1:16")
    assert found["bot.commands.approve.logins"] == (("ada",), f"{FILE}:1:51")
    assert found["bot.commands.approve.permission"] == (None, "default")
    assert found["bot.commands.done.permission"] == ("triage", "default")


def test_every_command_says_who() -> None:
    assert all(isinstance(Commands().who(field.encode_name), Who) for field in fields(Commands))


def test_levels_are_ordered() -> None:
    assert [level.rank for level in Level] == [0, 1, 2, 3, 4]
    assert Level.ADMIN.rank > Level.WRITE.rank > Level.READ.rank
