"""What a push sends, from git's pre-push input or from what pre-commit and prek hand on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import UsageError
from paddock.sources.calling import decode
from paddock.sources.git import is_null

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADS = "refs/heads/"
_FIELDS = 4


class Push(Struct, frozen=True):
    """One pushed branch. `head` is what will be there; `was` what was, None for a new branch or where unknown."""

    branch: str
    head: str
    was: str | None = None


def from_git(lines: bytes) -> tuple[Push, ...]:
    """The branches of a pre-push hook's standard input; deletions and tags send nothing to judge.

    Source: githooks(5), "pre-push".

    Raises:
        UsageError: a line is not `local-ref local-object remote-ref remote-object`.
    """
    pushes = []
    for line in lines.removesuffix(b"\n").split(b"\n") if lines else ():
        # A local name may be any revision expression, spaces included; the other three never hold one.
        fields = line.rsplit(b" ", _FIELDS - 1)
        if len(fields) != _FIELDS:
            raise UsageError(
                "standard input is not what git gives a pre-push hook", hint="git calls it: paddock hooks install"
            )
        head, ref, was = (decode(field) for field in fields[1:])
        if ref.startswith(_HEADS) and not is_null(head):
            pushes.append(Push(ref.removeprefix(_HEADS), head, None if is_null(was) else was))
    return tuple(pushes)


def from_framework(environment: Mapping[str, str]) -> Push | None:
    """The one branch that pre-commit and prek tell a hook of; None when they run for something else.

    `head` is a revision here, not always a full object name.
    """
    remote = environment.get("PRE_COMMIT_REMOTE_BRANCH", "")
    head = environment.get("PRE_COMMIT_TO_REF") or environment.get("PRE_COMMIT_LOCAL_BRANCH", "")
    if not head:
        return None
    name = remote or environment.get("PRE_COMMIT_LOCAL_BRANCH", "")
    was = environment.get("PRE_COMMIT_FROM_REF", "")
    return Push(name.removeprefix(_HEADS), head, None if not was or is_null(was) else was)
