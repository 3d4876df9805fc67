"""Patterns with placeholders, as a file and its companion share them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.classify.placeholders import filled, is_plain, names, pattern, problem

NAME = {"name": "a"}
MATCHED: dict[str, tuple[str, str, dict[str, str] | None]] = {
    "a part of a name": ("src/{name}.py", "src/a.py", NAME),
    "not over a slash": ("src/{name}.py", "src/b/a.py", None),
    "the whole path": ("src/{name}.py", "x/src/a.py", None),
    "not nothing": ("src/{name}.py", "src/.py", None),
    "two in one name": ("{name}_{kind}.go", "a_test.go", {"name": "a", "kind": "test"}),
    "the same twice": ("{name}/{name}.py", "a/a.py", NAME),
    "the same twice, differing": ("{name}/{name}.py", "a/b.py", None),
    "folders": ("src/{folder:path}/{name}.py", "src/x/y/a.py", {"folder": "x/y", "name": "a"}),
    "no folder": ("src/{folder:path}/{name}.py", "src/a.py", {"folder": "", "name": "a"}),
    "folders first": ("{folder:path}/{name}.go", "a.go", {"folder": "", "name": "a"}),
    "a path to the end": ("src/{rest:path}", "src/x/y.py", {"rest": "x/y.py"}),
    "a path and its ending": ("{stem:path}.go", "pkg/a.go", {"stem": "pkg/a"}),
    "a star": ("src/*/{name}.py", "src/x/a.py", NAME),
    "a star is one name": ("src/*/{name}.py", "src/x/y/a.py", None),
    "any folders": ("src/**/{name}.py", "src/x/y/a.py", NAME),
    "any folders are none": ("src/**/{name}.py", "src/a.py", NAME),
    "any folders above": ("**/{name}.py", "x/a.py", NAME),
    "any folders above are none": ("**/{name}.py", "a.py", NAME),
    "all below": ("{name}/**", "a/b/c", NAME),
    "not itself": ("{name}/**", "a", None),
    "one character": ("{name}.p?", "a.py", NAME),
    "a set": ("{name}.[ch]", "a.c", NAME),
    "not of a set": ("{name}.[!ch]", "a.c", None),
    "a point is a point": ("{name}.py", "axpy", None),
    "special characters": ("(+$^)/{name}", "(+$^)/a", NAME),
    "from the top": ("/src/{name}.py", "src/a.py", NAME),
    "a line break": ("{folder:path}/{name}.py", "x\ny/a.py", {"folder": "x\ny", "name": "a"}),
    "not UTF-8": ("{name}.py", "\udcff.py", {"name": "\udcff"}),
    "a glob": ("*.md", "docs/a.md", {}),
    "a folder's glob": ("docs/", "docs/x/a.md", {}),
    "another glob": ("docs/", "src/a.md", None),
}


@pytest.mark.parametrize(("text", "path", "expected"), MATCHED.values(), ids=MATCHED)
def test_matches(text: str, path: str, expected: dict[str, str] | None) -> None:
    assert problem(text) is None
    assert pattern(text)(path) == expected


FILLED = {
    "a part of a name": ("tests/test_{name}.py", NAME, "tests/test_a.py"),
    "folders": ("tests/{folder:path}/test_{name}.py", {"folder": "x/y", "name": "a"}, "tests/x/y/test_a.py"),
    "no folder": ("tests/{folder:path}/test_{name}.py", {"folder": "", "name": "a"}, "tests/test_a.py"),
    "unknown": ("{name}/{more}", NAME, "a/{more}"),
}


@pytest.mark.parametrize(("text", "values", "expected"), FILLED.values(), ids=FILLED)
def test_is_filled(text: str, values: dict[str, str], expected: str) -> None:
    assert filled(text, values) == expected


def test_a_pattern_with_values_is_one_of_those_only() -> None:
    match = pattern("tests/**/test_{name}*.py", {"name": "a*[b"})
    assert match("tests/x/test_a*[b_more.py") == {}
    assert match("tests/x/test_axx.py") is None
    none = pattern("tests/{folder:path}/x*.py", {"folder": ""})
    assert (none("tests/x1.py"), none("tests/y/x1.py")) == ({}, None)


@pytest.mark.parametrize(
    ("text", "plain"), [("a/{x}.py", True), ("a/{x:path}", True), ("a/*{x}", False), ("a/b.py", False)]
)
def test_what_names_one_path(text: str, plain: bool) -> None:  # noqa: FBT001 - a table
    assert is_plain(text) is plain


PROBLEMS = {
    "an open brace": ("src/{name.py", "has a brace that is none of a placeholder"),
    "alternatives": ("src/{a,b}.py", "has a brace that is none of a placeholder"),
    "an empty placeholder": ("{}", "has a brace that is none of a placeholder"),
    "another kind": ("{a:int}", "has a brace that is none of a placeholder"),
    "both kinds": ("{a}/{a:path}", "has {a} as a part of a name and as a path"),
    "a negation": ("!{a}", "takes nothing back"),
    "nothing": ("", "the glob is empty"),
    "the folder above": ("../{a}", "matches nothing"),
    "a set": ("{a}/[z-a]", "is not a .gitignore pattern"),
}


@pytest.mark.parametrize(("text", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_is_told(text: str, words: str) -> None:
    assert words in (problem(text) or "")


PART = st.text(alphabet="ab.-*[", min_size=1, max_size=5)


@given(st.lists(PART, max_size=3), PART)
def test_what_is_filled_in_is_found_again(folders: list[str], name: str) -> None:
    text = "src/{folder:path}/{name}.py"
    values = {"folder": "/".join(folders), "name": name}
    path = filled(text, values)
    assert pattern(text)(path) == values
    assert pattern(text, values)(path) == {}


@given(st.text(alphabet="{}:pathx*?[]!/a\\\n", max_size=20), st.text(alphabet="abx/\n", max_size=10))
def test_any_pattern_is_refused_or_matches(text: str, path: str) -> None:
    if problem(text) is None:
        found = pattern(text)(path)
        assert found is None or set(found) == names(text)
