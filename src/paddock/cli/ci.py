"""`paddock ci`: judge the change that a run of GitHub Actions is for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock import events
from paddock.cli.judge import (
    deliver,
    fail_fast_option,
    formats_option,
    gate_ids,
    judge,
    placed_formats,
    policy_option,
    say_all,
    serving,
)
from paddock.cli.runner import Runner
from paddock.errors import PaddockError, UsageError
from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.gates import GATES
from paddock.model import Stage
from paddock.plan.keys import quoted, ref_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.cli.session import Session
    from paddock.model import Source

_USUAL = ("github",)
_SECRETS = (events.PULL_REQUEST_TARGET,)  # events whose jobs may hold secrets and a token that writes


class Asked:
    """What the command line, or the action's inputs, ask for."""

    def __init__(  # noqa: PLR0913 - one argument an option
        self,
        *,
        gates: Iterable[str],
        policy_file: str | None,
        base: str | None,
        trust: str | None,
        only: str | None,
        github: bool,
        fail_fast: bool = False,
    ) -> None:
        self.gates = gate_ids(gates)
        self.policy_file = _of_the_repository(policy_file) if policy_file else None
        self.base = _branch("--base", base)
        self.trust = None if trust == "base" else _branch("--trust", trust)
        self.only = only
        self.github = github
        self.fail_fast = fail_fast
        serving(self.gates, Stage.CI)


@click.command("ci")
@click.option(
    "--gate", "gates", metavar="ID", multiple=True, envvar="PADDOCK_GATES", help="Judge by this gate only; repeatable."
)
@click.option("--base", metavar="BRANCH", envvar="PADDOCK_BASE", help="Compare with this branch, not the event's.")
@click.option(
    "--trust",
    metavar="BRANCH",
    envvar="PADDOCK_TRUST",
    help="Take policy, attributes and keys from this branch.  [default: the repository's default branch]",
)
@click.option(
    "--only",
    type=click.Choice(["static", "code"]),
    envvar="PADDOCK_ONLY",
    help="Only gates that read, or only gates that run code of the change.  [pull_request_target: static]",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    envvar="PADDOCK_FAIL_ON",
    help="What makes the step fail; `never` still tells the outcome.",
)
@click.option("--github", is_flag=True, help="Take GitHub's word on signatures where no listed key tells of them.")
@fail_fast_option
@policy_option
@formats_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    gates: tuple[str, ...],
    base: str | None,
    trust: str | None,
    only: str | None,
    fail_on: str,
    github: bool,
    fail_fast: bool,
    policy_file: str | None,
    formats: tuple[str, ...],
    output: str | None,
) -> None:
    """Judge the change that this run of GitHub Actions is for.

    Reads the event, fetches what is judged into a repository of its own, and judges it by the policy of the
    protected default branch. Gates that only read check nothing out; those that run code of the change do so in a
    checkout that is the change, if the job has one, and else in one made for the moment. Writes the step's summary,
    its outputs `outcome` and `report`, and annotations.

    \b
    Examples, as a step of a workflow:
      paddock ci
      paddock ci --only static --fail-on never
      paddock ci --gate dco --gate pr-size --format github --format sarif=out.sarif

    Exit codes: 0 passed, 1 a gate failed, 2 usage or policy error, 3 could not check.
    """
    import tempfile

    runner = Runner(os.environ)
    formats = formats or tuple(os.environ.get("PADDOCK_FORMAT", "").split()) or _USUAL
    policy_file = policy_file or os.environ.get("PADDOCK_POLICY") or None
    wanted = placed_formats(formats, output)  # a wrong word is told before anything is fetched
    github = github or os.environ.get("PADDOCK_GITHUB", "").lower() == "true"
    asked = Asked(
        gates=gates, policy_file=policy_file, base=base, trust=trust, only=only, github=github, fail_fast=fail_fast
    )
    with tempfile.TemporaryDirectory(prefix="paddock-", dir=runner.temporary) as folder:
        judged = _Judged()
        try:
            judged = _judged(runner, asked, folder)
            report, code = judged.report, _code(judged.report, fail_on)
        except PaddockError as error:
            report, code = _unjudged(error), error.exit_code
        shown = any(one.format == "github" and one.file is None for one in wanted)
        if shown:
            _say(runner, judged, report, formats, output)
        else:
            with runner.without_commands():
                _say(runner, judged, report, formats, output)
    sys.exit(code)


class _Judged:
    """A report with what it was made of, which some formats ask for more."""

    def __init__(self, report: Report | None = None, session: Session | None = None, source: Source | None = None):  # noqa: ANN204 - nothing is returned
        self.report = report or Report(stage=Stage.CI, verdicts=())
        self.session = session
        self.source = source


def _judged(runner: Runner, asked: Asked, folder: str) -> _Judged:
    from paddock.cli.fetching import Fetching
    from paddock.sources.fetch import Fetched

    only = asked.only
    if runner.event in _SECRETS:
        if only == "code":
            raise UsageError(
                f"{runner.event} may hold secrets, so no gate runs code of the change there",
                hint="run --only code on pull_request",
            )
        only = "static"
    change = events.read(runner.event, runner.payload())
    if isinstance(change, events.Nothing):
        return _nothing(change)
    object_format = "sha1" if len(change.head) == 40 else "sha256"  # noqa: PLR2004 - hexadecimal digits
    github = None
    if asked.github:
        from paddock.sources.github import GitHub

        github = GitHub("", os.environ)
    # From here on nothing but these two has it, whatever a gate may run.
    token = runner.token
    os.environ.pop("GITHUB_TOKEN", None)
    remote = Fetched(folder, runner.url, token=token, object_format=object_format)
    fetching = Fetching(
        remote,
        change,
        policy_file=asked.policy_file,
        base=asked.base,
        trust=asked.trust,
        github=github,
        execution=runner.execution(),
        workspace=os.environ.get("GITHUB_WORKSPACE") or os.getcwd(),
    )
    found = fetching.fetched(asked.gates)
    if isinstance(found, events.Nothing):
        return _nothing(found)
    session, source = found
    names = [name for name in asked.gates or session.policy.gates if only is None or _fits(name, only)]
    if not names and only == "code":
        return _nothing(events.Nothing("no gate of the policy runs code of the change"))
    if not names:
        raise UsageError("every gate that was asked for runs code of the change", hint="leave out --only static")
    report = judge(session, source, Stage.CI, names, subject=change.subject, fail_fast=asked.fail_fast)
    return _Judged(report, session, source)


def _fits(gate: str, only: str) -> bool:
    return gate not in GATES or GATES[gate].runs_code == (only == "code")


def _nothing(why: events.Nothing) -> _Judged:
    return _Judged(Report(stage=Stage.CI, verdicts=(), notes=(f"nothing to judge: {why.reason}",)))


def _unjudged(error: PaddockError) -> Report:
    """A report on a change that could not be judged at all, so that every place tells it alike."""
    finding = Finding(message=str(error), hint=error.hint, severity=Level.ERROR)
    verdict = Verdict(gate="paddock", outcome=Outcome.ERRORED, reason=str(error), findings=(finding,))
    return Report(stage=Stage.CI, verdicts=(verdict,))


def _code(report: Report, fail_on: str) -> int:
    if fail_on == "never":
        return 0
    warned = any(finding.severity is Level.WARNING for verdict in report.verdicts for finding in verdict.findings)
    return 1 if fail_on == "warning" and warned and not report.exit_code else report.exit_code


def _say(runner: Runner, judged: _Judged, report: Report, formats: tuple[str, ...], output: str | None) -> None:
    place, summary = runner.new_file(".json"), runner.new_file(".md")
    every = (*formats, f"json={place}", f"markdown={summary}")
    try:
        if judged.session is not None and judged.source is not None:
            say_all(judged.session, judged.source, report, every, output)
        else:
            from paddock.render.formats import render

            for one in placed_formats(every, output):
                deliver(render(one, (report,)), one.file)
        with open(summary, encoding="utf-8", errors="surrogateescape") as file:
            runner.summary(file.read())
    finally:
        os.unlink(summary)
    outcome = str(report.outcome) if report.verdicts else str(Outcome.SKIPPED)
    runner.output(outcome=outcome, report=place)


def _of_the_repository(path: str) -> str:
    """A policy's path, if it is not one in the workspace: what lies there may be the change's."""
    workspace = os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
    for full in (os.path.abspath(path), os.path.realpath(path)):
        inside = os.path.commonpath((full, os.path.realpath(workspace))) == os.path.realpath(workspace)
        if os.path.isabs(path) and (inside or full.startswith(os.path.abspath(workspace) + "/")):
            raise UsageError("--policy: the workspace may hold the change's", hint="name it by its path from the top")
    return path


def _branch(option: str, name: str | None) -> str | None:
    """A branch's name, however it is written."""
    if name is None:
        return None
    branch = name.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("origin/")
    if problem := ref_problem(branch):
        raise UsageError(f"{option} {quoted(name)}: {problem}")
    return branch
