"""From what GitHub says now to what must change: the loop, one pass of it. Pure.

Each step is judged by what the steps before it leave, so a second pass over the outcome finds nothing to do. A todo
moves by what is there (a pull request, a review, the gates' verdict, a label set by hand), never by what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.bot import labels, steps, tell
from paddock.bot.actions import AskReview, Close, Launch, Reopen, Stick
from paddock.bot.apply import apply
from paddock.bot.leases import lapses, leases
from paddock.bot.model import Decided
from paddock.bot.proposals import pulls
from paddock.bot.reviewing import freest, load
from paddock.bot.train import order
from paddock.bot.work import work
from paddock.plan.model import Agent
from paddock.plan.model import Launch as PlanLaunch
from paddock.plan.schedule import FINISHED, TAKEN, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.actions import Action
    from paddock.bot.model import Issue, Pull, Snapshot
    from paddock.bot.work import Work

_FLAGGED = frozenset({State.HELD, State.BLOCKED})


def reconcile(snapshot: Snapshot) -> tuple[Action, ...]:
    """All that must change, in an order in which it may be cut off anywhere."""
    actions: list[Action] = []
    for step in (_labels, _moved, leases, _handed_out, _reviews, _briefs, order, _shown, _closing):
        wanted = tuple(step(snapshot))
        snapshot = apply(snapshot, wanted)
        actions += wanted
    return tuple(actions)


def settled(pull: Pull, approvals: int = 1) -> Decided | None:
    """What the reviews of a pull request come to for its head; None where somebody has yet to look at it.

    A request for changes outlives a push, and is ended by whoever made it; an approval does not, nor another base.

    Args:
        pull: with the last review of each login.
        approvals: how many of the head are needed.
    """
    asked = [one for one in pull.reviews if one.verdict is Decided.CHANGES_REQUESTED]
    if asked:
        return Decided.CHANGES_REQUESTED if any(one.sha == pull.head for one in asked) else None
    return Decided.APPROVED if sum(map(pull.is_approval, pull.reviews)) >= approvals else None


def _todos(snapshot: Snapshot) -> Iterator[tuple[Issue, State]]:
    return ((one, snapshot.state(one)) for one in snapshot.issues if snapshot.is_todo(one))


def _root(snapshot: Snapshot, issue: Issue) -> Issue | None:
    """Of a requested change the todo on whose branch it is made, with which it stands and falls."""
    found, here = None, issue
    # A change was asked for after its todo was made: whatever a text claims, this goes in no circle.
    while here.parent is not None and here.parent < here.number:
        parent = snapshot.issue_of.get(here.parent)
        if parent is None or not snapshot.is_todo(parent):
            break
        found = here = parent
    return found


def _labels(snapshot: Snapshot) -> Iterator[Action]:
    """What was closed or opened by hand, or by a merge, has the label of what it is."""
    for issue, state in _todos(snapshot):
        progress = labels.progress(issue.labels)
        wanted = labels.label(labels.STATE, state)
        alone = progress is state and not labels.others(issue.labels, labels.STATE, wanted)
        if (state in FINISHED or progress in FINISHED or progress is None) and not alone:
            yield from steps.label(issue, labels.STATE, State.OPEN if state in _FLAGGED else state)


def _moved(snapshot: Snapshot) -> Iterator[Action]:
    """Todos go on, until none does: what is closed may have kept another."""
    for _ in snapshot.issues:
        judged = tuple(_judged(snapshot))
        snapshot = apply(snapshot, judged)
        finished = tuple(_finished_changes(snapshot))
        snapshot = apply(snapshot, finished)
        yield from (*judged, *finished)
        if not judged and not finished:
            return


def _judged(snapshot: Snapshot) -> Iterator[Action]:
    """A todo goes where its pull request is: to review, back, or to its end."""
    for number, pulled in pulls(snapshot).items():
        issue = snapshot.issue_of[number]
        state, pull = snapshot.state(issue), pulled.pull
        if pull is None or pull.draft or state in _FLAGGED or state is State.DROPPED:
            continue
        judged = settled(pull, snapshot.approvals)
        if state is State.DONE:
            yield from _again(snapshot, issue, pulled, judged)
            continue
        if judged is Decided.APPROVED and (pull.green or not snapshot.gates):
            yield from steps.label(issue, labels.STATE, State.DONE)
            yield Close(number=number)
            continue
        wanted = State.CHANGES_REQUESTED if judged is Decided.CHANGES_REQUESTED else State.IN_REVIEW
        yield from steps.label(issue, labels.STATE, wanted)


def _again(snapshot: Snapshot, issue: Issue, pulled: Issue, judged: Decided | None) -> Iterator[Action]:
    """A todo that was done is not, once its pull request moved on from what was approved, or a change was asked for.

    Said once for each head: somebody's `/done` after that is the last word.
    """
    pull = pulled.pull
    fell = pull is not None and any(one.verdict is Decided.APPROVED for one in pull.reviews)
    if pull is None or judged is Decided.APPROVED or (judged is None and not fell):
        return
    key = steps.again(pull.head, judged)
    held = snapshot.state(structs.replace(issue, closed=False)) in _FLAGGED
    if key in issue.marks or held:
        return
    yield Reopen(number=issue.number)
    state = State.CHANGES_REQUESTED if judged is Decided.CHANGES_REQUESTED else State.IN_REVIEW
    yield from steps.label(issue, labels.STATE, state)
    yield from steps.told(issue, key, tell.again(issue, pulled))


def _finished_changes(snapshot: Snapshot) -> Iterator[Action]:
    """A requested change is done with the todo that it was asked of."""
    for issue, state in _todos(snapshot):
        root = _root(snapshot, issue) if state not in FINISHED else None
        if root is not None and (end := snapshot.state(root)) in FINISHED:
            yield from steps.label(issue, labels.STATE, end)
            yield Close(number=issue.number)


def _handed_out(snapshot: Snapshot) -> Iterator[Action]:
    """Each agent with room takes the next of its todos that are ready."""
    now = work(snapshot)
    held: dict[str, int] = {}
    for todo in now.plan.todos:
        if now.states[todo.id] in TAKEN:
            held[todo.agent] = held.get(todo.agent, 0) + 1
    for agent, ready in now.ready().items():
        room = snapshot.plan.agent_of[agent].at_once - held.get(agent, 0)
        free = (one for one in ready if _root(snapshot, one) is None)
        for issue, _ in zip(free, range(room), strict=False):
            yield from steps.give(snapshot, issue, snapshot.plan.agent_of[agent])
            yield from steps.label(issue, labels.STATE, State.IN_PROGRESS)


def _reviews(snapshot: Snapshot) -> Iterator[Action]:
    """A todo in review that nobody was asked to review goes to the plan's reviewer with the fewest."""
    asked, open_ = load(snapshot), pulls(snapshot)
    for issue, state in _todos(snapshot):
        pull = open_[issue.number].pull if issue.number in open_ else None
        if state is not State.IN_REVIEW or issue.reviewer is not None or pull is None or pull.green is False:
            continue
        if (chosen := freest(snapshot, issue, asked)) is not None:
            asked[chosen.id] = asked.get(chosen.id, 0) + 1
            yield AskReview(number=issue.number, reviewer=chosen.id)


def _briefs(snapshot: Snapshot) -> Iterator[Action]:
    """Who has something to do is told so and started, once a turn."""
    open_ = pulls(snapshot)
    changes: dict[int, list[Issue]] = {}
    for one in snapshot.issues:
        if one.parent is not None and not one.closed:
            changes.setdefault(one.parent, []).append(one)
    for issue, state in _todos(snapshot):
        turn = _turn(snapshot, issue, state, open_.get(issue.number), changes.get(issue.number, []))
        if turn is not None:
            yield from steps.told(issue, turn.key, turn.text, turn=True)
            agent, key = turn.agent, f"launch:{turn.key}"
            if agent is not None and agent.launch is not PlanLaunch.NONE and key not in issue.marks:
                yield Launch(number=issue.number, agent=agent.id, key=key)


class _Turn(Struct, frozen=True):
    """Whose it is to do something, and what they are told."""

    key: str
    text: str
    agent: Agent | None


def _turn(snapshot: Snapshot, issue: Issue, state: State, pulled: Issue | None, changes: list[Issue]) -> _Turn | None:
    agent = snapshot.agent(issue)
    if state is State.IN_PROGRESS and agent is not None:
        # One that lost its lease and is given the todo again is told again.
        return _Turn(f"brief:{agent.id}:{lapses(issue, agent)}", tell.brief(snapshot, issue, agent), agent)
    if pulled is None or pulled.pull is None:
        return None
    head = pulled.pull.head
    if state is State.CHANGES_REQUESTED and agent is not None:
        key = f"changes:{agent.id}:{head}:{lapses(issue, agent)}"
        return _Turn(key, tell.changes(issue, pulled, agent, changes), agent)
    if state is State.IN_REVIEW and pulled.pull.green is False:
        return _Turn(f"red:{agent.id}:{head}", tell.red(issue, pulled, agent), agent) if agent is not None else None
    if state is State.IN_REVIEW and issue.reviewer is not None:
        reviewer = snapshot.plan.agent_of.get(issue.reviewer)
        text = tell.review(snapshot, issue, pulled, issue.reviewer)
        # Once more after the first time, and then a person has to say who.
        again = ":1" if reviewer is not None and lapses(issue, reviewer) else ""
        return _Turn(f"review:{issue.reviewer}:{head}{again}", text, reviewer)
    return None


def _shown(snapshot: Snapshot) -> Iterator[Action]:
    """Each todo that anything has happened to has one comment that tells how it stands."""
    now, open_ = work(snapshot), pulls(snapshot)
    for issue, state in _todos(snapshot):
        untouched = labels.progress(issue.labels) is State.OPEN and labels.flag(issue.labels) is None
        if untouched and state is State.OPEN and issue.sticky is None:
            continue
        text = tell.standing(snapshot, issue, state, open_.get(issue.number))
        if text != issue.sticky:
            yield Stick(number=issue.number, text=text)
    for board in (one for one in snapshot.issues if one.board):
        text = tell.progress(now)
        if text != board.sticky:
            yield Stick(number=board.number, text=text)


def _closing(snapshot: Snapshot) -> Iterator[Action]:
    """When nothing is left, that is said, once for the same todos."""
    board = next((one for one in snapshot.issues if one.board), None)
    now: Work = work(snapshot)
    if board is None or not now.states or any(state not in FINISHED for state in now.states.values()):
        return
    yield from steps.told(board, f"closing:{tell.digest(sorted(now.states))}", tell.closing(snapshot, now))
