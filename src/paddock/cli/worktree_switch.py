"""`paddock worktree switch`: where a worktree is."""

from __future__ import annotations

import click

from paddock.errors import UsageError


@click.command("switch")
@click.argument("name", metavar="AGENT|FOLDER|BRANCH")
@click.option("-z", "--null", is_flag=True, help="End the path with a NUL byte instead of a line break.")
def switch(*, name: str, null: bool) -> None:
    """Print the path of a worktree; `wt-switch` of `paddock shell-init` goes there.

    A worktree is named by its agent, else by its folder's name or its branch; `main` is the main checkout.

    \b
    Example:
      cd "$(paddock worktree switch agent-3)"
    """
    import os

    from paddock.worktrees import places

    around = places.places(os.getcwd())
    if not around:
        raise UsageError("not a git repository, nor is any folder above it", hint="run it inside the repository")
    common = around[0].common_dir
    found = places.named(common, name)
    if len(found) != 1:
        known = ", ".join(places.names(common)) or "none"
        words = f"`{name}` names {len(found)} worktrees" if found else f"no worktree is called `{name}`"
        raise UsageError(words, hint="\n".join(found) or f"there are: {known}")
    click.echo(os.fsencode(found[0]) + (b"\0" if null else b"\n"), nl=False)
