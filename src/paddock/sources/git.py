"""The only module that runs git plumbing.

Every call is an argument list in a scrubbed environment with a resolved repository, so that neither a hook's
`GIT_*`, nor the user's configuration of colours and diffs, nor the locale changes an answer.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING

from paddock.errors import FactMissingError, FactUnreadableError, GitError, UsageError
from paddock.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MINIMUM_GIT = (2, 38)

# What of a hook's or a user's environment still reaches git: how to reach a remote, who commits, which user
# configuration is meant. The rest (GIT_DIR, GIT_WORK_TREE, GIT_CONFIG_PARAMETERS, GIT_EXTERNAL_DIFF, GIT_TRACE…) is
# either resolved once into `Repository` or would change what a command prints.
_KEPT = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_ASKPASS",
    "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL_FROM_USER",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)
_PINNED = {
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_NULL = re.compile(r"0+\Z")
_NAME = re.compile(r"[0-9a-f]{40,64}\Z")
# A name or an email that git takes from the environment as it stands: nothing at its ends or inside to be stripped.
_PLAIN = re.compile(r"[^\x00-\x20.,:;<>\"\\'](?:[^\n<>]*[^\x00-\x20.,:;<>\"\\'])?\Z")
# What of any configuration would make git see other figures, in the repository that diffs are made in.
_PINNED_CONFIG = """\
[core]
\tbare = true
\trepositoryformatversion = {version}
\tattributesFile = /dev/null
\tbigFileThreshold = 512m
\tfsmonitor = false
\tquotePath = true
"""
_ARGUMENTS = 200  # paths given to one call, far below any system's limit on arguments
_CHUNK = 1 << 20
_NO_SUCH_FILE = re.compile(rb"does not exist|exists on disk, but not in|invalid object name|is in the index, but not")


def decode(data: bytes) -> str:
    """Git's bytes as text that gives the same bytes back."""
    return data.decode("utf-8", "surrogateescape")


def is_null(sha: str) -> bool:
    """Whether an object name is git's all-zero one, which stands for none."""
    return bool(_NULL.match(sha))


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key.startswith(_KEPT)}
    return kept | _PINNED


def _spawn(
    argv: Sequence[str], env: dict[str, str], cwd: str | None, stdin: int, stderr: int | IO[bytes] = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(argv, env=env, cwd=cwd, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr)
    except FileNotFoundError as error:
        if cwd is not None and not os.path.isdir(cwd):
            raise UsageError(f"no such folder: {cwd}") from error
        raise GitError("git was not found on PATH", hint="install git 2.38 or newer") from error
    except PermissionError as error:
        raise GitError("git may not be run: permission denied", hint="look at: command -v git") from error


def _call(argv: Sequence[str], env: dict[str, str], cwd: str | None, stdin: bytes | None) -> tuple[int, bytes, bytes]:
    process = _spawn(argv, env, cwd, subprocess.DEVNULL if stdin is None else subprocess.PIPE)
    try:
        out, err = process.communicate(stdin)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.returncode, out, err


class Repository:
    """A repository as one process sees it: resolved once, asked many times.

    Attributes:
        git_dir: this worktree's own git directory, absolute.
        common_dir: the git directory that all worktrees share, absolute.
        top: the worktree's top folder; None in a bare repository or inside a git directory.
        shallow: whether history was cut.
        object_format: `sha1` or `sha256`.
    """

    def __init__(self, *, git_dir: str, common_dir: str, top: str | None, shallow: bool, object_format: str) -> None:
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.top = top
        self.shallow = shallow
        self.object_format = object_format
        self.env = _environment() | {"GIT_DIR": git_dir}
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
        accept: tuple[int, ...] = (),
    ) -> bytes:
        """Run git and return what it printed; empty when it left with one of the codes in `accept`.

        Args:
            args: the command.
            stdin: what git reads.
            isolated: in an empty repository over this one's objects, where no attribute and no setting alters a diff.
            called: with the configuration of the git call that a hook serves, as in `git -c user.email=… commit`.
            accept: exit codes that are an answer.

        Raises:
            GitError: git failed, with what it said.
        """
        env, cwd = self._place(isolated=isolated)
        env = self._calling_env if called else env
        code, out, err = _call(("git", *args), env, cwd, stdin)
        if code in accept:
            return b""
        if code:
            raise _failure(args, code, err)
        return out

    def line(self, *args: str) -> str | None:
        """The one line that git prints, or None where it says no: with 1, or as `show-ref --verify` does with 128."""
        out = self.run(*args, accept=(1, 128))
        return decode(out.removesuffix(b"\n")) if out else None

    @contextmanager
    def stream(self, *args: str, isolated: bool = False) -> Iterator[IO[bytes]]:
        """Git's standard output while it runs; the process is ended when the block is left early."""
        import tempfile

        env, cwd = self._place(isolated=isolated)
        # A file, since a pipe that nobody reads would stop git once it is full.
        with tempfile.TemporaryFile() as said:
            process = _spawn(("git", *args), env, cwd, subprocess.DEVNULL, said)
            assert process.stdout is not None  # noqa: S101 - piped by _spawn
            try:
                yield process.stdout
            except BaseException:
                process.kill()
                raise
            else:
                if process.stdout.read(1):
                    process.kill()  # left early: git would wait for a reader for ever
                elif code := process.wait():
                    said.seek(0)
                    raise _failure(args, code, said.read())
            finally:
                process.stdout.close()
                process.wait()

    def resolve(self, revision: str) -> str | None:
        """The commit a revision names, or None."""
        # `^main` would come back as the name of what to leave out.
        if not revision or "\0" in revision or revision.startswith("^"):
            return None
        # It may also leave with 128: the reflog is shorter, the branch has no upstream.
        name = self.line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return name if name and _NAME.match(name) else None

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

    def base_candidates(self, name: str) -> tuple[str, ...]:
        """Every commit that a base may mean here: the local branch and each remote's, or one explicit revision."""
        if "\0" not in name and not name.startswith("refs/"):
            ask = ("for-each-ref", "--format=%(objectname) %(refname)", f"refs/heads/{name}", f"refs/remotes/*/{name}")
            found = []
            for line in decode(self.run(*ask)).splitlines():
                sha, _, ref = line.partition(" ")
                # Git also lists what lies below `refs/heads/NAME/`.
                if ref == f"refs/heads/{name}" or ref.split("/", 3)[3:] == [name]:
                    found.append(sha)
            if found:
                return tuple(dict.fromkeys(found))
        exact = self.resolve(name)
        return (exact,) if exact else ()

    def merge_base(self, bases: Sequence[str], heads: Sequence[str]) -> str:
        """The latest commit that the heads, taken as one merge, share with any of the bases.

        Raises:
            FactUnreadableError: they share none, or the history that would show it was cut away.
        """
        found = []
        for base in bases:
            out = self.run("merge-base", base, *heads, accept=(1,)).decode().split()
            found += out[:1]
        found = self.latest(found)
        if self.shallow:
            self._refuse_cut_history(found[:1], (*bases, *heads))
        if not found:
            raise FactUnreadableError(
                f"{heads[0][:12]} and the base {bases[0][:12]} have no commit in common",
                hint="start the branch from the base: git rebase --onto BASE --root",
            )
        return found[0]

    def latest(self, commits: Sequence[str]) -> list[str]:
        """Those of some commits that are no ancestors of the others."""
        found = list(dict.fromkeys(commits))
        return self.run("merge-base", "--independent", *found).decode().split() if len(found) > 1 else found

    def _refuse_cut_history(self, merge_base: list[str], tips: Iterable[str]) -> None:
        # A shallow clone can answer with an older common commit than the true one. The answer holds only if no cut
        # lies between it and the tips.
        with open(f"{self.common_dir}/shallow", encoding="ascii") as file:
            cuts = set(file.read().split())
        seen = self.run("rev-list", *tips, "--not", *merge_base).decode().split()
        if not merge_base or cuts.intersection(seen):
            raise FactUnreadableError(
                "this clone is shallow and the merge base lies beyond its history", hint="git fetch --unshallow"
            )

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
                code, out, _ = _call(("git", "var", f"GIT_{role}_IDENT"), self._calling_env, self.top, None)
                if code:
                    raise FactUnreadableError(
                        f"git knows no {role.lower()} for a commit made here",
                        hint='git config user.name "NAME" && git config user.email "EMAIL"',
                    )
                name, _, rest = decode(out).partition(" <")
                email = rest.partition(">")[0]
            people.append(Person(name, email))
        return people[0], people[1]

    def blobs(self, names: Sequence[str], limit: int) -> Iterator[bytes | None]:
        """The first `limit` bytes of each object in turn; None for one that is not there."""
        if not names:
            return
        import threading

        argv = ("git", "cat-file", "--batch", "--buffer")
        process = _spawn(argv, self.env, self.top or self.git_dir, subprocess.PIPE, subprocess.DEVNULL)
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101 - piped above
        feeder = threading.Thread(target=_feed, args=(process.stdin, "\n".join(names).encode() + b"\n"), daemon=True)
        feeder.start()
        try:
            for _ in names:
                yield _read_object(process.stdout, limit)
        finally:
            process.kill()
            process.stdout.close()
            feeder.join()
            process.wait()

    def blob(self, revision: str, path: str) -> bytes | None:
        """A file's content at a revision (the index when it is empty); None where there is no such file.

        Raises:
            GitError: there is one, and it can't be read.
        """
        ask = ("cat-file", "blob", f"{revision}:{path}")
        code, out, err = _call(("git", *ask), self.env, self.top or self.git_dir, None)
        if code and not _NO_SUCH_FILE.search(err):
            raise _failure(ask, code, err)
        return None if code else out

    def tree_entries(self, tree: str, paths: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """(mode, object name, path) of those of `paths` that are files in the tree."""
        for start in range(0, len(paths), _ARGUMENTS):
            some = paths[start : start + _ARGUMENTS]
            out = self.run("ls-tree", "-z", "--full-tree", tree, "--", *some)
            for entry in out.split(b"\0")[:-1]:
                meta, _, path = entry.partition(b"\t")
                mode, kind, name = meta.decode().split(" ")
                if kind == "blob":
                    yield mode, name, decode(path)

    def _place(self, *, isolated: bool) -> tuple[dict[str, str], str | None]:
        if isolated:
            # Not in the work tree: git takes its files for the blobs that the index says they are, though a filter or
            # a conversion of line ends made them.
            return self._isolation, self._scratch
        return self.env, self.top or self.git_dir

    @cached_property
    def _scratch(self) -> str:
        import shutil
        import tempfile
        import weakref

        folder = tempfile.mkdtemp(prefix="paddock-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @cached_property
    def _isolation(self) -> dict[str, str]:
        """The environment of an empty, bare repository on top of this one's objects.

        Git then reads no `.gitattributes` of the worktree, of the index or of `info/`, all of which the judged
        change or its machine could have written. The real configuration is included so that a partial clone still
        fetches the objects it lacks.
        """
        path = f"{self.common_dir}/config".replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        sha256 = self.object_format == "sha256"
        extension = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
        pinned = _PINNED_CONFIG.format(version=int(sha256))
        folder = self._scratch
        _empty_repository(folder, f'[include]\n\tpath = "{path}"\n{pinned}{extension}')
        self._link_shared_index(folder)
        return {
            **_environment(),
            "GIT_DIR": folder,
            "GIT_OBJECT_DIRECTORY": f"{self.common_dir}/objects",
            "GIT_INDEX_FILE": self.env.get("GIT_INDEX_FILE", f"{self.git_dir}/index"),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ATTR_SOURCE": self.empty_tree,
        }

    def _link_shared_index(self, folder: str) -> None:
        # Git looks for the larger half of a split index in the git directory, wherever the index itself lies.
        for entry in os.scandir(self.git_dir):
            if entry.name.startswith("sharedindex."):
                os.symlink(entry.path, f"{folder}/{entry.name}")

    def attributes(self, tree: str, paths: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
        """The values of attributes that a tree's own `.gitattributes` files give to paths, by path.

        Unspecified attributes are left out. Values are git's: `set`, `unset` or a word.
        """
        folders = {""}
        for path in paths:
            folder = path.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        wanted = [f"{folder}/.gitattributes" if folder else ".gitattributes" for folder in sorted(folders)]
        # A symbolic link of that name is nothing to git.
        entries = [entry for entry in self.tree_entries(tree, wanted) if entry[0] != "120000"]
        if not entries:
            return {}
        index = f"{self._scratch}/attributes-index"
        env = {key: value for key, value in self._isolation.items() if key != "GIT_ATTR_SOURCE"}
        env |= {"GIT_INDEX_FILE": index}
        listing = b"".join(f"{mode} {name}\t".encode() + os.fsencode(path) + b"\0" for mode, name, path in entries)
        update = ("update-index", "-z", "--index-info")
        code, _, err = _call(("git", *update), env, self._scratch, listing)
        if code:
            raise _failure(update, code, err)
        try:
            return _check_attributes(env, self._scratch, paths, names, "--cached")
        finally:
            os.unlink(index)


def _empty_repository(folder: str, config: str) -> None:
    """What git asks of a repository, with nothing in it."""
    for name in ("objects", "refs"):
        os.mkdir(f"{folder}/{name}")
    with open(f"{folder}/HEAD", "w", encoding="ascii") as file:
        file.write("ref: refs/heads/none\n")
    with open(f"{folder}/config", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(config)


def _check_attributes(
    env: dict[str, str], cwd: str | None, paths: Sequence[str], names: Sequence[str], *options: str
) -> dict[str, dict[str, str]]:
    argv = ("-c", "core.attributesFile=/dev/null", "check-attr", *options, "--stdin", "-z", *names)
    code, out, err = _call(("git", *argv), env, cwd, b"".join(os.fsencode(path) + b"\0" for path in paths))
    if code:
        raise _failure(argv, code, err)
    found: dict[str, dict[str, str]] = {}
    fields = out.split(b"\0")
    for path, name, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        if value != b"unspecified":
            found.setdefault(decode(path), {})[name.decode()] = decode(value)
    return found


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except BrokenPipeError:
        pass  # the reader stopped early and ended the process


def _read_object(pipe: IO[bytes], limit: int) -> bytes | None:
    header = pipe.readline().split()
    if len(header) != 3:  # noqa: PLR2004 - `NAME missing`
        return None
    size = int(header[2])
    content = pipe.read(min(size, limit))
    left = size - len(content) + 1
    while left > 0:
        left -= len(pipe.read(min(left, _CHUNK))) or left
    return content


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


def _failure(args: Sequence[str], code: int, err: bytes) -> GitError:
    said = decode(err).strip().splitlines()
    first = next((line for line in said if line.startswith(("fatal:", "error:"))), said[0] if said else f"exit {code}")
    command = next((arg for arg in args if not arg.startswith("-") and "=" not in arg), args[0])
    hint = None
    if code == 129:  # noqa: PLR2004 - git's code for a wrong usage, so an option it does not know
        hint = f"paddock needs git {MINIMUM_GIT[0]}.{MINIMUM_GIT[1]} or newer; `git --version` tells yours"
    return GitError(f"git {command}: {first.removeprefix('fatal: ').removeprefix('error: ')}", hint=hint)


_QUESTIONS = ("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format")
_PLACES = ("--absolute-git-dir", "--git-common-dir", "--show-toplevel")


def open_repository(cwd: str | None = None) -> Repository:
    """The repository that a folder (default: the current one) belongs to.

    Raises:
        UsageError: it belongs to none, or git refuses it.
    """
    env = _environment()
    ask = ("git", "rev-parse", *_QUESTIONS, "--path-format=absolute", *_PLACES)
    code, out, err = _call(ask, env, cwd, None)
    if not out and os.environ.get("GIT_DIR"):
        # A work tree without a `.git` of its own (`git --git-dir=… --work-tree=…`) is known by its environment only.
        env |= {key: os.environ[key] for key in ("GIT_DIR", "GIT_WORK_TREE") if key in os.environ}
        code, out, err = _call(ask, env, cwd, None)
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
            decode(_call(("git", "rev-parse", "--path-format=absolute", place), env, cwd, None)[1].removesuffix(b"\n"))
            for place in expected
        ]
    return Repository(
        git_dir=places[0],
        common_dir=places[1],
        top=places[2] if inside else None,
        shallow=lines[2] == "true",
        object_format=lines[3],
    )


def _not_a_repository(err: bytes) -> UsageError:
    said = decode(err).strip()
    if "dubious ownership" in said:
        return UsageError("git does not trust this repository's owner", hint=said.splitlines()[-1].strip())
    if "not a git repository" in said:
        return UsageError(
            "not a git repository, nor is any folder above it", hint="run it inside a repository, or: git init"
        )
    return UsageError(said.splitlines()[0].removeprefix("fatal: ") if said else "git found no repository here")


def missing_base(name: str) -> FactMissingError:
    """The error of a base that this clone does not have."""
    return FactMissingError(f"the base `{name}` is not in this clone", hint=f"git fetch origin {name}")


def folder_attributes(top: str, paths: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """As `Repository.attributes`, but from the `.gitattributes` files in a folder, be it a repository or not."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="paddock-") as folder:
        _empty_repository(folder, "[core]\n\tbare = false\n\trepositoryformatversion = 0\n")
        env = _environment() | {"GIT_DIR": folder, "GIT_WORK_TREE": top, "GIT_ATTR_NOSYSTEM": "1"}
        return _check_attributes(env, top, paths, names)
