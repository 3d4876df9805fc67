"""`paddock init`: adopt paddock in a repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import replace_file
from paddock.cli.session import Session, read_file
from paddock.errors import UsageError
from paddock.gates import CONFIGS
from paddock.policy.load import load
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.adopt import Written


@click.command("init")
@click.option("--base", metavar="BRANCH", help="The branch that changes are for.  [default: the remote's, else main]")
@click.option("--preset", default="paddock:default", show_default=True, help="The preset to start from.")
@click.option(
    "--repo", metavar="URL", help="Let pre-commit install paddock from here; needs --rev.  [default: from PATH]"
)
@click.option("--rev", metavar="REV", help="The tag or commit of --repo.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(  # noqa: PLR0913 - one argument an option
    *, base: str | None, preset: str, repo: str | None, rev: str | None, force: bool, dry_run: bool
) -> None:
    """Write .paddock.yaml and an entry in .pre-commit-config.yaml.

    Files that are there are not replaced without --force; to an existing .pre-commit-config.yaml the entry is added
    and the rest is kept, comments included.

    \b
    Examples:
      paddock init --dry-run
      paddock init --base develop --preset paddock:strict
    """
    from paddock import adopt

    if bool(repo) != bool(rev):
        raise UsageError("--repo and --rev go together", hint="--repo https://… --rev v1.0.0")
    repository = Session().repository
    top = repository.top
    if top is None:
        raise UsageError("a bare repository has no work tree to write to")
    policy = adopt.policy_file(
        _text(top, adopt.POLICY), base=base or adopt.usual_base(repository), preset=preset, force=force
    )
    if policy.text is not None:
        load(policy.text.encode(), adopt.POLICY, lambda path: _bytes(top, path), CONFIGS)
    plan = [policy, adopt.pre_commit_file(_text(top, adopt.PRE_COMMIT), repo=repo, rev=rev, force=force)]
    for written in plan:
        if written.text is not None and os.path.islink(os.path.join(top, written.name)):
            raise UsageError(f"{written.name} is a symbolic link, which is not written through", hint="edit its target")
    for written in plan:
        _carry_out(written, top, dry_run=dry_run)
    if not dry_run:
        click.echo("next: pre-commit install   (or: prek install; or without a framework: paddock hooks install)")


def _carry_out(written: Written, top: str, *, dry_run: bool) -> None:
    would = "would be " if dry_run and written.text is not None else ""
    click.echo(printable(f"{written.name}: {would}{written.words}"))
    if written.text is None:
        return
    if dry_run:
        click.echo("".join(f"  {printable(line)}\n" for line in written.text.splitlines()), nl=False)
        return
    replace_file(os.path.join(top, written.name), written.text.encode())


def _text(top: str, name: str) -> str | None:
    """A file's text, its line ends as they are; None where there is no file.

    Raises:
        UsageError: there is something that can't be read as text.
    """
    try:
        with open(os.path.join(top, name), encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"{name}: {(reason or str(error)).lower()}") from error


def _bytes(top: str, path: str) -> bytes | None:
    """A file of the work tree that the new policy extends; None where there is none."""
    try:
        return read_file(os.path.join(top, path), shown=path)
    except FileNotFoundError:
        return None
