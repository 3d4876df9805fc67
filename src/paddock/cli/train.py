"""`paddock train`: the open branches in the order in which they may merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paddock.cli.coupled import Coupled, selecting
from paddock.cli.judge import deliver

if TYPE_CHECKING:
    from paddock.cli.session import Session
    from paddock.stack.train import Train


@click.command("train")
@selecting
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "mermaid"]),
    default="text",
    show_default=True,
    help="How to say it.",
)
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    plan_file: str | None,
    globs: tuple[str, ...],
    everything: bool,
    base: str | None,
    states: str | None,
    form: str,
    output: str | None,
) -> None:
    """List the open branches in the order in which they may merge.

    The order is that of the plan's needs and phases, else that of the order keys. For each branch: commits ahead of
    the base and behind it, hand-written lines against what it stands on, and what must merge before it. A branch that
    was squashed or rebased onto the base counts as merged, also where the base changed since.

    \b
    Examples:
      paddock train
      paddock train --branches 'feature/x/*' --format markdown
      paddock train --open --format mermaid
      paddock train --plan plans/next.yaml --states states.json

    \b
    Exit codes:
      0 · 2 usage or policy error · 3 could not check
    """
    from paddock.render.stack import train as rendering

    coupled = Coupled(plan_file, globs, everything=everything, base=base, states=states)
    train = _sized(coupled.session, coupled.train())
    forms = {
        "text": rendering.as_text,
        "json": rendering.as_json,
        "markdown": rendering.as_markdown,
        "mermaid": rendering.as_mermaid,
    }
    deliver(forms[form](train), output)


def _sized(session: Session, train: Train) -> Train:
    from msgspec.structs import replace

    from paddock.cli.sizes import sizes

    tips = {car.name: car.branch.sha for car in train.cars}
    asked = {car.name: (car.branch.sha, tips.get(car.on or "")) for car in train.cars}
    counted, limit = sizes(session, set(asked.values()))
    cars = tuple(replace(car, size=counted.get(asked[car.name])) for car in train.cars)
    return replace(train, cars=cars, limit=limit)
