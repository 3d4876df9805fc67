"""From GitHub to a snapshot: what is there now, and what was said that nobody heard yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from paddock.bot import dependencies, labels
from paddock.bot.api import answers
from paddock.bot.api.errors import NotFoundError
from paddock.bot.believed import believed
from paddock.bot.command import Place
from paddock.bot.commands import Call
from paddock.bot.hearing import heard
from paddock.bot.makers import MOST_COMMITS, makers
from paddock.bot.markers import read as marks
from paddock.bot.model import Actor, Comment, Decided, Issue, Snapshot, level
from paddock.bot.seen import Reader, Written
from paddock.bot.spoken import spoken
from paddock.bot.view import View
from paddock.plan.keys import DEFAULT_TEMPLATE
from paddock.plan.model import Plan
from paddock.plan.schedule import State
from paddock.policy.bot import Bot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from paddock.bot.github import GitHub

_VERDICTS = {"APPROVED": Decided.APPROVED, "CHANGES_REQUESTED": Decided.CHANGES_REQUESTED}
_LATE = timedelta(hours=1)  # the relay and the sweep are sooner
_START = datetime(2008, 1, 1, tzinfo=UTC)  # before GitHub


class Rules(Struct, frozen=True, kw_only=True):
    """What the default branch says."""

    plan: Plan
    bot: Bot
    gates: tuple[str, ...] = ()
    limit: int | None = None
    template: str = DEFAULT_TEMPLATE
    series: tuple[str, ...] = ()
    approvals: int = 1


class Gathered(Struct, kw_only=True):
    """All that one run knows; `about` is the issue or pull request of its event, `version` that of what is recorded."""

    snapshot: Snapshot
    written: dict[int, Written]
    words: list[Comment]
    about: int | None = None
    version: Literal[1] = 1


class Edit(Struct, frozen=True):
    """What an event tells of the edit of a comment: whose it was, the text that it left, when, and the text before."""

    by: str
    text: str
    at: datetime
    before: str


class Gatherer:
    """One look at a repository; `repository` is its name, `me` the bot's login."""

    def __init__(self, hub: GitHub, rules: Rules, *, repository: str, me: str, now: datetime) -> None:
        self.hub, self.rules, self.repository, self.me, self.now = hub, rules, repository, me, now
        self.seen = Reader(me, repository)
        self.actors: dict[str, Actor] = {}

    def gather(self, number: int | None = None, edits: Mapping[int, Edit] | None = None) -> Gathered:
        """Look; with a `number`, reviews are read of that pull request alone, else of every open one.

        Args:
            number: of the issue or pull request that an event is about.
            edits: what is told of comments that were edited; those of which nothing is told, or that say something
                else by now, are nobody's word.
        """
        every, pulls = self._listed()
        comments: dict[int, list[answers.Comment]] = {}
        # All that the bot wrote is younger than the board, which it makes first.
        began = next((one.created for one in every if self.seen.is_board(one)), None)
        for one in self.hub.all_comments(since=began or _START):
            comments.setdefault(one.number, []).append(one)
        for some in comments.values():
            some.sort(key=lambda one: one.id)
        seen = self.seen
        written = {one.number: seen.written(comments.get(one.number, ())) for one in every}
        issues = tuple(seen.issue(one, comments.get(one.number, ()), pulls.get(one.number)) for one in every)
        snapshot = Snapshot(
            me=self.me,
            plan=self.rules.plan,
            bot=self.rules.bot,
            gates=self.rules.gates,
            issues=issues,
            shut=seen.shut(self.rules.plan, every),
            now=self.now,
            limit=self.rules.limit,
            template=self.rules.template,
            series=self.rules.series,
            approvals=self.rules.approvals,
            me_is_bot=self.me.endswith("[bot]"),
            made=frozenset(key for one in every if (key := seen.made(one))),
        )
        asked = {one.number: one for one in every if not one.closed and one.blockers is not None}
        issues = tuple(self._blocked(snapshot, one, asked.get(one.number)) for one in snapshot.issues)
        snapshot = structs.replace(snapshot, issues=tuple(self._worked(snapshot, one) for one in issues))
        since = began or self.now - timedelta(days=1)
        # What stands on an issue that was opened meanwhile is heard with it.
        late = [one for issue in every for one in comments.get(issue.number, ()) if one.created >= since]
        words = [*self._words(late, pulls, edits or {})]
        for at in pulls:
            if number in (None, at):
                words += self._reviews(at, since)
        words.sort(key=lambda one: (one.at, one.id))
        snapshot = _without(snapshot, {one.id for one in words if one.dismissed})
        gathered = Gathered(snapshot=snapshot, written=written, words=words, about=number)
        new = [one.comment for one in heard(gathered)]
        closed = {one.number: one.text for one in every if one.is_pull and one.number not in pulls}
        return structs.replace(gathered, snapshot=self._decided(self._closing(snapshot, new, closed), new))

    def _closing(self, snapshot: Snapshot, words: Iterable[Comment], texts: Mapping[int, str]) -> Snapshot:
        """With what those closed pull requests were to close on which something was said."""
        asked = {one.number for one in words} & texts.keys()

        def told(one: Issue) -> Issue:
            if one.pull is None or one.number not in asked:
                return one
            return structs.replace(one, pull=structs.replace(one.pull, closes=self.seen.closes(texts[one.number])))

        return structs.replace(snapshot, issues=tuple(map(told, snapshot.issues))) if asked else snapshot

    def _listed(self) -> tuple[list[answers.Issue], dict[int, answers.Pull]]:
        """Issues, and the open pull requests among them.

        The lists are of two moments. A pull request that is open in the first and missing in the second is asked for;
        one that was closed in between is left for the next run.
        """
        every = self.hub.issues("all")
        listed = {one.number: one for one in self.hub.pulls()}
        open_ = [one.number for one in every if one.is_pull and not one.closed]
        found = ((number, listed.get(number) or self._pull(number)) for number in open_)
        pulls = {number: pull for number, pull in found if pull is not None and not pull.closed}
        return [one for one in every if one.closed or not one.is_pull or one.number in pulls], pulls

    def _pull(self, number: int) -> answers.Pull | None:
        try:
            return self.hub.pull(number)
        except NotFoundError:
            return None

    def _decided(self, snapshot: Snapshot, words: Iterable[Comment]) -> Snapshot:
        """With who made what is to be approved, and when it was pushed: more than a list of pull requests tells."""
        calls = [(one.number, said) for one in words for said in spoken(one) if isinstance(said, Call)]
        numbers = {number for number, said in calls if said.command == "approve"}
        unowned = {number for number, said in calls if said.command == "assign" and not said.args}
        listed = {one: self._files(one) for one in unowned if View(snapshot, one).here.pull is not None}
        wanted = {pulled.number for number in numbers if (pulled := View(snapshot, number).pulled) is not None}

        def told(one: Issue) -> Issue:
            found = structs.replace(one, paths=listed[one.number]) if one.number in listed else one
            found = self._made(snapshot, found) if one.number in wanted else found
            return believed(self.hub, self.me, found, approving=one.number in wanted) if snapshot.gates else found

        return structs.replace(snapshot, issues=tuple(told(one) for one in snapshot.issues))

    def _files(self, number: int) -> tuple[str, ...]:
        return tuple(one.path for one in self.hub.pull_files(number))

    def _made(self, snapshot: Snapshot, issue: Issue) -> Issue:
        pull = issue.pull
        if pull is None or issue.closed:
            return issue
        commits = self.hub.pull_commits(issue.number)
        pushes = self.hub.pushes(pull.branch) if pull.branch else ()
        logins, agents = makers(commits, pushes, snapshot.plan)
        told = structs.replace(
            pull,
            makers=logins,
            agents=agents,
            unlisted=len(commits) >= MOST_COMMITS,
            pushed=next((one.at for one in pushes if one.after == pull.head), None),
        )
        return structs.replace(issue, pull=told)

    def _blocked(self, snapshot: Snapshot, issue: Issue, answer: answers.Issue | None) -> Issue:
        """With GitHub's own dependencies, where there are others than the bot made."""
        if answer is None or answer.blockers == len(dependencies.expected(snapshot, issue)):
            return issue
        blockers = self.hub.blocked_by(issue.number) if answer.blockers else ()
        return dependencies.told(snapshot, issue, blockers, answer.home)

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
        self, comments: Iterable[answers.Comment], pulls: Mapping[int, answers.Pull], edits: Mapping[int, Edit]
    ) -> Iterator[Comment]:
        for one in comments:
            if "/" not in one.text or (self.seen.mine(one.login) and next(marks(one.text), None) is not None):
                continue
            # An event is run again at will, and others edit meanwhile: it vouches for the text that it knows.
            edit = edits.get(one.id)
            known = edit if edit is not None and (edit.text, edit.at) == (one.text, one.updated) else None
            yield Comment(
                id=one.id,
                number=one.number,
                place=Place.PULL if one.number in pulls else Place.ISSUE,
                author=self._actor(one.author),
                text=one.text,
                at=one.updated,
                editor=(known.by if known is not None else "?") if one.edited else None,
                was=known.before if known is not None else None,
            )

    def _reviews(self, number: int, since: datetime) -> Iterator[Comment]:
        """Reviews with their verdicts, and with what was said on lines where changes are requested."""
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
                text=one.text,
                at=one.submitted,
                sha=one.sha,
                verdict=_VERDICTS.get(one.state),
                lines=tuple(on),
                late=self.now - one.submitted > _LATE,
                dismissed=one.state == "DISMISSED",
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


def _without(snapshot: Snapshot, dismissed: Collection[int]) -> Snapshot:
    """A snapshot in which these reviews count no more."""

    def left(one: Issue) -> Issue:
        if one.pull is None or not any(review.id in dismissed for review in one.pull.reviews):
            return one
        reviews = tuple(review for review in one.pull.reviews if review.id not in dismissed)
        return structs.replace(one, pull=structs.replace(one.pull, reviews=reviews))

    return structs.replace(snapshot, issues=tuple(map(left, snapshot.issues)))
