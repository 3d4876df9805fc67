"""What must merge before a pull request: the check `paddock/order`. Pure.

A pull request stands where the todos stand that it is for, and where its branch does. That it claims to be for a todo
makes only itself wait, whoever wrote it; others wait for those that `proposals` counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import labels, tell
from paddock.bot.actions import ORDER, Check
from paddock.bot.heads import heads
from paddock.bot.proposals import proposed
from paddock.bot.work import work
from paddock.plan.schedule import FINISHED, State
from paddock.plan.train import Place, before, by_key, by_plan, description

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.actions import Action
    from paddock.bot.model import Issue, Pull, Snapshot

_TITLE = 140  # characters of a commit status


def order(snapshot: Snapshot) -> Iterator[Action]:
    """What each open pull request waits for, said of its head where it is another than before.

    Of several with one head it is what the first of them waits for that is held, or waits, at all: the check is the
    commit's.
    """
    groups = heads(snapshot)
    train = _train(snapshot, [pull for some in groups.values() for _, pull in some])
    for sha, some in groups.items():
        told = [train.told(issue, pull) for issue, pull in some]
        worst = next((one for one in told if one.held or one.waits), told[0])
        numbers = [one.number for one in told]
        title = tell.whose(worst.title, worst.number, numbers)[:_TITLE]
        digest = tell.digest([title, *worst.waits, *(f"#{one}" for one in (*worst.held, *numbers[1:]))])
        summary = tell.held(worst.held) + tell.waits(worst.waits, train.pulls, held=bool(worst.held))
        for issue, pull in some:
            if (pull.judged.head, pull.judged.order, pull.judged.base) != (sha, digest, pull.base):
                yield Check(
                    number=issue.number,
                    name=ORDER,
                    sha=sha,
                    digest=digest,
                    title=title,
                    conclusion=None if worst.held or worst.waits else "success",
                    summary=tell.shared(worst.number, numbers) + summary,
                )


class _Told(Struct, frozen=True, kw_only=True):
    """What keeps a pull request: the issues that are held, and what must merge first; in half a sentence both."""

    number: int
    title: str
    held: tuple[int, ...]
    waits: tuple[str, ...]


class _Train(Struct, frozen=True):
    """All that is open, in its order.

    Attributes:
        todos: the plan's, by the numbers of their issues.
        branches: of this repository that pull requests come from; a fork's keep nobody waiting.
        before: for each todo what comes before it and is not finished: a branch, else the todo's id.
        places: of all branches that are in a train, forks' too.
        pulls: the open pull requests of each todo, by its branch, else its id, the one that counts first.
        held: the issues and pull requests that are held, each with the issue that it is a requested change of.
        of_branch: the issue of the todo that leaves on a branch.
    """

    todos: Mapping[int, str]
    branches: Collection[str]
    before: Mapping[str, tuple[str, ...]]
    places: Mapping[str, Place]
    pulls: Mapping[str, tuple[int, ...]]
    held: Mapping[int, int | None]
    of_branch: Mapping[str, int]

    def told(self, pulled: Issue, pull: Pull) -> _Told:
        """What keeps it."""
        title, waits = self._waits(pulled, pull)
        about = {pulled.number, *pull.closes, self.of_branch.get(pull.branch)}
        held = tuple(number for number, parent in self.held.items() if number in about or parent in about - {None})
        if held:
            title = tell.held_title(held) + (f"; {title}" if waits else "")
        return _Told(number=pulled.number, title=title, held=held, waits=waits)

    def _waits(self, pulled: Issue, pull: Pull) -> tuple[str, tuple[str, ...]]:
        """What it waits for: in half a sentence, and each by its name."""
        place = self.places.get(pull.ref or pull.branch)
        todos = [self.todos[number] for number in pull.closes if number in self.todos]
        found = [one for todo in todos for one in self.before.get(todo, ())]
        if place is not None and place.todo is not None:
            found += self.before.get(place.todo, ())
        elif place is not None:
            found += [one for one in place.waits if one in self.branches]
        # Its own todo does not keep it waiting, unless another pull request counts for that.
        own = {name for name, some in self.pulls.items() if some[:1] == (pulled.number,)} | {pull.branch}
        waits = tuple(dict.fromkeys(one for one in found if one not in own))
        placed = ("it",) if todos or place is not None else ()
        return description(("it",), placed, waits), waits


def _train(snapshot: Snapshot, pulls: Collection[Pull]) -> _Train:
    now = work(snapshot)
    branches = {pull.branch for pull in pulls if pull.branch}
    names = branches | {pull.ref for pull in pulls if pull.ref}
    open_ = {snapshot.issue_of[number].name: some for number, some in proposed(snapshot).items()}
    # What is approved and not merged yet is still to come before, from whatever branch.
    done = {
        todo.id
        for todo in now.plan.todos
        if now.states[todo.id] in FINISHED and todo.branch not in branches and todo.id not in open_
    }
    if any(todo.branch is not None for todo in snapshot.plan.todos):
        places = by_plan(now.plan, names, done, snapshot.template, now.graph)
    else:
        places = by_key(names, snapshot.template, snapshot.series)
    return _Train(
        todos={one.number: one.name for one in snapshot.issues if one.todo in snapshot.plan.todo_of},
        branches=branches,
        before=before(now.plan, now.graph, done),
        places={place.branch: place for place in places},
        pulls={
            todo.branch or todo.id: tuple(one.number for one in open_[todo.id])
            for todo in now.plan.todos
            if todo.id in open_
        },
        held={one.number: one.parent for one in snapshot.issues if labels.flag(one.labels) is State.HELD},
        of_branch={
            todo.branch: now.issues[todo.id].number
            for todo in now.plan.todos
            if todo.branch is not None and todo.id in now.issues
        },
    )
