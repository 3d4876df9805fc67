"""Payloads of GitHub's events, with the fields around those that matter, too."""

from __future__ import annotations

from typing import Any

OURS, FORK = 1001, 2002  # identifiers of repositories


def repository(default: str = "main") -> dict[str, Any]:
    return {"id": OURS, "name": "hall", "full_name": "octo/hall", "private": False, "default_branch": default}


def pull_request(  # every field that a test varies
    *,
    head: str,
    base: str,
    branch: str = "topic",
    base_branch: str = "main",
    number: int = 7,
    commits: int = 1,
    fork: bool | None = False,
    title: str = "A title",
    default: str = "main",
    action: str = "synchronize",
    body: str | None = None,
    labels: tuple[str, ...] = (),
    draft: bool = False,
) -> dict[str, Any]:
    """`fork=None` is a fork that was deleted since."""
    theirs = {"id": FORK, "full_name": "ada/hall", "fork": True} if fork else repository(default)
    return {
        "action": action,
        "number": number,
        "pull_request": {
            "id": 500 + number,
            "number": number,
            "state": "open",
            "title": title,
            "body": body,
            "labels": [{"id": at, "name": name, "color": "ededed"} for at, name in enumerate(labels)],
            "draft": draft,
            "user": {"login": "ada", "id": 5, "type": "User"},
            "head": {"label": f"ada:{branch}", "ref": branch, "sha": head, "repo": None if fork is None else theirs},
            "base": {"label": f"octo:{base_branch}", "ref": base_branch, "sha": base, "repo": repository(default)},
            "commits": commits,
            "additions": 10,
            "deletions": 2,
            "changed_files": 1,
        },
        "repository": repository(default),
        "sender": {"login": "ada", "id": 5},
    }


def merge_group(
    *, head: str, base: str, number: int = 7, base_branch: str = "main", default: str = "main"
) -> dict[str, Any]:
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": head,
            "head_ref": f"refs/heads/gh-readonly-queue/{base_branch}/pr-{number}-{base}",
            "base_sha": base,
            "base_ref": f"refs/heads/{base_branch}",
            "head_commit": {"id": head, "message": "Merge pull request"},
        },
        "repository": repository(default),
        "sender": {"login": "ada", "id": 5},
    }


def push(
    *, before: str, after: str, branch: str = "main", ref: str | None = None, commits: int = 1, default: str = "main"
) -> dict[str, Any]:
    return {
        "ref": ref or f"refs/heads/{branch}",
        "before": before,
        "after": after,
        "created": not before.strip("0"),
        "deleted": not after.strip("0"),
        "forced": False,
        "commits": [{"id": after, "message": "work", "distinct": True}] * commits,
        "head_commit": {"id": after},
        "repository": repository(default),
        "sender": {"login": "ada", "id": 5},
    }
