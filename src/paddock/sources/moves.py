"""Which lines of a patch only moved: blocks that are deleted in one place and added, unchanged, in another.

A block counts from twenty letters and digits on, as `git diff --color-moved=blocks` has it, so that braces and blank
lines do not pass for moved code.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from unidiff import PatchSet
from unidiff.errors import UnidiffParseError

from paddock.errors import FactUnreadableError
from paddock.model import Moved
from paddock.sources.git import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 20  # letters and digits
SECTION_LIMIT = 8 << 20  # bytes of one file's patch; in a larger one nothing counts as moved
TOTAL_LIMIT = 64 << 20  # bytes of patch looked at; moves beyond are not seen
_CANDIDATES = 32  # places tried for one line, so that a patch of equal lines stays linear

_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_OCTAL = 3

Run = list[str]


def moved(patch: Iterable[bytes]) -> dict[str, Moved]:
    """For each path of a patch in git's format, how many added and deleted lines are moved blocks.

    Args:
        patch: its lines with their ends.

    Raises:
        FactUnreadableError: it is not a unified diff.
    """
    added: list[tuple[str, Run]] = []
    deleted: list[tuple[str, str]] = []
    ends: set[int] = set()
    for path, section in _sections(patch):
        for plus, minus in _runs(section):
            if plus:
                added.append((path, plus))
            deleted += [(path, line) for line in minus]
            ends.add(len(deleted))
    found: dict[str, list[int]] = {}
    for path, start, length in _blocks(added, deleted, ends):
        found.setdefault(path, [0, 0])[0] += length
        for gone, _ in deleted[start : start + length]:
            found.setdefault(gone, [0, 0])[1] += 1
    return {path: Moved(*counts) for path, counts in found.items()}


def _blocks(
    added: list[tuple[str, Run]], deleted: list[tuple[str, str]], ends: set[int]
) -> Iterator[tuple[str, int, int]]:
    """(path it was added to, first place among the deleted lines, length) of each moved block."""
    places: dict[str, list[int]] = {}
    for place, (_, line) in enumerate(deleted):
        places.setdefault(line, []).append(place)
    used = bytearray(len(deleted))
    for path, run in added:
        i = 0
        while i < len(run):
            best, length = 0, 0
            for place in places.get(run[i], ())[:_CANDIDATES]:
                n = _common(run, i, deleted, place, used, ends)
                if n > length:
                    best, length = place, n
            if length and sum(char.isalnum() for line in run[i : i + length] for char in line) >= BLOCK:
                used[best : best + length] = b"\1" * length
                yield path, best, length
            i += max(length, 1)


def _common(run: Run, i: int, deleted: list[tuple[str, str]], place: int, used: bytearray, ends: set[int]) -> int:
    """How many lines of the run, from i on, follow each other among the deleted ones from place on."""
    n = 0
    while i + n < len(run) and place + n < len(deleted) and not used[place + n] and run[i + n] == deleted[place + n][1]:
        n += 1
        if place + n in ends:
            break
    return n


def _sections(patch: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """(path, hunks) of each file, as far as the limits reach."""
    total = 0
    header: list[bytes] = []
    hunks: list[bytes] = []
    size = 0
    for line in patch:
        if line.startswith(b"diff --git "):
            if hunks and size <= SECTION_LIMIT:
                yield _path(header), decode(b"".join(hunks))
            header, hunks, size = [], [], 0
            continue
        if not hunks and not line.startswith(b"@@ "):
            header.append(line)
            continue
        size += len(line)
        total += len(line)
        if total > TOTAL_LIMIT:
            return
        if size <= SECTION_LIMIT:
            hunks.append(line)
    if hunks and size <= SECTION_LIMIT:
        yield _path(header), decode(b"".join(hunks))


def _runs(hunks: str) -> Iterator[tuple[Run, Run]]:
    """(added, deleted) lines of each hunk; context lines end a run."""
    try:
        # The paths are known already; a plain header spares us every dialect of quoting.
        files = PatchSet(StringIO(f"--- a\n+++ b\n{hunks}", newline="\n"))
    except UnidiffParseError as error:
        raise FactUnreadableError(f"the patch is not a unified diff: {error}") from error
    for file in files:
        for hunk in file:
            plus: Run = []
            minus: Run = []
            for line in hunk:
                if line.is_added:
                    plus.append(line.value.rstrip("\r\n"))
                elif line.is_removed:
                    minus.append(line.value.rstrip("\r\n"))
                elif plus or minus:
                    yield plus, minus
                    plus, minus = [], []
            yield plus, minus


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
