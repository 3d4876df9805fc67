"""A patch in git's format, read file by file, so that one of any size needs the memory of its largest file alone."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import IO, TYPE_CHECKING

from paddock.errors import FactUnreadableError
from paddock.model import AddedLine
from paddock.sources.calling import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unidiff.patch import PatchedFile

FILE_LIMIT = 32 << 20  # bytes of one file's patch that its added lines are read from
LINES_LIMIT = 1_000_000  # lines of one file's patch, likewise
_LINE = 1 << 16  # bytes read at once

_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_OCTAL = 3


def sections(
    patch: IO[bytes], limit: int, wanted: Callable[[str], bool] = lambda _path: True
) -> Iterator[tuple[str, bytes | None]]:
    """(path, hunks) of each wanted file that has hunks; None for hunks of more bytes than the limit."""
    header: list[bytes] = []
    hunks: list[bytes] = []
    size = 0
    path: str | None = None  # None while it is not known, or not wanted
    whole = True  # whether what was read last ended its line
    while line := patch.readline(_LINE):
        starts, whole = whole, line.endswith(b"\n")
        if starts and line.startswith(b"diff --git "):
            if path is not None:
                yield path, b"".join(hunks) if size <= limit else None
            header, hunks, size, path = [], [], 0, None
        elif size == 0 and not (starts and line.startswith(b"@@ ")):
            header.append(line)
        else:
            if size == 0:
                named = _path(header)
                path = named if wanted(named) else None
            size += len(line)
            if path is not None and size <= limit:
                hunks.append(line)
            else:
                hunks.clear()
    if path is not None:
        yield path, b"".join(hunks) if size <= limit else None


def added(patch: IO[bytes], wanted: Callable[[str], bool]) -> Iterator[tuple[str, tuple[AddedLine, ...]]]:
    """(path, added lines) of each wanted file that has any, as soon as it is read.

    Raises:
        FactUnreadableError: it is not a unified diff, or that of one file is over the limits.
    """
    for path, text in sections(patch, FILE_LIMIT, wanted):
        if text is None or text.count(b"\n") > LINES_LIMIT:
            raise FactUnreadableError(
                f"the patch of {path} is over {LINES_LIMIT:,} lines or {FILE_LIMIT >> 20} MiB, too large to be read",
                hint="leave the file out: by a glob of the policy's `classes: generated:`",
            )
        lines = tuple(
            AddedLine(line.target_line_no or 0, line.value.removesuffix("\n").removesuffix("\r"))
            for file in parsed(text)
            for hunk in file
            for line in hunk
            if line.is_added
        )
        if lines:
            yield path, lines


def parsed(hunks: bytes) -> Iterator[PatchedFile]:
    """The hunks of one file as unidiff reads them.

    Raises:
        FactUnreadableError: they are not those of a unified diff.
    """
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        # The paths are known already; a plain header spares us every dialect of quoting.
        yield from PatchSet(chain(("--- a\n", "+++ b\n"), map(decode, BytesIO(hunks))))
    except UnidiffParseError as error:
        raise FactUnreadableError(f"the patch is not a unified diff: {error}") from error


def _path(header: list[bytes]) -> str:
    """The new path, or the old one of a deleted file."""
    names = {line[:4]: line[4:].rstrip(b"\r\n") for line in header if line[:4] in (b"--- ", b"+++ ")}
    for mark in (b"+++ ", b"--- "):
        name = decode(names.get(mark, b"/dev/null")).removesuffix("\t")
        if name != "/dev/null":
            return unquoted(name)[2:]
    return ""


def unquoted(name: str) -> str:
    """A path as git quotes it in patches: C escapes in double quotes where it holds special characters."""
    if len(name) < 2 or name[0] != '"' or name[-1] != '"':  # noqa: PLR2004 - two quotes
        return name
    out = bytearray()
    i = 1
    while i < len(name) - 1:
        char = name[i]
        if char != "\\":
            out += char.encode("utf-8", "surrogateescape")
            i += 1
        elif name[i + 1 : i + 1 + _OCTAL].isdigit():
            out.append(int(name[i + 1 : i + 1 + _OCTAL], 8) & 0xFF)
            i += 1 + _OCTAL
        else:
            out.append(_ESCAPES.get(name[i + 1], ord("?")))
            i += 2
    return decode(bytes(out))
