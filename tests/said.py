"""A small repository on GitHub for tests of the bot, and what is said there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from paddock.bot.command import Place
from paddock.bot.decide import decide
from paddock.bot.model import Actor, Comment, Issue, Pull, Snapshot
from paddock.policy.bot import Bot, Level
from plans import PHASES, agent, plan, todo

if TYPE_CHECKING:
    from paddock.bot.actions import Action

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAD = "1f3c5a7" + "0" * 33
MAINTAINER, WRITER, TRIAGER, READER = (
    Actor(login=login, level=level)
    for login, level in (
        ("maya", Level.MAINTAIN),
        ("will", Level.WRITE),
        ("tria", Level.TRIAGE),
        ("rosa", Level.READ),
    )
)
OUTSIDER = Actor(login="otto")
AGENT_A, AGENT_B, REVIEWER = (Actor(login=f"{one}-bot", level=Level.WRITE) for one in "abr")

PLAN = plan(
    phases=PHASES,
    agents=[
        agent("a", login="a-bot", launch="workflow"),
        agent("b", login="b-bot", priority="high"),
        {"id": "r", "role": "reviewer", "login": "r-bot"},
        {"id": "s", "role": "reviewer", "login": "s-bot"},
    ],
    todos=[
        todo("t1", "a", branch="feature/x/00a-t1", reviewer="r"),
        todo("t2", "a"),
        todo("u1", "b", "1"),
    ],
)
ISSUES = (
    Issue(number=1, title="T1", todo="t1", labels=("agent/a", "phase/0", "state/in-review"), assignees=("a-bot",)),
    Issue(number=2, title="T2", todo="t2", labels=("agent/a", "phase/0", "state/open")),
    Issue(number=3, title="U1", todo="u1", labels=("agent/b", "phase/1", "state/open")),
    Issue(number=4, title="A bug", author="otto", labels=("bug",)),
    Issue(
        number=7,
        title="T1 done",
        author="a-bot",
        pull=Pull(head=HEAD, branch="feature/x/00a-t1", base="main", pushed=NOW - timedelta(hours=1), closes=(1,)),
    ),
    Issue(
        number=8,
        title="A fix",
        author="will",
        pull=Pull(head=HEAD, branch="fix", base="main", pushed=NOW - timedelta(hours=1)),
    ),
)
WORLD = Snapshot(me="paddock[bot]", plan=PLAN, issues=ISSUES, gates=("dco", "pr-size"))


def world(*issues: Issue, bot: Bot | None = None, **keys: Any) -> Snapshot:  # noqa: ANN401 - a snapshot's own
    """The small repository with these issues in the place of those of their numbers, or beside them."""
    by_number = {one.number: one for one in (*ISSUES, *issues)}
    return replace(WORLD, issues=tuple(by_number.values()), bot=bot or Bot(), **keys)


def issue(number: int, **keys: Any) -> Issue:  # noqa: ANN401 - an issue's own
    """One of the issues, with something else about it."""
    return replace(WORLD.issue_of[number], **keys)


def pull(number: int, **keys: Any) -> Issue:  # noqa: ANN401 - a pull request's own
    """One of the pull requests, with something else about it."""
    found = WORLD.issue_of[number]
    assert found.pull is not None
    return replace(found, pull=replace(found.pull, **keys))


def comment(text: str, number: int = 1, author: Actor = MAINTAINER, **keys: Any) -> Comment:  # noqa: ANN401 - a comment's own
    """What somebody says."""
    place = Place.PULL if number in (7, 8) else Place.ISSUE
    given: dict[str, Any] = {"id": 100, "place": place, "at": NOW, **keys}
    return Comment(number=number, author=author, text=text, **given)


def said(
    text: str,
    number: int = 1,
    author: Actor = MAINTAINER,
    snapshot: Snapshot = WORLD,
    **keys: Any,  # noqa: ANN401 - a comment's own
) -> tuple[Action, ...]:
    """What follows from it."""
    return decide(comment(text, number, author, **keys), snapshot)
