"""`paddock count`: how many hand-written lines a branch changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.check import commits_source, footing_of, staged_source
from paddock.cli.judge import deliver, format_option, policy_option, trust_option
from paddock.cli.session import Session, head_or_complain, usual_trust
from paddock.errors import FactMissingError

if TYPE_CHECKING:
    from paddock.model import Source


@click.command("count")
@click.option("-c", "--branch", metavar="BRANCH", help="The branch to count; it is not checked out.  [default: HEAD]")
@click.option(
    "-b",
    "--base",
    metavar="BASE",
    help="What it is counted against.  [default: the branch of its series that it stands on, else the policy's base]",
)
@click.option("--staged", is_flag=True, help="Count what the branch will be once the index is committed.")
@click.option("--limit", type=click.IntRange(min=0), help="Another limit than the policy's.")
@click.option("--all", "everything", is_flag=True, help="Show every file instead of the largest.")
@policy_option
@trust_option
@format_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    branch: str | None,
    base: str | None,
    staged: bool,
    limit: int | None,
    everything: bool,
    policy_file: str | None,
    trust: str | None,
    form: str,
    output: str | None,
) -> None:
    """Count a branch's hand-written lines against the merge base; in a stack, against the branch that it stands on.

    Shows what was counted, what was not, and why. Generated, vendored and lock files do not count; a renamed file
    counts for the lines that differ.

    \b
    Examples:
      paddock count                         this branch against the policy's base
      paddock count -c feature/x -b main    another branch; nothing is checked out
      paddock count --staged                what the branch will be after this commit
      paddock count --format json

    Exit codes: 0 within the limit, 1 over it, 2 usage or policy error, 3 could not count.
    """
    from msgspec.structs import replace

    from paddock.gates import pr_size
    from paddock.render import ledger as rendering

    if staged and (branch or base or trust):
        raise click.UsageError("--staged counts this worktree's index; -c, -b and --trust are for commits.")
    session = Session(policy_file, trust=None if staged else usual_trust(trust))
    # Where the trusted commit has no policy yet, it is the head's.
    source = staged_source(session) if staged else _range_source(session, branch, base)
    configured = session.policy.gates.get("pr-size")
    config = configured if isinstance(configured, pr_size.PrSizeConfig) else pr_size.PrSizeConfig()
    if limit is not None:
        config = replace(config, limit=limit)
    measured = layer[1] if (layer := source.layer()) is not None else source
    counted = rendering.Counted(
        branch=branch or _branch_of(source),
        base=measured.base(),
        merge_base=measured.merge_base(),
        limit=config.limit,
        ledger=pr_size.ledger(pr_size.read(source, config), config),
    )
    text = rendering.as_json(counted) if form == "json" else rendering.as_text(counted, everything=everything)
    deliver(text, output)
    sys.exit(1 if counted.ledger.counted > counted.limit else 0)


def _range_source(session: Session, branch: str | None, base: str | None) -> Source:
    from paddock.sources.history import base_candidates, missing_base

    repository = session.repository
    head = head_or_complain(repository, branch or "HEAD")
    revisions: tuple[str, ...] = ()
    if base is not None:
        # What git means by the name comes first; a branch that only a remote has is found as well.
        exact = repository.resolve(base)
        revisions = (exact,) if exact else base_candidates(repository, base)
        if not revisions:
            raise missing_base(repository, base)
    footing = footing_of(session) if base is None else None
    return commits_source(session, head, base=base, base_revisions=revisions, branch=branch, footing=footing)


def _branch_of(source: Source) -> str:
    try:
        return source.branch()
    except FactMissingError:
        return "HEAD"
