"""`paddock worktree status`: size, the gates' last verdict and whether it still holds, the last word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conftest import lines
from paddock.worktrees import verdicts
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

POLICY = "gates:\n  pr-size: {limit: 10}\n  dco: {}\n"


@pytest.fixture
def tree(work: Work) -> Path:
    """The worktree of agent a1."""
    work.commit("policy", {".paddock.yaml": POLICY})
    path = work.path.parent / "tree"
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", "a1/01a-x", str(path))
    work.git("-C", str(path), "config", "--worktree", "paddock.agent", "a1")
    return path


def commit(tree: Path, work: Work, count: int) -> str:
    (tree / "new.py").write_text(lines(count))
    work.git("-C", str(tree), "add", "--all")
    work.git("-C", str(tree), "commit", "-q", "--signoff", "-m", f"{count} lines")
    return work.git("-C", str(tree), "rev-parse", "HEAD")


def one(cwd: Path, code: int = 0) -> dict[str, Any]:
    ran = paddock("worktree", "status", "a1", "--format", "json", cwd=cwd)
    assert ran.code == code, ran.err
    [row] = json.loads(ran.out)["worktrees"]
    return dict(row)


def test_the_table(work: Work, tree: Path) -> None:
    commit(tree, work, 12)
    (tree / "untracked").write_text("x")
    paddock("status", "say", "01a is half done\nmore", cwd=tree)
    assert paddock("check", "--stage", "pre-push", cwd=tree).code == 1
    ran = paddock("worktree", "status", cwd=work.path)
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in ran.out.splitlines()]
    assert cells == [
        ["agent", "branch", "base", "changes", "size", "gates", "last word"],
        ["(main)", "main", "=", "clean"],
        ["a1", "a1/01a-x", "+1", "1 new", "12/10", "failed by hand: pr-size", "01a is half done (now)"],
    ]


def test_the_size_follows_the_branch_the_base_and_the_policy(work: Work, tree: Path) -> None:
    assert (one(tree)["size"], one(tree)["limit"]) == (0, 10)
    commit(tree, work, 3)
    assert [one(tree)["size"] for _ in range(2)] == [3, 3]
    commit(tree, work, 8)
    assert one(tree)["size"] == 8
    (tree / ".paddock.yaml").write_text(POLICY.replace("10", "20, count: deletions"))
    assert (one(tree)["size"], one(tree)["limit"]) == (0, 20)
    work.git("-C", str(tree), "checkout", "-q", ".paddock.yaml")
    assert one(tree)["size"] == 8
    work.git("merge", "-q", "--ff-only", "a1/01a-x")
    assert one(tree)["size"] == 0


def test_a_kept_size_that_is_none_is_counted_again(work: Work, tree: Path) -> None:
    commit(tree, work, 3)
    kept = work.path / ".git" / "paddock-sizes.json"
    for text in ("{", '{"x": "y"}', "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        kept.write_text(text)
        assert one(tree)["size"] == 3


def test_a_verdict_is_bound_to_its_commit(work: Work, tree: Path) -> None:
    assert one(tree)["verdict"] is None
    head = commit(tree, work, 3)
    assert paddock("check", "--stage", "pre-push", cwd=tree).code == 0
    found = one(work.path)
    assert (found["verdict"]["outcome"], found["verdict"]["stage"], found["verdict"]["head"], found["stale"]) == (
        "passed", "pre-push", head, False,
    )  # fmt: skip
    commit(tree, work, 4)
    assert one(work.path)["stale"] is True


def test_a_run_by_hand_is_told_as_one_and_no_other(work: Work, tree: Path) -> None:
    for env, words in (({}, "passed by hand"), ({"CI": "true"}, "passed at ci")):
        trusted = ("--trust", "main") if env else ()
        ran = paddock("check", *trusted, cwd=tree, env=env)
        assert ran.code == 0, ran
        assert words in paddock("worktree", "status", cwd=work.path).out
    paddock("check", "--staged", cwd=tree)
    assert "passed by hand" in paddock("worktree", "status", cwd=work.path).out
    paddock("hook", "--stage", "pre-commit", cwd=tree)
    assert "passed at pre-commit" in paddock("worktree", "status", cwd=work.path).out


def test_a_verdict_of_a_hook_holds_for_the_commit_that_was_made(work: Work, tree: Path) -> None:
    work.git("-C", str(tree), "switch", "-q", "a1/01a-x")
    assert paddock("hooks", "install", cwd=work.path).code == 0
    commit(tree, work, 3)
    found = one(work.path)
    assert (found["verdict"]["stage"], found["verdict"]["outcome"], found["stale"]) == ("commit-msg", "passed", False)
    (tree / "b.py").write_text("x\n")
    work.git("-C", str(tree), "add", "--all")
    ran = paddock("hook", "--stage", "commit-msg", "no-such-file", cwd=tree)
    assert ran.code == 2
    message = tree / ".git-message"
    message.write_text("no sign-off\n")
    assert paddock("hook", "--stage", "commit-msg", str(message), cwd=tree).code == 1
    found = one(work.path)
    assert (found["verdict"]["outcome"], found["verdict"]["gates"], found["stale"]) == ("failed", ["dco"], False)


def test_a_run_of_one_gate_or_on_another_commit_says_nothing(work: Work, tree: Path) -> None:
    commit(tree, work, 30)
    assert paddock("check", "--gate", "pr-size", "--stage", "pre-push", cwd=tree).code == 1
    assert paddock("check", "--range", "main~1..main", cwd=tree).code in (0, 1)
    assert one(tree)["verdict"] is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": 1}', "\x00"])
def test_what_is_no_verdict_is_none(text: str, work: Work, tree: Path) -> None:
    (work.path / ".git/worktrees/tree/paddock-verdict.json").write_text(text)
    assert one(tree)["verdict"] is None


def test_a_hostile_verdict_and_word_are_printed_safely(work: Work, tree: Path) -> None:
    head = work.git("rev-parse", "HEAD")
    told = {"stage": "\x1b[2J", "outcome": "passed\n(main)", "time": 1, "head": head}
    (work.path / ".git/worktrees/tree/paddock-verdict.json").write_text(json.dumps(told))
    paddock("status", "say", "\u202eevil", cwd=tree)
    out = paddock("worktree", "status", cwd=work.path).out
    assert (out.count("\n"), "\x1b" in out, "\u202e" in out) == (3, False, False)
    assert r"passed\n(main) at \x1b[2J" in out


@pytest.mark.parametrize("packed", [False, True])
def test_the_head_is_read_from_git_s_own_files(packed: bool, work: Work, tree: Path) -> None:  # noqa: FBT001 - a case
    if packed:
        work.git("pack-refs", "--all")
    git_dir, common = str(work.path / ".git/worktrees/tree"), str(work.path / ".git")
    assert verdicts.head_of(git_dir, common) == work.git("rev-parse", "a1/01a-x")
    work.git("-C", str(tree), "checkout", "-q", "--detach")
    assert verdicts.head_of(git_dir, common) == work.git("rev-parse", "main")


def test_without_a_base_or_with_a_broken_policy(work: Work, tree: Path) -> None:
    (tree / ".paddock.yaml").write_text("base: nowhere\n" + POLICY)
    found = one(tree)
    assert (found["size"], found["worktree"]["ahead"]) == (None, None)
    (tree / ".paddock.yaml").write_text("gates: [")
    assert one(tree)["limit"] is None
    assert work.path.is_dir()
