"""The commit whose word decides, and the files of its tree: read from objects, never from a checkout.

A name that a change could move is no ground for trust. So the protected branch is looked for where a change can't
write: in what the CI server says of the repository, and in what the remote calls its default.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from paddock.errors import FactMissingError, GitError, PolicyError, UsageError
from paddock.model import SYMLINK, Trust
from paddock.quoting import quoted
from paddock.sources.calling import decode
from paddock.sources.history import base_candidates, fetching, latest, remote_candidates, usual_remote
from paddock.sources.objects import blobs, tree_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.sources.git import Repository

PROTECTED = "base"  # what `--trust` says for the protected branch, whatever it is called
_OBJECT = re.compile(rb"[0-9a-f]{40,64}\Z")
_LONGEST_LINK = 4096  # bytes
_LARGEST_EVENT = 32 << 20  # bytes; GitHub's largest payload has 25 MB
_NOT_A_FILE = {b"dangling": "a link to nothing", b"loop": "a link that leads to itself", b"notdir": "not a file"}


class Tree:
    """A commit's files.

    Attributes:
        seen: the paths that were asked for, in their order.
    """

    def __init__(self, repository: Repository, sha: str) -> None:
        self._repository = repository
        self._sha = sha
        self.seen: list[str] = []

    def read(self, path: str) -> bytes | None:
        """A file's bytes by its path from the top, links inside the tree followed; None where there is nothing.

        Raises:
            PolicyError: there is something of that name, and it is not a file of this tree.
        """
        self.seen.append(path)
        if "\0" in path:
            return None
        ask = ("cat-file", "--batch", "--follow-symlinks", "-z")
        out = self._repository.run(*ask, stdin=f"{self._sha}:{path}".encode("utf-8", "surrogateescape") + b"\0")
        header, _, rest = out.partition(b"\n")
        words = header.split(b" ")
        # The answers for links are `symlink SIZE`, `dangling SIZE` and so on; that for a file is `NAME blob SIZE`.
        if words[0] == b"symlink":
            hint = "name a policy elsewhere by --policy FILE"
            raise PolicyError("a link out of the repository", where=path, hint=hint)
        if words[0] in _NOT_A_FILE and len(words) == 2:  # noqa: PLR2004 - the word and a size
            raise PolicyError(_NOT_A_FILE[words[0]], where=path)
        # What is not there is said with its name, line breaks included: nothing of it stands after an object's name.
        if header.endswith((b" missing", b" ambiguous")) or not _OBJECT.match(words[0]):
            self._refuse_lost(path)
            return None
        if words[1] != b"blob":
            raise PolicyError("not a file", where=path)
        return rest[: int(words[2])]

    def _refuse_lost(self, path: str) -> None:
        # A blob that a partial or damaged clone lacks is said to be missing like a path that is not there.
        if self._repository.run("ls-tree", "--full-tree", self._sha, "--", path):
            raise GitError(f"`{path}` is in {self._sha[:12]}, and its content can't be read", hint="git fsck")


def link_targets(repository: Repository, sha: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """What those of some paths lead to that are symbolic links in a commit's tree, one after the other."""
    found: list[str] = []
    while links := [entry for entry in tree_entries(repository, sha, paths) if entry[0] == SYMLINK]:
        targets = blobs(repository, [name for _, name, _ in links], _LONGEST_LINK)
        paths = tuple(
            posixpath.normpath(posixpath.join(posixpath.dirname(path), decode(target or b"")))
            for (_, _, path), target in zip(links, targets, strict=True)
        )
        if not set(paths) - set(found):
            break  # in a circle
        found += paths
    return tuple(found)


def protected(repository: Repository, environment: Mapping[str, str]) -> Trust:
    """The protected default branch, as the CI server or the remote names it.

    Only what was fetched from a remote counts: a local branch of that name could be the change's own.

    Raises:
        FactMissingError: nobody names it here, or it was not fetched.
    """
    name = _default_branch(repository, environment)
    if name is None:
        remote = usual_remote(repository)
        one = quoted(remote or "origin")
        every = quoted(f"+refs/heads/*:refs/remotes/{remote}/*")  # a clone of a single branch would fetch no other
        note = f"note it down: git fetch {one} {every} && git remote set-head {one} --auto"
        note = note if remote else "there is no remote yet: git remote add origin URL"
        raise FactMissingError(
            "which branch is the protected one is not known here, so there is no policy to trust",
            hint=f"{note}\nor name a commit each time: --trust REF",
        )
    return of_branch(repository, name)


def of_branch(repository: Repository, name: str) -> Trust:
    """A branch as the remotes have it.

    Raises:
        FactMissingError: no remote's branch of this name was fetched.
    """
    found = remote_candidates(repository, name)
    # Whichever remote a local branch tracks, `origin` is where the checkout came from.
    first = next((ref for one in ("origin", "upstream") if (ref := f"refs/remotes/{one}/{name}") in found), None)
    if first is None and len(found) > 1:
        raise FactMissingError(
            f"{len(found)} remotes have a branch `{name}`, and none of them is origin or upstream",
            hint=f"name one: --trust {next(iter(found)).removeprefix('refs/remotes/')}",
        )
    if not found:
        raise FactMissingError(
            f"the protected branch `{name}` was not fetched from a remote, so there is no policy to trust",
            hint=f"{fetching(repository, name)}\nor name a commit: --trust REF",
        )
    ref = first or next(iter(found))
    return Trust(ref.removeprefix("refs/remotes/"), found[ref])


def named(repository: Repository, ref: str) -> Trust:
    """What the caller trusts by name: a revision, else a branch that a remote has.

    Raises:
        UsageError: there is no such commit.
    """
    sha = repository.resolve(ref)
    if sha is None and (found := base_candidates(repository, ref)):
        sha = latest(repository, found)[0]
    if sha is None:
        raise UsageError(f"--trust: there is no commit `{ref}`", hint="git branch --all lists what there is")
    return Trust(ref, sha)


def earlier(repository: Repository, sha: str, paths: tuple[str, ...]) -> Iterator[str]:
    """The commits of a branch's own line that touched one of the paths, newest first, this one included."""
    command = ("rev-list", "--first-parent", "--end-of-options", sha, "--", *paths)
    yield from decode(repository.run(*command)).split()


def _default_branch(repository: Repository, environment: Mapping[str, str]) -> str | None:
    if (path := environment.get("GITHUB_EVENT_PATH")) and (name := _of_event(path)):
        return name
    if name := environment.get("CI_DEFAULT_BRANCH"):  # GitLab
        return name
    below = f"refs/remotes/{usual_remote(repository)}/"
    return (repository.line("symbolic-ref", "--quiet", f"{below}HEAD") or "").removeprefix(below) or None


class _Repository(Struct):
    default_branch: str


class _Event(Struct):
    repository: _Repository


def _of_event(path: str) -> str | None:
    """`repository.default_branch` of the event that GitHub writes down for a run."""
    try:
        if os.path.getsize(path) > _LARGEST_EVENT:
            return None
        with open(path, "rb") as file:
            event = msgspec.json.decode(file.read(), type=_Event)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return event.repository.default_branch or None
