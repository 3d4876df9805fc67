from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.model import AddedLine
from paddock.patterns.lines import of_added, of_content
from paddock.patterns.regex import compiled, problem


def places(pattern: str, text: str | bytes) -> list[tuple[int, int]]:
    """(line, column) of each line found."""
    lines = of_content(text.encode() if isinstance(text, str) else text)
    return [(lines.numbers[index], column) for index, column in lines.found(compiled(pattern))]


CASES: dict[str, tuple[str, str | bytes, list[tuple[int, int]]]] = {
    "first of a line": ("x", "x x\n x\n", [(1, 1), (2, 2)]),
    "a line's start": ("^x", "x\nyx\nx", [(1, 1), (3, 1)]),
    "a line's end": ("x$", "x\nxy\nx", [(1, 1), (3, 1)]),
    "a line's end with CRLF": ("x$", "x\r\nxy\r\nx\r\n", [(1, 1), (3, 1)]),
    "blanks never cross lines": (r"a\s+b", "a\nb\na b\n", [(3, 1)]),
    "negated classes never cross lines": ("a[^x]b", "a\nb\nayb\n", [(3, 1)]),
    "a dot never crosses lines": ("(?s)a.b", "a\nb\na.b\n", [(3, 1)]),
    "columns count characters": ("x", "äöü🐎x\n", [(1, 5)]),
    "upper and lower": ("(?i)klog", "KLOG\n", [(1, 1)]),
    "invalid UTF-8": ("klog", b"\xff\xfe klog\n", [(1, 4)]),
    "a byte order mark": ("^x", b"\xef\xbb\xbfx\n", [(1, 1)]),
    "a NUL byte": ("x$", b"\0x\n", [(1, 2)]),
    "no line end": ("x$", "y\nx", [(2, 1)]),
    "a line separator is no line end": ("^x", "a\u2028x\n", []),
    "an empty file": ("x", "", []),
    "a very long line": ("y$", "x" * 1_000_000 + "y\n", [(1, 1_000_001)]),
}


@pytest.mark.parametrize(("pattern", "text", "expected"), CASES.values(), ids=CASES)
def test_where_a_pattern_is_found(pattern: str, text: str | bytes, expected: list[tuple[int, int]]) -> None:
    assert places(pattern, text) == expected


PROBLEMS = {
    "(": "can't be read: missing )",
    "(?=x)": "what excuses a line goes into `unless`",
    r"(x)\1": "what excuses a line goes into `unless`",
    "x*": "matches an empty line",
    r"\Ax": r"`\A` has no meaning",
    r"x\z": r"`\z` has no meaning",
    r"\C": r"`\C` has no meaning",
    "(?-m)^x": "has no meaning",
    "(?i-ms:^x)": "has no meaning",
    "x{2000}": "invalid repetition size",
    "((x{1,100}){1,100}){1,100}": "can't be read",
}


@pytest.mark.parametrize(("pattern", "said"), PROBLEMS.items(), ids=PROBLEMS)
def test_patterns_that_are_refused(pattern: str, said: str) -> None:
    assert said in str(problem(pattern))


@pytest.mark.parametrize("pattern", [r"\\A", "x", r"a\\zb", r"\$\{", "(?i)x", r"\bx\b"])
def test_patterns_that_are_fine(pattern: str) -> None:
    assert problem(pattern) is None


# Each takes a backtracking engine longer than anybody waits.
@pytest.mark.parametrize("pattern", ["(x+x+)+y", "(a|a)*b", r"(\w+\s?)*:$", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)z$"])
def test_no_pattern_hangs(pattern: str) -> None:
    text = "\n".join(("x" * 5_000, "a" * 5_000, "word " * 1_000))
    assert places(pattern, text) == []


LINE = st.text(st.sampled_from("ab \t\rx(é\0"), max_size=6)
PATTERN = st.sampled_from(
    [
        "a",
        "^a",
        "b$",
        r"\s+b",
        "[^a]b",
        r"\bx\b",
        r"a.*b",
        "(?s)a.b",
        r"a\W",
        r"^\s*x",
        "é",
        r"x|\(",
        r"a\nb",
        "a[\\s\\S]b",
    ]
)


@given(PATTERN, st.lists(LINE, max_size=8))
def test_all_lines_at_once_are_as_each_by_itself(pattern: str, lines: list[str]) -> None:
    together = of_added([AddedLine(i, line) for i, line in enumerate(lines, 1)])
    alone = [
        (i, column)
        for i, line in enumerate(lines)
        for _, column in of_added([AddedLine(1, line)]).found(compiled(pattern))
    ]
    assert list(together.found(compiled(pattern))) == alone


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_a_problem(text: str) -> None:
    if "\ud800" <= max(text, default="") <= "\udfff":
        return
    if problem(text) is None:
        places(text, "some text\n")
