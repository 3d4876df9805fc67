"""Commits that exist: from the merge base to a head, without checking anything out."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import structs

from paddock.errors import FactMissingError, FactUnreadableError
from paddock.model import QUEUE, NoPullRequest
from paddock.sources.calling import lines_of
from paddock.sources.change import GitChange, read_commits
from paddock.sources.history import merge_base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock import classify
    from paddock.model import Checkout, Commit, Merge, Override, PullRequest, Reports, Review, Signature, Work
    from paddock.sources.change import Footing
    from paddock.sources.git import Repository
    from paddock.sources.github import GitHub
    from paddock.steps import Ended, Execution, Regenerated, Step

_QUEUED = re.compile(re.escape(QUEUE) + r".+/pr-(?P<number>\d+)-[0-9a-f]+\Z")
_MERGED = r"Merge pull request #{number} from [^/\s]+/(?P<branch>\S+)"


class RangeSource(GitChange):
    """What a head adds to a base.

    Args:
        repository: where it lives.
        head: the full name of the last commit.
        base: the base's name.
        base_revisions: the commits that the base means; looked up from its name when empty.
        branch: the change's branch where the caller knows it.
        named: how the head was named; where that is a local branch, it is the change's.
        rules: the policy's own classes of files.
        trust: the commit whose attributes, markers and keys are believed; what the base means here when None.
        github: whose word is taken on signatures that no key here can be checked with.
        mainline: commits in whose history a merged branch is; what the base means when empty.
        queued: whether a merge queue made the commits, where the caller knows; else the event and the names tell.
        execution: how steps are run here.
        pushed: whether they are being pushed from here, so that it matters whose worktree this is.
        pull_request: what proposes them, or why nothing does; not known when None.
        workspace: the folder in which the change was run; the work tree when None.
        overrides: those that the caller knows to be a maintainer's.
        reviews: where the caller knows them.
        footing: tells the branch that the change stands on, where its size is measured against that one.
    """

    def __init__(  # noqa: PLR0913 - the head, and what every change is told
        self,
        repository: Repository,
        head: str,
        *,
        base: str,
        base_revisions: tuple[str, ...] = (),
        branch: str | None = None,
        named: str | None = None,
        rules: classify.Rules | None = None,
        trust: str | None = None,
        github: GitHub | None = None,
        mainline: tuple[str, ...] = (),
        queued: bool | None = None,
        execution: Execution | None = None,
        pushed: bool = False,
        pull_request: PullRequest | NoPullRequest | None = None,
        workspace: str | None = None,
        overrides: tuple[Override, ...] = (),
        reviews: tuple[Review, ...] | None = None,
        footing: Footing | None = None,
    ) -> None:
        super().__init__(
            repository,
            base=base,
            base_revisions=base_revisions,
            branch=branch,
            rules=rules,
            trust=trust,
            mainline=mainline,
            footing=footing,
        )
        self._head = head
        self._named = named
        self._github = github
        self._queued = queued
        self._execution = execution
        self._pushed = pushed
        self._pull_request = pull_request
        self._workspace = workspace or repository.top
        self._overrides = overrides
        self._reviews = reviews

    def head(self) -> str | None:
        """The last commit."""
        return self._head

    def overrides(self) -> tuple[Override, ...]:
        """Those that were told; in a repository alone nobody can override."""
        return self._overrides

    def reviews(self) -> tuple[Review, ...]:
        """Those that were told.

        Raises:
            FactMissingError: nobody told of any.
        """
        return super().reviews() if self._reviews is None else self._reviews

    def branch(self) -> str:
        """The change's branch; behind a merge queue's ref, the pull request's.

        Raises:
            FactMissingError: nobody named it, and a queue's ref does not lead to it.
        """
        name = self._branch
        match = _QUEUED.match(name)
        if match is None or not self.queued():
            return name
        found = self._queued_branch(match["number"])
        if found is None:
            raise FactMissingError(
                f"`{name}` is a merge queue's ref, and the branch of #{match['number']} is not known here",
                hint="name it: --branch NAME",
            )
        return found

    @cached_property
    def _branch(self) -> str:
        if self._given_branch is not None:
            return self._given_branch
        named = self._named
        if named not in (None, "HEAD") and self.repository.line("show-ref", "--verify", "--", f"refs/heads/{named}"):
            return str(named)
        if self.repository.head() != self._head:
            raise FactMissingError(
                f"{self._head[:12]} is not checked out here, so its branch is not known", hint="name it: --branch NAME"
            )
        return super().branch()

    def queued(self) -> bool:
        """Whether a merge queue made the commits."""
        if self._queued is not None:
            return self._queued
        # Anybody can call a branch like a queue's; which event a run is for, nobody can choose.
        if os.environ.get("GITHUB_EVENT_NAME", "merge_group") != "merge_group":
            return False
        # Whoever names the pull request's branch does not make the queue's commits another's.
        names = [self._given_branch, self._named, os.environ.get("GITHUB_REF_NAME")]
        if not any(names) or self._named == "HEAD":
            names.append(self.repository.branch())
        return any(name is not None and name.removeprefix("refs/heads/").startswith(QUEUE) for name in names)

    def _queued_branch(self, number: str) -> str | None:
        """The branch whose tip the queue merged; else the one that GitHub's merge message names."""
        listing = self.repository.run("rev-list", "--no-walk", "--parents", self._head, "--").decode().split()
        if len(listing) < 3:  # noqa: PLR2004 - itself and one parent: the queue squashed, and left no trace
            return None
        points_at = ("for-each-ref", "--format=%(refname:lstrip=3)", f"--points-at={listing[2]}", "refs/remotes/")
        names = set(lines_of(self.repository.run(*points_at)))
        names = {name for name in names if name != "HEAD" and not name.startswith(QUEUE)}
        if len(names) == 1:
            return names.pop()
        match = re.match(_MERGED.format(number=number), self._commits[-1].subject)
        named = match["branch"] if match and self._commits[-1].sha == self._head else None
        return named if not names or named in names else None

    def commits(self) -> tuple[Commit, ...]:
        """The commits that the head has and the base has not, oldest first."""
        return self._commits

    @cached_property
    def _commits(self) -> tuple[Commit, ...]:
        # Asking for the merge base first refuses a shallow clone whose history would be cut short.
        excluded = self.bases if not self.repository.shallow or self._merge_base else ()
        return tuple(reversed(list(read_commits(self.repository, self._head, "--not", *excluded))))

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:
        """The worktree that the commits are pushed from; None where they are only looked at."""
        from paddock.sources.place import checkout

        return checkout(self.repository, folders, ()) if self._pushed else None

    def pull_request(self) -> PullRequest | NoPullRequest:
        """The pull request as the caller knows it, with the template of the trusted commit."""
        if self._pull_request is None:
            return super().pull_request()
        if isinstance(self._pull_request, NoPullRequest) or self._pull_request.template is not None:
            return self._pull_request
        from paddock.sources.template import template

        return structs.replace(self._pull_request, template=template(self.repository, self.trusted))

    def reports(self, globs: tuple[str, ...]) -> Reports:
        """The files of these names in the folder that the change was run in."""
        from paddock.sources.reports import found

        made = int(self.repository.line("show", "--no-patch", "--format=%ct", self._head, "--") or 0)
        return found(self._run_in(), globs, made)

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:
        """How many lines each has, where what lies there is the head's, but for line ends that git may have changed."""
        from paddock.sources.objects import blobs, tree_entries
        from paddock.sources.reports import FILE_LIMIT, differs

        folder = self._run_in()
        found: dict[str, int | None] = dict.fromkeys(paths)
        entries = list(tree_entries(self.repository, self._head, paths))
        contents = blobs(self.repository, [name for _, name, _ in entries], FILE_LIMIT)
        for (_, _, path), content in zip(entries, contents, strict=True):
            if content is not None and not differs(folder, path, content):
                found[path] = content.count(b"\n") + (bool(content) and not content.endswith(b"\n"))
        return found

    def _run_in(self) -> str:
        if self._workspace is None:
            raise FactMissingError("a bare repository has no work tree that reports could lie in")
        return self._workspace

    def works(self) -> tuple[Work, ...]:
        """What each commit does."""
        return self._works

    @cached_property
    def _works(self) -> tuple[Work, ...]:
        from paddock.sources.works import of_commits

        return of_commits(self.repository, self._commits)

    def signatures(self) -> tuple[Signature, ...]:
        """Each commit's signature, verified with the keys that the trust ref has."""
        return self._signatures

    @cached_property
    def _signatures(self) -> tuple[Signature, ...]:
        from paddock.sources.signatures import verified

        found = verified(self.repository, [str(commit.sha) for commit in self._commits], self.trusted)
        if self._github is None:
            return found
        return self._github.vouch(self._merge_base, self._head, self._commits, found)

    def contained(self, revision: str) -> frozenset[str]:
        """Those of the commits that a commit is, or has behind it.

        Raises:
            FactUnreadableError: there is no such commit in this clone.
        """
        name = self.repository.resolve(revision)
        if name is None:
            raise FactUnreadableError(
                f"there is no commit `{revision}` in this clone",
                hint="git fetch --unshallow" if self.repository.shallow else "git fetch --all, or look at the policy",
            )
        older = self.repository.run("rev-list", name, "--not", *self.bases, "--").decode().split()
        return frozenset(older).intersection(str(commit.sha) for commit in self._commits)

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:
        """How each step ended on the head's files."""
        from paddock.sources.execution import run_steps
        from paddock.steps import Execution

        return run_steps(self.repository, self._head, steps, jobs, self._execution or Execution())

    def regenerated(self, step: Step) -> Regenerated:
        """What a generator makes of the head's files."""
        from paddock.sources.execution import regenerate
        from paddock.steps import Execution

        return regenerate(self.repository, self._head, step, self._execution or Execution())

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:
        """The head merged with its base, and with the main line where that is another; then with each branch.

        A branch whose work is in the main line already, though under other commits, clashes with nothing.

        Raises:
            FactUnreadableError: history that merges need was cut.
        """
        from paddock.model import Merge
        from paddock.sources.landed import landed
        from paddock.sources.merging import Merging

        heads = {one.name: one.sha for one in self.branches()} if names else {}
        lines = tuple(dict.fromkeys((*self.bases, *self._mainline)))
        merges = Merging(self.repository).merges(
            [(self._head, one) for one in (*lines, *(heads[one] for one in names))]
        )
        base = next((one for one in merges[: len(lines)] if not one.clean), merges[0])
        main = self._mainline or self.bases
        nothing = Merge(tree=self.repository.run("rev-parse", f"{self._head}^{{tree}}").decode().strip())
        others = (
            nothing if merge.clashes and any(landed(self.repository, one, [heads[name]]) for one in main) else merge
            for name, merge in zip(names, merges[len(lines) :], strict=True)
        )
        return base, *others

    def merge_base(self) -> str:
        """The commit that files are compared with."""
        return self._merge_base

    @cached_property
    def _merge_base(self) -> str:
        return merge_base(self.repository, self.bases, (self._head,))

    def _tip(self) -> str | None:
        return self._head

    def _against(self, base: str, sha: str) -> RangeSource:
        return RangeSource(
            self.repository,
            self._head,
            base=base,
            base_revisions=(sha,),
            branch=self._branch,
            rules=self._rules,
            trust=self.trusted,
        )

    def _new_side(self) -> str:
        return self._head

    def _compared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("diff-tree",), (self._merge_base, self._head)
