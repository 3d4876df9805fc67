"""`paddock order`: branch names, sorted by the order key that they carry."""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import click
import msgspec

from paddock.errors import UsageError
from paddock.plan.keys import (
    DEFAULT_TEMPLATE,
    BranchName,
    Duplicate,
    Gap,
    duplicates,
    gaps,
    in_order,
    parse,
    ref_problem,
    template_problem,
)
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A column no wider than this: one absurd name must not push all others off the screen.
WIDEST = 80


def defaults() -> tuple[str, tuple[str, ...]]:
    """The template and the series that hold where the call names none: the policy's."""
    from paddock.cli.session import Session
    from paddock.gates.branch_order import BranchOrderConfig

    policy = Session().policy
    config = policy.gates.get("branch-order")
    template = config.template if isinstance(config, BranchOrderConfig) else DEFAULT_TEMPLATE
    return template, policy.series


@click.command("order")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("-z", "nul", is_flag=True, help="Names on standard input end with NUL, not with a newline.")
@click.option(
    "--template", metavar="TEMPLATE", help=f"How names are made.  [default: the policy's, else {DEFAULT_TEMPLATE}]"
)
@click.option(
    "--series",
    metavar="PREFIX",
    multiple=True,
    help="Only names below this prefix count; may be repeated.  [default: the policy's]",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print."
)
@click.option("--check", is_flag=True, help="Exit 1 if a name is invalid or shares its order key.")
@click.option("--state", is_flag=True, help="Say as JSON whether these branches may merge now, all at once.")
@click.option("--head", metavar="REV", help="With --state: every open branch that this commit has in its history.")
@click.pass_context
def command(  # noqa: PLR0913 - click gives each option as an argument
    ctx: click.Context,
    names: tuple[str, ...],
    *,
    nul: bool,
    template: str | None,
    series: tuple[str, ...],
    form: str,
    check: bool,
    state: bool,
    head: str | None,
) -> None:
    """Sort branch names by their order key.

    Names come from the arguments or, when there are none, from standard input. Names outside the grammar are told
    with the reason; names that share an order key and keys that are missing between two others are reported.

    With --state it says whether some branches may merge: a commit status `paddock/order` as JSON, which is `success`,
    or `pending` with what must merge first. Several are judged as a whole, as the group of a merge queue is: what one
    of them waits for may be another. The order is that of the plan, where there is one.

    \b
    Examples:
      paddock order feature/x/01b-flags feature/x/01a-core
      git for-each-ref --format='%(refname)' refs/heads | paddock order --series feature/x
      paddock order --format json --series feature/x < names.txt
      paddock order -z --template '{series}/{agent}/{key}-{slug}' < names-ending-in-nul
      paddock order --state feature/x/01b-flags
      paddock order --state --head refs/remotes/origin/gh-readonly-queue/main/pr-7-0123abc

    \b
    Exit codes:
      0 · with --check 1 if a name is invalid or shares its order key; with --state 1 if pending ·
      2 usage · 3 could not check
    """
    if state:
        from paddock.cli.pending import tell

        if nul or template is not None or series or check:
            raise UsageError(
                "--state goes by the policy and the plan", hint="leave out -z, --template, --series, --check"
            )
        ctx.exit(tell(names, head))
    if head is not None:
        raise UsageError("--head is for --state", hint="paddock order --state --head REV")
    if template is None or not series:
        usual_template, usual_series = defaults()
        template, series = usual_template if template is None else template, series or usual_series
    _validate(template, series)
    texts = names or tuple(_from_stdin(nul=nul))
    found = in_order(parse(one.removeprefix("refs/heads/"), template, series) for one in texts)
    shared, missing = duplicates(found), gaps(found)
    said = _remarks(shared)
    if form == "json":
        for one in found:
            click.echo(_json(one, said.get(one.name)))
    else:
        for line in _table(found, said, missing):
            click.echo(line)
    for line in _summary(found, shared, missing):
        click.echo(line, err=form == "json")
    ctx.exit(1 if check and (shared or any(not one.valid for one in found)) else 0)


def _validate(template: str, series: tuple[str, ...]) -> None:
    if problem := template_problem(template):
        raise UsageError(f"--template: {problem}", hint=f"for example: --template '{DEFAULT_TEMPLATE}'")
    for one in series:
        if problem := ref_problem(one):
            raise UsageError(f"--series {one!r}: {problem}", hint="for example: --series feature/x")


def _from_stdin(*, nul: bool) -> Iterator[str]:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no names", hint="git for-each-ref --format='%(refname)' refs/heads | paddock order")
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    if nul:
        return (one for one in text.split("\0") if one)
    return (one.removesuffix("\r") for one in text.split("\n") if one.strip())


def _remarks(shared: Iterable[Duplicate]) -> dict[str, str]:
    """For each name that shares its order key, with whom."""
    said: dict[str, str] = {}
    for one in shared:
        first, *others = sorted(set(one.names))
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        said |= dict.fromkeys(others, f"same order key as {first}{more}")
        said[first] = f"same order key as {others[0]}{more}" if others else f"given {len(one.names)} times"
    return said


def _json(one: BranchName, remark: str | None) -> str:
    raw = one.name.encode("utf-8", "surrogateescape")
    name = raw.decode("utf-8", "backslashreplace")
    line: dict[str, Any] = {
        "name": name,
        "series": one.series,
        "key": one.key,
        "slug": one.slug,
        "parts": one.parts,
        "valid": one.valid,
        "reason": one.reason or remark,
    }
    if name != one.name:
        line["name_b64"] = b64encode(raw).decode("ascii")
    return msgspec.json.encode(line).decode()


def _table(found: Iterable[BranchName], said: dict[str, str], missing: Iterable[Gap]) -> Iterator[str]:
    before: dict[str, list[str]] = {}
    for gap in missing:
        before.setdefault(gap.branch, []).append(f"{_span(gap)} missing before it")
    rows = [
        (one.tag or "-", one.name, "; ".join(filter(None, (one.reason, said.get(one.name), *before.get(one.name, ())))))
        for one in found
    ]
    cells = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [min(max((len(row[column]) for row in cells), default=0), WIDEST) for column in range(2)]
    for tag, name, remark in cells:
        yield f"{tag:{widths[0]}}  {name:{widths[1]}}  {remark}".rstrip()


def _summary(found: tuple[BranchName, ...], shared: tuple[Duplicate, ...], missing: tuple[Gap, ...]) -> Iterator[str]:
    invalid = sum(not one.valid for one in found)
    sharing = sum(len(one.names) for one in shared)
    yield f"names: {len(found)} · invalid: {invalid} · sharing an order key: {sharing} · gaps: {len(missing)}"
    for one in shared:
        yield printable(f"  {one.series}: {one.tag} is the order key of {', '.join(one.names)}")
    for gap in missing:
        yield printable(f"  {gap.series}: {_span(gap)} missing between {gap.after} and {gap.before}")


def _span(gap: Gap) -> str:
    return gap.first if gap.first == gap.last else f"{gap.first} to {gap.last}"
