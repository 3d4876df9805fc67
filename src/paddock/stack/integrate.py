"""Whether branches fit together: each with the base, every two with each other, and all of them in order.

Nothing is checked out and no ref is written. Branches are taken where they stand when it begins; one that moves
meanwhile is told as an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError
from paddock.model import Merge
from paddock.sources.ancestry import Ancestry
from paddock.sources.heads import Head, history, moved
from paddock.sources.merging import Merging
from paddock.stack.kept import Kept, key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.sources.git import Repository


class Pair(Struct, frozen=True):
    """Two branches, the earlier first, and their trial merge."""

    first: str
    second: str
    merge: Merge


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
        known: how many of the merges of two were known from earlier runs, and how many were asked for.
    """

    base: str
    base_sha: str
    branches: tuple[Head, ...]
    alone: tuple[Merge, ...]
    pairs: tuple[Pair, ...]
    steps: tuple[Step, ...]
    tree: str
    known: tuple[int, int]

    @property
    def refused(self) -> tuple[tuple[str, str, str], ...]:
        """What git refused to merge, and its words."""
        alone = zip(self.branches, self.alone, strict=True)
        tried = [(self.base, branch.name, merge) for branch, merge in alone]
        tried += [(pair.first, pair.second, pair.merge) for pair in self.pairs]
        tried += [("the train", step.branch, step.merge) for step in self.steps if step.merge is not None]
        return tuple((first, second, merge.refused) for first, second, merge in tried if merge.refused is not None)

    @property
    def clean(self) -> bool:
        """Whether all branches merge in order, each with the base and with every other."""
        merges = (*self.alone, *(pair.merge for pair in self.pairs))
        return all(merge.clean for merge in merges) and all(step.clean for step in self.steps)


class Integrating:
    """One look at some branches.

    Args:
        repository: where they are.
        base: the base's name and commit.
        branches: in the order in which they may merge.
        kept: merges of earlier runs; none are used or kept when None.
    """

    def __init__(
        self, repository: Repository, base: tuple[str, str], branches: Sequence[Head], kept: Kept | None = None
    ) -> None:
        self.repository = repository
        self.base, self.base_sha = base
        self.branches = tuple(branches)
        self.kept = kept
        self.merging = Merging(repository)
        tips = [one.sha for one in self.branches]
        # The base is the last, so that numbers are those of the train.
        self.ancestry = Ancestry(history(repository, [*tips, self.base_sha]), [*tips, self.base_sha])
        self.known = self.asked = 0

    def all(self, *, pairs: bool = True) -> Integration:
        """Everything; without `pairs`, the base and the train only.

        Raises:
            CouldNotCheckError: a branch moved meanwhile.
        """
        last = len(self.branches)
        shared = self.ancestry.pairs()
        numbers = [(at, last) for at in range(last)]
        if pairs:
            numbers += [(first, second) for first in range(last) for second in range(first + 1, last)]
        found = dict(zip(numbers, self._merges(numbers, shared), strict=True))
        alone = tuple(found.pop((at, last)) for at in range(last))
        names = [one.name for one in self.branches]
        told = tuple(Pair(names[first], names[second], merge) for (first, second), merge in found.items())
        clashing = {(first, second) for (first, second), merge in found.items() if not merge.clean}
        steps, tree = self._steps(alone, clashing)
        self.unmoved()
        if self.kept is not None:
            self.kept.write()
        return Integration(
            base=self.base,
            base_sha=self.base_sha,
            branches=self.branches,
            alone=alone,
            pairs=told,
            steps=steps,
            tree=tree,
            known=(self.known, self.asked),
        )

    def unmoved(self) -> None:
        """See that every branch still stands where it was judged.

        Raises:
            CouldNotCheckError: one does not.
        """
        if gone := moved(self.repository, self.branches):
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            raise CouldNotCheckError(f"{gone[0]}{more} moved while it was judged", hint="run it again")

    def commits(self) -> tuple[tuple[Step, ...], str]:
        """The train with the commit of every step, and the tree it comes to."""
        found = self._train((), set(), made=True)
        assert found is not None  # noqa: S101 - only what is not made can be missing
        return found

    def _steps(self, alone: Sequence[Merge], clashing: set[tuple[int, int]]) -> tuple[tuple[Step, ...], str]:
        found = self._train(alone, clashing, made=False) if self.kept is not None else None
        if found is None:  # something is not known yet, and merging it needs the commits of those before
            found = self._train(alone, clashing, made=True)
        assert found is not None  # noqa: S101 - only what is not made can be missing
        return found

    def _train(
        self, alone: Sequence[Merge], clashing: set[tuple[int, int]], *, made: bool
    ) -> tuple[tuple[Step, ...], str] | None:
        last = len(self.branches)
        tree, here = self.ancestry.tree[self.base_sha], self.base_sha
        merged = [last]
        steps: list[Step] = []
        for at, branch in enumerate(self.branches):
            if (on := self._left_out(at, steps)) is not None:
                steps.append(Step(branch.name, None, on=on))
                continue
            found = self._step(at, merged, tree, here if made else None)
            if found is None:
                return None
            merge, commit = found
            others = tuple(self.branches[one].name for one in merged if (one, at) in clashing)
            base = bool(alone) and not alone[at].clean
            steps.append(Step(branch.name, merge, commit=commit, base=base, others=others))
            if merge.clean:
                merged.append(at)
                tree, here = str(merge.tree), commit or here
        return tuple(steps), tree

    def _step(self, at: int, merged: Sequence[int], tree: str, here: str | None) -> tuple[Merge, str | None] | None:
        """A branch merged into a tree: made on the commit `here`, or with None as it is known, None where it is not."""
        if any(self.ancestry.contains(one, at) for one in merged):
            return Merge(tree=tree), here
        sha = self.branches[at].sha
        name = key(self._trees(self.ancestry.bases(merged, at)), tree, self.ancestry.tree[sha])
        if here is None:
            known = self.kept.get(name) if self.kept is not None else None
            return None if known is None else (known, None)
        (merge,) = self.merging.merges([(here, sha)])
        if self.kept is not None:
            self.kept.put(name, merge)
        return merge, self.merging.commit(str(merge.tree), (here, sha)) if merge.clean else None

    def _left_out(self, at: int, steps: Sequence[Step]) -> str | None:
        """The branch that this one stands on and that does not merge; it would bring it along."""
        for number, step in enumerate(steps):
            if not step.clean and self.ancestry.contains(at, number):
                return step.branch
        return None

    def _merges(
        self, numbers: Sequence[tuple[int, int]], shared: dict[tuple[int, int], tuple[str, ...]]
    ) -> list[Merge]:
        tips = self.ancestry.tips
        keys = [
            key(self._trees(shared.get(pair, ())), *(self.ancestry.tree[tips[one]] for one in pair))
            if shared.get(pair)
            else ""
            for pair in numbers
        ]
        found = [self._known(one) if one else None for one in keys]
        missing = [at for at, merge in enumerate(found) if merge is None]
        made = self.merging.merges([(tips[numbers[at][0]], tips[numbers[at][1]]) for at in missing])
        for at, merge in zip(missing, made, strict=True):
            found[at] = merge
            if self.kept is not None and keys[at]:
                self.kept.put(keys[at], merge)
        return [merge for merge in found if merge is not None]

    def _known(self, name: str) -> Merge | None:
        self.asked += 1
        found = self.kept.get(name) if self.kept is not None else None
        self.known += found is not None
        return found

    def _trees(self, commits: Sequence[str]) -> list[tuple[str, str]]:
        return [(one, self.ancestry.tree[one]) for one in commits]
