"""Pull requests: what emulate tells of them wrongly or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forge.issues import assigned
from forge.refs import note
from forge.values import API, Answer, missing, paged, refusal, tip

if TYPE_CHECKING:
    from forge.values import Facts, Request

_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)


def _seen(facts: Facts, request: Request, pull: dict[str, Any]) -> dict[str, Any]:
    """A pull request as it is: emulate leaves its head where it was when it was opened."""
    number, head = pull["number"], pull["head"]
    known = facts.heads.get(number) or tip(request, head["ref"]) or head["sha"]
    merge = {"merge_commit_sha": facts.merges[number]} if number in facts.merges else {}
    told = {"active_lock_reason": None, "head": {**head, "sha": known}}
    return {**pull, **assigned(facts, request, number), **told, **merge}


def _asked(facts: Facts, request: Request) -> dict[str, Any] | None:
    found = request.ask("GET", f"{API}/pulls/{request.number}")
    return _seen(facts, request, found.value) if found.status == 200 else None


def _one(facts: Facts, request: Request) -> Answer:
    answer = request.ask(request.method, request.target, request.body)
    if answer.status != 200:
        return answer
    pull = _seen(facts, request, answer.value)
    if pull["state"] == "closed":
        facts.heads[request.number] = pull["head"]["sha"]
    else:
        facts.heads.pop(request.number, None)
    compared = _compared(request, pull)
    sums = {name: sum(one[name] for one in compared["files"]) for name in ("additions", "deletions")}
    return Answer(200, {**pull, **sums, "commits": len(compared["commits"]), "changed_files": len(compared["files"])})


def _listed(facts: Facts, request: Request) -> Answer:
    answer = request.ask("GET", request.target)
    return Answer(200, [_seen(facts, request, one) for one in answer.value], answer.headers)


def _commits(facts: Facts, request: Request) -> Answer:
    """Those of the branch alone: emulate lists the base's too."""
    return _of_compared(facts, request, "commits")


def _files(facts: Facts, request: Request) -> Answer:
    return _of_compared(facts, request, "files")


def _of_compared(facts: Facts, request: Request, what: str) -> Answer:
    pull = _asked(facts, request)
    return missing() if pull is None else paged(request, _compared(request, pull)[what])


def _compared(request: Request, pull: dict[str, Any]) -> dict[str, Any]:
    compared = request.ask("GET", f"{API}/compare/{pull['base']['sha']}...{pull['head']['sha']}")
    assert compared.status == 200, compared
    found: dict[str, Any] = compared.value
    return found


def _review(facts: Facts, request: Request) -> Answer:
    """emulate takes no lines, only positions; here they are the same number."""
    pull = _asked(facts, request)
    comments = [{"position": one.get("line"), **one} for one in request.body.get("comments", ())]
    head = {} if pull is None else {"commit_id": pull["head"]["sha"]}
    answer = request.ask("POST", request.target, {**head, **request.body, "comments": comments})
    return Answer(200, answer.value) if answer.status == 201 else answer


def _reviews(facts: Facts, request: Request) -> Answer:
    """All, or one of them."""
    answer = request.ask("GET", request.target)
    for one in answer.value if isinstance(answer.value, list) else [answer.value]:
        if one.get("id") in facts.texts:
            one["body"] = facts.texts[one["id"]]
    return answer


def _reworded(facts: Facts, request: Request) -> Answer:
    """emulate edits only reviews that were not submitted yet."""
    facts.texts[int(request.argument("review_id"))] = request.body["body"]
    return _reviews(facts, request)


def _review_comments(_: Facts, request: Request) -> Answer:
    answer = request.ask("GET", request.target)
    if answer.status != 200:
        return answer
    for one in answer.value:
        one["line"] = one["original_line"] = one.get("line") or one["position"]
        links = {"self": "url", "html": "html_url", "pull_request": "pull_request_url"}
        one["_links"] = {name: {"href": one[field]} for name, field in links.items()}
        if one["in_reply_to_id"] is None:
            del one["in_reply_to_id"]
    return answer


def _merged(facts: Facts, request: Request) -> Answer:
    """emulate would put the branch's tree, as it was at first, in place of the base's.

    That a merge would conflict is not found. A merge into the default branch closes the issues that the text names.
    """
    pull = _asked(facts, request)
    if pull is None:
        return missing()
    base, head = pull["base"]["ref"], pull["head"]["sha"]
    wanted = (request.body or {}).get("sha", head)
    if wanted != head:
        return refusal(409, "Head branch was modified. Review and try the merge again.")
    before = tip(request, base)
    method = (request.body or {}).get("merge_method", "merge")
    answer = request.ask("PUT", request.target, {"merge_method": method})
    if answer.status != 200:
        return refusal(405, "Pull Request is not mergeable")
    parents = [before, head] if method == "merge" else [before]
    sha = _commit(request, pull, [str(one) for one in parents])
    request.ask("PATCH", f"{API}/git/refs/heads/{base}", {"sha": sha, "force": True})
    note(facts, request, base, before, kind="pr_merge")
    facts.heads[request.number], facts.merges[request.number] = head, sha
    if base == "main":
        for number in _CLOSING.findall(pull["body"] or ""):
            request.ask("PATCH", f"{API}/issues/{number}", {"state": "closed", "state_reason": "completed"})
    return Answer(200, {**answer.value, "sha": sha})


def _commit(request: Request, pull: dict[str, Any], parents: list[str]) -> str:
    """What the branch changed, upon the first parent."""
    tree = request.ask("GET", f"{API}/git/commits/{parents[0]}").value["tree"]["sha"]
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "sha": sha}
        for one in _compared(request, pull)["files"]
        for path, sha in (
            (one["filename"], None if one["status"] == "removed" else one["sha"]),
            *(((one["previous_filename"], None),) if one["status"] == "renamed" else ()),
        )
    ]
    made = request.ask("POST", f"{API}/git/trees", {"base_tree": tree, "tree": entries})
    message = f"{pull['title']} (#{pull['number']})"
    commit = {"message": message, "tree": made.value["sha"], "parents": parents}
    return str(request.ask("POST", f"{API}/git/commits", commit).value["sha"])


OWN = {
    "GET /pulls": _listed,
    "GET /pulls/{pull_number}": _one,
    "PATCH /pulls/{pull_number}": _one,
    "GET /pulls/{pull_number}/commits": _commits,
    "GET /pulls/{pull_number}/files": _files,
    "GET /pulls/{pull_number}/comments": _review_comments,
    "GET /pulls/{pull_number}/reviews/{review_id}/comments": _review_comments,
    "POST /pulls/{pull_number}/reviews": _review,
    "GET /pulls/{pull_number}/reviews": _reviews,
    "GET /pulls/{pull_number}/reviews/{review_id}": _reviews,
    "PUT /pulls/{pull_number}/reviews/{review_id}": _reworded,
    "PUT /pulls/{pull_number}/merge": _merged,
}
