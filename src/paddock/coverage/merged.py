"""Several reports as one, by the paths of the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.coverage import golang

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.coverage.parsed import Parsed

_MODULE = re.compile(r"^[ \t]*module[ \t]+[\"`]?([^\s\"`/()][^\s\"`()]*)", re.MULTILINE)
_MODULE_BLOCK = re.compile(r"^[ \t]*module[ \t]*\([ \t\r\n]*[\"`]?([^\s\"`()]+)", re.MULTILINE)


class Places(Struct, frozen=True):
    """How the paths of reports become those of the repository.

    Attributes:
        folders: the names of the folder that the change was run in.
        prefixes: beginnings of paths, and what stands there instead.
        modules: paths of Go modules, and their folders.
        known: paths that are preferred where a report's could be several.
    """

    folders: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    known: Collection[str] = frozenset()


class Merged(Struct, frozen=True):
    """For each path of the repository its lines, each with whether it ran in any report.

    `outside` are the paths of reports that are none of the repository's.
    """

    files: dict[str, dict[int, bool]]
    outside: tuple[str, ...] = ()


def merged(reports: Iterable[Parsed], places: Places) -> Merged:
    """What can run in any report can run, and what ran in any did."""
    files: dict[str, dict[int, bool]] = {}
    outside: dict[str, None] = {}
    for report in reports:
        for file in report.files:
            where = located(file.path, report, places)
            if where is None:
                outside[file.path] = None
                continue
            lines = files.setdefault(where, {})
            for number, ran in file.lines.items():
                lines[number] = ran or lines.get(number, False)
    return Merged(files, tuple(outside))


def located(path: str, report: Parsed, places: Places) -> str | None:
    """A report's path as one of the repository; None where it is none."""
    below = [found for root in report.roots for found in _below(posixpath.join(root, path), places)]
    below = below or list(_below(path, places))
    if not below and report.kind == golang.KIND:
        below = list(_in_modules(path, places))
    if not below:
        loose = [posixpath.join(root, path) for root in report.roots if not root.startswith("/")]
        below = [inside for one in (*loose, path) for inside in _inside(one)]
    return next((one for one in below if one in places.known), below[0] if below else None)


def module_name(text: bytes) -> str | None:
    """The module's path of a go.mod; None where it names none."""
    plain = text.decode("utf-8", "replace")
    match = _MODULE.search(plain) or _MODULE_BLOCK.search(plain)
    return match[1] if match else None


def _below(path: str, places: Places) -> Iterator[str]:
    """A path by the policy's prefixes, else as one below the folder that the change was run in."""
    for before, after in places.prefixes:
        if path.startswith(before):
            yield from _inside(after + path[len(before) :])
            return
    for folder in places.folders:
        if path.startswith(f"{folder.rstrip('/')}/"):
            yield from _inside(path[len(folder.rstrip("/")) :].lstrip("/"))
            return


def _in_modules(path: str, places: Places) -> Iterator[str]:
    for module, folder in sorted(places.modules, key=lambda one: -len(one[0])):
        if path.startswith(f"{module}/"):
            yield from _inside(posixpath.join(folder, path[len(module) + 1 :]))
            return


def _inside(path: str) -> Iterator[str]:
    plain = posixpath.normpath(path)
    if not plain.startswith(("/", "../")) and plain not in (".", ".."):
        yield plain
