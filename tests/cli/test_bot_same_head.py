"""Pull requests with the same head: GitHub has one check for all of them, which says the worst."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.test_bot_judge import ONE, POLICY, Home

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge


class Twins(Home):
    """Two pull requests of one commit: `big` against the default branch, `small` against all of it but a line."""

    def __init__(self, forge: Forge, folder: Path, policy: str = POLICY) -> None:
        super().__init__(forge, folder, policy)
        self.sweep()
        self.big = self.pull(ONE, 9, 2)
        self.handle(self.big)
        one = forge.person("agent-1")
        self.sha = one.do("GET", f"pulls/{self.big}")["head"]["sha"]
        for name in ("base", "head"):
            one.do("POST", "git/refs", ref=f"refs/heads/{name}", sha=self.sha)
        one.push("base", {"z.txt": "z\n"})
        self.small = one.pull("head", base="base", body="Nothing")

    def handle(self, number: int) -> None:
        """What an event about one of them brings."""
        self.mirror.sync()
        event = self.work.path / "event.json"
        event.write_text(json.dumps({"action": "edited", "number": number}))
        ran = self.run("bot", "handle", "--event-name", "pull_request", "--event-path", str(event))
        assert ran.code == 0, ran.err

    def gates(self) -> tuple[str | None, str]:
        told = self.checks(self.big)["paddock/gates"]
        return told["conclusion"], told["output"]["title"]

    def turn(self, number: int, state: str) -> None:
        self.forge.person("agent-1").do("PATCH", f"pulls/{number}", state=state)


@pytest.fixture
def twins(forge: Forge, tmp_path: Path) -> Twins:
    return Twins(forge, tmp_path)


def test_the_small_one_does_not_turn_the_big_one_green(twins: Twins) -> None:
    red = ("failure", f"#{twins.big}: 1 failed, of 2")
    twins.handle(twins.small)
    assert twins.gates() == red
    told = twins.checks(twins.big)["paddock/gates"]["output"]["summary"]
    assert told.startswith(f"#{twins.big}, #{twins.small} have this commit as their head")
    twins.sweep()
    twins.forge.forget()
    twins.sweep()
    twins.handle(twins.small)
    assert twins.posted() == [], "said again, though all is as before"
    assert twins.gates() == red
    # Each one's own table, and its own todo, are its own affair.
    assert any("| pr-size | **failed** |" in one for one in twins.said(twins.big))
    assert not any("| pr-size | **failed** |" in one for one in twins.said(twins.small))
    twins.turn(twins.small, "closed")
    twins.handle(twins.small)
    assert twins.gates() == ("failure", "1 failed, of 2")


def test_once_the_bad_one_is_gone_it_is_green_and_red_when_that_comes_back(twins: Twins) -> None:
    """Also where it comes back as it was when it was judged alone: the commit says something else since."""
    assert twins.gates() == ("failure", "1 failed, of 2")
    twins.turn(twins.big, "closed")
    twins.handle(twins.small)
    assert twins.gates() == ("success", "2 passed")
    twins.turn(twins.small, "closed")
    twins.handle(twins.small)
    twins.turn(twins.big, "open")
    twins.handle(twins.big)
    assert twins.gates() == ("failure", "1 failed, of 2")


def test_once_the_bad_one_is_closed_its_event_turns_the_other_green(twins: Twins) -> None:
    twins.handle(twins.big)
    twins.turn(twins.big, "closed")
    twins.handle(twins.big)
    assert twins.gates() == ("success", "2 passed")


def test_once_the_bad_one_has_another_head_it_is_green(twins: Twins) -> None:
    twins.handle(twins.big)
    twins.forge.person("agent-1").push(ONE, {"one.txt": "line\n"})
    twins.handle(twins.big)
    told = twins.checks(twins.small)["paddock/gates"]
    assert (told["conclusion"], told["output"]["title"]) == ("success", "2 passed")


def test_an_approval_is_for_one_of_them_alone(forge: Forge, tmp_path: Path) -> None:
    twins = Twins(forge, tmp_path, POLICY.replace("limit: 6", "limit: 60") + "  review: {}\n")
    twins.sweep()
    forge.person("bob").comment(twins.small, f"/approve {twins.sha}")
    twins.sweep()
    waits = "0 approvals for the head, of 1 needed; 0 requests for changes open"
    assert twins.gates() == (None, f"#{twins.big}: {waits}")
