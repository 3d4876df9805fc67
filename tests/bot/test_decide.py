"""From a comment to what shall change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from paddock.bot.actions import (
    KEYED,
    Action,
    AddLabel,
    Answer,
    Assign,
    Block,
    Close,
    CreateTodo,
    Launch,
    RemoveLabel,
    Show,
    Unassign,
)  # fmt: skip
from paddock.bot.apply import apply
from paddock.bot.commands import parse
from paddock.bot.decide import decide
from paddock.bot.table import COMMANDS
from paddock.policy.bot import Bot
from said import AGENT_A, HEAD, MAINTAINER, OUTSIDER, TRIAGER, WORLD, comment, issue, said, world

if TYPE_CHECKING:
    from paddock.bot.model import Actor, Snapshot


def answers(actions: tuple[Action, ...]) -> list[str]:
    return [one.text for one in actions if isinstance(one, Answer)]


def test_each_command_is_judged_by_what_those_before_it_leave() -> None:
    assert said("/hold\n/unhold") == (
        AddLabel(number=1, label="state/held"),
        RemoveLabel(number=1, label="state/held"),
    )
    assert said("/hold\n/unhold\n/hold")[-1] == AddLabel(number=1, label="state/held")
    assert said("/unassign\n/assign b", 2) == (
        RemoveLabel(number=2, label="agent/a"),
        AddLabel(number=2, label="agent/b"),
        Assign(number=2, login="b-bot"),
    )
    assert said("/assign b\n/next", 4)[-3:] == (
        AddLabel(number=4, label="phase/0"),
        RemoveLabel(number=4, label="state/open"),
        AddLabel(number=4, label="state/in-progress"),
    )


def test_what_is_refused_stops_nothing_else() -> None:
    found = said("/phase 9\n/priority high\n/asign x")
    assert found[1] == AddLabel(number=1, label="priority/high")
    assert answers(found) == [
        "@maya, `/phase`: the plan has no phase `9`. → there are: 0, 1",
        "@maya, line 3: there is no command `/asign`. → did you mean `/assign`?",
    ]


def test_only_what_is_new_is_run() -> None:
    before = [one.fingerprint for one in parse("/todo a\n/asign")]
    (one,) = decide(comment("/todo a\n/asign\n/todo b"), WORLD, before)
    assert isinstance(one, CreateTodo)
    assert one.text == "b"


def keys(text: str, author: Actor = MAINTAINER, comment_id: int = 100, snapshot: Snapshot = WORLD) -> list[str]:
    return [one.key for one in said(text, author=author, snapshot=snapshot, id=comment_id) if isinstance(one, Answer)]


def test_the_same_typo_is_answered_once() -> None:
    assert len(keys("/asign a\n\n/asign b\n/asign c")) == 1
    assert keys("/asign a") == keys("/asign b", comment_id=101)
    assert keys("/asign a") != keys("/asign a", TRIAGER)
    assert keys("/asign a") != keys("/prioritty a")


def test_a_refusal_is_told_once_for_each_comment() -> None:
    assert len(keys("/phase 9\n/phase 9")) == 1
    assert keys("/phase 9") != keys("/phase 9", comment_id=101)


UNKNOWN = {
    "answer": ["there is no command `/frobnicate`", "there is no command `/asign`", "/done takes no argument"],
    "near": ["there is no command `/asign`", "/done takes no argument"],
    "ignore": ["/done takes no argument"],
}


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_the_policy_says_which_unknown_commands_are_answered(unknown: str) -> None:
    rules = Bot(unknown=unknown)  # type: ignore[arg-type]
    found = answers(said("/frobnicate\n/asign\n/done x\n/retest", snapshot=world(bot=rules)))
    expected = UNKNOWN[unknown]
    assert len(found) == len(expected)
    for text, part in zip(found, expected, strict=True):
        assert part.replace("`", "") in text.replace("`", "")


def test_an_outsiders_typos_are_not_answered() -> None:
    assert said("/asign\n/frobnicate", author=OUTSIDER) == ()
    assert len(answers(said("/asign", author=replace(AGENT_A, level=None)))) == 1


HOSTILE = "@everyone #1 <b>x</b> ](http://x) **y**"


def test_what_somebody_wrote_is_not_obeyed_in_an_answer() -> None:
    (text,) = answers(said(f"/phase {HOSTILE.split(maxsplit=1)[0]}"))
    assert "`@everyone`" in text
    (text,) = answers(said(f"/done {HOSTILE}"))
    assert "<b>" not in text.replace("`", "§").split("§")[0]
    assert "@maya" in text
    (text,) = answers(said("/done x", author=replace(MAINTAINER, login="x\n/hold @y")))
    assert text.startswith("`x\\n/hold @y`, line 1")
    # An answer says no command itself.
    for one in ("/asign", "/frobnicate", "/phase 9", "/done x", "/approve", f"/done {HOSTILE}"):
        assert all(parse(answer) == () for answer in answers(said(one)))


def test_actions_are_json() -> None:
    text = "/unassign\n/assign b\n/todo a\n/block #2\n/launch\n/status\n/help todo\n/asign"
    wire = msgspec.json.encode(said(text, snapshot=world(issue(1, labels=("agent/a", "state/open")))))
    found = msgspec.json.decode(wire, type=tuple[Action, ...])
    assert {type(one) for one in found} >= {AddLabel, RemoveLabel, Assign, Unassign, CreateTodo, Block, Show, Answer}
    assert msgspec.json.decode(wire)[0] == {"action": "remove-label", "number": 1, "label": "agent/a"}
    launched = said("/launch")
    assert msgspec.json.decode(msgspec.json.encode(launched), type=tuple[Action, ...]) == launched
    assert isinstance(launched[-1], Launch)


EVERY = [command.examples[0] for command in COMMANDS.values()]
WORDS = [
    "/assign a",
    "/assign @b-bot",
    "/reassign b",
    "/next b",
    "/priority low",
    "/phase 1",
    "/approve " + HEAD[:9],
    "/review s",
]
LINES = st.lists(st.sampled_from([*EVERY, *WORDS, "/asign", "/frobnicate", "text"]), max_size=8)
ACTORS = st.sampled_from([MAINTAINER, TRIAGER, AGENT_A, OUTSIDER])


def lasting(actions: tuple[Action, ...]) -> list[Action]:
    """Those whose facts a snapshot holds; the others carry a key, by which they are done once."""
    return [one for one in actions if not isinstance(one, KEYED)]


@settings(max_examples=100, deadline=None)
@given(LINES, ACTORS, st.sampled_from([1, 2, 3, 4, 7, 8]))
def test_said_once_more_each_word_changes_nothing(lines: list[str], actor: Actor, number: int) -> None:
    """A handler names facts that shall hold: where they do, there is nothing to do."""
    for line in lines:
        first = said(line, number, actor)
        after = apply(WORLD, first)
        again = said(line, number, actor, after)
        if not line.startswith("/next"):  # the one after it is another
            assert lasting(again) == []
        assert [one.key for one in again if isinstance(one, CreateTodo | Show | Launch)] == [
            one.key for one in first if isinstance(one, CreateTodo | Show | Launch)
        ]


@settings(max_examples=100, deadline=None)
@given(LINES, ACTORS, st.sampled_from([1, 4, 7, 99]))
def test_whatever_is_said_a_todo_has_one_agent_phase_and_progress(lines: list[str], actor: Actor, number: int) -> None:
    after = apply(WORLD, said("\n".join(lines), number, actor))
    for one in after.issues:
        for prefix in ("agent/", "phase/", "priority/"):
            assert sum(label.startswith(prefix) for label in one.labels) <= 1
        states = [
            label for label in one.labels if label.startswith("state/") and label not in ("state/held", "state/blocked")
        ]
        assert len(states) <= 1


@given(st.text(), ACTORS)
@settings(max_examples=100, deadline=None)
def test_any_text_is_decided(text: str, actor: Actor) -> None:
    decide(comment(text, author=actor), WORLD)


def test_an_issue_that_github_did_not_tell_of() -> None:
    assert said("/hold", 99) == (AddLabel(number=99, label="state/held"),)
    assert isinstance(said("/done", 99)[-1], Close)
