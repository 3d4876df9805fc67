from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from github_api import FakeGitHub, commit, verification
from paddock.errors import FactUnreadableError, UsageError, install
from paddock.model import Commit, Person, Signature, SignatureFormat, SignatureVerdict
from paddock.sources.github import VERDICTS, GitHub
from paddock_cli import paddock
from signers import ADA, Keyring, list_keys, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Work

V = SignatureVerdict
PERSON = Person("Ada Lovelace", ADA)
OPEN = Signature(V.UNVERIFIABLE, None, "SHA256:x", SignatureFormat.SSH, None, "no list")
TOKEN = "ghp_verysecret"  # noqa: S105 - nobody's


@pytest.fixture
def server() -> Iterator[FakeGitHub]:
    with FakeGitHub().serve() as fake:
        yield fake


def made(number: int, email: str = ADA) -> Commit:
    return Commit(f"{number:040x}", ("0" * 40,), "work", PERSON, Person("Ada Lovelace", email))


def github(server: FakeGitHub, **environment: str) -> GitHub:
    return GitHub("team/project", {"GITHUB_API_URL": server.url} | environment)


def vouched(server: FakeGitHub, *commits: Commit, ours: Signature = OPEN) -> tuple[Signature, ...]:
    return github(server).vouch("a" * 40, "b" * 40, commits, [ours] * len(commits))


@pytest.mark.parametrize(("word", "verdict"), VERDICTS.items(), ids=VERDICTS)
def test_each_of_githubs_words_is_a_verdict(server: FakeGitHub, word: str, verdict: V) -> None:
    server.commits = [commit(str(made(1).sha), verification(word))]
    emails = (ADA,) if word == "valid" else ()
    (found,) = vouched(server, made(1))
    reason = f"GitHub says: {word}"
    assert found == Signature(verdict, None, "SHA256:x", SignatureFormat.SSH, emails, reason, by_github=True)


def test_the_words_that_make_nothing_good() -> None:
    assert {word for word, verdict in VERDICTS.items() if verdict is V.GOOD} == {"valid"}


ODD = {
    "a word that is new": verification("quantum"),
    "valid, and not verified": verification("valid", verified=False),
    "verified is a text": {**verification("valid"), "verified": "true"},
    "no reason": {"verified": True},
    "a reason that is a list": {"verified": True, "reason": ["valid"]},
}


@pytest.mark.parametrize("word", ODD.values(), ids=ODD)
def test_what_is_not_plainly_valid_is_not_good(server: FakeGitHub, word: object) -> None:
    server.commits = [commit(str(made(1).sha), word)]
    assert [one.verdict for one in vouched(server, made(1))] == [V.UNVERIFIABLE]


def test_a_commit_that_github_does_not_know_stays_as_it_was(server: FakeGitHub) -> None:
    server.commits = [commit("f" * 40, verification("valid"))]
    (found,) = vouched(server, made(1))
    assert (found.verdict, found.reason) == (V.UNVERIFIABLE, "no list; GitHub does not know the commit")
    assert not found.by_github


def test_an_address_that_would_be_a_pattern_is_none(server: FakeGitHub) -> None:
    server.commits = [commit(str(made(1).sha), verification("valid"))]
    assert [one.emails for one in vouched(server, made(1, "*@*"))] == [()]


KEPT = [V.GOOD, V.UNSIGNED, V.BAD, V.EXPIRED, V.REVOKED, V.WRONG_IDENTITY]


@pytest.mark.parametrize("verdict", KEPT)
def test_what_is_known_here_is_not_asked_for(server: FakeGitHub, verdict: V) -> None:
    server.commits = [commit(str(made(1).sha), verification("valid"))]
    ours = Signature(verdict)
    assert vouched(server, made(1), ours=ours) == (ours,)
    assert server.requests == []


def test_hundreds_of_commits_take_a_request_for_each_hundred(server: FakeGitHub) -> None:
    commits = [made(number) for number in range(1, 251)]
    server.commits = [commit(str(one.sha), verification("valid")) for one in commits]
    assert {one.verdict for one in vouched(server, *commits)} == {V.GOOD}
    path = f"/repos/team/project/compare/{'a' * 40}...{'b' * 40}"
    assert [request for request, _ in server.requests] == [f"{path}?page={page}&per_page=100" for page in (1, 2, 3)]


def test_the_token_goes_to_github_and_nowhere_else(server: FakeGitHub) -> None:
    server.broken = 403
    with pytest.raises(FactUnreadableError) as raised:
        github(server, GITHUB_TOKEN=TOKEN).vouch("a", "b", [made(1)], [OPEN])
    assert TOKEN not in f"{raised.value}{raised.value.hint}"
    assert server.requests[0][1] == f"token {TOKEN}"


REFUSALS = {
    "401": (401, "GitHub's API for team/project answered 401"),
    "403": (403, "GitHub's API for team/project answered 403"),
    "404": (404, "GitHub's API for team/project answered 404"),
    "429": (429, "GitHub's API for team/project answered 429"),
    "500": (500, "GitHub's API for team/project answered 500"),
    "no JSON": (b"<html>", "GitHub's answer on commits is not as its API describes it"),
    "a list": (b"[]", "GitHub's answer on commits is not as its API describes it"),
    "no commits": (b"{}", "GitHub's answer on commits is not as its API describes it"),
    "odd commits": (b'{"commits": [{"sha": 1}]}', "GitHub's answer on commits is not as its API describes it"),
}


@pytest.mark.parametrize(("broken", "said"), REFUSALS.values(), ids=REFUSALS)
def test_an_answer_that_is_none_is_unreadable(server: FakeGitHub, broken: int | bytes, said: str) -> None:
    server.broken = broken
    with pytest.raises(FactUnreadableError) as raised:
        vouched(server, made(1))
    assert str(raised.value) == said


def test_nobody_there_is_unreadable() -> None:
    with FakeGitHub().serve() as gone:
        pass
    with pytest.raises(FactUnreadableError, match=r"^GitHub's API for team/project can't be reached: "):
        vouched(gone, made(1))


WRONG = {"none": ("", "--github: which repository?"), "no owner": ("project", "--github: `project` is not OWNER/NAME")}


@pytest.mark.parametrize(("name", "said"), WRONG.values(), ids=WRONG)
def test_a_name_that_is_none(name: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        GitHub(name, {})
    assert str(raised.value) == said


def test_without_pygithub_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "github", None)
    with pytest.raises(UsageError) as raised:
        GitHub("team/project", {})
    assert (str(raised.value), raised.value.hint) == ("--github needs PyGithub", install("bot"))


# As a user runs it.

POLICY = "version: 1\ngates:\n  signing: {}\n"


def test_check_takes_githubs_word_and_says_so(server: FakeGitHub, work: Work, keyring: Keyring) -> None:
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("topic")
    sha = signed(work, keyring.ssh("ada"), keyring)
    server.commits = [commit(sha, verification("valid"))]
    env = {"GITHUB_API_URL": server.url, "GITHUB_REPOSITORY": "team/project", "GITHUB_TOKEN": TOKEN}
    ran = paddock("check", "--range", "main..topic", cwd=work.path, env=env)
    assert (ran.code, server.requests) == (3, [])
    ran = paddock("check", "--github", "--range", "main..topic", cwd=work.path, env=env)
    assert (ran.code, ran.err) == (0, "")
    assert "1 commit with a good signature (1 by GitHub's word)" in ran.out
    ran = paddock("check", "--range", "main..topic", "--github", "team/other", cwd=work.path, env=env)
    assert ran.code == 3
    assert "GitHub's API for team/other answered 404" in ran.out
    assert TOKEN not in ran.out + ran.err


def test_the_base_can_refuse_githubs_word(server: FakeGitHub, work: Work, keyring: Keyring) -> None:
    work.commit("policy", {".paddock.yaml": "version: 1\ngates:\n  signing: {github: refuse}\n"})
    work.branch("topic")
    sha = signed(work, keyring.ssh("ada"), keyring)
    work.write(".paddock.yaml", POLICY)
    server.commits = [commit(sha, verification("valid"))]
    env = {"GITHUB_API_URL": server.url}
    options = ("--github", "team/project", "--range", "main..topic", "--trust", "main")
    ran = paddock("check", *options, cwd=work.path, env=env)
    assert ran.code == 1
    assert "the policy does not take GitHub's word for it: GitHub says: valid" in ran.out


def test_a_document_carries_githubs_word(server: FakeGitHub, work: Work, keyring: Keyring) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("topic")
    sha = signed(work, keyring.ssh("eve"), keyring)
    server.commits = [commit(sha, verification("valid"))]
    ran = paddock("change", "--github", "team/project", cwd=work.path, env={"GITHUB_API_URL": server.url})
    assert ran.code == 0, ran.err
    judged = paddock("check", "--change", "-", cwd=work.path, stdin=ran.out.encode())
    assert judged.code == 0
    assert "1 by GitHub's word" in judged.out


@pytest.mark.parametrize("arguments", [["--staged"], ["--message-file", "m"], ["--change", "-"]])
def test_only_commits_of_a_repository_can_be_asked_for(work: Work, arguments: list[str]) -> None:
    ran = paddock("check", *arguments, "--github", "a/b", cwd=work.path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "paddock: --github is for commits of a repository")
