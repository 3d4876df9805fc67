"""What else than git's end of a line may end one can be part of a branch's name: U+2028, NEL and the like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from paddock.worktrees.refs import updates
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

POLICY = "extends: paddock:default\nseries: feature/x\ngates: {branch-order: {}}\n"
ODD = ("feature/x/01a-one\u2028two", "feature/x/01b-nel\u0085two", "resolve/a\u2029b--c")
OWN = "feature/x/02a-own"


@pytest.fixture
def crowded(work: Work) -> Work:
    """A branch beside others whose names hold what Python takes for an end of line."""
    work.commit("base", {".paddock.yaml": POLICY})
    for number, odd in enumerate(ODD):
        work.git("branch", odd)
        work.git("checkout", "-q", odd)
        work.commit("odd", {f"{number}.txt": "x\n"})
    work.branch(OWN)
    work.commit("own", {"own.txt": "x\n"})
    return work


COMMANDS = (
    ("check", "--gate", "branch-order"),
    ("train", "--format", "json"),
    ("integrate", "--format", "json"),
    ("split", OWN, "--limit", "1"),
    ("conflict", "list"),
    ("worktree", "list"),
    ("status",),
    ("change",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: "-".join(one[:2]))
def test_a_command_beside_odd_branches(crowded: Work, command: tuple[str, ...]) -> None:
    ran = paddock(*command, cwd=crowded.path)
    assert (ran.code, ran.err) == (0, "")


def test_the_other_branches_are_named_whole(crowded: Work) -> None:
    names = [one["name"] for one in json.loads(paddock("change", cwd=crowded.path).out)["branches"]]
    assert set(ODD) < set(names)


def test_a_ref_update_beside_odd_branches() -> None:
    data = f"{'0' * 40} {'1' * 40} refs/heads/{ODD[0]}\n{'1' * 40} {'2' * 40} refs/heads/{ODD[1]}\n"
    assert [one.ref for one in updates(data.encode())] == [f"refs/heads/{one}" for one in ODD[:2]]


def test_a_resolution_of_odd_branches_is_read_again(work: Work) -> None:
    work.commit("base", {"shared.txt": "x\n", ".paddock.yaml": POLICY})
    for odd, text in ((ODD[0], "a\n"), (ODD[1], "b\n")):
        work.branch(odd)
        work.commit("odd", {"shared.txt": text})
    isolated = paddock("conflict", "isolate", ODD[0], ODD[1], cwd=work.path)
    assert isolated.code == 0
    ran = paddock("conflict", "done", "--dry-run", cwd=work.path)
    assert (ran.code, ran.err) == (1, "")
    assert "marker" in ran.out
