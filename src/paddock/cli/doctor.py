"""`paddock doctor`: what is missing here, and the commands that mend it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import deliver, format_option
from paddock.cli.session import Session, wants_colour
from paddock.diagnosis import Check, Health, exit_code
from paddock.errors import CouldNotCheckError, FactMissingError, PaddockError, UsageError
from paddock.policy.model import FILE
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command("doctor")
@click.option("--fix", is_flag=True, help="First mend what is safe to: hooks, and the settings of agents' worktrees.")
@click.option("--dry-run", is_flag=True, help="With --fix: say what would be done, and do nothing.")
@format_option
def command(*, fix: bool, dry_run: bool, form: str, output: str | None) -> None:
    """Tell what of git, hooks, guard, policy, base, protected branch, keys and worktrees is missing, one line each.

    Nothing is changed without --fix. Under each line stands the command that mends it.

    \b
    Examples:
      paddock doctor
      paddock doctor --fix --dry-run
      paddock doctor --format json

    Exit codes: 0 nothing is wrong, 1 something is, 3 something could not be looked at.
    """
    from paddock.render.diagnosis import as_json, as_text

    if dry_run and not fix:
        raise UsageError("--dry-run says what --fix would do", hint="paddock doctor --fix --dry-run")
    session = Session()
    if fix:
        _fix(session, dry_run=dry_run)
    checks = tuple(_checks(session))
    colour = output is None and wants_colour()
    deliver(as_json(checks) if form == "json" else as_text(checks, colour=colour), output)
    sys.exit(exit_code(checks))


def _checks(session: Session) -> Iterator[Check]:
    from paddock.worktrees import doctor

    yield doctor.git_check()
    repository = session.repository
    yield doctor.history_check(repository)
    yield doctor.identity_check(repository)
    yield from doctor.hook_checks(repository)
    yield from doctor.guard_checks()
    yield _policy(session)
    yield doctor.base_check(repository, _base(session))
    yield from _protected()
    yield from _signing(session)
    yield from _worktrees(session)


def _fix(session: Session, *, dry_run: bool) -> None:
    """Mend, and say so apart from what is found afterwards."""
    from paddock.cli.owned import owners
    from paddock.worktrees.mend import mend

    try:
        known = owners(session.repository, _base(session))
    except PaddockError:
        known = None  # told below
    for step in mend(session.repository, known, dry_run=dry_run):
        what = ("would be done: " if dry_run else "done: ") if step.done else ""
        click.echo(printable(f"{what}{step.words}"), err=True)


def _worktrees(session: Session) -> Iterator[Check]:
    """Whether every worktree is as the plan has it, where there is one."""
    from paddock.cli.owned import owned
    from paddock.worktrees.audit import plan_checks, worktree_checks

    try:
        known, broken = owned(session.repository, _base(session))
    except FactMissingError:
        return  # told of the base above
    except PaddockError as error:
        yield Check("plan", Health.PROBLEM, str(error), error.hint)
        return
    yield from plan_checks(broken)
    if known is not None:
        yield from worktree_checks(session.repository, known)


def _policy(session: Session) -> Check:
    try:
        policy = session.policy
    except PaddockError as error:
        return Check("policy", Health.PROBLEM, str(error), error.hint or f"mend {FILE}")
    if policy.source != FILE:
        return Check("policy", Health.WARNING, f"no {FILE}: judged by {policy.source}", "paddock init")
    return Check("policy", Health.OK, f"{FILE}: {', '.join(policy.gates) or 'no gate'}")


def _base(session: Session) -> str:
    try:
        return session.policy.base
    except PaddockError:
        from paddock.adopt import usual_base

        return usual_base(session.repository)


def _signing(session: Session) -> Iterator[Check]:
    """Whether the next commit will be signed and believed, where the policy asks for that."""
    from msgspec import structs

    from paddock.cli.signing import formats

    try:
        taken = formats(session.policy)
    except PaddockError:
        return
    if not taken:
        return
    from paddock.sources.change import GitChange
    from paddock.worktrees.signing import checks

    base = session.policy.base
    try:
        trusted = GitChange(session.repository, base=base).trusted
    except CouldNotCheckError:
        return  # told of the base above
    for check in checks(session.repository, trusted, base, taken):
        yield structs.replace(check, name=f"signing: {check.name}")


def _protected() -> Iterator[Check]:
    """What CI would trust: the protected branch, and its policy."""
    trusting = Session(trust="base")
    try:
        trust = trusting.trust
    except CouldNotCheckError as error:
        yield Check("trust", Health.WARNING, error.message, error.hint)
        return
    if trust is None:
        return
    named = f"{trust.ref} at {trust.sha[:12]}"
    yield Check("trust", Health.OK, f"CI judges by {named}")
    try:
        policy = trusting.policy
    except PaddockError as error:
        yield Check("trusted policy", Health.PROBLEM, str(error), error.hint)
        return
    if policy.source != FILE:
        message = f"{named} has no {FILE}: in CI the change's own is used"
        yield Check("trusted policy", Health.WARNING, message, f"merge a {FILE}: paddock init")
        return
    yield Check("trusted policy", Health.OK, f"{FILE}: {', '.join(policy.gates) or 'no gate'}")
