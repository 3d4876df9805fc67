"""`paddock conflict`: two branches that do not merge, resolved on a branch of their own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.coupled import Coupled, selecting
from paddock.cli.judge import deliver, judge
from paddock.cli.session import Session
from paddock.errors import PaddockError, UsageError
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.findings import Report
    from paddock.sources.quarantine import Quarantine
    from paddock.stack.resolution import Resolution

_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to say it."
)
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.group("conflict")
def command() -> None:
    """Find branches that do not merge, and resolve them on a branch of their own.

    \b
    Examples:
      paddock conflict list
      paddock conflict isolate feature/x/01a-api feature/x/01b-client
      paddock conflict done
    """


@command.command("list")
@selecting
@_format
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
def list_(  # noqa: PLR0913 - one argument an option
    *,
    plan_file: str | None,
    globs: tuple[str, ...],
    everything: bool,
    base: str | None,
    states: str | None,
    form: str,
    output: str | None,
) -> None:
    """Show every two open branches that do not merge, in which files, and what is being resolved.

    \b
    Examples:
      paddock conflict list
      paddock conflict list --open --format json

    Exit codes: 0 all merge, 1 some do not, 2 usage or policy error, 3 could not check.
    """
    from paddock.errors import CouldNotCheckError
    from paddock.render.stack import conflict as rendering
    from paddock.stack.integrate import Integrating
    from paddock.stack.kept import Kept
    from paddock.stack.resolution import PREFIX, resolutions

    coupled = Coupled(plan_file, globs, everything=everything, base=base, states=states)
    repository = coupled.session.repository
    # A resolution is of two others, and no branch of the train.
    branches = [coupled.known[one.branch] for one in coupled.places if not one.branch.startswith(PREFIX)]
    found = Integrating(repository, coupled.base, branches, Kept(repository.common_dir)).all()
    if found.refused:
        first, second, why = found.refused[0]
        raise CouldNotCheckError(f"{first} and {second} can't be merged: {why}", hint="leave it out: --branches")
    for note in coupled.notes:
        click.echo(printable(f"note: {note}"), err=True)
    pairs = list(found.clashing)
    listed = rendering.Listed(tuple(pairs), resolutions(repository), len(branches))
    deliver(rendering.as_json(listed) if form == "json" else rendering.as_text(listed), output)
    sys.exit(1 if pairs else 0)


@command.command("isolate")
@click.argument("first")
@click.argument("second")
@_dry_run
@_format
def isolate(*, first: str, second: str, dry_run: bool, form: str) -> None:
    """Make the branch on which two branches' conflict is resolved.

    `resolve/A--B` begins at the earlier of the two (by their order keys, else as named) with the later one merged in.
    Its files are as git left them, markers included. Both agents are told in the status log.

    \b
    Examples:
      paddock conflict isolate feature/x/01a-api feature/x/01b-client
      paddock conflict isolate feature/x/01a-api feature/x/01b-client --dry-run

    Exit codes: 0 the branch is made, or the two merge cleanly, 2 usage or policy error, 3 git could not.
    """
    from paddock.render.stack import conflict as rendering
    from paddock.sources.quarantine import Quarantine
    from paddock.stack import resolution

    session = Session()
    ours, theirs = _in_order(session, first, second)
    with Quarantine(session.repository) as quarantine:
        found = resolution.isolate(session.repository, quarantine, ours, theirs)
        if found is None:
            click.echo(printable(f"{ours[0]} and {theirs[0]} merge cleanly: there is nothing to resolve"))
            return
        if not dry_run:
            resolution.keep(session.repository, quarantine, found)
    click.echo(rendering.isolated_json(found) if form == "json" else rendering.isolated_text(found), nl=False)
    if dry_run:
        click.echo("nothing was made: --dry-run", err=True)
        return
    files = len({one.path for one in found.record.open})
    told = f"{ours[0]} and {theirs[0]} conflict in {files} file{'s' * (files != 1)}: resolve it on {found.branch}"
    _tell(session, (ours[0], theirs[0]), told)
    click.echo(printable(f"  work on it: git switch {found.branch}; then: paddock conflict done"), err=True)


@command.command("done")
@click.argument("branch", required=False)
@click.option(
    "--accept", "accepted", metavar="PATH", multiple=True, help="This file is meant as it is; may be repeated."
)
@_dry_run
def done(*, branch: str | None, accepted: tuple[str, ...], dry_run: bool) -> None:
    """Judge a resolution, and bring it back onto the later branch.

    No marker may be left, and no line that either side added outside of the conflicts may be lost. What is meant so is
    accepted by name. The gates of a push judge the result as a change to the later branch. That branch then moves
    forward to one merge commit; its worktree's files move with it.

    \b
    Examples:
      paddock conflict done
      paddock conflict done resolve/feature/x/01a-api--feature/x/01b-client --dry-run
      paddock conflict done --accept docs/old.md

    Exit codes: 0 it is brought back, 1 it is not resolved or a gate failed, 2 usage or policy error, 3 could not check.
    """
    from paddock.sources.quarantine import Quarantine
    from paddock.stack import resolution

    session = Session()
    repository = session.repository
    found = resolution.opened(repository, _named(session, branch))
    if resolution.is_brought(repository, found):
        click.echo(printable(f"{found.branch} is brought back onto {found.record.later} already"))
        return
    problems = resolution.judged(repository, found, accepted)
    for one in problems:
        click.echo(printable(f"{one.path}: {one.what}"))
        if one.acceptable:
            click.echo(printable(f"  if that is meant: --accept {one.path}"))
    if problems:
        sys.exit(1)
    with Quarantine(repository) as quarantine:
        commit = resolution.merged(quarantine, repository, found)
        report = _judged(session, quarantine, found, commit)
        if report.exit_code:
            from paddock.render.text import render

            click.echo(render(report), nl=False)
            sys.exit(report.exit_code)
        if dry_run:
            click.echo(printable(f"{found.record.later} would move to a merge of {found.record.earlier}"))
            return
        resolution.bring(repository, quarantine, found, commit)
    click.echo(
        printable(f"{found.record.later} is now {commit[:12]}, with {found.record.earlier} merged in as resolved")
    )
    told = f"{found.branch} is resolved: {found.record.later} is now {commit[:12]}"
    _tell(session, (found.record.earlier, found.record.later), told)
    click.echo(
        printable(f"  the resolution is kept; when it is of no more use: git branch -D {found.branch}"), err=True
    )


@command.command("abort")
@click.argument("branch", required=False)
@click.option("--discard", is_flag=True, help="Also where commits were made on it.")
@_dry_run
def abort(*, branch: str | None, discard: bool, dry_run: bool) -> None:
    """Delete a resolution's branch; both of the branches are where they were.

    \b
    Examples:
      paddock conflict abort resolve/feature/x/01a-api--feature/x/01b-client

    Exit codes: 0 it is gone, 2 usage or policy error, 3 git could not.
    """
    from paddock.stack import resolution
    from paddock.worktrees import tips

    session = Session()
    found = resolution.opened(session.repository, _named(session, branch), ending=True)
    count = len(found.commits)
    if count and not discard:
        raise UsageError(
            f"{count} commit{'s' * (count != 1)} on `{found.branch}` would be lost",
            hint=f"keep them: git branch NAME {found.branch}; or: paddock conflict abort --discard",
        )
    if not dry_run:
        resolution.abort(session.repository, found.branch, found.tip)
        tips.forget(session.repository, found.branch, found.tip)
    would = "would be " if dry_run else ""
    click.echo(printable(f"{found.branch} {would}deleted; it was {found.tip[:12]}"))


def _named(session: Session, branch: str | None) -> str:
    """The resolution meant: the one named, else the one checked out, else the only one."""
    from paddock.stack.resolution import PREFIX, resolutions

    if branch is not None:
        return branch.removeprefix("refs/heads/")
    here = session.repository.branch() or ""
    if here.startswith(PREFIX):
        return here
    there = [name for name, _ in resolutions(session.repository)]
    if len(there) != 1:
        what = f"there are {len(there)} resolutions" if there else "there is no resolution"
        raise UsageError(what, hint="name it: paddock conflict done BRANCH" if there else "paddock conflict list")
    return there[0]


def _in_order(session: Session, first: str, second: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both branches, name and commit, the one of the lower key first."""
    from paddock.plan.keys import parse
    from paddock.sources.heads import heads
    from paddock.stack.resolution import PREFIX

    known = heads(session.repository)
    names = [one.removeprefix("refs/heads/") for one in (first, second)]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no branch `{name}`", hint="git branch --all lists what there is")
        if name.startswith(PREFIX):
            raise UsageError(f"`{name}` is itself a resolution", hint="finish it first: paddock conflict done")
    if names[0] == names[1]:
        raise UsageError("a branch does not conflict with itself", hint="name two")
    template, series = _template(session)
    one, other = (parse(name, template, series) for name in names)
    if one.valid and other.valid and one.series == other.series and other.order < one.order:
        names.reverse()
    return (names[0], known[names[0]].sha), (names[1], known[names[1]].sha)


def _template(session: Session) -> tuple[str, tuple[str, ...]]:
    from paddock.gates.branch_order import BranchOrderConfig
    from paddock.plan.keys import DEFAULT_TEMPLATE

    config = session.policy.gates.get("branch-order")
    if isinstance(config, BranchOrderConfig):
        return config.template, config.series or session.policy.series
    return DEFAULT_TEMPLATE, session.policy.series


def _judged(session: Session, quarantine: Quarantine, found: Resolution, commit: str) -> Report:
    """The gates of a push, on the later branch as it will be, against the earlier one that it then stands on."""
    from paddock.model import Stage
    from paddock.sources.range import RangeSource

    source = RangeSource(
        quarantine.repository,
        commit,
        base=found.record.earlier,
        base_revisions=(found.earlier,),
        branch=found.record.later,
        rules=session.rules,
    )
    return judge(session, source, Stage.PRE_PUSH, subject=found.record.later)


def _tell(session: Session, branches: tuple[str, ...], text: str) -> None:
    """Write it into the status log of each agent whose branches these are."""
    from paddock.worktrees import log

    agents = {name: _agent(session, name) for name in branches}
    for agent in dict.fromkeys(one for one in agents.values() if one):
        try:
            log.say(session.repository, log.checked(agent), text)
        except PaddockError as error:
            click.echo(printable(f"{agent} could not be told: {error}"), err=True)
        else:
            click.echo(printable(f"told {agent}"), err=True)
    for name in (name for name, agent in agents.items() if agent is None):
        click.echo(printable(f"whose {name} is, is not known here: nobody was told of it"), err=True)


def _agent(session: Session, branch: str) -> str | None:
    """Whose branch it is: by the plan, by its name, or by the worktree that has it."""
    from paddock.cli.session import read_below
    from paddock.plan.keys import parse
    from paddock.plan.load import SIZE_LIMIT, load
    from paddock.plan.model import FILE
    from paddock.plan.owners import Owners
    from paddock.worktrees import places

    repository = session.repository
    text = repository.blob("HEAD", FILE) if repository.top is None else read_below(repository.top, FILE, SIZE_LIMIT)
    if text is not None and (owner := Owners(load(text)).branch(branch)) is not None:
        return owner.id
    if (named := parse(branch, *_template(session)).agent) is not None:
        return named
    return next((one.agent for one in places.linked(repository.common_dir) if one.branch == branch), None)
