"""`paddock change`: write a change as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paddock.cli.check import range_source, staged_source
from paddock.cli.judge import deliver, github_option, policy_option, trust_option
from paddock.cli.session import Session, usual_trust
from paddock.errors import UsageError
from paddock.findings import Severity

if TYPE_CHECKING:
    from paddock.policy.model import Policy


@click.command("change")
@click.option("--range", "revisions", metavar="A..B", help="The commits of B that A has not.  [default: this branch]")
@click.option("--staged", is_flag=True, help="What is about to be committed.")
@click.option("--branch", metavar="NAME", help="The change's branch, where the repository can't tell.")
@click.option(
    "--patch/--no-patch",
    default=None,
    help="Put the patch in.  [default: where `patterns` has rules, or `pr-size` discounts moved lines]",
)
@click.option(
    "--signatures/--no-signatures",
    default=None,
    help="Put the verdicts on signatures in.  [default: where the policy has the gate `signing` on]",
)
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
@policy_option
@trust_option
@github_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    revisions: str | None,
    staged: bool,
    branch: str | None,
    patch: bool | None,
    signatures: bool | None,
    output: str | None,
    policy_file: str | None,
    trust: str | None,
    github: str | None,
) -> None:
    """Write a change as JSON, version 1, for `paddock check --change`.

    \b
    Examples:
      paddock change --range main..topic --output change.json
      paddock change | paddock check --change - --gate dco
    """
    from paddock.sources.change import PATCH_LIMIT, GitChange
    from paddock.sources.document import write

    if staged and revisions:
        raise UsageError("--staged and --range name two changes; give one")
    if staged and trust:
        raise UsageError("--trust is for commits: before a commit is made, the working tree's policy holds")
    if staged and github is not None:
        raise UsageError("--github is for commits: nothing is signed before it is made")
    session = Session(policy_file, trust=None if staged else usual_trust(trust), github=github)
    source = staged_source(session, branch) if staged else range_source(session, revisions, branch)
    assert isinstance(source, GitChange)  # noqa: S101 - both come from a repository
    wanted = _judges_lines(session.policy) if patch is None else patch
    text = source.patch_text() if wanted else None
    if patch and text is None:
        raise UsageError(f"the patch is over {PATCH_LIMIT >> 20} MiB", hint="leave out --patch")
    if signatures is None:
        config = session.policy.gates.get("signing")
        signatures = github is not None or (config is not None and config.severity is not Severity.OFF)
    document = write(
        source, patch=text, base_sha=source.bases[0], trust_sha=source.trusted, signatures=signatures and not staged
    )
    deliver(document.decode() + "\n", output)


def _judges_lines(policy: Policy) -> bool:
    """Whether a gate that is on judges the lines of a change."""
    from paddock.gates.patterns import PatternsConfig
    from paddock.gates.pr_size import PrSizeConfig

    on = [config for config in policy.gates.values() if config.severity is not Severity.OFF]
    return any(
        (isinstance(config, PatternsConfig) and bool(config.on))
        or (isinstance(config, PrSizeConfig) and config.moves == "discount")
        for config in on
    )
