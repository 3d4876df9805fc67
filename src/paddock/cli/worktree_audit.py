"""`paddock worktree audit`: what slipped past the hooks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import deliver, format_option
from paddock.quoting import quoted
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.cli.session import Session
    from paddock.diagnosis import Check
    from paddock.findings import Finding
    from paddock.plan.owners import Owners
    from paddock.worktrees.tips import Moved, Tips


@click.command("audit")
@click.option("--restore", is_flag=True, help="Put branches back that were moved by an agent whose they are not.")
@click.option("--accept", is_flag=True, help="Take every branch as it is now for right.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done; note down nothing.")
@format_option
def audit(*, restore: bool, accept: bool, dry_run: bool, form: str, output: str | None) -> None:
    """Find what slipped past hooks, guard and fence.

    It looks for worktrees that are not as the plan has them, files of others that changed there or in the main
    checkout, commits on branches or paths that are another's, commits that no hook has judged, hooks that don't run,
    and branches that somebody else's agent moved, made or deleted since the last audit. Each run notes down where
    branches stand, so let one run when agents begin, and then often. Run it where no agent works.

    \b
    Examples:
      paddock worktree audit
      paddock worktree audit --restore --dry-run
      paddock worktree audit --restore

    Exit codes: 0 nothing was found, 1 something was, 2 usage or plan error, 3 something could not be looked at.
    """
    from paddock.cli.owned import owned
    from paddock.cli.session import Session, wants_colour
    from paddock.diagnosis import exit_code
    from paddock.errors import UsageError
    from paddock.render.diagnosis import as_json, as_text
    from paddock.worktrees import tips
    from paddock.worktrees.audit import plan_checks
    from paddock.worktrees.refs import agents_here

    if restore and accept:
        raise UsageError("--restore and --accept say the opposite; give one")
    session = Session()
    repository = session.repository
    known, broken = owned(repository, session.policy.base)
    if known is None:
        raise UsageError("there is no plan, so nothing is anybody's", hint="paddock plan init")
    if agents := agents_here(repository, known):
        who = " and ".join(agent.id for agent in agents)
        raise UsageError(f"{who} works here, and nobody audits itself", hint="run it in the main checkout")
    found = tips.look(repository, known)
    if restore:
        sys.exit(_restore(session, found, dry_run=dry_run))
    if accept:
        taken = {**found.fresh, **{one.branch: one.now for one in found.moved}}
        if not dry_run:
            tips.keep(repository, taken)
        would = "would be " if dry_run else ""
        for one in found.moved:
            click.echo(printable(f"{one.branch}: {would}taken for right at {(one.now or 'no commit')[:12]}"))
        return
    checks = (*plan_checks(broken), *_checks(session, known, found))
    colour = output is None and wants_colour()
    deliver(as_json(checks) if form == "json" else as_text(checks, colour=colour), output)
    if not dry_run:
        tips.keep(repository, found.fresh)
    sys.exit(exit_code(checks))


def _restore(session: Session, found: Tips, *, dry_run: bool) -> int:
    """Put back what can be, and tell the rest: 1 where something is left."""
    from paddock.worktrees import tips

    back = tuple(one for one in found.moved if _can_go_back(one))
    left = tuple(one for one in found.moved if one not in back)
    if not dry_run:
        tips.restore(session.repository, back)
        tips.save(session.repository, left)
        tips.keep(session.repository, found.fresh)
    would = "would be " if dry_run else ""
    for one in back:
        was = f" from {one.now[:12]}, which is kept as {tips.UNDONE}{one.now}" if one.now is not None else ""
        click.echo(printable(f"{one.branch}: {would}put back to {str(one.kept)[:12]}{was}"))
    for one in left:
        why, hint = _left(one)
        click.echo(printable(f"{one.branch}: left alone: {why}"), err=True)
        for line in hint.split("\n"):
            click.echo(f"  {printable(line)}", err=True)
    return 1 if left else 0


def _can_go_back(one: Moved) -> bool:
    return one.kept is not None and one.at is None and one.blocked is None and not one.went_on


def _left(one: Moved) -> tuple[str, str]:
    """Why a branch is not put back, and how a person does it; where it stands now is kept."""
    from paddock.worktrees import tips
    from paddock.worktrees.audit import after

    branch = quoted(one.branch)
    if one.went_on:
        tip = f"its tip stays as {tips.UNDONE}{one.now}"
        return f"{one.owner or 'a person'} went on from there; {tip}", after(one)
    if one.kept is None:
        return "it was not there before", f"git branch -D -- {branch}"
    if one.blocked is not None:
        return f"{one.blocked} is where it was", f"git branch -m -- {quoted(one.blocked)} OTHER, and run this again"
    there = f"git -C {quoted(str(one.at))} reset --keep {one.kept}"
    return f"it is checked out at {one.at}; its tip stays as {tips.UNDONE}{one.now}", there


def _checks(session: Session, known: Owners, found: Tips) -> Iterator[Check]:
    from paddock.diagnosis import Check, Health
    from paddock.worktrees import audit, doctor

    repository = session.repository
    yield from doctor.hook_checks(repository)
    yield from audit.worktree_checks(repository, known)
    yield from audit.verdict_checks(repository, known)
    commits = tuple(_commits(session, known))
    yield from commits or (Check("commits", Health.OK, "none on a branch or a path that is another's"),)
    moved = tuple(audit.moved_checks(found.moved))
    yield from moved or (Check("branches", Health.OK, "none was moved by another's agent"),)


def _commits(session: Session, known: Owners) -> Iterator[Check]:
    """What the gate finds on each branch that is not on the base."""
    from paddock.diagnosis import Check, Health
    from paddock.engine import run
    from paddock.findings import Level, Outcome
    from paddock.gates.worktree import GATE, WorktreeConfig
    from paddock.model import Stage
    from paddock.sources.calling import lines_of
    from paddock.sources.history import base_candidates
    from paddock.sources.range import RangeSource
    from paddock.worktrees import places

    repository, base = session.repository, session.policy.base
    config = session.policy.gates.get(GATE.id)
    settings = {GATE.id: config if isinstance(config, WorktreeConfig) else WorktreeConfig()}
    form = "--format=%(objectname) %(if)%(symref)%(then)%(else)%(refname:lstrip=2)%(end)"
    at = {one.branch: one.top for one in places.linked(repository.common_dir)}
    new = (f"--no-merged={sha}" for sha in base_candidates(repository, base))
    for line in lines_of(repository.run("for-each-ref", form, *new, "refs/heads/")):
        sha, _, name = line.partition(" ")
        if name in ("", base, known.plan.base):
            continue
        source = RangeSource(repository, sha, base=base, branch=name, queued=False)
        for verdict in run([GATE], settings, source, Stage.CI).verdicts:
            if verdict.outcome is Outcome.ERRORED:
                yield Check(f"commits of {name}", Health.UNKNOWN, verdict.reason, "git fetch --all")
            for one in verdict.findings:
                if one.severity is Level.ERROR and verdict.outcome is Outcome.FAILED:
                    words = ((one.commit or "")[:12], one.path, one.message)
                    said = ": ".join(word for word in words if word)
                    there = at.get(name)
                    yield Check(f"commits of {name}", Health.PROBLEM, said, _next(one, one.commit or sha, name, there))


def _next(one: Finding, commit: str, branch: str, there: str | None) -> str:
    """What to do about a commit, in the worktree that has its branch, if one has."""
    git = f"git -C {quoted(there)}" if there is not None else "git"
    hint = f"look at it: {git} show {commit[:12]}\n{one.hint or ''}".rstrip("\n")
    if one.path is not None:
        return hint
    on = "" if there is not None else f" {quoted(branch)}"
    return f"{hint}\nonce it is there too, take it out here: {git} rebase --onto {commit[:12]}~1 {commit[:12]}{on}"
