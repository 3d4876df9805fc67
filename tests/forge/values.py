"""What the pieces of the fake hand each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from forge.contract import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable


LEVELS = ("none", "read", "triage", "write", "maintain", "admin")
OWNER, NAME = "octo", "hall"
REPOSITORY = f"{OWNER}/{NAME}"
API = f"/repos/{REPOSITORY}"
TEMPLATE = "/repos/{owner}/{repo}"


class Answer(Struct, frozen=True):
    """A status, JSON (None for no body), and headers beside those that every answer has."""

    status: int
    value: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Request(Struct, frozen=True):
    """Who asks for what. `ask` asks emulate in the same name."""

    operation: Operation
    login: str
    level: str
    target: str
    query: Mapping[str, str]
    body: Any
    ask: Callable[..., Answer]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.id.partition(" ")[0]

    @property
    def name(self) -> str:
        """The operation, `METHOD /path` below the repository, or the whole path elsewhere."""
        method, _, path = self.operation.id.partition(" ")
        return f"{method} {path.removeprefix(TEMPLATE)}"

    @property
    def is_bot(self) -> bool:
        """Whether it comes with an app's token."""
        return self.login.endswith("[bot]")

    @property
    def number(self) -> int:
        """The number of the issue or the pull request in the path."""
        there = self.operation.arguments
        return int(there.get("issue_number") or there["pull_number"])

    def argument(self, name: str) -> str:
        """A parameter of the path."""
        return self.operation.arguments[name]

    def may(self, level: str) -> bool:
        """Whether the account has that permission, or more."""
        return LEVELS.index(self.level) >= LEVELS.index(level)


@dataclass
class Facts:
    """What emulate does not hold, of the one repository there is. `levels` are the accounts' permissions."""

    levels: dict[str, str]
    workflows: set[str] = field(default_factory=set)
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    app_ids: dict[str, int] = field(default_factory=lambda: {"github-actions": 15368})
    dispatches: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    reactions: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    blocked: dict[int, list[int]] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=dict)
    # Of pull requests: assignees, the heads of closed ones, and the commits that they were merged by.
    assignees: dict[int, list[str]] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    merges: dict[int, str] = field(default_factory=dict)
    # The texts of reviews that were edited.
    texts: dict[int, str] = field(default_factory=dict)
    apps: dict[int, str] = field(default_factory=dict)
    activity: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0

    def new(self) -> tuple[int, str]:
        """An id, and the time."""
        self.made += 1
        return self.made, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal(status: int, message: str, *errors: str) -> Answer:
    """A refusal as GitHub words it."""
    value: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return Answer(status, value | ({"errors": list(errors)} if errors else {"status": str(status)}))


def missing() -> Answer:
    """There is no such thing, or none that may be seen."""
    return refusal(404, "Not Found")


def everything(request: Request, target: str) -> Iterable[dict[str, Any]]:
    """All pages of one of emulate's lists."""
    page, size = 1, 100
    while True:
        mark = "&" if "?" in target else "?"
        some = request.ask("GET", f"{target}{mark}per_page={size}&page={page}").value
        yield from some
        if len(some) < size:
            return
        page += 1


def paged(request: Request, some: list[dict[str, Any]]) -> Answer:
    """A page, and where the others are."""
    size, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
    last = max(1, -(-len(some) // size))
    others = {"next": page + 1, "last": last} if page < last else {}
    others |= {"first": 1, "prev": page - 1} if page > 1 else {}
    path = request.target.partition("?")[0]
    kept = "".join(f"&{key}={value}" for key, value in request.query.items() if key not in ("page", "per_page"))
    links = (f'<{path}?per_page={size}&page={number}{kept}>; rel="{name}"' for name, number in others.items())
    headers = (("Link", ", ".join(links)),) if others else ()
    return Answer(200, json.loads(json.dumps(some[(page - 1) * size : page * size])), headers)


def tip(request: Request, branch: str) -> str | None:
    """A branch's last commit."""
    found = request.ask("GET", f"{API}/git/ref/heads/{branch}")
    return found.value["object"]["sha"] if found.status == 200 else None


def user(request: Request, login: str) -> dict[str, Any]:
    """An account as it stands in answers."""
    return simple(request.ask("GET", f"/users/{login}").value)


def simple(account: dict[str, Any]) -> dict[str, Any]:
    """An account without its profile."""
    names = (
        "login id node_id avatar_url gravatar_id url html_url followers_url following_url gists_url starred_url"
        " subscriptions_url organizations_url repos_url events_url received_events_url type site_admin"
    )
    return {name: account[name] for name in names.split()}
