"""Events of the tests' GitHub are as GitHub describes them; the fixture fails the test where one is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forge import events
from forge.contract import contract
from forge.world import BOT

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge


def test_comments(forge: Forge, tmp_path: Path) -> None:
    bob, eve = forge.person("bob"), forge.person("eve")
    number = bob.issue("1")
    comment = eve.comment(number, "/assign")
    event = events.on_comment(forge, comment)
    payload = json.loads(event.write(tmp_path / "event.json").read_text(encoding="utf-8"))
    assert (event.name, payload["action"], payload["sender"]["login"]) == ("issue_comment", "created", "eve")
    assert (payload["comment"]["id"], payload["comment"]["author_association"]) == (comment, "NONE")
    bob.do("PATCH", f"issues/comments/{comment}", body="/next")
    edited = events.on_comment(forge, comment, "edited", before="/assign", sender="bob").payload
    assert (edited["changes"], edited["comment"]["body"]) == ({"body": {"from": "/assign"}}, "/next")
    assert (edited["sender"]["login"], edited["comment"]["user"]["login"]) == ("bob", "eve")


def test_a_comment_on_a_pull_request_says_so(forge: Forge) -> None:
    bot, bob = forge.person(BOT), forge.person("bob")
    bob.push("feature/x/01a", {"a.txt": "a\n"})
    number = bob.pull("feature/x/01a")
    payload = events.on_comment(forge, bot.comment(number, "x")).payload
    assert "pull_request" in payload["issue"]
    assert payload["sender"]["type"] == "Bot"


def test_issues(forge: Forge) -> None:
    bob = forge.person("bob")
    number = bob.issue("1", labels=["agent/a"], assignees=["bob"])
    for action in ("opened", "closed", "reopened"):
        assert events.on_issue(forge, number, action, "bob").payload["issue"]["number"] == number
    assert events.on_issue(forge, number, "labeled", "bob", label="agent/a").payload["label"]["name"] == "agent/a"
    assert events.on_issue(forge, number, "assigned", "ada", assignee="bob").payload["assignee"]["login"] == "bob"


def test_pull_requests_and_reviews(forge: Forge) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    before = bob.push("feature/x/01a", {"a.txt": "a\n"})
    number = bob.pull("feature/x/01a")
    assert events.on_pull(forge, number, "opened", "bob").payload["pull_request"]["head"]["sha"] == before
    after = bob.push("feature/x/01a", {"a.txt": "b\n"})
    pushed = events.on_pull(forge, number, "synchronize", "bob", before=before).payload
    assert (pushed["before"], pushed["after"], pushed["pull_request"]["head"]["sha"]) == (before, after, after)
    review = ada.review(number, "APPROVE", "fine")
    told = events.on_review(forge, number, review).payload["review"]
    assert (told["state"], told["commit_id"], told["user"]["login"]) == ("approved", after, "ada")
    ada.merge(number)
    assert events.on_pull(forge, number, "closed", "ada").payload["pull_request"]["merged"] is True


def test_what_is_wrong_with_an_event_is_told() -> None:
    wrong = list(contract().event("issue_comment", "created", {"action": "made"}))
    assert 'issue_comment created: it: "issue" is a required property' in wrong
    assert any(one.startswith("issue_comment created: action: ") for one in wrong)
