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
    fetch: bool = False


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """`--file`, `--policy`, `--trust` and `--login`, as one argument `asked`."""

    @wraps(command)
    def told(
        *args: Any,  # noqa: ANN401 - whatever click gives
        file: str | None,
        policy_file: str | None,
        trust: str | None,
        login: str | None,
        fetch: bool,
        **others: Any,  # noqa: ANN401 - likewise
    ) -> None:
        asked = Asked(file=file, policy_file=policy_file or None, trust=trust, login=login or None, fetch=fetch)
        command(*args, asked=asked, **others)

    for option in (
        click.option(
            "--fetch",
            is_flag=True,
            help="Fetch the default branch from GITHUB_SERVER_URL, instead of taking it from the clone here.",
        ),
        click.option(
            "--login",
            envvar="PADDOCK_LOGIN",
            help="The bot's own login.  [default: the token's; a workflow's is github-actions[bot]]",
        ),
        click.option(
            "--trust",
            metavar="REF",
            help="Take policy and plan from this commit.  [default: the protected default branch]",
        ),
        click.option(
            "--policy",
            "policy_file",
            metavar="FILE",
            envvar="PADDOCK_POLICY",
            help="Judge by this policy instead of .paddock.yaml.",
        ),
        click.option("--file", metavar="FILE", help="The plan.  [default: .paddock/plan.yaml of the trusted commit]"),
    ):
        told = option(told)
    return told
