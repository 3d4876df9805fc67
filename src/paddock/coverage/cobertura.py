"""Cobertura's XML, as coverage.py, gcovr, cargo-llvm-cov, Jest, JaCoCo's converters and others write it.

expat reads it as a stream, so no tree of it is ever held. Entities are refused as soon as one is declared, which is
what a bomb needs, and nothing outside the document is fetched.

Source: coverage-04.dtd of the Cobertura project.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from paddock.coverage.parsed import Measured, Parsed, has_run, line_number, path, unreadable

KIND = "Cobertura"
_LINES = ["class", "lines"]  # those of `methods` are the same again
_LONGEST_ROOT = 4096  # characters


def read(content: bytes, where: str) -> Parsed:
    """A report.

    Raises:
        FactUnreadableError: it is no XML, declares entities, or is another tool's.
    """
    reading = _Reading(where)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.EntityDeclHandler = reading.entity
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise unreadable(where, f"not XML: {expat.ErrorString(error.code)}, line {error.lineno}") from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not have, or that is none of text
        raise unreadable(where, f"not XML in an encoding that is known: {error}") from error
    return Parsed(KIND, tuple(Measured(name, lines) for name, lines in reading.files.items()), tuple(reading.roots))


class _Reading:
    """What expat tells, kept as far as it matters."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.files: dict[str, dict[int, bool]] = {}
        self.roots: list[str] = []
        self._open: list[str] = []
        self._lines: dict[int, bool] = {}
        self._root = ""

    def start(self, name: str, values: dict[str, str]) -> None:
        if not self._open and (name != "coverage" or "clover" in values):
            raise unreadable(self.where, f"not Cobertura's XML: it begins with <{name[:40]}>")
        if name == "project" and len(self._open) == 1:
            raise unreadable(self.where, "Clover's XML, not Cobertura's")
        if name == "class" and (file := values.get("filename")):
            self._lines = self.files.setdefault(path(file, self.where), {})
        elif name == "class":
            self._lines = {}
        elif name == "line" and self._open[-2:] == _LINES:
            number = line_number(values.get("number", ""), self.where)
            # Where several classes share a line, each of them has to run.
            self._lines[number] = has_run(values.get("hits", "0"), self.where) and self._lines.get(number, True)
        self._open.append(name)

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "source" and self._open[-1:] == ["sources"]:
            if root := self._root.strip():
                self.roots.append(root.replace("\\", "/") if "/" not in root else root)
            self._root = ""

    def text(self, text: str) -> None:
        if self._open[-2:] == ["sources", "source"] and len(self._root) <= _LONGEST_ROOT:
            self._root += text

    def entity(self, name: str, *_rest: object) -> NoReturn:
        raise unreadable(self.where, f"it declares the entity {name[:40]!r}, which no report needs")
