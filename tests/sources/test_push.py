from __future__ import annotations

import pytest

from paddock.errors import UsageError
from paddock.sources.push import Push, from_framework, from_git

A, B, NONE = "a" * 40, "b" * 40, "0" * 40
LONG, LONG_NONE = "c" * 64, "0" * 64


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", ()),
        (f"refs/heads/x {A} refs/heads/x {NONE}\n", (Push("x", A),)),
        (f"refs/heads/x {A} refs/heads/y/z {B}\n", (Push("y/z", A, B),)),
        (f"HEAD~1 {A} refs/heads/x {B}\n", (Push("x", A, B),)),
        (f":/fix the bug {A} refs/heads/x {B}\n", (Push("x", A, B),)),
        (f"(delete) {NONE} refs/heads/x {B}\n", ()),
        (f"refs/tags/v1 {A} refs/tags/v1 {NONE}\n", ()),
        (f"refs/heads/x {LONG} refs/heads/x {LONG_NONE}\n", (Push("x", LONG),)),
        (f"a {A} refs/heads/a {B}\nb {B} refs/heads/b {A}\n", (Push("a", A, B), Push("b", B, A))),
        (f"a {A} refs/heads/-x {B}", (Push("-x", A, B),)),
        (f"a {A} refs/heads/caf\udce9 {B}\n", (Push("caf\udce9", A, B),)),
        (f"a\rb {A} refs/heads/x {B}\n", (Push("x", A, B),)),
    ],
    ids=[
        "nothing", "new", "other-name", "expression", "spaces", "deleted", "tag", "sha256", "two", "dash", "not-utf8",
        "carriage-return",
    ],
)  # fmt: skip
def test_what_git_says(lines: str, expected: tuple[Push, ...]) -> None:
    assert from_git(lines.encode("utf-8", "surrogateescape")) == expected


@pytest.mark.parametrize("lines", ["x\n", "a b c\n", "\n", f"x {A} refs/heads/x {B}\n\n"])
def test_what_git_never_says(lines: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_git(lines.encode())
    assert caught.value.message == "standard input is not what git gives a pre-push hook"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        (
            {
                "PRE_COMMIT_FROM_REF": A,
                "PRE_COMMIT_TO_REF": B,
                "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x",
                "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/y",
            },
            Push("y", B, A),
        ),
        (
            {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/x", "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/x"},
            Push("x", "refs/heads/x"),
        ),
        (
            {"PRE_COMMIT_FROM_REF": NONE, "PRE_COMMIT_TO_REF": B, "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/x"},
            Push("x", B),
        ),
    ],
    ids=["other-stage", "push", "whole-branch", "new-branch"],
)
def test_what_a_framework_says(environment: dict[str, str], expected: Push | None) -> None:
    assert from_framework(environment) == expected
