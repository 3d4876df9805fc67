"""What is to change on GitHub: the vocabulary of handlers and of `reconcile`.

Each names a fact that shall hold, not a step: carried out twice it changes nothing the second time. What makes
something new carries a `key`, which goes into a hidden marker, and by which it is found again.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from paddock.bot.model import Review
from paddock.model import Override


def _tag(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class _Action(Struct, frozen=True, kw_only=True, tag_field="action", tag=_tag):
    """`number` is that of an issue or a pull request."""

    number: int


class AddLabel(_Action, frozen=True, kw_only=True):
    """The label is there; it is made where the repository has none of that name."""

    label: str


class RemoveLabel(_Action, frozen=True, kw_only=True):
    """The label is not there."""

    label: str


class Assign(_Action, frozen=True, kw_only=True):
    """The account is among the assignees."""

    login: str


class Unassign(_Action, frozen=True, kw_only=True):
    """The account is not among the assignees."""

    login: str


class Close(_Action, frozen=True, kw_only=True):
    """It is closed as completed."""


class Reopen(_Action, frozen=True, kw_only=True):
    """It is open."""


class Block(_Action, frozen=True, kw_only=True):
    """It can't be done before the issue `on` is closed."""

    on: int


class Unblock(_Action, frozen=True, kw_only=True):
    """It can be done whether the issue `on` is closed or not."""

    on: int


class CreateTodo(_Action, frozen=True, kw_only=True):
    """There is an issue with this key; `number` is the todo that it came from, and both link to each other.

    `text` is as somebody wrote it, several lines perhaps: it is to be quoted. `by` is who wrote it, in the comment
    `comment`, on line `line` of it.
    """

    key: str
    text: str
    by: str
    comment: int
    line: int
    agent: str | None = None
    phase: str | None = None
    is_change: bool = False


class SetReview(_Action, frozen=True, kw_only=True):
    """Of this login's reviews of the pull request, this is the one that counts."""

    review: Review


class SetOverride(_Action, frozen=True, kw_only=True):
    """The pull request's change document carries this override."""

    override: Override


class AskReview(_Action, frozen=True, kw_only=True):
    """The todo is to be reviewed by an agent, or by an `@login`; by whom the plan says where None."""

    reviewer: str | None


class Launch(_Action, frozen=True, kw_only=True):
    """The agent is started on the todo, once for this key."""

    agent: str
    key: str


class Recheck(_Action, frozen=True, kw_only=True):
    """The gates judge this commit of the pull request anew, once for this key."""

    sha: str
    key: str


class Mark(_Action, frozen=True, kw_only=True):
    """It is remembered, and shown to nobody."""

    key: str


class Annotation(Struct, frozen=True):
    """What a check says of a line of the change; `level` is `failure`, `warning` or `notice`."""

    path: str
    line: int
    level: str
    text: str


class Check(_Action, frozen=True, kw_only=True):
    """The check `name` of the commit says this; `digest` tells it from what it said before.

    Without a conclusion something has yet to end. `green` is what the gates come to, reviews aside; of another check it
    is None.
    """

    name: str
    sha: str
    digest: str
    title: str
    conclusion: Literal["success", "failure"] | None = None
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()
    green: bool | None = None


class Show(_Action, frozen=True, kw_only=True):
    """An answer tells `what`: `help`, `status` or `plan`; of help, about the command `about`, else all."""

    what: str
    key: str
    about: str | None = None


class Answer(_Action, frozen=True, kw_only=True):
    """Somebody was told, once for this key. All answers to one comment are written as one; `text` is Markdown."""

    text: str
    key: str


class Tell(_Action, frozen=True, kw_only=True):
    """One comment of its own says this, once for this key; `text` is Markdown.

    Where it is somebody's `turn`, they have something to do from then on, and their lease begins.
    """

    text: str
    key: str
    turn: bool = False


class Stick(_Action, frozen=True, kw_only=True):
    """The one comment that is kept current says this and nothing else; `text` is Markdown."""

    text: str


Action = (
    AddLabel
    | RemoveLabel
    | Assign
    | Unassign
    | Close
    | Reopen
    | Block
    | Unblock
    | CreateTodo
    | SetReview
    | SetOverride
    | AskReview
    | Launch
    | Recheck
    | Mark
    | Check
    | Show
    | Answer
    | Tell
    | Stick
)

GATES, ORDER = "paddock/gates", "paddock/order"  # the checks

KEYED = (CreateTodo, Launch, Recheck, Show, Answer, Tell)


class Refused(Struct, frozen=True):
    """Why nothing changes: a fact, and what to do instead. Text from outside stands in it as it came."""

    reason: str
    hint: str | None = None
    outsider: bool = False
