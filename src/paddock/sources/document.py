"""The change document: a change as JSON, version 1, read and written.

It is how a change is judged where no repository is at hand, and how other programs hold the gates against a table.
"""

from __future__ import annotations

import base64
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from paddock import classify, wire
from paddock.errors import DocumentError, FactMissingError, FactUnreadableError
from paddock.model import (
    QUEUE,
    AddedLine,
    Branch,
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
    Signature,
    Span,
    SyntaxJob,
    Touched,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paddock.model import Source
    from paddock.steps import Ended, Regenerated, Step

T = TypeVar("T")

SIZE_LIMIT = 512 << 20  # bytes
_Count = Annotated[int, Meta(ge=0)]


# The model's values as a stranger writes them: a key that none of them has is a mistake, not a remark.
class _Person(Person, frozen=True, forbid_unknown_fields=True):
    pass


class _Signature(Signature, frozen=True, forbid_unknown_fields=True):
    pass


class _Touched(Struct, frozen=True, forbid_unknown_fields=True):
    """A path that a commit changes; one that is not UTF-8 stands in `path_b64`, and so do links' targets."""

    mode: Annotated[str, Meta(pattern="^[0-7]{6}$")]
    was: Annotated[str, Meta(pattern="^[0-7]{6}$")]
    path: str | None = None
    path_b64: str | None = None
    target: str | None = None
    target_b64: str | None = None

    def __post_init__(self) -> None:
        """Refuse what names no path, or two."""
        if _path(self.path, self.path_b64) is None:
            raise ValueError("a change without `path` or `path_b64`")
        _path(self.target, self.target_b64)


class _Commit(Commit, frozen=True, forbid_unknown_fields=True):
    author: _Person | None = None
    committer: _Person | None = None
    signature: _Signature | None = None
    touched: tuple[_Touched, ...] | None = None


class _Branch(Branch, frozen=True, forbid_unknown_fields=True):
    pass


class _Override(Override, frozen=True, forbid_unknown_fields=True):
    pass


class _PullRequest(PullRequest, frozen=True, forbid_unknown_fields=True):
    pass


class _Review(Review, frozen=True, forbid_unknown_fields=True):
    pass


class DocumentFile(Struct, frozen=True, forbid_unknown_fields=True, rename={"file_class": "class"}):
    """A changed file; a path that is not UTF-8 stands in `path_b64`."""

    status: FileStatus
    added: _Count
    deleted: _Count
    path: str | None = None
    path_b64: str | None = None
    old_path: str | None = None
    old_path_b64: str | None = None
    binary: bool = False
    mode: Annotated[str, Meta(pattern="^[0-7]{6}$")] = "100644"
    file_class: FileClass | None = None
    reason: str | None = None
    without_marker: FileClass | None = None

    def __post_init__(self) -> None:
        """Refuse what names no path, or two."""
        if _path(self.path, self.path_b64) is None:
            raise ValueError("a file without `path` or `path_b64`")
        _path(self.old_path, self.old_path_b64)


class ChangeDocument(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Version 1. What may be null is not known; a gate that needs it can't judge."""

    version: Literal[1]
    branch: str | None
    base: str
    commits: tuple[_Commit, ...]
    files: tuple[DocumentFile, ...]
    base_sha: str | None = None
    merge_base: str | None = None
    head_sha: str | None = None
    queued: bool = False
    trust_sha: str | None = None
    branches: tuple[_Branch, ...] | None = None
    overrides: tuple[_Override, ...] | None = None
    reviews: tuple[_Review, ...] | None = None
    pull_request: _PullRequest | None = None
    patch: str | None = None


class DocumentSource:
    """A change that somebody wrote down."""

    def __init__(
        self,
        document: ChangeDocument,
        *,
        branch: str | None = None,
        rules: classify.Rules | None = None,
        plans: Callable[[], Iterator[PlanText]] | None = None,
    ) -> None:
        self.document = document
        self._plans = plans
        self._given_branch = branch
        self._rules = rules

    def branch(self) -> str:
        """The change's branch; a merge queue's ref does not tell it."""
        name = self._given_branch or _known(self.document.branch, "branch")
        if name.startswith(QUEUE):
            raise FactMissingError(f"`{name}` is a merge queue's ref, not the pull request's", hint="--branch NAME")
        return name

    def base(self) -> str:
        """The base's name."""
        return self.document.base

    def queued(self) -> bool:
        """Whether a merge queue made the branch."""
        return self.document.queued or (self.document.branch or "").startswith(QUEUE)

    def commits(self) -> tuple[Commit, ...]:
        """The commits, as the document orders them."""
        return self.document.commits

    def signatures(self) -> tuple[Signature, ...]:
        """The commits' signatures, as the document says they were verified."""
        return tuple(_known(commit.signature, "signature") for commit in self.document.commits)

    def contained(self, revision: str) -> frozenset[str]:
        """Those of the commits that a commit of the document is, or has behind it; of any other commit, none.

        A commit that the document does not have is taken for one of the base, which has none of the change behind it.
        """
        parents = {commit.sha: commit.parents for commit in self.document.commits}
        left = [revision]
        found: set[str] = set()
        while left:
            name = left.pop()
            if name in parents and name not in found:
                found.add(name)
                left += parents[name]
        return frozenset(found)

    def plans(self) -> Iterator[PlanText]:
        """The plan that the caller has; a change can't bring its own."""
        yield from _known(self._plans, "plan")()

    def layer(self) -> None:
        """None: it was written down against its base."""

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:  # noqa: ARG002 - what every source is asked
        """None: it was written down."""
        return None

    def pull_request(self) -> PullRequest | NoPullRequest:
        """The pull request; a merge queue has none, since the document tells of those of its commits."""
        if self.document.pull_request is None and self.queued():
            return NoPullRequest("a merge queue made this change, and its pull request was judged before")
        return _known(self.document.pull_request, "pull_request")

    def reports(self, globs: tuple[str, ...]) -> Reports:  # noqa: ARG002 - what every source is asked
        """Not known: a document has no work tree."""
        raise FactMissingError("a change document has no work tree that reports could lie in")

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:  # noqa: ARG002 - what every source is asked
        """Not known: likewise."""
        raise FactMissingError("a change document has no work tree")

    def works(self) -> tuple[Work, ...]:
        """What each commit does, as the document says."""
        return tuple(_work(commit) for commit in self.document.commits)

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:
        """Not known: merging needs the repository.

        Raises:
            FactMissingError: always.
        """
        raise FactMissingError(
            f"a change document has no trial merges ({len(names) + 1:,} were asked for)",
            hint="judge the commits in their repository: paddock check --range",
        )

    def overrides(self) -> tuple[Override, ...]:
        """The overrides; not known counts as none, since no gate is excused by a doubt."""
        return self.document.overrides or ()

    def reviews(self) -> tuple[Review, ...]:
        """The reviews."""
        return _known(self.document.reviews, "reviews")

    def branches(self) -> tuple[Branch, ...]:
        """The repository's branches."""
        return _known(self.document.branches, "branches")

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:  # noqa: ARG002 - what every source is asked
        """Not known: a change document has no files."""
        raise FactMissingError("steps run on a commit's files, and a change document has no files")

    def regenerated(self, step: Step) -> Regenerated:  # noqa: ARG002 - what every source is asked
        """Not known: a change document has no files."""
        raise FactMissingError("a generator runs on a commit's files, and a change document has no files")

    def merge_base(self) -> str:
        """The commit that files were compared with."""
        return _known(self.document.merge_base, "merge_base")

    def head(self) -> str | None:
        """The last commit."""
        return self.document.head_sha

    def files(self) -> tuple[ChangedFile, ...]:
        """The files, classified by the policy's globs, else as the document says, else by name."""
        return self._files

    @cached_property
    def _files(self) -> tuple[ChangedFile, ...]:
        return tuple(self._file(file) for file in self.document.files)

    def _file(self, file: DocumentFile) -> ChangedFile:
        path = _known(_path(file.path, file.path_b64), "path")
        matched = self._rules.match(path) if self._rules is not None else None
        if matched is not None or file.file_class is None:
            found = classify.without_content(path, None, self._rules)
            file_class, reason = found.file_class, found.reason
        else:
            file_class, reason = file.file_class, file.reason or "said by the change document"
        return ChangedFile(
            path=path,
            status=file.status,
            added=file.added,
            deleted=file.deleted,
            file_class=file_class,
            reason=reason,
            old_path=_path(file.old_path, file.old_path_b64),
            binary=file.binary,
            mode=file.mode,
            without_marker=file.without_marker if matched is None else None,
        )

    def moved(self) -> dict[str, Moved]:
        """Moved blocks, from the document's patch."""
        from io import BytesIO

        from paddock.sources.moves import moved

        return moved(BytesIO(_known(self.document.patch, "patch").encode()))

    def added_lines(self, wanted: Callable[[ChangedFile], bool]) -> Iterator[tuple[ChangedFile, tuple[AddedLine, ...]]]:
        """The added lines of the wanted files, from the document's patch."""
        files = {file.path: file for file in self.files() if file.has_added_text and wanted(file)}
        if not files:
            return
        from io import BytesIO

        from paddock.sources.patch import added

        patch = BytesIO(_known(self.document.patch, "patch").encode("utf-8", "surrogateescape"))
        left = set(files)
        for path, lines in added(patch, files.__contains__):
            left.discard(path)
            yield files[path], lines
        if left:
            raise FactUnreadableError(
                f"the change document's patch has none of the {files[min(left)].added:,} added lines of {min(left)}",
                hint="write it anew: paddock change",
            )

    def blob(self, path: str) -> bytes | None:  # noqa: ARG002 - what every source is asked
        """Not known: a document has lines, not files."""
        raise FactMissingError("a change document does not hold whole files")

    base_blob = blob

    def spans(self, jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:
        """Where rules on syntax trees match, by a process of its own."""
        from paddock.sources.syntax import spans

        return spans(jobs)


def _work(commit: _Commit) -> Work:
    touched = tuple(
        Touched(str(_path(one.path, one.path_b64)), one.mode, one.was, _path(one.target, one.target_b64))
        for one in _known(commit.touched, "touched")
    )
    return Work(commit.sha, touched, commit.author, commit.committer)


def _known(value: T | None, fact: str) -> T:
    if value is None:
        raise FactMissingError(f"the change document says nothing of `{fact}`")
    return value


def _path(plain: str | None, encoded: str | None) -> str | None:
    """A path in either of its forms.

    Raises:
        ValueError: it is in both, or no path.
    """
    if encoded is None:
        path = plain
    elif plain is not None:
        raise ValueError("a path given twice, as text and as base64")
    else:
        try:
            path = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
        except ValueError as error:
            raise ValueError(f"`{encoded[:40]}` is not base64") from error
    if path is not None and (not path or "\0" in path):
        raise ValueError("a path that is empty or holds a NUL")
    return path


def read(data: bytes, where: str) -> ChangeDocument:
    """Decode a document.

    Raises:
        DocumentError: it is not JSON, or not of version 1's schema; `where` names the file in the message.
    """
    try:
        return msgspec.json.decode(data, type=ChangeDocument)
    except msgspec.ValidationError as error:
        raise DocumentError(f"not a change document of version 1: {error}", where=where) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(f"not JSON: {error}", where=where) from error


def write(
    source: Source, *, patch: str | None, base_sha: str | None, trust_sha: str | None = None, signatures: bool = False
) -> bytes:
    """A change as a document; what the source can't give is null. Text that is not UTF-8 is replaced, paths are not.

    Signatures take programs and time to verify, so they are written where they are asked for.
    """

    def known(fact: str) -> object:
        try:
            found = getattr(source, fact)()
        except FactMissingError:
            return None
        return None if isinstance(found, NoPullRequest) else found

    return wire.encode(
        {
            "version": 1,
            "branch": known("branch"),
            "base": source.base(),
            "base_sha": base_sha,
            "merge_base": known("merge_base"),
            "head_sha": source.head(),
            **({"queued": True} if source.queued() else {}),
            "trust_sha": trust_sha,
            "branches": known("branches"),
            "overrides": None,
            "reviews": None,
            "pull_request": known("pull_request"),
            "commits": _commits(source, signatures=signatures),
            "files": [_wire(file) for file in source.files()],
            "patch": patch,
        }
    )


def _commits(source: Source, *, signatures: bool) -> list[dict[str, object]]:
    """Each commit with what it changes, and its signature where that is asked for."""
    try:
        commits, works = source.commits(), source.works()
    except FactMissingError:
        return []
    found = source.signatures() if signatures else tuple(commit.signature for commit in commits)
    return [
        {
            **msgspec.to_builtins(msgspec.structs.replace(commit, signature=signature)),
            "touched": [_touched(one) for one in work.touched],
        }
        for commit, work, signature in zip(commits, works, found, strict=True)
    ]


def _touched(one: Touched) -> dict[str, object]:
    target = wire.path_fields("target", one.target) if one.target is not None else {}
    return {**wire.path_fields("path", one.path), "mode": one.mode, "was": one.was, **target}


def _wire(file: ChangedFile) -> dict[str, object]:
    values = msgspec.to_builtins(file)
    if file.without_marker is None:
        del values["without_marker"]
    paths = wire.path_fields("path", values.pop("path")) | wire.path_fields("old_path", values.pop("old_path"))
    return {**paths, **values}
