"""The plan that says whose things are, for commands that look at a repository from outside a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.errors import FactUnreadableError, PolicyError

if TYPE_CHECKING:
    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository


def owners(repository: Repository, base: str) -> Owners | None:
    """Who owns what by the plan on the base, else by the main checkout's; None where there is no plan.

    Raises:
        FactMissingError: there is neither a base here, nor a plan in the main checkout.
        FactUnreadableError: there is a plan that can't be read, and never was one that could.
    """
    from paddock.plan.load import load
    from paddock.plan.owners import Owners
    from paddock.sources.change import GitChange

    problem: PolicyError | None = None
    for found in GitChange(repository, base=base).plans():
        if found.text is None:
            return None
        try:
            return Owners(load(found.text))
        except PolicyError as error:
            problem = problem or error
    raise FactUnreadableError(f"the plan can't be read: {problem}", hint="paddock plan check")
