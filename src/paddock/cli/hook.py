"""`paddock hook`: what git, pre-commit and prek call. It finds out the stage and the change, and judges."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.check import commits_source, footing_of, keep_refused, message_source, range_source, staged_source
from paddock.cli.judge import judge, leave, say, watched
from paddock.cli.session import Session, head_or_complain
from paddock.errors import CouldNotCheckError, UsageError
from paddock.model import Stage
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Source
    from paddock.sources.push import Push

_STAGES = (Stage.PRE_COMMIT, Stage.COMMIT_MSG, Stage.PRE_PUSH)
_REFS = "reference-transaction"  # git's own hook, which no framework knows


@click.command("hook")
@click.option("--stage", type=click.Choice([*map(str, _STAGES), _REFS]), help="The stage, where git names it.")
@click.option("--gate", "gates", metavar="ID", multiple=True, help="Judge by this gate only; may be repeated.")
@click.option("--native", is_flag=True, help="Called by git itself: run the hook that stood here before, then judge.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(*, stage: str | None, gates: tuple[str, ...], native: bool, arguments: tuple[str, ...]) -> None:
    """Judge what a git hook was called for.

    pre-commit and prek give the stage by what they set: a pushed branch in the environment, a message file as the
    argument, neither before a commit. Git itself gives it by the hook's name (--native --stage NAME).

    \b
    Examples:
      paddock hook                          as pre-commit calls it before a commit
      paddock hook .git/COMMIT_EDITMSG      as pre-commit calls it for a message
      paddock hook --gate dco .git/COMMIT_EDITMSG
    """
    if native and stage is None:
        raise UsageError("--native needs --stage NAME, the hook that git called")
    session = Session(called_by_git=True)
    if stage == _REFS:
        from paddock.cli.refs import judge_refs

        judge_refs(session, sys.stdin.buffer.read())
        return
    actual = Stage(stage) if stage else _stage_of(arguments)
    session.execution = watched() if actual is Stage.PRE_PUSH else None
    data = sys.stdin.buffer.read() if native and actual is Stage.PRE_PUSH else None
    _earlier_hook(session, actual, arguments, data, native=native)
    reports = []
    for source, subject in _changes(session, actual, arguments, data, native=native):
        reports.append(judge(session, source, actual, gates, subject))
        if actual is Stage.COMMIT_MSG:
            keep_refused(source, reports[-1])
    for report in reports:
        say(report, "text")
    leave(reports)


def _stage_of(arguments: tuple[str, ...]) -> Stage:
    if not arguments:
        pushing = os.environ.get("PRE_COMMIT_TO_REF") or os.environ.get("PRE_COMMIT_LOCAL_BRANCH")
        return Stage.PRE_PUSH if pushing else Stage.PRE_COMMIT
    from paddock.sources.message import MESSAGE_FILES

    if len(arguments) == 1 and re.match(MESSAGE_FILES, arguments[0]):
        return Stage.COMMIT_MSG
    raise UsageError(
        f"`{arguments[0]}` is not a commit message's file, and changed files are not named to paddock: it asks git",
        hint=f"leave the hook's `files:` at {MESSAGE_FILES}; or name the stage: --stage commit-msg",
    )


def _earlier_hook(
    session: Session, stage: Stage, arguments: tuple[str, ...], data: bytes | None, *, native: bool
) -> None:
    """Run the hook that was there before, with the same arguments and input; leave with its code if it refuses."""
    if not native and "PADDOCK_RUNNING_HOOK" not in os.environ:
        return  # what follows is imported for native hooks only
    from paddock.worktrees.hooks import is_inner_call, run_kept

    if is_inner_call(session.repository, stage, (data or b"") if native else None):
        sys.exit(0)  # the outer call judges
    if native and (code := run_kept(session.repository, stage, arguments, data)):
        sys.exit(code)


def _changes(
    session: Session, stage: Stage, arguments: tuple[str, ...], data: bytes | None, *, native: bool
) -> Iterator[tuple[Source, str]]:
    """What there is to judge, each with a line that names it."""
    if stage is Stage.COMMIT_MSG:
        if len(arguments) != 1:
            raise UsageError("the stage commit-msg judges one message file", hint="paddock hook .git/COMMIT_EDITMSG")
        yield message_source(session, arguments[0]), ""
        return
    if arguments and not native:
        raise UsageError(f"the stage {stage} takes no arguments", hint=f"paddock hook --stage {stage}")
    if stage is Stage.PRE_COMMIT:
        yield staged_source(session), ""
    elif data is not None:
        from paddock.sources.push import from_git

        for push in from_git(data):
            yield from _pushed(session, push)
    elif not os.environ.get("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/").startswith("refs/heads/"):
        return  # a tag
    else:
        from paddock.sources.push import from_framework

        one = from_framework(os.environ)
        if one is None:
            yield range_source(session, None, pushed=True), ""
        else:
            yield from _pushed(session, one)


def _pushed(session: Session, push: Push) -> Iterator[tuple[Source, str]]:
    """Exactly what is pushed, whatever is checked out."""
    from paddock.sources.history import base_candidates

    repository, base = session.repository, session.policy.base
    head = head_or_complain(repository, push.head)
    seen: tuple[str, ...] = ()
    if push.was and push.branch == base:
        # A push to the base itself is judged against what the remote has; every other branch against the base.
        was = repository.resolve(push.was)
        if was is None:
            raise CouldNotCheckError(
                f"the remote's `{base}` is at {push.was[:12]}, which is not here", hint="git fetch"
            )
        seen = (was,)
    subject = f"push of {push.branch or 'HEAD'} at {head[:12]}"
    if push.branch == base and not seen and head in base_candidates(repository, base):
        click.echo(printable(f"{subject}: this remote has no `{base}` yet, so there is nothing to judge it against"))
        return
    branch = push.branch or None
    footing = footing_of(session)
    source = commits_source(session, head, base=base, base_revisions=seen, branch=branch, pushed=True, footing=footing)
    yield source, subject
