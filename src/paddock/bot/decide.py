"""From one comment and a snapshot to what shall change: parsed, checked for permission, handled. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import permission
from paddock.bot.actions import KEYED, Action, Answer, Refused
from paddock.bot.apply import apply
from paddock.bot.commands import Call, Mistake, fresh
from paddock.bot.model import MARK
from paddock.bot.spoken import spoken
from paddock.bot.table import COMMANDS
from paddock.bot.view import View
from paddock.render.neutral import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.bot.model import Actor, Comment, Snapshot


class Step(Struct, frozen=True):
    """One command, or mistake, with what it wants."""

    said: Call | Mistake
    actions: tuple[Action, ...]


def decide(comment: Comment, snapshot: Snapshot, before: Iterable[str] = ()) -> tuple[Action, ...]:
    """What a comment's new commands want, in their order; each is judged by what those before it leave.

    Args:
        comment: as it is now.
        snapshot: the repository as it is now.
        before: the fingerprints of what this comment said when it was last looked at.
    """
    return tuple(action for step in decided(comment, snapshot, before) for action in step.actions)


def decided(comment: Comment, snapshot: Snapshot, before: Iterable[str] = ()) -> Iterator[Step]:
    """The same, command by command."""
    if comment.dismissed or not permission.speaks(comment, snapshot, MARK):
        return
    keys: set[str] = set()
    for said in fresh(spoken(comment, others=snapshot.bot.other_bots), before):
        wanted = _wanted(said, comment, snapshot) if isinstance(said, Call) else _told(said, comment, snapshot)
        snapshot = apply(snapshot, wanted)
        yield Step(said, tuple(one for one in wanted if not isinstance(one, KEYED) or one.key not in keys))
        keys |= {one.key for one in wanted if isinstance(one, KEYED)}


def failed(comment: Comment, step: Step, trouble: str, *, again: bool) -> Answer:
    """What somebody is told, once, where GitHub did not do what a command wanted."""
    name = f"/{step.said.command}" if isinstance(step.said, Call) else f"line {step.said.line}"
    then = "it is tried again by each run" if again else "say it in another way"
    return _answer(comment, code(name), f"GitHub did not do all of it: {trouble}", then, str(comment.id))


def _wanted(call: Call, comment: Comment, snapshot: Snapshot) -> tuple[Action, ...]:
    command, view = COMMANDS[call.command], View(snapshot, comment.number)
    refused = permission.check(command, call, comment, view)
    outcome = refused if refused is not None else command.handle(call, comment, view)
    if not isinstance(outcome, Refused):
        return tuple(outcome)
    if outcome.outsider:
        text = f"{_to(comment)}: {prose(outcome.reason)}."
        return (Answer(number=comment.number, text=text, key=outsider(comment.author)),)
    return (_answer(comment, code(f"/{call.command}"), outcome.reason, outcome.hint, str(comment.id)),)


def outsider(author: Actor) -> str:
    """The key of the one answer that an outsider gets on an issue."""
    return _key("outsider", author.login.lower())


def _told(mistake: Mistake, comment: Comment, snapshot: Snapshot) -> tuple[Action, ...]:
    """The answer to a mistake, if it deserves one; the same mistake of the same person gets no second."""
    silent = {"answer": False, "near": mistake.suggestion is None, "ignore": True}[snapshot.bot.unknown]
    if (silent and not mistake.command) or permission.is_outsider(comment.author, snapshot):
        return ()
    hint = f"did you mean `{mistake.suggestion}`?" if mistake.suggestion else "what I know: `/help`"
    return (_answer(comment, f"line {mistake.line}", mistake.error, hint, comment.author.login.lower()),)


def _answer(comment: Comment, about: str, reason: str, hint: str | None, once: str) -> Answer:
    hinted = f" → {prose(hint)}" if hint else ""
    return Answer(
        number=comment.number,
        text=f"{_to(comment)}, {about}: {prose(reason)}.{hinted}",
        key=_key("answer", once, reason),
    )


def _to(comment: Comment) -> str:
    # The one mention that is meant. A login has no other characters, and what has is none.
    login = comment.author.login
    return f"@{login}" if login.replace("-", "").replace("[bot]", "").isalnum() and login.isascii() else code(login)


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
