"""Files that running a change left behind, in a folder that may be a stranger's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from paddock.errors import FactMissingError, FactUnreadableError
from paddock.model import ReportFile
from paddock.sources import reports
from paddock.sources.change import GitChange
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

GLOBS = ("coverage.xml", "out/**/*.info")


def put(folder: Path, path: str, text: bytes = b"x") -> Path:
    full = folder / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(text)
    return full


def test_files_are_found_by_glob_at_any_depth_and_in_order(tmp_path: Path) -> None:
    for path in ("out/b/z.info", "web/coverage.xml", "coverage.xml", "out/a.info", "a.info", ".git/coverage.xml"):
        put(tmp_path, path, path.encode())
    found = reports.found(str(tmp_path), GLOBS, made=0)
    assert found.folders == (str(tmp_path),)
    assert found.files == tuple(
        ReportFile(path, path.encode()) for path in ("coverage.xml", "out/a.info", "out/b/z.info", "web/coverage.xml")
    )


def test_what_was_written_before_the_commit_is_older(tmp_path: Path) -> None:
    os.utime(put(tmp_path, "coverage.xml"), (1000, 1000))
    assert [one.older for one in reports.found(str(tmp_path), GLOBS, made=1001).files] == [True]
    assert [one.older for one in reports.found(str(tmp_path), GLOBS, made=1000).files] == [False]


def test_odd_names_are_found(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/out/\xff\nnew"
    os.makedirs(folder)
    with open(folder + b"/-a.info", "wb") as file:
        file.write(b"x")
    assert [one.path for one in reports.found(str(tmp_path), GLOBS, made=0).files] == ["out/\udcff\nnew/-a.info"]


def refused(tmp_path: Path) -> str:
    with pytest.raises(FactUnreadableError) as caught:
        reports.found(str(tmp_path), GLOBS, made=0)
    return str(caught.value)


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    outside = put(tmp_path, "secret")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "coverage.xml").symlink_to(outside)
    assert refused(tmp_path / "here").startswith("coverage.xml: too many levels of symbolic links")
    (tmp_path / "here" / "coverage.xml").unlink()
    os.mkfifo(tmp_path / "here" / "coverage.xml")
    assert refused(tmp_path / "here") == "coverage.xml: not a file"


def test_folders_behind_links_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "loop").symlink_to(tmp_path / "here")
    put(tmp_path, "there/coverage.xml")
    (tmp_path / "here" / "there").symlink_to(tmp_path / "there")
    assert reports.found(str(tmp_path / "here"), GLOBS, made=0).files == ()


def test_sizes_and_counts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "coverage.xml", b"x" * 100)
    put(tmp_path, "out/a.info", b"x" * 100)
    monkeypatch.setattr(reports, "TOTAL_LIMIT", 199)
    assert refused(tmp_path).startswith("out/a.info: over")
    monkeypatch.setattr(reports, "TOTAL_LIMIT", 200)
    monkeypatch.setattr(reports, "COUNT_LIMIT", 1)
    assert refused(tmp_path) == "over 1 reports"
    monkeypatch.setattr(reports, "FILE_LIMIT", 99)
    assert refused(tmp_path).startswith("coverage.xml: over")


def test_a_range_tells_which_files_are_not_the_head_s(work: Work) -> None:
    work.branch("topic")
    head = work.commit("work", {"same.py": "a\n", "ends.py": "a\nb\n", "other.py": "a\n", "gone.py": "a\n"})
    source = RangeSource(open_repository(str(work.path)), head, base="main")
    work.write("ends.py", "a\r\nb\r\n")
    work.write("other.py", "b\n")
    (work.path / "gone.py").unlink()
    work.write("new.py", "a\n")
    names = ("same.py", "ends.py", "other.py", "gone.py", "new.py")
    assert source.lengths(names) == {"same.py": 1, "ends.py": 2, "other.py": None, "gone.py": None, "new.py": None}


def test_a_file_behind_a_link_is_another(tmp_path: Path) -> None:
    put(tmp_path, "there/a.py", b"a")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "pkg").symlink_to(tmp_path / "there")
    (tmp_path / "here" / "a.py").symlink_to(tmp_path / "there" / "a.py")
    for path in ("pkg/a.py", "a.py", "../there/a.py"):
        assert reports.differs(str(tmp_path / "here"), path, b"a")
    assert not reports.differs(str(tmp_path / "there"), "a.py", b"a")


def test_reports_are_those_of_the_workspace(work: Work, tmp_path: Path) -> None:
    head = work.git("rev-parse", "HEAD")
    put(tmp_path / "elsewhere", "coverage.xml", b"there")
    work.write("coverage.xml", "here")
    repository = open_repository(str(work.path))
    here = RangeSource(repository, head, base="main")
    there = RangeSource(repository, head, base="main", workspace=str(tmp_path / "elsewhere"))
    assert [one.content for one in here.reports(GLOBS).files] == [b"here"]
    assert [one.content for one in there.reports(GLOBS).files] == [b"there"]


def test_where_nothing_ran_nothing_is_known(work: Work) -> None:
    for source in (GitChange(open_repository(str(work.path)), base="main"),):
        with pytest.raises(FactMissingError):
            source.reports(GLOBS)
        with pytest.raises(FactMissingError):
            source.lengths(())
