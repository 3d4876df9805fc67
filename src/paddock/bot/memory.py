"""What the bot remembers of what was said and done, within bounds; and which words it need not remember. Pure.

It stands in a comment, which holds so much and no more. The oldest goes first, and what was written before the newest
that went is done. So is what an outsider said, of which nothing is kept that could grow.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from paddock.bot import markers, permission
from paddock.bot.command import Place
from paddock.bot.commands import Call
from paddock.bot.decide import outsider
from paddock.bot.model import MARK
from paddock.bot.seen import DISMISSED
from paddock.bot.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from paddock.bot.gather import Gathered
    from paddock.bot.model import Comment, Snapshot
    from paddock.bot.seen import Written

SAID, DID = 20_000, 8_000  # characters in the marker
# How long words of which nothing is kept are looked at once more: lists of comments may come late.
_LATE = timedelta(minutes=15)


def key(comment: Comment) -> str:
    """Under which name its words are remembered: reviews are counted by themselves."""
    return f"r{comment.id}" if comment.place is Place.REVIEW else str(comment.id)


def trim(kept: Written, times: Mapping[str, datetime]) -> None:
    """Let the oldest words go, until the others fit; `times` tells when those that are known were written.

    That a review was dismissed is kept, for its verdict stands in a record of its own.
    """
    room = SAID - sum(_size(one, said) for one, said in kept.said.items())
    dated = sorted((one for one in kept.said if one in times), key=times.__getitem__)
    for one in (*dated, *(one for one in [*kept.said] if one not in times)):
        if room >= 0:
            break
        said = kept.said.pop(one)
        room += _size(one, said)
        if DISMISSED in said:
            kept.said[one] = [DISMISSED]
        elif one in times:
            kept.past = max(kept.past or times[one], times[one])


def newest(did: Iterable[str]) -> list[str]:
    """Of what was done the newest, as much of it as fits."""
    found: list[str] = []
    room = DID
    for one in reversed([*dict.fromkeys(did)]):
        room -= len(markers.write("x", x=one))
        if room < 0:
            break
        found.insert(0, one)
    return found


def _size(key_: str, said: Iterable[str]) -> int:
    return len(key_) + sum(len(one) + 3 for one in said) + 6


def unheard(gathered: Gathered) -> Iterator[Comment]:
    """The words that count, or have to be answered, and of which it is not known that they are done."""
    for one in gathered.words:
        heeded = permission.speaks(one, gathered.snapshot, MARK) and not _is_past(one, gathered)
        if heeded and not is_idle(one, gathered.snapshot):
            yield one


def is_idle(comment: Comment, snapshot: Snapshot) -> bool:
    """Whether somebody's words do nothing: those of an outsider, who was told so."""
    if comment.dismissed or not permission.is_outsider(comment.author, snapshot):
        return False
    calls = [one for one in spoken(comment, others=snapshot.bot.other_bots) if isinstance(one, Call)]
    if any(permission.may(comment.author, one.command, snapshot) for one in calls):
        return False
    here = snapshot.issue_of.get(comment.number)
    return not calls or (here is not None and outsider(comment.author) in here.marks)


def done_until(gathered: Gathered) -> datetime | None:
    """Until when all is done, where words of which nothing is kept are newer than what is known to be.

    Who is an outsider today may belong to the repository tomorrow; what was said before does nothing then, either.
    """
    if gathered.snapshot.now is None:
        return None
    late = gathered.snapshot.now - _LATE
    others = gathered.snapshot.bot.other_bots
    some = (one for one in gathered.words if one.at <= late and one.editor is None and not _is_kept(one, gathered))
    return late if any(not _is_past(one, gathered) and spoken(one, others=others) for one in some) else None


def _is_kept(one: Comment, gathered: Gathered) -> bool:
    written = gathered.written.get(one.number)
    return written is not None and key(one) in written.said


def _is_past(one: Comment, gathered: Gathered) -> bool:
    """Whether it was written before all that is still known, or was seen when nothing was kept of it."""
    if one.editor is not None or one.dismissed or _is_kept(one, gathered):
        return False
    boards = [issue.number for issue in gathered.snapshot.issues if issue.board]
    kept = (gathered.written.get(number) for number in (one.number, *boards))
    return any(written is not None and written.past is not None and one.at <= written.past for written in kept)
