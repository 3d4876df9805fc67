"""Enough of the new code, and of all code, ran in the tests.

## What it does

Reads the reports that the tests left in the work tree: Cobertura's XML, LCOV, Go cover profiles and coverage.py's
JSON, found by the globs in `reports`, several merged into one. A line can run if any report says so, and did if it ran
in any. Two figures are held against thresholds:

- **patch coverage**: of the lines that the change adds to hand-written source and that can run, how many did. It is
  what `diff-cover` prints for the same reports, but that where only one of several reports says that a line can run,
  and it did not, diff-cover lets it pass. A line of which only some branches were taken counts as covered.
- **total coverage**: of all lines in the reports, `exclude` apart.

`per-path` adds thresholds for parts of the repository. Lines that did not run are told with their ranges. Changed
source that no report has at all, in a language that the reports know, is told too (`unreported`): it may be code that
no test ever loads.

Paths of reports become those of the repository by `paths` (`from: /app/`, `to: ""`), by the folder that the tests ran
in, by the report's own source folders, and for Go by `go.mod`. Nothing is guessed beyond that.

It can't judge, which is *errored*: where there is no report and the change adds source; where one is not well-formed;
where no path in the reports is of this repository; where a changed file in the work tree is not the one of the
change's last commit, or the report has more lines than the file, so that the reports tell of other code. A report
that is older than the last commit is a warning.

**What can be forged.** Reports are made by the change's own code: its tests, its configuration, its Makefile. A change
may leave lines out (`# pragma: no cover`, `exclude_lines`), test without asserting, or write the report itself. The
gate shows an honest author what is missing; it holds nobody who means to deceive. `paddock / code`, the check that it
belongs to, has no secrets for that reason.

## Why

Code that never ran in a test is code that nobody knows to work. A threshold on the whole repository alone lets new
code go untested for as long as the old code carries it.

## Example

In the workflow, before `paddock ci --only code`: `pytest --cov --cov-report=xml`.

    coverage:
      reports: [coverage.xml]
      total: 60
      patch: 80

    failed   coverage  patch coverage is 50 %, under 80 %: 2 of 4 lines; total 71.4 %
      error    patch coverage is 50 %, under 80 %: 2 of 4 lines
      warning  src/a.py:3: lines 3-4 did not run

## How to fix

Test the lines that are told. Where the reports are of other code: check out the change's last commit (in a workflow
`actions/checkout` with `ref: ${{ github.event.pull_request.head.sha }}`) and run the tests again.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from paddock import coverage
from paddock.classify.globs import glob_problem, matcher
from paddock.coverage import golang
from paddock.coverage.merged import Merged, Places, merged, module_name
from paddock.engine import Gate
from paddock.errors import FactUnreadableError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import FileClass, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.coverage import Parsed
    from paddock.model import ChangedFile, Reports, Source

SHOWN = 50  # ranges that get a finding each before the others are only counted
_NAMED = 3  # paths that a message names before it only counts them

Percent = Annotated[float, Meta(ge=0, le=100)]


class Prefix(Struct, frozen=True, forbid_unknown_fields=True):
    """How paths begin in reports, and how in the repository."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to", default="")


class PathThreshold(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Thresholds of a part of the repository."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    total: Percent | None = None
    patch: Percent | None = None


class CoverageConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Which reports count, and how much must be covered."""

    reports: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Globs of the reports in the folder that the tests ran in.")
    ] = (
        "coverage.xml",
        "cobertura.xml",
        "cobertura-coverage.xml",
        "lcov.info",
        "coverage.lcov",
        "coverage.out",
        "cover.out",
        "coverage.json",
    )
    patch: Annotated[
        Percent | None, Meta(description="The least percentage of added lines of source that ran; null asks for none.")
    ] = 80
    total: Annotated[
        Percent | None, Meta(description="The least percentage of all lines that ran; null asks for none.")
    ] = None
    per_path: Annotated[
        tuple[PathThreshold, ...],
        Meta(description="Thresholds for parts: `paths` (globs), and `patch`, `total` or both."),
    ] = ()
    paths: Annotated[
        tuple[Prefix, ...],
        Meta(description="Beginnings of paths in reports (`from`), and what stands there in the repository (`to`)."),
    ] = ()
    classes: Annotated[
        tuple[FileClass, ...], Meta(description="Classes of files whose added lines count for the patch.")
    ] = (FileClass.SOURCE,)
    exclude: Annotated[tuple[str, ...], Meta(description="Globs of files that count for nothing here.")] = ()
    unreported: Annotated[
        Literal["ignore", "warn", "fail"],
        Meta(description="What becomes of changed source that is in no report, of a kind that the reports know."),
    ] = "warn"

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Globs that can't be read, and parts without a threshold."""
        lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [
            (("reports",), self.reports),
            (("exclude",), self.exclude),
        ]
        lists += [(("per-path", index, "paths"), one.paths) for index, one in enumerate(self.per_path)]
        for path, globs in lists:
            for index, glob in enumerate(globs):
                if problem := glob_problem(glob):
                    yield (*path, index), problem
        for index, one in enumerate(self.per_path):
            if one.total is None and one.patch is None:
                yield ("per-path", index), "neither `patch` nor `total`"


class CoverageFacts(Struct, frozen=True):
    """What the reports say, and which lines the change adds; `merged` is None where no report was needed."""

    added: dict[str, tuple[int, ...]] = {}
    merged: Merged | None = None
    reports: tuple[str, ...] = ()
    older: tuple[str, ...] = ()


def read(source: Source, config: CoverageConfig) -> CoverageFacts:
    """The added lines, then the reports, then whether these tell of the same code."""
    excluded = matcher(config.exclude)

    def counts(file: ChangedFile) -> bool:
        return file.file_class in config.classes and not excluded(file.path)

    added = {file.path: tuple(line.number for line in lines) for file, lines in source.added_lines(counts)}
    of_all = config.total is not None or any(one.total is not None for one in config.per_path)
    if not added and not of_all:
        return CoverageFacts()
    left = source.reports(config.reports)
    if not left.files:
        raise FactUnreadableError(
            f"no report on coverage: none of {', '.join(config.reports)}",
            hint="run the tests with coverage first, such as: pytest --cov --cov-report=xml",
        )
    parsed = [coverage.read(file.content, file.path) for file in left.files]
    found = merged(parsed, _places(source, config, left, parsed, added))
    if not found.files and found.outside:
        raise FactUnreadableError(
            f"none of the reports' {len(found.outside):,} paths is of this repository, such as {found.outside[0]}",
            hint="say where they lie, in the policy: paths: [{from: PREFIX, to: FOLDER/}]",
        )
    _refuse_other_code(source, found, added)
    files = {path: lines for path, lines in found.files.items() if not excluded(path)}
    return CoverageFacts(
        added=added,
        merged=Merged(files, found.outside),
        reports=tuple(file.path for file in left.files),
        older=tuple(file.path for file in left.files if file.older),
    )


def _places(
    source: Source, config: CoverageConfig, left: Reports, parsed: Iterable[Parsed], added: Iterable[str]
) -> Places:
    folders: dict[str, None] = {}
    if any(report.kind == golang.KIND for report in parsed):
        folders[""] = None
        for path in added:
            while path := posixpath.dirname(path):
                folders[path] = None
    files = ((folder, source.blob(posixpath.join(folder, "go.mod"))) for folder in folders)
    modules = ((module_name(text), folder) for folder, text in files if text is not None)
    return Places(
        folders=left.folders,
        prefixes=tuple((one.before, one.after) for one in config.paths),
        modules=tuple((name, folder) for name, folder in modules if name is not None),
        known=frozenset(added),
    )


def _refuse_other_code(source: Source, found: Merged, added: Iterable[str]) -> None:
    """Raise where a changed file is not what the tests ran on: its lines would be others."""
    hint = "check out the change's last commit, run the tests again, and let nothing edit the files in between"
    lengths = source.lengths(tuple(path for path in added if found.files.get(path)))
    if differing := [path for path, length in lengths.items() if length is None]:
        more = f" and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
        names = f"{', '.join(differing[:_NAMED])}{more}"
        verb = "are" if len(differing) > 1 else "is"
        raise FactUnreadableError(f"{names} in the work tree {verb} not of the change's last commit", hint=hint)
    for path, length in lengths.items():
        last = max(found.files[path])
        if length is not None and last > length:
            raise FactUnreadableError(f"a report tells of line {last:,} of {path}, which has {length:,}", hint=hint)


class Figure(Struct, frozen=True):
    """So many of so many lines; `least` is the percentage asked for."""

    name: str
    covered: int
    lines: int
    least: float | None

    @property
    def holds(self) -> bool:
        """Whether it is as much as is asked for."""
        return self.least is None or not self.lines or self.covered * 100 >= self.least * self.lines

    @property
    def percent(self) -> float:
        """Rounded down, so that no figure looks better than it is."""
        return self.covered * 1000 // self.lines / 10 if self.lines else 100.0

    def __str__(self) -> str:
        under = "" if self.holds else f", under {self.least:g} %"
        return f"{self.name} is {self.percent:g} %{under}: {self.covered:,} of {self.lines:,} lines"


def check(facts: CoverageFacts, config: CoverageConfig) -> Judgement:
    """Hold both figures to their thresholds."""
    if facts.merged is None:
        return Judgement(reason="the change adds no lines of source")
    patch, total = _patch(facts), _total(facts)
    figures = list(_figures(patch, total, config))
    under = [one for one in figures if not one.holds]
    findings = [Finding(message=str(one), hint="test the lines told below") for one in under]
    findings += _unreported(facts, config)
    findings += _older(facts)
    patch_holds = all(one.holds for one in figures if one.name.startswith("patch"))
    findings += _missed(patch, Level.NOTE if patch_holds else Level.WARNING)
    shown = figures[0] if figures[0].lines else "no added line of source can run"
    whole = figures[1]
    numbers = {
        "patch": {"covered": figures[0].covered, "lines": figures[0].lines, "percent": figures[0].percent},
        "total": {"covered": whole.covered, "lines": whole.lines, "percent": whole.percent},
        "reports": list(facts.reports),
        "outside": len(facts.merged.outside),
        "files": {path: {"lines": len(lines), "missed": _not_run(lines)} for path, lines in patch.items()},
    }
    reason = f"{shown}; total {whole.percent:g} %" + ("" if whole.holds else f", under {whole.least:g} %")
    return Judgement(reason=reason, findings=tuple(findings), facts=numbers)


def _patch(facts: CoverageFacts) -> dict[str, dict[int, bool]]:
    """For each changed file the added lines that can run, each with whether it did."""
    files = facts.merged.files if facts.merged is not None else {}
    found = {
        path: {number: files[path][number] for number in numbers if number in files[path]}
        for path, numbers in facts.added.items()
        if path in files
    }
    return {path: lines for path, lines in found.items() if lines}


def _total(facts: CoverageFacts) -> dict[str, dict[int, bool]]:
    return facts.merged.files if facts.merged is not None else {}


def _figures(
    patch: dict[str, dict[int, bool]], total: dict[str, dict[int, bool]], config: CoverageConfig
) -> Iterator[Figure]:
    """Patch and total of everything, then of the parts that have thresholds."""
    yield _figure("patch coverage", patch, config.patch)
    yield _figure("total coverage", total, config.total)
    for one in config.per_path:
        within = matcher(one.paths)
        of = f"of {', '.join(one.paths)}"
        for kind, files, least in (("patch", patch, one.patch), ("total", total, one.total)):
            if least is not None:
                some = {path: lines for path, lines in files.items() if within(path)}
                yield _figure(f"{kind} coverage {of}", some, least)


def _figure(name: str, files: dict[str, dict[int, bool]], least: float | None) -> Figure:
    covered = sum(sum(lines.values()) for lines in files.values())
    return Figure(name, covered, sum(map(len, files.values())), least)


def _not_run(lines: dict[int, bool]) -> list[int]:
    return sorted(number for number, ran in lines.items() if not ran)


def _missed(patch: dict[str, dict[int, bool]], level: Level) -> Iterator[Finding]:
    """The lines that did not run, in ranges; lines that can't run do not part one."""
    ranges = [(path, *one) for path, lines in patch.items() for one in _ranges(lines)]
    for path, first, last in ranges[:SHOWN]:
        text = f"line {first} did not run" if first == last else f"lines {first}-{last} did not run"
        yield Finding(message=text, path=path, line=first, severity=level)
    if len(ranges) > SHOWN:
        yield Finding(message=f"{len(ranges) - SHOWN} more ranges did not run", severity=level)


def _ranges(lines: dict[int, bool]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for number in sorted(lines):
        if not lines[number]:
            first, last = first or number, number
        elif first:
            yield first, last
            first = 0
    if first:
        yield first, last


def _unreported(facts: CoverageFacts, config: CoverageConfig) -> Iterator[Finding]:
    if config.unreported == "ignore" or facts.merged is None:
        return
    kinds = {posixpath.splitext(path)[1] for path in facts.merged.files}
    level = Level.ERROR if config.unreported == "fail" else Level.WARNING
    for path in facts.added:
        if path not in facts.merged.files and posixpath.splitext(path)[1] in kinds - {""}:
            yield Finding(
                message="no report tells of this file",
                path=path,
                severity=level,
                hint="let the tests load it, or measure by folder (coverage run --source=.); else `exclude` it",
            )


def _older(facts: CoverageFacts) -> Iterator[Finding]:
    for path in facts.older:
        yield Finding(
            message=f"{path} was written before the change's last commit was made",
            severity=Level.WARNING,
            hint="run the tests again",
        )


GATE = Gate(
    id="coverage",
    config=CoverageConfig,
    stages={Stage.CI: Severity.ERROR},
    read=read,
    check=check,
    runs_code=True,  # it reads what the change's code wrote
)
