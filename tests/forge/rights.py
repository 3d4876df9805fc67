"""Who may what, and what is too much: emulate asks neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forge.values import Answer, refusal

if TYPE_CHECKING:
    from forge.values import Facts, Request

# The permission that an operation needs.
NEEDS = {
    "POST /issues/{issue_number}/labels": "triage",
    "PUT /issues/{issue_number}/labels": "triage",
    "DELETE /issues/{issue_number}/labels": "triage",
    "DELETE /issues/{issue_number}/labels/{name}": "triage",
    "POST /issues/{issue_number}/assignees": "triage",
    "DELETE /issues/{issue_number}/assignees": "triage",
    "POST /issues/{issue_number}/dependencies/blocked_by": "triage",
    "DELETE /issues/{issue_number}/dependencies/blocked_by/{issue_id}": "triage",
    "POST /issues/{issue_number}/sub_issues": "triage",
    "DELETE /issues/{issue_number}/sub_issue": "triage",
    "POST /pulls/{pull_number}/requested_reviewers": "triage",
    "DELETE /pulls/{pull_number}/requested_reviewers": "triage",
    "POST /labels": "write",
    "PATCH /labels/{name}": "write",
    "DELETE /labels/{name}": "write",
    "POST /milestones": "write",
    "PATCH /milestones/{milestone_number}": "write",
    "POST /git/refs": "write",
    "PATCH /git/refs/{ref}": "write",
    "DELETE /git/refs/{ref}": "write",
    "PUT /contents/{path}": "write",
    "PUT /pulls/{pull_number}/merge": "write",
    "POST /statuses/{sha}": "write",
    "POST /check-runs": "write",
    "PATCH /check-runs/{check_run_id}": "write",
    "POST /actions/workflows/{workflow_id}/dispatches": "write",
    "GET /collaborators/{username}/permission": "write",
    "POST /rulesets": "admin",
    "PUT /rulesets/{ruleset_id}": "admin",
    "PUT /collaborators/{username}": "admin",
    "DELETE /collaborators/{username}": "admin",
}
# The permission without which one may change only what one wrote.
OTHERS = {
    "PATCH /issues/{issue_number}": "triage",
    "PATCH /pulls/{pull_number}": "write",
    "PATCH /issues/comments/{comment_id}": "write",
    "DELETE /issues/comments/{comment_id}": "write",
    "PUT /pulls/{pull_number}/reviews/{review_id}": "write",
}
LONGEST = 65_536  # characters of a text
_TRIAGED = ("labels", "assignees", "milestone")
_REVIEWS = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}


def refused(facts: Facts, request: Request) -> Answer | None:
    """Why an account may not do this; None where it may."""
    needed = NEEDS.get(request.name, "none")
    if request.name in OTHERS and not request.may(OTHERS[request.name]):
        there = request.ask("GET", request.target)
        if there.status != 200 or there.value["user"]["login"] != request.login:
            needed = OTHERS[request.name]
    if not request.may(needed):
        return refusal(403, "Must have admin rights to Repository.")
    if request.name in ("POST /check-runs", "PATCH /check-runs/{check_run_id}") and not request.is_bot:
        return refusal(403, "You must authenticate via a GitHub App.")
    if request.name == "GET /user" and request.is_bot:
        return refusal(403, "Resource not accessible by integration")
    if request.name == "POST /pulls/{pull_number}/requested_reviewers":
        return _no_reviewer(facts, request)
    return _own_work(request) if request.name == "POST /pulls/{pull_number}/reviews" else _too_long(request)


def _too_long(request: Request) -> Answer | None:
    body = request.body.get("body") if isinstance(request.body, dict) else None
    if isinstance(body, str) and len(body) > LONGEST:
        return refusal(422, f"body is too long (maximum is {LONGEST} characters)")
    return None


def _no_reviewer(facts: Facts, request: Request) -> Answer | None:
    pull = request.ask("GET", request.target.removesuffix("/requested_reviewers"))
    asked = request.body.get("reviewers", [])
    if pull.status == 200 and pull.value["user"]["login"] in asked:
        return refusal(422, "Review cannot be requested from pull request author.")
    if any(facts.levels.get(login, "none") == "none" for login in asked):
        return refusal(422, "Reviews may only be requested from collaborators.")
    return None


def _own_work(request: Request) -> Answer | None:
    event = request.body.get("event")
    pull = request.ask("GET", request.target.removesuffix("/reviews"))
    if event in _REVIEWS and pull.status == 200 and pull.value["user"]["login"] == request.login:
        return refusal(422, "Unprocessable Entity", f"Can not {_REVIEWS[event]} your own pull request")
    return None


def kept(request: Request) -> Any:  # noqa: ANN401 - JSON
    """The body without what GitHub drops in silence."""
    if request.name in ("POST /issues", "PATCH /issues/{issue_number}") and not request.may("triage"):
        return {key: value for key, value in request.body.items() if key not in _TRIAGED}
    return request.body
