"""What GitHub's answers say of issues and pull requests, with what the bot's own hidden markers tell. Pure.

Of a marker only that in the bot's own words is believed. Whoever may push may edit the bot's comments, too: what
decides about changes is believed only where nobody edited it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from paddock.bot import markdown, markers, tell
from paddock.bot.closing import closes, may_close
from paddock.bot.model import NUDGE, Issue, Judged, Pull, Review
from paddock.model import Override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paddock.bot.api import answers
    from paddock.plan.model import Plan


_T = TypeVar("_T")
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_RECORDS = frozenset({"review", "override", "asked", "blocked"})  # comments that the bot writes once
DISMISSED = "dismissed"  # what is remembered of such a review, beside what it said


class Written(Struct, kw_only=True):
    """What the bot has written on one issue: the comment that is kept current, and what it remembers.

    Attributes:
        sticky: that comment's id.
        said: fingerprints of what each comment said that is done.
        past: words that were written until then are done, too, of whichever nothing is remembered; those of the board
            count for all issues.
        did: the keys of what was started.
        judged: what was last said of the pull request's head.
    """

    sticky: int | None = None
    said: dict[str, list[str]] = {}
    past: datetime | None = None
    did: list[str] = []
    judged: Judged = Judged()

    def counts(self, review: Review) -> bool:
        """Whether it is none that was dismissed."""
        return DISMISSED not in self.said.get(f"r{review.id}", ())


class Keyed(Struct):
    """A key by which what was written or made is known again; `turn`: it is then somebody's turn."""

    key: str
    turn: bool = False


class Asked(Struct):
    """Whom a todo is to be reviewed by; None for whom the plan says."""

    reviewer: str | None = None


class Made(Struct):
    """The todo that an issue came from; `change`: it was asked for in a review of that."""

    parent: int | None = None
    change: bool = False


class Planned(Struct):
    """Which todo of the plan an issue is."""

    id: str


class Blocked(Struct):
    """That an issue waits, or does not any more, for the issue `on`; `native`: GitHub's own dependencies hold it."""

    on: int
    so: bool
    native: bool = False


class Reader:
    """Reads answers; `me` is the bot's login, `repository` the name, which words that close an issue may spell out."""

    def __init__(self, me: str, repository: str) -> None:
        self.me, self.repository = me.lower(), repository

    def mine(self, login: str) -> bool:
        """Whether the bot wrote it."""
        return login.lower() == self.me

    def marks(self, comments: Iterable[answers.Comment], *kinds: str) -> Iterator[tuple[answers.Comment, markers.Mark]]:
        """The bot's markers of these kinds, in their order."""
        for one in comments:
            if self.mine(one.login):
                wanted = [kind for kind in kinds if not (one.edited and kind in _RECORDS)]
                yield from ((one, mark) for mark in markers.read(one.text) if mark.kind in wanted)

    def written(self, comments: Sequence[answers.Comment]) -> Written:
        """What the first comment that is kept current holds."""
        for comment, mark in self.marks(comments, "sticky"):
            try:
                return msgspec.convert({**mark.fields, "sticky": comment.id}, Written)
            except msgspec.ValidationError:
                return Written(sticky=comment.id)
        return Written()

    def first(self, issue: answers.Issue, kind: str) -> markers.Mark | None:
        """The marker in an issue's own text."""
        return markers.first(issue.text, kind) if self.mine(issue.login) else None

    def made(self, issue: answers.Issue) -> str | None:
        """The key of a todo that a command made."""
        found = _one(self.first(issue, "made"), Keyed)
        return found.key if found is not None else None

    def is_board(self, issue: answers.Issue) -> bool:
        """Whether it tells of the whole plan."""
        return self.first(issue, "board") is not None

    def shut(self, plan: Plan, issues: Iterable[answers.Issue]) -> tuple[str, ...]:
        """The phases of which somebody has yet to tick that something holds; what is not listed is not ticked."""
        board = next((one for one in issues if self.is_board(one)), None)
        ticked = boxes(board.text) if board is not None else {}
        gates = ((phase.id, {tell.condition(phase.id, one) for one in phase.gate}) for phase in plan.phases)
        return tuple(id_ for id_, wanted in gates if not all(ticked.get(one) for one in wanted))

    def issue(self, one: answers.Issue, comments: Sequence[answers.Comment], pull: answers.Pull | None) -> Issue:
        """An issue, or a pull request, of which `pull` tells more while it is open."""
        todo, made = self.first(one, "todo"), _one(self.first(one, "made"), Made)
        planned = _one(todo, Planned)
        said = ((comment, _one(mark, Keyed)) for comment, mark in self.marks(comments, "key"))
        keys = [(comment, keyed) for comment, keyed in said if keyed is not None]
        turns = [comment.created for comment, keyed in keys if keyed.turn]
        others = [comment.created for comment in comments if not self.mine(comment.login)]
        nudges = [comment.created for comment, keyed in keys if keyed.key.startswith(NUDGE)]
        sticky = next(self.marks(comments, "sticky"), None)
        kept = self.written(comments)
        asked = [found for _, mark in self.marks(comments, "asked") if (found := _one(mark, Asked)) is not None]
        blocked: dict[int, Blocked] = {}
        for _, mark in self.marks(comments, "blocked"):
            if (waits := _one(mark, Blocked)) is not None:
                blocked[waits.on] = waits
        return Issue(
            number=one.number,
            title=one.title,
            author=one.login,
            closed=one.closed,
            labels=one.label_names,
            assignees=one.assigned,
            paths=named(one.text),
            todo=planned.id if planned is not None else None,
            blocked_by=tuple(number for number, waits in blocked.items() if waits.so),
            reviewer=asked[-1].reviewer if asked else None,
            parent=made.parent if made is not None and made.change else None,
            marks=frozenset([*(keyed.key for _, keyed in keys), *kept.did]),
            sticky=sticky[0].text[: sticky[1].start].rstrip("\n") if sticky is not None else None,
            touched=max([*turns, *others], default=None) if turns else None,
            nudged=max(nudges, default=None),
            board=self.is_board(one),
            id=one.id,
            member=one.association in _MEMBERS,
            told=tuple(number for number, waits in blocked.items() if waits.so),
            native=tuple(number for number, waits in blocked.items() if waits.so and waits.native),
            linked=linked(todo.fields) if todo is not None else (),
            pull=self._pull(one, comments, pull) if one.is_pull else None,
        )

    def closes(self, text: str) -> tuple[int, ...]:
        """The issues that a pull request's text closes; most texts say no such word, and need no reading."""
        return closes(markdown.words(text), self.repository) if may_close(text) else ()

    def _pull(self, one: answers.Issue, comments: Sequence[answers.Comment], pull: answers.Pull | None) -> Pull:
        if pull is None:
            # What a closed one was to close is read where somebody says something there.
            return Pull(head="", branch="", base="")
        kept = self.written(comments)
        judged = kept.judged
        reviews = [_one(mark, Review) for _, mark in self.marks(comments, "review")]
        # As on GitHub: with the last of somebody's reviews dismissed, the one before does not come back.
        last = {one.by.lower(): one for one in reviews if one is not None}.values()
        overrides = [_one(mark, Override) for _, mark in self.marks(comments, "override")]
        return Pull(
            head=pull.head.sha,
            branch="" if pull.fork else pull.head.ref,
            base=pull.base.ref,
            draft=pull.draft,
            closes=self.closes(one.text),
            reviews=tuple(one for one in last if kept.counts(one)),
            overrides=tuple({one.gate: one for one in overrides if one is not None}.values()),
            judged=judged if judged.head == pull.head.sha else judged.of_no_head,
            green=judged.green if judged.head == pull.head.sha else None,
            ref=pull.head.ref,
            base_sha=pull.base.sha,
            text=one.text,
        )


def linked(fields: dict[str, Any]) -> tuple[str, ...]:
    """The needs that a todo's marker says were made dependencies of."""
    said = fields.get("needs")
    return tuple(one for one in said if isinstance(one, str)) if isinstance(said, list) else ()


def boxes(text: str) -> dict[str, bool]:
    """The items of the lists in the board's text: whether they are ticked."""
    items = markdown.read(text).items
    return {" ".join(line.text.strip() for line in one.lines).strip(): one.ticked for one in items}


_PATH = re.compile(r"(?<![\w./:@-])(?:[\w.-]+/)+[\w.-]*|(?<![\w./:@-])[\w-]+\.[a-z]{1,5}(?![\w/])", re.ASCII)
_MOST, _LONGEST = 100, 65_536  # paths; characters that are looked through


def named(text: str) -> tuple[str, ...]:
    """What in a text looks like a path of the repository: words with a slash, or with a file's extension."""
    found = (one.rstrip(".") for one in _PATH.findall(text[:_LONGEST]))
    return tuple(dict.fromkeys(one for one in found if ".." not in one.split("/")))[:_MOST]


def _one(mark: markers.Mark | None, kind: type[_T]) -> _T | None:
    """What a marker says, as a value; what is none of that kind is no marker."""
    try:
        return msgspec.convert(mark.fields, kind) if mark is not None else None
    except msgspec.ValidationError:
        return None
