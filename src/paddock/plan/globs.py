"""The paths that an agent owns: globs as in `.gitignore`, where `!` takes paths out again, whatever the order.

Whether two agents can own one path is decided exactly: the globs become automata, and the shortest path that both
accept is looked for. `pkg/*/a.go` and `pkg/api/**` meet in `pkg/api/a.go`, which no comparison of texts tells.

A glob without a slash at its end means a file or a folder. Where the last name looks like a file's (`*.go`,
`Makefile`) and no other glob has it as a folder, it is taken for a file: else `*.go` and `*.md` would meet in a folder
`x.go`. `k8s.io/` says that it is a folder.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.classify.globs import glob_problem as _readable
from paddock.plan.automaton import Automaton, alphabet, folders_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec

_FILE = re.compile(r"[A-Z][^/]*|[^/]+\.\w{1,10}")
_Stand = tuple[tuple[frozenset[int], ...], bool]  # where each automaton stands, and whether a slash was last
SEARCHED = 20_000  # states of a search: far above any globs a person writes, and a bound for those of others


class Unknown(Struct, frozen=True):
    """The globs are too involved to say whether they meet."""


class Owned:
    """The paths of one list of globs, ready to match."""

    __slots__ = ("_out", "_within")

    def __init__(self, globs: Iterable[str]) -> None:
        lines = tuple(globs)
        self._within = _spec(one for one in lines if not one.startswith("!"))
        self._out = _spec(one[1:] for one in lines if one.startswith("!"))

    def __contains__(self, path: str) -> bool:
        """Whether a path, relative to the repository's top, is one of them."""
        plain = path.replace("\n", "\0")  # regular expressions of globs stop at a line end; no path holds a NUL
        return self._within.match_file(plain) and not self._out.match_file(plain)


def glob_problem(glob: str) -> str | None:
    """What is wrong with a glob; None where nothing is."""
    if "//" in glob:
        return f"the glob {glob!r} has an empty folder"
    if glob.rstrip().endswith("**/"):
        return f"the glob {glob!r} ends in '**/': write its folder and '/'"
    return _readable(glob)


def meeting(first: Iterable[str], second: Iterable[str]) -> str | Unknown | None:
    """A shortest path that both lists of globs own; None where there is none."""
    ours, theirs = tuple(first), tuple(second)
    if not _may_meet(ours, theirs):
        return None
    letters = alphabet((*ours, *theirs))
    folders = {folder for glob in (*ours, *theirs) for folder in folders_of(glob.removeprefix("!"))[0][:-1]}
    parts = []
    for globs in (ours, theirs):
        within, out = Automaton(letters), Automaton(letters)
        for glob in globs:
            (out if glob.startswith("!") else within).add(glob.removeprefix("!"), file=_is_file(glob, folders))
        parts += [within, out]
    return _search(parts, letters)


def _is_file(glob: str, folders: set[str]) -> bool:
    last = glob.rstrip().rpartition("/")[2]
    return _FILE.fullmatch(last) is not None and last not in folders and not glob.startswith("!")


def _search(parts: list[Automaton], letters: tuple[str, ...]) -> str | Unknown | None:
    """Breadth first through all automata at once; a folder's name is never empty."""
    start = (tuple(part.start for part in parts), True)
    came: dict[_Stand, tuple[_Stand | None, str]] = {start: (None, "")}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        states, slash = here
        for index, letter in enumerate(letters):
            if letter == "/" and slash:
                continue
            after = tuple(part.step(state, index) for part, state in zip(parts, states, strict=True))
            there = (after, letter == "/")
            if there in came or not (after[0] and after[2]):
                continue
            came[there] = (here, letter)
            ours, without_ours, theirs, without_theirs = (
                part.accepts(state) for part, state in zip(parts, after, strict=True)
            )
            if letter != "/" and ours and theirs and not (without_ours or without_theirs):
                return _spelled(there, came)
            if len(came) > SEARCHED:
                return Unknown()
            queue.append(there)
    return None


def _spelled(end: _Stand, came: dict[_Stand, tuple[_Stand | None, str]]) -> str:
    text = ""
    at: _Stand | None = end
    while at is not None:
        at, letter = came[at]
        text = letter + text
    return text


def _may_meet(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether the literal beginnings of any two globs agree: most agents' folders differ, and need no search."""
    ours = [beginning(one) for one in first if not one.startswith("!")]
    theirs = [beginning(one) for one in second if not one.startswith("!")]
    return any(one.startswith(other) or other.startswith(one) for one in ours for other in theirs)


def beginning(glob: str) -> str:
    """The text that every path of an anchored glob begins with; empty for one that matches at any depth."""
    plain = glob.rstrip("/ ")
    if "/" not in plain:
        return ""
    plain = plain.removeprefix("/")
    return plain[: next((at for at, char in enumerate(plain) if char in "*?[\\"), len(plain))]


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines, backend="simple")
