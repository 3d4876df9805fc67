"""One commit's message file, as the commit-msg hook is given it."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from paddock.errors import FactMissingError, UsageError
from paddock.model import (
    REFUSED_MESSAGE,
    AddedLine,
    Branch,
    ChangedFile,
    Checkout,
    Commit,
    Merge,
    Moved,
    Override,
    PlanText,
    PullRequest,
    Reports,
    Review,
    Signature,
    Span,
    SyntaxJob,
    Work,
)
from paddock.sources.calling import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paddock.sources.git import Repository
    from paddock.steps import Ended, Regenerated, Step

# How the path of a message file begins, and that of a tracked file never: before a commit a framework then finds no
# file for paddock, and runs it once, without arguments.
MESSAGE_FILES = r"^(/|\.\./|\.git/)"
SIZE_LIMIT = 16 << 20  # bytes
_SCISSORS = b" ------------------------ >8 ------------------------\n"
# What git tries in this order under `core.commentChar=auto`.
_AUTO = b"#;@!$%^&|:"


class MessageSource:
    """The commit in the making, known by its message and the people git will write into it."""

    def __init__(self, repository: Repository, path: str, *, base: str, branch: str | None = None) -> None:
        self.repository = repository
        self._path = path
        self._base = base
        self._given_branch = branch

    def branch(self) -> str:
        """The branch checked out."""
        name = self._given_branch or self.repository.branch()
        if name is None:
            raise FactMissingError("HEAD is detached, so the branch has no name here")
        return name

    def base(self) -> str:
        """The base's name."""
        return self._base

    def queued(self) -> bool:
        """Never: a person or an agent writes this message."""
        return False

    def overrides(self) -> tuple[Override, ...]:
        """None."""
        return ()

    def reviews(self) -> tuple[Review, ...]:
        """Not known."""
        raise FactMissingError("a message has no reviews")

    def head(self) -> str | None:
        """None: the commit does not exist yet."""
        return None

    def commits(self) -> tuple[Commit, ...]:
        """The one commit, without an object name."""
        return (self._commit,)

    @cached_property
    def _commit(self) -> Commit:
        author, committer = self.repository.identities()
        head = self.repository.head()
        parents = ((head,) if head else ()) + self.repository.merge_heads()
        return Commit(None, parents, read_message(self.repository, self._path), author, committer)

    def keep(self) -> None:
        """Keep the message, without what git added to it, where a hint finds it once git is gone.

        Raises:
            UsageError: the worktree's git directory can't be written to.
        """
        path = os.path.join(self.repository.git_dir, REFUSED_MESSAGE)
        beside = f"{path}.{os.getpid()}.tmp"
        try:
            with open(beside, "xb") as file:
                file.write(self._commit.message.encode("utf-8", "surrogateescape"))
            os.replace(beside, path)  # a link in its place is not followed
        except OSError as error:
            raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from error

    def signatures(self) -> tuple[Signature, ...]:
        """Not known: git signs once the message is written."""
        raise FactMissingError("a commit is signed after its message is written")

    def contained(self, revision: str) -> frozenset[str]:  # noqa: ARG002 - what every source is asked
        """Not known: history has no such commit yet."""
        raise FactMissingError("a commit is part of history after it is made")

    def files(self) -> tuple[ChangedFile, ...]:
        """Not known from a message."""
        self._unknown()

    def moved(self) -> dict[str, Moved]:
        """Not known from a message."""
        self._unknown()

    def added_lines(
        self,
        wanted: Callable[[ChangedFile], bool],  # noqa: ARG002 - what every source is asked
    ) -> Iterator[tuple[ChangedFile, tuple[AddedLine, ...]]]:
        """Not known from a message."""
        self._unknown()

    def blob(self, path: str) -> bytes | None:  # noqa: ARG002 - what every source is asked
        """Not known from a message."""
        self._unknown()

    base_blob = blob

    def spans(self, jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:  # noqa: ARG002 - likewise
        """Not known from a message."""
        self._unknown()

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:  # noqa: ARG002 - what every source is asked
        """Not known: there is no commit yet."""
        self._unknown()

    def branches(self) -> tuple[Branch, ...]:
        """Not known from a message."""
        self._unknown()

    def plans(self) -> Iterator[PlanText]:
        """Not known from a message."""
        self._unknown()

    def layer(self) -> None:
        """None: a message has no size."""

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:  # noqa: ARG002 - what every source is asked
        """Not known from a message."""
        self._unknown()

    def pull_request(self) -> PullRequest:
        """Not known before there is one."""
        self._unknown()

    def reports(self, globs: tuple[str, ...]) -> Reports:  # noqa: ARG002 - what every source is asked
        """Not known from a message."""
        self._unknown()

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:  # noqa: ARG002 - what every source is asked
        """Not known from a message."""
        self._unknown()

    def works(self) -> tuple[Work, ...]:
        """Not known from a message."""
        self._unknown()

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:  # noqa: ARG002 - what every source is asked
        """Not known: the commit is not made yet."""
        raise FactMissingError("steps run on a commit's files, and the commit is not made yet")

    def regenerated(self, step: Step) -> Regenerated:  # noqa: ARG002 - what every source is asked
        """Not known: the commit is not made yet."""
        raise FactMissingError("a generator runs on a commit's files, and the commit is not made yet")

    def merge_base(self) -> str:
        """Not known from a message."""
        self._unknown()

    def _unknown(self) -> NoReturn:
        raise FactMissingError("a commit message says nothing of files and branches")


def message_bytes(path: str, shown: str | None = None) -> bytes:
    """A message file's content; `shown` is its name in errors.

    Raises:
        UsageError: it is no regular file, can't be read, or is larger than 16 MiB.
    """
    shown = shown or path
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # of a folder, opening says more
            raise UsageError(f"{shown}: not a file")
        with open(path, "rb") as file:
            text = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{shown}: {reason.lower()}") from error
    if len(text) > SIZE_LIMIT:
        raise UsageError(f"{shown}: the message is over {SIZE_LIMIT >> 20} MiB")
    return text


def read_message(repository: Repository, path: str) -> str:
    """The message that git will store: without the comments and the diff that an editor was shown.

    Raises:
        UsageError: the file can't be read, or is larger than 16 MiB.
    """
    text = message_bytes(path)
    # Git says `GIT_EDITOR=:` to a hook when no editor was opened; then lines that begin with # are the author's own.
    edited = os.environ.get("GIT_EDITOR") != ":"
    if edited:
        text = _cleaned(repository, text)
    return text.decode("utf-8", "surrogateescape").replace("\0", "\ufffd")


def _cleaned(repository: Repository, text: bytes) -> bytes:
    """As git cleans up what came from an editor. Source: git-commit(1), `--cleanup`."""
    ask = ("config", "-z", "--get-regexp", r"^(core\.comment(char|string)|commit\.cleanup)$")
    answers = decode(repository.run(*ask, called=True, accept=(1,))).split("\0")[:-1]
    said = {key: value for key, _, value in (answer.partition("\n") for answer in answers)}
    cleanup = said.pop("commit.cleanup", "default")
    options: tuple[str, ...] = ()
    comment = b"#"
    if "auto" in said.values():
        comment = _chosen(text)
        options = ("-c", f"core.commentChar={comment.decode()}")
    elif said:
        comment = repository.run("stripspace", "--comment-lines", called=True, stdin=b"x\n").removesuffix(b" x\n")
    # Git appends its remarks and the diff of `commit --verbose` below this mark.
    mark = comment + _SCISSORS
    text = (b"\n" + text).partition(b"\n" + mark)[0].removeprefix(b"\n") + b"\n" if mark in text else text
    if cleanup in ("verbatim", "whitespace", "scissors"):
        return text
    return repository.run(*options, "stripspace", "--strip-comments", called=True, stdin=text)


def _chosen(text: bytes) -> bytes:
    """The character that git took as the mark of comments: its own remarks stand last, but for the diff."""
    cut = text.find(_SCISSORS)
    remarks = text if cut < 0 else text[:cut]
    last = remarks.rstrip().rpartition(b"\n")[2][:1]
    return last if last and last in _AUTO else b"#"
