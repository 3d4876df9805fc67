"""A branch rebased away from its worktree: in a repository made for the moment, on top of the real objects.

A conflict, or a run that is killed, then leaves nothing behind in the worktree. No file is checked out but those in
conflict; no hook runs. The commits are made with the settings of the worktree that they are for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from paddock.errors import GitError
from paddock.sources.calling import decode
from paddock.sources.git import Repository
from paddock.sources.isolation import empty_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

# What a user's settings must not change here; the real ones are read before.
_PINNED = """\
[core]
\tbare = false
\trepositoryformatversion = {version}
\thooksPath = /dev/null
\tfsmonitor = false
\tsplitIndex = false
\tsparseCheckout = true
\tsparseCheckoutCone = false
[index]
\tsparse = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
_REBASE = (
    "rebase", "--quiet", "--merge", "--empty=drop", "--no-autostash", "--no-autosquash", "--no-update-refs",
    "--no-rebase-merges", "--no-fork-point", "--no-stat",
)  # fmt: skip
_PEOPLE = ("user", "author", "committer", "commit", "gpg")
_WHO = ("GIT_AUTHOR_", "GIT_COMMITTER_")


class Conflict(Struct, frozen=True):
    """Where a rebase stopped: the commit that does not apply, its subject, and the files in conflict."""

    sha: str
    subject: str
    paths: tuple[str, ...]


class Replay:
    """A place to rebase in, which is gone afterwards.

    Args:
        repository: any worktree of the repository.
            Its history is whole: what is merged was asked of it before, which a shallow clone refuses.
        keep: whether the new commits are stored in it; a dry run leaves nothing.
    """

    def __init__(self, repository: Repository, *, keep: bool) -> None:
        from tempfile import TemporaryDirectory

        self._folder = TemporaryDirectory(prefix="paddock-")
        top, git_dir = os.path.join(self._folder.name, "tree"), os.path.join(self._folder.name, "git")
        os.mkdir(top)
        os.mkdir(git_dir)
        empty_repository(git_dir, "")
        os.mkdir(f"{git_dir}/info")
        with open(f"{git_dir}/info/sparse-checkout", "w", encoding="ascii") as file:
            file.write("/.nothing-is-checked-out\n")
        self.repository = Repository(
            git_dir=git_dir,
            common_dir=git_dir,
            top=top,
            shallow=False,
            object_format=repository.object_format,
        )
        env = {key: value for key, value in self.repository.env.items() if not key.startswith(_WHO)}
        objects = f"{repository.common_dir}/objects"
        place = {"GIT_OBJECT_DIRECTORY": objects} if keep else {"GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        self.repository.env = {**env, **place, "GIT_EDITOR": "true"}
        self.repository.env.pop("GIT_INDEX_FILE", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def onto(self, base: str, head: str, place: Repository) -> str | Conflict:
        """The new head of what `head` adds to `base`, rebased on it; or why it can't be.

        Args:
            base: a commit.
            head: a commit.
            place: the worktree that it is for.

        Raises:
            GitError: git failed for another reason than a conflict, such as a key that does not sign.
        """
        self._configure(place)
        self.repository.run("checkout", "--quiet", "--force", "--detach", head)
        try:
            self.repository.run(*_REBASE, base)
        except GitError:
            out = self.repository.run("diff", "--name-only", "--diff-filter=U", "--no-renames", "-z")
            paths = tuple(decode(out).split("\0")[:-1])
            stopped = self.repository.resolve("REBASE_HEAD") if paths else None
            subject = decode(self.repository.run("log", "-1", "--format=%s", stopped)).strip() if stopped else ""
            self.repository.run("rebase", "--abort", accept=(128,))  # where it never began there is nothing to end
            if stopped is None:
                raise
            return Conflict(stopped, subject, paths)
        return self.repository.resolve("HEAD") or head

    def _configure(self, place: Repository) -> None:
        version = int(place.object_format == "sha256")
        files = (f"{place.common_dir}/config", f"{place.git_dir}/config.worktree")
        text = "".join(f"[include]\n\tpath = {_quoted(one)}\n" for one in files)
        text += "".join(_people(place))
        text += _PINNED.format(version=version) + ("[extensions]\n\tobjectFormat = sha256\n" if version else "")
        with open(f"{self.repository.git_dir}/config", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)


def _people(place: Repository) -> Iterator[str]:
    """Who commits and how commits are signed there: a user's settings may hold for some folders only."""
    out = place.run("config", "--list", "-z", "--includes")
    for row in decode(out).split("\0")[:-1]:
        key, equals, value = row.partition("\n")
        section, _, rest = key.partition(".")
        name, _, last = rest.rpartition(".")
        if section in _PEOPLE and equals:
            yield f"[{section}{' ' + _quoted(name) if name else ''}]\n\t{last} = {_quoted(value)}\n"


def _quoted(path: str) -> str:
    text = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
