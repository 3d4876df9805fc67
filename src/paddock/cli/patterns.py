"""`paddock patterns`: the rules of the gate `patterns`, tested, listed, and held against whole files."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import formats_option, leave, placed_formats, policy_option, say_all
from paddock.cli.session import Session, read_file
from paddock.errors import CouldNotCheckError, PolicyError, UsageError
from paddock.findings import Level, Outcome, Report, Verdict
from paddock.gates import CONFIGS
from paddock.gates.patterns import GATE, Facts, PatternsConfig, check, matched
from paddock.model import Stage
from paddock.policy.load import load
from paddock.policy.presets import PREFIX
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.patterns.matching import File, Matcher
    from paddock.policy.model import Policy

FILE_LIMIT = 32 << 20  # bytes of one file
_BINARY = 8000  # bytes in which git looks for a NUL
_SHOWN = 72  # characters of a snippet


@click.group("patterns")
def command() -> None:
    """Architectural rules: the gate `patterns`."""


@command.command("list")
@policy_option
def list_(policy_file: str | None) -> None:
    """List the rules that judge here, and the files that they are for.

    \b
    Example:
      paddock patterns list
    """
    rules = _config(Session(policy_file).policy).on
    width = max(map(len, rules), default=0)
    for name, rule in rules.items():
        where = ", ".join(rule.paths) or "every file"
        click.echo(printable(f"{rule.severity:<7}  {name:<{width}}  {rule.message}  ({where})"))


@command.command("test")
@click.argument("files", metavar="[FILE]...", nargs=-1)
@policy_option
def test(files: tuple[str, ...], policy_file: str | None) -> None:
    """Hold rules to their own examples: `good` snippets pass, `bad` ones are found.

    A FILE is a policy or a preset, `paddock:NAME` one that paddock ships; without any it is the policy here.

    \b
    Examples:
      paddock patterns test
      paddock patterns test team/rules.yaml paddock:kcp

    Exit codes: 0 all do what they say, 1 one does not, 2 usage or policy error, 3 could not check.
    """
    from paddock.patterns.examples import examples
    from paddock.sources.syntax import spans

    session = Session(policy_file)
    failed = 0
    for rules in [_config(_named(session, file)).on for file in files] or [_config(session.policy).on]:
        judged = list(examples(rules, spans))
        for one in judged:
            if not one.kept:
                failed += 1
                what = "is found, and should not be" if one.found else "is not found"
                first = one.text.strip().partition("\n")[0][:_SHOWN]
                click.echo(printable(f"failed  {one.rule}: {one.kind}: {what}: {first}"))
        without = [name for name, rule in rules.items() if not rule.good or not rule.bad]
        if without:
            click.echo(f"note    without `good` or without `bad`: {', '.join(without)}")
        click.echo(f"{len(rules):,} rules, {len(judged):,} examples, {sum(not one.kept for one in judged):,} failed")
    sys.exit(1 if failed else 0)


@command.command("scan")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@policy_option
@formats_option
def scan(paths: tuple[str, ...], policy_file: str | None, formats: tuple[str, ...], output: str | None) -> None:
    """Judge whole files by every rule, as they lie in the work tree, whatever a branch changed.

    Tracked files and new ones; what git ignores, links and binary files are left out, and so are the classes of files
    that the gate leaves out.

    \b
    Examples:
      paddock patterns scan pkg/reconciler
      paddock patterns scan . --format sarif=patterns.sarif

    Exit codes: 0 nothing found, 1 a rule is broken, 2 usage or policy error, 3 could not check.
    """
    from paddock.patterns.matching import Matcher
    from paddock.sources.syntax import spans

    placed_formats(formats, output)
    session = Session(policy_file)
    top = session.repository.top
    if top is None:
        raise UsageError("there is no work tree here", hint="scan in a checkout")
    config = _config(session.policy)
    if not config.on:
        raise PolicyError("no rule of `patterns` is on, so nothing is judged", where=session.policy.source)
    matcher = Matcher(config.on)
    hits, count = matched(_files(session, config, matcher, top, paths), matcher, spans)
    judgement = check(Facts(hits, count), config)
    outcome = Outcome.FAILED if any(found.severity is Level.ERROR for found in judgement.findings) else Outcome.PASSED
    verdict = Verdict(
        gate=GATE.id, outcome=outcome, reason=judgement.reason, findings=judgement.findings, facts=judgement.facts
    )
    report = Report(stage=Stage.CI, verdicts=(verdict,), notes=session.notes)
    say_all(session, None, report, formats, output)
    leave([report])


def _files(
    session: Session, config: PatternsConfig, matcher: Matcher, top: str, paths: tuple[str, ...]
) -> Iterator[File]:
    """The files that rules are for, each read when it is judged."""
    from paddock import classify
    from paddock.patterns.matching import whole_file
    from paddock.sources.attributes import in_folder
    from paddock.sources.tree import content, listed

    wanted = [path for path in listed(session.repository, top, paths) if matcher.rules_for(path)]
    attributes = in_folder(top, wanted)
    for path in wanted:
        given = attributes.get(path)
        found = classify.by_name(path, given, session.rules)
        if found is not None and found.file_class in config.exclude:
            continue
        full = os.path.join(top, path)
        text = content(full, FILE_LIMIT + 1)
        if text is None and os.path.isfile(full) and not os.path.islink(full):
            raise CouldNotCheckError(f"{path}: can't be read", hint=f"look at its rights: ls -l {top}")
        if text is None or b"\0" in text[:_BINARY] or (given is not None and given.diff is False):
            continue
        if len(text) > FILE_LIMIT:
            raise CouldNotCheckError(f"{path} has over {FILE_LIMIT:,} bytes", hint="leave it out by `exclude`")
        found = found or classify.by_content(path, text[: classify.CONTENT_LIMIT], given, session.rules)
        if found.file_class not in config.exclude:
            yield whole_file(path, text)


def _named(session: Session, file: str) -> Policy:
    if file.startswith(PREFIX):
        return load(f"extends: {file}\n".encode(), "FILE", lambda _path: None, CONFIGS)
    return load(read_file(file, file), file, session.below, CONFIGS)


def _config(policy: Policy) -> PatternsConfig:
    config = policy.gates.get(GATE.id)
    if not isinstance(config, PatternsConfig):
        hint = "add rules below `gates: patterns: rules:`, or a preset that has some: `extends: paddock:kcp`"
        raise PolicyError("the gate `patterns` is not configured", where=policy.source, hint=hint)
    return config
