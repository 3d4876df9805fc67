"""`paddock worktree status`: how far every agent is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.cli.standings import Standing


@click.command("status")
@click.argument("names", metavar="[AGENT|PATH]...", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to say it."
)
def status(*, names: tuple[str, ...], form: str) -> None:
    """Show how far every agent is: branch, distance from the base, changes, size, the gates' last word, its own.

    The size is of what is committed, against the limit of `pr-size`; that of a branch that stands on another of its
    series is its own, and says so. The verdict is the last of a run of all gates, in
    a hook or by hand; it is stale once the branch has moved on.

    \b
    Examples:
      paddock worktree status
      paddock worktree status agent-3 --format json
    """
    from paddock.cli.session import Session
    from paddock.cli.standings import standings
    from paddock.cli.worktree_list import rows_of
    from paddock.worktrees import listing

    session = Session()
    rows = rows_of(session.repository)
    chosen = [listing.find(rows, name) for name in names] if names else list(rows)
    found = standings(session, chosen)
    if form == "json":
        from paddock import wire

        click.echo(wire.encode({"version": 1, "worktrees": found}, indent=2).decode())
        return
    from paddock.render.plan.columns import aligned

    head = ("agent", "branch", "base", "changes", "size", "gates", "last word")
    click.echo("\n".join(aligned([head, *(_cells(one) for one in found)])))


def _cells(one: Standing) -> tuple[str, ...]:
    from paddock.cli.status import age
    from paddock.cli.worktree_list import cells_of

    against = f" against {one.against}" if one.against is not None else ""
    size = (
        ""
        if one.limit is None or one.worktree.main
        else f"{'?' if one.size is None else one.size}/{one.limit}{against}"
    )
    said = one.word.text.partition("\n")[0] if one.word is not None else ""
    ago = f" ({age(int(time.time()) - one.word.time)})" if one.word is not None else ""
    return (*cells_of(one.worktree), size, _verdict(one), f"{said[:48]}{ago}")


def _verdict(one: Standing) -> str:
    verdict = one.verdict
    if verdict is None:
        return ""
    which = f": {', '.join(verdict.gates)}" if verdict.gates else ""
    where = "by hand" if verdict.by_hand else f"at {verdict.stage}"
    return printable(f"{verdict.outcome} {where}{which}{', stale' if one.stale else ''}")
