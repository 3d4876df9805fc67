"""One run of the bot: look, hear what was said, do what follows, judge, and bring the rest to where it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from paddock.bot import memory
from paddock.bot.actions import Stick
from paddock.bot.apply import apply
from paddock.bot.decide import decide
from paddock.bot.gather import heard
from paddock.bot.model import View
from paddock.bot.publish import Publisher
from paddock.bot.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.actions import Action
    from paddock.bot.gather import Gathered
    from paddock.bot.github import GitHub
    from paddock.bot.model import Issue, Snapshot


class Judge(Protocol):
    """Whoever has the gates judge a pull request."""

    def judge(self, snapshot: Snapshot, pulled: Issue) -> tuple[Action, ...]:
        """What is to be said of its head; nothing where all that decides is as it was."""


def plan(gathered: Gathered, judge: Judge | None = None) -> tuple[Action, ...]:
    """What a run would do, without the todos that it would make first."""
    snapshot: Snapshot = gathered.snapshot
    actions: list[Action] = []
    for one in heard(gathered):
        wanted = decide(one.comment, snapshot, one.before)
        snapshot = apply(snapshot, wanted)
        actions += wanted
    for pulled in _to_judge(gathered, snapshot) if judge is not None else ():
        wanted = judge.judge(snapshot, pulled) if judge is not None else ()
        snapshot = apply(snapshot, wanted)
        actions += wanted
    return (*actions, *_now(gathered, snapshot, reconcile(snapshot)))


def run(hub: GitHub, gathered: Gathered, *, base: str, judge: Judge | None = None) -> int:
    """Do it; how many actions that was. Cut off anywhere, the next run does the rest."""
    writer = Publisher(hub, gathered, base=base)
    count = 0
    said: dict[int, dict[str, list[str]]] = {}
    for one in heard(gathered):
        wanted = decide(one.comment, writer.snapshot, one.before)
        writer.carry_out(wanted)
        count += len(wanted)
        if not memory.is_idle(one.comment, writer.snapshot):
            said.setdefault(one.comment.number, {})[one.key] = [*one.said]
    if judge is not None:
        for pulled in _to_judge(gathered, writer.snapshot):
            wanted = judge.judge(writer.snapshot, pulled)
            writer.carry_out(wanted)
            count += len(wanted)
    wanted = _now(gathered, writer.snapshot, reconcile(writer.snapshot))
    writer.carry_out(wanted)
    for number, those in said.items():
        writer.remember(number, said=those)
    if gathered.about is None and (until := memory.done_until(gathered)) is not None:
        writer.settle(until)
    writer.finish()
    if gathered.about is None:
        writer.tidy_locks()
    return count + len(wanted)


def _now(gathered: Gathered, snapshot: Snapshot, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """How far the whole is changes with most events, and is written by the sweep alone."""
    if gathered.about is None:
        return actions
    boards = {one.number for one in snapshot.issues if one.board}
    return tuple(one for one in actions if not (isinstance(one, Stick) and one.number in boards))


def _to_judge(gathered: Gathered, snapshot: Snapshot) -> Iterator[Issue]:
    """The open pull requests that an event is about; all where it is about none."""
    pulled = View(snapshot, gathered.about).pulled if gathered.about is not None else None
    for one in snapshot.issues:
        wanted = gathered.about is None or (pulled is not None and pulled.number == one.number)
        if wanted and one.pull is not None and not one.closed:
            yield one
