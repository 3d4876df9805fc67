"""What GitHub's webhooks, and so its workflows, are told of something that happened in the tests' GitHub.

emulate sends webhooks of its own, but of what it holds: stale heads, no `changes`, accounts of the wrong kind. These
are made of what the API answers, and held to GitHub's description of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from forge.contract import contract
from forge.values import simple

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge


class Event(Struct, frozen=True):
    """An event's name, as in `X-GitHub-Event` and `GITHUB_EVENT_NAME`, and its payload."""

    name: str
    payload: dict[str, Any]

    def write(self, path: Path) -> Path:
        """As a workflow finds it at `GITHUB_EVENT_PATH`."""
        path.write_text(json.dumps(self.payload), encoding="utf-8")
        return path


def on_comment(forge: Forge, comment: int, action: str = "created", *, before: str = "", sender: str = "") -> Event:
    """A comment was `created`, or `edited` from other words, by its author unless somebody else is named."""
    told = forge.person("ada").do("GET", f"issues/comments/{comment}")
    issue = forge.person("ada").do("GET", f"issues/{told['issue_url'].rpartition('/')[2]}")
    payload = {"comment": told, "issue": issue}
    if action == "edited":
        payload["changes"] = {"body": {"from": before}}
    return _event(forge, "issue_comment", action, sender or told["user"]["login"], payload)


def on_issue(forge: Forge, number: int, action: str, sender: str, *, label: str = "", assignee: str = "") -> Event:
    """An issue was `opened`, `closed`, `reopened`; `labeled` or `unlabeled`; `assigned` or `unassigned`."""
    payload = {"issue": forge.person("ada").do("GET", f"issues/{number}")}
    if label:
        labels = forge.person("ada").do("GET", "labels?per_page=100")
        payload["label"] = next(one for one in labels if one["name"] == label)
    if assignee:
        payload["assignee"] = _account(forge, assignee)
    return _event(forge, "issues", action, sender, payload)


def on_pull(forge: Forge, number: int, action: str, sender: str, *, before: str = "") -> Event:
    """A pull request was `opened`, `closed`, or pushed to: `synchronize`, when `before` is its head until then."""
    pull = forge.person("ada").do("GET", f"pulls/{number}")
    pushed = {"before": before, "after": pull["head"]["sha"]} if action == "synchronize" else {}
    return _event(forge, "pull_request", action, sender, {"pull_request": pull, "number": number, **pushed})


def on_review(forge: Forge, number: int, review: int, action: str = "submitted") -> Event:
    """A review was `submitted`. Its state is written small here, and large in the API."""
    told = forge.person("ada").do("GET", f"pulls/{number}/reviews/{review}")
    told["state"] = told["state"].lower()
    pull = forge.person("ada").do("GET", f"pulls/{number}")
    return _event(forge, "pull_request_review", action, told["user"]["login"], {"review": told, "pull_request": pull})


def _account(forge: Forge, login: str) -> dict[str, Any]:
    return simple(forge.person("ada").do("GET", f"/users/{login}"))


def _event(forge: Forge, name: str, action: str, sender: str, told: dict[str, Any]) -> Event:
    repository = forge.person("ada").do("GET", "/repos/octo/hall")
    payload = {"action": action, **told, "repository": repository, "sender": _account(forge, sender)}
    forge.ledger.violations += [f"event: {one}" for one in contract().event(name, action, payload)]
    return Event(name, payload)
