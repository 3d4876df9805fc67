"""`paddock worktree list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.sources.git import Repository
    from paddock.worktrees.listing import Row


@click.command("list")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "names"]),
    default="text",
    show_default=True,
    help="How to say it; `names` are for completion.",
)
def list_(*, form: str) -> None:
    """Show every worktree: whose it is, its branch, how far it is from the base, what is not committed, the last word.

    \b
    Examples:
      paddock worktree list
      paddock worktree list --format json
    """
    from paddock.cli.session import Session
    from paddock.worktrees import log

    repository = Session().repository
    if form == "names":
        from paddock.worktrees import places

        click.echo("".join(f"{name}\n" for name in places.names(repository.common_dir)), nl=False)
        return
    rows = rows_of(repository)
    words: dict[str, str] = {}
    for line in log.lines(repository, most=1000):
        words.setdefault(line.agent, line.text)
    if form == "json":
        from msgspec import to_builtins

        from paddock import wire

        told = [{**to_builtins(row), "word": words.get(row.agent or "")} for row in rows]
        click.echo(wire.encode({"version": 1, "worktrees": told}, indent=2).decode())
        return
    table = [("agent", "branch", "base", "changes", "last word", "path")]
    table += [(*cells_of(row), words.get(row.agent or "", "").partition("\n")[0][:60], row.path) for row in rows]
    widths = [max(len(printable(cell)) for cell in column) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (f"{printable(cell):<{width}}" for cell, width in zip(cells, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def rows_of(repository: Repository) -> tuple[Row, ...]:
    """Every worktree, counted from the policy's base where it is known."""
    from paddock.cli.session import Session
    from paddock.errors import PaddockError
    from paddock.sources.history import base_candidates
    from paddock.worktrees import listing

    try:
        found = base_candidates(repository, Session().policy.base)
    except PaddockError:
        found = ()  # a broken policy is told by what judges
    return listing.listed(repository, found[0] if found else None)


def cells_of(row: Row) -> tuple[str, str, str, str]:
    """Whose a worktree is, its branch, its distance from the base, and what is not committed."""
    agent = row.agent or ("(main)" if row.main else "")
    branch = row.branch or (f"({row.head[:12]})" if row.head else "")
    if row.missing:
        return agent, branch, "", "missing: git worktree prune"
    if row.unreadable is not None:
        return agent, branch, "", "unreadable: git status tells why"
    distance = " ".join(f"{sign}{count}" for sign, count in (("+", row.ahead), ("-", row.behind)) if count)
    parts = [f"{count} {what}" for count, what in ((row.changed, "changed"), (row.untracked, "new")) if count]
    parts += [f"in a {row.underway}"] if row.underway else []
    return agent, branch, distance or ("=" if row.ahead == 0 else ""), ", ".join(parts) or "clean"
