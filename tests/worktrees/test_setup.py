"""`paddock worktree setup`: real worktrees from a plan, made, mended and left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Work

EXAMPLE = Path(__file__).parents[2] / "policies" / "plans" / "eight-agents.yaml"
PLAN = """\
version: 1
base: main
series: feature/x
worktrees: ../trees
phases: [{id: one}]
agents:
  - {id: a1, worktree: "first one", identity: {name: Agent One, email: one@example.org}, owns: [a/]}
  - {id: a2, worktree: second, identity: {name: Agent Two, email: two@example.org}, owns: [b/]}
  - {id: r, role: reviewer, worktree: reading}
  - {id: away}
todos:
  - {id: t1, agent: a1, phase: one, branch: feature/x/01a-first}
  - {id: t2, agent: a2, phase: one, branch: feature/x/01b-second}
"""
WHO = "paddock.agent, user.name, user.email set"


@pytest.fixture
def planned(work: Work) -> Work:
    work.commit("plan", {".paddock/plan.yaml": PLAN})
    return work


def setup(work: Work, *args: str, code: int = 0) -> tuple[list[str], str]:
    ran = paddock("worktree", "setup", *args, cwd=work.path)
    assert ran.code == code, ran.err or ran.out
    return ran.out.splitlines(), ran.err


def state(work: Work) -> tuple[str, ...]:
    """All that a set-up could change."""
    asked = (("worktree", "list", "--porcelain"), ("for-each-ref",), ("config", "--local", "--list"))
    return tuple(work.git(*one) for one in asked)


def tree(work: Work, name: str) -> Path:
    return work.path.parent / "trees" / name


def git(folder: Path, *args: str) -> str:
    ran = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=True, text=True)
    return ran.stdout.removesuffix("\n")


def test_every_agent_has_its_worktree_branch_and_identity(planned: Work) -> None:
    before = state(planned)
    first, second, third = (str(tree(planned, name)) for name in ("first one", "second", "reading"))
    lines, _ = setup(planned, "--dry-run")
    assert lines[:3] == [
        f"a1: would be made on the new branch feature/x/01a-first   {first}",
        f"a2: would be made on the new branch feature/x/01b-second   {second}",
        f"r: would be made on the base   {third}",
    ]
    assert (state(planned), os.path.exists(first)) == (before, False)
    lines, _ = setup(planned)
    assert lines == [
        f"a1: made on the new branch feature/x/01a-first, {WHO}   {first}",
        f"a2: made on the new branch feature/x/01b-second, {WHO}   {second}",
        f"r: made on the base, paddock.agent set   {third}",
        "pre-commit: written",
        "commit-msg: written",
        "pre-push: written",
        "reference-transaction: written",
    ]
    folder = tree(planned, "second")
    git(folder, "commit", "-q", "--allow-empty", "--no-verify", "-m", "work")
    assert git(folder, "log", "-1", "--format=%an <%ae> %cn") == "Agent Two <two@example.org> Agent Two"
    assert git(folder, "rev-parse", "--abbrev-ref", "HEAD") == "feature/x/01b-second"
    planned.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "mine")
    assert planned.git("log", "-1", "--format=%an") == "Ada Lovelace"
    after = state(planned)
    lines, _ = setup(planned)
    assert (lines[0], state(planned)) == (f"a1: as it should be   {first}", after)


def test_one_agent_alone(planned: Work) -> None:
    setup(planned, "--agent", "a2", "--no-hooks")
    assert os.listdir(planned.path.parent / "trees") == ["second"]
    assert not (planned.path / ".git/hooks/pre-push").exists()
    _, err = setup(planned, "--agent", "a9", code=2)
    assert err.splitlines()[0] == "paddock: the plan has no agent `a9`"


def work_is_there(planned: Work) -> str:
    folder = tree(planned, "first one")
    (folder / "new.txt").write_text("mine")
    git(folder, "switch", "-q", "-c", "feature/x/a1/02a-later")
    return "as it should be"


def a_setting_is_gone(planned: Work) -> str:
    git(tree(planned, "first one"), "config", "--worktree", "user.email", "eve@example.org")
    return "user.email set"


def the_folder_is_gone(planned: Work) -> str:
    git(tree(planned, "first one"), "commit", "-q", "--allow-empty", "--no-verify", "-m", "kept")
    shutil.rmtree(tree(planned, "first one"))
    return f"made again on feature/x/01a-first, {WHO}"


def it_was_removed(planned: Work) -> str:
    planned.git("worktree", "remove", str(tree(planned, "first one")))
    return f"made on feature/x/01a-first, {WHO}"


def locked(planned: Work, why: str) -> Path:
    folder = tree(planned, "first one")
    (Path(git(folder, "rev-parse", "--absolute-git-dir")) / "locked").write_text(why)
    return folder


def it_is_half_made(planned: Work) -> str:
    folder = locked(planned, "initializing")
    (folder / "README.md").unlink()
    return f"half made, so taken away, made on feature/x/01a-first, {WHO}"


def it_is_hardly_made(planned: Work) -> str:
    folder = locked(planned, "initializing")
    shutil.rmtree(folder)
    folder.mkdir()
    return f"made again on feature/x/01a-first, {WHO}"


MENDED: dict[str, Callable[[Work], str]] = {
    "work is there": work_is_there,
    "a setting is gone": a_setting_is_gone,
    "the folder is gone": the_folder_is_gone,
    "it was removed": it_was_removed,
    "it is half made": it_is_half_made,
    "it is hardly made": it_is_hardly_made,
}


@pytest.mark.parametrize("act", MENDED.values(), ids=MENDED)
def test_what_is_there_is_mended_and_nothing_is_lost(act: Callable[[Work], str], planned: Work) -> None:
    setup(planned)
    words = act(planned)
    tips = planned.git("for-each-ref", "refs/heads")
    lines, _ = setup(planned, "--agent", "a1")
    assert lines[0] == f"a1: {words}   {tree(planned, 'first one')}"
    assert planned.git("for-each-ref", "refs/heads") == tips
    assert git(tree(planned, "first one"), "config", "user.email") == "one@example.org"
    if act is work_is_there:
        assert (tree(planned, "first one") / "new.txt").read_text() == "mine"
    assert setup(planned, "--agent", "a1")[0][0].startswith("a1: as it should be")


def something_else_is_there(planned: Work) -> str:
    tree(planned, "first one").mkdir(parents=True)
    (tree(planned, "first one") / "thesis.txt").write_text("mine")
    return f"{tree(planned, 'first one')} is there, and is no worktree of this repository"


def a_link_is_there(planned: Work) -> str:
    tree(planned, "").mkdir()
    os.symlink("/nowhere", tree(planned, "first one"))
    return f"{tree(planned, 'first one')} is there, and is no worktree of this repository"


def the_branch_is_elsewhere(planned: Work) -> str:
    planned.git("switch", "-q", "-c", "feature/x/01a-first")
    return f"the branch feature/x/01a-first is checked out at {planned.path}"


IN_THE_WAY: dict[str, Callable[[Work], str]] = {
    "something else": something_else_is_there,
    "a link": a_link_is_there,
    "the branch": the_branch_is_elsewhere,
}


@pytest.mark.parametrize("act", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_is_in_the_way_is_left_alone_and_the_others_are_made(act: Callable[[Work], str], planned: Work) -> None:
    said = act(planned)
    lines, err = setup(planned, code=1)
    assert err.startswith(f"a1: {said}")
    assert lines[0].startswith("a2: made on the new branch")
    if act is something_else_is_there:
        assert (tree(planned, "first one") / "thesis.txt").read_text() == "mine"


def test_a_missing_worktree_that_somebody_locked_stays_theirs(planned: Work) -> None:
    setup(planned)
    shutil.rmtree(locked(planned, "on a disk at home"))
    _, err = setup(planned, "--agent", "a1", code=1)
    assert "missing but locked" in err


def test_settings_of_one_worktree_do_not_become_those_of_all(tmp_path: Path, planned: Work) -> None:
    bare = tmp_path / "bare" / "hub.git"
    planned.git("clone", "-q", "--bare", str(planned.path), str(bare))
    ran = paddock("worktree", "setup", "--no-hooks", cwd=bare)
    assert ran.code == 0, ran.err
    assert git(bare, "rev-parse", "--is-bare-repository") == "true"
    assert git(tmp_path / "bare" / ".." / "trees" / "second", "rev-parse", "--is-bare-repository") == "false"
    assert git(tmp_path / "trees" / "second", "status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["-x", "new\nline", "caf\u00e9 \U0001f40e", "a;touch pwned"])
def test_odd_names_of_worktrees(name: str, planned: Work) -> None:
    quoted = name.replace("\n", "\\n")
    planned.write(".paddock/plan.yaml", PLAN.replace('"first one"', f'"{quoted}"'))
    ran = paddock("worktree", "setup", "--agent", "a1", cwd=planned.path)
    if ran.code == 2:  # the plan itself refuses it
        assert "\n" not in ran.err.splitlines()[0]
        return
    assert ran.code == 0, ran.err
    assert git(tree(planned, name), "config", "paddock.agent") == "a1"
    assert paddock("worktree", "setup", "--agent", "a1", cwd=planned.path).out.startswith("a1: as it should be")


def test_another_hook_is_left_alone(planned: Work) -> None:
    hook = planned.path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    lines, _ = setup(planned)
    assert lines[-1] == "hooks: others stand here; `paddock doctor` tells whether they call paddock"
    assert hook.read_text() == "#!/bin/sh\n"


def test_the_shipped_example(work: Work) -> None:
    work.commit("plan", {".paddock/plan.yaml": EXAMPLE.read_text()})
    lines, _ = setup(work)
    assert len([line for line in lines if line.startswith("agent-")]) == 8
    assert len(work.git("worktree", "list").splitlines()) == 9
    assert paddock("plan", "check", cwd=work.path).code == 0


def test_without_a_plan_or_a_base(work: Work) -> None:
    _, err = setup(work, code=2)
    assert err.startswith("paddock: there is no .paddock/plan.yaml here")
    work.write(".paddock/plan.yaml", PLAN.replace("base: main", "base: trunk"))
    _, err = setup(work, code=3)
    assert err.startswith("paddock: the base `trunk` is not in this clone")


def test_a_plan_that_is_not_committed_is_told(work: Work) -> None:
    work.write(".paddock/plan.yaml", PLAN)
    assert setup(work, "--dry-run")[1].splitlines() == [
        "note: .paddock/plan.yaml is not on main, from which new branches start",
        "  commit (and push) the plan first",
    ]
    work.commit("plan")
    assert setup(work, "--dry-run")[1] == ""
    work.write(".paddock/plan.yaml", f"{PLAN}  - {{id: t3, agent: a2, phase: one}}\n")
    assert "is not the one on main" in setup(work, "--dry-run")[1]
