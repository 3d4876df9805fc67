"""What `emulate` lacks of GitHub or does otherwise, answered in front of it.

One state: what emulate knows is kept there alone, and read back from there. Here stand only the facts it has no place
for. So the fake is a proxy, not a second GitHub beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import structs

from forge import administration, issues, people, pulls, refs, rights, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forge.values import Answer, Facts, Request

OWN: Mapping[str, Callable[[Facts, Request], Answer]] = {
    **administration.OWN,
    **issues.OWN,
    **people.OWN,
    **pulls.OWN,
    **refs.OWN,
    **verdicts.OWN,
}
_FRACTION = re.compile(r"(\d\d:\d\d:\d\d)\.\d{3}Z")
_ASSOCIATIONS = {"none": "NONE", "read": "COLLABORATOR", "triage": "COLLABORATOR"}
_LINKS = (
    "followers_url", "following_url", "gists_url", "starred_url", "subscriptions_url", "organizations_url",
    "events_url", "received_events_url",
)  # fmt: skip


def answered(facts: Facts, request: Request) -> Answer:
    """The answer to a request: a refusal, one of our own, or emulate's."""
    refused = rights.refused(facts, request)
    request = structs.replace(request, body=rights.kept(request))
    if refused is not None:
        answer = refused
    elif request.name in OWN:
        answer = OWN[request.name](facts, request)
    else:
        answer = request.ask(request.method, request.target, request.body)
    return structs.replace(answer, value=_plain(answer.value, facts))


def _plain(value: Any, facts: Facts) -> Any:  # noqa: ANN401 - JSON
    """Times to the second, accounts whole, apps as bots, and what somebody is to the repository."""
    if isinstance(value, list):
        return [_plain(one, facts) for one in value]
    if isinstance(value, str):
        return _FRACTION.sub(r"\1Z", value)
    if not isinstance(value, dict):
        return value
    found = {key: _plain(one, facts) for key, one in value.items()}
    if isinstance(found.get("login"), str) and "repos_url" in found:
        found = {"gravatar_id": "", **{name: f"{found['url']}/{name.removesuffix('_url')}" for name in _LINKS}, **found}
        found |= {name: one.replace("[bot]", "%5Bbot%5D") for name, one in found.items() if name.endswith("url")}
        found["type"] = "Bot" if found["login"].endswith("[bot]") else found["type"]
    if "color" in found and found.get("description", "") is None:
        found["description"] = ""
    if "total_count" in found and str(found.get("url", "")).endswith("/reactions"):
        found |= _faces(found["url"], facts)
    if "author_association" in found and isinstance(found.get("user"), dict):
        level = facts.levels.get(found["user"]["login"], "none")
        found["author_association"] = _ASSOCIATIONS.get(level, "MEMBER")
    return found


def _faces(url: str, facts: Facts) -> dict[str, int]:
    """How many reactions there are of each kind, which are kept here."""
    kind, number = url.removesuffix("/reactions").rsplit("/", 2)[-2:]
    part = "pulls" if "/pulls/" in url else "issues"
    subject = "/issues/{issue_number}" if kind == "issues" else f"/{part}/comments/{{comment_id}}"
    there = Counter(one["content"] for one in facts.reactions.get((subject, number), ()))
    return {**there, "total_count": there.total()}
