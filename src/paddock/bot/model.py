"""What GitHub says now, as frozen values: issues, pull requests, who speaks. The bot decides by nothing else.

Whoever gathers them promises: logins as GitHub writes them, times in UTC, only what the API answered and nothing that a
comment's text claims.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import labels
from paddock.bot.command import Place
from paddock.model import Override
from paddock.plan.keys import DEFAULT_TEMPLATE
from paddock.plan.model import Plan
from paddock.plan.schedule import FINISHED, State
from paddock.policy.bot import Bot, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.plan.model import Agent

NUDGE = "nudge:"  # how the keys of reminders begin
MARK = "<!-- paddock:"  # how the hidden markers begin that the bot puts into what it writes
_LEVELS = {"push": Level.WRITE, "pull": Level.READ} | {str(level): level for level in Level}


def level(role: str | None, permission: str | None = None) -> Level | None:
    """Somebody's level, by what the API for a collaborator's permission says; None for an outsider.

    `role` is its `role_name`, which alone tells triage and maintain; where an organisation made that role itself,
    `permission` says what it comes to.
    """
    return _LEVELS.get((role or "").lower()) or _LEVELS.get((permission or "").lower())


class Decided(StrEnum):
    """What a review comes to, in the words of the change document."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes-requested"


class Actor(Struct, frozen=True, kw_only=True):
    """Who speaks.

    Attributes:
        login: the account.
        bot: whether GitHub says that it is an app's.
        level: its permission in the repository; None for an outsider, whom GitHub calls a reader where all may read.
        teams: of the teams that the policy names, those it is in, as the policy writes them.
    """

    login: str
    bot: bool = False
    level: Level | None = None
    teams: frozenset[str] = frozenset()


class Comment(Struct, frozen=True, kw_only=True):
    """A comment, or a review's text.

    Attributes:
        id: GitHub's.
        number: of the issue or pull request that it stands on.
        at: when these words were written: when they were edited, if they were.
        editor: who edited them last; None where nobody did.
        was: the text that the last edit found; None where that is not known.
        sha: the commit that a review is about; None for a comment.
        verdict: what a review is on GitHub; None for a comment, and for a review that decides nothing.
        lines: what a review says on lines of the change.
        late: whether it is a review that is read so long after it was sent that others may have edited its text.
        dismissed: whether it is a review that somebody dismissed, which says nothing any more.
    """

    id: int
    number: int
    place: Place
    author: Actor
    text: str
    at: datetime
    editor: str | None = None
    was: str | None = None
    sha: str | None = None
    verdict: Decided | None = None
    lines: tuple[str, ...] = ()
    late: bool = False
    dismissed: bool = False

    @property
    def review(self) -> int | None:
        """The review's id; None for a comment."""
        return self.id if self.place is Place.REVIEW else None


class Review(Struct, frozen=True, kw_only=True):
    """What somebody decided about one commit.

    Attributes:
        by: the login.
        agent: who they are in the plan.
        id: that of the review on GitHub; None where it was said in a comment.
        base: the branch that the pull request was for then; empty where that was not recorded.
    """

    by: str
    verdict: Decided
    sha: str
    agent: str | None = None
    id: int | None = None
    base: str = ""


class Judged(Struct, frozen=True, kw_only=True):
    """What the bot last said of a pull request's head.

    Attributes:
        head: the commit.
        digest: of all that decided; with another one it is judged anew.
        green: whether the gates hold for it, reviews aside; None where one has not ended.
        order: the digest of what was said of its place in the train.
        base: the branch that it was for then, whatever its head was.
        based: when that was seen first, where it was for another before.
    """

    head: str = ""
    digest: str = ""
    green: bool | None = None
    order: str = ""
    base: str = ""
    based: datetime | None = None

    @property
    def of_no_head(self) -> Judged:
        """What holds of another head, too."""
        return Judged(base=self.base, based=self.based)


class Pull(Struct, frozen=True, kw_only=True):
    """What a pull request has beside an issue.

    Attributes:
        head: the full name of its last commit.
        pushed: when that became the head; None where GitHub does not say.
        makers: the logins of who made, committed or pushed its commits; looked for only where somebody approves it.
        unlisted: whether it has more commits than GitHub lists, so that who made them is not known.
        agents: the plan's agents under whose addresses they were made.
        closes: the issues that it closes, by their numbers.
        reviews: the last of each login.
        judged: what was last said of it; of another head than this it counts for nothing.
        green: whether the gates hold for the head; None where they have not said so yet.
        ref: its branch's name, also in a fork, of which `branch` is empty.
        base_sha: where its base was when GitHub last looked.
        text: what its author wrote.
    """

    head: str
    branch: str
    base: str
    pushed: datetime | None = None
    draft: bool = False
    merged: bool = False
    makers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    unlisted: bool = False
    closes: tuple[int, ...] = ()
    reviews: tuple[Review, ...] = ()
    overrides: tuple[Override, ...] = ()
    judged: Judged = Judged()
    green: bool | None = None
    ref: str = ""
    base_sha: str = ""
    text: str = ""

    def is_approval(self, review: Review) -> bool:
        """Whether a review approves what would be merged now: this head, into this base."""
        return review.verdict is Decided.APPROVED and (review.sha, review.base) == (self.head, self.base)


class Issue(Struct, frozen=True, kw_only=True):
    """An issue or a pull request.

    Attributes:
        todo: the id in the plan that its hidden marker names; believed only where the bot wrote it.
        id: GitHub's own, by which it is named in dependencies; 0 where that is not known.
        blocked_by: the issues that must be closed before it.
        native: of those the ones that GitHub's own dependencies hold.
        told: of those the ones that the bot has told of.
        elsewhere: open issues of other repositories by which it is blocked, as `OWNER/NAME#NUMBER`.
        member: whether GitHub says that its author owns or belongs to the repository.
        linked: the ids of its plan's needs that publishing made dependencies of.
        reviewer: the agent or `@login` that was asked to review it.
        paths: what its pull request changes, or its text names as to be changed.
        parent: the todo that it is a requested change of.
        marks: the keys of what the bot wrote and did here.
        sticky: what the bot's one comment says that is kept current; None where there is none yet.
        touched: when somebody last did something about it, or it was last handed out; None where that is not known.
        nudged: when its agent was last reminded of it; None where it never was.
        board: whether it is the plan's own issue, which tells of the whole.
    """

    number: int
    title: str = ""
    author: str = ""
    closed: bool = False
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    todo: str | None = None
    blocked_by: tuple[int, ...] = ()
    reviewer: str | None = None
    paths: tuple[str, ...] = ()
    pull: Pull | None = None
    parent: int | None = None
    marks: frozenset[str] = frozenset()
    sticky: str | None = None
    touched: datetime | None = None
    nudged: datetime | None = None
    board: bool = False
    id: int = 0
    native: tuple[int, ...] = ()
    told: tuple[int, ...] = ()
    elsewhere: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    member: bool = False

    @property
    def name(self) -> str:
        """What the plan, or where it is in none the bot, calls this todo."""
        return self.todo or f"issue-{self.number}"


class Snapshot(Struct, frozen=True, kw_only=True, dict=True):
    """A repository as it is now.

    Attributes:
        me: the bot's login.
        me_is_bot: False where the bot writes with a person's token.
        plan: that of the default branch, as is the policy `bot`.
        gates: the ids of those that the policy has.
        shut: the phases whose gate, which people tick, is known not to hold yet.
        now: the time by GitHub's clock; None lets no lease run out.
        made: the keys of the todos that commands made.
        limit: the lines that a pull request may have; None where no gate counts them.
        template: how branches are named.
        series: the prefixes of ordered branches, where the plan names none.
        approvals: how many have to approve a head.
    """

    me: str
    plan: Plan
    bot: Bot = Bot()
    issues: tuple[Issue, ...] = ()
    gates: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    me_is_bot: bool = True
    now: datetime | None = None
    made: frozenset[str] = frozenset()
    limit: int | None = None
    template: str = DEFAULT_TEMPLATE
    series: tuple[str, ...] = ()
    approvals: int = 1

    @cached_property
    def issue_of(self) -> Mapping[int, Issue]:
        """Issues and pull requests by their numbers."""
        return {one.number: one for one in self.issues}

    @cached_property
    def agents_of(self) -> Mapping[str, tuple[Agent, ...]]:
        """The agents of each login, which is in lower case."""
        found: dict[str, tuple[Agent, ...]] = {}
        for agent in self.plan.agent_of.values():
            if agent.login is not None:
                login = agent.login.lower()
                found[login] = (*found.get(login, ()), agent)
        return found

    def agents(self, login: str) -> tuple[Agent, ...]:
        """Which agents speak under a login. An app's is another account than a person's of the same name."""
        return self.agents_of.get(login.lower(), ())

    def agent(self, issue: Issue) -> Agent | None:
        """Whose a todo is: its label says so, and nothing else."""
        found = labels.value(issue.labels, labels.AGENT, self.plan.agent_of)
        return self.plan.agent_of[found] if found is not None else None

    def phase(self, issue: Issue) -> str | None:
        """The phase that a todo belongs to: by its label, else by the plan."""
        planned = self.plan.todo_of.get(issue.todo or "")
        return labels.value(issue.labels, labels.PHASE, self.plan.phase_of) or (planned.phase if planned else None)

    def state(self, issue: Issue) -> State:
        """How far a todo is. A closed one is done, unless it was dropped; one opened again by hand is open."""
        progress = labels.progress(issue.labels)
        if issue.closed:
            return State.DROPPED if progress is State.DROPPED else State.DONE
        progress = None if progress in FINISHED else progress
        waits = ((one := self.issue_of.get(n)) is not None and not one.closed for n in issue.blocked_by)
        blocked = bool(issue.elsewhere) or any(waits)
        return labels.flag(issue.labels) or (State.BLOCKED if blocked else None) or progress or State.OPEN

    def is_todo(self, issue: Issue) -> bool:
        """Whether an issue is one of the plan, or was made a todo by a label."""
        return issue.pull is None and (
            issue.todo in self.plan.todo_of
            or self.agent(issue) is not None
            or labels.progress(issue.labels) is not None
        )
