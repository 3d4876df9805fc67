from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLICY = "extends: paddock:default\nseries: feature/x\n"


def name(tag: str) -> str:
    return f"feature/x/{tag}-work"


def integrate(work: Work, *args: str) -> Ran:
    return paddock("integrate", *args, cwd=work.path)


def told(work: Work, *args: str) -> dict[str, Any]:
    ran = integrate(work, "--format", "json", *args)
    assert ran.err == ""
    found: dict[str, Any] = json.loads(ran.out)
    return found | {"code": ran.code}


@pytest.fixture
def series(work: Work) -> Work:
    """01a is fine; 01b clashes with it; 01c stands on 01b; 02a is fine; `main` moved on and is checked out."""
    work.commit("base", {".paddock.yaml": POLICY, "shared.txt": lines(9)})
    for tag, start, files in (
        ("01a", "main", {"shared.txt": lines(9, "a"), "a.txt": "a\n"}),
        ("01b", "main", {"shared.txt": lines(9, "b")}),
        ("01c", name("01b"), {"c.txt": "c\n"}),
        ("02a", "main", {"d.txt": "d\n"}),
    ):
        work.branch(name(tag), start)
        work.commit(tag, dict(files))
    work.git("checkout", "-q", "main")
    work.commit("main moves", {"main.txt": "x\n"})
    return work


def test_a_series(series: Work) -> None:
    ran = integrate(series)
    assert (ran.code, ran.err) == (1, "")
    sha = series.git("rev-parse", "main")[:12]
    tree = ran.out.splitlines()[-1]
    assert ran.out.splitlines()[:-1] == [
        f"2 of 4 branches merge in order into main ({sha}); 2 of 6 pairs clash",
        f"  {name('01a')} and {name('01b')}: content shared.txt",
        f"  {name('01a')} and {name('01c')}: content shared.txt",
        "every two (x: they clash):",
        f"  1  \\ {name('01a')}",
        f"  2  x\\ {name('01b')}",
        f"  3  x.\\ {name('01c')}",
        f"  4  ...\\ {name('02a')}",
        "in order:",
        f"  1  {name('01a')}: merges",
        f"  2  {name('01b')}: clashes with {name('01a')}: content shared.txt",
        f"  3  {name('01c')}: left out, since it stands on {name('01b')}",
        f"  4  {name('02a')}: merges",
    ]
    series.git("merge", "-q", "--no-edit", name("01a"))
    series.git("merge", "-q", "--no-edit", name("02a"))
    assert tree == f"comes to the tree {series.git('rev-parse', 'HEAD^{tree}')}"


def test_json(series: Work) -> None:
    found = told(series)
    assert (found["code"], found["clean"], found["pairs"], found["known"]) == (1, False, 6, [0, 6])
    assert [one["clean"] for one in found["branches"]] == [True] * 4
    assert found["conflicts"][0] == {
        "branches": [0, 1],
        "clean": False,
        "tree": None,
        "count": 1,
        "clashes": [{"path": "shared.txt", "kind": "content", "others": []}],
    }
    assert [(one["clean"], one["left_out_for"], one["clashes_with"]) for one in found["train"]] == [
        (True, None, []),
        (False, None, [name("01a")]),
        (False, name("01b"), []),
        (True, None, []),
    ]


def test_what_fits_leaves_with_0(series: Work) -> None:
    found = told(series, "--branches", "feature/x/01a-*", "--branches", "feature/x/02*")
    assert (found["code"], found["clean"], len(found["branches"])) == (0, True, 2)


def test_a_clash_of_three_that_no_two_have(work: Work) -> None:
    # Each of the first two leaves enough of the moved file for git to know it; both together do not.
    def text(*edited: int) -> str:
        return "".join(f"{'changed' if at in edited else 'line'} {at} {at * 7919}\n" for at in range(20))

    work.commit("base", {".paddock.yaml": POLICY, "f": text()})
    work.branch(name("01a"))
    work.git("mv", "f", "moved")
    work.commit("move and edit", {"moved": text(*range(7))})
    work.branch(name("01b"), "main")
    work.commit("edit", {"f": text(*range(8, 15))})
    work.branch(name("01c"), "main")
    work.commit("edit the end", {"f": text(19)})
    work.git("checkout", "-q", "main")
    ran = integrate(work)
    assert ran.code == 1
    assert "0 of 3 pairs clash" in ran.out
    assert f"3  {name('01c')}: clashes with those before it together: delete/modify f" in ran.out


def test_only_what_changed_is_merged_again(series: Work) -> None:
    first = told(series)
    second = told(series)
    assert second == first | {"known": [6, 6]}
    # Another commit of the same tree, as after an amended message, is known as well.
    series.git("checkout", "-q", name("02a"))
    series.git("commit", "-q", "--amend", "--no-edit", "-m", "another message")
    assert told(series)["known"] == [6, 6]
    # The base and the two that it clashes with.
    series.git("checkout", "-q", name("01a"))
    series.commit("more", {"e.txt": "e\n"})
    third = told(series)
    assert third["known"] == [3, 6]
    assert third == told(series, "--no-cache") | {"known": [3, 6]}


def spying(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file in which each call of git is noted, and the environment for it."""
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True, text=True).stdout.strip()
    noted, shim = tmp_path / "noted", tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$*" >> "{noted}"\nexec {real} "$@"\n')
    shim.chmod(0o755)
    return noted, {"PATH": f"{shim.parent}:{os.environ['PATH']}"}


def test_nothing_changed_and_git_is_asked_where_branches_stand_alone(series: Work, tmp_path: Path) -> None:
    noted, env = spying(tmp_path)
    first = paddock("integrate", cwd=series.path, env=env)
    assert "merge-tree" in noted.read_text()
    noted.unlink()
    assert paddock("integrate", cwd=series.path, env=env) == first
    assert [line.split()[0] for line in noted.read_text().splitlines()] == ["rev-parse", "for-each-ref"]


def test_branches_that_touch_nothing_in_common_are_not_merged_with_each_other(series: Work, tmp_path: Path) -> None:
    # A git that notes what it is asked to merge: two commits on a line.
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True, text=True).stdout.strip()
    noted, shim = tmp_path / "noted", tmp_path / "git"
    shim.write_text(
        f'#!/bin/sh\ncase "$*" in *merge-tree*--stdin*) tee -a "{noted}" | {real} "$@";; *) exec {real} "$@";; esac\n'
    )
    shim.chmod(0o755)
    assert paddock("integrate", cwd=series.path, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}).code == 1
    tips = {series.git("rev-parse", name(tag)): tag for tag in ("01a", "01b", "01c", "02a")}
    asked = {tuple(tips.get(one) for one in line.split()) for line in noted.read_text().splitlines()}
    assert {pair for pair in asked if None not in pair} == {("01a", "01b"), ("01a", "01c")}


def _moved(work: Work) -> None:
    work.git("checkout", "-q", name("01b"))
    work.commit("mended", {"shared.txt": lines(9)})


def _base(work: Work) -> None:
    work.commit("the base takes another line", {"d.txt": "other\n"})


def _begun(work: Work) -> None:
    work.git("branch", name("03a"), name("02a"))


def _gone(work: Work) -> None:
    work.git("branch", "-q", "-D", name("01a"))


def _series(work: Work) -> None:
    work.git("branch", "feature/y/01a-more", name("01a"))
    told(work)  # a look that knows the branch, of the series before
    work.write(".paddock.yaml", "extends: paddock:default\nseries: [feature/x, feature/y]\n")


def _another_base(work: Work) -> None:
    work.git("branch", "release", name("02a"))
    told(work)
    work.write(".paddock.yaml", POLICY + "base: release\n")


def _template(work: Work) -> None:
    work.git("branch", "feature/x/zed/00a-first", name("02a"))
    told(work)  # last, since its name says no key
    work.write(".paddock.yaml", POLICY + "gates: {branch-order: {template: '{series}/{agent}/{key}-{slug}'}}\n")


def _remote(work: Work) -> None:
    """A remote's word on the base comes before that of the local branch."""
    work.git("update-ref", "refs/remotes/origin/main", name("02a"))


def _tracking(work: Work) -> None:
    work.git("update-ref", "refs/remotes/fork/main", name("01a"))
    work.git("update-ref", "refs/remotes/origin/main", name("02a"))
    for remote in ("origin", "fork"):
        work.git("config", f"remote.{remote}.url", "nowhere")
        work.git("config", f"remote.{remote}.fetch", f"+refs/heads/*:refs/remotes/{remote}/*")
    told(work)
    work.git("config", "branch.main.remote", "fork")
    work.git("config", "branch.main.merge", "refs/heads/main")


PLAN = """\
series: feature/x
phases: [{id: one}]
agents: [{id: a, worktree: a}]
todos:
  - {id: t1, agent: a, phase: one, branch: feature/x/01a-work, needs: [t2]}
  - {id: t2, agent: a, phase: one, branch: feature/x/02a-work}
"""


def _plan(work: Work) -> None:
    work.write(".paddock/plan.yaml", PLAN)


def _planned(work: Work) -> None:
    work.write(".paddock/plan.yaml", PLAN.replace(", needs: [t2]", ""))
    told(work)
    work.write(".paddock/plan.yaml", PLAN)


def _replaced(work: Work) -> None:
    tip = work.git("rev-parse", name("02a"))
    work.branch("elsewhere", name("02a"))
    work.commit("otherwise", {"shared.txt": lines(9, "c")})
    work.git("checkout", "-q", "main")
    work.git("replace", tip, "elsewhere")


def _grafted(work: Work) -> None:
    # 01c stands on main: what is 01b's is then its own.
    tip, main = (work.git("rev-parse", one) for one in (name("01c"), "main"))
    work.write(".git/info/grafts", f"{tip} {main}\n")


CHANGES = (
    _moved, _base, _begun, _gone, _series, _another_base, _template, _remote, _tracking, _plan, _planned,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_a_look_is_none_where_something_changed_that_decides(series: Work, change: Callable[[Work], None]) -> None:
    def but_known(found: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in found.items() if key != "known"}

    before = but_known(told(series))
    assert but_known(told(series)) == before
    change(series)
    after = but_known(told(series))
    assert after == but_known(told(series, "--no-cache"))
    assert after != before
    assert but_known(told(series)) == after


@pytest.mark.parametrize("change", [_replaced, _grafted], ids=lambda one: one.__name__)
def test_what_git_reads_in_place_of_commits_decides_nothing(series: Work, change: Callable[[Work], None]) -> None:
    before = told(series)
    change(series)
    for more in ((), ("--no-cache",)):
        assert told(series, *more) | {"known": None} == before | {"known": None}


def test_each_question_has_a_look_of_its_own(series: Work) -> None:
    questions = ((), ("--no-pairs",), ("--branches", "feature/x/01*"), ("--base", name("02a")), ("--open",))
    wanted = [told(series, *one, "--no-cache") | {"known": None} for one in questions]
    for _ in range(2):
        assert [told(series, *one) | {"known": None} for one in questions] == wanted


def test_a_look_of_earlier_and_what_runs_on_it(series: Work) -> None:
    fine = ("--branches", "feature/x/01a-*", "--branches", "feature/x/02*")
    assert told(series, *fine)["code"] == 0
    found = told(series, *fine, "--verify", "test ! -e d.txt")
    assert (found["code"], found["known"][0], found["verified"]["broken"]) == (1, found["known"][1], name("02a"))


def test_two_at_once(series: Work) -> None:
    wanted = told(series, "--no-cache") | {"known": None}
    command = [sys.executable, "-m", "paddock", "integrate", "--format", "json"]
    for _ in range(3):
        some = [subprocess.Popen(command, cwd=series.path, stdout=subprocess.PIPE) for _ in range(3)]
        for one in some:
            out, _ = one.communicate()
            assert json.loads(out) | {"known": None, "code": one.returncode} == wanted
    assert told(series)["known"] == [6, 6]
    assert not list((series.path / ".git").glob("paddock-*.json.*"))


BROKEN = [b"", b"{", b'{"x": 7}', b"\xff", b'{"k": [1, [["p", "no such kind", []]]]}']


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_cache_is_none(series: Work, content: bytes) -> None:
    first = told(series)
    for file in ("merges", "looks"):
        series.write(f".git/paddock-{file}.json", content)
    assert told(series) == first
    assert told(series) == first | {"known": [6, 6]}


def test_a_broken_look_is_none(series: Work) -> None:
    first = told(series)
    file = series.path / ".git" / "paddock-looks.json"
    looks: dict[str, Any] = json.loads(file.read_bytes())
    (found,) = looks.values()
    wrong: list[Any] = [{}, found | {"steps": 7}, found | {"pairs": [{"first": "x"}]}, None]
    for broken in wrong:
        file.write_text(json.dumps(dict.fromkeys(looks, broken)))
        assert told(series) == first | {"known": [6, 6]}


def test_where_nothing_can_be_kept(series: Work) -> None:
    # Two folders by the files' names: root may write anywhere.
    for file in ("merges", "looks"):
        (series.path / ".git" / f"paddock-{file}.json").mkdir()
    first = told(series)
    assert told(series) == first


def test_no_ref_file_or_object_is_written_but_the_caches(series: Work) -> None:
    def state() -> dict[str, bytes]:
        git = series.path / ".git"
        files = (path for path in git.rglob("*") if path.is_file() and not path.name.startswith("paddock-"))
        return {str(path): path.read_bytes() for path in files}

    before = state()
    integrate(series, "--verify", "true")
    assert state() == before
    assert series.git("status", "--porcelain") == ""


MISSING = {
    "a glob": ("--branches", "feature/y/*"),
    "a name": ("--branches", "feature/x/09a-none"),
    "an option's look": ("--branches", "--all"),
    "a base": ("--base", "nowhere"),
}


@pytest.mark.parametrize("args", MISSING.values(), ids=MISSING)
def test_a_missing_branch_is_an_error_and_no_clash(series: Work, args: tuple[str, ...]) -> None:
    ran = integrate(series, *args)
    assert (ran.code, ran.out) == (3, "")
    assert "paddock: " in ran.err


def test_a_branch_whose_commit_is_lost_is_an_error(series: Work) -> None:
    series.write(".git/refs/heads/feature/x/03a-lost", "1" * 40 + "\n")
    ran = integrate(series)
    assert (ran.code, ran.out) == (3, "")
    assert "Traceback" not in ran.err


def test_a_branch_of_another_history_is_named_and_the_rest_is_judged(series: Work) -> None:
    rest = told(series)
    series.git("checkout", "-q", "--orphan", name("03a"))
    series.commit("alien")
    series.git("checkout", "-q", "main")
    for _ in range(2):
        ran = integrate(series, "--format", "json")
        assert ran.code == 3
        assert ran.err == f"paddock: no commit in common with main: {name('03a')}\n  leave it out: --branches\n"
        found = json.loads(ran.out)
        assert [one["name"] for one in found["unrelated"]] == [name("03a")]
        same = ("branches", "conflicts", "pairs", "train", "tree")
        assert {key: found[key] for key in same} == {key: rest[key] for key in same}
    for form in ("text", "markdown"):
        ran = integrate(series, "--format", form)
        assert ran.code == 3
        assert "can't be judged: no commit in common with" in ran.out


def test_what_fits_and_a_branch_of_another_history_do_not_leave_with_0(series: Work) -> None:
    series.git("checkout", "-q", "--orphan", name("03a"))
    series.commit("alien")
    series.git("checkout", "-q", "main")
    some = ("--branches", "feature/x/02*", "--branches", "feature/x/03*")
    ran = integrate(series, *some, "--format", "json")
    assert (ran.code, json.loads(ran.out)["clean"]) == (3, False)
    ran = integrate(series, "--branches", "feature/x/03*")
    assert (ran.code, ran.out) == (3, "")
    assert f"main and {name('03a')} can't be merged: refusing to merge unrelated histories" in ran.err


def test_a_branch_that_moves_meanwhile_is_an_error(series: Work, tmp_path: Path) -> None:
    # A git that moves a branch before it merges, as an agent might.
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True, text=True).stdout.strip()
    shim = tmp_path / "git"
    move = (
        f'{real} --git-dir "{series.path}/.git" update-ref refs/heads/{name("02a")} {series.git("rev-parse", "main")}'
    )
    shim.write_text(f'#!/bin/sh\ncase "$*" in *merge-tree*--stdin*) {move};; esac\nexec {real} "$@"\n')
    shim.chmod(0o755)
    ran = paddock("integrate", cwd=series.path, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"paddock: refs/heads/{name('02a')} moved while it was judged")


@pytest.mark.parametrize(
    "odd",
    [
        "feature/x/01a-a'b\"$(touch;pwned)",
        "feature/x/01a-\u202eab",
        "feature/x/01a-\u2028ab",
        "feature/x/-rf",
        b"feature/x/01a-\xff",
    ],
)
def test_hostile_names(series: Work, odd: str | bytes) -> None:
    branch = odd if isinstance(odd, str) else odd.decode("utf-8", "surrogateescape")
    series.git("update-ref", f"refs/heads/{branch}", series.git("rev-parse", name("02a")))
    for form in ("text", "json", "markdown"):
        ran = integrate(series, "--branches", "feature/x/**", "--format", form)
        assert (ran.code, ran.err) == (1, "")
        assert "of 5 branches" in ran.out or form == "json"
        assert "\u202e" not in ran.out or form == "json"
    assert not (series.path / "pwned").exists()


def test_verify_finds_the_first_branch_that_breaks(series: Work) -> None:
    # Fails once both a.txt and d.txt are there.
    command = "sh -c '! test -e a.txt || ! test -e d.txt || { echo both; exit 7; }'"
    ran = integrate(series, "--branches", "feature/x/01a-*", "--branches", "feature/x/02*", "--verify", command)
    assert ran.code == 1
    assert f"first broken by {name('02a')}" in ran.out
    assert "  | both" in ran.out
    assert ran.out.count(" leaves with 7 with ") == 1
    assert ran.out.count(" passes with ") == 2


def test_verify_each_and_a_base_that_fails(series: Work) -> None:
    found = told(
        series, "--branches", "feature/x/01a-*", "--branches", "feature/x/02*", "--verify", "test ! -e a.txt", "--each"
    )
    assert found["verified"] == {
        "command": "test '!' -e a.txt",
        "runs": [{"branch": name("01a"), "exit_code": 1}, {"branch": name("02a"), "exit_code": 1}],
        "broken": name("01a"),
    }
    found = told(series, "--branches", "feature/x/02*", "--verify", "false")
    assert (found["code"], found["verified"]["broken"]) == (1, "main")
    found = told(series, "--branches", "feature/x/02*", "--verify", "test -e d.txt")
    assert (found["code"], found["verified"]["broken"]) == (0, None)


def test_verify_runs_on_the_merged_files_in_a_checkout_of_git(series: Work) -> None:
    command = "sh -c 'test -e a.txt && test -e d.txt && test -e main.txt && test -z \"$(git status --porcelain)\"'"
    ran = integrate(series, "--branches", "feature/x/01a-*", "--branches", "feature/x/02*", "--verify", command)
    assert (ran.code, ran.err) == (0, "")


def test_verify_within_its_time(series: Work) -> None:
    found = told(series, "--branches", "feature/x/02*", "--verify", "sleep 60", "--time-limit", "0.2")
    assert found["verified"]["runs"][0] == {"branch": name("02a"), "exit_code": None}


WRONG = {
    "no program": (("--verify", "no-such-program-at-all"), 3),
    "no words": (("--verify", " "), 2),
    "an open quote": (("--verify", "'x"), 2),
    "each of nothing": (("--each",), 2),
    "two selections": (("--open", "--branches", "x"), 2),
    "states without a plan": (("--states", "-"), 2),
}


@pytest.mark.parametrize(("args", "code"), WRONG.values(), ids=WRONG)
def test_wrong_calls(series: Work, args: tuple[str, ...], code: int) -> None:
    ran = integrate(series, *args)
    assert (ran.code, "Traceback" in ran.err) == (code, False)
    assert ran.err


def test_no_series_no_plan(work: Work) -> None:
    ran = integrate(work)
    assert ran.code == 2
    assert "--branches GLOB, --open" in ran.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killed_at_any_call_of_git_no_ref_has_moved(series: Work, tmp_path: Path, number: int) -> None:
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True, text=True).stdout.strip()
    refs, files = series.git("for-each-ref"), series.git("status", "--porcelain")
    counter, shim = tmp_path / "count", tmp_path / "bin" / "git"
    shim.parent.mkdir()
    # The n-th call kills the paddock that made it, before or after git did its work. Two calls side by side get two
    # numbers: a file is made by one of them only.
    shim.write_text(
        f'#!/bin/sh\nn=1\nwhile ! (set -C; : > "{counter}/$n") 2>/dev/null; do n=$((n + 1)); done\n'
        f'[ "$n" = "$KILL_AT" ] && [ "$WHEN" = before ] && kill -{int(number)} $PPID\n'
        f'{real} "$@"\ncode=$?\n[ "$n" = "$KILL_AT" ] && kill -{int(number)} $PPID\nexit $code\n'
    )
    shim.chmod(0o755)
    env = {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "paddock", "integrate", "--verify", "true", "--no-cache"]

    def run(at: int, when: str) -> int:
        rmtree(counter, ignore_errors=True)
        counter.mkdir()
        given = {**env, "KILL_AT": str(at), "WHEN": when}
        done = subprocess.run(command, cwd=series.path, env=given, capture_output=True, check=False)
        return done.returncode

    assert run(0, "") == 1  # it ends by itself: something clashes
    assert run(0, "") == 1  # now with what the first one kept, as all that follow
    calls = len(list(counter.iterdir()))
    assert calls > 10
    # The calls of worker threads come in no fixed order, and each of them is some call.
    for at in range(1, calls + 1, 2):
        for when in ("before", "after"):
            assert run(at, when) != 1, (at, when)
            assert series.git("for-each-ref") == refs
            assert series.git("status", "--porcelain") == files
    assert integrate(series).code == 1


def test_many_clashes_are_counted_by_path(series: Work) -> None:
    for number in range(10):
        series.branch(name(f"05a{number}"), "main")
        series.commit("edit", {"shared.txt": lines(9, f"x{number}"), f"{number}.txt": "x\n"})
    series.git("checkout", "-q", "main")
    for form in ("text", "markdown"):
        ran = integrate(series, "--format", form)
        assert ran.code == 1
        told = [one.strip(" -`") for one in ran.out.splitlines() if "pairs of" in one]
        assert [one.replace("`", "") for one in told] == ["content shared.txt: 77 pairs of 13"]
        assert "each pair: --format json" in ran.out
    assert len(told_json(series)["conflicts"]) == 77


def told_json(work: Work) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(integrate(work, "--format", "json").out)
    return found
