"""Files that running a change left behind: found by glob in a folder that may be anybody's.

Links are not followed, pipes are not waited for, and sizes are bounded: what lies there is the change's own work.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from paddock.classify.globs import matcher
from paddock.errors import FactUnreadableError
from paddock.model import ReportFile, Reports

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_LIMIT = 128 << 20  # bytes of one report
TOTAL_LIMIT = 512 << 20  # bytes of all
COUNT_LIMIT = 1_000  # reports


def found(folder: str, globs: tuple[str, ...], made: int) -> Reports:
    """The files below a folder that the globs name, in the order of their paths.

    Args:
        folder: where to look.
        globs: names as in `.gitignore`.
        made: when the commit was made that they should tell of, in seconds since 1970.

    Raises:
        FactUnreadableError: one can't be read, or there are too many or too large ones.
    """
    wanted = matcher(globs)
    reports: list[ReportFile] = []
    left = TOTAL_LIMIT
    for path in sorted(path for path in _files(folder) if wanted(path)):
        content, written = _read(os.path.join(folder, path), path, min(left, FILE_LIMIT))
        left -= len(content)
        reports.append(ReportFile(path, content, older=written < made))
        if len(reports) > COUNT_LIMIT:
            raise FactUnreadableError(f"over {COUNT_LIMIT:,} reports", hint="name fewer by the policy's `reports`")
    return Reports(tuple(reports), tuple(dict.fromkeys((os.path.abspath(folder), os.path.realpath(folder)))))


def differs(folder: str, path: str, content: bytes) -> bool:
    """Whether a file below the folder is another than this content, line ends apart."""
    real = os.path.realpath(folder)
    full = os.path.join(folder, path)
    if os.path.commonpath((os.path.realpath(os.path.dirname(full)), real)) != real:
        return True
    try:
        there, _ = _read(full, path, FILE_LIMIT)
    except FactUnreadableError:
        return True
    return there.replace(b"\r\n", b"\n") != content.replace(b"\r\n", b"\n")


def _files(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        below = os.path.relpath(here, folder)
        yield from (name if below == "." else f"{below}/{name}" for name in names)


def _read(full: str, path: str, limit: int) -> tuple[bytes, float]:
    """A file's content, and when it was written."""
    try:
        number = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(number, "rb") as file:
            state = os.fstat(number)
            if not stat.S_ISREG(state.st_mode):
                raise FactUnreadableError(f"{path}: not a file")
            content = file.read(limit + 1)
    except OSError as error:
        raise FactUnreadableError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    if len(content) > limit:
        raise FactUnreadableError(f"{path}: over {limit >> 20} MiB", hint="name smaller ones by the policy's `reports`")
    return content, state.st_mtime
