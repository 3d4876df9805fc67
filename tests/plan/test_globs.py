from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.plan.globs import Owned, Unknown, glob_problem, meeting

MEET = {
    "the same": (["pkg/a/**"], ["pkg/a/**"], "pkg/a/x"),
    "one below the other": (["pkg/"], ["pkg/server/**"], "pkg/server/x"),
    "a folder and a file in it": (["pkg/server"], ["pkg/server/x.go"], "pkg/server/x.go"),
    "crosswise": (["pkg/*/a.go"], ["pkg/api/*.go"], "pkg/api/a.go"),
    "any depth": (["*.go"], ["docs/**"], "docs/.go"),
    "brackets": (["pkg/[a-m]*"], ["pkg/[k-z]*"], "pkg/k"),
    "taken out of one only": (["pkg/**", "!pkg/api/**"], ["pkg/api*/**"], "pkg/apix/x"),
    "a name with a dot that another has as a folder": (["src/k8s.io"], ["src/k8s.io/api/**"], "src/k8s.io/api/x"),
    "a name with a dot that is written as a folder": (["src/k8s.io/"], ["*.go"], "src/k8s.io/.go"),
    "a middle of any depth": (["a/**/z"], ["a/z/**"], "a/z/x"),
}
APART = {
    "other folders": (["pkg/a/**"], ["pkg/b/**"]),
    "a folder whose name begins the same": (["pkg/api/**"], ["pkg/apiserver/**"]),
    "taken out": (["pkg/**", "!pkg/api/**"], ["pkg/api/**"]),
    "taken out, first": (["!pkg/api/", "pkg/**"], ["pkg/api/**"]),
    "other endings": (["*_a.go"], ["*_b.go"]),
    "brackets": (["pkg/[a-j]"], ["pkg/[k-z]"]),
    "at the top only": (["/go.mod"], ["*/go.mod"]),
    "files that would have to be folders": (["Makefile", "go.mod", "*.md"], ["go.sum", "LICENSE", "*.go"]),
    "nothing": ([], ["**"]),
    "another depth": (["a/*"], ["b/**/a/*"]),
}


@pytest.mark.parametrize(("first", "second", "path"), MEET.values(), ids=MEET)
def test_globs_that_meet(first: list[str], second: list[str], path: str) -> None:
    assert (meeting(first, second), meeting(second, first)) == (path, path)
    assert path in Owned(first)
    assert path in Owned(second)


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_globs_that_do_not(first: list[str], second: list[str]) -> None:
    assert (meeting(first, second), meeting(second, first)) == (None, None)


def test_what_takes_too_long_to_tell_is_unknown() -> None:
    nasty = "*a" + "?" * 40
    assert meeting([f"{nasty}x"], [f"{nasty}y"]) == Unknown()


FOLDERS = st.sampled_from(["a", "b", "ab", "*", "**", "a*", "*b", "?", "[ab]", "[!a]", "[^b]b", "a?"])
GLOBS = st.builds(
    lambda lead, folders, tail, out: f"{out}{lead}{'/'.join(folders)}{tail}",
    st.sampled_from(["", "/"]),
    st.lists(FOLDERS, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
    st.sampled_from(["", "", "!"]),
).filter(lambda glob: glob_problem(glob) is None)
NAMES = ["a", "b", "ab", "bb", "x"]
PATHS = ["/".join(path) for depth in (1, 2, 3, 4) for path in product(NAMES, repeat=depth)]


@settings(deadline=None, max_examples=300)
@given(st.lists(GLOBS, min_size=1, max_size=3), st.lists(GLOBS, min_size=1, max_size=3))
def test_it_is_as_the_globs_match(first: list[str], second: list[str]) -> None:
    ours, theirs = Owned(first), Owned(second)
    found = meeting(first, second)
    if found is None:
        assert [path for path in PATHS if path in ours and path in theirs] == []
    else:
        assert isinstance(found, str)
        assert found in ours
        assert found in theirs


def test_a_path_with_a_line_break_is_matched() -> None:
    assert "pkg/a\nb/c" in Owned(["pkg/**"])


@pytest.mark.parametrize("glob", ["", " ", "#x", "./a", "a//b", "[[:alpha:]]", "a/**/", "!", "/"])
def test_globs_that_are_none(glob: str) -> None:
    assert glob_problem(glob)
