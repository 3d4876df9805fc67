"""One run of the bot: look, hear what was said, do what follows, judge, and bring the rest to where it should be."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from paddock.bot import memory
from paddock.bot.actions import AddLabel, RemoveLabel, Stick
from paddock.bot.api.errors import LASTING, GitHubError, RefusedError
from paddock.bot.apply import apply
from paddock.bot.command import Place
from paddock.bot.commands import imprint
from paddock.bot.decide import decide, decided, failed
from paddock.bot.heads import heads
from paddock.bot.hearing import heard
from paddock.bot.publish import Publisher
from paddock.bot.reconcile import reconcile
from paddock.bot.seen import Written
from paddock.bot.view import View
from paddock.errors import PaddockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from paddock.bot.actions import Action
    from paddock.bot.decide import Step
    from paddock.bot.gather import Gathered
    from paddock.bot.github import GitHub
    from paddock.bot.hearing import Heard
    from paddock.bot.model import Issue, Snapshot

_TOLD = 5  # failures, and numbers, that a message names


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


class LeftUndoneError(GitHubError):
    """GitHub refused some of what a run wanted, or stopped it; all else is done."""


def run(hub: GitHub, gathered: Gathered, *, base: str, judge: Judge | None = None) -> int:
    """Do it; how many actions that was. Cut off anywhere, the next run does the rest.

    Raises:
        LeftUndoneError: something was not done.
    """
    return _Run(Publisher(hub, gathered, base=base), gathered, judge).go()


class _Run:
    """One run, with what is still to do: whatever is refused stops nothing else, and what was done is remembered."""

    def __init__(self, writer: Publisher, gathered: Gathered, judge: Judge | None) -> None:
        self.writer, self.gathered, self.judge = writer, gathered, judge
        self.words = deque(heard(gathered))
        self.pulled = deque(one.number for one in _to_judge(gathered, gathered.snapshot) if judge is not None)
        self.reconciled = self.again = False
        self.done: list[tuple[Heard, Step]] = []
        self.said: dict[int, dict[str, list[str]]] = {}
        self.count = 0

    def go(self) -> int:
        stopped: PaddockError | None = None
        for step in (self._hear, self._judge, self._reconcile):
            if stopped is None:
                stopped = _tried(step)
        # What was done is remembered in any case; where GitHub wants no more, that is soon told.
        ends = (self.writer.flush, self._remember, self.writer.finish)
        for step in ends if stopped is not None else (*ends, self._tidy):
            stopped = _tried(step) or stopped
        if stopped is not None or self.writer.failed:
            raise self._left(stopped) from stopped
        return self.count

    def _hear(self) -> None:
        while self.words:
            one = self.words[0]
            self.said.setdefault(one.comment.number, {})[one.key] = [*one.said]
            try:
                for step in decided(one.comment, self.writer.snapshot, one.before):
                    self._do(one, step)
                self.writer.answer()
            except PaddockError:
                self.said[one.comment.number].pop(one.key, None)
                raise
            if memory.is_idle(one.comment, self.writer.snapshot):
                self.said[one.comment.number].pop(one.key, None)
            self.words.popleft()
            self.writer.tidy_todos()

    def _do(self, one: Heard, step: Step) -> None:
        """Each fact by itself: of ten todos that are asked for, one that GitHub refuses keeps no other."""
        self.done.append((one, step))
        refused: GitHubError | None = None
        for action in step.actions:
            try:
                self.writer.carry_out((action,))
                self.count += 1
            except LASTING as error:
                refused = error if refused is None or isinstance(refused, RefusedError) else refused
        if refused is not None:
            self._refused(one, step, refused)

    def _refused(self, one: Heard, step: Step, error: GitHubError) -> None:
        """It is told once. What GitHub refuses as it stands is done with; what this token may not, it may later."""
        again = not isinstance(error, RefusedError)
        self.again |= again
        self.writer.failed.append(f"what {one.comment.author.login} said on #{one.comment.number}: {error}")
        self.writer.carry_out((failed(one.comment, step, str(error), again=again),))
        said = self.said.get(one.comment.number, {}).get(one.key, [])
        if again and one.comment.place is Place.REVIEW:  # which is heard whole, or not
            self.said[one.comment.number].pop(one.key, None)
        elif again:
            # Nor is its text known as done, so that it is read again.
            done = (step.said.fingerprint, imprint(one.comment.text))
            said[:] = [known for known in said if known not in done]

    def _judge(self) -> None:
        while self.pulled and self.judge is not None:
            pulled = self.writer.snapshot.issue_of[self.pulled[0]]
            with self.writer.attempt(f"judging #{pulled.number}"):
                self.count += self.writer.carry_out_each(self.judge.judge(self.writer.snapshot, pulled))
            self.pulled.popleft()

    def _reconcile(self) -> None:
        snapshot = self.writer.snapshot
        self.count += self.writer.carry_out_each(_now(self.gathered, snapshot, reconcile(snapshot)))
        self.reconciled = True

    def _remember(self) -> None:
        for one, step in self.done:
            labelled = {action.number for action in step.actions if isinstance(action, AddLabel | RemoveLabel)}
            for number in labelled & self.writer.unlabelled.keys():
                self._refused(one, step, self.writer.unlabelled[number])
            if any(self.writer.waits(number) for number in labelled):
                self.said[one.comment.number].pop(one.key, None)
        self.writer.answer()
        for number, those in self.said.items():
            there = self.writer.written.get(number, Written()).said
            if any(there.get(key) != said for key, said in those.items()):
                self.writer.remember(number, said=those)
        complete = self.reconciled and self.gathered.about is None and not self.again
        if complete and (until := memory.done_until(self.gathered)) is not None:
            self.writer.note_done(until)

    def _tidy(self) -> None:
        if self.gathered.about is None:
            self.writer.tidy_locks()

    def _left(self, stopped: PaddockError | None) -> LeftUndoneError:
        """What was not done, and who does it."""
        refused = [*dict.fromkeys(self.writer.failed)]
        more = f"; and {len(refused) - _TOLD} more" if len(refused) > _TOLD else ""
        parts = [f"not done: {'; '.join(refused[:_TOLD])}{more}"] if refused else []
        if stopped is not None:
            parts.insert(0, str(stopped))
            numbers = dict.fromkeys(one.comment.number for one in self.words)
            left = [f"what was said on {_numbers(numbers)}"] if numbers else []
            left += [f"judging {_numbers(self.pulled)}"] if self.pulled else []
            left += ["what follows for the todos"] if not self.reconciled else []
            parts += [f"left for the next run: {', '.join(left)}"] if left else []
        hint = (
            "the next run does what is left, the sweep at the latest; a command that GitHub refused as it stands was"
            " answered, and is not tried again"
        )
        hints = [stopped.hint] if stopped is not None and stopped.hint else []
        return LeftUndoneError("; ".join(parts), hint="\n".join([*hints, hint]))


def _numbers(some: Iterable[int]) -> str:
    numbers = [*some]
    more = f" and {len(numbers) - _TOLD} more" if len(numbers) > _TOLD else ""
    return ", ".join(f"#{one}" for one in numbers[:_TOLD]) + more


def _tried(step: Callable[[], None]) -> PaddockError | None:
    try:
        step()
    except PaddockError as error:
        return error
    return None


def _now(gathered: Gathered, snapshot: Snapshot, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """How far the whole is changes with most events, and is written by the sweep alone."""
    if gathered.about is None:
        return actions
    boards = {one.number for one in snapshot.issues if one.board}
    return tuple(one for one in actions if not (isinstance(one, Stick) and one.number in boards))


def _to_judge(gathered: Gathered, snapshot: Snapshot) -> Iterator[Issue]:
    """The open pull requests with the head of the one that an event is about, or with its last; all where it has none.

    One that was closed, or has another head now, no longer speaks for those that had the same.
    """
    pulled = View(snapshot, gathered.about).pulled if gathered.about is not None else None
    before = gathered.written.get(pulled.number) if pulled is not None else None
    about = {pulled.pull.head if pulled is not None and pulled.pull is not None else ""}
    about |= {before.judged.head} if before is not None else set()
    for sha, some in heads(snapshot).items():
        if gathered.about is None or sha in about:
            yield from (one for one, _ in some)
