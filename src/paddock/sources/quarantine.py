"""A repository made for the moment on top of the real objects, in which trees and commits are made and tried first.

Nothing is checked out and no ref of the real one is touched. What proved good is brought over as objects; only then are
refs made, all in one transaction, so that a run that is killed leaves either all of them or none.
"""

from __future__ import annotations

import copy
import os
import shutil
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from paddock.errors import UsageError
from paddock.sources.calling import lines_of
from paddock.sources.git import Repository
from paddock.sources.isolation import empty_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

# What a user's settings must not change here; the rest is needed, as where a partial clone gets what it lacks.
_CONFIG = """\
[include]
\tpath = "{include}"
[core]
\tbare = true
\trepositoryformatversion = {version}
\thooksPath = /dev/null
\tfsmonitor = false
\tsplitIndex = false
\tsparseCheckout = false
\tattributesFile = /dev/null
[index]
\tsparse = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
_SHA256 = "[extensions]\n\tobjectFormat = sha256\n"


class Entry(Struct, frozen=True):
    """What stands at a path of a tree: mode and object; both empty where nothing does."""

    path: str
    mode: str = ""
    sha: str = ""


class Authorship(Struct, frozen=True):
    """Who wrote a commit and when, as git's own `%ad` with `--date=raw` has it."""

    name: str
    email: str
    date: str


class Quarantine:
    """A place for objects that may never be wanted; gone when the block is left.

    Attributes:
        repository: over it and the real objects both.
    """

    def __init__(self, real: Repository) -> None:
        from tempfile import TemporaryDirectory

        self._real = real
        self._folder = TemporaryDirectory(prefix="paddock-")
        git_dir = os.path.join(self._folder.name, "git")
        os.mkdir(git_dir)
        sha256 = real.object_format == "sha256"
        include = f"{real.common_dir}/config".replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        config = _CONFIG.format(include=include, version=int(sha256))
        empty_repository(git_dir, config + (_SHA256 if sha256 else ""))
        os.mkdir(f"{git_dir}/objects/info")
        with open(f"{git_dir}/objects/info/alternates", "wb") as file:
            file.write(_alternate(f"{real.common_dir}/objects"))
        if os.path.exists(f"{real.common_dir}/shallow"):
            shutil.copyfile(f"{real.common_dir}/shallow", f"{git_dir}/shallow")
        self.repository = Repository(
            git_dir=git_dir, common_dir=git_dir, top=None, shallow=real.shallow, object_format=real.object_format
        )
        self.repository.env.pop("GIT_INDEX_FILE", None)
        self._index = os.path.join(self._folder.name, "index")
        self.repository.env["GIT_INDEX_FILE"] = self._index
        # Who commits, and with which key, is the real repository's affair; where the commit is stored is not.
        self._committer = copy.copy(real)
        self._committer.env = {**real.env, "GIT_OBJECT_DIRECTORY": f"{git_dir}/objects"}
        self._signs = real.line("config", "--type=bool", "--get", "commit.gpgSign") == "true"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def start(self, tree: str) -> None:
        """Begin with a commit's or a tree's entries."""
        self.repository.run("read-tree", "--end-of-options", tree)

    def tree(self, entries: Iterable[Entry]) -> str:
        """The tree that is there once the entries have taken their places, on top of those before.

        Raises:
            GitError: git takes no such tree, as where one path lies below another that is a file.
        """
        null = "0" * len(self.repository.empty_tree)
        # What goes away goes first: a folder may come in a file's place.
        rows = sorted(entries, key=lambda entry: bool(entry.mode))
        told = "".join(f"{entry.mode or '0'} {entry.sha or null}\t{entry.path}\0" for entry in rows)
        self.repository.run("update-index", "-z", "--index-info", stdin=told.encode("utf-8", "surrogateescape"))
        return self.repository.run("write-tree", "--missing-ok").decode().strip()

    def blob(self, data: bytes) -> str:
        """The object of some content."""
        return self.repository.run("hash-object", "-w", "--stdin", "--no-filters", stdin=data).decode().strip()

    def commit(self, tree: str, parent: str, message: str, author: Authorship) -> str:
        """A commit by its author, committed now by whoever runs this, and signed where they sign."""
        return self.merge(tree, (parent,), message, author)

    def merge(self, tree: str, parents: Sequence[str], message: str, author: Authorship) -> str:
        """The same on several parents."""
        given = {"GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email, "GIT_AUTHOR_DATE": f"@{author.date}"}
        place = copy.copy(self._committer)
        place.env = {**self._committer.env, **given}
        sign = ("--gpg-sign",) if self._signs else ()
        above = [word for parent in parents for word in ("-p", parent)]
        text = message.encode("utf-8", "surrogateescape")
        command = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", *sign, *above, tree)
        return place.run(*command, stdin=text).decode().strip()

    def keep(self, tips: Sequence[str], without: Sequence[str]) -> None:
        """Bring commits, and all that only they need, into the real repository."""
        wanted = "".join(f"{tip}\n" for tip in (*tips, *(f"^{one}" for one in without)))
        packed = self.repository.run("pack-objects", "--revs", "--stdout", "-q", stdin=wanted.encode())
        self._real.run("unpack-objects", "-q", stdin=packed)


def tree_of(repository: Repository, commit: str) -> str:
    """The tree that a commit holds."""
    return repository.run("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").decode().strip()


def make_branches(repository: Repository, branches: Mapping[str, str], why: str) -> None:
    """Make branches in one transaction: all of them, or none.

    Raises:
        UsageError: one of them exists.
        GitError: git refused, or somebody made one of them just now.
    """
    if there := existing(repository, branches):
        raise UsageError(
            f"the branch `{there[0]}` exists already"
            + (f", and {len(there) - 1} more of the {len(branches)}" if len(there) > 1 else ""),
            hint="nothing was made; delete it, or give other names: --edit FILE, then --from FILE",
        )
    rows = [b"start", *(f"create refs/heads/{name}\0{sha}".encode() for name, sha in branches.items())]
    rows += [b"prepare", b"commit"]
    repository.run("update-ref", "--create-reflog", "-m", why, "--stdin", "-z", stdin=b"\0".join([*rows, b""]))


def existing(repository: Repository, branches: Iterable[str]) -> list[str]:
    """Those of the names that are branches, or stand in the way of one or behind one."""
    listed = lines_of(repository.run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"))
    there = set(listed)
    above = {name[:at] for name in listed for at, char in enumerate(name) if char == "/"}
    found = []
    for name in branches:
        parents = (name[:at] for at, char in enumerate(name) if char == "/")
        if name in there or name in above or any(one in there for one in parents):
            found.append(name)
    return found


def _alternate(path: str) -> bytes:
    """A line of `objects/info/alternates`; quoted as git quotes, where the path needs it."""
    raw = os.fsencode(path)
    if raw.startswith((b'"', b"#")) or b"\n" in raw:
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"\n'
    return raw + b"\n"
