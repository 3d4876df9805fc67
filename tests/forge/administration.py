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


def _ruleset(facts: Facts, request: Request) -> Answer:
    there = next((one for one in facts.rulesets if str(one["id"]) == request.argument("ruleset_id")), None)
    if there is None:
        return missing()
    if request.method == "PUT":
        there |= request.body
    return Answer(200, there)


def _app(facts: Facts, request: Request) -> Answer:
    slug = request.argument("app_slug")
    example: dict[str, Any] = dict(contract().example("integration"))
    return Answer(200, {**example, "id": facts.app_ids[slug], "slug": slug}) if slug in facts.app_ids else missing()


def _workflow(facts: Facts, request: Request) -> Answer:
    name = request.argument("workflow_id")
    if name not in facts.workflows:
        return missing()
    return Answer(200, {**contract().example("workflow"), "path": f".github/workflows/{name}", "state": "active"})


OWN = {
    "GET /rulesets": _rulesets,
    "POST /rulesets": _rulesets,
    "GET /rulesets/{ruleset_id}": _ruleset,
    "PUT /rulesets/{ruleset_id}": _ruleset,
    "GET /apps/{app_slug}": _app,
    "GET /actions/workflows/{workflow_id}": _workflow,
}
