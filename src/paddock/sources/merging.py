"""Trial merges by `git merge-tree`: no checkout, no ref, and objects only in a folder that goes with the process.

A merge is git's own (merge-ort) with pinned settings and without attributes: neither merge drivers nor a user's
settings change what is called a conflict.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from paddock.errors import GitError
from paddock.model import Clash, ClashKind, Merge
from paddock.sources.calling import call, decode, failure
from paddock.sources.git import Repository
from paddock.sources.history import merge_base

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STDIN_GIT = (2, 39)  # the first whose merge-tree has --stdin
MOST = 200  # clashes kept of one merge; beyond, they are only counted
_PINNED = (
    ("merge.renames", "true"),
    ("merge.directoryRenames", "conflict"),
    ("merge.renameLimit", "7000"),
    ("merge.default", "text"),
    ("merge.renormalize", "false"),
    ("merge.conflictStyle", "merge"),
    ("advice.graftFileDeprecated", "false"),
)
SETTINGS = tuple(part for key, value in _PINNED for part in ("-c", f"{key}={value}"))
_CHUNK = 4096  # pairs given to one process
_WRONG_USAGE, _DIED = 129, 128  # git's exit codes
_NOBODY = "paddock <paddock> 0 +0000"  # whoever looks, a merge made for the moment is the same commit
# By the words that git's types of conflict have in them, the first that fits.
_KINDS = (
    (b"submodule", ClashKind.SUBMODULE),
    (b"modify/delete", ClashKind.DELETE_MODIFY),
    (b"rename", ClashKind.RENAME),
    (b"distinct modes", ClashKind.MODE),
    (b"file/directory", ClashKind.FILE_DIRECTORY),
    (b"binary", ClashKind.BINARY),
)
# What this process merged in each repository: a branch has landed or not by the merge with which it is judged.
_MADE: WeakKeyDictionary[Repository, dict[tuple[str, str], Merge]] = WeakKeyDictionary()


class OldGitError(GitError):
    """Git is too old to merge many pairs in one process."""


class Merging:
    """A place for trial merges on top of a repository's objects.

    Args:
        repository: where the commits are.

    Attributes:
        own: the repository in the scratch folder that what is made lies in.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        # A repository of its own, without a ref, over the objects of the real one.
        self.own = Repository(
            git_dir=repository.scratch,
            common_dir=repository.scratch,
            top=None,
            shallow=repository.shallow,
            object_format=repository.object_format,
        )
        self.env = dict(repository.isolated_environment)
        del self.env["GIT_OBJECT_DIRECTORY"]
        info = f"{repository.scratch}/objects/info"
        if not os.path.isdir(info):
            os.mkdir(info)
            with open(f"{info}/alternates", "w", encoding="ascii") as file:
                file.write(f"{_quoted(f'{repository.common_dir}/objects')}\n")
        cut = f"{repository.common_dir}/shallow"
        if repository.shallow and not os.path.lexists(f"{repository.scratch}/shallow"):
            os.symlink(cut, f"{repository.scratch}/shallow")

    def merges(self, pairs: Sequence[tuple[str, str]]) -> list[Merge]:
        """Each pair of commits, merged apart from all others.

        Raises:
            GitError: git failed, or is too old.
            FactUnreadableError: the history was cut, so that merge bases are not certain.
        """
        if not pairs:
            return []
        if self.repository.shallow:
            for ours, theirs in pairs:
                merge_base(self.repository, (ours,), (theirs,))  # raises where it is not certain
        made = {} if self.repository.shallow else _MADE.setdefault(self.repository, {})
        if missing := [pair for pair in dict.fromkeys(pairs) if pair not in made]:
            made.update(zip(missing, self._side_by_side(missing), strict=True))
        return [made[pair] for pair in pairs]

    def _side_by_side(self, pairs: Sequence[tuple[str, str]]) -> list[Merge]:
        from paddock.sources.programs import side_by_side

        size = min(_CHUNK, -(-len(pairs) // 2))
        chunks = [pairs[start : start + size] for start in range(0, len(pairs), size)]
        return [one for some in side_by_side(self._merged, chunks) for one in some]

    def trees(self, pairs: Sequence[tuple[str, str]]) -> list[str | None]:
        """What each pair comes to; None where they clash. Any git that has merge-tree can do this, one by one."""
        try:
            return [merge.tree for merge in self.merges(pairs)]
        except OldGitError:
            return [self._tree(ours, theirs) for ours, theirs in pairs]

    def _tree(self, ours: str, theirs: str) -> str | None:
        args = ("merge-tree", "--write-tree", ours, theirs)
        code, out, err = call(("git", *SETTINGS, *args), self.env, self.repository.scratch, None)
        if code > 1 or b"error:" in err or not out:
            raise failure(args, code, err)
        return None if code else out.decode().strip()

    def commit(self, tree: str, parents: Sequence[str]) -> str:
        """A commit of a tree, in the folder that goes."""
        # Written here and not by git, whose start for each step of a train costs as much as the merge.
        above = "".join(f"parent {one}\n" for one in parents)
        text = f"tree {tree}\n{above}author {_NOBODY}\ncommitter {_NOBODY}\n\na merge to look at\n".encode()
        data = b"commit %d\0" % len(text) + text
        name = hashlib.new(self.repository.object_format, data, usedforsecurity=False).hexdigest()
        folder = f"{self.repository.scratch}/objects/{name[:2]}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{name[2:]}", "wb") as file:
            file.write(zlib.compress(data, 1))
        return name

    def _merged(self, pairs: Sequence[tuple[str, str]]) -> list[Merge]:
        found: list[Merge] = []
        while len(found) < len(pairs):
            left = pairs[len(found) :]
            asked = "".join(f"{ours} {theirs}\n" for ours, theirs in left).encode()
            args = ("merge-tree", "--write-tree", "-z", "--stdin")
            code, out, err = call(("git", *SETTINGS, *args), self.env, self.repository.scratch, asked)
            if code == _WRONG_USAGE:
                raise OldGitError(
                    "git merge-tree here can't merge many pairs in one process",
                    hint=f"trial merges need git {STDIN_GIT[0]}.{STDIN_GIT[1]} or newer; `git --version` tells yours",
                )
            if any(line.startswith(b"error:") for line in err.splitlines()):
                # Git before 2.44 takes a tree that it can't read for an empty one.
                raise failure(args, code, err)
            done = list(read(out))
            found += done[: len(left)]
            if code == 0 and len(done) == len(left):
                break
            # Git ends at the first pair that it refuses, such as two histories without a common commit.
            if code != _DIED or len(done) >= len(left):
                raise failure(args, code, err)
            found.append(Merge(refused=str(failure(args, code, err)).removeprefix("git merge-tree: ")))
        return found


def read(out: bytes) -> Iterator[Merge]:
    """What `git merge-tree --write-tree -z --stdin` printed; a record that is cut short is left out."""
    words = out.split(b"\0")
    at, end = 0, len(words) - 1  # nothing stands behind the last NUL
    try:
        while at < end:
            clean, tree = words[at] == b"1", words[at + 1].decode()
            at += 2
            stages: dict[bytes, list[bytes]] = {}
            while words[at]:
                entry, _, path = words[at].partition(b"\t")
                stages.setdefault(path, []).append(entry)
                at += 1
            at += 1
            clashes: dict[Clash, None] = {}
            told: set[bytes] = set()
            # Behind the last message git may give advice on submodules, as plain text.
            while not clean and words[at].isdigit():
                count = int(words[at])
                paths, kind = words[at + 1 : at + 1 + count], words[at + 1 + count]
                at += count + 3
                for one in _clashes(paths, kind, stages):
                    clashes[one] = None
                    told.update(paths)
            at += 0 if clean else 1
            if at > end:
                return
            special = {one.path for one in clashes if one.kind is not ClashKind.CONTENT}
            clashes = {one: None for one in clashes if one.kind is not ClashKind.CONTENT or one.path not in special}
            for path in stages:
                if not clean and path not in told:
                    clashes[Clash(decode(path), ClashKind.CONTENT)] = None
            some = tuple(clashes)
            yield Merge(tree=tree if clean else None, clashes=some[:MOST], count=len(some))
    except IndexError:
        return


def _clashes(paths: list[bytes], kind: bytes, stages: dict[bytes, list[bytes]]) -> Iterator[Clash]:
    lowered = kind.lower()
    if not paths or not lowered.startswith((b"conflict", b"failed")):
        return
    named = next((found for word, found in _KINDS if word in lowered), ClashKind.CONTENT)
    if named is ClashKind.CONTENT and _only_modes(stages.get(paths[0], [])):
        named = ClashKind.MODE
    if named is ClashKind.FILE_DIRECTORY and len(paths) > 1:
        paths = paths[1:]  # the first is where git would put the file instead
    yield Clash(decode(paths[0]), named, tuple(decode(one) for one in paths[1:]))


def _only_modes(entries: list[bytes]) -> bool:
    """Whether both sides have the same content, by different modes; an entry is `mode name stage`."""
    sides = [entry.split(b" ")[:2] for entry in entries if not entry.endswith(b" 1")]
    return len(sides) > 1 and len({name for _, name in sides}) == 1 and len({mode for mode, _ in sides}) > 1


def _quoted(path: str) -> str:
    """A path as git reads it in a list of object folders."""
    plain = os.fsencode(path)
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in plain)  # noqa: PLR2004 - ASCII
    return f'"{escaped}"'
