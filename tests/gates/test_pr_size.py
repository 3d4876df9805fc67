from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.findings import Finding, Judgement, Level
from paddock.gates.pr_size import Ledger, PrSizeConfig, PrSizeFacts, SizedFile, check, ledger
from paddock.model import ChangedFile, FileClass, FileStatus, Moved


def file(path: str, added: int, deleted: int, file_class: str = "source", **values: object) -> ChangedFile:
    given = {"status": FileStatus.MODIFIED, "reason": file_class, **values}
    return ChangedFile(path=path, added=added, deleted=deleted, file_class=FileClass(file_class), **given)  # type: ignore[arg-type]


FILES = (
    file("a.go", 30, 10),
    file("b_test.go", 5, 1, "test"),
    file("README.md", 2, 2, "docs"),
    file("zz_gen.go", 400, 100, "generated"),
    file("vendor/x.go", 50, 7, "vendored"),
    file("go.sum", 3, 3, "lock"),
    file("image.png", 0, 0, binary=True),
    file("sub", 1, 1, mode="160000", reason="submodule"),
)


@pytest.mark.parametrize(
    ("config", "counted", "not_counted"),
    [
        ({}, 50, 565),
        ({"count": "additions"}, 37, 454),
        ({"count": "deletions"}, 13, 111),
        ({"exclude": ()}, 613, 2),
        ({"exclude": (FileClass.TEST, FileClass.DOCS)}, 603, 12),
        ({"exclude": tuple(FileClass)}, 0, 615),
    ],
    ids=["usual", "additions", "deletions", "all", "tests-and-docs", "nothing"],
)
def test_what_counts(config: dict[str, object], counted: int, not_counted: int) -> None:
    sums = ledger(PrSizeFacts(FILES), PrSizeConfig(**config))  # type: ignore[arg-type]
    assert (sums.counted, sums.not_counted, sums.moved, len(sums.files)) == (counted, not_counted, 0, len(FILES))


def test_the_ledger_says_of_each_file_what_and_why() -> None:
    rows = ledger(PrSizeFacts(FILES), PrSizeConfig()).files
    assert [(row.path, row.counted, row.lines, row.reason) for row in rows] == [
        ("a.go", True, 40, "source"),
        ("b_test.go", True, 6, "test"),
        ("README.md", True, 4, "docs"),
        ("zz_gen.go", False, 0, "generated"),
        ("vendor/x.go", False, 0, "vendored"),
        ("go.sum", False, 0, "lock"),
        ("image.png", False, 0, "binary"),
        ("sub", False, 0, "submodule"),
    ]


@pytest.mark.parametrize(
    ("moved", "config", "expected"),
    [
        ({"a.go": Moved(30, 0)}, {}, (20, 30, "source; 30 moved lines left out")),
        ({"a.go": Moved(4, 6)}, {"count": "additions"}, (33, 4, "source; 4 moved lines left out")),
        ({"a.go": Moved(4, 6)}, {"count": "deletions"}, (7, 6, "source; 6 moved lines left out")),
        ({"a.go": Moved(10**6, 10**6)}, {}, (10, 40, "source; 40 moved lines left out")),
        ({"zz_gen.go": Moved(300, 0)}, {}, (50, 0, "source")),
        ({"elsewhere.go": Moved(300, 0)}, {}, (50, 0, "source")),
    ],
    ids=["both", "additions", "deletions", "more-than-there-are", "not-counted-anyway", "no-such-file"],
)
def test_moved_lines_are_left_out(
    moved: dict[str, Moved], config: dict[str, object], expected: tuple[int, int, str]
) -> None:
    sums = ledger(PrSizeFacts(FILES, moved), PrSizeConfig(moves="discount", **config))  # type: ignore[arg-type]
    assert (sums.counted, sums.moved, sums.files[0].reason) == expected


def test_a_whole_row() -> None:
    facts = PrSizeFacts((file("new.go", 7, 2, old_path="old.go", status=FileStatus.RENAMED),), {"new.go": Moved(3, 0)})
    row = SizedFile("new.go", "old.go", 7, 2, FileClass.SOURCE, True, "source; 3 moved lines left out", 6)  # noqa: FBT003
    assert ledger(facts, PrSizeConfig()) == Ledger((row,), 6, 0, 3)


COUNTS = st.integers(min_value=0, max_value=10**30)
CHANGED = st.builds(
    file,
    st.sampled_from(["a", "b", "c"]),
    COUNTS,
    COUNTS,
    st.sampled_from([str(one) for one in FileClass]),
    mode=st.sampled_from(["100644", "120000", "160000"]),
    binary=st.booleans(),
)


@given(
    st.lists(CHANGED),
    st.dictionaries(st.sampled_from(["a", "b", "d"]), st.builds(Moved, COUNTS, COUNTS)),
    st.sampled_from(["both", "additions", "deletions"]),
    st.sets(st.sampled_from(FileClass)),
)
def test_no_line_is_lost_and_none_counts_twice(
    files: list[ChangedFile], moved: dict[str, Moved], count: str, exclude: set[FileClass]
) -> None:
    config = PrSizeConfig(count=count, exclude=tuple(exclude))  # type: ignore[arg-type]
    sums = ledger(PrSizeFacts(tuple(files), moved), config)
    parts = {"both": ("added", "deleted"), "additions": ("added",), "deletions": ("deleted",)}[count]
    assert sums.counted + sums.not_counted + sums.moved == sum(getattr(one, part) for one in files for part in parts)
    assert sums.counted == sum(row.lines for row in sums.files)
    assert min(sums.counted, sums.not_counted, sums.moved, *(row.lines for row in sums.files), 0) == 0
    assert [(row.path, row.added, row.deleted) for row in sums.files] == [(f.path, f.added, f.deleted) for f in files]


HINT = "see where they are: paddock count; then split the branch: paddock split"


@pytest.mark.parametrize(
    ("lines", "config", "expected"),
    [
        (0, {}, ("0 of 700 changed lines", None)),
        (700, {}, ("700 of 700 changed lines", None)),
        (701, {}, ("701 changed lines, 1 over the limit of 700",) * 2),
        (1_812, {"limit": 1_000}, ("1,812 changed lines, 812 over the limit of 1,000",) * 2),
        (1, {"limit": 0}, ("1 changed lines, 1 over the limit of 0",) * 2),
        (0, {"limit": 0}, ("0 of 0 changed lines", None)),
        (5, {"count": "additions"}, ("5 of 700 added lines", None)),
        (5, {"count": "deletions"}, ("0 of 700 deleted lines", None)),
    ],
)
def test_the_limit(lines: int, config: dict[str, object], expected: tuple[str, str | None]) -> None:
    given = PrSizeConfig(**config)  # type: ignore[arg-type]
    reason, message = expected
    counted = 0 if given.count == "deletions" else lines
    assert check(PrSizeFacts((file("a.go", lines, 0),)), given) == Judgement(
        reason=reason,
        findings=() if message is None else (Finding(message=message, hint=HINT),),
        facts={"limit": given.limit, "counted": counted, "not_counted": 0, "moved": 0, "believed": 0, "files": 1},
    )


def test_what_was_left_out_is_told() -> None:
    judged = check(PrSizeFacts(FILES, {"a.go": Moved(30, 0)}), PrSizeConfig(limit=10, moves="discount"))
    assert judged.reason == "20 changed lines, 10 over the limit of 10; 565 not counted; 30 moved"
    assert judged.facts == {"limit": 10, "counted": 20, "not_counted": 565, "moved": 30, "believed": 0, "files": 8}


def test_an_empty_change_passes() -> None:
    assert check(PrSizeFacts(()), PrSizeConfig()).findings == ()


MARKED = file("new.go", 90, 10, "generated", reason="generated: Go header", without_marker=FileClass.SOURCE)
VOUCHED = file("old.go", 90, 10, "generated", reason="generated: Go header")
HAND = file("a.go", 60, 0)


@pytest.mark.parametrize(
    ("config", "files", "sums"),
    [
        ({}, (MARKED, VOUCHED, HAND), (60, 200, 100, 0)),
        ({"markers": "verify"}, (MARKED, VOUCHED, HAND), (160, 100, 0, 100)),
        ({"markers": "verify", "count": "deletions"}, (MARKED, HAND), (10, 0, 0, 10)),
        ({"markers": "believe", "count": "additions"}, (MARKED, HAND), (60, 90, 90, 0)),
        ({"exclude": (FileClass.SOURCE, FileClass.GENERATED)}, (MARKED, HAND), (0, 160, 0, 0)),
        ({"exclude": ()}, (MARKED, HAND), (160, 0, 0, 100)),
    ],
    ids=["believed", "verified", "verified-deletions", "believed-additions", "excluded-anyway", "nothing-excluded"],
)
def test_a_marker_that_only_the_change_carries(
    config: dict[str, object], files: tuple[ChangedFile, ...], sums: tuple[int, int, int, int]
) -> None:
    found = ledger(PrSizeFacts(files), PrSizeConfig(**config))  # type: ignore[arg-type]
    assert (found.counted, found.not_counted, found.believed, found.unvouched) == sums


def test_the_ledger_says_what_a_marker_did() -> None:
    believed, verified = (ledger(PrSizeFacts((MARKED,)), PrSizeConfig(markers=word)).files[0] for word in WORDS)
    assert (believed.file_class, believed.counted) == (FileClass.GENERATED, False)
    assert believed.reason == "generated: Go header; only this change says so"
    assert (verified.file_class, verified.counted, verified.lines) == (FileClass.SOURCE, True, 100)
    assert verified.reason == "source; not vouched for by the base: generated: Go header"


WORDS: tuple[Literal["believe", "verify"], ...] = ("believe", "verify")


@pytest.mark.parametrize(
    ("share", "hand", "warned"),
    [(50, 99, True), (50, 100, False), (0, 10_000, True), (100, 0, False), (99, 0, True)],
    ids=["over-half", "half", "any", "never", "nearly-all"],
)
def test_much_that_is_kept_out_by_its_own_word_is_a_warning(share: int, hand: int, warned: bool) -> None:  # noqa: FBT001 - a table's column
    facts = PrSizeFacts((MARKED, file("a.go", hand, 0)))
    found = check(facts, PrSizeConfig(limit=10_000, marked_share=share)).findings
    assert [finding.severity for finding in found] == ([Level.WARNING] if warned else [])


def test_the_warning_and_the_hint_whole() -> None:
    vouch = "first merge a glob under `classes: generated:` for what a tool wrote"
    believed = check(PrSizeFacts((MARKED, HAND)), PrSizeConfig())
    assert believed.findings == (
        Finding(
            message="100 of 160 lines (62 %) do not count by markers that only this change carries",
            severity=Level.WARNING,
            hint=f"let the base vouch for them: {vouch}",
        ),
    )
    assert believed.facts["believed"] == 100
    verified = check(PrSizeFacts((MARKED, HAND)), PrSizeConfig(limit=50, markers="verify"))
    assert verified.findings == (
        Finding(
            message="160 changed lines, 110 over the limit of 50",
            hint=f"{HINT}\n100 of them are marked as generated by this change alone: {vouch}",
        ),
    )
