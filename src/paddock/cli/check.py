"""`paddock check`: judge one change."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import (
    fail_fast_option,
    formats_option,
    gate_ids,
    github_option,
    judge,
    leave,
    placed_formats,
    policy_option,
    say_all,
    serving,
    trust_option,
    watched,
)
from paddock.cli.session import Session, head_or_complain, in_ci, usual_trust
from paddock.errors import UsageError
from paddock.model import Stage
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.findings import Report
    from paddock.model import NoPullRequest, Override, PullRequest, Review, Source
    from paddock.sources.message import MessageSource
    from paddock.stack.footing import Footing


DESCRIPTION_LIMIT = 1 << 20  # bytes


@click.command("check")
@click.option("--stage", type=click.Choice([str(stage) for stage in Stage]), help="Judge as this stage does.")
@click.option("--staged", is_flag=True, help="Judge what is about to be committed. Stage: pre-commit.")
@click.option("--message-file", metavar="FILE", help="Judge a commit message. Stage: commit-msg.")
@click.option("--range", "revisions", metavar="A..B", help="Judge the commits of B that A has not. Stage: ci.")
@click.option(
    "--change", "document", metavar="FILE", help="Judge a change document; - reads standard input. Stage: ci."
)
@click.option("--branch", metavar="NAME", help="The change's branch, where the repository can't tell.")
@click.option("--description", metavar="FILE", help="Judge this text as the pull request's; - reads standard input.")
@click.option("--title", metavar="TEXT", help="The pull request's title.  [default: the last commit's subject]")
@click.option("--gate", "gates", metavar="ID", multiple=True, help="Judge by this gate only; may be repeated.")
@click.option("--no-cache", is_flag=True, help="Run commands and generators also where they passed on the same files.")
@fail_fast_option
@policy_option
@trust_option
@github_option
@formats_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    stage: str | None,
    staged: bool,
    message_file: str | None,
    revisions: str | None,
    document: str | None,
    branch: str | None,
    description: str | None,
    title: str | None,
    gates: tuple[str, ...],
    no_cache: bool,
    fail_fast: bool,
    policy_file: str | None,
    trust: str | None,
    github: str | None,
    formats: tuple[str, ...],
    output: str | None,
) -> None:
    """Judge a change by the policy's gates.

    Without a source it judges the current branch against the policy's base. What decides is read from the working
    tree; with --trust, and in CI (CI=true), from a commit that the change can't write.

    \b
    Examples:
      paddock check                              this branch, by the policy that is checked out
      paddock check --trust base                 this branch, as CI judges it
      paddock check --staged                     what `git commit` would add
      paddock check --gate commands --no-cache   the policy's own commands, run anew
      paddock check --range origin/main..HEAD --format json
      paddock check --format sarif=out.sarif --format github
      paddock check --message-file .git/COMMIT_EDITMSG --gate dco
      paddock check --gate description --description text.md --title "Hold refs"
      paddock change --range main..topic | paddock check --change -

    Exit codes: 0 passed, 1 a gate failed, 2 usage or policy error, 3 could not check.
    """
    given = [
        name
        for name, value in (
            ("--staged", staged or None),
            ("--message-file", message_file),
            ("--range", revisions),
            ("--change", document),
        )
        if value is not None
    ]
    if branch == "":
        raise UsageError("--branch is empty", hint="leave it out where the repository knows the branch")
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} name {len(given)} changes; give one")
    placed_formats(formats, output)  # a wrong word is told before anything is judged
    of_commits = not staged and message_file is None and (stage != Stage.PRE_COMMIT or bool(given))
    if trust and not of_commits:
        raise UsageError(
            "--trust is for commits: before a commit is made, the working tree's policy holds", hint="leave out --trust"
        )
    if github is not None and (document is not None or not of_commits):
        raise UsageError("--github is for commits of a repository", hint="paddock change --github writes it down")
    _refuse_text(description, title, fits=document is None and of_commits)
    session = Session(policy_file, trust=usual_trust(trust) if of_commits else None, github=github)
    session.execution = watched(remember=not no_cache)
    if not of_commits and message_file is None:
        source, usual = staged_source(session, branch), Stage.PRE_COMMIT
    elif message_file is not None:
        source, usual = message_source(session, message_file, branch), Stage.COMMIT_MSG
    elif document is not None:
        source, usual = document_source(session, document, branch), Stage.CI
    elif stage == Stage.COMMIT_MSG and not given:
        raise UsageError("the stage commit-msg judges a message", hint="name it: --message-file FILE")
    else:
        proposal = proposed(session, description, title, revisions)
        source, usual = range_source(session, revisions, branch, pull_request=proposal), Stage.CI
    actual = Stage(stage) if stage else usual
    serving(gate_ids(gates), actual)
    report = judge(session, source, actual, gates, fail_fast=fail_fast, by_hand=not in_ci())
    keep_refused(source, report)
    say_all(session, source, report, formats, output)
    leave([report])


def staged_source(session: Session, branch: str | None = None) -> Source:
    """The index of the current worktree."""
    from paddock.sources.staged import StagedSource

    if session.repository.top is None:
        raise UsageError("a bare repository has no index to judge", hint="judge commits: --range A..B")
    policy, rules, footing = session.policy, session.rules, footing_of(session)
    return StagedSource(session.repository, base=policy.base, branch=branch, rules=rules, footing=footing)


def footing_of(session: Session) -> Footing | None:
    """How it is found what a branch stands on; None where others than whoever made the change judge it, as in CI."""
    if session.trust is not None or in_ci():
        return None
    from paddock.gates.branch_order import BranchOrderConfig
    from paddock.stack.footing import Footing

    policy = session.policy
    order = policy.gates.get("branch-order")
    if isinstance(order, BranchOrderConfig):
        return Footing(order.template, order.series or policy.series)
    return Footing(series=policy.series)


def message_source(session: Session, path: str, branch: str | None = None) -> MessageSource:
    """A commit message's file."""
    from paddock.sources.message import MessageSource

    return MessageSource(session.repository, path, base=session.policy.base, branch=branch)


def keep_refused(source: Source, report: Report) -> None:
    """Keep a message that was refused, where the findings' hints take it from."""
    from paddock.sources.message import MessageSource

    if report.exit_code and isinstance(source, MessageSource):
        try:
            source.keep()
        except UsageError as error:
            click.echo(f"the message could not be kept: {printable(str(error))}", err=True)


def _refuse_text(description: str | None, title: str | None, *, fits: bool) -> None:
    if description is not None and not fits:
        raise UsageError("--description is for commits of a repository", hint="a change document brings its own")
    if title is not None and description is None:
        raise UsageError("--title goes with --description FILE")


def proposed(
    session: Session, description: str | None, title: str | None, revisions: str | None
) -> PullRequest | NoPullRequest | None:
    """The pull request that a text on this machine would make; None in CI, where a text is not to be done without."""
    from paddock.model import NoPullRequest, PullRequest

    if description is None:
        return None if in_ci() else NoPullRequest("no pull request is known here; try a text: --description FILE")
    where = "standard input" if description == "-" else description
    data = _limited(description, DESCRIPTION_LIMIT)
    if len(data) > DESCRIPTION_LIMIT:
        raise UsageError(f"{where}: over {DESCRIPTION_LIMIT >> 20} MiB, and GitHub takes 65,536 characters")
    if title is None:
        last = (revisions or "HEAD").rpartition("..")[2] or "HEAD"
        name = head_or_complain(session.repository, last)
        title = session.repository.line("show", "--no-patch", "--format=%s", name, "--") or ""
    return PullRequest(number=0, title=title, body=data.decode("utf-8", "replace"))


def range_source(
    session: Session,
    revisions: str | None,
    branch: str | None = None,
    *,
    pushed: bool = False,
    pull_request: PullRequest | NoPullRequest | None = None,
) -> Source:
    """`A..B`, or the current branch against the policy's base."""
    repository = session.repository
    if revisions is None:
        head = head_or_complain(repository, "HEAD")
        footing = footing_of(session)
        return commits_source(session, head, branch=branch, pushed=pushed, pull_request=pull_request, footing=footing)
    first, dots, last = revisions.partition("...") if "..." in revisions else revisions.partition("..")
    if not dots:
        raise UsageError(f"`{revisions}` is not a range", hint="write A..B, such as origin/main..HEAD")
    if not first:
        # Git would take it for HEAD, and a variable that is not set would pass for an empty change.
        raise UsageError(f"the range `{revisions}` has no beginning", hint="write A..B, such as origin/main..HEAD")
    last = last or "HEAD"
    found, there = repository.resolve_both(first, last)
    # Not there: the source says so as a missing fact, which stops CI and lets a hook go on.
    return commits_source(
        session,
        there or head_or_complain(repository, last),
        base=_branch_named(first) if found else first,
        base_revisions=(found,) if found else (),
        branch=branch,
        named=last,
        pull_request=pull_request,
    )


def commits_source(  # noqa: PLR0913 - what a range is told
    session: Session,
    head: str,
    *,
    base: str | None = None,
    base_revisions: tuple[str, ...] = (),
    branch: str | None = None,
    named: str | None = None,
    mainline: tuple[str, ...] = (),
    queued: bool | None = None,
    pushed: bool = False,
    pull_request: PullRequest | NoPullRequest | None = None,
    workspace: str | None = None,
    overrides: tuple[Override, ...] = (),
    reviews: tuple[Review, ...] | None = None,
    footing: Footing | None = None,
) -> Source:
    """What a head adds to a base (the policy's when None), judged by the session's trusted commit where it has one."""
    from paddock.sources.range import RangeSource

    session.head = head
    if base is None and not base_revisions and session.trust is not None:
        from paddock.cli.trusting import is_branch

        # Whatever else a base's name might mean here: a branch that a local one tracks could be the change's own.
        base_revisions = (session.trust.sha,) if is_branch(session.policy.base, session.trust) else ()
    return RangeSource(
        session.repository,
        head,
        base=base or session.policy.base,
        base_revisions=base_revisions,
        branch=branch,
        named=named,
        rules=session.rules,
        trust=session.trust.sha if session.trust else None,
        github=session.github,
        mainline=mainline,
        queued=queued,
        execution=session.execution,
        pushed=pushed,
        pull_request=pull_request,
        workspace=workspace,
        overrides=overrides,
        reviews=reviews,
        footing=footing,
    )


def _branch_named(revision: str) -> str | None:
    """The branch that a range begins with, if it is one by its looks; `HEAD~3` and object names are none."""
    if not _BRANCH.match(revision) or _OBJECT.match(revision) or revision == "HEAD":
        return None
    return _REMOTE.sub("", revision)


_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\Z")
_OBJECT = re.compile(r"[0-9a-f]{7,64}\Z")
_REMOTE = re.compile(r"\A(?:refs/heads/|(?:refs/remotes/)?(?:origin|upstream)/)")


def document_source(session: Session, path: str, branch: str | None = None) -> Source:
    """A change document from a file or standard input."""
    from paddock.sources.document import SIZE_LIMIT, DocumentSource, read

    where = "standard input" if path == "-" else path
    data = _limited(path, SIZE_LIMIT)
    if len(data) > SIZE_LIMIT:
        raise UsageError(f"{where}: over {SIZE_LIMIT >> 20} MiB")
    document = read(data, where)
    if session.trust is not None and document.head_sha is not None:
        session.head = session.repository.resolve(document.head_sha)
    return DocumentSource(document, branch=branch, rules=session.rules, plans=session.plans)


def _limited(path: str, limit: int) -> bytes:
    """What a file, or standard input for `-`, holds; one byte more than the limit at most."""
    if path == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed", hint="paddock change | paddock check --change -")
        return sys.stdin.buffer.read(limit + 1)
    try:
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from error
