"""The policy's own classes: gitignore-style globs for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import FileClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathspec import GitIgnoreSpec


class Globs(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The `classes` section: for each class, the paths that are of it whatever else is found.

    Globs are written as in `.gitignore`; within one class the last that matches decides, and `!` takes back.
    """

    generated: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


# Where several classes match: what a policy counts is never left out by another of its globs; then the precedence of
# detection.
ORDER = (
    FileClass.SOURCE,
    FileClass.LOCK,
    FileClass.VENDORED,
    FileClass.GENERATED,
    FileClass.TEST,
    FileClass.DOCS,
)


class Rules:
    """The globs, compiled. pathspec is imported only where there are any.

    Raises:
        ValueError: a glob is wrong; `problems` says which.
    """

    __slots__ = ("_specs",)

    def __init__(self, globs: Globs) -> None:
        self._specs = tuple((each, lines, _compiled(lines)) for each in ORDER if (lines := _of(globs, each)))

    def match(self, path: str) -> tuple[FileClass, str] | None:
        """The class that the policy gives to a path, and the glob that decided."""
        if not self._specs:
            return None
        # The globs' regular expressions stop at a line end; no path holds a NUL, so it can stand for one.
        plain = path.replace("\n", "\0")
        for file_class, lines, spec in self._specs:
            result = spec.check_file(plain)
            if result.include and result.index is not None:
                return file_class, lines[result.index]
        return None


class Paths:
    """Globs of paths that are meant, all of them where there are none, but for those of others."""

    __slots__ = ("_exclude", "_paths")

    def __init__(self, paths: tuple[str, ...], exclude: tuple[str, ...] = ()) -> None:
        self._paths = _compiled(paths) if paths else None
        self._exclude = _compiled(exclude) if exclude else None

    def match(self, path: str) -> bool:
        """Whether a path is meant."""
        plain = path.replace("\n", "\0")
        if self._paths is not None and not self._paths.check_file(plain).include:
            return False
        return self._exclude is None or not self._exclude.check_file(plain).include


def matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a path is one of those that a list of globs names.

    Raises:
        ValueError: a glob is wrong; `glob_problem` says how.
    """
    spec = _compiled(globs)
    return lambda path: bool(spec.match_file(path.replace("\n", "\0")))


def problems(globs: Globs) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Globs that can't be read, or that can match nothing: where each stands in the section, and why."""
    for file_class in FileClass:
        for index, glob in enumerate(_of(globs, file_class)):
            if index == 0 and glob.startswith("!"):
                yield (file_class.value, index), f"the glob {glob!r} takes nothing back: no glob stands before it"
            elif message := glob_problem(glob):
                yield (file_class.value, index), message


def glob_problem(glob: str) -> str | None:
    """What is wrong with one glob; None where it can be read and may match something."""
    bare = glob.removeprefix("!")
    if not bare.strip():
        return "the glob is empty"
    if bare.startswith("#"):
        return f"the glob {glob!r} is a comment: write '\\#' for a name that begins with '#'"
    if bare.startswith(("./", "../")):
        return f"the glob {glob!r} matches nothing: globs start at the repository's top, without './' or '../'"
    if "[[" in bare:
        return f"the glob {glob!r} has '[[': write POSIX classes as ranges ('[a-z]'), and a bracket as '\\['"
    try:
        patterns = _compiled((glob,)).patterns
    except ValueError:
        return f"the glob {glob!r} is not a .gitignore pattern"
    return None if any(each.include is not None for each in patterns) else f"the glob {glob!r} matches nothing"


def _of(globs: Globs, file_class: FileClass) -> tuple[str, ...]:
    lines: tuple[str, ...] = getattr(globs, file_class.value)
    return lines


def _compiled(lines: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        # Not the engine that it takes where RE2 is installed: that one can't match a path that is not UTF-8.
        return GitIgnoreSpec.from_lines(lines, backend="simple")
    except re.error as error:
        raise ValueError(str(error)) from error
