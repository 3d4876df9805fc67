"""The facts that gates judge, as frozen values, and the protocol of what gives them.

Text from git is decoded as UTF-8 with `surrogateescape`, so that every path and name can be given back byte for byte.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paddock.steps import Ended, Regenerated, Step

QUEUE = "gh-readonly-queue/"  # how the names begin that GitHub's merge queue gives its branches


class Stage(StrEnum):
    """When gates run: git's own hook names, and the two places that judge for others."""

    PRE_COMMIT = "pre-commit"
    COMMIT_MSG = "commit-msg"
    PRE_PUSH = "pre-push"
    CI = "ci"
    BOT = "bot"

    @property
    def is_hook(self) -> bool:
        """In a hook a fact that the source can't give is skipped; in CI and the bot it is errored."""
        return self not in (Stage.CI, Stage.BOT)


class FileClass(StrEnum):
    """What kind of file a path is; a file has exactly one."""

    SOURCE = "source"
    GENERATED = "generated"
    VENDORED = "vendored"
    LOCK = "lock"
    TEST = "test"
    DOCS = "docs"


class FileStatus(StrEnum):
    """What a change did to a file, in the words of the change document."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type-changed"


class SignatureVerdict(StrEnum):
    """What is known of a commit's signature; never blurred into good and bad."""

    GOOD = "good"
    UNSIGNED = "unsigned"
    BAD = "bad"
    UNVERIFIABLE = "unverifiable"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_IDENTITY = "wrong-identity"


class BranchState(StrEnum):
    """Whether a branch still waits to be merged."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


class ClashKind(StrEnum):
    """Why two sides of a merge can't both be had."""

    CONTENT = "content"
    BINARY = "binary"
    RENAME = "rename"
    MODE = "mode"
    DELETE_MODIFY = "delete/modify"
    FILE_DIRECTORY = "file/directory"
    SUBMODULE = "submodule"


class Clash(Struct, frozen=True):
    """One conflict of a merge, by its path; `others` are the further paths that a rename or a folder brings in."""

    path: str
    kind: ClashKind
    others: tuple[str, ...] = ()


class Merge(Struct, frozen=True):
    """How a trial merge ended: with a tree, with clashes, or not at all, where git refused to merge.

    `count` is of all clashes, of which `clashes` holds the first; `refused` has git's own words.
    """

    tree: str | None = None
    clashes: tuple[Clash, ...] = ()
    count: int = 0
    refused: str | None = None

    @property
    def clean(self) -> bool:
        """Whether both sides can be had."""
        return self.tree is not None


class Person(Struct, frozen=True):
    """Who made a commit. `login`, `bot` and `member` are known to GitHub only; None is not known."""

    name: str
    email: str
    login: str | None = None
    bot: bool | None = None
    member: bool | None = None


class SignatureFormat(StrEnum):
    """Git's three kinds of signature, by the names of `gpg.format`."""

    OPENPGP = "openpgp"
    SSH = "ssh"
    X509 = "x509"


class Signature(Struct, frozen=True):
    """A commit's signature as it was verified.

    `signer` names who holds the key, as the key or the list of allowed signers has it; `key` is its fingerprint.
    `emails` are the addresses that the key may sign for, or patterns of them with `*` and `?`, and with a `!` before
    those that it may not; empty where it may sign for nobody, None where that is not known.
    `reason` says in half a sentence what the verdict alone does not. `by_github` is said where the verdict is that of
    GitHub's API and not of a key on the trust ref.
    """

    verdict: SignatureVerdict
    signer: str | None = None
    key: str | None = None
    format: SignatureFormat | None = None
    emails: tuple[str, ...] | None = None
    reason: str | None = None
    by_github: bool = False


# Where the hook keeps a message that was refused: in the worktree's own git directory, cleaned up as git does. What git
# itself keeps (COMMIT_EDITMSG) still has its comments, and the diff of `commit --verbose`, which `--file` would commit.
REFUSED_MESSAGE = "PADDOCK_EDITMSG"
MESSAGE_AGAIN = f'--file="$(git rev-parse --git-path {REFUSED_MESSAGE})"'  # that message, to `git commit`


class Commit(Struct, frozen=True):
    """One commit of the change. `sha` is None while it is being made (the commit-msg hook)."""

    sha: str | None
    parents: tuple[str, ...]
    message: str
    author: Person | None = None
    committer: Person | None = None
    signature: Signature | None = None

    @property
    def rebase_start(self) -> str:
        """What `git rebase` takes to rewrite this commit and those after it."""
        return self.parents[0][:12] if self.parents else "--root"

    @property
    def is_merge(self) -> bool:
        """Whether the commit has more than one parent."""
        return len(self.parents) > 1

    @property
    def subject(self) -> str:
        """The message's first line."""
        return self.message.lstrip("\n").split("\n", 1)[0].rstrip("\r")


SYMLINK, SUBMODULE = "120000", "160000"  # modes


class ChangedFile(Struct, frozen=True, rename={"file_class": "class"}):
    """One changed file against the merge base.

    `added` and `deleted` count lines as `git diff --numstat -M` does, by content alone: attributes that hide a diff
    hold only where the trusted base has them. Both are 0 for a binary file. `mode` is the new mode, octal as git
    writes it (the old one for a deleted file). `reason` says which rule gave the class. `without_marker` is the class
    that the file would have if a marker in its content, which only the change carries, were not believed; None where
    no such marker decided.
    """

    path: str
    status: FileStatus
    added: int
    deleted: int
    file_class: FileClass
    reason: str
    old_path: str | None = None
    binary: bool = False
    mode: str = "100644"
    without_marker: FileClass | None = None

    @property
    def has_added_text(self) -> bool:
        """Whether it adds lines of text: no link's target, no submodule's commit."""
        return self.added > 0 and not self.binary and self.mode not in (SYMLINK, SUBMODULE)


class Branch(Struct, frozen=True):
    """A branch of the repository, by its name without `refs/heads/` or a remote's name."""

    name: str
    sha: str
    state: BranchState = BranchState.OPEN


class PullRequest(Struct, frozen=True):
    """A pull request as its change was proposed.

    `template` is the text that the trusted commit gives to new ones, empty where it has none; None is not known.
    """

    number: int
    title: str
    body: str = ""
    author: str | None = None
    labels: tuple[str, ...] = ()
    draft: bool = False
    template: str | None = None


class NoPullRequest(Struct, frozen=True):
    """There is no pull request that could be judged, and need not be; `reason` says so in half a sentence."""

    reason: str


class ReportFile(Struct, frozen=True):
    """A file that running the change left in the work tree, such as a report on coverage.

    `older` says that it was written before the change's last commit was made.
    """

    path: str
    content: bytes
    older: bool = False


class Reports(Struct, frozen=True):
    """Such files, and the names of the folder that they lie in and that the change was run in."""

    files: tuple[ReportFile, ...]
    folders: tuple[str, ...] = ()


class Override(Struct, frozen=True):
    """A person's word that a gate's failure is accepted here."""

    gate: str
    by: str
    reason: str


class PlanText(Struct, frozen=True):
    """A plan as it was found: its bytes, None where there is none, and where, for messages."""

    text: bytes | None
    where: str


class Checkout(Struct, frozen=True):
    """The worktree that a commit is made in, or pushed from.

    Attributes:
        top: its folder, as it really lies.
        main: whether it is the main checkout.
        folder: which of the folders that were asked about it is.
        says: the agent that its own configuration names; that agent could have written it.
        environment: the agent that the environment names, as `paddock worktree exec` sets it.
        branch: the branch checked out; None where HEAD is detached.
        people: author and committer of the commit in the making; none where it is made already.
        strays: what leads git out of this worktree, in words, and the command that ends it.
    """

    top: str
    main: bool
    folder: str | None = None
    says: str | None = None
    environment: str | None = None
    branch: str | None = None
    people: tuple[Person, ...] = ()
    strays: tuple[tuple[str, str], ...] = ()


class Touched(Struct, frozen=True):
    """A path that a commit changes. `mode` and `was` are those after and before it, `000000` where there is none.

    `target` is where a symbolic link leads; None for anything else, and for one too long to be read.
    """

    path: str
    mode: str = "100644"
    was: str = "100644"
    target: str | None = None


class Work(Struct, frozen=True):
    """What one commit does by itself: of a merge, only what no parent has. `sha` is None before it is made."""

    sha: str | None
    touched: tuple[Touched, ...]
    author: Person | None = None
    committer: Person | None = None


class Trust(Struct, frozen=True):
    """The commit that policy, attributes and keys are read from: as it was named, and its full object name."""

    ref: str
    sha: str


class Moved(Struct, frozen=True):
    """How many of a file's added and deleted lines are a block that only moved."""

    added: int = 0
    deleted: int = 0


class AddedLine(Struct, frozen=True):
    """A line that the change adds. `number` counts from 1 in the new file; `text` is without the line's end."""

    number: int
    text: str


class SyntaxJob(Struct, frozen=True):
    """A file's text, its language, and the rules on its syntax tree, by name, as ast-grep writes them."""

    path: str
    language: str
    text: str
    rules: dict[str, dict[str, Any]]


class Span(Struct, frozen=True):
    """Where a rule on the syntax tree matches; lines and columns count from 1, columns in characters."""

    line: int
    column: int
    last: int


class Review(Struct, frozen=True):
    """One reviewer's word on a commit.

    Attributes:
        by: the login.
        agent: who they are in the plan.
        base: the branch that it was to be merged into then; None where that is not told.
    """

    by: str
    verdict: Literal["approved", "changes-requested"]
    sha: str
    agent: str | None = None
    base: str | None = None


class Source(Protocol):
    """Answers questions about one change, lazily, each once.

    Raises:
        FactMissingError: a source of this kind can't know.
        FactUnreadableError: it should know, and can't.
    """

    def branch(self) -> str:
        """The change's branch; in a merge queue the pull request's."""

    def base(self) -> str:
        """The name of the branch that the change is for."""

    def queued(self) -> bool:
        """Whether the commits were made by a merge queue, so that some are the queue's and not the author's."""

    def commits(self) -> tuple[Commit, ...]:
        """The change's commits, oldest first."""

    def signatures(self) -> tuple[Signature, ...]:
        """For each of `commits()`, its signature as it was verified with the keys that the trust ref has."""

    def contained(self, revision: str) -> frozenset[str]:
        """The names of those of `commits()` that are this commit or an ancestor of it."""

    def files(self) -> tuple[ChangedFile, ...]:
        """All that the branch will change against the merge base, in git's order."""

    def layer(self) -> tuple[str, Source] | None:
        """The branch of its series that the change stands on, and the change against that; None where it is the base.

        A source tells it only on a person's own machine: CI and the bot judge a pull request against its base.
        """

    def moved(self) -> dict[str, Moved]:
        """For each path, the lines that are moved blocks."""

    def added_lines(self, wanted: Callable[[ChangedFile], bool]) -> Iterator[tuple[ChangedFile, tuple[AddedLine, ...]]]:
        """The added lines of the wanted files that have any, file by file in git's order, while the patch is read.

        Only text files are asked about: no link, no submodule, nothing binary. Where none is wanted, there is no diff.
        """

    def blob(self, path: str) -> bytes | None:
        """A file's content as the change leaves it; None where it leaves none."""

    def spans(self, jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:
        """For each file, where each of its rules on the syntax tree matches."""

    def base_blob(self, path: str) -> bytes | None:
        """A file's content at the merge base; None where there is none."""

    def branches(self) -> tuple[Branch, ...]:
        """The repository's branches, this one included, each name once."""

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:
        """The change's head merged on trial: with its base, then with each of these of `branches()`."""

    def overrides(self) -> tuple[Override, ...]:
        """The overrides that a maintainer gave for this change."""

    def reviews(self) -> tuple[Review, ...]:
        """What reviewers said of the change, the first said first."""

    def plans(self) -> Iterator[PlanText]:
        """The plan that is believed, then its earlier versions, for where it can't be read; never the change's own."""

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:
        """Where the change is made or pushed from; None where that has no part in it, as in CI.

        Folders count from the main checkout's top; the one that the checkout is, is told.
        """

    def pull_request(self) -> PullRequest | NoPullRequest:
        """The pull request that proposes the change; its texts and labels are a stranger's."""

    def reports(self, globs: tuple[str, ...]) -> Reports:
        """The files of these names that running the change left in the work tree; what they say is its word."""

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:
        """How many lines each of the head's files has; None where another lies in the folder that it was run in."""

    def works(self) -> tuple[Work, ...]:
        """What each commit of the change does, oldest first; before a commit is made, it alone."""

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:
        """How each step ended on the files of the change's last commit; so many run side by side."""

    def regenerated(self, step: Step) -> Regenerated:
        """How a generator ended on the files of the change's last commit, and what it left otherwise."""

    def merge_base(self) -> str:
        """The commit that files are compared with."""

    def head(self) -> str | None:
        """The change's last commit; None while it is still an index."""
