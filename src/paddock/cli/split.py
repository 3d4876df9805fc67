"""`paddock split`: a branch that grew too large, as a stack of small ones."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import deliver, policy_option, trust_option
from paddock.cli.session import Session, read_file, usual_trust
from paddock.errors import UsageError
from paddock.quoting import quoted
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.gates.pr_size import PrSizeConfig
    from paddock.sources.quarantine import Quarantine
    from paddock.stack.layers import Origin
    from paddock.stack.split.proposal import Split
    from paddock.stack.split.sheet import Sheet
    from paddock.stack.splitting import Naming, Splitting


@click.command("split")
@click.argument("branch", required=False)
@click.option("-b", "--base", metavar="BASE", help="What it is split against.  [default: the policy's base]")
@click.option("--limit", type=click.IntRange(min=1), help="Another limit than the policy's.")
@click.option(
    "--by",
    type=click.Choice(["files", "commits"]),
    default="files",
    show_default=True,
    help="Layers of files, or of whole commits, of which only those over the limit are taken apart.",
)
@click.option("--hunks", is_flag=True, help="Cut a file that is over the limit by itself.")
@click.option("--edit", "edit", metavar="FILE", help="Write the proposal to this file, to change it by hand.")
@click.option("--from", "file", metavar="FILE", help="Take the layers from such a file.")
@click.option("--verify", "command", metavar="COMMAND", help="Run this on every layer, away from your worktree.")
@click.option("--timeout", type=click.IntRange(min=1), default=1800, show_default=True, help="Seconds for each.")
@click.option("--apply", "applying", is_flag=True, help="Make the branches; BRANCH stays where it is.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "mermaid"]),
    default="text",
    show_default=True,
    help="How to say it.",
)
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
@policy_option
@trust_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    branch: str | None,
    base: str | None,
    limit: int | None,
    by: str,
    hunks: bool,
    edit: str | None,
    file: str | None,
    command: str | None,
    timeout: int,
    applying: bool,
    form: str,
    output: str | None,
    policy_file: str | None,
    trust: str | None,
) -> None:
    """Split a branch into ordered branches within the limit of hand-written lines.

    What defines comes before what uses it, tests go with their code, generated files with their sources, a move stays
    whole, a folder stays together where it fits. Without --apply nothing is written. With it, the branches are made in
    one step: the last one holds exactly what BRANCH holds, and BRANCH itself is never moved.

    \b
    Examples:
      paddock split                                   how this branch could be split
      paddock split feature/x/03a-clients --limit 500
      paddock split --edit split.yaml                 then change it, and:
      paddock split --from split.yaml --apply
      paddock split --apply --verify 'make test'

    Exit codes: 0 every layer is within the limit, 1 one is not or did not pass, 2 usage or policy error, 3 could not.
    """
    from paddock.sources.quarantine import Quarantine

    if file is not None and (branch or base or limit or hunks or by != "files"):
        raise click.UsageError("--from has branch, base, limit and hunks in its file.")
    if edit is not None and (by != "files" or applying or file is not None):
        raise click.UsageError("--edit writes layers of files and makes nothing: leave out --by, --from and --apply.")
    session = Session(policy_file, trust=usual_trust(trust))
    work, split = _from_file(session, file) if file else _proposed(session, branch, base, limit, by=by, hunks=hunks)
    with Quarantine(session.repository) as quarantine:
        split = work.make(split, quarantine)
        if edit is not None:
            _write(split, edit, hunks=hunks)
            return
        if command is not None:
            split = _verify(split, quarantine, command, timeout)
        passed = all(one.code == 0 for one in split.verified)
        if applying and passed and len(split.layers) > 1:
            split = work.apply(split, quarantine)
    from paddock.render.stack.split import render

    deliver(render(split, form), output)
    _say_next(split, applying=applying, passed=passed)
    if split.made:
        for words in _retiring(session, split):
            click.echo(printable(f"  {words}"), err=True)
    sys.exit(0 if passed and not split.over else 1)


def _proposed(  # noqa: PLR0913 - what was asked for
    session: Session, branch: str | None, base: str | None, limit: int | None, *, by: str, hunks: bool
) -> tuple[Splitting, Split]:
    from msgspec.structs import replace

    from paddock.stack.splitting import Splitting

    origin = _origin(session, branch, base)
    config = _config(session)
    if limit is not None:
        config = replace(config, limit=limit)
    if config.limit < 1:
        raise UsageError("the limit is 0, so no layer could be within it", hint="paddock split --limit N")
    work = Splitting(session.repository, origin, config, session.rules, _naming(session), hunks=hunks)
    return work, work.by_commits() if by == "commits" else work.by_files()


def _from_file(session: Session, file: str) -> tuple[Splitting, Split]:
    from msgspec.structs import replace

    from paddock.stack.split import sheet as sheets
    from paddock.stack.splitting import Splitting

    text = read_file(file, file, sheets.SIZE_LIMIT)
    sheet, places = sheets.read(text, file)
    origin = _origin(session, sheet.branch, sheet.base)
    _refuse_stale(sheet, origin, file)
    config = replace(_config(session), limit=sheet.limit)
    work = Splitting(session.repository, origin, config, session.rules, _naming(session), hunks=sheet.hunks)
    return work, work.as_told(sheets.layers(sheet, work.whole.pieces, places, file))


def _refuse_stale(sheet: Sheet, origin: Origin, file: str) -> None:
    for what, then, now in (("branch", sheet.head, origin.head), ("merge base", sheet.merge_base, origin.merge_base)):
        if then != now:
            raise UsageError(
                f"the {what} was {then[:12]} when {file} was written, and is {now[:12]}",
                hint=f"write it anew: paddock split {origin.branch} --edit FILE",
            )


def _config(session: Session) -> PrSizeConfig:
    from paddock.gates.pr_size import PrSizeConfig

    configured = session.policy.gates.get("pr-size")
    return configured if isinstance(configured, PrSizeConfig) else PrSizeConfig()


def _origin(session: Session, branch: str | None, base: str | None) -> Origin:
    from paddock.cli.check import commits_source
    from paddock.sources.history import base_candidates, missing_base
    from paddock.stack.layers import Origin

    repository = session.repository
    name, head = _branch(session, branch)
    session.head = head
    revisions: tuple[str, ...] = ()
    if base is not None:
        exact = repository.resolve(base)
        revisions = (exact,) if exact else base_candidates(repository, base)
        if not revisions:
            raise missing_base(repository, base)
    source = commits_source(session, head, base=base, base_revisions=revisions, branch=name)
    merge_base = source.merge_base()
    return Origin(
        branch=name,
        base=source.base(),
        merge_base=merge_base,
        head=head,
        trust=session.trust.sha if session.trust else _trusted(source),
        commits=source.commits(),
    )


def _branch(session: Session, branch: str | None) -> tuple[str, str]:
    """The branch's name and commit; a remote's branch is called as it is there, so that its layers are, too."""
    from paddock.sources.calling import lines_of
    from paddock.sources.heads import heads

    wanted = branch or session.repository.branch()
    if wanted is None:
        raise UsageError("HEAD is detached, so there is no branch to split", hint="name it: paddock split BRANCH")
    repository = session.repository
    name = wanted.removeprefix("refs/heads/")
    if (found := heads(repository).get(name)) is not None:
        return name, found.sha
    remote = name.removeprefix("refs/remotes/")
    names = sorted(lines_of(repository.run("remote")), key=len, reverse=True)
    short = next((remote.removeprefix(f"{one}/") for one in names if remote.startswith(f"{one}/")), None)
    sha = repository.resolve(f"refs/remotes/{remote}") if short else None
    if short is None or sha is None:
        raise UsageError(f"there is no branch `{wanted}`", hint="git branch --all lists what there is")
    return short, sha


def _trusted(source: object) -> str | None:
    """Whose attributes count for every layer: the base's, as for the branch itself."""
    return getattr(source, "trusted", None)


def _naming(session: Session) -> Naming:
    from paddock.gates.branch_order import BranchOrderConfig
    from paddock.sources.calling import lines_of
    from paddock.stack.splitting import Naming

    order = session.policy.gates.get("branch-order")
    refs = ("for-each-ref", "--format=%(refname)", "refs/heads/", "refs/remotes/")
    names = lines_of(session.repository.run(*refs))
    taken = tuple(_short(name) for name in names)
    if not isinstance(order, BranchOrderConfig):
        return Naming(series=session.policy.series, taken=taken)
    return Naming(order.template, order.series or session.policy.series, taken)


def _short(ref: str) -> str:
    kind, _, rest = ref.removeprefix("refs/").partition("/")
    return rest if kind == "heads" else rest.partition("/")[2]


def _write(split: Split, path: str, *, hunks: bool) -> None:
    from paddock.stack.split.sheet import write

    deliver(write(split, hunks=hunks), path)
    click.echo(printable(f"{len(split.layers)} layers written to {path}"), err=True)
    click.echo(printable(f"  change it, then: paddock split --from {path}"), err=True)


def _verify(split: Split, quarantine: Quarantine, command: str, timeout: int) -> Split:
    from msgspec.structs import replace

    from paddock.stack.trying import tried

    return replace(split, verified=tuple(tried(quarantine, split.layers, command, timeout)))


def _retiring(session: Session, split: Split) -> Iterator[str]:
    """What becomes of the branch that was split, which everything would take for one that is still to merge."""
    from paddock.cli.planned import plan_here
    from paddock.plan.model import FILE
    from paddock.sources.checkouts import checkouts
    from paddock.sources.heads import listing

    repository = session.repository
    own, last = quoted(split.branch), quoted(split.layers[-1].branch)
    plan = plan_here(session)
    todo = next((one.id for one in plan.todos if one.branch == split.branch), None) if plan is not None else None
    if todo is not None:
        yield f"{FILE} has it for the todo {todo}: let it have a todo for each of the new branches instead"
    place = next((one.path for one in checkouts(repository) if one.branch == split.branch), None)
    steps = [f"git -C {quoted(place)} switch {last}"] if place is not None else []
    refs = [
        one.name.split("/")
        for one in listing(repository, f"refs/heads/{split.branch}", f"refs/remotes/*/{split.branch}")
    ]
    steps += [f"git branch -D {own}" for one in refs if one[1] == "heads"]
    steps += [f"git push {quoted(one[2])} --delete {own}" for one in refs if one[1] == "remotes"]
    yield f"then retire it: {' && '.join(steps)}"


def _say_next(split: Split, *, applying: bool, passed: bool) -> None:
    """On standard error: what was made, or how it is."""
    if len(split.layers) == 1:
        return
    if split.made:
        first, last = split.layers[0].branch, split.layers[-1].branch
        click.echo(printable(f"{len(split.layers)} branches made, from {first} to {last}"), err=True)
        click.echo(printable(f"  {split.branch} is where it was; it holds the same as {last}"), err=True)
    elif applying and not passed:
        click.echo("nothing was made: a layer did not pass", err=True)
    else:
        click.echo("  make these branches: the same with --apply", err=True)
