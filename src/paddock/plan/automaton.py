"""Globs as in `.gitignore` as an automaton over paths."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Ranges = tuple[tuple[int, int], ...]  # code points, both ends included

_SLASH = ord("/")
_LAST = 0x10FFFF
_NOT_SLASH: Ranges = ((1, _SLASH - 1), (_SLASH + 1, _LAST))
_ONLY_SLASH: Ranges = ((_SLASH, _SLASH),)
_ANY: Ranges = ((1, _LAST),)
_NICE = "xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"


class Automaton:
    """A nondeterministic automaton; its states are numbers, a run stands in a set of them."""

    def __init__(self, letters: tuple[str, ...]) -> None:
        self._letters = [ord(letter) for letter in letters]
        self._edges: list[list[tuple[Ranges, int]]] = []
        self._free: list[list[int]] = []
        self._final: set[int] = set()
        self._starts: list[int] = []
        self._known: dict[tuple[frozenset[int], int], frozenset[int]] = {}

    @property
    def start(self) -> frozenset[int]:
        """Where every run begins."""
        return self._closed(self._starts)

    def step(self, states: frozenset[int], letter: int) -> frozenset[int]:
        """Where a run stands after the letter of this index."""
        found = self._known.get((states, letter))
        if found is None:
            code = self._letters[letter]
            after = [
                to
                for state in states
                for ranges, to in self._edges[state]
                if any(low <= code <= high for low, high in ranges)
            ]
            found = self._known[states, letter] = self._closed(after)
        return found

    def accepts(self, states: frozenset[int]) -> bool:
        """Whether a path that ends here is one of the globs'."""
        return not self._final.isdisjoint(states)

    def add(self, glob: str, *, file: bool = False) -> None:
        """One more glob, without `!`; of a `file`, nothing below what it matches counts."""
        folders, below_only = folders_of(glob)
        state = self._state()
        self._starts.append(state)
        for index, folder in enumerate(folders):
            last = index == len(folders) - 1
            if folder == "**":
                state = self._deep(state)
                continue
            state = self._folder(state, folder)
            if not last:
                state = self._edge(state, _ONLY_SLASH)
        if folders[-1:] == ["**"]:
            state = self._edge(state, _NOT_SLASH)  # what a final `**` matches is not empty
            self._final.add(self._edge(state, _ANY, state))
            return
        if not below_only:
            self._final.add(state)
        if file:
            return
        inside = self._edge(self._edge(state, _ONLY_SLASH), _NOT_SLASH)
        self._final.add(self._edge(inside, _ANY, inside))

    def _folder(self, state: int, folder: str) -> int:
        for ranges in _pieces(folder):
            if ranges is None:
                self._edges[state].append((_NOT_SLASH, state))
                after = self._state()
                self._free[state].append(after)
                state = after
            else:
                state = self._edge(state, ranges)
        return state

    def _deep(self, state: int) -> int:
        """Any number of whole folders, each with the slash behind it."""
        name = self._edge(state, _NOT_SLASH)
        self._edge(name, _NOT_SLASH, name)
        self._edge(name, _ONLY_SLASH, state)
        after = self._state()
        self._free[state].append(after)
        return after

    def _state(self) -> int:
        self._edges.append([])
        self._free.append([])
        return len(self._edges) - 1

    def _edge(self, state: int, ranges: Ranges, to: int | None = None) -> int:
        to = self._state() if to is None else to
        self._edges[state].append((ranges, to))
        return to

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        found: set[int] = set()
        todo = list(states)
        while todo:
            state = todo.pop()
            if state not in found:
                found.add(state)
                todo += self._free[state]
        return frozenset(found)


def alphabet(globs: Iterable[str]) -> tuple[str, ...]:
    """A slash, and one letter for each set of characters that no glob tells apart; plain letters where there are."""
    cuts = {1, _SLASH, _SLASH + 1, _LAST + 1}
    for glob in globs:
        folders, _ = folders_of(glob.removeprefix("!"))
        for folder in folders:
            for ranges in _pieces(folder):
                cuts |= {bound for low, high in ranges or () for bound in (low, high + 1)}
    letters = []
    for low, high in pairwise(sorted(cuts)):
        nice = next((char for char in _NICE if low <= ord(char) < high), None)
        letters.append(nice or chr(max(low, min(high - 1, 0x21))))
    # In the order in which a path reads best, so that the shortest one found does.
    return tuple(sorted(letters, key=lambda letter: (letter == "/", f"{_NICE}{letter}".index(letter), letter)))


def folders_of(glob: str) -> tuple[list[str], bool]:
    """The parts between slashes, `**` before one that matches at any depth; and whether only what lies below counts."""
    text = glob if glob.endswith("\\ ") else glob.rstrip()
    below_only = text.endswith("/")
    text = text.removesuffix("/")
    folders = text.removeprefix("/").split("/")
    if "/" not in text and folders != ["**"]:
        folders.insert(0, "**")
    return [one for at, one in enumerate(folders) if not (one == "**" and folders[at - 1 : at] == ["**"])], below_only


def _pieces(folder: str) -> Iterator[Ranges | None]:
    """What each part of a folder's glob matches: one character of these, or None for any number of any."""
    at = 0
    while at < len(folder):
        char = folder[at]
        at += 1
        if char == "*":
            yield None
        elif char == "?":
            yield _NOT_SLASH
        elif char == "[" and (end := _bracket_end(folder, at)) is not None:
            yield _bracket(folder[at:end])
            at = end + 1
        else:
            if char == "\\" and at < len(folder):
                char = folder[at]
                at += 1
            yield ((ord(char), ord(char)),)


def _bracket_end(text: str, at: int) -> int | None:
    """Where the bracket that was opened before `at` is closed; a `]` right after its beginning is one of its own."""
    begin = at + 1 if text[at : at + 1] in ("!", "^") else at
    skip = begin + 1 if text[begin : begin + 1] == "]" else begin
    while skip < len(text):
        if text[skip] == "\\":
            skip += 1
        elif text[skip] == "]":
            return skip
        skip += 1
    return None


def _bracket(inner: str) -> Ranges:
    negated = inner[:1] in ("!", "^")
    rest = iter(inner[1:] if negated else inner)
    chars = [(next(rest, char), True) if char == "\\" else (char, False) for char in rest]  # and whether escaped
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(chars):
        low = high = ord(chars[at][0])
        if chars[at + 1 : at + 2] == [("-", False)] and at + 2 < len(chars):
            high = ord(chars[at + 2][0])
            at += 2
        found.append((low, high))
        at += 1
    kept = tuple(one for one in found if one[0] <= one[1])
    return _without(_NOT_SLASH, kept) if negated else _without(kept, _ONLY_SLASH)


def _without(ranges: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> Ranges:
    left = list(ranges)
    for low, high in taken:
        left = [
            piece
            for one in left
            for piece in ((one[0], min(one[1], low - 1)), (max(one[0], high + 1), one[1]))
            if piece[0] <= piece[1]
        ]
    return tuple(left)
