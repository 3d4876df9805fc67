from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.model import ClashKind
from paddock.stack.survey import NOTHING, Open, Problem, Record, Stages, State, message, read, survey

RECORD = Record("x/01a", "x/01b", (Open("a", ClashKind.CONTENT, marked=True), Open("b", ClashKind.BINARY)))
BASE = b"one\ntwo\nthree\n"
MARKED = b"<<<<<<< x/01a\nours\n=======\ntheirs\n>>>>>>> x/01b\ntwo\nthree\nadded by theirs\n"


def state(text: bytes, mode: str = "100644") -> State:
    return State(mode, text)


@given(st.lists(st.tuples(st.text(st.characters(codec=None), max_size=20), st.sampled_from(ClashKind), st.booleans())))
def test_a_record_is_read_back_from_its_message(some: list[tuple[str, ClashKind, bool]]) -> None:
    record = Record("a", "b", tuple(Open(*one) for one in some))
    assert read(message(record)) == record


@pytest.mark.parametrize(
    "text", ["", "Merge", "Paddock-Conflict: {", 'Paddock-Conflict: {"version":2,"earlier":"a","later":"b","open":[]}',
             "Paddock-Conflict: []", "Paddock-Conflict: " + "[" * 100_000]
)  # fmt: skip
def test_any_other_message_has_none(text: str) -> None:
    assert read(text) is None


CASES: dict[str, tuple[str, Stages, list[Problem]]] = {
    "as git left it": (
        "a",
        Stages(state(BASE), state(MARKED), state(MARKED)),
        [Problem("a", "2 conflict markers are left, at line 1, 5")],
    ),
    "one marker": (
        "a",
        Stages(state(BASE), state(MARKED), state(MARKED.replace(b"<<<<<<< x/01a\n", b""))),
        [Problem("a", "1 conflict markers are left, at line 4")],
    ),
    "with carriage returns": (
        "a",
        Stages(state(BASE), state(MARKED), state(b">>>>>>> x/01b\r\ntwo\nthree\nadded by theirs\n")),
        [Problem("a", "1 conflict markers are left, at line 1")],
    ),
    "resolved": ("a", Stages(state(BASE), state(MARKED), state(b"ours\ntwo\nthree\nadded by theirs\n")), []),
    "markers of something else": (
        "a",
        Stages(state(BASE), state(MARKED), state(b"<<<<<<< in a test\ntwo\nthree\nadded by theirs\n")),
        [],
    ),
    "a side's line lost": (
        "a",
        Stages(state(BASE), state(MARKED), state(b"ours\ntwo\nthree\n")),
        [Problem("a", "lines that a side added are gone: 1, the first: added by theirs", acceptable=True)],
    ),
    "a deleted line back": (
        "a",
        Stages(state(BASE), state(MARKED), state(b"one\nours\ntwo\nthree\nadded by theirs\n")),
        [Problem("a", "lines that a side deleted are back: 1, the first: one", acceptable=True)],
    ),
    "a binary one untouched": (
        "b",
        Stages(state(b"0"), state(b"1"), state(b"1")),
        [Problem("b", "a binary conflict, and it is as git left it", acceptable=True)],
    ),
    "another file's line lost": (
        "c",
        Stages(state(BASE), state(BASE + b"new\n"), state(BASE)),
        [Problem("c", "lines that a side added are gone: 1, the first: new", acceptable=True)],
    ),
    "another file changed": ("c", Stages(state(BASE), state(BASE + b"new\n"), state(BASE + b"new\nmore\n")), []),
    "a side's file lost": (
        "c",
        Stages(NOTHING, state(b"new\n"), NOTHING),
        [Problem("c", "deleted, though one side has it", acceptable=True)],
    ),
    "a deleted file back": (
        "c",
        Stages(state(BASE), NOTHING, state(BASE)),
        [Problem("c", "there again, though one side deleted it", acceptable=True)],
    ),
    "a mode lost": (
        "c",
        Stages(state(BASE), state(BASE, "100755"), state(BASE)),
        [Problem("c", "its mode is 100644, merged it was 100755", acceptable=True)],
    ),
    "a new file": ("c", Stages(NOTHING, NOTHING, state(b"x")), []),
}


@pytest.mark.parametrize(("path", "stages", "expected"), CASES.values(), ids=CASES)
def test_what_is_wrong_is_told(path: str, stages: Stages, expected: list[Problem]) -> None:
    assert list(survey(RECORD, {path: stages}, ())) == expected
    assert list(survey(RECORD, {path: stages}, {path})) == [one for one in expected if not one.acceptable]
