"""Whether branches fit together: each with the base, every two with each other, and all of them in order.

Nothing is checked out and no ref is written. Branches are taken where they stand when it begins; one that moves
meanwhile is told as an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError
from paddock.model import Merge
from paddock.sources.heads import history, moved
from paddock.sources.merging import Merging
from paddock.stack.ancestry import Ancestry
from paddock.stack.kept import Kept, key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paddock.sources.git import Repository
    from paddock.sources.heads import Head


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
        steps, tree = self.train(alone, clashing)
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

    def train(self, alone: Sequence[Merge] = (), clashing: set[tuple[int, int]] | None = None) -> tuple[tuple[Step, ...], str]:  # fmt: skip
        """All branches in order, each merged into the result of those before it; and the tree it comes to."""
        steps = self._train(alone, clashing or set(), made=self.kept is None)
        if steps is None:  # something is not known yet, and merging it needs the commits of those before
            steps = self._train(alone, clashing or set(), made=True)
        assert steps is not None  # noqa: S101 - made ones are always there
        return steps

    def commits(self) -> tuple[tuple[Step, ...], str]:
        """The train, with the commit of every step."""
        steps = self._train((), set(), made=True)
        assert steps is not None  # noqa: S101 - made ones are always there
        return steps

    def _train(
        self, alone: Sequence[Merge], clashing: set[tuple[int, int]], *, made: bool
    ) -> tuple[tuple[Step, ...], str] | None:
        last = len(self.branches)
        tree, here = self.ancestry.tree[self.base_sha], self.base_sha
        merged, steps = [last], []
        for at, branch in enumerate(self.branches):
            out = self._left_out(at, steps)
            if out is not None:
                steps.append(Step(branch.name, None, on=out))
                continue
            if any(self.ancestry.contains(one, at) for one in merged):
                merge, result = Merge(tree=tree), here
            else:
                bases = self._trees(self.ancestry.bases(merged, at))
                known = self._known(key(bases, tree, self.ancestry.tree[branch.sha]), count=False)
                if known is None and not made:
                    return None
                if made:
                    known, result = self._made(bases, tree, here, branch.sha)
                else:
                    result = None
                merge = known
            others = tuple(self.branches[one].name for one in merged if (one, at) in clashing)
            base = bool(alone) and not alone[at].clean
            clean = merge.clean
            steps.append(Step(branch.name, merge, commit=result if clean and made else None, base=base, others=others))
            if clean:
                merged.append(at)
                tree, here = str(merge.tree), result or here
        return tuple(steps), tree

    def _made(self, bases: list[tuple[str, str]], tree: str, here: str, sha: str) -> tuple[Merge, str | None]:
        (merge,) = self.merging.merges([(here, sha)])
        if self.kept is not None:
            self.kept.put(key(bases, tree, self.ancestry.tree[sha]), merge)
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

    def _known(self, name: str, *, count: bool = True) -> Merge | None:
        found = self.kept.get(name) if self.kept is not None else None
        if count:
            self.asked += 1
            self.known += found is not None
        return found

    def _trees(self, commits: Sequence[str]) -> list[tuple[str, str]]:
        return [(one, self.ancestry.tree[one]) for one in commits]


def bisect(steps: Sequence[Step], works: Callable[[Step], bool]) -> Step:
    """The first step that does not work, where the last is known not to and what stands before the first works."""
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if works(steps[middle]):
            low = middle + 1
        else:
            high = middle
    return steps[low]
