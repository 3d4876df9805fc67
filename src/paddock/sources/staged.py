"""The commit in the making: the index, as the branch will be once it is committed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from paddock.errors import FactMissingError
from paddock.sources.change import GitChange
from paddock.sources.history import merge_base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.model import Checkout, Commit, Person, Signature, Work
    from paddock.steps import Ended, Regenerated, Step

# What `git add --intent-to-add` noted down is not committed.
_INDEX = ("diff-index", "--cached", "--ita-invisible-in-index")


class StagedSource(GitChange):
    """The index against the merge base of what will be the commit's parents."""

    def head(self) -> str | None:
        """None: the commit does not exist yet."""
        return None

    def commits(self) -> tuple[Commit, ...]:
        """Not known: the message is still to be written."""
        raise FactMissingError("the commit does not exist before it is made")

    def signatures(self) -> tuple[Signature, ...]:
        """Not known: git signs a commit as it makes it."""
        raise FactMissingError("the commit does not exist before it is made")

    def contained(self, revision: str) -> frozenset[str]:  # noqa: ARG002 - what every source is asked
        """Not known: history has no such commit yet."""
        raise FactMissingError("the commit does not exist before it is made")

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:
        """The worktree, and who will have made the commit."""
        from paddock.sources.place import checkout

        return checkout(self.repository, folders, self._people)

    def works(self) -> tuple[Work, ...]:
        """What the commit adds to HEAD, or to all sides of a merge."""
        from paddock.sources.works import of_index

        head = self.repository.head()
        heads = (*((head,) if head else ()), *self.repository.merge_heads())
        return (of_index(self.repository, heads, self._people),)

    @cached_property
    def _people(self) -> tuple[Person, Person]:
        return self.repository.identities()

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:  # noqa: ARG002 - what every source is asked
        """Not known: the commit is not made yet."""
        raise FactMissingError("steps run on a commit's files, and the commit is not made yet")

    def regenerated(self, step: Step) -> Regenerated:  # noqa: ARG002 - what every source is asked
        """Not known: the commit is not made yet."""
        raise FactMissingError("a generator runs on a commit's files, and the commit is not made yet")

    def merge_base(self) -> str:
        """The commit that the index is compared with; the empty tree on an unborn branch."""
        return self._merge_base

    @cached_property
    def _merge_base(self) -> str:
        head = self.repository.head()
        if head is None:
            return self.repository.empty_tree
        # A merge in progress brings its other side's history with it.
        return merge_base(self.repository, self.bases, (head, *self.repository.merge_heads()))

    @cached_property
    def trusted(self) -> str | None:
        """The commit whose attributes are believed; None on an unborn branch."""
        return None if self._merge_base == self.repository.empty_tree else super().trusted

    def _tip(self) -> str | None:
        return self.repository.head()

    def _last(self) -> str | None:
        return None

    def _against(self, base: str, sha: str) -> StagedSource:
        return StagedSource(
            self.repository,
            base=base,
            base_revisions=(sha,),
            branch=self._given_branch,
            rules=self._rules,
            trust=self.trusted,
        )

    def _new_side(self) -> str:
        return ":0"  # the stage too: a file may be called `1:x`

    def _compared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return _INDEX, (self._merge_base,)
