"""What a GitHub event asks to be judged, read from its payload. Pure.

A payload is written by GitHub, and much in it by whoever opened the pull request: names, titles, numbers of commits.
Every field that decides is typed, object names and branch names are held to their grammar, and nothing else is read.

Source: "Webhook events and payloads" and "Events that trigger workflows" of GitHub's documentation.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from paddock.errors import UsageError
from paddock.model import QUEUE, PullRequest
from paddock.plan.keys import quoted, ref_problem

LARGEST = 32 << 20  # bytes; GitHub's largest payload has 25 MB
PULL_REQUEST, PULL_REQUEST_TARGET, MERGE_GROUP, PUSH = "pull_request", "pull_request_target", "merge_group", "push"
KNOWN = (PULL_REQUEST, PULL_REQUEST_TARGET, MERGE_GROUP, PUSH)

_HEADS = "refs/heads/"
_T = TypeVar("_T")


class Proposed(Struct, frozen=True, kw_only=True):
    """A change that an event tells of.

    Attributes:
        event: the event's name.
        head: the change's last commit.
        branch: what its branch is called; in a merge queue, the queue's ref.
        default: the repository's protected default branch.
        base: the branch it is for; None where the policy names it.
        since: the commit that it is compared with, where that is not the base's tip: what a push found, and what a
            merge group was built upon. None for none.
        number: the pull request's.
        pull_request: what its author wrote; None where the event does not tell.
        commits: how many commits it is said to have, which tells how deep to look at first.
        fork: whether the branch lives in another repository.
        pushed: whether it was pushed, so that it may be the base itself.
    """

    event: str
    head: str
    branch: str
    default: str
    base: str | None = None
    since: str | None = None
    number: int | None = None
    pull_request: PullRequest | None = None
    commits: int | None = None
    fork: bool = False
    pushed: bool = False

    @property
    def subject(self) -> str:
        """What is judged, in one line."""
        if self.number is not None and not self.branch.startswith(QUEUE):
            return f"#{self.number}: {self.branch} → {self.base}{' (from a fork)' if self.fork else ''}"
        return f"{self.branch} → {self.base}" if self.base is not None else self.branch


class Nothing(Struct, frozen=True):
    """An event that brings no change; `reason` says so in half a sentence."""

    reason: str


def read(event: str, payload: bytes) -> Proposed | Nothing:
    """What to judge for an event.

    Raises:
        UsageError: the event never brings a change, or the payload is not one of its kind.
    """
    if event not in KNOWN:
        raise UsageError(
            f"the event {quoted(event)} brings no change to judge", hint=f"run it on one of: {', '.join(KNOWN)}"
        )
    if len(payload) > LARGEST:
        raise UsageError(f"the payload of {event} has over {LARGEST >> 20} MiB")
    if event == MERGE_GROUP:
        return _merge_group(_decoded(event, payload, _MergeGroupEvent))
    if event == PUSH:
        return _push(_decoded(event, payload, _PushEvent))
    return _pull_request(event, _decoded(event, payload, _PullRequestEvent))


_Object = Annotated[str, Meta(pattern=r"\A([0-9a-f]{40}|[0-9a-f]{64})\Z")]
_Count = Annotated[int, Meta(ge=0)]


class _Repository(Struct):
    default_branch: str


class _Id(Struct):
    id: int


class _Tip(Struct):
    ref: str
    sha: _Object
    repo: _Id | None = None


class _Label(Struct):
    name: str


class _User(Struct):
    login: str


class _Pull(Struct):
    number: Annotated[int, Meta(ge=1)]
    base: _Tip
    head: _Tip
    title: str
    body: str | None = None
    user: _User | None = None
    labels: tuple[_Label, ...] = ()
    draft: bool | None = None
    commits: _Count | None = None


class _PullRequestEvent(Struct):
    pull_request: _Pull
    repository: _Repository


class _Group(Struct):
    head_sha: _Object
    head_ref: str
    base_sha: _Object
    base_ref: str


class _MergeGroupEvent(Struct):
    merge_group: _Group
    repository: _Repository


class _PushEvent(Struct):
    ref: str
    before: _Object
    after: _Object
    repository: _Repository
    created: bool = False
    deleted: bool = False
    commits: tuple[Any, ...] | None = None


def _decoded(event: str, payload: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the payload is not that of {event}: {' '.join(str(error).split())}") from error


def _pull_request(event: str, payload: _PullRequestEvent) -> Proposed:
    pull = payload.pull_request
    if pull.head.ref.startswith(QUEUE):
        # Anybody could call a branch so, and a queue's commits are judged more mildly.
        raise UsageError(
            f"the payload of {event} names the branch {quoted(pull.head.ref)}: only a merge queue has such"
        )
    # A fork that was deleted leaves null behind.
    fork = pull.head.repo is None or pull.base.repo is None or pull.head.repo.id != pull.base.repo.id
    return Proposed(
        event=event,
        head=pull.head.sha,
        branch=_branch(event, pull.head.ref),
        default=_branch(event, payload.repository.default_branch),
        base=_branch(event, pull.base.ref),
        number=pull.number,
        pull_request=PullRequest(
            number=pull.number,
            title=pull.title,
            body=pull.body or "",  # null where its author wrote nothing
            author=pull.user.login if pull.user is not None else None,
            labels=tuple(label.name for label in pull.labels),
            draft=bool(pull.draft),
        ),
        commits=pull.commits,
        fork=fork,
    )


def _merge_group(payload: _MergeGroupEvent) -> Proposed:
    group = payload.merge_group
    branch = _branch(MERGE_GROUP, group.head_ref.removeprefix(_HEADS))
    if not branch.startswith(QUEUE):
        raise UsageError(f"the payload of {MERGE_GROUP} names the branch {quoted(branch)}: that is no merge queue's")
    number = branch.rpartition("/")[2].removeprefix("pr-").partition("-")[0]
    known = number.isascii() and number.isdigit() and len(number) < 12  # noqa: PLR2004 - far over any
    return Proposed(
        event=MERGE_GROUP,
        head=group.head_sha,
        branch=branch,
        default=_branch(MERGE_GROUP, payload.repository.default_branch),
        base=_branch(MERGE_GROUP, group.base_ref.removeprefix(_HEADS)),
        since=group.base_sha,
        number=int(number) if known else None,
    )


def _push(payload: _PushEvent) -> Proposed | Nothing:
    if not payload.ref.startswith(_HEADS):
        return Nothing(f"{quoted(payload.ref)} is not a branch, so no change was pushed")
    branch = _branch(PUSH, payload.ref.removeprefix(_HEADS))
    if branch.startswith(QUEUE):
        return Nothing(f"{quoted(branch)} is a merge queue's branch, which the event {MERGE_GROUP} judges")
    if payload.deleted or not payload.after.strip("0"):
        return Nothing(f"the push deleted the branch {quoted(branch)}, so there is nothing to judge")
    return Proposed(
        event=PUSH,
        head=payload.after,
        branch=branch,
        default=_branch(PUSH, payload.repository.default_branch),
        since=payload.before if payload.before.strip("0") else None,
        commits=None if payload.commits is None else len(payload.commits),
        pushed=True,
    )


def _branch(event: str, name: str) -> str:
    if problem := ref_problem(name):
        raise UsageError(f"the payload of {event} names the branch {quoted(name)}: {problem}")
    return name
