"""What must merge before a pull request: the check `paddock/order`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import tell
from paddock.bot.actions import ORDER, Check
from paddock.bot.work import work
from paddock.plan.schedule import FINISHED
from paddock.plan.train import by_key, by_plan, description, group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.actions import Action
    from paddock.bot.model import Snapshot

_TITLE = 140  # characters of a commit status


def order(snapshot: Snapshot) -> Iterator[Action]:
    """What each open pull request waits for, said of its head where it is another than before."""
    pulls = {
        one.pull.branch: (one, one.pull)
        for one in reversed(snapshot.issues)
        if one.pull is not None and one.pull.branch and not one.closed
    }
    now = work(snapshot)
    # What is approved and not merged yet is still to come before.
    done = {todo.id for todo in now.plan.todos if now.states[todo.id] in FINISHED and todo.branch not in pulls}
    if any(todo.branch is not None for todo in snapshot.plan.todos):
        places = by_plan(now.plan, pulls, done, snapshot.template, now.graph)
    else:
        places = by_key(pulls, snapshot.template, snapshot.series)
    placed = {place.branch for place in places}
    for branch, (issue, pull) in sorted(pulls.items(), key=lambda pair: pair[1][0].number):
        waits = group(places, (branch,))
        title = description((branch,), placed, waits)[:_TITLE]
        digest = tell.digest([title, *waits])
        if (pull.judged.head, pull.judged.order) != (pull.head, digest):
            yield Check(
                number=issue.number,
                name=ORDER,
                sha=pull.head,
                digest=digest,
                title=title,
                conclusion=None if waits else "success",
                summary=tell.waits(waits),
            )
