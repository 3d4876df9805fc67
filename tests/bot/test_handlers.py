"""What each command wants changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from paddock.bot.actions import (
    Action,
    AddLabel,
    Answer,
    AskReview,
    Assign,
    Block,
    Close,
    CreateTodo,
    Launch,
    Mark,
    Recheck,
    RemoveLabel,
    Reopen,
    SetOverride,
    SetReview,
    Show,
    Unassign,
    Unblock,
)  # fmt: skip
from paddock.bot.command import Place
from paddock.bot.model import Decided, Issue, Pull, Review
from paddock.bot.table import COMMANDS
from paddock.model import Override
from paddock.policy.bot import Bot
from said import AGENT_A, HEAD, REVIEWER, WORLD, issue, pull, said, world

if TYPE_CHECKING:
    from paddock.bot.model import Actor, Snapshot

Wanted = tuple[Action, ...]


def add(number: int, *labels: str) -> Wanted:
    return tuple(AddLabel(number=number, label=label) for label in labels)


def remove(number: int, *labels: str) -> Wanted:
    return tuple(RemoveLabel(number=number, label=label) for label in labels)


GOOD = Review(by="r-bot", verdict=Decided.APPROVED, sha=HEAD, agent="r", base="main")
SHUT = world(issue(1, closed=True))
BARE = issue(1, labels=(), assignees=())
OWNED = issue(4, paths=("src/b/x.py",))
DONE = {one.number: replace(one, closed=True) for one in WORLD.issues}
FREE = issue(1, labels=("agent/a", "phase/0", "state/done"), closed=True)

CHANGES: dict[str, tuple[str, int, Snapshot, Wanted]] = {
    # assign
    "assign, so already": ("/assign a", 1, WORLD, ()),
    "assign from its pull request": (
        "/assign a",
        7,
        world(BARE),
        (*add(1, "agent/a"), Assign(number=1, login="a-bot"), *add(1, "state/open")),
    ),
    "assign by the plan": (
        "/assign",
        1,
        world(BARE),
        (*add(1, "agent/a"), Assign(number=1, login="a-bot"), *add(1, "state/open")),
    ),
    "assign by paths": (
        "/assign",
        4,
        world(OWNED),
        (*add(4, "agent/b"), Assign(number=4, login="b-bot"), *add(4, "state/open", "phase/0")),
    ),
    "assign what is in no plan": (
        "/assign @a-bot",
        4,
        WORLD,
        (*add(4, "agent/a"), Assign(number=4, login="a-bot"), *add(4, "state/open", "phase/0")),
    ),
    "assign, with labels set by hand": (
        "/assign a",
        2,
        world(issue(2, labels=("Agent/A", "phase/0", "state/open"), assignees=("will",))),
        (Assign(number=2, login="a-bot"),),
    ),
    # reassign, unassign
    "reassign": (
        "/reassign b",
        1,
        WORLD,
        (
            *remove(1, "agent/a"),
            *add(1, "agent/b"),
            Unassign(number=1, login="a-bot"),
            Assign(number=1, login="b-bot"),
            *remove(1, "state/in-review"),
            *add(1, "state/open"),
        ),
    ),
    "reassign leaves people": (
        "/reassign b",
        1,
        world(issue(1, assignees=("will", "B-bot"))),
        (*remove(1, "agent/a"), *add(1, "agent/b"), *remove(1, "state/in-review"), *add(1, "state/open")),
    ),
    "reassign leaves people under whom agents run": (
        "/reassign b",
        2,
        world(issue(2, assignees=("A-bot", "b-bot")), bot=Bot(people=("a-BOT",))),
        (*remove(2, "agent/a"), *add(2, "agent/b")),
    ),
    "unassign": (
        "/unassign",
        1,
        WORLD,
        (
            *remove(1, "agent/a"),
            Unassign(number=1, login="a-bot"),
            *remove(1, "state/in-review"),
            *add(1, "state/open"),
        ),
    ),
    "unassign keeps a hold": (
        "/unassign",
        2,
        world(issue(2, labels=("agent/a", "state/held", "state/open"))),
        remove(2, "agent/a"),
    ),
    # next
    "next, where it has room": ("/next a", 4, world(FREE), (*remove(2, "state/open"), *add(2, "state/in-progress"))),
    "next, of the todo's agent": ("/next", 1, world(FREE), (*remove(2, "state/open"), *add(2, "state/in-progress"))),
    "next by priority": (
        "/next a",
        1,
        world(FREE, issue(4, labels=("agent/a", "phase/0", "priority/critical"))),
        add(4, "state/in-progress"),
    ),
    "next in another agent's hands": (
        "/next b",
        1,
        world(FREE, issue(2, labels=("agent/b", "phase/0", "state/open"))),
        (*remove(2, "state/open"), *add(2, "state/in-progress")),
    ),
    # todo
    "todo": (
        "/todo  Cover  it",
        7,
        WORLD,
        (
            CreateTodo(
                number=1, key="todo:100:*", text="Cover it", by="maya", comment=100, line=1, agent="a", phase="0"
            ),
        ),
    ),
    "todo on what is nobody's": (
        "\n/todo x",
        4,
        WORLD,
        (CreateTodo(number=4, key="todo:100:*", text="x", by="maya", comment=100, line=2),),
    ),
    # done, reopen
    "done": (
        "/done",
        1,
        WORLD,
        (
            *remove(1, "state/in-review"),
            *add(1, "state/done"),
            Close(number=1),
            Mark(number=1, key=f"again:{HEAD}:*"),
            Mark(number=1, key=f"again:{HEAD}:*"),
        ),
    ),
    "done without a pull request": (
        "/done",
        2,
        WORLD,
        (*remove(2, "state/open"), *add(2, "state/done"), Close(number=2)),
    ),
    "done already": ("/done", 1, SHUT, ()),
    "reopen": ("/reopen", 1, SHUT, (Reopen(number=1), *remove(1, "state/in-review"), *add(1, "state/open"))),
    "reopen what is open": ("/reopen", 1, WORLD, ()),
    # block, hold
    "block": ("/block #2", 1, WORLD, (Block(number=1, on=2),)),
    "block on a pull request's todo": ("/block #2", 7, WORLD, (Block(number=1, on=2),)),
    "blocked already": ("/block #2", 1, world(issue(1, blocked_by=(2,), told=(2,))), ()),
    "no circle through what is closed": (
        "/block #2",
        1,
        world(issue(2, blocked_by=(1,), closed=True)),
        (Block(number=1, on=2),),
    ),
    "unblock": (
        "/unblock",
        1,
        world(issue(1, blocked_by=(2, 3), labels=("state/blocked",))),
        (Unblock(number=1, on=2), Unblock(number=1, on=3), *remove(1, "state/blocked")),
    ),
    "unblock one": ("/unblock #3", 1, world(issue(1, blocked_by=(2, 3))), (Unblock(number=1, on=3),)),
    "unblock what does not block": ("/unblock #4", 1, world(issue(1, blocked_by=(2, 3))), ()),
    "hold": ("/hold", 1, WORLD, add(1, "state/held")),
    "hold a pull request's todo": ("/hold", 7, WORLD, add(1, "state/held")),
    "hold a pull request without one": ("/hold", 8, WORLD, add(8, "state/held")),
    "held already": ("/hold", 1, world(issue(1, labels=("State/Held",))), ()),
    "unhold": ("/unhold", 1, world(issue(1, labels=("state/held", "state/open"))), remove(1, "state/held")),
    # priority, phase
    "priority": (
        "/priority low",
        1,
        world(issue(1, labels=("priority/high", "Priority/critical"))),
        (*remove(1, "priority/high", "Priority/critical"), *add(1, "priority/low")),
    ),
    "phase": ("/phase 1", 1, WORLD, (*remove(1, "phase/0"), *add(1, "phase/1"))),
    # review
    "review": (
        "/review",
        1,
        world(issue(1, labels=("state/in-progress",), reviewer="s")),
        (AskReview(number=1, reviewer=None), *remove(1, "state/in-progress"), *add(1, "state/in-review")),
    ),
    "review by an agent": ("/review S", 7, WORLD, (AskReview(number=1, reviewer="s"),)),
    "review by an agent's login": ("/review @s-bot", 7, WORLD, (AskReview(number=1, reviewer="s"),)),
    "review by a person": ("/review @ada", 7, WORLD, (AskReview(number=1, reviewer="@ada"),)),
    "asked already": ("/review s", 7, world(issue(1, reviewer="s")), ()),
    # approve
    "approve": (
        "/lgtm",
        7,
        WORLD,
        (SetReview(number=7, review=Review(by="maya", verdict=Decided.APPROVED, sha=HEAD, base="main")),),
    ),
    "approved already": (
        "/approve",
        7,
        world(pull(7, reviews=(Review(by="maya", verdict=Decided.APPROVED, sha=HEAD, base="main"),))),
        (),
    ),
    "approved another head": (
        "/approve",
        7,
        world(pull(7, reviews=(Review(by="maya", verdict=Decided.APPROVED, sha="b" * 40, base="main"),))),
        (SetReview(number=7, review=Review(by="maya", verdict=Decided.APPROVED, sha=HEAD, base="main")),),
    ),
    "approved for another base": (
        "/approve",
        7,
        world(pull(7, reviews=(Review(by="maya", verdict=Decided.APPROVED, sha=HEAD, base="other"),))),
        (SetReview(number=7, review=Review(by="maya", verdict=Decided.APPROVED, sha=HEAD, base="main")),),
    ),
    # the rest
    "recheck": ("/recheck", 7, WORLD, (Recheck(number=7, sha=HEAD, key=f"recheck:100:*:{HEAD}"),)),
    "override": (
        "/override pr-size It is a table",
        7,
        WORLD,
        (SetOverride(number=7, override=Override("pr-size", "maya", "It is a table")),),
    ),
    "overridden already": ("/override dco x", 7, world(pull(7, overrides=(Override("dco", "maya", "x"),))), ()),
    "launch": (
        "/launch",
        2,
        WORLD,
        (*remove(2, "state/open"), *add(2, "state/in-progress"), Launch(number=2, agent="a", key="launch:100:*")),
    ),
    "launch once more": ("/launch", 1, WORLD, (Launch(number=1, agent="a", key="launch:100:*"),)),
    "status": ("/status", 7, WORLD, (Show(number=7, what="status", key="status:100:*"),)),
    "plan": ("/plan", 4, WORLD, (Show(number=4, what="plan", key="plan:100:*"),)),
    "help": ("/help", 4, WORLD, (Show(number=4, what="help", key="help:100:*"),)),
    "help on one": ("/help lgtm", 4, WORLD, (Show(number=4, what="help", key="help:100:*", about="lgtm"),)),
}


def shortened(action: Action) -> Action:
    """An action whose key does not tell the fingerprint, which other tests hold."""
    key = getattr(action, "key", None)
    if key is None or isinstance(action, Answer):
        return action
    first, comment, *rest = key.split(":")
    return replace(action, key=":".join((first, comment, "*", *rest[1:])))


@pytest.mark.parametrize(("text", "number", "snapshot", "wanted"), CHANGES.values(), ids=CHANGES)
def test_changes(text: str, number: int, snapshot: Snapshot, wanted: Wanted) -> None:
    assert tuple(map(shortened, said(text, number, snapshot=snapshot))) == wanted


def test_each_command_changes_something_here() -> None:
    names = {text.split()[0].removeprefix("/") for text, _, _, wanted in CHANGES.values() if wanted}
    assert names | {"request-changes", "approve"} >= set(COMMANDS)


NO_TODO = "#8 closes no todo. → say it on the todo's issue, or write Closes #N into #8"
REFUSED: dict[str, tuple[str, int, Snapshot, str]] = {
    "assign an unknown agent": ("/assign agent-1", 2, WORLD, "the plan has no agent agent-1. → there are: a, b, r, s"),
    "assign nearly an agent": (
        "/assign agent-1",
        2,
        world(plan=replace(WORLD.plan, agents=(replace(WORLD.plan.agents[0], id="agent-11"),))),
        "the plan has no agent agent-1. → did you mean agent-11?",
    ),
    "assign an unknown login": ("/assign @x", 2, WORLD, "the plan has no agent @x. → there are: a, b, r, s"),
    "assign a login of several": (
        "/assign @x",
        2,
        world(plan=replace(WORLD.plan, agents=tuple(replace(one, login="X") for one in WORLD.plan.agents))),
        "@x is the account of a, b, r, s. → name one of them by its id",
    ),
    "assign a reviewer": ("/assign r", 2, WORLD, "r is a reviewer. → let it review: /review r"),
    "assign what another has": ("/assign b", 1, WORLD, "#1 is a's. → hand it on: /reassign b"),
    "assign what is closed": ("/assign a", 1, SHUT, "#1 is closed. → first: /reopen"),
    "assign without paths": ("/assign", 4, WORLD, "it names no path that an agent owns. → say who: /assign AGENT"),
    "assign paths of nobody": (
        "/assign",
        4,
        world(issue(4, paths=("x", "y"))),
        "nobody owns the 2 paths it names. → say who: /assign AGENT",
    ),
    "assign paths of two": (
        "/assign",
        4,
        world(issue(4, paths=("src/b/x", "src/a/x"))),
        "b, a own paths of it. → say who: /assign AGENT",
    ),
    "reassign to a reviewer": ("/reassign r", 1, WORLD, "r is a reviewer. → let it review: /review r"),
    "reassign what is closed": ("/reassign b", 1, SHUT, "#1 is closed. → first: /reopen"),
    "unassign what is closed": ("/unassign", 1, SHUT, "#1 is closed. → first: /reopen"),
    "next with full hands": (
        "/next a",
        1,
        WORLD,
        "a can start nothing: it has t1 in hand, of 1 that it may hold at once.",
    ),
    "next before its phase": (
        "/next b",
        1,
        WORLD,
        "b can start nothing: u1 is of phase 1, and 2 todos of phase 0 are left: t1, t2.",
    ),
    "next with nothing left": (
        "/next a",
        1,
        world(*(replace(one, closed=True) for one in WORLD.issues if one.todo)),
        "a can start nothing: nothing is left for it.",
    ),
    "next that is not published": (
        "/next a",
        1,
        replace(WORLD, issues=(FREE,)),
        "a can start nothing: t2 is not published yet (paddock plan publish).",
    ),
    "next of what is held": (
        "/next a",
        1,
        world(FREE, issue(2, labels=("agent/a", "phase/0", "state/open", "state/held"))),
        "a can start nothing: t2 is held.",
    ),
    "next of nobody": ("/next", 4, WORLD, "#4 is nobody's. → say for whom: /next AGENT"),
    "next of none": ("/next x", 4, WORLD, "the plan has no agent x. → there are: a, b, r, s"),
    "done on a pull request without a todo": ("/done", 8, WORLD, NO_TODO),
    "reopen a pull request": ("/reopen", 8, WORLD, NO_TODO),
    "reopen what is approved": (
        "/reopen",
        1,
        world(issue(1, closed=True), pull(7, reviews=(GOOD,))),
        "#7 is approved, by which #1 is done. → on #7: /request-changes",
    ),
    "approve what nobody can list": (
        "/approve",
        7,
        world(pull(7, unlisted=True)),
        (
            "#7 has more commits than GitHub lists, so that who made them is not known."
            " → make it smaller: paddock split, or squash them"
        ),
    ),
    "assign a pull request without a todo": ("/assign b", 8, WORLD, NO_TODO),
    "reassign one": ("/reassign b", 8, WORLD, NO_TODO),
    "unassign one": ("/unassign", 8, WORLD, NO_TODO),
    "launch one": ("/launch", 8, WORLD, NO_TODO),
    "block itself": ("/block #1", 7, WORLD, "#1 can't wait for itself."),
    "block on nothing": ("/block #55", 1, WORLD, "there is no issue #55."),
    "block in a circle": (
        "/block #2",
        1,
        world(issue(2, blocked_by=(3,)), issue(3, blocked_by=(1,))),
        "#2 waits for #1 already. → first, on #2: /unblock #1",
    ),
    "unblock what another repository's issue blocks": (
        "/unblock",
        1,
        world(issue(1, elsewhere=("octo/barn#7",))),
        "#1 waits for octo/barn#7. → that is another repository's: take it away on the issue",
    ),
    "an unknown phase": ("/phase 3", 1, WORLD, "the plan has no phase 3. → there are: 0, 1"),
    "review of nothing": ("/review", 2, WORLD, "#2 has no open pull request."),
    "review by a worker": ("/review b", 7, WORLD, "b is no reviewer."),
    "review by its author": ("/review @will", 8, WORLD, "#8 is @will's own work."),
    "review of what is closed": ("/review", 1, SHUT, "#1 is closed. → first: /reopen"),
    "approve what is merged": ("/approve", 7, world(replace(pull(7, merged=True), closed=True)), "#7 is merged."),
    "approve what is closed": ("/approve", 7, world(issue(7, closed=True)), "#7 is closed."),
    "changes of what is merged": (
        "/request-changes x",
        7,
        world(replace(pull(7, merged=True), closed=True)),
        "#7 is merged.",
    ),
    "override an unknown gate": ("/override pr-sise x", 7, WORLD, "there is no gate pr-sise. → did you mean pr-size?"),
    "launch what is nobody's": ("/launch", 4, WORLD, "#4 is nobody's. → first: /assign AGENT"),
    "launch without a way": (
        "/launch",
        3,
        WORLD,
        "the plan does not say how b is started. → give it launch: in the plan",
    ),
    "launch what is held": (
        "/launch",
        2,
        world(issue(2, labels=("agent/a", "state/held"))),
        "#2 is held. → first: /unhold",
    ),
    "launch what is blocked": ("/launch", 2, world(issue(2, blocked_by=(1,))), "#2 is blocked. → first: /unblock"),
    "launch what is closed": ("/launch", 1, SHUT, "#1 is closed. → first: /reopen"),
}


@pytest.mark.parametrize(("text", "number", "snapshot", "expected"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, number: int, snapshot: Snapshot, expected: str) -> None:
    (answer,) = said(text, number, snapshot=snapshot)
    assert isinstance(answer, Answer)
    assert answer.text.replace("`", "") == f"@maya, {text.split(maxsplit=1)[0]}: {expected}"


def test_changes_requested_are_todos_of_the_same_agent() -> None:
    text = "Close, but:\n\n/request-changes\n- Close the file\n- Test it\n"
    review = Review(by="r-bot", verdict=Decided.CHANGES_REQUESTED, sha="c" * 40, agent="r", id=100, base="main")
    first, *changes, gone, state = said(text, 7, REVIEWER, sha="c" * 40, place=Place.REVIEW)
    assert first == SetReview(number=7, review=review)
    assert [
        (one.text, one.line, one.agent, one.phase, one.number, one.is_change)
        for one in changes
        if isinstance(one, CreateTodo)
    ] == [
        ("Close the file", 4, "a", "0", 1, True),
        ("Test it", 5, "a", "0", 1, True),
    ]
    assert (gone, state) == (*remove(1, "state/in-review"), *add(1, "state/changes-requested"))


def test_changes_of_a_pull_request_without_a_todo() -> None:
    review, change = said("/request-changes x", 8)
    assert review == SetReview(
        number=8, review=Review(by="maya", verdict=Decided.CHANGES_REQUESTED, sha=HEAD, base="main")
    )
    assert isinstance(change, CreateTodo)
    assert (change.number, change.agent) == (8, None)


def test_a_change_that_stays_in_an_edited_list_keeps_its_key() -> None:
    def made(text: str) -> list[str]:
        return [one.key for one in said(text, 7) if isinstance(one, CreateTodo)]

    assert made("/request-changes\n- a\n- b")[0] == made("x\n\n/request-changes\n- a\n- c")[0]
    assert len(set(made("/request-changes\n- a\n- b\n- a"))) == 2


NEXT_OF: dict[str, tuple[Actor, str]] = {"an agent's own": (AGENT_A, "/next"), "by name": (AGENT_A, "/next a")}


@pytest.mark.parametrize(("actor", "text"), NEXT_OF.values(), ids=NEXT_OF)
def test_an_agent_takes_its_next_from_wherever_it_stands(actor: Actor, text: str) -> None:
    assert said(text, 3, actor, world(FREE)) == (*remove(2, "state/open"), *add(2, "state/in-progress"))


def test_a_login_of_two_agents_says_which() -> None:
    both = world(plan=replace(WORLD.plan, agents=tuple(replace(one, login="a-bot") for one in WORLD.plan.agents)))
    (answer,) = said("/next", 1, AGENT_A, both)
    assert isinstance(answer, Answer)
    assert "a, b, r, s" in answer.text.replace("`", "")


def test_a_pull_requests_todo() -> None:
    """By what it closes, else by its branch; one that is closed again does not count."""
    by_branch = world(pull(7, closes=()))
    assert said("/hold", 7, snapshot=by_branch) == add(1, "state/held")
    closes_another = world(pull(7, closes=(4, 2)))
    assert said("/hold", 7, snapshot=closes_another) == add(2, "state/held")
    shut = world(issue(7, closed=True), Issue(number=9, pull=Pull(head="d" * 40, branch="x", base="main", closes=(1,))))
    (asked,) = said("/review s", 1, snapshot=shut)
    assert asked == AskReview(number=1, reviewer="s")
