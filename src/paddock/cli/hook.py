"""`paddock hook`: what git, pre-commit and prek call. It finds out the stage and the change, and judges."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.check import message_source, staged_source
from paddock.cli.judge import judge, leave, say
from paddock.cli.session import Session, head_or_complain
from paddock.errors import UsageError
from paddock.model import Stage

if TYPE_CHECKING:
    from paddock.findings import Report
    from paddock.model import Source
    from paddock.sources.push import Push

_MESSAGES = ("COMMIT_EDITMSG", "MERGE_MSG")
_STAGES = (Stage.PRE_COMMIT, Stage.COMMIT_MSG, Stage.PRE_PUSH)


@click.command("hook", context_settings={"ignore_unknown_options": True})
@click.option("--stage", type=click.Choice([str(stage) for stage in _STAGES]), help="The stage, where git names it.")
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
    session = Session()
    pushed: tuple[Push, ...] | None = None
    if native:
        pushed = _before(session, stage, arguments)
    actual = Stage(stage) if stage else _stage_of(arguments)
    reports = [judge(session, source, actual, gates, subject) for source, subject in _changes(session, actual, arguments, pushed)]
    for report in reports:
        say(report, "text")
    leave(reports)


def _before(session: Session, stage: str | None, arguments: tuple[str, ...]) -> tuple[Push, ...] | None:
    """Run the hook that was there before, with the same arguments and input; leave with its code if it refuses."""
    from paddock.sources.push import from_git
    from paddock.worktrees.hooks import is_inner_call, run_kept

    if stage is None:
        raise UsageError("--native needs --stage NAME, the hook that git called")
    if is_inner_call(session.repository, stage):
        sys.exit(0)  # the outer call judges
    data = sys.stdin.buffer.read() if stage == Stage.PRE_PUSH else None
    code = run_kept(session.repository, stage, arguments, data)
    if code:
        sys.exit(code)
    return None if data is None else from_git(data)


def _stage_of(arguments: tuple[str, ...]) -> Stage:
    if os.environ.get("PRE_COMMIT_TO_REF") or os.environ.get("PRE_COMMIT_LOCAL_BRANCH"):
        return Stage.PRE_PUSH
    if len(arguments) == 1 and os.path.basename(arguments[0]) in _MESSAGES:
        return Stage.COMMIT_MSG
    return Stage.PRE_COMMIT


def _changes(
    session: Session, stage: Stage, arguments: tuple[str, ...], pushed: tuple[Push, ...] | None
) -> list[tuple[Source, str]]:
    """What there is to judge, each with a line that names it."""
    if stage is Stage.PRE_COMMIT:
        return [(staged_source(session), "")]
    if stage is Stage.COMMIT_MSG:
        if len(arguments) != 1:
            raise UsageError("the stage commit-msg judges one message file", hint="paddock hook .git/COMMIT_EDITMSG")
        return [(message_source(session, arguments[0]), "")]
    if pushed is None:
        from paddock.sources.push import from_framework

        one = from_framework(os.environ)
        pushed = () if one is None else (one,)
        if one is None:
            from paddock.cli.check import range_source

            return [(range_source(session, None), "")]
    return [(_pushed_source(session, push), f"push of {push.branch} at {push.head[:12]}") for push in pushed]


def _pushed_source(session: Session, push: Push) -> Source:
    """Exactly what is pushed, whatever is checked out."""
    from paddock.sources.range import RangeSource

    repository, base = session.repository, session.policy.base
    head = head_or_complain(repository, push.head)
    # A push to the base itself is judged against what the remote has; every other branch against the base.
    was = repository.resolve(push.was) if push.was and push.branch == base else None
    return RangeSource(
        repository, head, base=base, base_revisions=(was,) if was else (), branch=push.branch or None, rules=session.rules
    )
