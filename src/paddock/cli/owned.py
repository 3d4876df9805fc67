"""The plan that says whose things are, for commands that look at a repository from outside a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository


def owners(repository: Repository, base: str) -> Owners | None:
    """The same as `owned`, for who can do nothing about a newer plan that is broken."""
    return owned(repository, base)[0]


def owned(repository: Repository, base: str) -> tuple[Owners | None, str | None]:
    """Who owns what by the plan on the base, else by the main checkout's; None where there is no plan.

    Where the newest plan is broken, the last that was not counts; what is wrong comes second.

    Raises:
        FactMissingError: there is neither a base here, nor a plan in the main checkout.
        FactUnreadableError: there is a plan that can't be read, and never was one that could.
    """
    from paddock.plan.load import believed
    from paddock.plan.owners import Owners
    from paddock.sources.change import GitChange

    found = believed(GitChange(repository, base=base).plans())
    return (Owners(found.plan) if found.plan is not None else None), found.broken
