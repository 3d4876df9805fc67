from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

API, CLIENT = "feature/x/01a-api", "feature/x/01b-client"
BRANCH = f"resolve/{API}--{CLIENT}"


@pytest.fixture
def torn(work: Work) -> Work:
    """Two branches that change one line each in their own way, and other lines of the same file too."""
    work.commit("before", {"a.txt": lines(20), "gone.txt": lines(5, "gone")})
    work.branch(API)
    work.commit("api", {"a.txt": lines(20).replace("line 5\n", "api\n").replace("line 15\n", "api too\n")})
    work.branch(CLIENT)
    work.git("reset", "-q", "--hard", "main")
    work.commit("client", {"a.txt": lines(20).replace("line 5\n", "client\n").replace("line 18\n", "client too\n")})
    work.git("checkout", "-q", "main")
    return work


def refs(work: Work) -> str:
    return work.git("for-each-ref", "--format=%(refname) %(objectname)")


def resolve(work: Work, text: str | None = None) -> None:
    work.git("switch", "-q", BRANCH)
    kept = [
        line for line in (work.path / "a.txt").read_text().splitlines() if line[:7] not in ("<" * 7, "=" * 7, ">" * 7)
    ]
    work.commit("resolve it", {"a.txt": "\n".join(kept) + "\n" if text is None else text})
    work.git("switch", "-q", "main")


def test_list_names_pair_path_and_kind(torn: Work) -> None:
    ran = paddock("conflict", "list", "--open", cwd=torn.path)
    assert ran.code == 1
    assert ran.out == f"{API}  {CLIENT}\n  content  a.txt\n  resolve it: paddock conflict isolate {API} {CLIENT}\n"
    out = json.loads(paddock("conflict", "list", "--open", "--format", "json", cwd=torn.path).out)
    assert out["conflicts"][0]["clashes"] == [{"path": "a.txt", "kind": "content"}]
    torn.git("branch", "-D", CLIENT)
    ran = paddock("conflict", "list", "--open", cwd=torn.path)
    assert (ran.code, ran.out) == (0, "1 branches, and every two of them merge\n")


def test_isolate_commits_the_markers_on_the_earlier_branch(torn: Work) -> None:
    before = refs(torn)
    ran = paddock("conflict", "isolate", CLIENT, API, cwd=torn.path)
    assert ran.code == 0, ran
    assert ran.out.splitlines()[1:] == ["  content  a.txt", f"    {API}: Ada Lovelace", f"    {CLIENT}: Ada Lovelace"]
    parents = torn.git("rev-list", "--parents", "-1", BRANCH).split()[1:]
    assert parents == [torn.git("rev-parse", API), torn.git("rev-parse", CLIENT)]
    text = torn.git("show", f"{BRANCH}:a.txt")
    assert f"<<<<<<< {API}\napi\n=======\nclient\n>>>>>>> {CLIENT}\n" in text
    assert "api too\n" in text
    assert "client too\n" in text
    torn.git("branch", "-D", BRANCH)
    assert refs(torn) == before


def test_done_brings_it_back_as_one_merge_without_markers(torn: Work) -> None:
    api, client = torn.git("rev-parse", API), torn.git("rev-parse", CLIENT)
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert (ran.code, ran.out) == (1, "a.txt: 2 conflict markers are left, at line 6, 10\n")
    resolve(torn)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert ran.code == 0, ran
    assert torn.git("rev-parse", API) == api
    assert torn.git("rev-list", "--parents", "-1", CLIENT).split()[1:] == [client, api]
    assert torn.git("rev-parse", f"{CLIENT}^{{tree}}") == torn.git("rev-parse", f"{BRANCH}^{{tree}}")
    assert torn.git("log", "-1", "--format=%s|%(trailers:key=Signed-off-by,valueonly)", CLIENT) == (
        f"Merge {API} into {CLIENT}|Ada Lovelace <ada@example.org>\n"
    )
    ran = paddock("conflict", "list", "--open", cwd=torn.path)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"{BRANCH}: brought back onto {CLIENT}")
    before = refs(torn)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert (ran.code, ran.out) == (0, f"{BRANCH} is brought back onto {CLIENT} already\n")
    assert refs(torn) == before


def test_lost_lines_are_told_and_can_be_meant(torn: Work) -> None:
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    resolve(torn, lines(20))
    before = refs(torn)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert (ran.code, ran.out.splitlines()) == (
        1,
        [
            "a.txt: lines that a side added are gone: 2, the first: api too",
            "  if that is meant: --accept a.txt",
            "a.txt: lines that a side deleted are back: 3, the first: line 5",
            "  if that is meant: --accept a.txt",
        ],
    )
    assert refs(torn) == before
    assert paddock("conflict", "done", "--accept", "a.txt", cwd=torn.path).code == 0


def test_a_gate_that_fails_stops_it(torn: Work) -> None:
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    torn.git("switch", "-q", BRANCH)
    torn.write("a.txt", "api too\nclient too\n" + lines(30, "resolved"))
    torn.git("commit", "-qam", "no sign-off")
    torn.git("switch", "-q", "main")
    before = refs(torn)
    (torn.path / ".paddock.yaml").write_text("version: 1\ngates: {pr-size: {limit: 3}}\n")
    ran = paddock("conflict", "done", "--accept", "a.txt", cwd=torn.path)
    assert ran.code == 1
    assert "over the limit of 3" in ran.out
    assert refs(torn) == before
    (torn.path / ".paddock.yaml").write_text("version: 1\ngates: {dco: {merges: required}}\n")
    ran = paddock("conflict", "done", "--accept", "a.txt", cwd=torn.path)
    assert ran.code == 1
    assert "no sign-off by Ada Lovelace" in ran.out
    assert refs(torn) == before


def test_the_worktree_of_the_later_branch_moves_along(torn: Work, tmp_path: Path) -> None:
    torn.git("worktree", "add", "-q", str(tmp_path / "client"), CLIENT)
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    resolve(torn)
    file = tmp_path / "client" / "a.txt"
    mine = file.read_text()
    file.write_text("not committed\n")
    before = refs(torn)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert ran.code == 2
    assert "1 files are changed and not committed" in ran.err
    assert refs(torn) == before
    file.write_text(mine)
    assert paddock("conflict", "done", cwd=torn.path).code == 0
    assert "api too" in file.read_text()
    assert torn.git("-C", str(tmp_path / "client"), "status", "--porcelain") == ""


def test_both_agents_are_told(torn: Work, tmp_path: Path) -> None:
    torn.git("config", "extensions.worktreeConfig", "true")
    for agent, branch in (("agent-1", API), ("agent-2", CLIENT)):
        torn.git("worktree", "add", "-q", str(tmp_path / agent), branch)
        torn.git("-C", str(tmp_path / agent), "config", "--worktree", "paddock.agent", agent)
    ran = paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    assert "told agent-1\ntold agent-2\n" in ran.err
    log = paddock("status", "--format", "json", cwd=torn.path).out
    assert log.count(f"resolve it on {BRANCH}") == 2


def test_a_later_branch_that_moved_on_has_to_be_merged_first(torn: Work) -> None:
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    resolve(torn)
    torn.git("switch", "-q", CLIENT)
    torn.commit("more", {"b.txt": "b\n"})
    torn.git("switch", "-q", "main")
    ran = paddock("conflict", "done", cwd=torn.path)
    assert (ran.code, ran.out) == (1, f"{CLIENT}: the branch has moved on since: git merge {CLIENT}, on {BRANCH}\n")
    torn.git("switch", "-q", BRANCH)
    torn.git("merge", "-q", "--no-edit", CLIENT)
    torn.git("switch", "-q", "main")
    assert paddock("conflict", "done", cwd=torn.path).code == 0
    assert torn.git("show", f"{CLIENT}:b.txt") == "b"


def test_abort_leaves_all_refs_as_they_were_and_loses_nothing(torn: Work) -> None:
    before = refs(torn)
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    assert paddock("conflict", "abort", cwd=torn.path).code == 0
    assert refs(torn) == before
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    resolve(torn)
    ran = paddock("conflict", "abort", cwd=torn.path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"paddock: 1 commit on `{BRANCH}` would be lost")
    torn.git("switch", "-q", BRANCH)
    ran = paddock("conflict", "abort", "--discard", cwd=torn.path)
    assert ran.code == 2
    assert "is checked out in" in ran.err
    torn.git("switch", "-q", "main")
    assert paddock("conflict", "abort", "--discard", cwd=torn.path).code == 0
    assert refs(torn) == before


def test_a_resolution_whose_branch_is_gone_can_still_be_given_up(torn: Work) -> None:
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    torn.git("branch", "-D", CLIENT)
    ran = paddock("conflict", "done", cwd=torn.path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"paddock: there is no branch `{CLIENT}` any more")
    assert paddock("conflict", "abort", cwd=torn.path).code == 0


def test_what_git_left_can_be_meant(work: Work) -> None:
    work.commit("before", {"gone": lines(9)})
    work.branch(API)
    work.commit("api", {"gone": lines(12)})
    work.branch(CLIENT, "main")
    work.git("rm", "-q", "gone")
    work.commit("client")
    work.git("checkout", "-q", "main")
    assert paddock("conflict", "isolate", API, CLIENT, cwd=work.path).code == 0
    assert paddock("conflict", "done", cwd=work.path).code == 1
    ran = paddock("conflict", "done", "--accept", "gone", cwd=work.path)
    assert ran.code == 0, ran
    assert work.git("show", f"{CLIENT}:gone") == lines(12).strip()


def test_a_dry_run_does_nothing(torn: Work) -> None:
    before = refs(torn)
    assert paddock("conflict", "isolate", API, CLIENT, "--dry-run", cwd=torn.path).code == 0
    assert refs(torn) == before
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    resolve(torn)
    before = refs(torn)
    for verb in ("done", "abort"):
        more = ("--discard",) if verb == "abort" else ()
        assert paddock("conflict", verb, "--dry-run", *more, cwd=torn.path).code == 0
        assert refs(torn) == before


REFUSED = {
    "no such branch": (("isolate", API, "nowhere"), 2, "there is no branch `nowhere`"),
    "itself": (("isolate", API, API), 2, "a branch does not conflict with itself"),
    "a resolution": (("isolate", API, BRANCH), 2, "is itself a resolution"),
    "twice": (("isolate", API, CLIENT), 2, "exists already"),
    "no resolution": (("done", API), 2, f"`{API}` is no resolution"),
    "gone": (("abort", "resolve/x"), 2, "there is no branch `resolve/x`"),
    "an option": (("isolate", API, "--", "--exec"), 2, "there is no branch `--exec`"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_what_can_t_be_is_said(arguments: tuple[str, ...], code: int, said: str, torn: Work) -> None:
    paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
    before = refs(torn)
    ran = paddock("conflict", *arguments, cwd=torn.path)
    assert ran.code == code
    assert said in ran.err
    assert refs(torn) == before


def test_clean_branches_and_strange_histories(torn: Work) -> None:
    ran = paddock("conflict", "isolate", API, "main", cwd=torn.path)
    assert (ran.code, ran.out) == (0, f"{API} and main merge cleanly: there is nothing to resolve\n")
    torn.git("checkout", "-q", "--orphan", "apart")
    torn.commit("apart")
    ran = paddock("conflict", "isolate", API, "apart", cwd=torn.path)
    assert ran.code == 3
    assert "no commit in common" in ran.err


def test_every_kind_of_conflict_is_isolated_and_needs_a_word(work: Work) -> None:
    files: dict[str, str | bytes] = {
        "binary": b"\0" * 90, "gone": lines(9), "with\nline": lines(9), "-opt": lines(9), "moved": lines(30, "moved"),
    }  # fmt: skip
    work.commit("before", files)
    for branch, word in ((API, "one"), (CLIENT, "two")):
        work.branch(branch)
        work.write("binary", b"\0" + word.encode() * 40)
        for name in ("with\nline", "-opt"):
            work.write(name, lines(9).replace("line 4\n", f"{word}\n"))
        work.git("mv", "moved", f"moved-{word}")
        if word == "one":
            work.git("rm", "-q", "gone")
        else:
            work.write("gone", lines(9, word))
        work.write(b"\xff" + b"new", lines(9, word))
        os.symlink(word, work.path / "link")
        work.commit(word)
        work.git("checkout", "-q", "main")
    ran = paddock("conflict", "isolate", API, CLIENT, "--format", "json", cwd=work.path)
    assert ran.code == 0, ran
    found = {one["path"] or one["path_b64"]: one["kind"] for one in json.loads(ran.out)["conflicts"]}
    assert found["gone"] == "delete/modify"
    assert found["binary"] == "binary"
    assert {found[path] for path in ("with\nline", "-opt", "/25ldw==")} == {"content"}
    assert "link" in found
    assert any(kind == "rename" for kind in found.values())
    ran = paddock("conflict", "done", cwd=work.path)
    assert ran.code == 1
    assert "with\\nline: 2 conflict markers" in ran.out
    assert "gone: a delete/modify conflict, and it is as git left it" in ran.out
    assert "binary: a binary conflict, and it is as git left it" in ran.out


_KILLER = """#!/bin/sh
number=$(($(cat "$COUNTER" 2>/dev/null || echo 0) + 1))
echo $number > "$COUNTER"
if [ "$number" = "$AT" ]; then
  "$GIT" "$@"
  kill -9 $PPID
  exit 1
fi
exec "$GIT" "$@"
"""


@pytest.mark.parametrize("verb", ["isolate", "done"])
def test_killed_at_any_call_of_git_it_is_done_or_not(verb: str, torn: Work, tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text(_KILLER)
    (bin_ / "git").chmod(0o755)
    arguments = ("isolate", API, CLIENT) if verb == "isolate" else ("done",)
    if verb == "done":
        paddock("conflict", "isolate", API, CLIENT, cwd=torn.path)
        resolve(torn)
    before = refs(torn)
    client = torn.git("rev-parse", CLIENT)
    ends = set()
    at = 0
    while True:
        at += 1
        env = {"PATH": f"{bin_}:{os.environ['PATH']}", "COUNTER": str(tmp_path / f"counter-{at}"), "AT": str(at)}
        env |= {"GIT": str(shutil.which("git")), "TMPDIR": str(tmp_path)}
        ran = paddock("conflict", *arguments, cwd=torn.path, env=env)
        now = set(refs(torn).splitlines()) ^ set(before.splitlines())
        ends.add(len(now))
        if verb == "isolate" and now:
            assert [row.split(" ")[0] for row in now] == [f"refs/heads/{BRANCH}"]
            torn.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        elif now:
            assert {row.split(" ")[0] for row in now} == {f"refs/heads/{CLIENT}"}
            assert torn.git("rev-parse", f"{CLIENT}^1") == client
            torn.git("update-ref", f"refs/heads/{CLIENT}", client)
        if ran.code >= 0:
            assert (ran.code, len(now)) == (0, 1 if verb == "isolate" else 2)
            break
    assert at > 8
    assert 0 in ends
    assert len(ends) == 2
