"""A small server that answers as GitHub's API does, on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = {
    "login": "ada", "id": 1, "node_id": "U_1", "avatar_url": "https://example.org/a.png", "gravatar_id": "",
    "url": "https://api.example.org/users/ada", "html_url": "https://example.org/ada",
    "followers_url": "https://api.example.org/users/ada/followers",
    "following_url": "https://api.example.org/users/ada/following{/other_user}",
    "gists_url": "https://api.example.org/users/ada/gists{/gist_id}",
    "starred_url": "https://api.example.org/users/ada/starred{/owner}{/repo}",
    "subscriptions_url": "https://api.example.org/users/ada/subscriptions",
    "organizations_url": "https://api.example.org/users/ada/orgs", "repos_url": "https://api.example.org/users/ada/repos",
    "events_url": "https://api.example.org/users/ada/events{/privacy}",
    "received_events_url": "https://api.example.org/users/ada/received_events", "type": "User", "site_admin": False,
}  # fmt: skip


def commit(sha: str, verification: object) -> dict[str, Any]:
    """A commit as the endpoints that list commits have it."""
    url = f"https://api.example.org/repos/team/project/commits/{sha}"
    person = {"name": "Ada Lovelace", "email": "ada@example.org", "date": "2026-01-01T00:00:00Z"}
    return {
        "sha": sha, "node_id": f"C_{sha[:8]}", "url": url, "html_url": url, "comments_url": f"{url}/comments",
        "author": USER, "committer": USER, "parents": [{"sha": "1" * 40, "url": url, "html_url": url}],
        "commit": {
            "author": person, "committer": person, "message": "work", "comment_count": 0, "url": url,
            "tree": {"sha": "2" * 40, "url": url},
            "verification": verification,
        },
    }  # fmt: skip


def verification(reason: str, *, verified: bool | None = None) -> dict[str, Any]:
    """A commit's verification with GitHub's word for it."""
    return {
        "verified": reason == "valid" if verified is None else verified,
        "reason": reason,
        "signature": "-----BEGIN SSH SIGNATURE-----",
        "payload": "tree …",
        "verified_at": None,
    }


def comparison(commits: list[dict[str, Any]], total: int) -> dict[str, Any]:
    """What the compare endpoint answers."""
    url, first = "https://api.example.org/repos/team/project/compare/a...b", commit("1" * 40, verification("unsigned"))
    return {
        "url": url, "html_url": url, "permalink_url": url, "diff_url": f"{url}.diff", "patch_url": f"{url}.patch",
        "base_commit": first, "merge_base_commit": first, "status": "ahead", "ahead_by": total, "behind_by": 0,
        "total_commits": total, "commits": commits, "files": [],
    }  # fmt: skip


class FakeGitHub:
    """One repository; its commits are set by a test, and every request is kept.

    `broken` is a status to refuse with, or a body to send as it stands.
    """

    def __init__(self, name: str = "team/project") -> None:
        self.name = name
        self.commits: list[dict[str, Any]] = []
        self.broken: int | bytes | None = None
        self.requests: list[tuple[str, str | None]] = []
        self.url = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        query = {key: int(values[0]) for key, values in parse_qs(parts.query).items()}
        if isinstance(self.broken, int):
            return self.broken, json.dumps({"message": "no", "documentation_url": "https://example.org"}).encode()
        if isinstance(self.broken, bytes):
            return 200, self.broken
        if not parts.path.startswith(f"/repos/{self.name}/compare/"):
            return 404, b'{"message": "Not Found", "documentation_url": "https://example.org", "status": "404"}'
        start = (query["page"] - 1) * query["per_page"]
        page = self.commits[start : start + query["per_page"]]
        return 200, json.dumps(comparison(page, len(self.commits))).encode()

    @contextmanager
    def serve(self) -> Iterator[FakeGitHub]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.requests.append((self.path, self.headers.get("Authorization")))
                status, body = fake.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
