"""`paddock worktree remove`."""

from __future__ import annotations

import click

from paddock.render.plain import printable


@click.command("remove")
@click.argument("name", metavar="AGENT|PATH")
@click.option("--force", is_flag=True, help="Also what is nowhere else; it is named first.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def remove(*, name: str, force: bool, dry_run: bool) -> None:
    """Take a worktree away; its branch and its stashes stay.

    What is not committed, in the middle of a rebase, or on no branch goes only with --force.

    \b
    Examples:
      paddock worktree remove agent-3 --dry-run
      paddock worktree remove ../split-apiexport
    """
    from paddock.cli.session import Session
    from paddock.cli.worktree_list import rows_of
    from paddock.errors import UsageError
    from paddock.worktrees import listing, removal

    repository = Session().repository
    row = listing.find(rows_of(repository), name)
    found = list(removal.losses(repository, row))
    if found and not force:
        raise UsageError(found[0].words, hint=found[0].hint)
    stays = removal.what_stays(repository, row)
    would = "would be " if dry_run else ""
    for loss in found:
        click.echo(printable(f"{would}lost: {loss.words}"), err=True)
    if not dry_run:
        removal.remove(repository, row, force=force)
    click.echo(printable(f"{row.path}: {would}removed{stays}"))
