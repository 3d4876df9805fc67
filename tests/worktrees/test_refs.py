"""The hook `reference-transaction` under real git: what an agent may move, what it may not, and who is left alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agents import Team
from conftest import Work
from paddock.worktrees.hooks import KEPT, REFS
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = ("commit", "-q", "--allow-empty", "--no-verify", "-m", "x")
OWN, OTHER = "feature/x/01a-work", "feature/x/01b-work"
NOT = "and a1 may not move it"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    made = Team(tmp_path)
    made.main.git("tag", "v1")
    made.main.git("branch", "feature/x/a2/01z-old")
    made.main.git("branch", "feature/x/a1/01z-old")
    return made


def refs(team: Team) -> str:
    return team.main.git("for-each-ref")


DENIED: dict[str, tuple[tuple[str, ...], str]] = {
    "the base": (("update-ref", "refs/heads/main", OWN), "the branch main is no agent's"),
    "another's branch": (("branch", "-f", "feature/x/a2/01z-old", OWN), "feature/x/a2/01z-old is a2's"),
    "another's branch, by plumbing": (("update-ref", f"refs/heads/{OTHER}", OWN), f"the branch {OTHER} is a2's"),
    "another's branch deleted": (("branch", "-D", "feature/x/a2/01z-old"), "the branch feature/x/a2/01z-old is a2's"),
    "another's branch deleted, by plumbing": (("update-ref", "-d", f"refs/heads/{OTHER}"), f"{OTHER} is a2's"),
    "another's branch deleted, with its value": (
        ("update-ref", "-d", f"refs/heads/{OTHER}", OTHER),
        f"{OTHER} is a2's",
    ),
    "another's branch renamed": (("branch", "-m", "feature/x/a2/01z-old", "feature/x/a1/01y"), "01z-old is a2's"),
    "a branch that is nobody's": (("branch", "wip"), "the branch wip is no agent's"),
    "a branch like an option": (("update-ref", "refs/heads/--x", OWN), "the branch --x is no agent's"),
    "a tag deleted": (("tag", "-d", "v1"), "the tag v1 is everybody's"),
    "a tag moved": (("tag", "-f", "v1", OWN), "the tag v1 is everybody's"),
    "another's log": (("update-ref", "refs/paddock/agents/a2/status", OWN), "the log is a2's"),
    "what the audit keeps": (("update-ref", "refs/paddock/kept/main", OWN), "what the audit keeps"),
    "a replacement": (("replace", f"{OWN}~0", "main"), "a replacement changes history for everybody"),
    "the main checkout's HEAD": (("update-ref", "--no-deref", "main-worktree/HEAD", OWN), "it is another worktree's"),
    "another's HEAD": (("update-ref", "--no-deref", "worktrees/a2/HEAD", OWN), "it is another worktree's"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize(("words", "said"), DENIED.values(), ids=DENIED)
def test_what_is_denied(words: tuple[str, ...], said: str, packed: bool, team: Team) -> None:  # noqa: FBT001 - a case
    team.done("a1", *EMPTY)
    if packed:
        team.main.git("pack-refs", "--all")
    before = refs(team), team.done("a2", "rev-parse", "HEAD"), team.done("main", "rev-parse", "HEAD")
    code, told = team.git("a1", *words)
    assert (code != 0, said in told, NOT in told) == (True, True, True), told
    assert (refs(team), team.done("a2", "rev-parse", "HEAD"), team.done("main", "rev-parse", "HEAD")) == before
    unhooked = team.git("a1", "-c", "core.hooksPath=/dev/null", *words)
    assert unhooked[0] == 0, f"it would not even work without the hook: {unhooked}"


def test_a_commit_on_anothers_branch_is_denied_without_any_other_hook(team: Team) -> None:
    team.done("a2", "switch", "-q", "--detach")
    team.done("a1", "switch", "-q", OTHER)  # HEAD is a symbolic ref: git asks nobody
    code, told = team.git("a1", *EMPTY)
    assert (code != 0, f"the branch {OTHER} is a2's, {NOT}" in told) == (True, True), told
    assert f"work on a branch of your own: {OWN}" in told


def test_what_an_agent_may_do(team: Team, tmp_path: Path) -> None:
    hub = str(tmp_path / "hub.git")
    team.main.git("clone", "-q", "--bare", ".", hub)
    team.main.git("remote", "add", "origin", hub)
    other = Work(tmp_path / "elsewhere")
    other.git("fetch", "-q", hub, "main:hub")
    other.git("checkout", "-q", "hub")
    other.commit("theirs", {"theirs": "x"})
    other.git("tag", "v2")
    other.git("push", "-q", hub, "HEAD:main", "HEAD:gone", "v2")
    for words in (
        ("fetch", "-q", "origin"),
        EMPTY,
        ("commit", "-q", "--amend", "--allow-empty", "--no-verify", "-m", "y"),
        ("switch", "-q", "-c", "feature/x/a1/02a-more"),
        EMPTY,
        ("rebase", "-q", "origin/main"),
        ("switch", "-q", OWN),
        ("reset", "-q", "--hard", "HEAD~1"),
        ("merge", "-q", "--no-verify", "-m", "m", "feature/x/a1/02a-more"),
        ("branch", "-m", "feature/x/a1/02a-more", "feature/x/a1/02b-more"),
        ("branch", "-D", "feature/x/a1/02b-more"),
        ("bisect", "start", "HEAD", "HEAD~1"),
        ("bisect", "reset"),
        ("push", "-q", "--no-verify", "origin", "HEAD"),
        ("fetch", "-q", "--prune", "--atomic", "origin"),
        ("update-ref", "refs/paddock/agents/a1/status", "HEAD"),
        ("pull", "-q", "--rebase", "origin", "main"),
    ):
        team.done("a1", *words)
    (team.trees["a1"] / "p1/a").write_text("changed\n")
    team.done("a1", "stash", "-q")
    team.done("a1", "stash", "pop", "-q")
    assert team.main.git("rev-parse", "v2") == other.git("rev-parse", "v2")


def test_upkeep_is_never_held_up(team: Team) -> None:
    for place in ("a1", "main"):
        team.done(place, *EMPTY)
        before = refs(team)
        team.done(place, "pack-refs", "--all", "--prune")
        team.done(place, "gc", "-q")
        team.done(place, "pack-refs", "--all", "--prune")
        assert refs(team) == before
    assert not list((team.main.path / ".git/refs/heads").rglob("01*"))  # pruned, foreign ones too


def test_people_are_left_alone(team: Team, tmp_path: Path) -> None:
    team.main.git("worktree", "add", "-q", str(tmp_path / "mine"), "-b", "fix/typo")
    mine = Work(tmp_path / "mine")
    mine.git("branch", "-f", "feature/x/a2/01z-old", "HEAD")
    mine.git("tag", "-d", "v1")
    team.main.git("branch", "-D", "feature/x/a1/01z-old")
    team.done("main", *EMPTY)
    code, told = team.git("main", "branch", "wip", env={"PADDOCK_AGENT": "a1"})
    assert (code != 0, "the branch wip is no agent's" in told) == (True, True)
    team.done("main", "branch", "wip", env={"PADDOCK_AGENT": "of-another-project"})


def test_a_worktree_that_lies_about_its_owner(team: Team, tmp_path: Path) -> None:
    team.done("a1", *EMPTY)
    team.done("a1", "config", "--worktree", "paddock.agent", "a2")
    assert team.git("a1", "branch", "-f", "feature/x/a2/01z-old", OWN)[0] != 0
    team.done("a1", "config", "--worktree", "paddock.agent", "a1")
    for place in ("a1", "a2"):  # an agent at home, and one that visits another
        code, told = team.git(place, "branch", "-f", "feature/x/a2/01z-old", OWN, env={"PADDOCK_AGENT": "a1"})
        assert (code != 0, "and a1 may not move it" in told) == (True, True), told
    # One that calls itself another may do what both may.
    assert team.git("a1", "branch", "-f", "feature/x/a2/01z-old", OWN, env={"PADDOCK_AGENT": "a2"})[0] != 0
    team.main.git("worktree", "add", "-q", "--detach", str(tmp_path / "new"))
    mine = Work(tmp_path / "new")
    mine.git("config", "--worktree", "paddock.agent", "nobody")
    ran = paddock("hook", "--native", "--stage", REFS, "--", "prepared", cwd=mine.path, stdin=b"0 1 refs/heads/x\n")
    assert (ran.code, "says that it is nobody's, and the plan has no such agent" in ran.err) == (2, True)


def test_no_plan_and_a_broken_one(team: Team) -> None:
    team.main.write(".paddock/plan.yaml", "series: [\n")
    team.done("main", "commit", "-q", "--no-verify", "-am", "break it")
    assert team.git("a1", "branch", "wip")[0] != 0  # by the last one that could be read
    team.done("a1", *EMPTY)
    team.done("main", "rm", "-q", ".paddock/plan.yaml")
    team.done("main", "commit", "-q", "--no-verify", "-m", "no plan")
    team.done("a1", "branch", "wip")


def test_the_base_is_that_of_the_main_policy_and_not_the_worktrees(team: Team, tmp_path: Path) -> None:
    own = "feature/x/a1/01y-mine"
    team.done("a1", "switch", "-q", "-c", own)
    (team.trees["a1"] / ".paddock/plan.yaml").unlink()
    team.done("a1", "commit", "-q", "--no-verify", "-am", "no plan")
    (team.trees["a1"] / ".paddock.yaml").write_text(f"version: 1\nbase: {own}\n")
    moves = ("update-ref", "refs/heads/main", own)
    assert "the branch main is no agent's" in team.git("a1", *moves)[1]
    # The same over a bare repository, whose HEAD has the policy.
    bare = str(tmp_path / "hub.git")
    team.main.git("clone", "-q", "--bare", ".", bare)
    team.main.git("--git-dir", bare, "worktree", "add", "-q", str(tmp_path / "tree"), own)
    tree = Work(tmp_path / "tree")
    tree.write(".paddock.yaml", f"version: 1\nbase: {own}\n")
    line = f"{tree.git('rev-parse', 'main')} {tree.git('rev-parse', own)} refs/heads/main\n"
    for text in (line, "0" * 40 + " " + line.split(" ", 1)[1]):
        ran = paddock(
            "hook", "--native", "--stage", REFS, "--", "prepared",
            cwd=tree.path, stdin=text.encode(), env={"PADDOCK_AGENT": "a1"},
        )  # fmt: skip
        assert (ran.code, "the branch main is no agent's" in ran.err) == (1, True), ran


def test_a_log_that_a_remote_has_is_taken_over_for_others(team: Team, tmp_path: Path) -> None:
    team.main.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    team.main.git("remote", "add", "hub", str(tmp_path / "hub.git"))
    assert paddock("status", "say", "hello", cwd=team.trees["a2"]).code == 0
    team.main.git("push", "-q", "hub", "refs/paddock/agents/a2/status")
    team.main.git("update-ref", "-d", "refs/paddock/agents/a2/status")
    ran = paddock("status", "sync", "--remote", "hub", cwd=team.trees["a1"])
    assert ran.code == 0, ran
    assert "hello" in paddock("status", cwd=team.trees["a1"]).out


def test_settings_without_a_last_line_break_are_read(team: Team) -> None:
    (team.main.path / ".git/paddock/agents/a1").unlink()
    settings = team.main.path / ".git/worktrees/a1/config.worktree"
    settings.write_text("[paddock] agent = a1")
    team.done("a1", "-c", "user.name=x", "-c", "user.email=x@example.org", *EMPTY)
    assert NOT in team.git("a1", "update-ref", "refs/heads/main", OWN)[1]


def test_what_the_main_checkouts_settings_say_is_said_of_no_person(team: Team) -> None:
    team.main.git("config", "paddock.agent", "a1")
    team.main.git("config", "--worktree", "paddock.agent", "a1")
    team.done("main", "branch", "wip")


def test_what_is_no_transaction(team: Team) -> None:
    ran = paddock("hook", "--native", "--stage", REFS, cwd=team.trees["a1"], stdin=b"\xff\n")
    assert (ran.code, "lines of `OLD NEW REF`" in ran.err) == (2, True)


def test_a_hook_that_was_there_sees_every_call(team: Team, tmp_path: Path) -> None:
    hook = team.main.path / ".git/hooks" / REFS
    assert paddock("hooks", "uninstall", cwd=team.main.path).code == 0
    hook.write_text(
        f'#!/bin/sh\necho "$1" >>{tmp_path}/seen\ncat >>{tmp_path}/seen\n! grep -q refs/heads/no {tmp_path}/seen\n'
    )
    hook.chmod(0o755)
    ran = paddock("hooks", "install", cwd=team.main.path)
    assert f"{REFS} written; the hook that was there is kept as {REFS}{KEPT} and runs first" in ran.out
    team.done("main", "branch", "yes")
    seen = (tmp_path / "seen").read_text().split()
    assert (seen[0], seen[3], seen.count("committed")) == ("prepared", "refs/heads/yes", 1)
    assert team.git("main", "branch", "no")[0] != 0
    os.unlink(tmp_path / "seen")
    team.done("a1", *EMPTY)
    assert "aborted" not in (tmp_path / "seen").read_text()
    assert paddock("hooks", "uninstall", cwd=team.main.path).code == 0
    assert hook.read_text().startswith('#!/bin/sh\necho "$1"')


def test_it_is_installed_where_there_is_a_plan(work: Work) -> None:
    hook = work.path / ".git/hooks" / REFS
    assert paddock("hooks", "install", cwd=work.path).code == 0
    assert not hook.exists()
    assert paddock("hooks", "install", "--refs", cwd=work.path).code == 0
    assert os.access(hook, os.X_OK)
    assert f"{REFS} installed" in paddock("hooks", "status", cwd=work.path).out
    assert paddock("hooks", "uninstall", cwd=work.path).code == 0
    work.write(".paddock/plan.yaml", "series: feature/x\n")
    assert f"{REFS} absent" in paddock("hooks", "status", cwd=work.path).out
    assert paddock("hooks", "install", "--no-refs", cwd=work.path).code == 0
    assert not hook.exists()
    assert paddock("hooks", "install", cwd=work.path).code == 0
    assert hook.exists()


def test_the_program_is_gone(team: Team) -> None:
    hook = team.main.path / ".git/hooks" / REFS
    text = hook.read_text().splitlines()
    text[4] = "paddock=/gone/paddock"
    hook.write_text("\n".join(text) + "\n")
    env = {
        "PATH": os.pathsep.join(
            one for one in os.environ["PATH"].split(os.pathsep) if not os.path.exists(f"{one}/paddock")
        )
    }
    code, told = team.git("a1", *EMPTY, env=env)
    assert (code != 0, "so no agent moves a branch" in told) == (True, True), told
    team.done("main", *EMPTY, env=env)


@pytest.mark.parametrize("way", ["moved away", "emptied"])
def test_a_worktree_without_its_settings_is_still_held(way: str, team: Team) -> None:
    team.done("a1", *EMPTY)
    settings = team.main.path / ".git/worktrees/a1/config.worktree"
    if way == "moved away":
        settings.rename(settings.with_suffix(".away"))
    else:
        settings.write_text("")
    code, told = team.git("a1", "update-ref", "refs/heads/main", OWN)
    assert (code != 0, f"the branch main is no agent's, {NOT}" in told) == (True, True), told


def test_a_worktree_that_is_taken_away_is_held_no_longer(team: Team) -> None:
    held = team.main.path / ".git/paddock/agents"
    assert sorted(one.name for one in held.iterdir()) == ["a1", "a2"]
    ran = paddock("worktree", "remove", "a1", cwd=team.main.path)
    assert ran.code == 0, ran.err
    assert [one.name for one in held.iterdir()] == ["a2"]


def test_a_split_and_a_resolution_are_made_committed_to_and_pushed_by_the_agent(team: Team, tmp_path: Path) -> None:
    hub = str(tmp_path / "hub.git")
    team.main.git("clone", "-q", "--bare", ".", hub)
    team.main.git("remote", "add", "origin", hub)
    for place in ("a1", "a2"):
        team.write(place, "docs/both", f"{place}\n" * 5)
        team.write(place, f"p{place[1]}/b", "x\n" * 5)
        team.done(place, "commit", "-q", "-m", "work")
    tree = team.trees["a1"]
    ran = paddock("split", "--limit", "5", "--apply", cwd=tree)
    assert (ran.code, "2 branches made" in ran.err) == (0, True), ran.err
    ran = paddock("conflict", "isolate", OWN, OTHER, cwd=tree)
    assert (ran.code, f"resolve/{OWN}--{OTHER}  " in ran.out) == (0, True), ran.err
    parts = team.main.git("for-each-ref", "--format=%(refname:short)", "refs/heads/feature/x/01a?-*").split()
    for name in (*parts, f"resolve/{OWN}--{OTHER}"):
        team.done("a1", "switch", "-q", name)
        team.write("a1", "docs/more", name)
        team.done("a1", "commit", "-q", "-m", "more")
        team.done("a1", "push", "-q", "origin", name)
    assert len(parts) == 2


def test_a_command_hands_on_what_the_hook_said_and_what_to_do(team: Team) -> None:
    team.write("a2", "p2/b", "x\n" * 5)
    team.write("a2", "docs/b", "x\n" * 5)
    team.done("a2", "commit", "-q", "-m", "work")
    ran = paddock("split", OTHER, "--limit", "5", "--apply", cwd=team.trees["a1"])
    assert ran.code == 3
    first, *rest = ran.err.splitlines()
    assert first == (
        "paddock: git update-ref: a hook refused it: the branch feature/x/01b1-work-p2 is a2's, and a1 may not move it"
    )
    assert f"work on a branch of your own: {OWN}" in rest[0]
    assert "let whoever may move it do it" in ran.err
    assert "aborted by hook" not in ran.err


def test_a_branch_that_was_renamed_to_nobodys_name_can_be_renamed_back(team: Team) -> None:
    wrong = "feature/x/99a-short-description"
    team.done("a1", *EMPTY)
    team.done("a1", "branch", "-m", wrong)  # git asks nobody about the new name
    code, told = team.git("a1", *EMPTY)
    assert (code != 0, f"it was {OWN}, which is yours: git branch -m {OWN}" in told) == (True, True), told
    team.done("a2", "switch", "-q", "--detach")
    assert team.git("a2", "update-ref", "-d", f"refs/heads/{wrong}")[0] != 0, "it was never a2's"
    team.done("a1", "branch", "-m", OWN)
    team.done("a1", *EMPTY)
    assert team.main.git("for-each-ref", "refs/heads/feature/x/99*") == ""


def test_a_branch_that_a_person_named_so_is_nobodys(team: Team) -> None:
    team.main.git("branch", "feature/x/a1/05a-old")
    team.main.git("branch", "-m", "feature/x/a1/05a-old", "kept")
    code, told = team.git("a1", "branch", "-D", "kept")
    assert (code != 0, "the branch kept is no agent's" in told) == (True, True), told
