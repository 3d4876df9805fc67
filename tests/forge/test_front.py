"""What stands in front of the tests' GitHub lets in whom it knows, records, and fails as it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from forge.front import Fault
from forge.world import BOT
from paddock.bot.github import connect

if TYPE_CHECKING:
    from forge.world import Forge

WRITER = """
import os, sys
from paddock.bot.github import connect
hub = connect(os.environ)
hub.issue(int(sys.argv[1]))
hub.create_comment(int(sys.argv[1]), "one")
hub.create_comment(int(sys.argv[1]), "two")
print("ended")
"""


def test_a_token_that_nobody_gave_is_none(forge: Forge) -> None:
    stranger = forge.person("ada")
    stranger.login = "stranger"
    assert stranger.ask("GET", "issues")[0] == 401


def test_calls_are_recorded_by_whose_they_are(forge: Forge) -> None:
    number = forge.person("ada").issue("1")
    connect(forge.environment()).create_comment(number, "x")
    (call,) = forge.calls()
    assert (call.operation, call.body, call.status, call.is_write) == (
        "POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {"body": "x"}, 201, True,
    )  # fmt: skip
    assert [one.operation for one in forge.calls("ada")] == ["POST /repos/{owner}/{repo}/issues"]
    forge.forget()
    assert forge.calls() == []


def test_a_request_that_github_does_not_know_fails_the_test(forge: Forge) -> None:
    ada = forge.person("ada")
    assert ada.ask("POST", "issues", title="1", lables=["x"])[0] == 422
    assert ada.ask("GET", "isues")[0] == 404
    assert forge.ledger.violations == [
        "request: no field is called lables",
        "GET /repos/octo/hall/isues is nothing that GitHub has",
    ]
    assert ada.do("GET", "issues") == []
    forge.ledger.violations.clear()


@pytest.mark.parametrize(
    ("call", "done", "comments"),
    [(1, False, []), (2, False, []), (2, True, ["one"]), (3, False, ["one"]), (3, True, ["one", "two"])],
)
def test_a_client_is_killed_before_or_after_a_call(forge: Forge, call: int, *, done: bool, comments: list[str]) -> None:
    number = forge.person("ada").issue("1")
    running: list[subprocess.Popen[str]] = []

    def kill() -> None:
        running[0].kill()

    forge.fail({call: Fault(done=done, act=kill)})
    environment = {**os.environ, **forge.environment()}
    command = [sys.executable, "-c", WRITER, str(number)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        running.append(process)
        assert process.communicate()[0] == ""
    assert process.returncode == -9
    assert len(forge.calls()) == call
    assert [one["body"] for one in forge.person("ada").do("GET", f"issues/{number}/comments")] == comments


def test_somebody_comes_first(forge: Forge) -> None:
    """A fault that is no fault: while a call waits, another is made."""
    ada = forge.person("ada")
    number = ada.issue("1")
    forge.fail({1: Fault(act=lambda: ada.comment(number, "first"), then=True)})
    hub = connect(forge.environment())
    hub.create_comment(number, "second")
    assert [one.text for one in hub.comments(number)] == ["first", "second"]


def test_an_account_may_ask_more_often_than_emulate_lets_a_token(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forge.front.EACH", 2)
    numbers = [forge.person("ada").issue(str(number)) for number in range(9)]
    assert {one["user"]["login"] for one in forge.person("eve").do("GET", "issues?per_page=100")} == {"ada"}
    assert numbers == list(range(1, 10))


def test_every_test_begins_anew(forge: Forge) -> None:
    assert forge.person("ada").issue("1") == 1
    assert forge.calls(BOT) == []
