"""Who pushed what when: the repository's activity, noted at each change of a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forge.values import Answer, tip, user

if TYPE_CHECKING:
    from forge.values import Facts, Request

NONE = "0" * 40
_HEADS = "refs/heads/"


def note(facts: Facts, request: Request, branch: str, before: str | None, *, kind: str = "push") -> None:
    """Note where a branch is now, if that is not where it was."""
    after = tip(request, branch)
    if after == before:
        return
    number, now = facts.new()
    kind = "branch_creation" if before is None else "branch_deletion" if after is None else kind
    told = {"before": before or NONE, "after": after or NONE, "ref": f"{_HEADS}{branch}", "timestamp": now}
    me = user(request, request.login)
    facts.activity.insert(0, {"id": number, "node_id": f"A_{number}", "activity_type": kind, "actor": me, **told})


def _moved(facts: Facts, request: Request) -> Answer:
    named = request.operation.arguments.get("ref", "").removeprefix("heads/")
    branch = named or (request.body or {}).get("branch") or (request.body or {}).get("ref", "main")
    branch = branch.removeprefix(_HEADS)
    before = tip(request, branch)
    answer = request.ask(request.method, request.target, request.body)
    forced = (request.body or {}).get("force") is True
    note(facts, request, branch, before, kind="force_push" if forced else "push")
    return answer


def _activity(facts: Facts, request: Request) -> Answer:
    """The newest first. Its pages are not by number, and one is enough here."""
    ref = request.query.get("ref", "").removeprefix(_HEADS)
    found = [one for one in facts.activity if ref in ("", one["ref"].removeprefix(_HEADS))]
    return Answer(200, found[: int(request.query.get("per_page", "30"))])


OWN = {
    "POST /git/refs": _moved,
    "PATCH /git/refs/{ref}": _moved,
    "DELETE /git/refs/{ref}": _moved,
    "PUT /contents/{path}": _moved,
    "DELETE /contents/{path}": _moved,
    "GET /activity": _activity,
}
