from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "feature/x/03a-work"
LAYERS = ("feature/x/03a1-work-api", "feature/x/03a2-work-client")


@pytest.fixture
def grown(work: Work) -> Work:
    """A branch of 140 lines in which `client` needs `api`."""
    work.branch(BRANCH)
    api = "def make_it():\n    return 1\n" + lines(68, "#")
    work.commit("all of it", {"api/a.py": api, "client/b.py": "import a\na.make_it()\n" + lines(68, "#")})
    return work


def refs(work: Work) -> str:
    return work.git("for-each-ref", "--format=%(refname) %(objectname)")


def objects(work: Work) -> int:
    return sum(len(files) for _, _, files in os.walk(work.path / ".git" / "objects"))


def test_a_proposal_writes_nothing(grown: Work) -> None:
    before = refs(grown), objects(grown)
    ran = paddock("split", "--limit", "100", cwd=grown.path)
    assert (ran.code, ran.err) == (0, "  make these branches: the same with --apply\n")
    head, *rest = ran.out.splitlines()
    assert head == f"{BRANCH}  140 hand-written lines in 2 files against main"
    assert "  1     70      1  feature/x/03a1-work-api     -" in rest
    assert "  2     70      1  feature/x/03a2-work-client  1" in rest
    assert "   stands on 1: uses make_it" in rest
    assert "   ends here: client/b.py (70 lines) would make it 140, 40 over the limit" in rest
    assert (refs(grown), objects(grown)) == before


def test_apply_makes_the_branches_and_touches_nothing_else(grown: Work) -> None:
    grown.write("README.md", "not committed\n")
    grown.write("api/a.py", "staged\n")
    grown.git("add", "api/a.py")
    before = refs(grown), grown.git("status", "--porcelain"), grown.git("rev-parse", "HEAD")
    ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    said = (
        f"2 branches made, from {LAYERS[0]} to {LAYERS[1]}",
        f"  {BRANCH} is where it was; it holds the same as {LAYERS[1]}",
        f"  then retire it: git -C {grown.path} switch {LAYERS[1]} && git branch -D {BRANCH}",
    )
    assert (ran.code, *ran.err.splitlines()) == (0, *said)
    assert grown.git("rev-parse", f"{LAYERS[1]}^{{tree}}") == grown.git("rev-parse", f"{BRANCH}^{{tree}}")
    assert grown.git("rev-parse", f"{LAYERS[1]}^") == grown.git("rev-parse", LAYERS[0])
    assert grown.git("rev-parse", f"{LAYERS[0]}^") == grown.git("rev-parse", "main")
    grown.git("update-ref", "-d", f"refs/heads/{LAYERS[0]}")
    grown.git("update-ref", "-d", f"refs/heads/{LAYERS[1]}")
    assert (refs(grown), grown.git("status", "--porcelain"), grown.git("rev-parse", "HEAD")) == before
    grown.git("fsck", "--strict")


def test_the_layers_pass_the_gates(grown: Work) -> None:
    policy = "version: 1\nseries: feature/x\ngates: {pr-size: {limit: 100}, dco: {}, branch-order: {}}\n"
    (grown.path / ".paddock.yaml").write_text(policy)
    assert paddock("split", "--apply", cwd=grown.path).code == 0
    for below, layer in (("main", LAYERS[0]), LAYERS):
        ran = paddock("check", "--range", f"{below}..{layer}", "--branch", layer, "--stage", "pre-push", cwd=grown.path)
        assert ran.code == 0, ran
        count = json.loads(paddock("count", "-c", layer, "-b", below, "--format", "json", cwd=grown.path).out)
        assert count["counted"] == 70


def test_a_branch_that_exists_is_refused_and_none_is_made(grown: Work) -> None:
    grown.git("branch", f"{LAYERS[1]}/below", "main")
    before = refs(grown)
    ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"paddock: the branch `{LAYERS[1]}` exists already")
    assert refs(grown) == before


def test_a_hook_that_refuses_one_branch_stops_all(grown: Work) -> None:
    hook = grown.path / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\nif [ $1 = prepared ] && grep -q {LAYERS[1]}; then echo not yours >&2; exit 1; fi\n")
    hook.chmod(0o755)
    before = refs(grown)
    ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    assert ran.code == 3
    assert "not yours" in ran.err or "update-ref" in ran.err
    assert refs(grown) == before


def test_a_remotes_branch_is_split_under_its_own_name(grown: Work, tmp_path: Path) -> None:
    grown.git("clone", "-q", "--branch", "main", str(grown.path), str(tmp_path / "clone"))
    for name in (f"origin/{BRANCH}", BRANCH):
        out = paddock("split", name, "--limit", "100", "--format", "json", cwd=tmp_path / "clone").out
        assert [layer["branch"] for layer in json.loads(out)["layers"]] == list(LAYERS)


def test_where_the_places_are_taken_there_are_others(grown: Work) -> None:
    grown.git("branch", "feature/x/03a2-other", "main")
    out = json.loads(paddock("split", "--limit", "100", "--format", "json", cwd=grown.path).out)
    assert [layer["branch"] for layer in out["layers"]] == [
        "feature/x/03a-split1-work-api",
        "feature/x/03a-split2-work-client",
    ]


def test_json_tells_all(grown: Work) -> None:
    grown.write(b"x\xff", lines(101))
    grown.commit("bytes")
    ran = paddock("split", "--limit", "100", "--format", "json", cwd=grown.path)
    assert ran.code == 1
    out = json.loads(ran.out)
    assert {key: out[key] for key in ("version", "branch", "base", "limit", "counted", "files", "made")} == {
        "version": 1, "branch": BRANCH, "base": "main", "limit": 100, "counted": 241, "files": 3, "made": False,
    }  # fmt: skip
    over = [layer for layer in out["layers"] if layer["over"]]
    assert [(layer["lines"], layer["files"][0]["path_b64"]) for layer in over] == [(101, "eP8=")]
    assert out["layers"][1]["needs"] == [{"layer": 1, "why": "uses make_it"}]


@pytest.mark.parametrize("form", ["markdown", "mermaid", "text"])
def test_hostile_names_end_no_label_and_reach_no_terminal(form: str, grown: Work) -> None:
    grown.commit("hostile", {'"]-->x|`<b>\x1b[31m\u202e/y.txt': lines(90)})
    out = paddock("split", "--limit", "100", "--format", form, cwd=grown.path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    if form == "mermaid":
        assert out.startswith("flowchart BT\n")
        assert all(line.count('"') in (0, 2) for line in out.splitlines())


def test_edit_and_from_make_what_a_person_wrote(grown: Work) -> None:
    grown.write(b"x\xff", lines(20))
    grown.commit("bytes", {"big.txt": lines(150)})
    ran = paddock("split", "--limit", "100", "--hunks", "--edit", "s.yaml", cwd=grown.path)
    assert (ran.code, ran.out) == (0, "")
    sheet = (grown.path / "s.yaml").read_text()
    assert '{path-b64: "eP8="}' in sheet
    assert '{path: "big.txt", part: 2}' in sheet
    sheet = sheet.replace('"feature/x/03a1-', '"feature/x/03a1-first-')
    (grown.path / "s.yaml").write_text(sheet)
    ran = paddock("split", "--from", "s.yaml", "--apply", "--format", "json", cwd=grown.path)
    assert ran.code == 0, ran.err
    names = [layer["branch"] for layer in json.loads(ran.out)["layers"]]
    assert names[0].startswith("feature/x/03a1-first-")
    assert grown.git("rev-parse", f"{names[-1]}^{{tree}}") == grown.git("rev-parse", "HEAD^{tree}")


WRONG = {
    "a file twice": ('"api/a.py"', '"api/a.py"\n      - "api/a.py"', "api/a.py stands in two layers"),
    "a file nowhere": ('      - "api/a.py"  # 70', '      - "client/b.py"', "client/b.py stands in two layers"),
    "unknown": ('"api/a.py"', '"api/aa.py"', "api/aa.py is no part of the change"),
    "a name twice": ("03a2-work-client", "03a1-work-api", "the name stands twice"),
    "no name": ("03a2-work-client", "x..y", "git refuses a name that has two dots in a row"),
    "stale": ('head: "', 'head: "0', "the branch was 0"),
    "unknown key": ("limit: 100", "limits: 100", "unknown key `limits`"),
    "another version": ("version: 1", "version: 2", "version 2; there is only 1"),
    "no YAML": ("layers:", "layers: [", "expected"),
}


@pytest.mark.parametrize(("old", "new", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_told_where(old: str, new: str, said: str, grown: Work) -> None:
    paddock("split", "--limit", "100", "--edit", "s.yaml", cwd=grown.path)
    sheet = (grown.path / "s.yaml").read_text()
    assert old in sheet
    (grown.path / "s.yaml").write_text(sheet.replace(old, new))
    before = refs(grown)
    ran = paddock("split", "--from", "s.yaml", "--apply", cwd=grown.path)
    assert ran.code == 2
    assert said in ran.err
    assert refs(grown) == before


VERIFY = {
    "passes": ("test -f api/a.py", 0, 2),
    "fails on the first": ("test -f client/b.py", 1, 1),
    "fails on the last": ("test ! -f client/b.py", 1, 2),
}


@pytest.mark.parametrize(("command", "code", "tried"), VERIFY.values(), ids=VERIFY)
def test_verify_runs_on_every_layer(command: str, code: int, tried: int, grown: Work) -> None:
    before = refs(grown)
    ran = paddock("split", "--limit", "100", "--apply", "--verify", command, "--format", "json", cwd=grown.path)
    out = json.loads(ran.out)
    assert (ran.code, len(out["verified"]), out["made"]) == (code, tried, code == 0)
    assert (refs(grown) == before) == (code == 1)
    assert "worktrees" not in os.listdir(grown.path / ".git")


def test_a_failure_shows_what_was_printed(grown: Work) -> None:
    command = f"{sys.executable} -c \"print('what is wrong'); raise SystemExit(7)\""
    ran = paddock("split", "--limit", "100", "--verify", command, cwd=grown.path)
    assert ran.code == 1
    assert ran.out.endswith(f"failed  {LAYERS[0]}: exit 7\n   what is wrong\n")


REFUSED = {
    "no branch": (("HEAD~1",), 2, "there is no branch `HEAD~1`"),
    "no such branch": (("nowhere",), 2, "there is no branch `nowhere`"),
    "no such base": (("-b", "nowhere"), 3, "the base `nowhere` is not in this clone"),
    "nothing changed": (("main",), 2, "`main` changes nothing against main"),
    "an option": (("--", "--exec"), 2, "there is no branch `--exec`"),
    "from with others": (("--from", "x", "--limit", "3"), 2, "--from has branch, base, limit and hunks in its file."),
    "from nowhere": (("--from", "nowhere.yaml"), 2, "nowhere.yaml: no such file or directory"),
    "edit and apply": (("--edit", "x", "--apply"), 2, "--edit writes layers of files and makes nothing"),
    "an open quote": (("--limit", "100", "--verify", "'"), 2, "--verify: no closing quotation"),
    "no command": (("--limit", "100", "--verify", ""), 2, "--verify: no command"),
    "no such command": (("--limit", "100", "--verify", "no-such-program"), 3, "no-such-program can't be run"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_what_can_t_be_is_said(arguments: tuple[str, ...], code: int, said: str, grown: Work) -> None:
    before = refs(grown)
    ran = paddock("split", *arguments, cwd=grown.path)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert refs(grown) == before


def test_a_branch_within_the_limit_is_left_alone(grown: Work) -> None:
    before = refs(grown)
    ran = paddock("split", "--apply", cwd=grown.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("  within the limit of 700: there is nothing to split\n")
    assert refs(grown) == before


def test_a_shallow_clone_is_not_guessed_about(grown: Work, tmp_path: Path) -> None:
    grown.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{grown.path}", str(tmp_path / "clone"))
    ran = paddock("split", f"origin/{BRANCH}", "-b", "origin/main", cwd=tmp_path / "clone")
    assert ran.code == 3
    assert "git fetch --unshallow" in ran.err


# A git that counts its calls and, at one of them, kills whoever called it.
_KILLER = """#!/bin/sh
number=$(($(cat "$COUNTER" 2>/dev/null || echo 0) + 1))
echo $number > "$COUNTER"
if [ "$number" = "$AT" ]; then
  if [ "$WHEN" = after ]; then "$GIT" "$@"; fi
  kill -9 $PPID
  exit 1
fi
exec "$GIT" "$@"
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_git_all_branches_are_there_or_none(when: str, grown: Work, tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text(_KILLER)
    (bin_ / "git").chmod(0o755)
    git = shutil.which("git")
    before = refs(grown)
    ends = set()
    at = 0
    while True:
        at += 1
        counter = tmp_path / f"counter-{at}"
        env = {"PATH": f"{bin_}:{os.environ['PATH']}", "COUNTER": str(counter), "AT": str(at), "WHEN": when}
        env |= {"GIT": str(git), "TMPDIR": str(tmp_path)}
        ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path, env=env)
        made = [name for name in LAYERS if grown.git("for-each-ref", f"refs/heads/{name}")]
        ends.add(len(made))
        for name in made:
            grown.git("update-ref", "-d", f"refs/heads/{name}")
        assert refs(grown) == before
        if ran.code >= 0:
            assert (ran.code, len(made)) == (0, 2)  # nobody was killed: there were fewer calls
            break
    assert at > 15
    assert ends == {0, 2}


def test_what_was_split_is_left_out_of_the_train_until_it_is_retired(grown: Work) -> None:
    grown.git("config", "remote.origin.url", "../hub")
    grown.git("update-ref", f"refs/remotes/origin/{BRANCH}", BRANCH)
    ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    retire = f"git -C {grown.path} switch {LAYERS[1]} && git branch -D {BRANCH} && git push origin --delete {BRANCH}"
    assert ran.err.splitlines()[-1] == f"  then retire it: {retire}"
    note = f"{BRANCH} is left out: it was split, and holds the same as {LAYERS[1]} (git branch -D {BRANCH})"
    for _ in range(2):  # the second time it is remembered
        ran = paddock("integrate", "--branches", "feature/x/*", cwd=grown.path)
        assert (ran.code, f"note: {note}" in ran.out, "2 of 2 branches merge in order" in ran.out) == (0, True, True)
    found = json.loads(paddock("train", "--branches", "feature/x/*", "--format", "json", cwd=grown.path).out)
    assert [(one["name"], one["waits"]) for one in found["branches"]] == [(LAYERS[0], []), (LAYERS[1], [LAYERS[0]])]
    assert found["notes"] == [note]
    grown.commit("it goes on", {"more": "x"})
    found = json.loads(paddock("train", "--branches", "feature/x/*", "--format", "json", cwd=grown.path).out)
    assert ([one["name"] for one in found["branches"]], found["notes"]) == ([BRANCH, *LAYERS], [])


def test_whoever_asks_about_the_branch_that_was_split_is_told_what_it_waits_for(grown: Work) -> None:
    grown.write(".paddock.yaml", "series: [feature/x]\n")
    grown.git(
        "branch", "feature/x/01a-first", grown.git("commit-tree", "-p", "main", "-m", "x", f"{BRANCH}~0^{{tree}}")
    )
    paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    for words, waits in (
        ((BRANCH,), ["feature/x/01a-first"]),
        (("--head", BRANCH), ["feature/x/01a-first"]),
        ((LAYERS[1],), ["feature/x/01a-first", LAYERS[0]]),
    ):
        ran = paddock("order", "--state", *words, cwd=grown.path)
        assert (ran.code, json.loads(ran.out)["waits"]) == (1, waits)


def test_a_todos_branch_is_retired_with_a_word_on_the_plan(grown: Work) -> None:
    todo = {"id": "work", "agent": "a", "phase": "0", "branch": BRANCH}
    plan = {"series": "feature/x", "phases": [{"id": "0"}], "agents": [{"id": "a"}], "todos": [todo]}
    grown.write(".paddock/plan.yaml", json.dumps(plan))
    ran = paddock("split", "--limit", "100", "--apply", cwd=grown.path)
    assert ".paddock/plan.yaml has it for the todo work: let it have a todo for each" in ran.err
