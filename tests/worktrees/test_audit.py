"""`paddock worktree audit`: what slipped past, found and undone, on two agents' real worktrees."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from agents import PLAN, Team
from conftest import Work
from paddock.errors import GitError
from paddock.sources.git import open_repository
from paddock.worktrees import tips
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAST = ("-c", "core.hooksPath=/dev/null")  # as one goes round every hook
EMPTY = ("commit", "-q", "--allow-empty", "-m", "x")
OWN, OTHER = "feature/x/01a-work", "feature/x/01b-work"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    made = Team(tmp_path)
    made.main.git("branch", "feature/x/a2/02a-old")
    made.done("a2", *EMPTY)
    made.main.git("branch", "-f", "feature/x/a2/02a-old", OTHER)
    made.done("a2", *EMPTY)
    _, checks = audit(made)
    assert not problems(checks)
    return made


def audit(team: Team, *words: str, code: int | None = None) -> tuple[int, list[dict[str, Any]]]:
    ran = paddock("worktree", "audit", "--format", "json", *words, cwd=team.main.path)
    assert ran.err == "", ran.err
    assert code in (None, ran.code), ran.out
    return ran.code, json.loads(ran.out)["checks"]


def refs(team: Team) -> str:
    return team.main.git("for-each-ref")


def problems(checks: list[dict[str, Any]], health: str = "problem") -> list[tuple[str, str]]:
    return [(one["name"], one["message"]) for one in checks if one["health"] == health]


def test_nothing_slipped_past(team: Team) -> None:
    code, checks = audit(team)
    assert code == 0
    assert [(one["name"], one["health"]) for one in checks] == [
        ("pre-commit", "ok"),
        ("commit-msg", "ok"),
        ("pre-push", "ok"),
        ("reference-transaction", "ok"),
        ("worktree a1", "ok"),
        ("worktree a2", "ok"),
        ("main checkout", "ok"),
        ("commits", "ok"),
        ("branches", "ok"),
    ]


def on_anothers_branch(team: Team) -> None:
    team.done("a1", *PAST, "switch", "-q", "-c", "feature/x/a2/03a-new", OTHER)


def says_another(team: Team) -> None:
    team.done("a1", "config", "--worktree", "paddock.agent", "a2")


def a_foreign_file(team: Team) -> None:
    (team.trees["a2"] / "p1" / "a").write_text("by a1\n")
    (team.trees["a2"] / "p2" / "fine").write_text("its own\n")
    (team.trees["a2"] / "docs").mkdir()
    (team.trees["a2"] / "docs" / "fine").write_text("shared\n")
    (team.trees["a2"] / "a\nb").write_text("nobody's\n")


def an_unplanned_worktree(team: Team) -> None:
    team.main.git("worktree", "add", "-q", "--detach", str(team.trees["a1"].parent / "third"))
    place = Work(team.trees["a1"].parent / "third")
    place.git("config", "--worktree", "paddock.agent", "a1")


def the_main_checkout_says_so(team: Team) -> None:
    team.main.git("config", "paddock.agent", "a1")


def hooks_led_elsewhere(team: Team) -> None:
    team.main.git("config", "core.hooksPath", "/nowhere")


def a_hook_is_gone(team: Team) -> None:
    os.unlink(team.main.path / ".git/hooks/reference-transaction")


def a_foreign_path_committed(team: Team) -> None:
    team.write("a1", "p2/by-a1")
    team.done("a1", *PAST, "commit", "-q", "-m", "x")


def made_for_another(team: Team) -> None:
    team.done("a1", *PAST, "branch", "feature/x/a2/04a-new")


def made_for_nobody(team: Team) -> None:
    team.done("a1", *PAST, "branch", "wip")


CASES: dict[str, tuple[Callable[[Team], None], list[tuple[str, str]]]] = {
    "on another's branch": (
        on_anothers_branch,
        [
            ("worktree a1", "it stands on feature/x/a2/03a-new, which is a2's"),
            ("branch feature/x/a2/03a-new", "it is new, which is a2's, and was made by a1"),
        ],
    ),
    "a rewritten owner": (says_another, [("worktree a1", "{a1} says that it is a2's")]),
    "a foreign file": (a_foreign_file, [("worktree a2", "changed, and not a2's: p1/a, a\nb")]),
    "an unplanned worktree": (
        an_unplanned_worktree,
        [("worktree third", "{trees}/third says that it is a1's, and the plan gives it ../trees/a1")],
    ),
    "the main checkout": (
        the_main_checkout_says_so,
        [("main checkout", "it says that it is a1's: so do all worktrees")],
    ),
    "hooks led elsewhere": (
        hooks_led_elsewhere,
        [("hooks", "core.hooksPath is /nowhere (set in {main}/.git/config): git runs no hook of this repository")],
    ),
    "a hook is gone": (a_hook_is_gone, [("reference-transaction", "no hook: nothing is judged at this stage")]),
    "a foreign path committed": (
        a_foreign_path_committed,
        [(f"commits of {OWN}", "{tip}: p2/by-a1: a2 owns it, not a1")],
    ),
    "made for another": (
        made_for_another,
        [("branch feature/x/a2/04a-new", "it is new, which is a2's, and was made by a1")],
    ),
    "made for nobody": (made_for_nobody, [("branch wip", "it is new and was made by a1")]),
}


@pytest.mark.parametrize(("act", "expected"), CASES.values(), ids=CASES)
def test_what_is_found(act: Callable[[Team], None], expected: list[tuple[str, str]], team: Team) -> None:
    act(team)
    words = {
        "a1": team.trees["a1"],
        "trees": team.trees["a1"].parent,
        "main": team.main.path,
        "tip": team.tip(OWN)[:12],
    }
    code, checks = audit(team)
    assert (code, problems(checks)) == (1, [(name, said.format(**words)) for name, said in expected])
    assert all(one["hint"] for one in checks if one["health"] == "problem")
    assert audit(team)[0] == 1  # looking at it did not make it right


def hints(checks: list[dict[str, Any]], name: str) -> list[str]:
    return [line for one in checks if one["name"] == name for line in (one["hint"] or "").splitlines()]


def test_a_foreign_commit_can_be_taken_out_by_the_hints(team: Team) -> None:
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    team.done("a2", *PAST, "reset", "-q", "--hard", mine)
    team.done("a2", *PAST, "commit", "-q", "--allow-empty", "-m", "its own")
    _, checks = audit(team, code=1)
    found = hints(checks, f"commits of {OTHER}")
    there = f"git -C {team.trees['a2']}"
    assert found == [
        f"look at it: {there} show {mine[:12]}",
        f"a1's work leaves on its own: {OWN}",
        "or let a todo of this branch say in .paddock/plan.yaml that it `needs` one of a1's",
        f"once it is there too, take it out here: {there} rebase --onto {mine[:12]}~1 {mine[:12]}",
    ]
    command = found[-1].rpartition("here: ")[2].replace("git -C", "git -c core.hooksPath=/dev/null -C")
    subprocess.run(["bash", "-c", command], cwd=team.main.path, check=True, capture_output=True)
    assert not problems(audit(team)[1])


def isolated(team: Team) -> str:
    """A conflict of both agents' branches in a file that all may change, on a branch of its own.

    The later one's todo waits for the earlier one's, so that its branch may hold the earlier one's commits.
    """
    first, second = PLAN["todos"]
    team.main.write(".paddock/plan.yaml", json.dumps({**PLAN, "todos": [first, {**second, "needs": ["t1"]}]}))
    team.done("main", "commit", "-q", "--no-verify", "-am", "t2 needs t1")
    for name in ("a1", "a2"):
        team.done(name, *PAST, "reset", "-q", "--hard", "main")
        team.write(name, "docs/x", f"{name}\n")
        team.done(name, "commit", "-q", "-m", "Write it", "--signoff")
    assert paddock("conflict", "isolate", OWN, OTHER, cwd=team.main.path).code == 0
    return f"resolve/{OWN}--{OTHER}"


@pytest.mark.parametrize("who", ["a1", "a2"])
def test_a_resolution_is_both_agents_and_may_go_when_it_is_brought_back(who: str, team: Team) -> None:
    branch = isolated(team)
    audit(team, code=0)
    team.done(who, "switch", "-q", branch)
    audit(team, code=0)
    team.write(who, "docs/x", "both\n")
    team.done(who, "commit", "-q", "-m", "Resolve it", "--signoff")
    audit(team, code=0)
    if who == "a2":
        team.done(who, "switch", "-q", OTHER)
    ran = paddock("conflict", "done", branch, cwd=team.main.path)
    assert ran.code == 0, ran
    if who == "a1":
        team.done(who, "switch", "-q", OWN)
    audit(team, code=0)
    team.main.git("branch", "-D", branch)
    audit(team, code=0)
    assert (restored(team).code, branch in refs(team)) == (0, False)


def test_a_resolution_that_is_nowhere_is_missed_but_not_one_that_was_aborted(team: Team) -> None:
    branch = isolated(team)
    audit(team, code=0)
    team.main.git("branch", "-D", branch)
    assert [name for name, _ in problems(audit(team, code=1)[1])] == [f"branch {branch}"]
    restored(team)
    assert paddock("conflict", "abort", branch, cwd=team.main.path).code == 0
    audit(team, code=0)


def test_a_plan_that_came_after_the_worktrees_is_no_change(team: Team) -> None:
    (team.main.path / ".git/paddock/agents/a1").unlink()
    (team.main.path / ".git/paddock/agents/a2").unlink()
    for name in team.trees:
        os.utime(team.main.path / ".git/worktrees" / name / "gitdir", (1, 1))
    (team.main.path / "p1" / "a").write_text("a person's\n")
    (team.main.path / "new").write_text("a person's\n")
    os.utime(team.main.path / "p1" / "a", (2, 2))
    os.utime(team.main.path / "new", (2, 2))
    assert ("main checkout", "changed since the agents began: p1/a, new") in problems(audit(team)[1], "warning")
    assert paddock("worktree", "setup", cwd=team.main.path).code == 0
    assert not problems(audit(team, code=0)[1], "warning")


def test_the_main_checkout_is_told_of_what_changed_since(team: Team) -> None:
    path = team.main.path / "p1" / "a"
    path.write_text("somebody\n")
    os.utime(path, (1, 1))
    assert not problems(audit(team, code=0)[1], "warning")
    os.utime(path)
    (team.main.path / "new\n").write_text("x")
    assert problems(audit(team, code=0)[1], "warning") == [
        ("main checkout", "changed since the agents began: p1/a, new\n")
    ]
    assert "new\\n" in paddock("worktree", "audit", cwd=team.main.path).out


def test_a_commit_that_no_hook_judged(team: Team) -> None:
    team.done("a1", *EMPTY)
    assert not problems(audit(team)[1], "warning")
    team.done("a1", *EMPTY, "--no-verify")
    tip = team.tip(OWN)[:12]
    assert problems(audit(team, code=0)[1], "warning") == [
        ("worktree a1", f"{tip} was not judged when it was made: hooks were skipped, or it was rebased")
    ]
    assert paddock("check", cwd=team.trees["a1"]).code == 0
    assert not problems(audit(team)[1], "warning")


def test_a_commit_that_was_made_though_it_was_refused(team: Team) -> None:
    team.done("a1", *EMPTY)
    team.write("a1", "p2/b")
    assert team.git("a1", "commit", "-q", "-m", "x")[0] == 1
    said = "changed, and not a1's: p2/b"
    assert problems(audit(team, code=1)[1]) == [("worktree a1", said)]
    team.done("a1", "commit", "-q", "--no-verify", "-m", "x")
    tip = team.tip(OWN)[:12]
    assert problems(audit(team, code=1)[1]) == [
        ("worktree a1", f"{tip} skipped the hooks after worktree had failed"),
        (f"commits of {OWN}", f"{tip}: p2/b: a2 owns it, not a1"),
    ]


def moved(team: Team) -> None:
    team.done("a1", *PAST, "branch", "-f", "feature/x/a2/02a-old", "main")


def moved_by_hand(team: Team) -> None:
    ref = team.main.path / ".git/refs/heads/feature/x/a2/02a-old"
    ref.write_text(team.tip("main") + "\n")


def deleted(team: Team) -> None:
    # The tip of the branch that is gone is nowhere else.
    team.done("a1", *PAST, "branch", "-D", "feature/x/a2/02a-old")


MOVES: dict[str, tuple[Callable[[Team], None], str]] = {
    "moved": (moved, "it was moved, which is a2's, by a1 from {kept} to {main}"),
    "by hand": (moved_by_hand, "it was moved, which is a2's, by nobody that its log names from {kept} to {main}"),
    "deleted": (deleted, "it is gone, which is a2's, and was at {kept}"),
}


@pytest.mark.parametrize(("act", "said"), MOVES.values(), ids=MOVES)
def test_a_foreign_branch_is_put_back(act: Callable[[Team], None], said: str, team: Team) -> None:
    branch = "feature/x/a2/02a-old"
    team.done("a2", "switch", "-q", branch)
    team.done("a2", *EMPTY[:-1], "only here")  # another of the same words in the same second would be the same
    team.done("a2", "switch", "-q", OTHER)
    audit(team)
    kept = team.tip(branch)
    act(team)
    expected = [(f"branch {branch}", said.format(kept=kept[:12], main=team.tip("main")[:12]))]
    assert problems(audit(team, code=1)[1]) == expected
    assert problems(audit(team, code=1)[1]) == expected
    before = team.main.git("for-each-ref")
    dry = paddock("worktree", "audit", "--restore", "--dry-run", cwd=team.main.path)
    assert (dry.code, f"{branch}: would be put back to {kept[:12]}" in dry.out) == (0, True)
    assert team.main.git("for-each-ref") == before
    team.main.git("gc", "-q", "--prune=now")
    ran = paddock("worktree", "audit", "--restore", cwd=team.main.path)
    assert (ran.code, f"{branch}: put back to {kept[:12]}" in ran.out) == (0, True), ran
    assert team.tip(branch) == kept
    audit(team, code=0)


def restored(team: Team) -> Ran:
    return paddock("worktree", "audit", "--restore", cwd=team.main.path)


def by_person(team: Team, branch: str, *words: str) -> str:
    """A commit of a person's on a branch, in the main checkout."""
    team.done("main", *PAST, "switch", "-q", branch)
    team.done("main", *PAST, "commit", "-q", "--allow-empty", "-m", " ".join(("by a person", *words)))
    team.done("main", *PAST, "switch", "-q", "main")
    return team.tip(branch)


def test_what_a_person_did_since_the_last_look_is_not_undone(team: Team) -> None:
    branch = "feature/x/a2/02a-old"
    first, last = by_person(team, branch), by_person(team, branch, "again")
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    team.done("a1", *PAST, "branch", "-f", branch, mine)
    said = f"it was moved, which is a2's, by a1 from {last[:12]} to {mine[:12]}"
    assert problems(audit(team, code=1)[1])[-1] == (f"branch {branch}", said)
    ran = restored(team)
    assert (ran.code, ran.out) == (
        0,
        f"{branch}: put back to {last[:12]} from {mine[:12]}, which is kept as refs/paddock/undone/{mine}\n",
    )
    assert (team.tip(branch), team.tip(f"{branch}~1")) == (last, first)
    audit(team, code=0)
    assert team.tip("refs/paddock/kept/feature%/x%/a2%/02a-old") == last


def test_every_tip_that_is_left_behind_is_kept(team: Team) -> None:
    branch = "feature/x/a2/02a-old"
    first = by_person(team, branch)
    team.main.git("branch", "-f", branch, "main")
    second = by_person(team, branch, "anew")
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    for tip in (mine, "main"):
        team.done("a1", *PAST, "branch", "-f", branch, tip)
    assert restored(team).code == 0
    assert team.tip(branch) == second
    assert [team.tip(f"refs/paddock/undone/{tip}") for tip in (first, mine)] == [first, mine]


def test_a_person_who_put_it_right_already_is_believed(team: Team) -> None:
    branch = "feature/x/a2/02a-old"
    kept = by_person(team, branch)
    team.done("a1", *PAST, *EMPTY)
    team.done("a1", *PAST, "branch", "-f", branch, OWN)
    team.main.git("branch", "-f", branch, kept)
    audit(team, code=0)


def test_a_person_who_went_on_from_another_s_new_branch_loses_nothing(team: Team) -> None:
    made_for_nobody(team)
    tip = by_person(team, "wip")
    assert problems(audit(team, code=1)[1]) == [
        ("branch wip", "it is new and was made by a1; a person went on from there")
    ]
    ran = restored(team)
    assert (ran.code, "branch -D" in ran.err) == (1, False), ran
    assert team.tip("wip") == tip


def test_what_stood_there_is_kept_also_where_two_were_moved_to_one_commit(team: Team) -> None:
    team.main.git("branch", "people/ada")
    audit(team, code=0)
    kept = [team.tip(ref) for ref in ("feature/x/a2/02a-old", "people/ada")]
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    for branch in ("feature/x/a2/02a-old", "people/ada"):
        team.done("a1", *PAST, "branch", "-f", branch, mine)
    ran = restored(team)
    assert (ran.code, ran.out.count("put back to"), ran.err) == (0, 2, ""), ran
    assert [team.tip(ref) for ref in ("feature/x/a2/02a-old", "people/ada")] == kept
    assert team.tip(f"refs/paddock/undone/{mine}") == mine


def test_a_branch_that_moved_again_meanwhile_stays_and_so_do_all(team: Team) -> None:
    team.main.git("branch", "people/ada")
    kept = team.tip("people/ada")
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    some = [tips.Moved("feature/x/a2/02a-old", "a2", mine, kept), tips.Moved("people/ada", None, mine, mine)]
    before = refs(team)
    with pytest.raises(GitError):
        tips.restore(open_repository(str(team.main.path)), some)
    assert refs(team) == before


def test_a_link_to_a_branch_is_put_back_and_the_branch_stays(team: Team) -> None:
    team.main.git("branch", "people/ada")
    audit(team, code=0)
    kept = team.tip("people/ada")
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    team.done("a1", "symbolic-ref", "refs/heads/people/ada", f"refs/heads/{OWN}")
    ran = restored(team)
    assert (ran.code, "people/ada: put back" in ran.out) == (0, True), ran
    assert (team.tip("people/ada"), team.tip(OWN)) == (kept, mine)
    # One that was always a link moves with its branch, which is judged by itself.
    team.main.git("symbolic-ref", "refs/heads/alias", f"refs/heads/{OWN}")
    team.done("a1", *EMPTY)
    assert not problems(audit(team)[1])


def test_where_another_branch_is_in_the_way_the_rest_is_put_back(team: Team) -> None:
    team.main.git("branch", "people")
    team.main.git("branch", "old")
    team.done("main", "switch", "-q", "people")
    team.done("main", "commit", "-q", "--allow-empty", "--no-verify", "-m", "x")
    team.done("main", "switch", "-q", "main")
    audit(team, code=0)
    team.done("a1", *PAST, "branch", "-D", "people")
    team.done("a1", *PAST, "branch", "people/x", OWN)
    team.done("a1", *PAST, *EMPTY)
    team.done("a1", *PAST, "branch", "-f", "old", OWN)
    ran = restored(team)
    assert ran.code == 1
    assert "people: left alone: people/x is where it was\n  git branch -m -- people/x OTHER" in ran.err
    assert team.tip("old") == team.tip("main")
    assert audit(team)[0] == 1


def test_the_base_is_missed_though_others_have_its_commit(team: Team) -> None:
    team.done("main", "switch", "-q", "--detach")
    team.done("a1", *PAST, "branch", "-D", "main")
    team.main.git("branch", "other")
    assert ("branch main", f"it is gone and was at {team.tip('other')[:12]}") in problems(audit(team)[1])


def test_only_what_came_after_the_kept_tip_is_held_against_anybody(team: Team) -> None:
    branch = "feature/x/a2/02a-old"
    team.done("a1", *PAST, *EMPTY)
    team.done("a1", *PAST, "branch", "-f", branch, OWN)
    paddock("worktree", "audit", "--accept", cwd=team.main.path)
    team.done("a2", *PAST, "branch", "-f", branch, "main")  # its owner's move
    assert f"branch {branch}" not in [name for name, _ in problems(audit(team)[1])]


def test_what_is_checked_out_is_not_moved_under_its_feet(team: Team) -> None:
    kept = team.tip(OTHER)
    team.done("a1", *PAST, *EMPTY)
    team.done("a1", *PAST, "update-ref", f"refs/heads/{OTHER}", OWN)
    team.done("a2", "reset", "-q", "--hard")
    team.done("a2", *PAST, *EMPTY)  # its owner goes on from there
    went_on = team.tip(OTHER)
    ran = restored(team)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        f"{OTHER}: left alone: a2 went on from there; its tip stays as refs/paddock/undone/{went_on}",
        f"  look at what is in it: git log {kept}..{went_on}",
        "  or, if it is right so: paddock worktree audit --accept",
    ]
    assert team.tip(f"refs/paddock/undone/{went_on}") == went_on
    team.done("a1", *PAST, "update-ref", f"refs/heads/{OTHER}", OWN)
    mine = team.tip(OWN)
    ran = restored(team)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        f"{OTHER}: left alone: it is checked out at {team.trees['a2']}; its tip stays as refs/paddock/undone/{mine}",
        f"  git -C {team.trees['a2']} reset --keep {went_on}",
    ]
    assert [team.tip(f"refs/paddock/undone/{tip}") for tip in (went_on, mine)] == [went_on, mine]


def test_hints_with_odd_names_can_be_run(team: Team) -> None:
    team.done("a1", *PAST, "branch", "$(id)", "HEAD")
    team.done("a1", *PAST, "update-ref", "refs/heads/--x", "HEAD")
    ran = restored(team)
    assert [line.strip() for line in ran.err.splitlines()[1::2]] == ["git branch -D -- '$(id)'", "git branch -D -- --x"]
    for line in ran.err.splitlines()[1::2]:
        subprocess.run(["bash", "-c", line], cwd=team.main.path, check=True, capture_output=True)


def test_a_broken_plan_is_told(team: Team) -> None:
    team.main.write(".paddock/plan.yaml", "series: [\n")
    team.done("main", "commit", "-q", "--no-verify", "-am", "break it")
    assert "plan" in [name for name, _ in problems(audit(team, code=1)[1])]
    assert "problem  plan" in paddock("doctor", cwd=team.main.path).out


def test_what_owners_and_people_do_is_fine(team: Team) -> None:
    team.done("a2", "commit", "-q", "--amend", "--allow-empty", "-m", "again")
    team.done("a2", "branch", "feature/x/a2/05a-more")
    team.done("main", *EMPTY)
    team.main.git("branch", "-f", "feature/x/a2/02a-old", "main")
    team.main.git("branch", "fix/typo")
    audit(team, code=0)
    team.main.git("branch", "-D", "fix/typo", "feature/x/a2/05a-more")  # what it had, others have
    team.main.git("branch", "fix/typo/deeper")  # a folder of the name that a tip was kept by
    audit(team, code=0)
    assert team.main.git("rev-parse", "refs/paddock/kept/fix%/typo%/deeper") == team.tip("main")


def test_what_is_right_so_is_accepted(team: Team) -> None:
    moved(team)
    made_for_nobody(team)
    before = team.main.git("for-each-ref")
    assert paddock("worktree", "audit", "--accept", "--dry-run", cwd=team.main.path).code == 0
    assert team.main.git("for-each-ref") == before
    ran = paddock("worktree", "audit", "--accept", cwd=team.main.path)
    tip = team.tip("main")[:12]
    assert ran.out.splitlines() == [f"feature/x/a2/02a-old: taken for right at {tip}", f"wip: taken for right at {tip}"]
    audit(team, code=0)


def test_a_dry_run_notes_down_nothing(tmp_path: Path) -> None:
    team = Team(tmp_path)
    audit(team, "--dry-run", code=0)
    assert "refs/paddock" not in team.main.git("for-each-ref")


def test_who_may_audit(team: Team, work: Work) -> None:
    ran = paddock("worktree", "audit", cwd=team.trees["a1"])
    assert (ran.code, "nobody audits itself" in ran.err) == (2, True)
    ran = paddock("worktree", "audit", cwd=work.path)
    assert (ran.code, "there is no plan" in ran.err) == (2, True)
    ran = paddock("worktree", "audit", "--restore", "--accept", cwd=team.main.path)
    assert ran.code == 2


def test_without_logs_the_commits_tell(team: Team) -> None:
    team.main.git("config", "core.logAllRefUpdates", "false")
    subprocess.run(["rm", "-rf", str(team.main.path / ".git/logs/refs/heads")], check=True)
    team.done("a2", *EMPTY)
    audit(team, code=0)
    team.done("a1", *PAST, *EMPTY)
    mine = team.tip(OWN)
    team.done("a1", *PAST, "update-ref", "refs/heads/feature/x/a2/02a-old", mine)
    assert [name for name, _ in problems(audit(team)[1])] == [
        "commits of feature/x/a2/02a-old",
        "branch feature/x/a2/02a-old",
    ]


def test_what_can_not_be_looked_at(team: Team) -> None:
    (team.trees["a2"] / ".git").write_text("gitdir: /nowhere\n")
    code, checks = audit(team)
    assert (code, problems(checks, "warning")) == (
        0,
        [("worktree a2", f"it is not there: {team.trees['a2']}")],
    )
    index = team.main.path / ".git/worktrees/a1/index"
    index.write_bytes(b"broken")
    code, checks = audit(team)
    assert (code, [name for name, _ in problems(checks, "unknown")]) == (3, ["worktree a1"])


def test_the_doctor_mends_what_is_safe(team: Team) -> None:
    a_hook_is_gone(team)
    says_another(team)
    team.done("a2", "config", "--worktree", "--unset", "user.email")
    ran = paddock("doctor", cwd=team.main.path)
    assert (ran.code, f"problem  worktree a1            {team.trees['a1']} says that it is a2's" in ran.out) == (
        1,
        True,
    )
    dry = paddock("doctor", "--fix", "--dry-run", cwd=team.main.path)
    assert dry.err.splitlines() == [
        "would be done: reference-transaction: written",
        "would be done: worktree a1: paddock.agent set",
        "would be done: worktree a2: user.email set",
    ]
    assert team.done("a1", "config", "paddock.agent") == "a2"
    ran = paddock("doctor", "--fix", cwd=team.main.path)
    assert ran.err == dry.err.replace("would be done", "done")
    assert (ran.code, paddock("doctor", "--fix", cwd=team.main.path).err) == (0, "")
    assert team.done("a1", "config", "paddock.agent") == "a1"
    assert paddock("doctor", "--dry-run", cwd=team.main.path).code == 2


def test_a_worktree_off_the_list_is_found_and_put_back(team: Team) -> None:
    held = team.main.path / ".git/paddock/agents/a1"
    held.unlink()
    ran = paddock("worktree", "audit", cwd=team.main.path)
    assert "warning  worktree a1            it is not on the list that the hook on refs looks at" in ran.out
    dry = paddock("doctor", "--fix", "--dry-run", cwd=team.main.path)
    assert (dry.err, held.exists()) == ("would be done: worktree a1: put on the list of agents' worktrees\n", False)
    assert paddock("doctor", "--fix", cwd=team.main.path).err == dry.err.replace("would be done", "done")
    assert held.read_text() == "a1\n"
