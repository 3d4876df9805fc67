"""What staged indexes and ranges of commits have in common: a diff against the merge base, classified."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import IO, TYPE_CHECKING

from msgspec import structs

from paddock import classify
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.model import (
    QUEUE,
    SUBMODULE,
    SYMLINK,
    AddedLine,
    Branch,
    BranchState,
    ChangedFile,
    Checkout,
    Commit,
    FileClass,
    FileStatus,
    Merge,
    Moved,
    NoPullRequest,
    Override,
    Person,
    PlanText,
    PullRequest,
    Reports,
    Review,
    Span,
    SyntaxJob,
)
from paddock.sources import diff
from paddock.sources.attributes import in_tree
from paddock.sources.calling import decode, lines_of
from paddock.sources.history import base_candidates, latest, missing_base, refuse_cut_history
from paddock.sources.objects import blobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from paddock.model import Source
    from paddock.sources.git import Repository


PATCH_LIMIT = 64 << 20  # bytes; beyond, a document is no way to hand a patch on

BLOB_LIMIT = 32 << 20  # bytes of one file
_PATHS_LIMIT = 64 << 10  # characters of paths that git is told; beyond, it is asked for the whole patch

# Given a repository, a branch, its commit, the base's, and one that is nothing to stand on: the name and the commit of
# the branch that it stands on.
Footing = Callable[["Repository", str, str, "Sequence[str]", "str | None"], tuple[str, str] | None]

_COMMIT = "%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x00"
_FIELDS = 7
_BLOCK = 1 << 16


class GitChange:
    """A change in a repository, against the base that the policy or the caller names.

    Args:
        repository: where it lives.
        base: the base's name.
        base_revisions: commits that the base means here; looked up from its name when empty.
        branch: the change's branch where the caller knows it.
        rules: the policy's own classes of files.
        trust: the commit whose attributes, markers and keys are believed; what the base means here when None.
        mainline: commits in whose history a merged branch is; what the base means when empty. In a stack it is not
            the base, which waits to be merged itself.
        footing: tells the branch that the change stands on, where its size is measured against that one.
    """

    def __init__(  # noqa: PLR0913 - what every change is told
        self,
        repository: Repository,
        *,
        base: str,
        base_revisions: tuple[str, ...] = (),
        branch: str | None = None,
        rules: classify.Rules | None = None,
        trust: str | None = None,
        mainline: tuple[str, ...] = (),
        footing: Footing | None = None,
    ) -> None:
        self.repository = repository
        self._base = base
        self._base_revisions = base_revisions
        self._given_branch = branch
        self._rules = rules
        self._trust = trust
        self._mainline = mainline
        self._footing = footing

    def base(self) -> str:
        """The base's name."""
        return self._base

    def branch(self) -> str:
        """The branch given, or the one checked out.

        Raises:
            FactMissingError: HEAD is detached and nobody named the branch.
        """
        name = self._given_branch or self.repository.branch()
        if name is None:
            raise FactMissingError("HEAD is detached, so the branch has no name here", hint="name it: --branch NAME")
        return name

    def queued(self) -> bool:
        """Whether a merge queue made this branch."""
        return (self._given_branch or self.repository.branch() or "").startswith(QUEUE)

    def overrides(self) -> tuple[Override, ...]:
        """None: nobody can override in a repository."""
        return ()

    def reviews(self) -> tuple[Review, ...]:
        """Not known: reviews are GitHub's."""
        raise FactMissingError("reviews are not known in a repository", hint="the bot knows them")

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The commits that the base means here.

        Raises:
            FactMissingError: this clone has none of that name.
        """
        found = self._base_revisions or base_candidates(self.repository, self._base)
        if not found:
            raise missing_base(self.repository, self._base)
        return found

    def branches(self) -> tuple[Branch, ...]:
        """Local and remote branches, each name once; merged are those that the main line already contains.

        Raises:
            FactUnreadableError: history was cut, so that a merged branch can't be told from an open one.
        """
        return self._branches

    @cached_property
    def _branches(self) -> tuple[Branch, ...]:
        listing = ("for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", "refs/heads/", "refs/remotes/")
        mainline = self._mainline or self.bases
        merged: set[str] = set()
        for base in mainline:
            merged |= set(lines_of(self.repository.run(*listing, f"--merged={base}")))
        # The longest first, since a remote's name may go on where another's ends.
        remotes = sorted(lines_of(self.repository.run("remote")), key=len, reverse=True)
        found: dict[str, Branch] = {}
        for line in lines_of(self.repository.run(*listing)):
            ref, sha, symref = line.split("\0")
            name = _branch_name(ref, remotes)
            if symref or not name:
                continue
            # A branch that stands on the base itself has only just been made.
            new = sha in mainline and name != self._base
            state = BranchState.MERGED if line in merged and not new else BranchState.OPEN
            # Of a local branch and its remote's, the one that has work on it.
            if name not in found or found[name].state is BranchState.MERGED or found[name].sha in mainline:
                found[name] = Branch(name, sha, state)
        known = (self._base, self._given_branch or self.repository.branch())
        if any(one.state is BranchState.OPEN and one.name not in known for one in found.values()):
            refuse_cut_history(self.repository, mainline)
        return tuple(found.values())

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:
        """None: what is not committed yet is not merged.

        Raises:
            FactMissingError: always.
        """
        raise FactMissingError(
            f"trial merges need commits ({len(names):,} were asked for)", hint="judge commits: --range"
        )

    def moved(self) -> dict[str, Moved]:
        """Moved blocks, from the patch."""
        return self._moved

    @cached_property
    def _moved(self) -> dict[str, Moved]:
        from paddock.sources.moves import moved

        with self._diff(*diff.PATCH) as lines:
            return moved(lines)

    def added_lines(self, wanted: Callable[[ChangedFile], bool]) -> Iterator[tuple[ChangedFile, tuple[AddedLine, ...]]]:
        """The added lines of the wanted files, while git writes the patch."""
        files = {file.path: file for file in self.files() if file.has_added_text and wanted(file)}
        if not files:
            return
        from paddock.sources.patch import added

        # The old paths too, or a renamed file would be new in all its lines.
        paths = [*files, *(file.old_path for file in files.values() if file.old_path is not None)]
        told = paths if sum(map(len, paths)) <= _PATHS_LIMIT else ()
        with self._diff(*diff.PATCH, "--text", paths=told) as lines:
            for path, found in added(lines, files.__contains__):
                yield files[path], found

    def blob(self, path: str) -> bytes | None:
        """A file's content as the change leaves it.

        Raises:
            FactUnreadableError: it has more than 32 MiB.
        """
        return self._content(self._new_side(), path)

    def spans(self, jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:
        """Where rules on syntax trees match, by a process of its own."""
        from paddock.sources.syntax import spans

        return spans(jobs)

    def base_blob(self, path: str) -> bytes | None:
        """A file's content at the merge base.

        Raises:
            FactUnreadableError: likewise.
        """
        return self._content(self.merge_base(), path)

    def _content(self, revision: str, path: str) -> bytes | None:
        size = self.repository.line("cat-file", "-s", f"{revision}:{path}")
        if size and int(size) > BLOB_LIMIT:
            raise FactUnreadableError(f"{path} has {int(size):,} bytes, over the limit of {BLOB_LIMIT:,}")
        return self.repository.blob(revision, path)

    def merge_base(self) -> str:
        """The commit that files are compared with."""
        raise NotImplementedError

    def _new_side(self) -> str:
        """What stands before `:PATH` in git's name for a file as the change leaves it."""
        raise NotImplementedError

    def patch_text(self, limit: int = PATCH_LIMIT) -> str | None:
        """The whole patch, without context lines; None where it has more bytes than the limit."""
        with self._diff(*diff.PATCH) as lines:
            text = lines.read(limit + 1)
        return None if len(text) > limit else decode(text)

    def layer(self) -> tuple[str, Source] | None:
        """The branch that the change stands on, where the caller wants it measured so."""
        return self._layer

    @cached_property
    def _layer(self) -> tuple[str, Source] | None:
        head = self._tip()
        if self._footing is None or head is None:
            return None
        try:
            branch = self.branch()
        except FactMissingError:
            return None  # a detached HEAD is no branch of a series
        if branch == self._base:
            return None
        found = self._footing(self.repository, branch, head, self.bases, self._last())
        return (found[0], self._against(*found)) if found is not None else None

    def _tip(self) -> str | None:
        """The last commit that there is of the change."""
        raise NotImplementedError

    def _last(self) -> str | None:
        """The commit that ends the change; None where something lies beyond the last that there is."""
        return self._tip()

    def _against(self, base: str, sha: str) -> Source:
        """The same change against another base; whose word decides stays the same."""
        raise NotImplementedError

    def files(self) -> tuple[ChangedFile, ...]:
        """Every changed file against the merge base, with its class."""
        return self._files

    @cached_property
    def _files(self) -> tuple[ChangedFile, ...]:
        with self._diff(*diff.LISTED) as out:
            known = {entry.path: entry for entry in diff.listed(out.read())}
        # Git counts lines in a process of its own while the new files are read and classified in this one.
        with self._diff(*diff.COUNTED) as out:
            attributes = self._attributes(tuple(known))
            found = self._classified(known.values(), attributes)
            counts = self._undisguised(list(diff.counted(out.read(), known)), known, attributes)
        unvouched = self._unvouched(counts, found, attributes)
        return tuple(
            _changed(
                known[count.path],
                count,
                found[count.path],
                attributes.get(count.path),
                unvouched.get(count.path),
            )
            for count in counts
        )

    def _undisguised(
        self,
        counts: list[diff.Counted],
        known: Mapping[str, diff.Listed],
        attributes: Mapping[str, classify.Attributes],
    ) -> list[diff.Counted]:
        """The counts, with those of text that git took for binary; what the base calls binary stays so."""
        binary = {
            count.path: known[count.path].blob
            for count in counts
            if count.binary and not _hidden(attributes.get(count.path)) and known[count.path].mode != SUBMODULE
        }
        if not binary:
            return counts
        from paddock.sources.disguised import texts

        paths = texts(self.repository, binary)
        renamed = [count.old_path for count in counts if count.path in paths and count.old_path is not None]
        if not paths:
            return counts
        with self._diff(*diff.COUNTED, texts=(*sorted(paths), *renamed)) as out:
            lines = {count.path: count for count in diff.counted(out.read(), known)}
        return [structs.replace(lines.get(count.path, count), disguised=count.path in paths) for count in counts]

    def _unvouched(
        self,
        counts: Iterable[diff.Counted],
        found: Mapping[str, classify.Classification],
        attributes: Mapping[str, classify.Attributes],
    ) -> dict[str, FileClass]:
        """The class that files would have without their markers, where only the change carries the marker."""
        from_content = []
        for count in counts:
            file_class = found[count.path].file_class
            if file_class not in (FileClass.GENERATED, FileClass.LOCK):
                continue
            without = classify.without_content(count.path, attributes.get(count.path), self._rules).file_class
            if without != file_class:
                from_content.append((count, file_class, without))
        if not from_content:
            return {}
        from paddock.sources.markers import Marked, unvouched

        marked = [Marked(count.path, count.old_path, *classes) for count, *classes in from_content]
        return unvouched(self.repository, self.trusted, marked, attributes, self._rules)

    def _classified(
        self, entries: Iterable[diff.Listed], attributes: Mapping[str, classify.Attributes]
    ) -> dict[str, classify.Classification]:
        found: dict[str, classify.Classification] = {}
        unread = []
        for entry in entries:
            given = attributes.get(entry.path)
            by_name = classify.by_name(entry.path, given, self._rules)
            if by_name is not None:
                found[entry.path] = by_name
            elif entry.mode in (SYMLINK, SUBMODULE):
                found[entry.path] = classify.without_content(entry.path, given, self._rules)
            else:
                unread.append(entry)
        contents = blobs(self.repository, [entry.blob for entry in unread], classify.CONTENT_LIMIT)
        for entry, content in zip(unread, contents, strict=True):
            given = attributes.get(entry.path)
            found[entry.path] = (
                classify.without_content(entry.path, given, self._rules)
                if content is None
                else classify.by_content(entry.path, content, given, self._rules)
            )
        return found

    def _attributes(self, paths: Sequence[str]) -> dict[str, classify.Attributes]:
        """What the trusted commit's own `.gitattributes` say; the change's do not count before they are merged."""
        tree = self.trusted
        if tree is None:
            return {}
        return in_tree(self.repository, tree, paths)

    @cached_property
    def trusted(self) -> str | None:
        """The commit whose attributes, markers and keys are believed; None where there is none yet."""
        # A local branch that is behind its remote's has the older rules.
        return self._trust or latest(self.repository, self.bases)[0]

    def plans(self) -> Iterator[PlanText]:
        """The plan of the trusted commit and its earlier versions; in a hook, where it has none, the main checkout's.

        Raises:
            FactMissingError: there is neither a base here, nor a plan in the main checkout.
            FactUnreadableError: what stands in its place is no file.
        """
        from paddock.sources.place import of_main_checkout, versions

        try:
            sha = self.trusted
        except FactMissingError:
            if (found := of_main_checkout(self.repository)) is None:
                raise
            yield found
            return
        if sha is None and self._trust is None:
            yield of_main_checkout(self.repository) or PlanText(None, "the main checkout")
            return
        where = sha[:12] if self._trust is not None and sha else f"{self._base} at {str(sha)[:12]}"
        for found in versions(self.repository, str(sha), where):
            # A plan that is not on the base yet is the one that worktrees were made by.
            own = of_main_checkout(self.repository) if found.text is None and self._trust is None else None
            yield own or found

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:  # noqa: ARG002 - what every source is asked
        """None: commits that exist are the same wherever they are looked at."""
        return None

    def pull_request(self) -> PullRequest | NoPullRequest:
        """Not known in a repository, unless it is told."""
        raise FactMissingError("a repository does not know of pull requests", hint="try a text: --description FILE")

    def reports(self, globs: tuple[str, ...]) -> Reports:  # noqa: ARG002 - what every source is asked
        """Not known while the change is not committed: reports tell of a commit."""
        raise FactMissingError("reports tell of commits that exist")

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:  # noqa: ARG002 - what every source is asked
        """Not known, likewise."""
        raise FactMissingError("reports tell of commits that exist")

    def _diff(
        self, *options: str, texts: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> AbstractContextManager[IO[bytes]]:
        """Git's diff of the merge base with what the branch will be, by these options, while git writes it.

        With `paths` it is that of these alone; with `texts` too, and as text whatever they hold.
        """
        command, sides = self._compared()
        before: tuple[str, ...] = ()
        if texts:
            # Unlike a patch, a count has no option for it.
            attributes = f"{self.repository.scratch}/text-attributes"
            with open(attributes, "w", encoding="ascii") as file:
                file.write("* diff\n")
            before = ("-c", f"core.attributesFile={attributes}")
        return self.repository.stream(*before, *command, *options, *sides, "--", *texts, *paths, isolated=True)

    def _compared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Git's command that compares the merge base with what the branch will be, and the sides that it is told."""
        raise NotImplementedError


def _branch_name(ref: str, remotes: Sequence[str]) -> str:
    """A branch's name without `refs/heads/`, or without its remote's name."""
    if ref.startswith("refs/heads/"):
        return ref.removeprefix("refs/heads/")
    below = ref.removeprefix("refs/remotes/")
    remote = next((remote for remote in remotes if below.startswith(f"{remote}/")), below.partition("/")[0])
    return below.removeprefix(f"{remote}/") if "/" in below else ""


def _hidden(given: classify.Attributes | None) -> bool:
    return given is not None and given.diff is False


def _changed(
    entry: diff.Listed,
    count: diff.Counted,
    found: classify.Classification,
    given: classify.Attributes | None,
    without_marker: FileClass | None,
) -> ChangedFile:
    hidden = _hidden(given)
    reason = f"{found.reason}; text, though git calls it binary" if count.disguised else found.reason
    if entry.mode == SUBMODULE:
        reason = "submodule"
    elif hidden and not count.binary:
        reason = "binary by an attribute of the base"
    return ChangedFile(
        path=entry.path,
        status=entry.status if count.old_path is None else FileStatus.RENAMED,
        added=0 if hidden else count.added,
        deleted=0 if hidden else count.deleted,
        file_class=found.file_class,
        reason=reason,
        old_path=count.old_path,
        binary=count.binary or hidden,
        mode=entry.mode,
        without_marker=without_marker,
    )


def read_commits(repository: Repository, *revisions: str) -> Iterator[Commit]:
    """Commits in git's order, newest first, while git still walks."""
    command = ("rev-list", "--no-commit-header", "--encoding=UTF-8", f"--format={_COMMIT}", *revisions, "--")
    people: dict[tuple[str, str], Person] = {}
    with repository.stream(*command) as out:
        rest = b""
        # As much is read as was carried over, so that one huge message is not copied over and over.
        while block := out.read(max(_BLOCK, len(rest))):
            text, ended, rest = (rest + block).rpartition(b"\0")
            if not ended:
                continue
            fields = decode(text).split("\0")
            whole = len(fields) - len(fields) % _FIELDS
            if whole < len(fields):
                rest = "\0".join(fields[whole:]).encode("utf-8", "surrogateescape") + b"\0" + rest
            for i in range(0, whole, _FIELDS):
                sha, parents, an, ae, cn, ce, message = fields[i : i + _FIELDS]
                author = people.get((an, ae)) or people.setdefault((an, ae), Person(an, ae))
                committer = people.get((cn, ce)) or people.setdefault((cn, ce), Person(cn, ce))
                yield Commit(sha.lstrip("\n"), tuple(parents.split()), message, author, committer)
