"""Layers made real: trees and commits in a quarantine, counted as `pr-size` will count them, then branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.errors import CouldNotCheckError, GitError, UsageError
from paddock.gates import pr_size
from paddock.model import Commit
from paddock.sources.authors import contributions, dates
from paddock.sources.quarantine import Authorship, tree_of
from paddock.sources.range import RangeSource
from paddock.stack.split.messages import Written, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock import classify
    from paddock.gates.pr_size import PrSizeConfig
    from paddock.sources.git import Repository
    from paddock.sources.quarantine import Quarantine
    from paddock.stack.change import Change
    from paddock.stack.split.proposal import Layer


class Origin(Struct, frozen=True, kw_only=True):
    """The branch that is split: commits oldest first, and from what they are judged."""

    branch: str
    base: str
    merge_base: str
    head: str
    trust: str | None
    commits: tuple[Commit, ...]


class Authors:
    """Whose lines the change is, commit by commit."""

    def __init__(self, repository: Repository, commits: Sequence[Commit]) -> None:
        plain = [commit for commit in commits if not commit.is_merge] or list(commits)
        names = [str(commit.sha) for commit in plain]
        self._lines = contributions(repository, names)
        when = dates(repository, names)
        self._written = {str(one.sha): _written(one, when[str(one.sha)]) for one in plain}
        self._last = names[-1]

    def of(self, paths: Sequence[str]) -> list[Written]:
        """The commits that lines of these paths come from, oldest first; the last of all where none is known."""
        lines: dict[str, int] = {}
        for path in paths:
            for sha, count in self._lines.get(path, {}).items():
                lines[sha] = lines.get(sha, 0) + count
        found = [structs.replace(one, lines=lines[sha]) for sha, one in self._written.items() if sha in lines]
        return found or [self._written[self._last]]


def _written(commit: Commit, date: str) -> Written:
    author = commit.author
    name, email = (author.name, author.email) if author else ("", "")
    return Written(str(commit.sha), name, email, date, commit.message)


def make(quarantine: Quarantine, change: Change, layers: Sequence[Layer], origin: Origin, start: str) -> list[Layer]:
    """Commits for layers of pieces, one on the other from `start` on. The last one's tree is not checked here."""
    authors = Authors(quarantine.repository, origin.commits)
    quarantine.start(start)
    done: list[int] = []
    made = []
    for number, layer in enumerate(layers, 1):
        done += layer.pieces
        try:
            tree = quarantine.tree(change.entries(done, layer.pieces, quarantine))
        except GitError as error:
            raise UsageError(
                f"{layer.branch} makes no tree: {error.message}", hint="a path can't be a file and a folder at once"
            ) from error
        told = tell(authors.of([change.pieces[at].path for at in layer.pieces]), origin.branch, number, len(layers))
        start = quarantine.commit(tree, start, told.message, Authorship(told.name, told.email, told.date))
        subject = told.message.partition("\n")[0]
        made.append(structs.replace(layer, sha=start, subject=subject, unsigned=told.unsigned))
    return made


def remake(quarantine: Quarantine, layer: Layer, commits: Sequence[Commit], start: str) -> Layer:
    """A layer of whole commits on top of another: the very commits where they stand on it already."""
    last = commits[-1]
    if commits[0].parents != (start,):
        when = dates(quarantine.repository, layer.commits)
        for commit in commits:
            one = _written(commit, when[str(commit.sha)])
            tree = tree_of(quarantine.repository, one.sha)
            start = quarantine.commit(tree, start, one.message, Authorship(one.name, one.email, one.date))
    else:
        start = str(last.sha)
    return structs.replace(layer, sha=start, subject=last.subject)


def counted(  # noqa: PLR0913, PLR0917 - two sides, and how they are judged
    repository: Repository, old: str, new: str, origin: Origin, config: PrSizeConfig, rules: classify.Rules | None
) -> int:
    """The hand-written lines between two commits, exactly as the gate will have them for a pull request on `old`."""
    source = RangeSource(
        repository, new, base=origin.base, base_revisions=(old,), branch=origin.branch, rules=rules, trust=origin.trust
    )
    return pr_size.ledger(pr_size.read(source, config), config).counted


def refuse_difference(repository: Repository, last: str, head: str) -> None:
    """Nothing is made unless the last layer is the branch, file for file.

    Raises:
        CouldNotCheckError: it is not.
    """
    one, other = tree_of(repository, last), tree_of(repository, head)
    if one != other:
        raise CouldNotCheckError(
            f"the last layer's tree is {one[:12]}, the branch's {other[:12]}: nothing was made",
            hint=f"git diff {one} {other}",
        )
