"""The status log: real refs, several worktrees, several clones, many writers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Work
from paddock.errors import UsageError
from paddock.sources.git import open_repository
from paddock.worktrees import log
from paddock_cli import paddock
from signers import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from signers import Keyring


def say(work: Work, text: str, agent: str = "a1", when: int | None = None) -> None:
    env = {"GIT_COMMITTER_DATE": f"@{when} +0000"} if when is not None else {}
    ran = paddock("status", "say", "--agent", agent, text, cwd=work.path, env=env)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def said(work: Work, *args: str) -> list[tuple[str, str]]:
    ran = paddock("status", "--format", "json", *args, cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    report: dict[str, Any] = json.loads(ran.out)
    assert report["version"] == 1
    return [(line["agent"], line["text"]) for line in report["lines"]]


def test_the_board_has_all_agents_lines_newest_first(work: Work) -> None:
    assert paddock("status", cwd=work.path).out == 'nobody has said anything yet: paddock status say "…"\n'
    say(work, "started", "agent-1", 1_700_000_000)
    say(work, "reading", "b", 1_700_000_100)
    say(work, "01a pushed\nnext is 01b", "agent-1", 1_700_000_200)
    assert said(work) == [("agent-1", "01a pushed\nnext is 01b"), ("b", "reading"), ("agent-1", "started")]
    assert said(work, "--agent", "b") == [("b", "reading")]
    assert said(work, "--agent", "c") == []
    assert said(work, "--most", "1") == [("agent-1", "01a pushed\nnext is 01b")]
    rows = [line[9:] for line in paddock("status", cwd=work.path).out.splitlines()]
    assert rows == ["agent-1  01a pushed", "         next is 01b", "b        reading", "agent-1  started"]


def test_no_branch_file_or_index_is_touched(work: Work) -> None:
    work.write("new.txt", "x")
    before = work.git("status", "--porcelain"), work.git("for-each-ref", "refs/heads"), work.git("ls-files", "-s")
    say(work, "hello")
    assert (
        work.git("status", "--porcelain"),
        work.git("for-each-ref", "refs/heads"),
        work.git("ls-files", "-s"),
    ) == before
    assert work.git("ls-tree", "refs/paddock/agents/a1/status") == ""
    assert work.git("log", "-1", "--format=%an <%ae>", "refs/paddock/agents/a1/status") == f"Ada Lovelace <{ADA}>"


def test_a_worktree_speaks_for_its_agent_and_is_heard_in_all(work: Work, tmp_path: Path) -> None:
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", "a7/01a-x", str(tmp_path / "a7"))
    ran = paddock("status", "say", "hello", cwd=tmp_path / "a7")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "paddock: this worktree is no agent's, so it is not known who speaks",
    )
    subprocess.run(["git", "config", "--worktree", "paddock.agent", "agent-7"], cwd=tmp_path / "a7", check=True)
    assert paddock("status", "say", "hello", cwd=tmp_path / "a7").code == 0
    assert said(work) == [("agent-7", "hello")]


def test_lines_are_signed_where_commits_are(work: Work, keyring: Keyring) -> None:
    work.git("config", "commit.gpgSign", "true")
    work.git("config", "gpg.format", "ssh")
    work.git("config", "user.signingKey", keyring.ssh("ada").private)
    say(work, "signed")
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in work.git("cat-file", "commit", "refs/paddock/agents/a1/status")


WRONG = {
    "nothing": (["  \n "], "there is nothing to say"),
    "too much": (["x" * 2001], "2,001 characters, 1 over the limit of 2,000"),
    "control characters": (["a\x1b[2Jb"], "the line has control characters"),
    "no id": (["--agent", "../heads/main", "x"], "`../heads/main` is no agent's id"),
    "an option as an id": (["--agent", "-x", "x"], "`-x` is no agent's id"),
    "a lock as an id": (["--agent", "a.lock", "x"], "`a.lock` is no agent's id"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_what_can_not_be_said(arguments: list[str], message: str, work: Work) -> None:
    who = [] if "--agent" in arguments else ["--agent", "a1"]
    ran = paddock("status", "say", *who, *arguments, cwd=work.path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"paddock: {message}")
    assert work.git("for-each-ref", "refs/paddock") == ""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=50))
def test_what_is_said_is_read_back(text: str, work: Work) -> None:
    repository = open_repository(str(work.path))
    try:
        sha = log.say(repository, "a1", text)
    except UsageError:
        return
    assert log.lines(repository, most=1) == (log.lines(repository)[0],)
    assert log.lines(repository)[0].sha == sha
    assert log.lines(repository)[0].text == text.strip()


def test_forged_refs_and_lines_are_only_shown(work: Work) -> None:
    say(work, "true")
    tree = work.git("hash-object", "-w", "-t", "tree", "--stdin", stdin=b"")
    evil = work.git("commit-tree", tree, stdin=b"\x1b[2J::error::x \xff\n")
    work.git("update-ref", "refs/paddock/agents/evil/status", evil)
    work.git("update-ref", "refs/paddock/agents/evil/deep/status", evil)
    work.git("update-ref", "refs/paddock/agents/other", evil)
    out = paddock("status", cwd=work.path).out
    assert "\x1b" not in out
    assert out.count("evil") == 1
    assert "\\x1b[2J::error::x" in out


def test_the_same_words_of_two_agents_are_two_lines(work: Work) -> None:
    say(work, "started", "a1", 1_700_000_000)
    say(work, "started", "a2", 1_700_000_000)
    assert sorted(said(work)) == [("a1", "started"), ("a2", "started")]


def test_many_writers_lose_no_line(work: Work) -> None:
    program = (
        "import sys; from paddock.sources.git import open_repository; from paddock.worktrees.log import say\n"
        "for i in range(10): say(open_repository(), sys.argv[1], f'{sys.argv[2]} {i}')"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, agent, str(number)], cwd=work.path)
        for number in range(3)
        for agent in ("a1", "a2")
    ]
    assert [one.wait() for one in started] == [0] * len(started)
    expected = {(agent, f"{number} {i}") for agent in ("a1", "a2") for number in range(3) for i in range(10)}
    assert len(said(work, "--most", "100")) == len(expected)
    assert set(said(work, "--most", "100")) == expected


@pytest.fixture
def clones(work: Work, tmp_path: Path) -> tuple[Work, Work]:
    bare = tmp_path / "hub.git"
    work.git("clone", "-q", "--bare", str(work.path), str(bare))
    made = []
    for name in ("one", "two"):
        work.git("clone", "-q", str(bare), str(tmp_path / name))
        made.append(Work(tmp_path / name))
    return made[0], made[1]


def sync(work: Work, *args: str) -> list[str]:
    ran = paddock("status", "sync", *args, cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    return ran.out.splitlines()


def test_two_clones_exchange_their_lines(clones: tuple[Work, Work]) -> None:
    one, two = clones
    say(one, "from one", "a1", 1_700_000_000)
    say(two, "from two", "a2", 1_700_000_100)
    assert sync(one, "--dry-run") == ["a1: would be pushed"]
    assert one.git("ls-remote", "origin", "refs/paddock/*") == ""
    assert sync(one) == ["a1: pushed"]
    assert sync(two, "--dry-run") == ["a1: would be fetched", "a2: would be pushed"]
    assert said(two) == [("a2", "from two")]
    assert sync(two) == ["a1: fetched", "a2: pushed"]
    assert sync(one) == ["a1: same", "a2: fetched"]
    assert said(one) == said(two) == [("a2", "from two"), ("a1", "from one")]
    assert sync(one) == ["a1: same", "a2: same"]


def test_lines_of_one_agent_from_two_places_are_all_kept(clones: tuple[Work, Work]) -> None:
    one, two = clones
    say(one, "at home", "a1", 1_700_000_000)
    sync(one)
    sync(two)
    say(one, "at home again", "a1", 1_700_000_100)
    say(two, "on the road", "a1", 1_700_000_200)
    sync(one)
    assert sync(two, "--dry-run") == ["a1: would be joined, pushed"]
    assert sync(two) == ["a1: joined, pushed"]
    assert sync(one) == ["a1: fetched"]
    assert said(one) == said(two) == [("a1", "on the road"), ("a1", "at home again"), ("a1", "at home")]


def test_a_remote_that_is_not_there(work: Work) -> None:
    say(work, "hello")
    ran = paddock("status", "sync", "--remote=--upload-pack=touch x", cwd=work.path)
    assert (ran.code, ran.out) == (3, "")
    assert not (work.path / "x").exists()
    assert said(work) == [("a1", "hello")]


def test_a_log_that_can_not_be_written(work: Work) -> None:
    say(work, "hello")
    (work.path / ".git/refs/paddock/agents/a1").chmod(0o555)
    ran = paddock("status", "say", "--agent", "a1", "more", cwd=work.path, bound_by_modes=True)
    (work.path / ".git/refs/paddock/agents/a1").chmod(0o755)
    assert (ran.code, ran.out) == (3, "")
    assert said(work) == [("a1", "hello")]
