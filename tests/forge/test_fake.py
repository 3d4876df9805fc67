"""The GitHub of the tests answers as GitHub does where `emulate` alone would not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from forge.deliveries import deliveries
from forge.world import BOT, PEOPLE

if TYPE_CHECKING:
    from forge.world import Forge

WRITES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "label": ("POST", "issues/1/labels", {"labels": ["x"]}, "triage"),
    "assign": ("POST", "issues/1/assignees", {"assignees": ["bob"]}, "triage"),
    "close": ("PATCH", "issues/1", {"state": "closed"}, "triage"),
    "make a label": ("POST", "labels", {"name": "x", "color": "ffffff"}, "write"),
    "edit somebody's comment": ("PATCH", "issues/comments/1", {"body": "x"}, "write"),
    "delete somebody's comment": ("DELETE", "issues/comments/1", {}, "write"),
    "make a ref": ("POST", "git/refs", {"ref": "refs/heads/x", "sha": ""}, "write"),
    "add somebody": ("PUT", "collaborators/bob", {"permission": "push"}, "admin"),
    "comment": ("POST", "issues/1/comments", {"body": "x"}, "none"),
}
LEVELS = ["none", "read", "triage", "write", "maintain", "admin"]


@pytest.mark.parametrize(("method", "path", "body", "needed"), WRITES.values(), ids=WRITES)
def test_who_may_what(forge: Forge, method: str, path: str, body: dict[str, Any], needed: str) -> None:
    ada = forge.person("agent-1")
    ada.issue("1")
    ada.comment(1, "x")
    if "sha" in body:
        body = {**body, "sha": ada.do("GET", "git/ref/heads/main")["object"]["sha"]}
    people = [login for login, level in PEOPLE.items() if not login.startswith(("agent", BOT))]
    for login in sorted(people, key=lambda one: LEVELS.index(PEOPLE[one])):
        status, _ = forge.person(login).ask(method, path, **body)
        may = LEVELS.index(PEOPLE[login]) >= LEVELS.index(needed)
        assert (login, status == 403) == (login, not may)
        if may:
            assert status < 300
            return


def test_authors_change_their_own_words_and_no_labels(forge: Forge) -> None:
    eve = forge.person("eve")
    number = eve.issue("1", labels=["x"], assignees=["bob"])
    comment = eve.comment(number, "x")
    eve.do("PATCH", f"issues/{number}", title="2", labels=["y"])
    eve.do("PATCH", f"issues/comments/{comment}", body="y")
    found = eve.do("GET", f"issues/{number}")
    assert (found["title"], found["labels"], found["assignees"]) == ("2", [], [])
    assert eve.do("GET", f"issues/comments/{comment}")["body"] == "y"


def test_who_somebody_is(forge: Forge) -> None:
    bot, eve = forge.person(BOT), forge.person("eve")
    assert bot.do("GET", f"issues/{bot.issue('1')}")["user"]["type"] == "Bot"
    found = eve.do("GET", f"issues/{eve.issue('2')}")
    assert (found["user"]["type"], found["author_association"]) == ("User", "NONE")


def test_times_are_told_to_the_second(forge: Forge) -> None:
    ada = forge.person("ada")
    created = ada.do("GET", f"issues/{ada.issue('at 10:00:00.123Z')}")["created_at"]
    assert len(created) == len("2026-01-01T00:00:00Z")


def test_a_pull_request_is_an_issue_too(forge: Forge) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    bob.push("feature/x/01a", {"a.txt": "a\n"})
    number = bob.pull("feature/x/01a", "title")
    ada.do("POST", f"issues/{number}/assignees", assignees=["bob", "eve"])
    ada.do("PATCH", f"issues/{number}", labels=["x"], title="other")
    found = ada.do("GET", f"issues/{number}")
    assert (found["title"], [one["name"] for one in found["labels"]]) == ("other", ["x"])
    assert found["pull_request"]["url"].endswith(f"/pulls/{number}")
    for path in (f"pulls/{number}", f"issues/{number}"):
        assert [one["login"] for one in ada.do("GET", path)["assignees"]] == ["bob"]


def test_pages_have_links(forge: Forge) -> None:
    ada = forge.person("ada")
    for number in range(5):
        ada.issue(str(number))
    second = ada.do("GET", "issues?per_page=2&page=2&direction=asc")
    assert [one["number"] for one in second] == [3, 4]
    _, _, links = ada.headers("issues?per_page=2&page=2&direction=asc")["Link"].partition("<")
    assert links.startswith(f'{forge.url}/repos/octo/hall/issues?per_page=2&page=3&direction=asc>; rel="next"')


def test_every_collected_payload_is_there() -> None:
    found = deliveries()
    assert (len(found), len({one.event for one in found})) == (329, 58)
    assert len({one.id for one in found}) == 329
    assert {"issue_comment", "pull_request", "pull_request_review", "workflow_run"} <= {one.event for one in found}


def test_whoever_may_push_edits_the_text_of_a_review_and_nothing_tells_so(forge: Forge) -> None:
    bob, rea = forge.person("bob"), forge.person("rea")
    bob.push("feature/x/01a", {"a.txt": "a\n"})
    number = bob.pull("feature/x/01a")
    there = f"pulls/{number}/reviews/{rea.review(number, 'COMMENT', 'x')}"
    before = bob.do("GET", there)
    assert forge.person("tri").ask("PUT", there, body="y")[0] == 403
    assert bob.do("PUT", there, body="y") == bob.do("GET", there) == {**before, "body": "y"}
    assert rea.do("PUT", there, body="z")["body"] == bob.do("GET", f"pulls/{number}/reviews")[0]["body"] == "z"
