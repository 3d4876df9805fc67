"""What GitHub answers, as frozen values. Text from outside stands in them as it came.

Fields carry the API's own names where they are decoded, and the project's words where they are read: `author` is the
API's `user`. An account that was deleted is None there, and so here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field, structs


class Account(Struct, frozen=True):
    """Who did something."""

    login: str
    type: str = "User"

    @property
    def bot(self) -> bool:
        """Whether GitHub says that it is an app's."""
        return self.type == "Bot"


class Label(Struct, frozen=True):
    """A label of the repository."""

    name: str
    color: str = ""
    description: str | None = None


class Milestone(Struct, frozen=True):
    """A milestone; `state` is `open` or `closed`."""

    number: int
    title: str
    state: str = "open"
    description: str | None = None


class _Written(Struct, frozen=True, kw_only=True):
    """What an issue, a pull request and a comment have in common.

    Attributes:
        association: what the author is to the repository, in GitHub's words: `MEMBER`, `NONE`.
        body: the text; None and empty mean the same to GitHub.
    """

    id: int
    author: Account | None = field(name="user")
    association: str = field(name="author_association", default="NONE")
    body: str | None = None
    created: datetime = field(name="created_at")
    updated: datetime = field(name="updated_at")

    @property
    def text(self) -> str:
        """The text as it was written, empty where there is none."""
        return self.body or ""

    @property
    def login(self) -> str:
        """Who wrote it; empty where the account is gone."""
        return self.author.login if self.author is not None else ""


class _Topic(_Written, frozen=True, kw_only=True):
    number: int
    title: str
    state: str
    labels: tuple[Label, ...] = ()
    assignees: tuple[Account, ...] | None = ()
    milestone: Milestone | None = None
    draft: bool = False

    @property
    def closed(self) -> bool:
        """Whether it is closed; a merged pull request is."""
        return self.state == "closed"

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels."""
        return tuple(one.name for one in self.labels)

    @property
    def assigned(self) -> tuple[str, ...]:
        """The logins of its assignees."""
        return tuple(one.login for one in self.assignees or ())


class _Dependencies(Struct, frozen=True):
    blocked_by: int = 0


class Issue(_Topic, frozen=True, kw_only=True):
    """An issue, or a pull request seen as one. `reason` says why it is closed: `completed`, `not_planned`."""

    reason: str | None = field(name="state_reason", default=None)
    comments: int = 0
    url: str = field(name="repository_url", default="")
    dependencies: _Dependencies | None = field(name="issue_dependencies_summary", default=None)
    pull: Any = field(name="pull_request", default=None)

    @property
    def is_pull(self) -> bool:
        """Whether it is a pull request."""
        return self.pull is not None

    @property
    def home(self) -> str:
        """The repository that it is in, as `OWNER/NAME`."""
        return "/".join(self.url.split("/")[-2:])

    @property
    def blockers(self) -> int | None:
        """How many open issues block it, by GitHub's own dependencies; None where the server tells of none."""
        return self.dependencies.blocked_by if self.dependencies is not None else None


class _Place(Struct, frozen=True):
    full_name: str


class Tip(Struct, frozen=True):
    """A branch of a pull request; the repository is None where a fork was deleted."""

    sha: str
    ref: str
    repo: _Place | None = None


class Pull(_Topic, frozen=True, kw_only=True):
    """A pull request.

    Attributes:
        merged_at: when it was merged.
        mergeable: None while GitHub has not yet tried, and in lists.
        reviewers: the accounts that were asked to review it and have not.
        commits: how many; None in lists.
    """

    head: Tip
    base: Tip
    merged_at: datetime | None = None
    merge_sha: str | None = field(name="merge_commit_sha", default=None)
    mergeable: bool | None = None
    reviewers: tuple[Account, ...] | None = field(name="requested_reviewers", default=())
    commits: int | None = None

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.merged_at is not None

    @property
    def fork(self) -> bool:
        """Whether the branch lives in another repository, or in one that is gone."""
        return self.head.repo is None or self.base.repo is None or self.head.repo != self.base.repo


class Faces(Struct, frozen=True):
    """How many reactions there are of each kind, whosever they are."""

    plus: int = field(name="+1", default=0)
    minus: int = field(name="-1", default=0)
    laugh: int = 0
    hooray: int = 0
    confused: int = 0
    heart: int = 0
    rocket: int = 0
    eyes: int = 0


class Comment(_Written, frozen=True, kw_only=True):
    """A comment on an issue or a pull request. Who edited it last is not told by this API."""

    issue_url: str
    faces: Faces = field(name="reactions", default=Faces())

    @property
    def number(self) -> int:
        """Of the issue or the pull request that it stands on; 0 where GitHub's URL does not end with one."""
        last = self.issue_url.rpartition("/")[2]
        return int(last) if last.isascii() and last.isdigit() else 0

    @property
    def edited(self) -> bool:
        """Whether it was changed after it was written; a change within the same second does not show."""
        return self.updated > self.created


class Review(Struct, frozen=True, kw_only=True):
    """A review; `state` is `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.

    `sha` is the head it was about.
    """

    id: int
    author: Account | None = field(name="user")
    association: str = field(name="author_association", default="NONE")
    body: str | None = None
    state: str
    sha: str | None = field(name="commit_id", default=None)
    submitted: datetime | None = field(name="submitted_at", default=None)

    @property
    def text(self) -> str:
        """The text as it was written, empty where there is none."""
        return self.body or ""

    @property
    def login(self) -> str:
        """Who wrote it; empty where the account is gone."""
        return self.author.login if self.author is not None else ""


class ReviewComment(_Written, frozen=True, kw_only=True):
    """A comment on a line of a change. `line` is None where the change has moved on, or it is about the file."""

    review: int | None = field(name="pull_request_review_id", default=None)
    path: str
    line: int | None = None
    sha: str = field(name="commit_id", default="")
    answers: int | None = field(name="in_reply_to_id", default=None)


class PullFile(Struct, frozen=True):
    """A file of a pull request; at most 3,000 are listed. `status` is GitHub's word: `added`, `renamed`."""

    path: str = field(name="filename")
    status: str
    added: int = field(name="additions")
    deleted: int = field(name="deletions")
    old_path: str | None = field(name="previous_filename", default=None)


class _Signature(Struct, frozen=True):
    email: str = ""


class _Made(Struct, frozen=True):
    message: str
    author: _Signature | None = None
    committer: _Signature | None = None


class _Maker(Struct, frozen=True):
    login: str = ""


class PullCommit(Struct, frozen=True):
    """A commit of a pull request; at most 250 are listed. Author and committer are accounts, None where unknown.

    By GitHub's description of its API one that is unknown is null, or an object without anything.
    """

    sha: str
    commit: _Made
    author: _Maker | None = None
    committer: _Maker | None = None

    def __post_init__(self) -> None:
        """No account without a login."""
        for name in ("author", "committer"):
            if getattr(self, name) == _Maker():
                structs.force_setattr(self, name, None)

    @property
    def message(self) -> str:
        """The whole message."""
        return self.commit.message

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses that git has of author and committer."""
        return tuple(one.email for one in (self.commit.author, self.commit.committer) if one is not None and one.email)


class _App(Struct, frozen=True):
    slug: str = ""


class CheckRun(Struct, frozen=True):
    """A check run. `status` is `queued`, `in_progress` or `completed`; with the last comes a conclusion."""

    id: int
    name: str
    sha: str = field(name="head_sha")
    status: str
    conclusion: str | None = None
    external_id: str | None = None
    made_by: _App | None = field(name="app", default=None)

    @property
    def app(self) -> str:
        """The app by whose token it was made, `github-actions` for workflows; empty where that is not told."""
        return self.made_by.slug if self.made_by is not None else ""


class CommitStatus(Struct, frozen=True):
    """A commit status; `state` is `error`, `failure`, `pending` or `success`."""

    context: str
    state: str
    description: str | None = None
    creator: Account | None = None


class Permission(Struct, frozen=True):
    """What an account may: `role` tells triage and maintain too, and is empty for outsiders; `permission` is `none`."""

    role: str = field(name="role_name", default="")
    permission: str = "none"


class Reaction(Struct, frozen=True):
    """A reaction; `content` is GitHub's word: `eyes`, `+1`."""

    id: int
    content: str
    author: Account | None = field(name="user")

    @property
    def login(self) -> str:
        """Whose it is; empty where the account is gone."""
        return self.author.login if self.author is not None else ""


class _Object(Struct, frozen=True):
    sha: str


class Ref(Struct, frozen=True):
    """A ref by its full name."""

    name: str = field(name="ref")
    object: _Object

    @property
    def sha(self) -> str:
        """What it points to."""
        return self.object.sha


class Push(Struct, frozen=True):
    """A change of a branch: `kind` is `push`, `force_push`, `branch_creation`, `branch_deletion` or `pr_merge`."""

    ref: str
    before: str
    after: str
    at: datetime = field(name="timestamp")
    kind: str = field(name="activity_type")
    actor: Account | None = None


class Repository(Struct, frozen=True):
    """The repository."""

    id: int
    full_name: str
    default_branch: str
    private: bool = False
    archived: bool = False


class Workflow(Struct, frozen=True):
    """A workflow; `state` is `active`, or says by whom it was disabled."""

    path: str
    state: str


class Ruleset(Struct, frozen=True):
    """Rules for branches or tags."""

    id: int
    name: str
    enforcement: str = "active"


class RulesetWhole(Ruleset, frozen=True):
    """A ruleset with all that it says, as GitHub's API has it."""

    target: str = "branch"
    conditions: dict[str, Any] | None = None
    rules: tuple[dict[str, Any], ...] = ()
    bypass: list[dict[str, Any]] | None = field(name="bypass_actors", default=None)


class App(Struct, frozen=True):
    """An app; `id` is what rules name it by."""

    id: int
    slug: str
