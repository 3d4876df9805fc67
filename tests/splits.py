"""A split made in this process, as the command makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.gates.pr_size import PrSizeConfig
from paddock.sources.git import open_repository
from paddock.sources.quarantine import Quarantine
from paddock.sources.range import RangeSource
from paddock.stack.layers import Origin
from paddock.stack.splitting import Naming, Splitting

if TYPE_CHECKING:
    from conftest import Work
    from paddock.stack.split.proposal import Split


def split_of(work: Work, branch: str, limit: int, *, hunks: bool = False, by: str = "files") -> Split:
    """The branch of a repository, split against `main` and applied."""
    repository = open_repository(str(work.path))
    head = work.git("rev-parse", branch)
    source = RangeSource(repository, head, base="main", branch=branch)
    origin = Origin(
        branch=branch,
        base="main",
        merge_base=source.merge_base(),
        head=head,
        trust=source.trusted,
        commits=source.commits(),
    )
    splitting = Splitting(repository, origin, PrSizeConfig(limit=limit), None, Naming(), hunks=hunks)
    proposed = splitting.by_commits() if by == "commits" else splitting.by_files()
    with Quarantine(repository) as quarantine:
        made = splitting.make(proposed, quarantine)
        return splitting.apply(made, quarantine)
