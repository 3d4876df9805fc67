"""A repository, asked through git plumbing and nowhere else.

It is resolved once, so that neither where a hook is called from, nor the user's configuration of colours and diffs
changes an answer.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING

from paddock.errors import FactUnreadableError, UsageError
from paddock.model import Person
from paddock.sources.calling import PIPE, call, decode, drain, environment, failure, feed, lines_of, spawn, widen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
# The branch that a revision begins with, unless it can be none: HEAD and its like, a full name, an object's name.
_BRANCH = re.compile(r"(?!refs/|[0-9a-f]{40,64}\b|[A-Z_]*HEAD\b)[^-@~^:\s?*\[\\][^~^:\s?*\[\\@]*")
_NULL = re.compile(r"0+\Z")
_NAME = re.compile(r"[0-9a-f]{40,64}\Z")
# A name or an email that git takes from the environment as it stands: nothing at its ends or inside to be stripped.
_PLAIN = re.compile(r"[^\x00-\x20.,:;<>\"\\'](?:[^\n<>]*[^\x00-\x20.,:;<>\"\\'])?\Z")
_NO_SUCH_FILE = re.compile(rb"does not exist|exists on disk, but not in|invalid object name|is in the index, but not")


def is_null(sha: str) -> bool:
    """Whether an object name is git's all-zero one, which stands for none."""
    return bool(_NULL.match(sha))


class Repository:
    """A repository as one process sees it: resolved once, asked many times.

    Attributes:
        git_dir: this worktree's own git directory, absolute.
        common_dir: the git directory that all worktrees share, absolute.
        top: the worktree's top folder; None in a bare repository or inside a git directory.
        shallow: whether history was cut.
        object_format: `sha1` or `sha256`.
        inherited: open files that every git process holds open too.
    """

    inherited: tuple[int, ...] = ()

    def __init__(self, *, git_dir: str, common_dir: str, top: str | None, shallow: bool, object_format: str) -> None:
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.top = top
        self.shallow = shallow
        self.object_format = object_format
        self.env = environment() | {"GIT_DIR": git_dir}
        if top is not None:
            self.env["GIT_WORK_TREE"] = top
        if index := _own_index(git_dir, top):
            self.env["GIT_INDEX_FILE"] = index

    @property
    def empty_tree(self) -> str:
        """The name of the tree that has nothing in it, which git knows without it being stored."""
        return _EMPTY_TREE[self.object_format]

    def run(
        self,
        *args: str,
        stdin: bytes | None = None,
        isolated: bool = False,
        called: bool = False,
        index: str | None = None,
        accept: tuple[int, ...] = (),
    ) -> bytes:
        """Run git and return what it printed; empty when it left with one of the codes in `accept`.

        Args:
            args: the command.
            stdin: what git reads.
            isolated: in an empty repository over this one's objects, where no attribute and no setting alters a diff.
            called: with the configuration of the git call that a hook serves, as in `git -c user.email=… commit`.
            index: another index file, whose attributes count.
            accept: exit codes that are an answer.

        Raises:
            GitError: git failed, with what it said.
        """
        env, cwd = self._place(isolated=isolated)
        env = self._calling_env if called else env
        if index is not None:
            env = {key: value for key, value in env.items() if key != "GIT_ATTR_SOURCE"} | {"GIT_INDEX_FILE": index}
        code, out, err = call(("git", *args), env, cwd, stdin, inherited=self.inherited)
        if code in accept:
            return b""
        if code:
            raise failure(args, code, err)
        return out

    def line(self, *args: str) -> str | None:
        """The one line that git prints, or None where it says no: with 1, or as `show-ref --verify` does with 128."""
        out = self.run(*args, accept=(1, 128))
        return decode(out.removesuffix(b"\n")) if out else None

    @contextmanager
    def stream(self, *args: str, stdin: bytes = b"", isolated: bool = False) -> Iterator[IO[bytes]]:
        """Git's standard output while it runs; the process is ended when the block is left early.

        Raises:
            GitError: git failed, with what it said.
        """
        env, cwd = self._place(isolated=isolated)
        said: list[bytes] = []
        threads: list[threading.Thread] = []
        process = spawn(("git", *args), env, cwd, PIPE)
        try:
            assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: PT018, S101 - piped by _spawn
            widen(process.stdout)
            # Both in threads, since a pipe that nobody feeds or reads would stop git once it is full.
            for work in (
                threading.Thread(target=feed, args=(process.stdin, stdin), daemon=True),
                threading.Thread(target=drain, args=(process.stderr, said), daemon=True),
            ):
                work.start()
                threads.append(work)
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        else:
            if process.stdout.read(1):
                process.kill()  # left early: git would wait for a reader for ever
            elif code := process.wait():
                threads[-1].join()
                raise failure(args, code, b"".join(said))
        finally:
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
            for thread in threads:
                thread.join()

    def piped(self, *args: str, into: Sequence[str], stdin: bytes = b"") -> bytes:
        """What one git command prints of what another does; neither is held in memory.

        Args:
            args: the command that is read, run as isolated.
            into: the command that reads it.
            stdin: what the first one reads.

        Raises:
            GitError: one of them failed, with what it said.
        """
        with self.stream(*args, stdin=stdin, isolated=True) as pipe:
            env, cwd = self._place(isolated=True)
            process = spawn(("git", *into), env, cwd, pipe.fileno())
            out, err = process.communicate()
            if process.returncode:
                raise failure(into, process.returncode, err)
        return out

    def resolve(self, revision: str) -> str | None:
        """The commit a revision names, or None."""
        # `^main` would come back as the name of what to leave out.
        if not revision or "\0" in revision or revision.startswith("^"):
            return None
        (revision,) = self._unambiguous(revision)
        # It may also leave with 128: the reflog is shorter, the branch has no upstream.
        name = self.line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return name if name and _NAME.match(name) else None

    def resolve_both(self, first: str, second: str) -> tuple[str | None, str | None]:
        """The commits that two revisions name, in one call where both are there."""
        plain = not any(revision.startswith("^") or "\0" in revision for revision in (first, second))
        if first and second and plain:
            first, second = self._unambiguous(first, second)
            ask = ("rev-parse", "--revs-only", "--end-of-options", f"{first}^{{commit}}", f"{second}^{{commit}}")
            names = lines_of(self.run(*ask, accept=(1, 128)))
            if len(names) == 2 and all(_NAME.match(name) for name in names):  # noqa: PLR2004 - one each
                return names[0], names[1]
        return self.resolve(first), self.resolve(second)

    def _unambiguous(self, *revisions: str) -> tuple[str, ...]:
        """Revisions in which a branch is named in full, where there is one: git would take a tag of its name first.

        Tags are fetched along with branches, and whoever may push a branch may push a tag `origin/main`.
        """
        names = {revision: match[0] for revision in revisions if (match := _BRANCH.match(revision))}
        wanted = [f"refs/{kind}/{name}" for name in names.values() for kind in ("remotes", "heads")]
        there = lines_of(self.run("for-each-ref", "--format=%(refname)", *wanted)) if wanted else ()
        full = []
        for revision in revisions:
            ref = next((ref for ref in wanted if ref in there and ref.split("/", 2)[2] == names.get(revision)), None)
            full.append(revision if ref is None else ref + revision[len(names[revision]) :])
        return tuple(full)

    def head(self) -> str | None:
        """The commit that HEAD stands on; None on an unborn branch.

        Raises:
            FactUnreadableError: the commit is lost.
        """
        if (found := self.resolve("HEAD")) is not None:
            return found
        if name := self.line("rev-parse", "--verify", "--quiet", "HEAD"):
            raise FactUnreadableError(f"HEAD is {name}, and there is no such commit here", hint="git fsck")
        return None

    def branch(self) -> str | None:
        """The branch checked out here, also while it is being rebased; None when HEAD is detached."""
        if ref := self.line("symbolic-ref", "--quiet", "HEAD"):
            return ref.removeprefix("refs/heads/")
        for state in ("rebase-merge", "rebase-apply"):
            try:
                with open(f"{self.git_dir}/{state}/head-name", "rb") as file:
                    name = decode(file.read().strip())
            except OSError:
                continue
            if name.startswith("refs/heads/"):
                return name.removeprefix("refs/heads/")
        return None

    def merge_heads(self) -> tuple[str, ...]:
        """What the commit in the making merges beside HEAD."""
        try:
            with open(f"{self.git_dir}/MERGE_HEAD", encoding="ascii") as file:
                return tuple(file.read().split())
        except OSError:
            return ()

    @cached_property
    def _calling_env(self) -> dict[str, str]:
        return self.env | {key: value for key, value in os.environ.items() if key.startswith("GIT_CONFIG")}

    def identities(self) -> tuple[Person, Person]:
        """Author and committer of a commit made now, as git itself would write them.

        Raises:
            FactUnreadableError: git knows no name or email to use.
        """
        people = []
        for role in ("AUTHOR", "COMMITTER"):
            name, email = os.environ.get(f"GIT_{role}_NAME", ""), os.environ.get(f"GIT_{role}_EMAIL", "")
            if not (_PLAIN.match(name) and _PLAIN.match(email)):
                code, out, _ = call(("git", "var", f"GIT_{role}_IDENT"), self._calling_env, self.top, None)
                if code:
                    raise FactUnreadableError(
                        f"git knows no {role.lower()} for a commit made here",
                        hint='git config user.name "NAME" && git config user.email "EMAIL"',
                    )
                name, _, rest = decode(out).partition(" <")
                email = rest.partition(">")[0]
            people.append(Person(name, email))
        return people[0], people[1]

    def blob(self, revision: str, path: str) -> bytes | None:
        """A file's content at a revision (the index when it is empty); None where there is no such file.

        Raises:
            GitError: there is one, and it can't be read.
        """
        ask = ("cat-file", "blob", f"{revision}:{path}")
        code, out, err = call(("git", *ask), self.env, self.top or self.git_dir, None)
        if code and not _NO_SUCH_FILE.search(err):
            raise failure(ask, code, err)
        return None if code else out

    def _place(self, *, isolated: bool) -> tuple[dict[str, str], str | None]:
        if isolated:
            # Not in the work tree: git takes its files for the blobs that the index says they are, though a filter or
            # a conversion of line ends made them.
            return self._isolation, self.scratch
        return self.env, self.top or self.git_dir

    @cached_property
    def scratch(self) -> str:
        """A folder for this process alone, which goes with it."""
        from paddock.sources.isolation import scratch_folder

        return scratch_folder(self)

    @property
    def isolated_environment(self) -> dict[str, str]:
        """The environment of the empty repository over this one's objects, for a caller with objects of its own."""
        return self._isolation

    @cached_property
    def _isolation(self) -> dict[str, str]:
        from paddock.sources.isolation import isolation

        return isolation(self)


def _own_index(git_dir: str, top: str | None) -> str | None:
    """The index that a hook was given (a partial commit has one of its own), if it is this repository's."""
    given = os.environ.get("GIT_INDEX_FILE")
    if not given:
        return None
    path = os.path.join(top or git_dir, given)
    if not os.path.exists(path):
        return None
    folder = os.path.dirname(path)
    own = os.path.realpath(folder) == os.path.realpath(git_dir)
    # `GIT_INDEX_FILE=/tmp/mine git commit` is this repository's too; what lies in another git directory is not.
    return path if own or not os.path.exists(f"{folder}/HEAD") else None


_QUESTIONS = ("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format")
_PLACES = ("--absolute-git-dir", "--git-common-dir", "--show-toplevel")


def open_repository(cwd: str | None = None, *, called_by_git: bool = False) -> Repository:
    """The repository that a folder (default: the current one) belongs to.

    Args:
        cwd: the folder.
        called_by_git: in a hook, where git's own word comes first: the folder may lie in another repository.

    Raises:
        UsageError: it belongs to none, or git refuses it.
    """
    env = environment()
    given = env | {key: os.environ[key] for key in ("GIT_DIR", "GIT_WORK_TREE") if key in os.environ}
    if called_by_git and "GIT_DIR" in given:
        # Git names the work tree only where it was named to it; a hook stands at its top, or in a bare repository.
        here = cwd or os.getcwd()
        bare = os.path.realpath(os.path.join(here, given["GIT_DIR"])) == os.path.realpath(here)
        env, given = ({} if bare else {"GIT_WORK_TREE": here}) | given, env
    ask = ("git", "rev-parse", *_QUESTIONS, "--path-format=absolute", *_PLACES)
    code, out, err = call(ask, env, cwd, None)
    if not out and given != env:
        # A work tree without a `.git` of its own (`git --git-dir=… --work-tree=…`) is known by its environment only.
        env = given
        code, out, err = call(ask, env, cwd, None)
    lines = decode(out).split("\n")
    if len(lines) <= len(_QUESTIONS):
        raise _not_a_repository(err)
    inside = lines[1] == "true"
    if code and inside:
        raise _not_a_repository(err)
    places = lines[len(_QUESTIONS) : -1]
    expected = _PLACES if inside else _PLACES[:2]
    if len(places) != len(expected):
        # A path with a line break in it: ask for each apart.
        places = [
            decode(call(("git", "rev-parse", "--path-format=absolute", place), env, cwd, None)[1].removesuffix(b"\n"))
            for place in expected
        ]
    return Repository(
        git_dir=places[0],
        common_dir=shared_by_all(places[1]),
        top=places[2] if inside else None,
        shallow=lines[2] == "true",
        object_format=lines[3],
    )


def shared_by_all(common_dir: str) -> str:
    """What all worktrees share: inside paddock's fence a worktree names its own view of it (worktrees/view.py)."""
    above, name = os.path.split(common_dir)
    return os.path.dirname(os.path.dirname(above)) if name == "paddock-common" else common_dir


def _not_a_repository(err: bytes) -> UsageError:
    said = decode(err).strip()
    if "dubious ownership" in said:
        return UsageError("git does not trust this repository's owner", hint=said.splitlines()[-1].strip())
    if "not a git repository" in said:
        return UsageError(
            "not a git repository, nor is any folder above it", hint="run it inside a repository, or: git init"
        )
    return UsageError(said.splitlines()[0].removeprefix("fatal: ") if said else "git found no repository here")
