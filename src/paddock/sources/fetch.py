"""A repository of our own into which exactly what is judged is fetched, and nothing else.

It is bare and made for one run. So nothing is ever checked out, nobody's hook, filter or submodule is there to be run,
no configuration that a change could have written is read, and a checkout that a workflow made stays as it is.
"""

from __future__ import annotations

import base64
import os
import time
from typing import TYPE_CHECKING

from paddock.errors import CouldNotCheckError, FactUnreadableError, GitError
from paddock.sources.calling import call, decode, environment, failure, lines_of
from paddock.sources.git import Repository
from paddock.sources.history import merge_base

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = "refs/paddock/head"  # where the change's last commit is kept
SINCE = "refs/paddock/since"  # where the commit is kept that it is compared with, if that is no branch's tip
PULL = "refs/paddock/pull"  # where the pull request's tip is kept that a merge queue merged

_FIRST, _FAR = 16, 4096  # commits of a first look, and after how many more all of them are asked for
_PATIENCE = 300.0  # seconds that one fetch may take
_PAUSES = (1.0, 4.0)  # seconds before the second and the third attempt
# What git says when the network, not the repository, is at fault.
_PASSING = (
    "could not resolve host",
    "couldn't connect",
    "connection",
    "early eof",
    "empty reply",
    "gnutls_handshake",
    "operation timed out",
    "operation too slow",
    "returned error: 429",
    "returned error: 5",
    "ssl_error_syscall",
    "the remote end hung up",
    "unexpected disconnect",
)
# Of the machine's own configuration proxies and certificates hold; what would run something, or fetch more, does not.
_CONFIG = """\
[core]
\tbare = true
\trepositoryformatversion = {version}
\thooksPath = /dev/null
\taskPass =
[credential]
\thelper =
[fetch]
\trecurseSubmodules = false
\tprune = false
\twriteCommitGraph = false
[gc]
\tauto = 0
[http]
\tfollowRedirects = false
\tlowSpeedLimit = 1000
\tlowSpeedTime = 60
[maintenance]
\tauto = false
[protocol]
\tversion = 2
[remote "origin"]
\turl = {url}
"""
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head")


class Fetched:
    """A bare repository over a remote one.

    Args:
        folder: an empty folder that becomes the repository.
        url: the remote's, without a credential.
        token: what the remote knows us by; sent as a header, and only over http.
        object_format: `sha1` or `sha256`.
    """

    def __init__(self, folder: str, url: str, *, token: str | None = None, object_format: str = "sha1") -> None:
        self._folder = folder
        self._object_format = object_format
        self._secrets: tuple[str, ...] = ()
        self._env = environment() | {
            "GIT_DIR": folder,
            "GIT_ALLOW_PROTOCOL": "file:http:https",
            "GIT_ASKPASS": "",
        }
        if token and url.startswith(("http://", "https://")):
            basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            self._secrets = (basic, token)
            # The empty value takes back what a checkout or the machine says; two such headers are refused by GitHub.
            self._env |= _as_environment((f"http.{url}.extraHeader", ""), (f"http.{url}.extraHeader", _header(basic)))
        _create(folder, url, object_format)

    @property
    def repository(self) -> Repository:
        """The repository as it is after the last fetch."""
        return Repository(
            git_dir=self._folder,
            common_dir=self._folder,
            top=None,
            shallow=os.path.exists(f"{self._folder}/shallow"),
            object_format=self._object_format,
        )

    def get(self, *refspecs: str, depth: int | None = None) -> None:
        """Fetch by `source:destination`; what is there already is moved.

        Raises:
            GitError: the remote has no such ref or object, or refused.
        """
        self._fetch(*(() if depth is None else (f"--depth={depth}",)), "--", "origin", *_forced(refspecs))

    def has(self, *refspecs: str, depth: int | None = None) -> bool:
        """Fetch like `get`; False where the remote lacks one of the refs or objects.

        Raises:
            CouldNotCheckError: the remote could not be asked.
        """
        try:
            self.get(*refspecs, depth=depth)
        except GitError as error:
            if any(words in error.message for words in ("not our ref", "couldn't find remote ref", "no such ref")):
                return False
            raise
        return True

    def deepen(self, refspecs: Sequence[str], bases: Sequence[str], head: str, depth: int) -> None:
        """Fetch older commits until the merge base is certain, twice as many each time, in the end all of them."""
        while (repository := self.repository).shallow:
            try:
                merge_base(repository, bases, (head,))
            except FactUnreadableError:
                step = f"--deepen={depth}" if depth <= _FAR else "--unshallow"
                self._fetch(step, "--", "origin", *_forced(refspecs))
                depth *= 2
            else:
                return

    def all_commits(self, refspecs: Sequence[str]) -> None:
        """Fetch the rest of the history as bare commits: without their trees and files it is small."""
        shallow = ("--unshallow",) if self.repository.shallow else ()
        self._fetch("--filter=tree:0", *shallow, "--", "origin", *_forced(refspecs))

    def unshallow(self, refspecs: Sequence[str]) -> None:
        """Fetch the rest of the history."""
        if self.repository.shallow:
            self._fetch("--unshallow", "--", "origin", *_forced(refspecs))

    def branches_at(self, sha: str) -> tuple[str, ...]:
        """The remote's branches whose tip is this commit."""
        out = self._run("ls-remote", "--refs", "--", "origin", "refs/heads/*")
        rows = (line.partition("\t") for line in lines_of(out))
        return tuple(ref.removeprefix("refs/heads/") for name, _, ref in rows if name == sha)

    def tips(self, series: Sequence[str]) -> tuple[str, ...]:
        """The commits that the branches below some prefixes were fetched at."""
        refs = [f"refs/remotes/origin/{one}/" for one in series]
        if not refs:
            return ()
        out = self.repository.run("for-each-ref", "--format=%(objectname)", *refs)
        return tuple(dict.fromkeys(out.decode().split()))

    def _fetch(self, *args: str) -> None:
        self._run(*_FETCH, *args)

    def _run(self, *args: str) -> bytes:
        for pause in (*_PAUSES, None):
            code, out, err = call(("git", *args), self._env, self._folder, None, timeout=_PATIENCE)
            if not code:
                return out
            said = decode(err)
            if pause is None or not any(words in said.lower() for words in _PASSING):
                break
            time.sleep(pause)
        raise self._scrubbed(failure(args, code, err), said)

    def _scrubbed(self, error: GitError, said: str) -> GitError:
        message = error.message
        for secret in self._secrets:
            message = message.replace(secret, "***")
        if any(words in said for words in ("Authentication failed", "could not read Username", "returned error: 403")):
            return GitError(message, hint="give the job the permission `contents: read`, and the step its token")
        return GitError(message, hint=error.hint)


def first_depth(commits: int | None) -> int:
    """How deep to look at first for a change that is said to have so many commits: its own, and the one before."""
    return _FIRST if commits is None else min(max(commits + 1, 2), _FAR)


def refspec(branch: str) -> str:
    """A branch of the remote, and where it is kept."""
    return f"refs/heads/{branch}:refs/remotes/origin/{branch}"


def _forced(refspecs: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"+{one}" for one in refspecs)


def _header(basic: str) -> str:
    return f"Authorization: basic {basic}"


def _as_environment(*pairs: tuple[str, str]) -> dict[str, str]:
    """Configuration for one process, which neither its arguments nor any file show."""
    given = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for index, (key, value) in enumerate(pairs):
        given |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return given


def _create(folder: str, url: str, object_format: str) -> None:
    if "\n" in url or "\0" in url:
        raise CouldNotCheckError("the repository's address has a line break in it")
    from paddock.sources.isolation import empty_repository

    sha256 = object_format == "sha256"
    extension = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    quoted = '"' + url.replace("\\", "\\\\").replace('"', '\\"') + '"'
    empty_repository(folder, _CONFIG.format(version=int(sha256), url=quoted) + extension)
