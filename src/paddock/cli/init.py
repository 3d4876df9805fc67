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
from paddock.sources.template import PLACES

if TYPE_CHECKING:
    from paddock.adopt import Pinned, Written


@click.command("init")
@click.option(
    "--base",
    metavar="BRANCH",
    help="The branch that changes are for.  [default: the remote's, else main or master, else the one that is here]",
)
@click.option("--preset", default="paddock:default", show_default=True, help="The preset to start from.")
@click.option(
    "--repo",
    metavar="URL",
    help="Let pre-commit install paddock, and workflows use it, from here; needs --rev.  [default: from PATH]",
)
@click.option("--rev", metavar="REV", help="The tag or commit of --repo.")
@click.option(
    "--github", is_flag=True, help="Write workflows and a template for pull requests, too; needs --repo and --rev."
)
@click.option("--bot/--no-bot", default=True, show_default=True, help="With --github, the bot's workflows, too.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    base: str | None,
    preset: str,
    repo: str | None,
    rev: str | None,
    github: bool,
    bot: bool,
    force: bool,
    dry_run: bool,
) -> None:
    """Write .paddock.yaml and an entry in .pre-commit-config.yaml; with --github, workflows.

    With --github also .github/pull_request_template.md; filled in, it is what the gate `description` asks for.
    Files that are there are not replaced without --force; to an existing .pre-commit-config.yaml the entry is added
    and the rest is kept, comments included.

    \b
    Examples:
      paddock init --dry-run
      paddock init --base develop --preset paddock:strict
      paddock init --github --repo OWNER/paddock --rev 0123456789abcdef0123456789abcdef01234567
    """
    from paddock import adopt

    action = adopt.pinned(repo or None, rev or None) if github else None
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
    source = adopt.address(repo) if repo and github else repo
    plan = [policy, adopt.pre_commit_file(_text(top, adopt.PRE_COMMIT), repo=source, rev=rev, force=force)]
    plan += [] if action is None else _workflows(top, action, bot=bot, force=force)
    for written in plan:
        if written.text is not None:
            _refuse_links(top, written.name)
    for written in plan:
        _carry_out(written, top, dry_run=dry_run)
    if not dry_run:
        click.echo("next: pre-commit install   (or: prek install; or without a framework: paddock hooks install)")
        if github:
            click.echo("then: merge these files to the default branch, and require the check `paddock / static`")
            if bot:
                click.echo(
                    "the bot: write a plan (paddock plan init), say in paddock-agent.yml how agents start; docs/bot.md"
                )


def _workflows(top: str, action: Pinned, *, bot: bool, force: bool) -> list[Written]:
    from paddock import adopt

    names = (*adopt.WORKFLOWS, *(adopt.BOT_WORKFLOWS if bot else ()))
    places = {name: f"{adopt.WORKFLOW_FOLDER}/{name}" for name in names}
    for place in (*places.values(), adopt.TEMPLATE):
        _refuse_links(top, place)
    written = [adopt.workflow_file(name, _text(top, place), action, force=force) for name, place in places.items()]
    # A file system that takes both cases for one name shows one template under several.
    own = _text(top, adopt.TEMPLATE)
    elsewhere = next((place for place in PLACES if own is None and os.path.lexists(os.path.join(top, place))), None)
    return [*written, adopt.template_file(own, elsewhere, force=force)]


def _refuse_links(top: str, name: str) -> None:
    parts = name.split("/")
    for depth in range(1, len(parts) + 1):
        path = "/".join(parts[:depth])
        if os.path.islink(os.path.join(top, path)):
            raise UsageError(f"{path} is a symbolic link, which is not written through", hint="edit its target")


def _carry_out(written: Written, top: str, *, dry_run: bool) -> None:
    would = "would be " if dry_run and written.text is not None else ""
    click.echo(printable(f"{written.name}: {would}{written.words}"))
    if written.text is None:
        return
    if dry_run:
        click.echo("".join(f"  {printable(line)}\n" for line in written.text.splitlines()), nl=False)
        return
    os.makedirs(os.path.dirname(os.path.join(top, written.name)), exist_ok=True)
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
