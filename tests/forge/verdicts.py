"""Commit statuses, check runs, and runs of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forge.contract import contract
from forge.values import API, Answer, missing, paged, refusal, user

if TYPE_CHECKING:
    from forge.values import Facts, Request


def _status(facts: Facts, request: Request) -> Answer:
    sha = request.argument("sha")
    if request.ask("GET", f"{API}/git/commits/{sha}").status != 200:
        return refusal(422, f"No commit found for SHA: {sha}")
    number, now = facts.new()
    me = user(request, request.login)
    made = {"url": f"https://api.github.com{API}/statuses/{sha}", "avatar_url": me["avatar_url"]}
    made |= {"id": number, "node_id": f"S_{number}", "creator": me, "created_at": now, "updated_at": now}
    made |= {"state": request.body["state"], "context": request.body.get("context", "default")}
    made |= {name: request.body.get(name) for name in ("description", "target_url")}
    facts.statuses.setdefault(sha, []).insert(0, made)
    return Answer(201, made)


def _statuses(facts: Facts, request: Request) -> Answer:
    return paged(request, facts.statuses.get(request.argument("ref"), []))


def _combined(facts: Facts, request: Request) -> Answer:
    """The newest of each context."""
    sha = request.argument("ref")
    latest: dict[str, dict[str, Any]] = {}
    for one in facts.statuses.get(sha, []):
        latest.setdefault(one["context"], {key: value for key, value in one.items() if key != "creator"})
    states = {one["state"] for one in latest.values()}
    bad, waiting = states & {"failure", "error"}, not states or "pending" in states
    page = paged(request, list(latest.values()))
    value = {"state": "failure" if bad else "pending" if waiting else "success", "statuses": page.value, "sha": sha}
    value |= {"total_count": len(latest), "repository": contract().example("combined-commit-status")["repository"]}
    value |= {"commit_url": f"https://api.github.com{API}/commits/{sha}"}
    value |= {"url": f"https://api.github.com{API}/commits/{sha}/status"}
    return Answer(200, value, page.headers)


def _check_runs(facts: Facts, request: Request) -> Answer:
    """emulate does not tell the app by whose token a check run was made."""
    answer = request.ask(request.method, request.target, request.body)
    if answer.status >= 300:
        return answer
    for run in answer.value.get("check_runs", [answer.value]):
        if request.method == "POST":
            facts.apps[run["id"]] = request.login.removesuffix("[bot]")
        app = contract().example("check-run")["app"]
        run["app"] = {**app, "slug": facts.apps[run["id"]], "name": facts.apps[run["id"]]}
        told = {"annotations_url": f"{run['url']}/annotations", "annotations_count": 0}
        run["output"] = {"title": None, "summary": None, "text": None, **told, **(run["output"] or {})}
        run["pull_requests"] = []
    return answer


def _dispatch(facts: Facts, request: Request) -> Answer:
    if request.argument("workflow_id") not in facts.workflows:
        return missing()
    branch = request.body["ref"].removeprefix("refs/heads/")
    if request.ask("GET", f"{API}/git/ref/heads/{branch}").status != 200:
        return refusal(422, f"No ref found for: {request.body['ref']}")
    facts.dispatches.append((request.argument("workflow_id"), branch, request.body.get("inputs", {})))
    return Answer(204)


OWN = {
    "POST /statuses/{sha}": _status,
    "GET /commits/{ref}/statuses": _statuses,
    "GET /commits/{ref}/status": _combined,
    "POST /check-runs": _check_runs,
    "PATCH /check-runs/{check_run_id}": _check_runs,
    "GET /check-runs/{check_run_id}": _check_runs,
    "GET /commits/{ref}/check-runs": _check_runs,
    "POST /actions/workflows/{workflow_id}/dispatches": _dispatch,
}
