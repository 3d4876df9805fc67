"""From GitHub to a snapshot: what is there now, and what was said that nobody heard yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from paddock.bot import labels, markdown, markers
from paddock.bot.api import answers
from paddock.bot.closing import closes
from paddock.bot.command import Place
from paddock.bot.model import NUDGE, Actor, Comment, Issue, Pull, Review, Snapshot, level
from paddock.model import Override
from paddock.plan.model import Plan
from paddock.plan.schedule import State
from paddock.policy.bot import Bot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from paddock.bot.github import GitHub

CHECK = "paddock/gates"
_START = datetime(2008, 1, 1, tzinfo=UTC)  # before GitHub
_GREEN = {"success": True, "neutral": True, "skipped": True, "pending": None}


class Rules(Struct, frozen=True, kw_only=True):
    """What the default branch says."""

    plan: Plan
    bot: Bot
    gates: tuple[str, ...] = ()
    limit: int | None = None


class Written(Struct, kw_only=True):
    """What the bot has written on one issue: the comment that is kept current, and what it remembers."""

    sticky: int | None = None
    said: dict[str, list[str]] = {}
    did: list[str] = []


class Gathered(Struct, kw_only=True):
    """All that one run knows."""

    snapshot: Snapshot
    written: dict[int, Written]
    words: list[Comment]


class Gatherer:
    """One look at a repository; `repository` is its name, `me` the bot's login."""

    def __init__(self, hub: GitHub, rules: Rules, *, repository: str, me: str, now: datetime) -> None:
        self.hub, self.rules, self.repository, self.me, self.now = hub, rules, repository, me, now
        self.actors: dict[str, Actor] = {}

    def gather(self, number: int | None = None, editor: Mapping[int, str] | None = None) -> Gathered:
        """Look; with a `number`, reviews are read of that pull request alone, else of every open one.

        Args:
            number: of the issue or pull request that an event is about.
            editor: of comments that were edited, who edited them; other edited comments are nobody's word.
        """
        every = self.hub.issues("all")
        pulls = {one.number: one for one in self.hub.pulls()}
        comments: dict[int, list[answers.Comment]] = {}
        for one in self.hub.all_comments(since=_START):
            comments.setdefault(one.number, []).append(one)
        for some in comments.values():
            some.sort(key=lambda one: one.id)
        written = {one.number: self._written(comments.get(one.number, ())) for one in every}
        issues = tuple(self._issue(one, comments.get(one.number, ()), pulls.get(one.number)) for one in every)
        snapshot = Snapshot(
            me=self.me,
            plan=self.rules.plan,
            bot=self.rules.bot,
            gates=self.rules.gates,
            issues=issues,
            now=self.now,
            limit=self.rules.limit,
            me_is_bot=self.me.endswith("[bot]"),
            made=frozenset(key for one in every if (key := self._made(one))),
        )
        snapshot = structs.replace(snapshot, issues=tuple(self._worked(snapshot, one) for one in snapshot.issues))
        since = next((one.created for one in every if self._is_board(one)), self.now - timedelta(days=1))
        heard = [one for some in comments.values() for one in some if one.created >= since]
        words = [*self._words(heard, pulls, editor or {})]
        for at in pulls:
            if number in (None, at):
                words += self._reviews(at, since)
        return Gathered(snapshot=snapshot, written=written, words=sorted(words, key=lambda one: (one.at, one.id)))

    def _mine(self, login: str) -> bool:
        return login.lower() == self.me.lower()

    def _marks(
        self, comments: Iterable[answers.Comment], *kinds: str
    ) -> Iterator[tuple[answers.Comment, markers.Mark]]:
        for one in comments:
            if self._mine(one.login):
                yield from ((one, mark) for mark in markers.read(one.text) if mark.kind in kinds)

    def _written(self, comments: Sequence[answers.Comment]) -> Written:
        for comment, mark in self._marks(comments, "sticky"):
            try:
                kept = msgspec.convert({**mark.fields, "sticky": comment.id}, Written)
            except msgspec.ValidationError:
                kept = Written(sticky=comment.id)
            return kept
        return Written()

    def _made(self, issue: answers.Issue) -> str | None:
        mark = markers.first(issue.text, "made") if self._mine(issue.login) else None
        return str(mark.fields.get("key")) if mark is not None else None

    def _is_board(self, issue: answers.Issue) -> bool:
        return self._mine(issue.login) and markers.first(issue.text, "board") is not None

    def _issue(self, one: answers.Issue, comments: Sequence[answers.Comment], pull: answers.Pull | None) -> Issue:
        todo = markers.first(one.text, "todo") if self._mine(one.login) else None
        made = markers.first(one.text, "made") if self._mine(one.login) else None
        keys = [(comment, mark.fields) for comment, mark in self._marks(comments, "key")]
        turns = [comment.created for comment, fields in keys if fields.get("turn")]
        others = [comment.created for comment in comments if not self._mine(comment.login)]
        nudges = [comment.created for comment, fields in keys if str(fields.get("key")).startswith(NUDGE)]
        sticky = next(self._marks(comments, "sticky"), None)
        kept = self._written(comments)
        asked = [mark.fields.get("reviewer") for _, mark in self._marks(comments, "asked")]
        blocked: dict[int, bool] = {}
        for _, mark in self._marks(comments, "blocked"):
            blocked[int(mark.fields.get("on", 0))] = bool(mark.fields.get("so"))
        parent = made.fields.get("parent") if made is not None and made.fields.get("change") else None
        return Issue(
            number=one.number,
            title=one.title,
            author=one.login,
            closed=one.closed,
            labels=one.label_names,
            assignees=one.assigned,
            todo=str(todo.fields["id"]) if todo is not None and "id" in todo.fields else None,
            blocked_by=tuple(number for number, so in blocked.items() if so),
            reviewer=str(asked[-1]) if asked and asked[-1] is not None else None,
            parent=parent if isinstance(parent, int) else None,
            marks=frozenset([*(str(fields.get("key")) for _, fields in keys), *kept.did]),
            sticky=sticky[0].text[: sticky[1].start].rstrip("\n") if sticky is not None else None,
            touched=max([*turns, *others], default=None) if turns else None,
            nudged=max(nudges, default=None),
            board=self._is_board(one),
            pull=self._pull(one, comments, pull) if one.is_pull else None,
        )

    def _pull(self, one: answers.Issue, comments: Sequence[answers.Comment], pull: answers.Pull | None) -> Pull:
        prose = "\n".join(line.text for line in markdown.read(one.text).lines)
        if pull is None:
            return Pull(head="", branch="", base="", closes=closes(prose, self.repository))
        reviews = [_converted(mark.fields, Review) for _, mark in self._marks(comments, "review")]
        overrides = [_converted(mark.fields, Override) for _, mark in self._marks(comments, "override")]
        return Pull(
            head=pull.head.sha,
            branch="" if pull.fork else pull.head.ref,
            base=pull.base.ref,
            draft=pull.draft,
            closes=closes(prose, self.repository),
            reviews=tuple({one.by.lower(): one for one in reviews if one is not None}.values()),
            overrides=tuple({one.gate: one for one in overrides if one is not None}.values()),
            green=self._green(pull.head.sha) if self.rules.gates else None,
        )

    def _green(self, sha: str) -> bool | None:
        """What the gates say of a commit, by the workflow's app or by the bot's own status."""
        runs = [one for one in self.hub.check_runs(sha, name=CHECK) if one.app in ("", "github-actions")]
        said = [one.conclusion or "pending" for one in runs]
        if not said:
            mine = (one for one in self.hub.statuses(sha) if one.creator is not None and self._mine(one.creator.login))
            said = [one.state for one in mine if one.context == CHECK]
        found = [_GREEN.get(one, False) for one in said]
        return None if not found or (None in found and False not in found) else all(found)

    def _worked(self, snapshot: Snapshot, issue: Issue) -> Issue:
        """With the last push, where its lease would run out without."""
        planned = snapshot.plan.todo_of.get(issue.todo or "")
        working = labels.progress(issue.labels) in (State.IN_PROGRESS, State.CHANGES_REQUESTED)
        if planned is None or planned.branch is None or issue.touched is None or issue.closed or not working:
            return issue
        if self.now - issue.touched < timedelta(hours=snapshot.bot.lease):
            return issue
        pushed = [one.at for one in self.hub.pushes(planned.branch)]
        return structs.replace(issue, touched=max([issue.touched, *pushed]))

    def _words(
        self, comments: Iterable[answers.Comment], pulls: Mapping[int, answers.Pull], editor: Mapping[int, str]
    ) -> Iterator[Comment]:
        for one in comments:
            if "/" not in one.text or (self._mine(one.login) and next(markers.read(one.text), None) is not None):
                continue
            yield Comment(
                id=one.id,
                number=one.number,
                place=Place.PULL if one.number in pulls else Place.ISSUE,
                author=self._actor(one.author),
                text=one.text,
                at=one.updated,
                editor=editor.get(one.id, "?") if one.edited else None,
            )

    def _reviews(self, number: int, since: datetime) -> Iterator[Comment]:
        """Reviews as if their verdicts had been said: `/approve`, or `/request-changes` with what stands in them."""
        found = [one for one in self.hub.reviews(number) if one.submitted is not None and one.submitted >= since]
        lines = self.hub.review_comments(number) if any(one.state == "CHANGES_REQUESTED" for one in found) else ()
        for one in found:
            assert one.submitted is not None  # noqa: S101 - filtered above
            on = [line.text for line in lines if line.review == one.id and line.answers is None]
            yield Comment(
                id=one.id,
                number=number,
                place=Place.REVIEW,
                author=self._actor(one.author),
                text=spoken(one.state, one.text, on),
                at=one.submitted,
                sha=one.sha,
            )

    def _actor(self, account: answers.Account | None) -> Actor:
        """Who somebody is, asked once."""
        if account is None:
            return Actor(login="ghost")
        if account.login not in self.actors:
            held = self.hub.permission(account.login) if not account.bot else answers.Permission()
            in_teams = [one for one in self.rules.bot.teams if "/" in one and self.hub.in_team(account.login, one)]
            self.actors[account.login] = Actor(
                login=account.login,
                bot=account.bot,
                level=level(held.role, held.permission),
                teams=frozenset(in_teams),
            )
        return self.actors[account.login]


def spoken(state: str, text: str, lines: Sequence[str]) -> str:
    """A review's text with its verdict as the command that it is, unless that stands in it already."""
    said = {line.text.strip().split(" ")[0].lower() for line in markdown.read(text).lines}
    if state == "APPROVED" and not said & {"/approve", "/lgtm"}:
        return f"{text}\n\n/approve"
    if state != "CHANGES_REQUESTED" or "/request-changes" in said:
        return text
    page = markdown.read(text)
    items = [" ".join(line.text.strip() for line in one.lines) for one in page.items if not one.ticked]
    items += [" ".join(one.split()) for one in lines]
    items = items or [" ".join(text.split())]
    asked = "\n".join(f"- {one}" for one in items if one)
    return f"/request-changes\n{asked}" if asked else "/request-changes"


def _converted(fields: dict[str, Any], kind: type[Any]) -> Any:  # noqa: ANN401 - of the kind asked for
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError:
        return None
