"""One run of the bot: look, hear what was said, do what follows, and bring the rest to where it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot.apply import apply
from paddock.bot.command import Place
from paddock.bot.commands import parse
from paddock.bot.decide import decide
from paddock.bot.model import Comment
from paddock.bot.publish import Publisher
from paddock.bot.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.actions import Action
    from paddock.bot.gather import Gathered
    from paddock.bot.github import GitHub
    from paddock.bot.model import Snapshot


class Heard(Struct, frozen=True):
    """A comment with what it says now, by fingerprints; `before` are those that were done already."""

    comment: Comment
    key: str
    said: tuple[str, ...]
    before: tuple[str, ...]


def heard(gathered: Gathered) -> Iterator[Heard]:
    """What was said and is not done yet, in its order."""
    for one in gathered.words:
        key = f"r{one.id}" if one.place is Place.REVIEW else str(one.id)
        said = tuple(call.fingerprint for call in parse(one.text, others=gathered.snapshot.bot.other_bots))
        written = gathered.written.get(one.number)
        before = tuple(written.said.get(key, ())) if written is not None else ()
        # Who edited a comment is told by its event alone: until that comes, or comes again, its words wait.
        foreign = one.editor is not None and one.editor.lower() != one.author.login.lower()
        if said and said != before and not foreign:
            yield Heard(one, key, said, before)


def plan(gathered: Gathered) -> tuple[Action, ...]:
    """What a run would do, without the todos that it would make first."""
    snapshot: Snapshot = gathered.snapshot
    actions: list[Action] = []
    for one in heard(gathered):
        wanted = decide(one.comment, snapshot, one.before)
        snapshot = apply(snapshot, wanted)
        actions += wanted
    return (*actions, *reconcile(snapshot))


def run(hub: GitHub, gathered: Gathered, *, base: str) -> int:
    """Do it; how many actions that was. Cut off anywhere, the next run does the rest."""
    writer = Publisher(hub, gathered, base=base)
    count = 0
    said: dict[int, dict[str, list[str]]] = {}
    for one in heard(gathered):
        wanted = decide(one.comment, writer.snapshot, one.before)
        writer.carry_out(wanted)
        count += len(wanted)
        said.setdefault(one.comment.number, {})[one.key] = [*one.said]
    wanted = reconcile(writer.snapshot)
    writer.carry_out(wanted)
    for number, those in said.items():
        writer.remember(number, said=those)
    writer.finish()
    return count + len(wanted)
