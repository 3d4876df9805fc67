"""`paddock shell-init`: functions and completion for an interactive shell."""

from __future__ import annotations

import click

from paddock.render.shell import SHELLS, functions


@click.command("shell-init")
@click.argument("shell", type=click.Choice(SHELLS))
def command(*, shell: str) -> None:
    """Print functions and completion for your shell: wt-list wt-status wt-switch wt-create wt-remove wt-sync.

    `wt-switch AGENT` goes to that agent's worktree; the others are `paddock worktree` with the same words.

    \b
    Examples:
      eval "$(paddock shell-init bash)"    in ~/.bashrc
      eval "$(paddock shell-init zsh)"     in ~/.zshrc, after compinit
      paddock shell-init fish | source     in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from paddock.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these three
    complete = kind(cli, {}, "paddock", "_PADDOCK_COMPLETE")
    # Not `source()`: for bash it asks the bash on PATH for its version, which is not the one that will read this.
    text = complete.source_template % complete.source_vars()
    click.echo(functions(shell, text), nl=False)
