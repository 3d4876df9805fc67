"""The JSON of coverage.py (`coverage json`)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from paddock.coverage.parsed import Measured, Parsed, path, unreadable

KIND = "coverage.py"
_Number = Annotated[int, Meta(ge=1, le=999_999_999)]


class _File(Struct):
    executed_lines: tuple[_Number, ...]
    missing_lines: tuple[_Number, ...]


class _Meta(Struct):
    version: str


class _Report(Struct):
    meta: _Meta
    files: dict[str, _File]


def read(content: bytes, where: str) -> Parsed:
    """A report.

    Raises:
        FactUnreadableError: it is not JSON, or not coverage.py's.
    """
    try:
        report = msgspec.json.decode(content, type=_Report)
    except msgspec.ValidationError as error:
        raise unreadable(where, f"JSON, but not coverage.py's: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(where, f"not JSON: {error}") from error
    return Parsed(KIND, tuple(Measured(path(name, where), _lines(file)) for name, file in report.files.items()))


def _lines(file: _File) -> dict[int, bool]:
    return dict.fromkeys(file.missing_lines, False) | dict.fromkeys(file.executed_lines, True)
