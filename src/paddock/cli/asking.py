"""What every command that talks to GitHub is told: which plan and policy, and who it is there."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable


class Asked(Struct, frozen=True, kw_only=True):
    """The options, as they were given."""

    file: str | None = None
    policy_file: str | None = None
    trust: str | None = None
    login: str | None = None


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """`--file`, `--policy`, `--trust` and `--login`, as one argument `asked`."""

    @wraps(command)
    def told(
        *args: Any,  # noqa: ANN401 - whatever click gives
        file: str | None,
        policy_file: str | None,
        trust: str | None,
        login: str | None,
        **others: Any,  # noqa: ANN401 - likewise
    ) -> None:
        command(*args, asked=Asked(file=file, policy_file=policy_file, trust=trust, login=login), **others)

    for option in (
        click.option(
            "--login", help="The bot's own login.  [default: the token's; a workflow's is github-actions[bot]]"
        ),
        click.option(
            "--trust",
            metavar="REF",
            help="Take policy and plan from this commit.  [default: the protected default branch]",
        ),
        click.option("--policy", "policy_file", metavar="FILE", help="Judge by this policy instead of .paddock.yaml."),
        click.option("--file", metavar="FILE", help="The plan.  [default: .paddock/plan.yaml of the trusted commit]"),
    ):
        told = option(told)
    return told
