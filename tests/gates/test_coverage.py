"""Enough of the new code, and of all code, ran in the tests; held line by line to what diff-cover says."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fake_source import FakeSource
from paddock.engine import run
from paddock.errors import FactMissingError
from paddock.findings import Level, Outcome, Verdict
from paddock.gates.coverage import GATE, SHOWN, CoverageConfig
from paddock.model import AddedLine, ChangedFile, FileClass, FileStatus, ReportFile, Reports, Stage
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource
from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Work

Lines = dict[str, dict[int, int]]  # how often each line of a file ran


def config(**options: object) -> CoverageConfig:
    return msgspec.convert({key.replace("_", "-"): value for key, value in options.items()}, CoverageConfig)


def lcov(files: Lines) -> bytes:
    records = (
        f"SF:{path}\n" + "".join(f"DA:{at},{hits}\n" for at, hits in lines.items()) + "end_of_record\n"
        for path, lines in files.items()
    )
    return ("TN:\n" + "".join(records)).encode()


def source(
    added: dict[str, list[int]],
    *reports: Lines | bytes,
    older: bool = False,
    length: int = 100,
    **facts: object,
) -> FakeSource:
    files = [ChangedFile(path, FileStatus.MODIFIED, len(at), 0, FileClass.SOURCE, "") for path, at in added.items()]
    left = tuple(
        ReportFile(f"r{at}.info", one if isinstance(one, bytes) else lcov(one), older=older)
        for at, one in enumerate(reports)
    )
    known = {
        "files": files,
        "added_lines": {path: tuple(AddedLine(number, "x") for number in at) for path, at in added.items()},
        "blobs": {},
        "lengths": dict.fromkeys(added, length),
        "reports": Reports(left, ("/app",)),
        "branch": "topic",
    }
    return FakeSource(**known | facts)


def judged(given: FakeSource, **options: object) -> Verdict:
    (verdict,) = run([GATE], {"coverage": config(**options)}, given, Stage.CI).verdicts
    return verdict


def told(verdict: Verdict) -> list[str]:
    return [f"{one.path}:{one.line}: {one.message}" if one.line else one.message for one in verdict.findings]


def test_enough_ran() -> None:
    verdict = judged(source({"a.py": [1, 2, 3, 9]}, {"a.py": {1: 1, 2: 5, 3: 1, 4: 0}}), total=60)
    assert (verdict.outcome, verdict.reason) == (Outcome.PASSED, "patch coverage is 100 %: 3 of 3 lines; total 75 %")
    assert verdict.facts["patch"] == {"covered": 3, "lines": 3, "percent": 100.0}
    assert verdict.facts["total"] == {"covered": 3, "lines": 4, "percent": 75.0}


def test_too_little_of_the_patch_ran() -> None:
    verdict = judged(source({"a.py": [1, 2, 3, 5]}, {"a.py": {1: 1, 2: 0, 3: 0, 5: 0, 6: 1}}))
    assert verdict.outcome is Outcome.FAILED
    assert told(verdict) == [
        "patch coverage is 25 %, under 80 %: 1 of 4 lines",
        "a.py:2: lines 2-5 did not run",
    ]
    assert [one.severity for one in verdict.findings] == [Level.ERROR, Level.WARNING]


def test_too_little_of_all_ran_and_the_patch_is_fine() -> None:
    verdict = judged(source({"a.py": [1]}, {"a.py": {1: 1}, "b.py": {1: 0, 2: 0}}), total=60)
    assert (verdict.outcome, told(verdict)) == (Outcome.FAILED, ["total coverage is 33.3 %, under 60 %: 1 of 3 lines"])


def test_a_figure_is_never_shown_better_than_it_is() -> None:
    verdict = judged(source({"a.py": list(range(1, 4))}, {"a.py": {1: 1, 2: 1, 3: 0}}), patch=66.7)
    assert (verdict.outcome, verdict.facts["patch"]["percent"]) == (Outcome.FAILED, 66.6)
    assert judged(source({"a.py": list(range(1, 4))}, {"a.py": {1: 1, 2: 1, 3: 0}}), patch=66).outcome is Outcome.PASSED


def test_several_reports_are_one() -> None:
    both = source({"a.py": [1, 2, 3]}, {"a.py": {1: 1, 2: 0}}, {"a.py": {2: 1, 3: 0}})
    assert judged(both, patch=60).facts["files"] == {"a.py": {"lines": 3, "missed": [3]}}


def test_parts_have_thresholds_of_their_own() -> None:
    given = source({"api/a.py": [1, 2], "lib/b.py": [1]}, {"api/a.py": {1: 1, 2: 0}, "lib/b.py": {1: 1}})
    verdict = judged(given, patch=50, per_path=[{"paths": ["api/"], "patch": 90}, {"paths": ["lib/"], "total": 100}])
    assert told(verdict)[0] == "patch coverage of api/ is 50 %, under 90 %: 1 of 2 lines"
    assert (verdict.outcome, sum("under" in one for one in told(verdict))) == (Outcome.FAILED, 1)


def test_without_added_source_and_without_a_total_no_report_is_needed() -> None:
    nothing = source({}, reports=FactMissingError("never asked for"))
    assert (judged(nothing).outcome, judged(nothing).reason) == (Outcome.PASSED, "the change adds no lines of source")
    assert judged(source({}), total=1).outcome is Outcome.ERRORED


def test_lines_that_can_not_run_count_for_nothing() -> None:
    verdict = judged(source({"a.py": [7, 8]}, {"a.py": {1: 1}}))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.PASSED,
        "no added line of source can run; total 100 %",
    )


def test_what_is_excluded_counts_for_nothing() -> None:
    given = source({"gen/a.py": [1], "b.py": [1]}, {"gen/a.py": {1: 0}, "b.py": {1: 1}})
    verdict = judged(given, exclude=["gen/"], total=100)
    assert (verdict.outcome, told(verdict)) == (Outcome.PASSED, [])


def test_source_that_no_report_has() -> None:
    given = source({"a.py": [1], "b.py": [1], "c.go": [1]}, {"a.py": {1: 1}})
    assert told(judged(given)) == ["no report tells of this file"]
    assert judged(given).findings[0].path == "b.py"
    assert judged(given, unreported="fail").outcome is Outcome.FAILED
    assert told(judged(given, unreported="ignore")) == []


def test_many_ranges_are_told_in_short() -> None:
    lines = dict.fromkeys(range(1, 200, 2), 0) | dict.fromkeys(range(2, 200, 2), 1)
    verdict = judged(source({"a.py": sorted(lines)}, {"a.py": lines}, length=200))
    assert (len(verdict.findings), verdict.findings[-1].message) == (SHOWN + 2, "50 more ranges did not run")


ERRORED: dict[str, tuple[FakeSource, str]] = {
    "no report": (source({"a.py": [1]}), "no report on coverage: none of coverage.xml"),
    "a broken one": (source({"a.py": [1]}, b"mode: set\nx\n"), "r0.info:2: 'x' is no line of a cover profile"),
    "of another repository": (
        source({"a.py": [1]}, {"/elsewhere/a.py": {1: 1}}),
        "none of the reports' 1 paths is of this repository, such as /elsewhere/a.py",
    ),
    "a path that climbs out": (source({"a.py": [1]}, {"../a.py": {1: 1}}), "none of the reports' 1 paths"),
    "of other code": (
        source({"a.py": [1]}, {"a.py": {101: 1}}),
        "a report tells of line 101 of a.py, which has 100",
    ),
    "a file that was edited since": (
        source({"a.py": [1], "b.py": [1]}, {"a.py": {1: 1}, "b.py": {1: 1}}, lengths={"a.py": 100, "b.py": None}),
        "b.py in the work tree is not of the change's last commit",
    ),
}


@pytest.mark.parametrize(("given", "why"), ERRORED.values(), ids=ERRORED)
def test_what_can_not_be_judged(given: FakeSource, why: str) -> None:
    verdict = judged(given)
    assert (verdict.outcome, verdict.reason.startswith(why)) == (Outcome.ERRORED, True), verdict.reason
    assert [one.hint is not None for one in verdict.findings] == [True]


def test_a_report_that_is_older_than_the_commit_is_told() -> None:
    verdict = judged(source({"a.py": [1]}, {"a.py": {1: 1}}, older=True))
    assert (verdict.outcome, told(verdict)) == (
        Outcome.PASSED,
        ["r0.info was written before the change's last commit was made"],
    )


PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "from the top": ("src/a.py", {}),
    "below the folder that it ran in": ("/app/src/a.py", {}),
    "with dots": ("./x/../src/a.py", {}),
    "by the policy": ("/build/a.py", {"paths": [{"from": "/build/", "to": "src/"}]}),
}


@pytest.mark.parametrize(("path", "options"), PLACES.values(), ids=PLACES)
def test_where_paths_lie(path: str, options: dict[str, Any]) -> None:
    verdict = judged(source({"src/a.py": [1]}, {path: {1: 1}}), **options)
    assert verdict.facts["patch"]["lines"] == 1


def test_paths_of_go_are_found_by_its_modules() -> None:
    profile = b"mode: set\nexample.org/m/v2/pkg/a.go:1.1,2.2 1 1\n"
    given = source({"sub/pkg/a.go": [1, 2]}, profile, blobs={"sub/go.mod": b"module example.org/m/v2 // x\n",
                                                           "sub/pkg/a.go": b"x\nx\n"})  # fmt: skip
    assert judged(given).facts["patch"] == {"covered": 2, "lines": 2, "percent": 100.0}


def test_what_a_policy_may_not_say() -> None:
    for options in ({"per_path": [{"paths": ["a"]}]}, {"reports": ["[z-a]"]}, {"exclude": ["!"]}):
        assert list(config(**options).problems()), options


# The judge: diff-cover on the same reports.


def cobertura(files: Lines, roots: tuple[str, ...]) -> bytes:
    classes = "".join(
        f'<class filename="{path}" name="x" line-rate="0.5"><methods/><lines>'
        + "".join(f'<line number="{at}" hits="{hits}"/>' for at, hits in sorted(lines.items()))
        + "</lines></class>"
        for path, lines in files.items()
    )
    sources = "".join(f"<source>{one}</source>" for one in roots)
    packages = f"<packages><package><classes>{classes}</classes></package></packages>"
    return f"<coverage><sources>{sources}</sources>{packages}</coverage>".encode()


def scene(work: Work, chance: random.Random) -> list[str]:
    """A change of some files with reports of several kinds on it; the reports' names."""
    folders = ("", "src/", "src/deep/er/", "lib/")
    names = [f"{chance.choice(folders)}f{at}.py" for at in range(chance.randint(2, 6))]
    before: dict[str, str | bytes] = {
        name: "".join(f"old {name} {at}\n" for at in range(chance.randint(1, 30))) for name in names
    }
    work.commit("before", before)
    work.branch("topic")
    texts = {name: str(text).splitlines(keepends=True) for name, text in before.items()}
    for name in list(texts):
        lines = texts[name]
        for _ in range(chance.randint(0, 6)):
            lines.insert(chance.randint(0, len(lines)), f"new {chance.random()}\n")
        del lines[: chance.randint(0, 1) * min(2, len(lines) - 1)]
        if chance.random() < 0.3:
            moved = f"{chance.choice(folders)}moved-{name.rpartition('/')[2]}"
            texts[moved] = texts.pop(name)
            work.git("mv", "-k", name, moved) if (work.path / moved).parent.is_dir() else work.git("rm", "-q", name)
    texts["src/fresh.py"] = [f"fresh {at}\n" for at in range(chance.randint(1, 20))]
    work.commit("after", {name: "".join(lines) for name, lines in texts.items()})
    # Which lines can run is the code's affair, so that all reports agree on it; diff-cover takes one kind at a time.
    can_run = {name: [at for at in range(1, len(it) + 1) if chance.random() < 0.7] for name, it in texts.items()}
    kind = chance.choice(("xml", "info"))
    reports = []
    for number in range(chance.randint(1, 3)):
        some = [name for name in texts if chance.random() < 0.8] or list(texts)
        hits = {name: {at: chance.choice((0, 0, 1, 7)) for at in can_run[name]} for name in some}
        reports.append(f"r{number}.{kind}")
        inside = {name.removeprefix("src/"): lines for name, lines in hits.items() if name.startswith("src/")}
        if kind == "info":
            content = lcov(hits)
        elif inside and chance.random() < 0.5:
            content = cobertura(inside, (f"{work.path}/src",))
        else:
            content = cobertura(hits, (str(work.path),))
        (work.path / reports[-1]).write_bytes(content)
    return reports


def diff_cover(work: Work, reports: list[str]) -> dict[str, Any]:
    out = work.path / ".git/diff-cover.json"
    words = [sys.executable, "-m", "diff_cover.diff_cover_tool", *reports, "--compare-branch", "main", "--quiet"]
    subprocess.run([*words, "--format", f"json:{out}"], cwd=work.path, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(out.read_bytes())
    return found


@pytest.mark.parametrize("seed", range(12))
def test_patch_coverage_is_what_diff_cover_says(seed: int, work: Work) -> None:
    reports = scene(work, random.Random(seed))  # noqa: S311 - the same scenes at every run
    theirs = diff_cover(work, reports)
    made = RangeSource(open_repository(str(work.path)), work.git("rev-parse", "HEAD"), base="main")
    every = [str(one) for one in FileClass]
    verdict = judged(made, reports=[*reports], classes=every, unreported="ignore")  # type: ignore[arg-type]
    ours = verdict.facts["files"]
    stats = theirs["src_stats"]
    wanted = {
        path: {
            "lines": len(one["covered_lines"]) + len(one["violation_lines"]),
            "missed": sorted(one["violation_lines"]),
        }
        for path, one in stats.items()
        if one["covered_lines"] or one["violation_lines"]
    }
    assert ours == wanted
    missed = theirs["total_num_violations"]
    assert verdict.facts["patch"]["lines"] == theirs["total_num_lines"]
    assert verdict.facts["patch"]["lines"] - verdict.facts["patch"]["covered"] == missed


@pytest.fixture
def measured(work: Work) -> Callable[..., Path]:
    """A repository whose tests were run under coverage.py, and the folder."""

    def made(policy: str) -> Path:
        work.commit("policy", {".paddock.yaml": policy, "src/a.py": "def old():\n    return 1\n"})
        work.branch("topic")
        code = "def old():\n    return 1\n\n\ndef new(x):\n    if x:\n        return 2\n    return 3\n"
        work.commit(
            "change", {"src/a.py": code, "test_a.py": "from src.a import new\n\n\ndef test():\n    assert new(1)\n"}
        )
        return work.path

    return made


def test_end_to_end_with_pytests_own_coverage(measured: Callable[..., Path]) -> None:
    top = measured("version: 1\ngates: {coverage: {patch: 80}}\n")
    asked = ("check", "--gate", "coverage", "--stage", "ci")
    ran = paddock(*asked, cwd=top)
    assert (ran.code, "no report on coverage" in ran.out) == (3, True), ran
    env = {**os.environ, "COVERAGE_FILE": str(top / ".git/.coverage")}
    script = "import coverage; c = coverage.Coverage(include=['src/*'], data_file=None); c.start()\n"
    script += "import test_a; test_a.test(); c.stop(); c.xml_report(outfile='coverage.xml')"
    subprocess.run([sys.executable, "-c", script], cwd=top, env=env, check=True, capture_output=True)
    ran = paddock(*asked, cwd=top)
    assert ran.code == 1, ran
    assert "patch coverage is 75 %, under 80 %: 3 of 4 lines" in ran.out
    assert "src/a.py:8: line 8 did not run" in ran.out
