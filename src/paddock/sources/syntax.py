"""Rules on syntax trees, matched by ast-grep in a process of its own.

A rule can take time beyond all patience on a file that is made for it, and nothing interrupts it from within.
"""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING, Any

import msgspec

from paddock.errors import FactUnreadableError, install
from paddock.model import Span, SyntaxJob

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 30.0  # for all files of a change; a file of usual size takes milliseconds
_SAID = 300  # characters kept of what ast-grep says


class _Said(msgspec.Struct, omit_defaults=True):
    """A line of the process: it begins with a rule, has found something, or can't go on."""

    job: int
    rule: str
    found: tuple[Span, ...] | None = None
    error: str | None = None
    missing: bool = False


def spans(jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:
    """For each file, where each of its rules matches.

    Raises:
        FactUnreadableError: ast-grep is missing, takes too long, fails, or can't read a rule; it names rule and file.
    """
    if not jobs:
        return ()
    import tempfile

    from paddock.sources.programs import headless, run_logged

    with tempfile.TemporaryDirectory(prefix="paddock-") as folder, tempfile.TemporaryFile() as log:
        path = os.path.join(folder, "jobs")
        with open(path, "wb") as file:
            file.write(msgspec.msgpack.encode(jobs))
        argv = (sys.executable, "-I", "-m", "paddock.sources.syntax", path)
        code = run_logged(argv, headless(), folder, log.fileno(), seconds=SECONDS)
        log.seek(0)
        return _read(log, jobs, code)


def _read(log: IO[bytes], jobs: Sequence[SyntaxJob], code: int | None) -> tuple[dict[str, tuple[Span, ...]], ...]:
    found: list[dict[str, tuple[Span, ...]]] = [{} for _ in jobs]
    last: _Said | None = None
    for said in _lines(log):
        last = said
        where = f"the rule `{said.rule}` in {jobs[said.job].path}"
        if said.missing:
            message = f"{where}: it is on the syntax tree, and ast-grep is not installed"
            raise FactUnreadableError(message, hint=install("ast"))
        if said.error is not None:
            raise FactUnreadableError(f"{where}: {said.error}", hint="look at its `ast` and `language`")
        if said.found is not None:
            found[said.job][said.rule] = said.found
    if code != 0:
        where = f"the rule `{last.rule}` in {jobs[last.job].path}" if last is not None else "rules on syntax trees"
        why = f"not done within {SECONDS:g} seconds" if code is None else f"ast-grep ended with {code}"
        raise FactUnreadableError(f"{where}: {why}", hint="narrow its `paths`, or write it without `stopBy: end`")
    return tuple(found)


def _lines(log: IO[bytes]) -> Iterator[_Said]:
    for line in log:
        try:
            yield msgspec.json.decode(line, type=_Said)
        except msgspec.DecodeError:
            continue  # what the library itself has to say when it fails


def _main(path: str) -> None:
    """The process: one line before each rule, so that the last one is known when time is over, and one after it."""
    out = sys.stdout.buffer
    with open(path, "rb") as file:
        jobs = msgspec.msgpack.decode(file.read(), type=tuple[SyntaxJob, ...])
    for number, job in enumerate(jobs):
        for name in job.rules:
            out.write(msgspec.json.encode(_Said(number, name)) + b"\n")
            out.flush()
            out.write(msgspec.json.encode(_matched(number, name, job)) + b"\n")
    out.flush()


def _matched(number: int, name: str, job: SyntaxJob) -> _Said:
    try:
        from ast_grep_py import SgRoot
    except ImportError:
        return _Said(number, name, missing=True)
    try:
        config: Any = {"rule": job.rules[name]}
        nodes = SgRoot(job.text, job.language).root().find_all(config)
        ranges = [node.range() for node in nodes]
    except BaseException as error:  # noqa: BLE001 - a library in Rust: its panics are no Exception
        said = str(error).partition("Stack backtrace")[0]
        if "LanguageNotSupported" in said:
            said = f"ast-grep knows no language `{job.language}`"
        return _Said(number, name, error=" ".join(said.split())[:_SAID] or type(error).__name__)
    return _Said(
        number, name, found=tuple(Span(one.start.line + 1, one.start.column + 1, one.end.line + 1) for one in ranges)
    )


if __name__ == "__main__":
    _main(sys.argv[1])
