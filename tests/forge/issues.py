"""Issues as GitHub has them: pull requests are among them, they depend on each other, and comments are listed for all.

emulate keeps pull requests apart from issues, so their place among them is made here of the pull request it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forge.values import API, Answer, everything, missing, paged, refusal, user

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forge.values import Facts, Request

PULLS = 1_000_000  # added to a pull request's number it is its id as an issue


def assigned(facts: Facts, request: Request, pull: int) -> dict[str, Any]:
    """The assignees of a pull request, for which emulate keeps none."""
    those = [user(request, login) for login in facts.assignees.get(pull, ())]
    return {"assignees": those, "assignee": those[0] if those else None}


def _as_issue(facts: Facts, request: Request, pull: dict[str, Any]) -> dict[str, Any]:
    names = (
        "html_url number title user labels state locked assignee assignees milestone created_at updated_at closed_at"
        " author_association body draft"
    )
    url, number = pull["issue_url"], pull["number"]
    found = {name: pull[name] for name in names.split()} | assigned(facts, request, number)
    found |= {f"{name}_url": f"{url}/{name}" for name in ("comments", "events", "timeline")}
    found |= {"url": url, "repository_url": url.rpartition("/issues")[0], "labels_url": f"{url}/labels{{/name}}"}
    found |= {"id": PULLS + number, "node_id": pull["node_id"], "comments": 0, "state_reason": None}
    links = {name: pull[name] for name in ("url", "html_url", "diff_url", "patch_url", "merged_at")}
    faces = dict.fromkeys(("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"), 0)
    found["reactions"] = {"url": f"{url}/reactions", "total_count": 0, **faces}
    return found | {"active_lock_reason": None, "pull_request": links}


def all_issues(facts: Facts, request: Request) -> dict[int, dict[str, Any]]:
    """Issues and pull requests by their numbers."""
    found = {one["number"]: one for one in everything(request, f"{API}/issues?state=all")}
    pulls = everything(request, f"{API}/pulls?state=all")
    found |= {pull["number"]: _as_issue(facts, request, pull) for pull in pulls}
    for number, one in found.items():
        one["issue_dependencies_summary"] = _summary(facts, found, number)
    return found


def _summary(facts: Facts, found: dict[int, dict[str, Any]], number: int) -> dict[str, int]:
    by = facts.blocked.get(number, [])
    others = [one for one, those in facts.blocked.items() if number in those]
    return {
        "blocked_by": sum(found[one]["state"] == "open" for one in by),
        "blocking": sum(found[one]["state"] == "open" for one in others),
        "total_blocked_by": len(by),
        "total_blocking": len(others),
    }


def _listed(facts: Facts, request: Request) -> Answer:
    asked = request.query
    wanted = set(filter(None, asked.get("labels", "").lower().split(",")))
    found = [
        one
        for one in all_issues(facts, request).values()
        if asked.get("state", "open") in ("all", one["state"])
        and wanted <= {label["name"].lower() for label in one["labels"]}
        and _seconds(one["updated_at"]) >= asked.get("since", "")
    ]
    key = {"updated": "updated_at", "comments": "comments"}.get(asked.get("sort", ""), "created_at")
    found.sort(key=lambda one: (one[key], one["number"]), reverse=asked.get("direction", "desc") == "desc")
    return paged(request, found)


def _one(facts: Facts, request: Request) -> Answer:
    answer = request.ask("GET", request.target)
    if answer.status != 404:
        return answer
    pull = request.ask("GET", f"{API}/pulls/{request.number}")
    return Answer(200, _as_issue(facts, request, pull.value)) if pull.status == 200 else missing()


def _changed(facts: Facts, request: Request) -> Answer:
    """An issue, or of a pull request its text, state, labels and assignees."""
    body = request.body
    answer = request.ask("PATCH", request.target, body)
    if answer.status != 404:
        return answer
    text = {name: body[name] for name in ("title", "body", "state") if name in body}
    pull = request.ask("PATCH", f"{API}/pulls/{request.number}", text)
    if pull.status != 200:
        return pull
    if "labels" in body:
        request.ask("PUT", f"{API}/issues/{request.number}/labels", {"labels": body["labels"]})
    if "assignees" in body:
        facts.assignees[request.number] = list(body["assignees"])
    return _one(facts, request)


def _assign(facts: Facts, request: Request) -> Answer:
    """To an issue by emulate; to a pull request here. Who may not be assigned is left out in silence."""
    may = [one for one in request.body.get("assignees", ()) if facts.levels.get(one, "none") != "none"]
    answer = request.ask(request.method, request.target, {"assignees": may})
    if answer.status == 404 and (_one(facts, request)).status == 200:
        there = facts.assignees.setdefault(request.number, [])
        there[:] = [one for one in there if one not in may] + (may if request.method == "POST" else [])
        answer = _one(facts, request)
    return Answer(201 if request.method == "POST" and answer.status == 200 else answer.status, answer.value)


def _comments(_: Facts, request: Request) -> Answer:
    since = request.query.get("since", "")
    every = everything(request, f"{API}/issues/comments")
    found = [one for one in every if _seconds(one["updated_at"]) >= since]
    key = "updated_at" if request.query.get("sort") == "updated" else "created_at"
    found.sort(key=lambda one: (one[key], one["id"]), reverse=request.query.get("direction") == "desc")
    return paged(request, found)


def _seconds(time: str) -> str:
    return f"{time[:19]}Z"


def _linked(facts: Facts, request: Request, numbers: Iterable[int]) -> Answer:
    known = all_issues(facts, request)
    if request.number not in known:
        return missing()
    return paged(request, [known[number] for number in numbers])


def _add(facts: Facts, request: Request, links: dict[int, list[int]], given: int) -> Answer:
    known = all_issues(facts, request)
    other = next((one["number"] for one in known.values() if one["id"] == given and "pull_request" not in one), None)
    if request.number not in known or other is None:
        return missing()
    if other == request.number or other in links.get(request.number, ()):
        return refusal(422, "An issue can't be linked to itself, or twice")
    links.setdefault(request.number, []).append(other)
    return Answer(201, known[request.number])


def _drop(facts: Facts, request: Request, links: dict[int, list[int]], given: int) -> Answer:
    known = all_issues(facts, request)
    for other in links.get(request.number, ()):
        if known[other]["id"] == given:
            links[request.number].remove(other)
            return Answer(200, known[request.number])
    return missing()


def _blocking(facts: Facts, request: Request) -> Answer:
    return _linked(facts, request, [one for one, those in facts.blocked.items() if request.number in those])


_BLOCKED = "/issues/{issue_number}/dependencies/blocked_by"
OWN = {
    "GET /issues": _listed,
    "GET /issues/comments": _comments,
    "GET /issues/{issue_number}": _one,
    "PATCH /issues/{issue_number}": _changed,
    "POST /issues/{issue_number}/assignees": _assign,
    "DELETE /issues/{issue_number}/assignees": _assign,
    f"GET {_BLOCKED}": lambda facts, asked: _linked(facts, asked, facts.blocked.get(asked.number, ())),
    f"POST {_BLOCKED}": lambda facts, asked: _add(facts, asked, facts.blocked, asked.body["issue_id"]),
    f"DELETE {_BLOCKED}/{{issue_id}}": lambda facts, asked: _drop(
        facts, asked, facts.blocked, int(asked.argument("issue_id"))
    ),
    "GET /issues/{issue_number}/dependencies/blocking": _blocking,
    "GET /issues/{issue_number}/sub_issues": lambda facts, asked: _linked(
        facts, asked, facts.children.get(asked.number, ())
    ),
    "POST /issues/{issue_number}/sub_issues": lambda facts, asked: _add(
        facts, asked, facts.children, asked.body["sub_issue_id"]
    ),
    "DELETE /issues/{issue_number}/sub_issue": lambda facts, asked: _drop(
        facts, asked, facts.children, asked.body["sub_issue_id"]
    ),
}
