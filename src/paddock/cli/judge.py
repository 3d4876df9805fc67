"""Running the engine for a command: which gates, on which change, said how."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import click
from msgspec import structs

from paddock.engine import run
from paddock.errors import PolicyError, UsageError
from paddock.gates import GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from paddock.cli.session import Session
    from paddock.engine import Gate
    from paddock.findings import Report
    from paddock.gates.pr_size import Ledger
    from paddock.model import Source, Stage
    from paddock.render.formats import Wanted
    from paddock.steps import Execution

# What a run ends with when several reports say different things: a failure first, then a doubt.
_WORST = (1, 3, 2, 0)


def gate_ids(names: Iterable[str]) -> tuple[str, ...]:
    """The gates named, checked.

    Raises:
        UsageError: there is no such gate.
    """
    chosen = tuple(names)
    for name in chosen:
        if name not in GATES:
            from paddock.policy.words import near

            hint = near(name, GATES) or f"there are: {', '.join(GATES)}"
            raise UsageError(f"there is no gate `{name}`", hint=hint)
    return chosen


def serving(names: Iterable[str], stage: Stage) -> None:
    """Refuse a gate that was asked for by name and judges nothing at the stage.

    Raises:
        UsageError: it does not serve the stage.
    """
    for name in names:
        if stage not in GATES[name].stages:
            stages = ", ".join(GATES[name].stages)
            raise UsageError(f"the gate `{name}` does not serve the stage {stage}", hint=f"it serves: {stages}")


def watched(*, remember: bool = True) -> Execution:
    """How steps are run from here: somebody at a terminal sees what they write."""
    from paddock.steps import Execution

    return Execution(remember=remember, live=_tell if sys.stderr is not None and sys.stderr.isatty() else None)


def _tell(step: str, line: str) -> None:
    from paddock.render.plain import printable

    click.echo(f"{step} | {printable(line)}", err=True)


def judge(  # noqa: PLR0913 - what is judged, by what, and how
    session: Session,
    source: Source,
    stage: Stage,
    names: Iterable[str] = (),
    subject: str = "",
    *,
    fail_fast: bool = False,
    by_hand: bool = False,
) -> Report:
    """Judge one change; `by_hand` says that somebody asked for it, and neither a hook nor CI did.

    Raises:
        PolicyError: nothing is configured that could judge it.
    """
    policy = session.policy
    chosen = gate_ids(names)
    if not policy.gates:
        raise PolicyError(
            "no gate is configured",
            where=policy.source,
            hint="add `extends: paddock:default`, or a section under `gates:`",
        )
    for name in chosen:
        if name not in policy.gates:
            raise PolicyError(
                f"the gate `{name}` is not configured", where=policy.source, hint=f"add to `gates:`:  {name}: {{}}"
            )
    gates: list[Gate[Any, Any]] = [GATES[name] for name in policy.gates if not chosen or name in chosen]
    report = run(gates, policy.gates, source, stage, subject, fail_fast=fail_fast)
    if not report.verdicts and not stage.is_hook:
        raise PolicyError(f"no gate is on at the stage {stage}, so nothing was judged", where=policy.source)
    if not chosen:
        _note(session, source, report, by_hand=by_hand)
    if session.trust is None:
        return structs.replace(report, notes=session.notes)
    from paddock.cli.trusting import edits, refuse_break

    refuse_break(session.repository, source, policy, session.head)
    notes = (*session.notes, *edits(source, policy, session.trust))
    return structs.replace(report, notes=notes, trust=session.trust)


def _note(session: Session, source: Source, report: Report, *, by_hand: bool) -> None:
    """Write the verdict down for `paddock worktree status`, where it is one on a worktree."""
    from paddock.findings import Outcome

    repository = session.opened
    if repository is None or repository.top is None or not report.verdicts:
        return
    import time

    from paddock.worktrees import verdicts

    bad = [one.gate for one in report.verdicts if one.outcome in (Outcome.FAILED, Outcome.ERRORED) and one.blocking]
    told = (str(report.stage), str(report.outcome), bad)
    now = int(time.time())
    verdicts.note(repository.git_dir, repository.common_dir, source.head(), told, now, by_hand=by_hand)


def say(report: Report, form: str, output: str | None = None) -> None:
    """Render a report to standard output or to a file."""
    if form == "json":
        from paddock.render.json import render as as_json

        text = as_json(report)
    else:
        from paddock.cli.session import wants_colour
        from paddock.render.text import render as as_text

        text = as_text(report, colour=output is None and wants_colour())
    deliver(text, output)


def say_all(
    session: Session, source: Source | None, report: Report, formats: Iterable[str], output: str | None
) -> None:
    """Render a report in every format asked for, each to its place; `output` is for the one that names none.

    Raises:
        UsageError: a format or a place that can't be.
    """
    from paddock import __version__
    from paddock.cli.session import wants_colour
    from paddock.render.formats import Extras, render

    wanted = placed_formats(formats, output)
    names = {one.format for one in wanted}
    rules = {}
    if "sarif" in names:
        from paddock.render.sarif import Rule

        pages = {id_: (sys.modules[gate.check.__module__].__doc__ or "").strip() for id_, gate in GATES.items()}
        rules = {id_: Rule(summary=page.partition("\n")[0], help=page) for id_, page in pages.items()}
    ledger = _ledger(session, source, report) if "markdown" in names else None
    for one in wanted:
        colour = one.file is None and wants_colour()
        extras = Extras(colour=colour, ledger=ledger, rules=rules, version=__version__)
        deliver(render(one, (report,), extras), one.file)


def placed_formats(formats: Iterable[str], output: str | None) -> tuple[Wanted, ...]:
    """What `--format` and `--output` ask for together.

    Raises:
        UsageError: a format that is not there, or a place that is named twice.
    """
    from paddock.render.formats import parse

    wanted = parse(formats)
    if output is None:
        return wanted
    if all(one.file is not None for one in wanted):
        raise UsageError("every --format names its file, so there is nothing for --output to hold")
    return tuple(one if one.file is not None else structs.replace(one, file=output) for one in wanted)


def _ledger(session: Session, source: Source | None, report: Report) -> Ledger | None:
    from paddock.findings import Outcome
    from paddock.gates import pr_size

    judged = {verdict.gate for verdict in report.verdicts if verdict.outcome in (Outcome.PASSED, Outcome.FAILED)}
    config = session.policy.gates.get(pr_size.GATE.id)
    if source is None or pr_size.GATE.id not in judged or not isinstance(config, pr_size.PrSizeConfig):
        return None
    return pr_size.ledger(pr_size.read(source, config), config)  # the source has read it already


def deliver(text: str, output: str | None) -> None:
    """Write text to standard output, or to a file that is replaced as a whole."""
    if output is None or output == "-":
        # Colours were decided on before; click would take them out of a pipe even when they were asked for.
        click.echo(text, nl=False, color=True)
        return
    replace_file(output, text.encode("utf-8", "surrogateescape"))


def replace_file(path: str, data: bytes) -> None:
    """Put data in a file's place in one step; an interrupted run leaves the old file.

    A link stays and what it points at is replaced; a device or a pipe is written to.

    Raises:
        UsageError: the file or its folder can't be written.
    """
    try:
        target = os.path.realpath(path)
        mode = os.stat(target).st_mode if os.path.exists(target) else None
        if mode is not None and not stat.S_ISREG(mode):
            with open(target, "wb") as file:
                file.write(data)
            return
        _replace(target, data, mode)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from error


def _replace(path: str, data: bytes, mode: int | None) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "xb") as file:
        try:
            file.write(data)
            file.flush()
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def leave(reports: Iterable[Report]) -> None:
    """End with the exit code of the worst report."""
    codes = {report.exit_code for report in reports}
    sys.exit(next((code for code in _WORST if code in codes), 0))


def policy_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--policy FILE`."""
    return click.option(
        "--policy",
        "policy_file",
        metavar="FILE",
        help="Judge by this policy instead of the repository's .paddock.yaml.",
    )(command)


def trust_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--trust REF`."""
    return click.option(
        "--trust",
        metavar="REF",
        help="Take policy, attributes and keys from this commit; `base` is the protected branch.  "
        "[default: $PADDOCK_TRUST; in CI, base; else the working tree's]",
    )(command)


def github_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--github [OWNER/NAME]`."""
    return click.option(
        "--github",
        is_flag=False,
        flag_value="",
        metavar="[OWNER/NAME]",
        help="Take GitHub's word on signatures that no listed key can be checked with.  [default: $GITHUB_REPOSITORY]",
    )(command)


def fail_fast_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--fail-fast`."""
    return click.option(
        "--fail-fast",
        is_flag=True,
        envvar="PADDOCK_FAIL_FAST",
        help="Judge no further once a gate has failed; those that run code come last.",
    )(command)


def formats_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--format NAME[=FILE]`, several at once, and `--output`."""
    command = click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")(command)
    return click.option(
        "--format",
        "formats",
        metavar="NAME[=FILE]",
        multiple=True,
        help="How to say it: text, json, sarif, github, markdown or junit; may be repeated.  [default: text]",
    )(command)


def format_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--format` and `--output`."""
    command = click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How to say it.",
    )(command)
