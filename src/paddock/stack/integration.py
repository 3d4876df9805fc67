"""What trial merges of some branches came to, as values."""

from __future__ import annotations

from msgspec import Struct

from paddock.model import Merge
from paddock.sources.heads import Head


class Pair(Struct, frozen=True):
    """Two branches, the earlier first, and their trial merge; None where no change of one can concern the other."""

    first: str
    second: str
    merge: Merge | None

    @property
    def clean(self) -> bool:
        """Whether both can be had."""
        return self.merge is None or self.merge.clean


class Step(Struct, frozen=True):
    """One branch of the train, merged into what those before it left.

    `merge` is None where it was left out, because it stands on `on`, which does not merge. `commit` is the result, in
    the throwaway folder; None where it is known from an earlier run, or there is none. `others` are the branches with
    which, each alone, it clashes too; `base` says that it clashes with the base.
    """

    branch: str
    merge: Merge | None
    on: str | None = None
    commit: str | None = None
    base: bool = False
    others: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether the branch is in the result."""
        return self.merge is not None and self.merge.clean


class Integration(Struct, frozen=True):
    """What was found.

    Attributes:
        base: the base's name.
        base_sha: its commit.
        branches: in the order of the train.
        alone: each branch with the base.
        pairs: every two branches.
        steps: the train.
        tree: what the train comes to, without the branches that do not merge.
        known: how many of the merges of two were known from earlier runs, and how many had to be.
        unrelated: branches that were left out, since they have no commit in common with the base.
        notes: what is said of others that were left out.
    """

    base: str
    base_sha: str
    branches: tuple[Head, ...]
    alone: tuple[Merge, ...]
    pairs: tuple[Pair, ...]
    steps: tuple[Step, ...]
    tree: str
    known: tuple[int, int]
    unrelated: tuple[Head, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def clashing(self) -> tuple[tuple[str, str, Merge], ...]:
        """Every two branches that clash, and how."""
        tried = ((pair.first, pair.second, pair.merge) for pair in self.pairs)
        return tuple((first, second, merge) for first, second, merge in tried if merge is not None and not merge.clean)

    @property
    def refused(self) -> tuple[tuple[str, str, str], ...]:
        """What git refused to merge, and its words."""
        alone = zip(self.branches, self.alone, strict=True)
        tried = [(self.base, branch.name, merge) for branch, merge in alone]
        tried += [(pair.first, pair.second, pair.merge) for pair in self.pairs if pair.merge is not None]
        tried += [("the train", step.branch, step.merge) for step in self.steps if step.merge is not None]
        return tuple((first, second, merge.refused) for first, second, merge in tried if merge.refused is not None)

    @property
    def clean(self) -> bool:
        """Whether all branches merge in order, each with the base and with every other."""
        return not self.unrelated and all(one.clean for some in (self.alone, self.pairs, self.steps) for one in some)
