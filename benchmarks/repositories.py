"""Repositories to measure on: the same content and the same commits on every machine, written by `git fast-import`."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from measuring import environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import IO, Self

AUTHOR = ("Ada Lovelace", "ada@example.org")
POLICY = b"version: 1\nextends: paddock:default\n"
ATTRIBUTES = b"*.pb.txt linguist-generated\nthird_party/** linguist-vendored\n"
_START = 1_700_000_000  # seconds; every commit is a minute after the one before


def git(folder: str, *args: str) -> str:
    """Run git in a folder and return what it printed, without the line end."""
    done = subprocess.run(("git", *args), cwd=folder, env=environment(), capture_output=True, check=True)
    return os.fsdecode(done.stdout).removesuffix("\n")


def create(folder: str) -> None:
    """An empty repository on the branch `main`, with an identity and the default policy in its folder."""
    os.makedirs(folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", AUTHOR[0])
    git(folder, "config", "user.email", AUTHOR[1])
    with open(os.path.join(folder, ".paddock.yaml"), "wb") as file:
        file.write(POLICY)


class History:
    """Commits as a stream to git; `with` ends it.

    Changes are pairs of a path and its new content; None deletes, a path as content renames.
    """

    def __init__(self, folder: str) -> None:
        self._count = 0
        self._process = subprocess.Popen(
            ("git", "fast-import", "--quiet", "--date-format=raw"), cwd=folder, env=environment(), stdin=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        if self._process.wait() and kind is None:
            raise RuntimeError("git fast-import failed")

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - piped above
        return self._process.stdin

    def commit(
        self, branch: str, message: str, changes: Iterable[tuple[str, bytes | str | None]], start: str | None = None
    ) -> None:
        """Add a commit to a branch; `start` is the branch that a new one begins at."""
        when = f"{_START + 60 * self._count} +0000"
        self._count += 1
        self._write(f"commit refs/heads/{branch}\n")
        for role in ("author", "committer"):
            self._write(f"{role} {AUTHOR[0]} <{AUTHOR[1]}> {when}\n")
        self._data(message.encode())
        if start is not None:
            self._write(f"from refs/heads/{start}\n")
        for path, content in changes:
            if content is None:
                self._write(f"D {path}\n")
            elif isinstance(content, str):
                self._write(f"R {path} {content}\n")
            else:
                self._write(f"M 100644 inline {path}\n")
                self._data(content)

    def append(self, path: str, blocks: Iterable[bytes], size: int) -> None:
        """Add one more file to the last commit, without holding it; `size` is the sum of its blocks."""
        self._write(f"M 100644 inline {path}\ndata {size}\n")
        for block in blocks:
            self._pipe.write(block)
        self._write("\n")

    def _write(self, text: str) -> None:
        self._pipe.write(text.encode())

    def _data(self, data: bytes) -> None:
        self._pipe.write(b"data %d\n" % len(data) + data + b"\n")


_MIXER = 2_654_435_761  # Knuth's multiplicative hash: lines that differ, without a random generator


def code(seed: int, lines: int, header: str = "") -> bytes:
    """A text of so many lines that looks like code and is unlike that of another seed."""
    return (header + "".join(_lines(seed, lines - header.count("\n")))).encode()


def edited(content: bytes, seed: int, every: int) -> bytes:
    """The same text with every so many-th line written anew."""
    old = content.split(b"\n")
    new = (
        b"\t%s // edited" % code(seed + i, 1).strip() if i % every == every - 1 else line
        for i, line in enumerate(old[:-1])
    )
    return b"\n".join(new) + b"\n"


def _lines(seed: int, count: int) -> Iterator[str]:
    for i in range(count):
        number = (seed * 65_537 + i + 1) * _MIXER % (1 << 32)
        if i % 12 == 11:
            yield "\n"
        else:
            yield f"\tvalue{number % 977} = compute({number:#010x}, total{number % 89}) + {number % 13}\n"
