"""`paddock policy`: what is allowed here, and why."""

from __future__ import annotations

import json
import sys

import click

from paddock.cli.judge import gate_ids, policy_option
from paddock.cli.session import Session
from paddock.render.plain import printable


@click.group("policy")
def command() -> None:
    """Show the policy, its schema, and what each gate does.

    \b
    Examples:
      paddock policy show
      paddock policy explain pr-size
      paddock policy schema > .paddock.schema.json
    """


@command.command("show")
@policy_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(policy_file: str | None, form: str) -> None:
    """Print the effective policy and where each value came from.

    \b
    Examples:
      paddock policy show
      paddock policy show --policy policies/strict.yaml --format json
    """
    from paddock import wire
    from paddock.policy.describe import values

    session = Session(policy_file)
    rows = list(values(session.policy))
    if form == "json":
        listed = [{"key": row.key, "value": row.value, "origin": row.origin} for row in rows]
        click.echo(wire.encode({"version": 1, "source": session.policy.source, "values": listed}, indent=2).decode())
        return
    for note in session.notes:
        click.echo(printable(note))
    texts = [json.dumps(row.value, ensure_ascii=False) for row in rows]
    key_width = max(len(row.key) for row in rows)
    value_width = min(max(len(text) for text in texts), 44)
    for row, text in zip(rows, texts, strict=True):
        click.echo(f"{row.key:<{key_width}}  {printable(text):<{value_width}}  {printable(row.origin)}")


@command.command("schema")
def schema() -> None:
    """Print the JSON schema of .paddock.yaml.

    \b
    Example, with an editor that reads such comments:
      paddock policy schema > .paddock.schema.json
      # yaml-language-server: $schema=.paddock.schema.json
    """
    from paddock.gates import CONFIGS
    from paddock.policy.describe import schema as build

    click.echo(json.dumps(build(CONFIGS), indent=2, ensure_ascii=False))


@command.command("explain")
@click.argument("gate")
@policy_option
def explain(gate: str, policy_file: str | None) -> None:
    """Tell what a gate judges, why, how to fix what it finds, and its options here.

    \b
    Example:
      paddock policy explain dco
    """
    from paddock.gates import GATES
    from paddock.policy.pages import NAME, options, page

    (name,) = gate_ids([gate])
    click.echo(page(GATES[name], sys.modules[GATES[name].check.__module__].__doc__ or ""))
    policy = Session(policy_file).policy
    if name not in policy.gates:
        click.echo("This policy does not configure the gate.")
        return
    click.echo("## Here\n")
    for option in options(type(policy.gates[name]), policy.gates[name]):
        if NAME in option.key:  # a key of each of the sections that the line above it has shown
            continue
        place = policy.place("gates", name, *option.key.split("."))
        click.echo(printable(f"{option.key}: {option.value}  ({place or 'default'})"))
