"""`/block`: a todo waits for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import Block, Refused
from paddock.bot.command import ISSUE, Argument, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """Circles are refused, as far as the snapshot shows them: nothing in one would ever start."""
    issue, on = view.subject, int(call.args[0])
    if on == issue.number:
        return Refused(f"#{on} can't wait for itself")
    if on not in view.snapshot.issue_of:
        return Refused(f"there is no issue #{on}")
    if _waits(view, on, issue.number):
        return Refused(f"#{on} waits for #{issue.number} already", f"first, on #{on}: /unblock #{issue.number}")
    return () if on in issue.told else (Block(number=issue.number, on=on),)


def _waits(view: View, start: int, for_: int) -> bool:
    seen, left = set[int](), [start]
    while left:
        number = left.pop()
        if number == for_:
            return True
        issue = view.snapshot.issue_of.get(number)
        if number not in seen and issue is not None and not issue.closed:
            left += issue.blocked_by
        seen.add(number)
    return False


COMMAND = Command(
    name="block",
    help="Lets this todo wait until the issue named is closed.",
    more="What waits leaves its agent free for another todo.",
    arguments=(Argument("issue", ISSUE),),
    examples=("/block #12",),
    handle=handle,
)
