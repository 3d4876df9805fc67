"""The branch of its series that a branch stands on, by git alone: a hook asks before every commit.

It is the nearest one of a lower order key that is in the branch's history and not in the base. A branch outside of
every series that is a part (`NAME-split2`) stands on the part before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.keys import AGENT_TEMPLATE, DEFAULT_TEMPLATE, parse
from paddock.sources.calling import lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.plan.keys import Order
    from paddock.sources.git import Repository

_PART = re.compile(r"(?P<name>.+)-split(?P<number>[0-9]{1,9})")
_FORM = "--format=%(refname)%00%(objectname)%00%(symref)"


class Footing(Struct, frozen=True):
    """How branches are named here; asked for a branch, the name and the commit of the one that it stands on."""

    template: str = DEFAULT_TEMPLATE
    series: tuple[str, ...] = ()

    def __call__(
        self, repository: Repository, branch: str, head: str, bases: Sequence[str], apart: str | None = None
    ) -> tuple[str, str] | None:
        """The branch that a head stands on; None where that is the base.

        One call of git, and more only where there are several such branches.

        Args:
            repository: where the branches are.
            branch: the name that the head has, or will have.
            head: its commit.
            bases: the commits that the base means.
            apart: a commit that is nothing to stand on: behind another name of the head itself all that is to be
                judged would hide, unless something is staged beyond it.
        """
        own = self._place(branch)
        if own is None:
            return None
        family, order = own
        below: dict[str, tuple[Order, str]] = {}
        for name, sha in _within(repository, family, head, bases):
            other = self._place(name)
            if sha == apart:
                continue
            if other is not None and other[0] == family and other[1] < order:
                below.setdefault(sha, (other[1], name))
        if not below:
            return None
        sha = _nearest(repository, tuple(below), head)
        return below[sha][1], sha

    def _place(self, name: str) -> tuple[str, Order] | None:
        """What a branch is one of, as a name's beginning, and where it stands among those."""
        found = parse(name, self.template, self.series)
        if not found.valid and self.template == DEFAULT_TEMPLATE:
            found = parse(name, AGENT_TEMPLATE, self.series)
        if found.valid:
            return f"{found.series}/", found.order
        part = _PART.fullmatch(name)
        return (f"{part['name']}-split", ((0, int(part["number"])),)) if part else None


def _within(repository: Repository, family: str, head: str, bases: Sequence[str]) -> list[tuple[str, str]]:
    """Branches of a family, local ones first, that the head has in its history and the base has not."""
    rest = "**" if family.endswith("/") else "*"
    patterns = (f"refs/heads/{family}{rest}", f"refs/remotes/*/{family}{rest}")
    without = (f"--no-merged={base}" for base in bases)
    found = []
    for row in lines_of(repository.run("for-each-ref", _FORM, f"--merged={head}", *without, *patterns)):
        ref, sha, symref = row.split("\0")
        if not symref:
            found.append((ref.split("/", 2)[2] if ref.startswith("refs/heads/") else ref.split("/", 3)[3], sha))
    return found


def _nearest(repository: Repository, tips: Sequence[str], head: str) -> str:
    """Of commits in a head's history the one that lacks the fewest of its commits."""
    if len(tips) > 1:
        tips = repository.run("merge-base", "--independent", *tips).decode().split()
    if len(tips) == 1:
        return tips[0]
    return min(tips, key=lambda one: len(repository.run("rev-list", head, "--not", one).split()))
