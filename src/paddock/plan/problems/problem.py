"""One problem of a plan, and what a plan is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.findings import Level
from paddock.plan.keys import DEFAULT_TEMPLATE
from paddock.policy.positions import Path

if TYPE_CHECKING:
    from paddock.plan.model import Plan
    from paddock.policy.positions import Place

NAMED = 3  # how many names a message lists before it only counts them


class Rules(Struct, frozen=True, kw_only=True):
    """What the policy and the repository say. `limit` is the most lines of a change, None where no gate counts them.

    `base` and `series` are the policy's, None and empty where it says nothing; `checkout` is the main checkout's
    absolute path, None where it is not known.
    """

    limit: int | None = None
    template: str = DEFAULT_TEMPLATE
    base: str | None = None
    series: tuple[str, ...] = ()
    checkout: str | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """One fact that speaks against a plan. `path` leads to the value in the document."""

    code: str
    message: str
    path: Path
    level: Level = Level.ERROR
    hint: str | None = None

    def place(self, plan: Plan) -> Place | None:
        """Where the value stands, or what is nearest around it."""
        places = plan.places
        return next((places[self.path[:i]] for i in range(len(self.path), -1, -1) if self.path[:i] in places), None)

    def where(self, plan: Plan) -> str:
        """`file:line:column`."""
        return str(self.place(plan) or plan.source)


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
