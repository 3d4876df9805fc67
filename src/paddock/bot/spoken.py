"""All that a comment or a review says: the commands of its text, and the verdict that a review is on GitHub. Pure.

State and comments on lines stand beside a review's text and are never written into it: whatever that is, they count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import markdown
from paddock.bot.commands import LONGEST, MOST, Call, Mistake, parse
from paddock.bot.model import Decided

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from paddock.bot.markdown import Page
    from paddock.bot.model import Comment

APPROVE, REQUEST = "approve", "request-changes"
_TOO_LATE = "this review was read late, and GitHub does not tell who edited its text until then; say it in a comment"
_LONGEST = 20_000  # characters of one change: the issue that it becomes quotes each line, and takes 65,536


def spoken(comment: Comment, *, others: Collection[str] = ()) -> tuple[Call | Mistake, ...]:
    """Its commands, then the verdict, which so outweighs what the text says to the contrary.

    Args:
        comment: or review.
        others: names of other bots' commands, of which nothing is said.
    """
    said = parse(comment.text, others=others)
    verdict = None
    if comment.verdict is not None:
        verdict = Call(APPROVE, (), 1) if comment.verdict is Decided.APPROVED else _requested(comment, said)
    if comment.late:
        said = tuple(Mistake(_TOO_LATE, None, one.line, one.command) for one in said if isinstance(one, Call))
    if verdict is None:
        return said
    # What the text says of it wrongly has said it all the same; what it asks for is in the verdict.
    return (*(one for one in said if one.command != verdict.command or _names_commit(one)), verdict)


def _names_commit(said: Call | Mistake) -> bool:
    return isinstance(said, Call) and said.command == APPROVE and bool(said.args)


def _requested(review: Comment, said: tuple[Call | Mistake, ...]) -> Call:
    """What a review asks for: what its text names as that, else its list, else all of it; and its comments on lines."""
    page, taken = markdown.read(review.text[:LONGEST]), {one.line for one in said}
    asked = [pair for one in said if isinstance(one, Call) and one.command == REQUEST for pair in _pairs(one)]
    asked = asked or [*_listed(page, taken)]
    asked += [(1, text) for one in review.lines if (text := _joined(markdown.read(one).shown))]
    asked = asked or [(1, text) for text in (_rest(page, taken),) if text]
    if len(asked) > MOST:
        more = len(asked) - MOST + 1
        asked = [*asked[: MOST - 1], (1, f"and {more} more, see the review")]
    return Call(REQUEST, tuple(_cut(text) for _, text in asked), 1, tuple(line for line, _ in asked))


def _pairs(call: Call) -> Iterator[tuple[int, str]]:
    return zip(call.lines, call.args, strict=True)


def _listed(page: Page, taken: Collection[int]) -> Iterator[tuple[int, str]]:
    for item in page.items:
        text = _joined(line.text for line in item.lines if line.number not in taken)
        if text and not item.ticked:
            yield item.number, text


def _rest(page: Page, taken: Collection[int]) -> str:
    """The text without commands, and without what is ticked off."""
    listed = {line.number for item in page.items for line in item.lines}
    return _joined(text for number, text in enumerate(page.shown, 1) if number not in taken and number not in listed)


def _joined(lines: Collection[str] | Iterator[str]) -> str:
    return "\n".join(lines).strip()


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…\nsee the review"
