"""Permissions and reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forge.values import LEVELS, Answer, missing, paged, refusal, user

if TYPE_CHECKING:
    from forge.values import Facts, Request

_GIVEN = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
_REACTED = ("/issues/{issue_number}", "/issues/comments/{comment_id}", "/pulls/comments/{comment_id}")


def _permission(facts: Facts, request: Request) -> Answer:
    """Outsiders have `none`, where emulate answers 404; triage and maintain show in the role alone."""
    login = request.argument("username")
    if request.ask("GET", f"/users/{login}").status != 200:
        return refusal(404, f"{login} is not a user")
    level = facts.levels.get(login, "none")
    rights = {name: LEVELS.index(level) >= LEVELS.index(least) for name, least in _GIVEN.items()}
    role = "" if level == "none" else level
    told = {"permission": {"triage": "read", "maintain": "write"}.get(level, level), "role_name": role}
    return Answer(200, told | {"user": {**user(request, login), "permissions": rights, "role_name": role}})


def _collaborator(facts: Facts, request: Request) -> Answer:
    given = (request.body or {}).get("permission", "push")
    facts.levels[request.argument("username")] = _GIVEN.get(given, given)
    return Answer(204)


def _no_collaborator(facts: Facts, request: Request) -> Answer:
    facts.levels.pop(request.argument("username"), None)
    return Answer(204)


def _subject(request: Request) -> tuple[str, str]:
    arguments = request.operation.arguments
    path = request.name.partition(" ")[2].partition("/reactions")[0]
    return path, arguments.get("issue_number") or arguments["comment_id"]


def _is_there(request: Request) -> bool:
    return request.ask("GET", request.target.partition("/reactions")[0]).status == 200


def _reactions(facts: Facts, request: Request) -> Answer:
    if not _is_there(request):
        return missing()
    wanted = request.query.get("content")
    there = facts.reactions.get(_subject(request), [])
    return paged(request, [one for one in there if wanted in (None, one["content"])])


def _react(facts: Facts, request: Request) -> Answer:
    if not _is_there(request):
        return missing()
    there = facts.reactions.setdefault(_subject(request), [])
    content = request.body["content"]
    for one in there:
        if (one["user"]["login"], one["content"]) == (request.login, content):
            return Answer(200, one)
    number, now = facts.new()
    me = user(request, request.login)
    there.append({"id": number, "node_id": f"R_{number}", "user": me, "content": content, "created_at": now})
    return Answer(201, there[-1])


def _take_back(facts: Facts, request: Request) -> Answer:
    there = facts.reactions.get(_subject(request), [])
    left = [one for one in there if str(one["id"]) != request.argument("reaction_id")]
    if len(left) == len(there):
        return missing()
    facts.reactions[_subject(request)] = left
    return Answer(204)


OWN = {
    "GET /collaborators/{username}/permission": _permission,
    "PUT /collaborators/{username}": _collaborator,
    "DELETE /collaborators/{username}": _no_collaborator,
    **{f"GET {path}/reactions": _reactions for path in _REACTED},
    **{f"POST {path}/reactions": _react for path in _REACTED},
    **{f"DELETE {path}/reactions/{{reaction_id}}": _take_back for path in _REACTED},
}
