from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.patterns.suppressions import Suppression, speaking, suppression

SAID: dict[str, tuple[set[str], str]] = {
    "x() // paddock: allow a-b because it is a test": ({"a-b"}, "it is a test"),
    "# paddock: allow a, b-c because two at once": ({"a", "b-c"}, "two at once"),
    "/* paddock: allow a because of C */": ({"a"}, "of C"),
    "/* paddock: allow a because C needs it */": ({"a"}, "C needs it"),
    "<!-- paddock: allow a because HTML -->": ({"a"}, "HTML"),
    "{/* paddock: allow a because JSX */}": ({"a"}, "JSX"),
    "// paddock: allow a": ({"a"}, ""),
    "// paddock: allow a because": ({"a", "because"}, ""),
    "// paddock: allow a because   ": ({"a"}, ""),
    "// paddock: allow a because ...": ({"a"}, ""),
    "// paddock: allow a - no because": ({"a", "-", "no", "because"}, ""),
}


@pytest.mark.parametrize(("line", "said"), SAID.items(), ids=SAID)
def test_what_a_comment_says(line: str, said: tuple[set[str], str]) -> None:
    rules, reason = said
    found = suppression(line.encode())
    assert found == Suppression(frozenset(rules), reason)


@pytest.mark.parametrize("line", ["", "paddock allow a because x", "// paddock:allow a because x", "allow a"])
def test_what_is_none(line: str) -> None:
    assert suppression(line.encode()) is None


COMMENT = b"// paddock: allow a because x"


@pytest.mark.parametrize(
    ("own", "above", "count"),
    [
        (b"x()", None, 0),
        (b"x() " + COMMENT, None, 1),
        (b"x()", b"\t" + COMMENT, 1),
        (b"x()", b"y() " + COMMENT, 0),
        (b"x() " + COMMENT, COMMENT, 2),
    ],
    ids=["none", "own", "above", "above, but another's", "both"],
)
def test_which_lines_speak(own: bytes, above: bytes | None, count: int) -> None:
    assert len(list(speaking(own, above))) == count


@given(st.binary(max_size=60))
def test_any_line_is_read(rest: bytes) -> None:
    found = suppression(b"// paddock: allow " + rest)
    assert found is not None
    assert not found.reason or any(map(str.isalnum, found.reason))
