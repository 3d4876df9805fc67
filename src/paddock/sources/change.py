"""What staged indexes and ranges of commits have in common: a diff against the merge base, classified."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING

from paddock import classify
from paddock.errors import FactMissingError
from paddock.model import Branch, BranchState, ChangedFile, Commit, Moved, Override, Person
from paddock.sources import attributes, diff
from paddock.sources.git import decode, missing_base

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from paddock.sources.git import Repository

QUEUE = "gh-readonly-queue/"

_COMMIT = "%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x00"
_FIELDS = 7
_BLOCK = 1 << 18


class GitChange:
    """A change in a repository, against the base that the policy or the caller names.

    Args:
        repository: where it lives.
        base: the base's name.
        base_revisions: commits that the base means here; looked up from its name when empty.
        branch: the change's branch where the caller knows it.
        rules: the policy's own classes of files.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        base: str,
        base_revisions: tuple[str, ...] = (),
        branch: str | None = None,
        rules: classify.Rules | None = None,
    ) -> None:
        self.repository = repository
        self._base = base
        self._base_revisions = base_revisions
        self._given_branch = branch
        self._rules = rules

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

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The commits that the base means here.

        Raises:
            FactMissingError: this clone has none of that name.
        """
        found = self._base_revisions or self.repository.base_candidates(self._base)
        if not found:
            raise missing_base(self._base)
        return found

    def branches(self) -> tuple[Branch, ...]:
        """Local and remote branches, each name once; merged are those that the base already contains."""
        return self._branches

    @cached_property
    def _branches(self) -> tuple[Branch, ...]:
        # A remote's name is the third part of its refs; its HEAD is no branch.
        listing = ("for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", "refs/heads/", "refs/remotes/")
        merged: set[str] = set()
        for base in self.bases:
            merged |= set(decode(self.repository.run(*listing, f"--merged={base}")).splitlines())
        found: dict[str, Branch] = {}
        for line in decode(self.repository.run(*listing)).splitlines():
            ref, sha, symref = line.split("\0")
            if symref:
                continue
            # A remote's branch has the remote's name before its own.
            name = "/".join(ref.split("/")[2 if ref.startswith("refs/heads/") else 3 :])
            state = BranchState.MERGED if line in merged else BranchState.OPEN
            if name and (name not in found or found[name].state is BranchState.MERGED):
                found[name] = Branch(name, sha, state)
        return tuple(found.values())

    def moved(self) -> dict[str, Moved]:
        """Moved blocks, from the patch."""
        return self._moved

    @cached_property
    def _moved(self) -> dict[str, Moved]:
        from paddock.sources.moves import moved

        with self._patch() as lines:
            return moved(lines)

    def patch_text(self) -> str:
        """The whole patch, without context lines."""
        with self._patch() as lines:
            return decode(lines.read())

    def files(self) -> tuple[ChangedFile, ...]:
        """Every changed file against the merge base, with its class."""
        return self._files

    @cached_property
    def _entries(self) -> list[diff.Entry]:
        return list(diff.entries(self._diff(*diff.OPTIONS)))

    @cached_property
    def _files(self) -> tuple[ChangedFile, ...]:
        attributes_of = self._attributes(self._entries)
        found: dict[str, classify.Classification] = {}
        unread = []
        for entry in self._entries:
            given = attributes_of.get(entry.path)
            by_name = classify.by_name(entry.path, given, self._rules)
            if by_name is not None:
                found[entry.path] = by_name
            elif entry.binary or entry.mode in (diff.SYMLINK, diff.SUBMODULE):
                found[entry.path] = classify.without_content(entry.path, given, self._rules)
            else:
                unread.append(entry)
        contents = self.repository.blobs([entry.blob for entry in unread], classify.CONTENT_LIMIT)
        for entry, content in zip(unread, contents, strict=True):
            given = attributes_of.get(entry.path)
            found[entry.path] = (
                classify.without_content(entry.path, given, self._rules)
                if content is None
                else classify.by_content(entry.path, content, given, self._rules)
            )
        return tuple(_changed(entry, found[entry.path], attributes_of.get(entry.path)) for entry in self._entries)

    def _attributes(self, entries: Sequence[diff.Entry]) -> dict[str, classify.Attributes]:
        """What the base's own `.gitattributes` say of the paths; the change's do not count before they are merged."""
        tree = self._attributes_tree()
        if tree is None:
            return {}
        return attributes.from_values(
            self.repository.attributes(tree, [entry.path for entry in entries], attributes.NAMES)
        )

    def _attributes_tree(self) -> str | None:
        # A local branch that is behind its remote's has the older rules.
        return self.repository.latest(self.bases)[0]

    def _diff(self, *options: str) -> bytes:
        """Git's diff of the merge base with what the branch will be, by these options."""
        raise NotImplementedError

    def _patch(self) -> AbstractContextManager[IO[bytes]]:
        """The same as a patch, while git writes it."""
        raise NotImplementedError


def _changed(entry: diff.Entry, found: classify.Classification, given: classify.Attributes | None) -> ChangedFile:
    hidden = given is not None and given.diff is False
    reason = found.reason
    if entry.mode == diff.SUBMODULE:
        reason = "submodule"
    elif hidden and not entry.binary:
        reason = "binary by an attribute of the base"
    return ChangedFile(
        path=entry.path,
        status=entry.status,
        added=0 if hidden else entry.added,
        deleted=0 if hidden else entry.deleted,
        file_class=found.file_class,
        reason=reason,
        old_path=entry.old_path,
        binary=entry.binary or hidden,
        mode=entry.mode,
    )


def read_commits(repository: Repository, *revisions: str) -> Iterator[Commit]:
    """Commits in git's order, newest first, while git still walks."""
    command = ("rev-list", "--no-commit-header", "--encoding=UTF-8", f"--format={_COMMIT}", *revisions, "--")
    with repository.stream(*command) as out:
        rest = b""
        # As much is read as was carried over, so that one huge message is not copied over and over.
        while block := out.read(max(_BLOCK, len(rest))):
            *ended, rest = (rest + block).split(b"\0")
            whole = len(ended) - len(ended) % _FIELDS
            rest = b"\0".join((*ended[whole:], rest))
            fields = decode(b"\0".join(ended[:whole])).split("\0")
            for i in range(0, whole, _FIELDS):
                sha, parents, an, ae, cn, ce, message = fields[i : i + _FIELDS]
                yield Commit(sha.lstrip("\n"), tuple(parents.split()), message, Person(an, ae), Person(cn, ce))
