"""The gate `worktree` where git calls it: real commits, pushes and ranges of two agents."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from agents import PLAN, Team
from conftest import Work
from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMIT = ("commit", "-q", "-m", "work")


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def test_work_of_its_own_is_committed(team: Team) -> None:
    team.write("a1", "p1/b")
    team.write("a1", "docs/b")
    assert "a1 on feature/x/01a-work: 2 paths of its own" in team.done("a1", *COMMIT)
    team.write("main", "p1/by-hand")
    assert "no agent's work on main" in team.done("main", *COMMIT)


def wrong_path(team: Team) -> None:
    team.write("a1", "p2/b")


def nobodys_path(team: Team) -> None:
    team.write("a1", "a\nb")


def a_removal(team: Team) -> None:
    team.done("a1", "rm", "-q", "p2/a")


def a_rename(team: Team) -> None:
    team.done("a1", "mv", "p2/a", "p1/taken")


def a_link(team: Team) -> None:
    os.symlink("../../main", team.trees["a1"] / "p1" / "link")
    team.done("a1", "add", "--all")


def a_loop(team: Team) -> None:
    os.symlink("../p2/loop", team.trees["a1"] / "p1" / "loop")
    os.symlink("../p1/loop", team.trees["a1"] / "p2" / "loop")
    team.done("a1", "add", "--all")


def a_nested_repository(team: Team) -> None:
    Work(team.trees["a1"] / "p1" / "inner").commit("inner", {"x": "x"})
    team.done("a1", "add", "--all")


def another_branch(team: Team) -> None:
    team.done("a1", "-c", "core.hooksPath=/dev/null", "switch", "-q", "-c", "feature/x/a2/01c-more")
    team.write("a1", "p1/b")


def an_owner_rewritten(team: Team) -> None:
    team.done("a1", "config", "--worktree", "paddock.agent", "a2")
    team.write("a1", "p1/b")


CASES: dict[str, tuple[Callable[[Team], None], str]] = {
    "another's path": (wrong_path, "p2/b: a2 owns it, not a1"),
    "nobody's path, with a line break": (nobodys_path, "a\\nb: nobody owns it, and it is not shared"),
    "another's file removed": (a_removal, "p2/a: a2 owns it, not a1"),
    "another's file renamed": (a_rename, "p2/a: a2 owns it, not a1"),
    "a link out": (a_link, "p1/link: a symbolic link that leads out of the worktree: ../../main"),
    "links in a circle": (a_loop, "p2/loop: a2 owns it, not a1"),
    "a nested repository": (a_nested_repository, "p1/inner: adds a repository within this one"),
    "another's branch": (another_branch, "the branch feature/x/a2/01c-more is a2's, and this worktree is a1's"),
    "its owner rewritten": (an_owner_rewritten, "this worktree says that it is a2's, and the plan that it is a1's"),
}


@pytest.mark.parametrize(("act", "said"), CASES.values(), ids=CASES)
def test_a_commit_is_refused(act: Callable[[Team], None], said: str, team: Team) -> None:
    act(team)
    before = team.done("a1", "rev-parse", "HEAD")
    code, told = team.git("a1", *COMMIT)
    assert (code, said in told) == (1, True), told
    assert team.done("a1", "rev-parse", "HEAD") == before


def test_who_commits(team: Team) -> None:
    team.write("a1", "p1/b")
    code, told = team.git("a1", "-c", "user.email=ada@example.org", *COMMIT)
    assert (code, "the author is Agent 1 <ada@example.org>" in told) == (1, True)
    code, told = team.git("a1", *COMMIT, "--author", "Agent 2 <a2@example.org>")
    assert (code, "the author is Agent 2 <a2@example.org>" in told) == (1, True)
    team.write("main", "p1/c")
    code, told = team.git("main", "-c", "user.email=a1@example.org", *COMMIT)
    assert (code, "the main checkout takes no agent's commit, and this is a1's" in told) == (1, True)
    code, told = team.git("main", *COMMIT, env={"PADDOCK_AGENT": "a2"})
    assert (code, "the main checkout takes no agent's commit, and this is a2's" in told) == (1, True)


def test_variables_that_lead_elsewhere(team: Team) -> None:
    team.write("a1", "p1/b")
    own, other = (team.done(name, "rev-parse", "--absolute-git-dir") for name in ("a1", "a2"))
    code, told = team.git("a1", *COMMIT, env={"GIT_INDEX_FILE": f"{other}/index"})
    assert (code, f"the index is that of {other}" in told) == (1, True), told
    code, told = team.git("a2", *COMMIT, "--allow-empty", env={"GIT_DIR": own, "GIT_WORK_TREE": str(team.trees["a2"])})
    assert code == 1
    assert f"git takes {team.trees['a2']} for the worktree that lies at {team.trees['a1']}" in told
    assert f"git works on {own}, and {team.trees['a2']} belongs to {other}" in told


def test_partial_commits_and_indexes_of_its_own_are_fine(team: Team, tmp_path: Path) -> None:
    team.write("a1", "p1/b")
    team.write("a1", "p2/b")
    team.done("a1", *COMMIT, "--only", "p1/b")
    index = tmp_path / "index"
    env = {"GIT_INDEX_FILE": str(index)}
    team.done("a1", "read-tree", "HEAD", env=env)
    team.done("a1", *COMMIT, "--allow-empty", env=env)


def test_a_merge_is_judged_by_what_it_does_itself(team: Team) -> None:
    team.write("a1", "p1/b")
    team.done("a1", *COMMIT)
    team.write("main", "p2/from-main")
    team.done("main", *COMMIT)
    team.done("a1", "merge", "-q", "--no-ff", "--no-commit", "main")
    assert "0 paths of its own" in team.done("a1", *COMMIT)
    team.write("main", "p2/again")
    team.done("main", *COMMIT)
    team.done("a1", "merge", "-q", "--no-ff", "--no-commit", "main")
    team.write("a1", "p2/from-main", "evil\n")
    code, told = team.git("a1", *COMMIT)
    assert (code, "p2/from-main: a2 owns it, not a1" in told) == (1, True)
    team.done("a1", *COMMIT, "--no-verify")
    ran = paddock("check", "--range", "main..feature/x/01a-work", cwd=team.main.path)
    assert (ran.code, ran.out.count("a2 owns it")) == (1, 1)


def test_the_plan_is_that_of_the_base_and_not_the_worktrees(team: Team) -> None:
    mine = json.dumps({**PLAN, "shared": ["**"]})
    (team.trees["a1"] / ".paddock" / "plan.yaml").write_text(mine)
    team.write("a1", "p2/b")
    assert team.git("a1", *COMMIT)[0] == 1
    team.done("main", "rm", "-q", ".paddock/plan.yaml")
    team.done("main", *COMMIT)
    # Not on the base: that of the main checkout, where there is one.
    assert "no plan (main at" in team.done("a1", *COMMIT)
    team.main.write(".paddock/plan.yaml", json.dumps(PLAN))
    team.write("a1", "p2/c")
    code, told = team.git("a1", *COMMIT)
    assert (code, "p2/c: a2 owns it, not a1" in told) == (1, True)
    os.unlink(team.main.path / ".paddock" / "plan.yaml")
    os.mkfifo(team.main.path / ".paddock" / "plan.yaml")
    code, told = team.git("a1", *COMMIT)
    assert (code, "errored" in told, "is not a file" in told) == (1, True, True)


def test_a_broken_plan_on_the_base_locks_nobody_out(team: Team) -> None:
    team.main.write(".paddock/plan.yaml", "series: [\n")
    team.done("main", "commit", "-qam", "break it")
    team.write("a1", "p2/b")
    code, told = team.git("a1", *COMMIT)
    assert (code, "p2/b: a2 owns it" in told, "is broken" in told) == (1, True, True)
    team.main.write(".paddock/plan.yaml", json.dumps(PLAN))
    team.done("main", "commit", "-qam", "mend it")


def test_a_push(team: Team, tmp_path: Path) -> None:
    team.main.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    team.main.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    team.main.git("fetch", "-q", "origin")
    team.write("a1", "p1/b")
    team.done("a1", *COMMIT)
    team.done("a1", "push", "-q", "origin", "HEAD")
    code, told = team.git("a1", "push", "-q", "origin", "HEAD:feature/x/01b-work")
    assert (code != 0, "the branch feature/x/01b-work is a2's, and this worktree is a1's" in told) == (True, True)
    team.write("a1", "p2/b")
    team.done("a1", *COMMIT, "--no-verify")
    code, told = team.git("a1", "push", "-q", "origin", "HEAD")
    assert (code != 0, "p2/b: a2 owns it, not a1" in told) == (True, True)


def test_ci_judges_by_branch_plan_and_commits(team: Team, tmp_path: Path) -> None:
    team.write("a1", "p2/b")
    team.done("a1", *COMMIT, "--no-verify")
    sha = team.tip("feature/x/01a-work")
    team.main.git("clone", "-q", ".", str(tmp_path / "ci"))
    clone = Work(tmp_path / "ci")
    clone.git("checkout", "-q", "feature/x/01a-work")
    ran = paddock("check", "--trust", "base", "--format", "json", cwd=clone.path)
    (verdict,) = json.loads(ran.out)["gates"]
    assert (ran.code, verdict["outcome"]) == (1, "failed")
    assert [(one["message"], one["path"], one["commit"]) for one in verdict["findings"]] == [
        ("a2 owns it, not a1", "p2/b", sha)
    ]
    document = paddock("change", "--trust", "base", cwd=clone.path).out.encode()
    again = paddock("check", "--change", "-", "--trust", "base", "--format", "json", cwd=clone.path, stdin=document)
    assert json.loads(again.out)["gates"] == [verdict]
    bare = json.loads(document)
    del bare["commits"][0]["touched"]
    ran = paddock("check", "--change", "-", "--trust", "base", cwd=clone.path, stdin=json.dumps(bare).encode())
    assert (ran.code, "says nothing of `touched`" in ran.out) == (3, True)
    nowhere = paddock("check", "--change", "-", "--gate", "worktree", cwd=tmp_path, stdin=document)
    assert "no plan (no work tree here), so nothing is anybody's" in nowhere.out


def test_bytes_and_links_pass_through_a_document(team: Team) -> None:
    folder = os.fsencode(team.trees["a1"] / "p1")
    os.symlink(b"../\xff", os.path.join(folder, b"caf\xe9"))
    os.symlink("x" * 4000, team.trees["a1"] / "p1" / "long")
    team.done("a1", "add", "--all")
    team.done("a1", *COMMIT)
    text = paddock("change", "--range", "main..feature/x/01a-work", cwd=team.main.path).out
    touched = json.loads(text)["commits"][0]["touched"]
    assert [(one.get("path"), one.get("path_b64"), one.get("target_b64")) for one in touched] == [
        (None, "cDEvY2Fm6Q==", "Li4v/w=="),
        ("p1/long", None, None),
    ]
    ran = paddock("check", "--change", "-", cwd=team.main.path, stdin=text.encode())
    assert (ran.code, "a1 on feature/x/01a-work: 2 paths of its own" in ran.out) == (0, True), ran


def test_a_branch_in_an_agents_own_folder_can_be_pushed_and_a_wrong_name_is_told_one_of_its_own(
    team: Team, tmp_path: Path
) -> None:
    policy = "version: 1\nbase: main\nseries: [feature/x]\ngates:\n  worktree: {}\n  branch-order: {}\n"
    team.main.commit("series", {".paddock.yaml": policy})
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "hub")], check=True)
    team.main.git("remote", "add", "origin", str(tmp_path / "hub"))
    team.main.git("push", "-q", "--no-verify", "origin", "main")
    team.done("a1", "reset", "-q", "--hard", "main")
    team.done("a1", "switch", "-q", "-c", "feature/x/a1/02a-own")
    team.write("a1", "p1/b")
    team.done("a1", *COMMIT)
    team.done("a1", "push", "-q", "origin", "HEAD")
    code, said = team.git("a1", "push", "-q", "origin", "HEAD:feature/x/client-thing")
    assert (code != 0, "rename it, for example: git branch -m feature/x/a1/01c-client-thing" in said) == (True, True), (
        said
    )
