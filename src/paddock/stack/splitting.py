"""Splitting one branch: taken apart, proposed, made in a quarantine, counted, tried, and only then made branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.errors import UsageError
from paddock.model import Commit
from paddock.plan.keys import DEFAULT_TEMPLATE
from paddock.sources.quarantine import Quarantine, make_branches
from paddock.sources.range import RangeSource
from paddock.stack.change import Change
from paddock.stack.layers import Origin, counted, make, refuse_difference, remake
from paddock.stack.split import naming
from paddock.stack.split.proposal import Layer, Split, propose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock import classify
    from paddock.gates.pr_size import PrSizeConfig
    from paddock.sources.git import Repository


class Naming(Struct, frozen=True):
    """How branches are called here, and the names that there are."""

    template: str = DEFAULT_TEMPLATE
    series: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


class _Segment(Struct, frozen=True):
    """Layers that are made in one way: of whole commits, or (with a change) of pieces of the commits."""

    layers: tuple[Layer, ...]
    commits: tuple[Commit, ...]
    change: Change | None = None


class Splitting:
    """One run.

    Args:
        repository: where the branch is.
        origin: the branch.
        config: how lines are counted, and the limit.
        rules: the policy's own classes of files.
        naming: how the layers' branches are called.
        hunks: whether one file over the limit is cut.
    """

    def __init__(  # noqa: PLR0913 - what is split, and by what it is judged
        self,
        repository: Repository,
        origin: Origin,
        config: PrSizeConfig,
        rules: classify.Rules | None,
        naming: Naming,
        *,
        hunks: bool = False,
    ) -> None:
        self._repository = repository
        self._origin = origin
        self._config = config
        self._rules = rules
        self._naming = naming
        self._hunks = hunks
        self._segments: tuple[_Segment, ...] = ()
        self.whole = self._change(origin.merge_base, origin.head)
        if not self.whole.pieces:
            raise UsageError(
                f"`{origin.branch}` changes nothing against {origin.base}", hint="name the branch: paddock split BRANCH"
            )

    def by_files(self) -> Split:
        """Layers of files, whatever the commits were."""
        self._segments = (
            _Segment(
                propose(self.whole.pieces, self._config.limit, hunks=self._hunks), self._origin.commits, self.whole
            ),
        )
        return self._named()

    def by_commits(self) -> Split:
        """Layers of whole commits; only a commit over the limit is taken apart.

        Raises:
            UsageError: the branch has merges, whose commits can't be told from the base's by their trees.
        """
        expected = self._origin.merge_base
        for commit in self._origin.commits:
            if commit.parents != (expected,):
                raise UsageError(
                    f"{str(commit.sha)[:12]} does not stand on the commit before it: the branch has merges",
                    hint=f"paddock split {self._origin.branch}, by files; or first: git rebase {self._origin.base}",
                )
            expected = str(commit.sha)
        self._segments = tuple(self._commit_segments())
        return self._named()

    def as_told(self, layers: Sequence[Layer]) -> Split:
        """Layers that a person wrote down, names included."""
        self._segments = (_Segment(tuple(layers), self._origin.commits, self.whole),)
        return self._split(tuple(layers))

    def make(self, split: Split, quarantine: Quarantine) -> Split:
        """The split with its commits, each layer counted as a pull request on the one below will be.

        Raises:
            CouldNotCheckError: the last tree is not the branch's.
        """
        made: list[Layer] = []
        start = self._origin.merge_base
        at = 0
        for segment in self._segments:
            layers = split.layers[at : at + len(segment.layers)]
            at += len(layers)
            if segment.change is None:
                made.append(remake(quarantine, layers[0], segment.commits, start))
            else:
                origin = structs.replace(self._origin, commits=segment.commits)
                made += make(quarantine, segment.change, layers, origin, start)
            start = str(made[-1].sha)
        refuse_difference(quarantine.repository, start, self._origin.head)
        return structs.replace(split, layers=tuple(self._counted(made, quarantine)))

    def apply(self, split: Split, quarantine: Quarantine) -> Split:
        """Make the branches.

        Raises:
            UsageError: one of them exists.
        """
        quarantine.keep([str(split.layers[-1].sha)], (self._origin.merge_base, self._origin.head))
        branches = {layer.branch: str(layer.sha) for layer in split.layers}
        make_branches(self._repository, branches, f"paddock split {self._origin.branch}")
        return structs.replace(split, made=True)

    def _counted(self, layers: Sequence[Layer], quarantine: Quarantine) -> Iterator[Layer]:
        below = self._origin.merge_base
        for layer in layers:
            lines = counted(quarantine.repository, below, str(layer.sha), self._origin, self._config, self._rules)
            below = str(layer.sha)
            over = layer.over
            if lines > self._config.limit:
                over = over or f"{lines:,} lines, {lines - self._config.limit:,} over the limit"
            yield structs.replace(layer, lines=lines, over=over if lines > self._config.limit else None)

    def _commit_segments(self) -> Iterator[_Segment]:
        limit = self._config.limit
        below = self._origin.merge_base
        group: list[Commit] = []
        lines = 0
        for commit in self._origin.commits:
            sha = str(commit.sha)
            together = self._lines(below, sha)
            if group and together > limit:
                why = f"{_shown(commit)} would make it {together:,}, {together - limit:,} over the limit"
                yield _of_commits(group, lines, why)
                below, group = str(group[-1].sha), []
                together = self._lines(below, sha)
            if together > limit:
                change = self._change(below, sha)
                yield _Segment(propose(change.pieces, limit, hunks=self._hunks), (commit,), change)
                below = sha
                continue
            group.append(commit)
            lines = together
        if group:
            yield _of_commits(group, lines, "the last of the branch")

    def _lines(self, below: str, sha: str) -> int:
        return counted(self._repository, below, sha, self._origin, self._config, self._rules)

    def _change(self, old: str, new: str) -> Change:
        origin = self._origin
        source = RangeSource(
            self._repository,
            new,
            base=origin.base,
            base_revisions=(old,),
            branch=origin.branch,
            rules=self._rules,
            trust=origin.trust,
        )
        return Change(self._repository, source, old, new, self._config, hunks=self._hunks)

    def _named(self) -> Split:
        layers = [layer for segment in self._segments for layer in segment.layers]
        given = self._naming
        words = [naming.slug(layer.word) for layer in layers]
        names = naming.names(self._origin.branch, given.template, given.series, words, given.taken)
        return self._split(
            tuple(
                structs.replace(layer, branch=name)
                for layer, name in zip(_placed(layers, self._segments), names, strict=True)
            )
        )

    def _split(self, layers: tuple[Layer, ...]) -> Split:
        origin = self._origin
        return Split(
            branch=origin.branch,
            base=origin.base,
            merge_base=origin.merge_base,
            head=origin.head,
            limit=self._config.limit,
            counted=self.whole.counted,
            files=self.whole.files,
            layers=layers,
        )


def _of_commits(commits: Sequence[Commit], lines: int, why: str) -> _Segment:
    last = commits[-1]
    names = tuple(str(commit.sha) for commit in commits)
    layer = Layer(lines=lines, end=why, commits=names, word=last.subject, kept=tuple(_shown(one) for one in commits))
    return _Segment((layer,), tuple(commits))


def _shown(commit: Commit) -> str:
    return f"{str(commit.sha)[:12]} {commit.subject}"


def _placed(layers: Sequence[Layer], segments: Sequence[_Segment]) -> Iterator[Layer]:
    """Layers that name those below them by their place in the whole branch."""
    at = 0
    for segment in segments:
        for layer in layers[at : at + len(segment.layers)]:
            yield structs.replace(
                layer, needs=tuple(structs.replace(below, layer=below.layer + at) for below in layer.needs)
            )
        at += len(segment.layers)
