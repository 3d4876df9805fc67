"""Whether branches fit together: each with the base, every two with each other, and all of them in order.

Nothing is checked out and no ref is written. Branches are taken where they stand when it begins; one that moves
meanwhile is told as an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.errors import CouldNotCheckError
from paddock.model import Merge
from paddock.sources.ancestry import Ancestry
from paddock.sources.heads import history, moved
from paddock.sources.merging import Merging
from paddock.stack.integration import Integration, Pair, Step
from paddock.stack.kept import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paddock.sources.foresight import Change
    from paddock.sources.git import Repository
    from paddock.sources.heads import Head
    from paddock.stack.kept import Kept


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
        self._foreseen: dict[tuple[str, str], Merge] = {}
        self._changes: dict[tuple[str, str], tuple[Change, ...]] = {}
        self._window = len(self.branches)

    def all(self, *, pairs: bool = True) -> Integration:
        """Everything; without `pairs`, the base and the train only.

        Raises:
            CouldNotCheckError: a branch moved meanwhile.
        """
        last = len(self.branches)
        shared = self.ancestry.pairs()
        two = [(first, second) for first in range(last) for second in range(first + 1, last)] if pairs else []
        apart = self._apart(two, shared)
        numbers = [*((at, last) for at in range(last)), *(pair for pair in two if pair not in apart)]
        found = dict(zip(numbers, self._merges(numbers, shared), strict=True))
        alone = tuple(found.pop((at, last)) for at in range(last))
        names = [one.name for one in self.branches]
        told = tuple(Pair(names[first], names[second], found.get((first, second))) for first, second in two)
        clashing = {pair for pair, merge in found.items() if not merge.clean}
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

    def unrelated(self) -> tuple[Head, ...]:
        """The branches that have no commit in common with the base, which git does not merge with it."""
        base = [len(self.branches)]
        return tuple(one for at, one in enumerate(self.branches) if not self.ancestry.bases(base, at))

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
            found = self._step(at, merged, tree, here if made else None, clashing)
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

    def _step(
        self, at: int, merged: Sequence[int], tree: str, here: str | None, clashing: set[tuple[int, int]]
    ) -> tuple[Merge, str | None] | None:
        """A branch merged into a tree: made on the commit `here`, or with None as it is known, None where it is not."""
        if any(self.ancestry.contains(one, at) for one in merged):
            return Merge(tree=tree), here
        sha = self.branches[at].sha
        name = key(self._trees(self.ancestry.bases(merged, at)), tree, self.ancestry.tree[sha])
        if here is None:
            known = self.kept.get(name) if self.kept is not None else None
            return None if known is None else (known, None)
        if (here, sha) not in self._foreseen:
            self._foresee(at, merged, here, clashing)
        merge = self._foreseen[here, sha]
        if self.kept is not None:
            self.kept.put(name, merge)
        return merge, self.merging.commit(str(merge.tree), (here, sha)) if merge.clean else None

    def _foresee(self, at: int, merged: Sequence[int], here: str, clashing: set[tuple[int, int]]) -> None:
        """Merge this branch and, on what that most likely comes to, those behind it, in one process of git.

        Only merges into a commit that really comes about are ever looked at again. Each time that they were not, half
        as far is looked.
        """
        from paddock.sources.foresight import overlaid

        numbers = range(at, min(at + self._window, len(self.branches)))
        self._window = max(1, len(numbers) // 2)
        self._learn(numbers, merged)
        will, touched, clean = list(merged), set[bytes](), list[int]()
        asked: list[int] = []
        for one in numbers:
            if any(self.ancestry.contains(other, one) for other in will):
                continue
            asked.append(one)
            if any((other, one) in clashing for other in will):
                continue
            some = self._change(will, one)
            if some is None or touched.intersection(change.path for change in some):
                break
            touched.update(change.path for change in some)
            will.append(one)
            clean.append(one)
        steps = [self._change(merged, one) or () for one in clean]
        trees = dict(zip(clean, overlaid(self.merging, here, steps), strict=True)) if len(asked) > 1 and steps else {}
        pairs = []
        for one in asked:
            pairs.append((here, self.branches[one].sha))
            if one in trees:
                here = self.merging.commit(trees[one], pairs[-1])
        self._foreseen.update(zip(pairs, self.merging.merges(pairs), strict=True))

    def _learn(self, numbers: Sequence[int], merged: Sequence[int]) -> None:
        """Read what branches change against the one merge base that they have with what is merged."""
        self._read(pair for one in numbers if (pair := self._sides(merged, one)) is not None)

    def _read(self, sides: Iterable[tuple[str, str]]) -> None:
        """Read what each second tree has otherwise than the first."""
        from paddock.sources.foresight import changes

        if pairs := [pair for pair in dict.fromkeys(sides) if pair not in self._changes]:
            self._changes.update(zip(pairs, changes(self.merging, pairs), strict=True))

    def _change(self, merged: Sequence[int], at: int) -> tuple[Change, ...] | None:
        pair = self._sides(merged, at)
        return self._changes.get(pair) if pair is not None else None

    def _sides(self, merged: Sequence[int], at: int) -> tuple[str, str] | None:
        bases = self.ancestry.bases(merged, at)
        return (self.ancestry.tree[bases[0]], self.ancestry.tree[self.branches[at].sha]) if len(bases) == 1 else None

    def _left_out(self, at: int, steps: Sequence[Step]) -> str | None:
        """The branch that this one stands on and that does not merge; it would bring it along."""
        for number, step in enumerate(steps):
            if not step.clean and self.ancestry.contains(at, number):
                return step.branch
        return None

    def _apart(
        self, pairs: Sequence[tuple[int, int]], shared: dict[tuple[int, int], tuple[str, ...]]
    ) -> set[tuple[int, int]]:
        """Those of some pairs that git need not be asked about."""
        from paddock.stack.apart import apart, touched

        tree, tips = self.ancestry.tree, self.ancestry.tips
        sides = {
            pair: tuple((tree[bases[0]], tree[tips[one]]) for one in pair)
            for pair in pairs
            if len(bases := shared.get(pair, ())) == 1
        }
        needed = {side for both in sides.values() for side in both}
        # Where every pair has a base of its own, merging costs no more; of a cut history git's word is wanted.
        if len(needed) > len(sides) or self.repository.shallow:
            return set()
        self._read(needed)
        found = {side: touched(self._changes[side]) for side in needed}
        return {pair for pair, (one, other) in sides.items() if apart(found[one], found[other])}

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
