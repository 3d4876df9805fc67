"""Which words are to be heard: said, and not done yet. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import memory
from paddock.bot.command import Place
from paddock.bot.commands import imprint, parse
from paddock.bot.model import Comment
from paddock.bot.seen import DISMISSED, Written
from paddock.bot.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.bot.gather import Gathered

_COSTLY = 8_000  # characters from which it is worth remembering that nothing is said


class Heard(Struct, frozen=True):
    """A comment with what is to be remembered of it: its text's imprint, and what it says, by fingerprints.

    `before` is what was remembered, and what an edit found.
    """

    comment: Comment
    key: str
    said: tuple[str, ...]
    before: tuple[str, ...]


def heard(gathered: Gathered) -> Iterator[Heard]:
    """What was said and is not done yet, in its order."""
    for one in memory.unheard(gathered):
        # Who edited a comment is told by its event alone, and only of the text that it left.
        if one.editor is not None and one.editor.lower() != one.author.login.lower():
            continue
        key = memory.key(one)
        written = gathered.written.get(one.number) or Written()
        before = tuple(written.said.get(key, ()))
        if one.dismissed:
            if DISMISSED not in before:
                yield Heard(one, key, (*before, DISMISSED), before)
            continue
        # GitHub tells of no review whether its text was edited, or by whom: it is heard once, whatever it says then.
        # To know a comment again costs nothing; to read it may cost a second.
        text = imprint(one.text)
        if key in written.said if one.place is Place.REVIEW else text in before:
            continue
        others = gathered.snapshot.bot.other_bots
        said = tuple(call.fingerprint for call in spoken(one, others=others))
        if said or one.place is Place.REVIEW or len(one.text) >= _COSTLY:
            # What its author found there when editing it may be another's.
            found = Counter(call.fingerprint for call in parse(one.was or "", others=others))
            yield Heard(one, key, (text, *said), tuple((found | Counter(before)).elements()))
