"""Who may say what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from paddock.bot.actions import Answer, Refused, SetReview
from paddock.bot.command import Place
from paddock.bot.commands import Call, parse
from paddock.bot.model import MARK, Actor, Decided, Judged, Review, level
from paddock.bot.permission import check, is_outsider, speaks
from paddock.bot.table import COMMANDS
from paddock.bot.view import View
from paddock.policy.bot import Bot, Commands, Level, Scope, Who
from paddock.policy.bot import Review as Rules
from plans import PHASES, agent, plan
from said import (
    AGENT_A,
    AGENT_B,
    HEAD,
    MAINTAINER,
    NOW,
    OUTSIDER,
    PLAN,
    READER,
    REVIEWER,
    TRIAGER,
    WORLD,
    WRITER,
    comment,
    issue,
    pull,
    said,
    world,
)  # fmt: skip

if TYPE_CHECKING:
    from paddock.bot.model import Snapshot

S_AGENT = Actor(login="s-bot", level=Level.READ)


def refusal(text: str, author: Actor, number: int = 1, snapshot: Snapshot = WORLD) -> str | None:
    (call,) = parse(text)
    assert isinstance(call, Call)
    found = check(COMMANDS[call.command], call, comment(text, number, author), View(snapshot, number))
    return found.reason if found is not None else None


def bot(command: str, **keys: Any) -> Bot:  # noqa: ANN401 - whatever `Who` takes
    return Bot(commands=Commands(**{command: Who(**keys)}))


# Text, who says it on which issue or pull request, and what is said against it.
OUTSIDE = "only people and agents of this repository can tell me what to do"
MAY: dict[str, tuple[str, Actor, int, str | None]] = {
    "enough": ("/assign a", TRIAGER, 1, None),
    "more than enough": ("/assign a", MAINTAINER, 1, None),
    "too little": ("/launch", TRIAGER, 1, "/launch is for people with `write` or more; @tria has `triage`"),
    "override": ("/override dco x", WRITER, 7, "/override is for people with `maintain` or more; @will has `write`"),
    "a reader, whom a public repository makes of everybody": ("/help", READER, 1, OUTSIDE),
    "a reader who is nobody here": ("/assign a", READER, 1, OUTSIDE),
    "an outsider": ("/help", OUTSIDER, 1, OUTSIDE),
    "an agent, its own": ("/hold", AGENT_A, 1, None),
    "an agent, its own pull request": ("/hold", AGENT_A, 7, None),
    "an agent, another's": (
        "/hold",
        AGENT_B,
        1,
        "#1 is a's; b may say /hold on its own todos and the todos that it reviews",
    ),
    "an agent, another's pull request": (
        "/review",
        AGENT_B,
        7,
        "#1 is a's; b may say /review on its own todos",
    ),
    "an agent, nobody's": ("/block #1", AGENT_A, 4, "#4 is nobody's; a may say /block on its own todos"),
    "an agent, not for agents": ("/assign a", AGENT_A, 1, "/assign is for people with `triage` or more; a is an agent"),
    "an agent, done": ("/done", AGENT_A, 1, "/done is for people with `triage` or more; a is an agent"),
    "an agent reads": ("/status", AGENT_B, 1, None),
    "the reviewer asked for": ("/approve", REVIEWER, 7, None),
    "another reviewer": (
        "/approve",
        S_AGENT,
        7,
        "#1 is a's; s may say /approve on the todos that it reviews",
    ),
    "a worker is no reviewer": (
        "/approve",
        AGENT_B,
        7,
        "#1 is a's; b may say /approve on the todos that it reviews",
    ),
    "an agent's next": ("/next", AGENT_A, 3, None),
    "an agent's next, by name": ("/next A", AGENT_A, 3, None),
    "another agent's next": ("/next b", AGENT_A, 1, "b is another agent; a may say /next for itself"),
    "another agent's next, by login": ("/next @b-bot", AGENT_A, 1, "b is another agent; a may say /next for itself"),
    "on an issue": ("/approve", MAINTAINER, 1, "/approve works on a pull request or a review only"),
}


@pytest.mark.parametrize(("text", "author", "number", "expected"), MAY.values(), ids=MAY)
def test_who_may(text: str, author: Actor, number: int, expected: str | None) -> None:
    assert refusal(text, author, number) == expected


POLICY: dict[str, tuple[Bot, str, Actor, int, str | None]] = {
    "a team": (bot("launch", teams=("o/t",)), "/launch", replace(READER, teams=frozenset({"o/t"})), 1, None),
    "another team": (
        bot("launch", teams=("o/t",)),
        "/launch",
        replace(TRIAGER, teams=frozenset({"o/u"})),
        1,
        "/launch is for the team o/t; @tria has `triage`",
    ),
    "a reader that may": (bot("help", permission=Level.READ), "/help", READER, 1, None),
    "a login": (bot("launch", logins=("ROSA",)), "/launch", READER, 1, None),
    "a login that GitHub says nothing of": (bot("launch", logins=("otto",)), "/launch", OUTSIDER, 1, None),
    "a login listed for something else": (
        bot("launch", logins=("otto",)),
        "/done",
        OUTSIDER,
        1,
        "/done is for people with `triage` or more; @otto has no permission here",
    ),
    "nobody": (bot("done"), "/done", MAINTAINER, 1, "/done is for nobody; @maya has `maintain`"),
    "by permission alone": (bot("approve", permission=Level.ADMIN), "/approve", REVIEWER, 7, None),
    "an agent by name, its own": (bot("done", named_agents=("a",)), "/done", AGENT_A, 1, None),
    "an agent by name, another's": (
        bot("done", named_agents=("b",)),
        "/done",
        AGENT_B,
        1,
        "#1 is a's; b may say /done on its own todos and the todos that it reviews",
    ),
    "another agent by name": (
        bot("done", named_agents=("b",)),
        "/done",
        AGENT_A,
        1,
        "/done is for agent b; a is an agent",
    ),
    "agents that own": (bot("done", agents=(Scope.OWN,)), "/done", AGENT_A, 1, None),
    "an agent's login named": (bot("launch", logins=("a-bot",)), "/launch", AGENT_A, 3, None),
    "a person who is agents, too": (replace(Bot(), people=("A-bot",)), "/launch", AGENT_A, 3, None),
}
# The policy leaves agents out, whatever permission their login has.
POLICY["by permission alone"] = (
    bot("approve", permission=Level.READ),
    "/approve",
    REVIEWER,
    7,
    "/approve is for people with `read` or more; r is an agent",
)


@pytest.mark.parametrize(("rules", "text", "author", "number", "expected"), POLICY.values(), ids=POLICY)
def test_the_policy_decides(rules: Bot, text: str, author: Actor, number: int, expected: str | None) -> None:
    assert refusal(text, author, number, world(bot=rules)) == expected


def test_what_is_in_a_reviewers_own_hands_is_not_its_to_review() -> None:
    assert refusal("/request-changes x", REVIEWER, 7, world(issue(1, labels=("agent/r",)))) is not None


def test_who_was_asked_reviews() -> None:
    asked = world(issue(1, reviewer="s"))
    assert refusal("/approve", S_AGENT, 7, asked) is None
    assert refusal("/approve", REVIEWER, 7, asked) is not None


SPEAKS: dict[str, tuple[dict[str, Any], Actor, str, bool]] = {
    "a person": ({}, WRITER, "x", True),
    "the bot": ({}, Actor(login="Paddock[bot]", bot=True), "x", False),
    "an app with a person's name": ({"me": "paddock"}, Actor(login="paddock[bot]", bot=True), "x", False),
    "a person with an app's name": ({}, Actor(login="paddock"), "x", True),
    "another bot": ({}, Actor(login="dependabot[bot]", bot=True, level=Level.WRITE), "x", False),
    "another bot that is an agent": (
        {"plan": replace(PLAN, agents=plan(agents=[agent(login="x[bot]")]).agents)},
        Actor(login="X[bot]", bot=True),
        "x",
        True,
    ),
    "another bot, named like an agent": ({}, Actor(login="a-bot[bot]", bot=True), "x", False),
    "a person's token, the bot's words": (
        {"me": "maya", "me_is_bot": False},
        MAINTAINER,
        f"x\n{MARK}answer -->",
        False,
    ),
    "a person's token, the person's words": ({"me": "maya", "me_is_bot": False}, MAINTAINER, "x", True),
    "somebody quotes the bot's mark": ({}, WRITER, f"x {MARK}answer -->", True),
}


@pytest.mark.parametrize(("keys", "author", "text", "expected"), SPEAKS.values(), ids=SPEAKS)
def test_whose_words_count(keys: dict[str, Any], author: Actor, text: str, *, expected: bool) -> None:
    assert speaks(comment(text, author=author), world(**keys), MARK) is expected


def test_words_that_another_edited_are_nobodys() -> None:
    assert said("/hold", author=WRITER, editor="maya") == ()
    assert said("/hold", author=WRITER, editor="Will") != ()


def test_outsiders() -> None:
    outside = [one for one in (MAINTAINER, TRIAGER, READER, OUTSIDER, AGENT_A) if is_outsider(one, WORLD)]
    assert outside == [READER, OUTSIDER]
    listed = world(bot=bot("done", logins=("rosa",), teams=("o/t",)))
    assert not is_outsider(READER, listed)
    assert not is_outsider(replace(OUTSIDER, teams=frozenset({"o/t"})), listed)
    assert is_outsider(replace(OUTSIDER, teams=frozenset({"o/u"})), listed)


def test_an_outsider_does_nothing_and_is_told_once() -> None:
    answers = said("/hold\n/assign a\n/asign b\n/help", author=OUTSIDER)
    (answer,) = answers
    assert isinstance(answer, Answer)
    assert answer.text == f"@otto: {OUTSIDE}."
    (again,) = said("/done", author=OUTSIDER, id=101)
    assert isinstance(again, Answer)
    assert again.key == answer.key


ALL_UNDER_ONE = replace(
    WORLD,
    plan=replace(
        PLAN,
        agents=plan(
            phases=PHASES,
            agents=[
                agent("a", login="maya"),
                agent("b", login="maya"),
                {"id": "r", "role": "reviewer", "login": "maya"},
            ],
        ).agents,
    ),
)
OWN = "is @{}'s own work, which somebody else has to approve"


def approval(author: Actor, snapshot: Snapshot, number: int = 7, **keys: Any) -> Review | str:  # noqa: ANN401 - a comment's
    """What `/approve` comes to."""
    (one,) = said("/approve", number, author, snapshot, **keys)
    if isinstance(one, SetReview):
        return one.review
    assert isinstance(one, Answer)
    return one.text


def approved(by: str, as_agent: str | None = None) -> Review:
    return Review(by=by, verdict=Decided.APPROVED, sha=HEAD, agent=as_agent, base="main")


def rules(said_: str, **keys: Any) -> Bot:  # noqa: ANN401 - the policy's own
    return Bot(review=Rules(same_login=said_), **keys)  # type: ignore[arg-type]


def one_login(**keys: Any) -> Snapshot:  # noqa: ANN401 - the policy's own
    issues = tuple(replace(one, author="maya") if one.number == 7 else one for one in WORLD.issues)
    return replace(ALL_UNDER_ONE, issues=issues, **keys)


APPROVALS: dict[str, tuple[Actor, Snapshot, int, Review | str]] = {
    "a person": (WRITER, WORLD, 7, approved("will")),
    "the plan's reviewer": (REVIEWER, WORLD, 7, approved("r-bot", "r")),
    "its author": (WRITER, WORLD, 8, OWN),
    "its author, as maintainer": (MAINTAINER, world(replace(issue(8), author="Maya")), 8, OWN),
    "who made a commit of it": (WRITER, world(pull(7, makers=("a-bot", "WILL"))), 7, OWN),
    "one person for all: refused": (MAINTAINER, one_login(), 7, OWN),
    "one person for all: the reviewer": (MAINTAINER, one_login(bot=rules("reviewer-may")), 7, approved("maya", "r")),
    "one person for all: not by another worker": (
        MAINTAINER,
        replace(
            one_login(bot=rules("reviewer-may", commands=Commands(approve=Who(logins=("maya",))))),
            plan=replace(ALL_UNDER_ONE.plan, agents=ALL_UNDER_ONE.plan.agents[:2]),
        ),
        7,
        OWN,
    ),
    "one person for all: the maintainer": (
        MAINTAINER,
        one_login(bot=rules("maintainer-may", people=("maya",))),
        7,
        approved("maya"),
    ),
    "one person for all: the maintainer who is no person": (MAINTAINER, one_login(bot=rules("maintainer-may")), 7, OWN),
    "one person for all: not enough of one": (
        replace(MAINTAINER, level=Level.WRITE),
        one_login(bot=rules("maintainer-may", people=("maya",))),
        7,
        OWN,
    ),
    "a maintainer's own": (
        MAINTAINER,
        world(replace(issue(8), author="maya"), bot=rules("maintainer-may")),
        8,
        OWN,
    ),
    "agents that have no login": (
        MAINTAINER,
        replace(
            one_login(bot=rules("maintainer-may")),
            plan=replace(PLAN, agents=tuple(replace(one, login=None) for one in PLAN.agents)),
        ),
        7,
        approved("maya"),
    ),
}


@pytest.mark.parametrize(("author", "snapshot", "number", "expected"), APPROVALS.values(), ids=APPROVALS)
def test_nobody_approves_their_own(author: Actor, snapshot: Snapshot, number: int, expected: Review | str) -> None:
    found = approval(author, snapshot, number)
    if isinstance(expected, Review):
        assert found == expected
    else:
        assert isinstance(found, str)
        assert "own work" in found.replace("`", "")
        assert "somebody else has to approve" in found


def test_the_same_agent_under_another_login_approves_nothing() -> None:
    """Agent a has the login `a-two` now; the work was pushed by `a-bot`, which the plan no longer knows."""
    moved = replace(PLAN, agents=(replace(PLAN.agents[0], login="a-two"), *PLAN.agents[1:]))
    a_two = Actor(login="a-two", level=Level.WRITE)
    found = approval(a_two, world(plan=moved, bot=bot("approve", logins=("a-two",))))
    assert isinstance(found, str)
    assert "somebody else has to approve" in found


def test_who_worked_on_it_before_approves_nothing() -> None:
    """Agent b made a commit of it before the todo went to a; the policy lets b approve."""
    b_too = world(pull(7, makers=("b-bot",)), bot=bot("approve", logins=("b-bot",)))
    found = approval(AGENT_B, b_too)
    assert isinstance(found, str)
    assert "somebody else has to approve" in found
    assert approval(AGENT_B, world(bot=bot("approve", logins=("b-bot",)))) == approved("b-bot", "b")


def test_a_reviewer_that_worked_on_it_approves_nothing() -> None:
    """Even where the policy lets a reviewer count under the login that the work was made under."""
    both = world(pull(7, makers=("a-bot", "r-bot")), bot=rules("reviewer-may"))
    found = approval(REVIEWER, both)
    assert isinstance(found, str)
    assert "somebody else has to approve" in found


NAME = HEAD[:12]
HEADS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str | None]] = {
    "pushed before": ("/approve", {}, {}, None),
    "pushed after": (
        "/approve",
        {},
        {"pushed": NOW + timedelta(seconds=1)},
        f"the head {NAME} was pushed after this was written",
    ),
    "another base than the bot knows": (
        f"/approve {HEAD}",
        {"sha": HEAD},
        {"judged": Judged(base="below")},
        "it is for main now, and was for another base",
    ),
    "said before the bot saw another base": (
        f"/approve {HEAD}",
        {},
        {"judged": Judged(base="main", based=NOW)},
        "it is for main now, and was for another base",
    ),
    "said after the bot saw another base": (
        f"/approve {HEAD}",
        {},
        {"judged": Judged(base="main", based=NOW - timedelta(seconds=1))},
        None,
    ),
    "pushed at once": ("/approve", {}, {"pushed": NOW}, f"the head {NAME} was pushed after this was written"),
    "pushed nobody knows when": ("/approve", {}, {"pushed": None}, "when the head was pushed is not known"),
    "named": (f"/approve {HEAD[:7]}", {}, {"pushed": None}, None),
    "named in capitals": (f"/approve {HEAD[:9].upper()}", {}, {}, None),
    "another named": ("/approve abcdef0123456789", {}, {}, f"the head is {NAME}, not abcdef012345"),
    "reviewed": ("/approve", {"sha": HEAD, "place": Place.REVIEW}, {"pushed": None}, None),
    "another reviewed": (
        "/approve",
        {"sha": "b" * 40, "place": Place.REVIEW},
        {},
        f"the head is {NAME}, not {'b' * 12}",
    ),
    "another reviewed, this named": (f"/approve {HEAD}", {"sha": "b" * 40, "place": Place.REVIEW}, {}, None),
}


@pytest.mark.parametrize(("text", "keys", "facts", "expected"), HEADS.values(), ids=HEADS)
def test_an_approval_is_for_one_head(
    text: str, keys: dict[str, Any], facts: dict[str, Any], expected: str | None
) -> None:
    (one,) = said(text, 7, WRITER, world(pull(7, **facts)), **keys)
    if expected is None:
        # A review may be dismissed, by its id; a comment can't.
        assert one == SetReview(number=7, review=replace(approved("will"), id=100 if "place" in keys else None))
    else:
        assert isinstance(one, Answer)
        assert expected in one.text.replace("`", "")


LEVELS = {
    ("admin", None): Level.ADMIN,
    ("maintain", "write"): Level.MAINTAIN,
    ("triage", "read"): Level.TRIAGE,
    ("Push", None): Level.WRITE,
    ("release-managers", "write"): Level.WRITE,
    ("none", "none"): None,
    ("", "read"): Level.READ,
    (None, None): None,
    ("owner", "everything"): None,
}


@pytest.mark.parametrize(("answer", "expected"), LEVELS.items())
def test_levels(answer: tuple[str | None, str | None], expected: Level | None) -> None:
    assert level(*answer) is expected


def test_every_command_refuses_an_outsider() -> None:
    for command in COMMANDS.values():
        (call,) = parse(command.examples[0])
        assert isinstance(call, Call)
        found = check(command, call, comment("", 7, OUTSIDER), View(WORLD, 7))
        assert isinstance(found, Refused), command.name
        assert found.outsider
