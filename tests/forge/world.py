"""A repository on the tests' GitHub, people who act there, and how a client that is tested is watched and disturbed."""

from __future__ import annotations

import base64
import json
import re
from copy import deepcopy
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from forge.front import ALIASES, Call, Fault, alias
from forge.values import API, NAME, OWNER, REPOSITORY, Facts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse

    from forge.emulator import Emulator
    from forge.front import Front, Ledger

BOT = "github-actions[bot]"
# Who is there, with which permission.
PEOPLE = {
    "ada": "admin",
    "max": "maintain",
    "bob": "write",
    "tri": "triage",
    "rea": "read",
    "eve": "none",
    BOT: "write",
    **{f"agent-{number}": "write" for number in range(1, 9)},
}
# Times, and the colours that emulate draws for labels.
_DRAWN = re.compile(r"""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z|(?<="color":")[0-9a-f]{6}""")
TOKENS = {f"ghs_{login}SecretToken": login for login in PEOPLE}


class Saved(Struct, frozen=True):
    """A state of this GitHub: what emulate holds, and what it has no place for."""

    held: str
    facts: Facts

    def made(self, what: str) -> int:
        """How many `issues` or `comments` there ever were, with those that are gone."""
        return int(json.loads(self.held)["collections"][f"github.{what}"]["autoId"]) - 1

    @property
    def timeless(self) -> str:
        """The same for two states that differ by nothing but times and the colours of labels."""
        return _DRAWN.sub("", self.held + repr(self.facts))


class Forge:
    """What a test sees of its GitHub."""

    def __init__(self, front: Front, emulator: Emulator) -> None:
        self._front, self._emulator = front, emulator
        self._people: dict[str, Person] = {}
        self.ledger: Ledger = front.begin(Facts(dict(PEOPLE)), emulator.begin(_seed(), front.url))
        self.repository = REPOSITORY
        self.url = front.url

    @property
    def facts(self) -> Facts:
        """What our own half of this GitHub holds."""
        return self.ledger.facts

    def environment(self, login: str = BOT) -> dict[str, str]:
        """What a client finds in its environment; this GitHub needs no pauses."""
        found = {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": token(login)}
        return found | {"PADDOCK_PACE": "off"}

    def person(self, login: str) -> Person:
        """Somebody who acts by hand."""
        if login not in self._people:
            self._people[login] = Person(self, login)
        return self._people[login]

    def calls(self, login: str = BOT) -> list[Call]:
        """What an account asked for since the test began, or since `forget`."""
        return [one for one in self.ledger.calls if one.login == login]

    def forget(self) -> None:
        """Count calls from here on."""
        self.ledger.calls.clear()

    def fail(self, faults: Mapping[int, Fault], login: str = BOT) -> None:
        """Let faults befall an account's calls, by their numbers from now on; the first is 1."""
        self.ledger.faults, self.ledger.faulty, self.ledger.seen = dict(faults), login, 0

    def save(self) -> Saved:
        """How everything stands now."""
        with self._front.lock:
            return Saved(self._emulator.save(), deepcopy(self.facts))

    def restore(self, saved: Saved) -> None:
        """Everything stands again as it stood then; who is connected stays so."""
        with self._front.lock:
            self._emulator.restore(saved.held)
            self.ledger.facts = deepcopy(saved.facts)

    def close(self) -> None:
        """Hang up."""
        for one in self._people.values():
            one.hang_up()


class Person:
    """An account, and what it does through the API."""

    def __init__(self, forge: Forge, login: str) -> None:
        self.login = login
        self._connection = HTTPConnection(forge.url.removeprefix("http://"), timeout=30)

    def hang_up(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """The status and the JSON of an answer; paths are below the repository unless they begin with `/`."""
        response, text = self._asked(method, path, json.dumps(fields).encode() if fields else None)
        return response.status, json.loads(text) if text else None

    def headers(self, path: str) -> Mapping[str, str]:
        """The headers of an answer."""
        return dict(self._asked("GET", path, None)[0].headers)

    def _asked(self, method: str, path: str, body: bytes | None) -> tuple[HTTPResponse, bytes]:
        target = path if path.startswith("/") else f"{API}/{path}"
        headers = {"Authorization": f"token {token(self.login)}", "Content-Type": "application/json"}
        self._connection.request(method, target, body, headers)
        response = self._connection.getresponse()
        return response, response.read()

    def do(self, method: str, path: str, **fields: Any) -> Any:  # noqa: ANN401 - JSON
        """The JSON of an answer that must be a good one."""
        status, value = self.ask(method, path, **fields)
        assert status < 300, (method, path, status, value)
        return value

    def issue(self, title: str, body: str = "", **fields: Any) -> int:  # noqa: ANN401 - JSON
        """Open an issue; its number."""
        return int(self.do("POST", "issues", title=title, body=body, **fields)["number"])

    def comment(self, number: int, text: str) -> int:
        """Comment on an issue or a pull request; the comment's id."""
        return int(self.do("POST", f"issues/{number}/comments", body=text)["id"])

    def push(self, branch: str, files: Mapping[str, str], message: str = "work", start: str = "main") -> str:
        """Commit files to a branch, which is made where it is not there; its tip."""
        status, _ = self.ask("GET", f"git/ref/heads/{branch}")
        if status == 404:
            sha = self.do("GET", f"git/ref/heads/{start}")["object"]["sha"]
            self.do("POST", "git/refs", ref=f"refs/heads/{branch}", sha=sha)
        tip = ""
        for path, text in files.items():
            _, there = self.ask("GET", f"contents/{path}?ref={branch}")
            known = {"sha": there["sha"]} if "sha" in there else {}
            content = base64.b64encode(text.encode()).decode()
            made = self.do("PUT", f"contents/{path}", message=message, content=content, branch=branch, **known)
            tip = made["commit"]["sha"]
        return tip

    def pull(self, branch: str, title: str = "A change", body: str = "", base: str = "main", **fields: Any) -> int:  # noqa: ANN401 - JSON
        """Open a pull request; its number."""
        made = self.do("POST", "pulls", title=title, body=body, head=branch, base=base, **fields)
        return int(made["number"])

    def review(self, number: int, event: str, body: str = "", **fields: Any) -> int:  # noqa: ANN401 - JSON
        """Review a pull request's head; the review's id."""
        sha = self.do("GET", f"pulls/{number}")["head"]["sha"]
        given = self.do("POST", f"pulls/{number}/reviews", event=event, body=body, commit_id=sha, **fields)
        return int(given["id"])

    def merge(self, number: int) -> None:
        self.do("PUT", f"pulls/{number}/merge", merge_method="squash")


def token(login: str) -> str:
    """An account's token."""
    return f"ghs_{login}SecretToken"


def _seed() -> dict[str, Any]:
    """Everybody may everything at emulate: who may what is told in front of it."""
    scopes = ["repo", "user", "admin:org", "admin:repo_hook"]
    return {
        "tokens": {
            alias(login, number): {"login": login, "scopes": scopes} for login in PEOPLE for number in range(ALIASES)
        },
        "github": {
            "users": [{"login": login} for login in PEOPLE],
            "orgs": [{"login": OWNER, "members": [{"login": login, "role": "admin"} for login in PEOPLE]}],
            "repos": [{"owner": OWNER, "name": NAME, "default_branch": "main"}],
        },
    }
