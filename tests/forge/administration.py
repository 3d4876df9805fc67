"""Rulesets, and which workflows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forge.contract import contract
from forge.values import Answer, missing, paged

if TYPE_CHECKING:
    from forge.values import Facts, Request


def _rulesets(facts: Facts, request: Request) -> Answer:
    if request.method == "GET":
        return paged(request, [{key: one[key] for key in one if key != "rules"} for one in facts.rulesets])
    number, _ = facts.new()
    example: dict[str, Any] = dict(contract().example("repository-ruleset"))
    made = {**example, **request.body, "id": number}
    facts.rulesets.append(made)
    return Answer(201, made)


def _workflow(facts: Facts, request: Request) -> Answer:
    name = request.argument("workflow_id")
    if name not in facts.workflows:
        return missing()
    return Answer(200, {**contract().example("workflow"), "path": f".github/workflows/{name}", "state": "active"})


OWN = {
    "GET /rulesets": _rulesets,
    "POST /rulesets": _rulesets,
    "GET /actions/workflows/{workflow_id}": _workflow,
}
