"""`paddock bot setup`: what the bot needs in a repository, made where it is missing; twice it changes nothing more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from paddock.bot import labels as names
from paddock.bot.actions import GATES, ORDER
from paddock.bot.api.answers import Label
from paddock.bot.api.errors import ForbiddenError, NotFoundError
from paddock.bot.publication import milestone
from paddock.bot.starting import WORKFLOW
from paddock.cli.bot_loop import WORKFLOW_LOGIN
from paddock.errors import UsageError
from paddock.plan.model import Launch, Priority
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paddock.bot.api.answers import RulesetWhole
    from paddock.cli.bot_loop import Running

RULESET = "paddock"
_BOT, _DEFAULT, _CHECKS = "[bot]", "~DEFAULT_BRANCH", "required_status_checks"
_COPILOT = frozenset({"copilot", "copilot-swe-agent", "copilot-swe-agent[bot]"})
_COLORS = {names.AGENT: "1d76db", names.PHASE: "c5def5", names.STATE: "fbca04", names.PRIORITY: "d93f0b"}


def set_up(running: Running, *, rules: bool, checks_by: str, dry_run: bool) -> None:
    """Labels, milestones and, where asked for, rules for the default branch.

    Args:
        running: the repository, and the plan.
        rules: whether the default branch is to be protected.
        checks_by: the account as which the bot sets its checks.
        dry_run: whether nothing is to be made.

    Raises:
        UsageError: the token may not, or can't start the plan's agents.
    """
    _refuse_unstartable(running)
    for what, make in (*_labels(running), *_milestones(running), *(_rules(running, checks_by) if rules else ())):
        if dry_run:
            click.echo(f"would make {what}")
            continue
        try:
            make()
        except ForbiddenError as error:
            needed = "administration: write (an admin's or an app's)" if "ruleset" in what else "issues: write"
            raise UsageError(f"the token may not make {what}", hint=f"give it `{needed}`") from error
        click.echo(f"made {what}")


def _refuse_unstartable(running: Running) -> None:
    plan = running.plan
    workflow = running.me == WORKFLOW_LOGIN
    for agent in plan.agents:
        if workflow and agent.launch in (Launch.ASSIGNEE, Launch.MENTION):
            raise UsageError(
                f"the workflow's token can't start {agent.id} by {agent.launch}: what it writes starts nothing",
                hint="give an app's or a user's token, or launch it by workflow",
            )
        if agent.launch in (Launch.ASSIGNEE, Launch.MENTION) and agent.login is None:
            raise UsageError(f"{agent.id} is launched by {agent.launch} and has no login", hint="login: …, in the plan")
        if agent.launch is Launch.COMMAND:
            raise UsageError(
                f"{agent.id} is launched by command, which only the server can", hint="launch: workflow, in the plan"
            )
        if agent.launch is Launch.ASSIGNEE and running.me.endswith(_BOT) and str(agent.login).lower() in _COPILOT:
            raise UsageError(
                f"{agent.id} is Copilot, which no app's token can start by assigning it", hint="give a user's token"
            )
    if not any(agent.launch is Launch.WORKFLOW for agent in plan.agents):
        return
    if not running.hub.has_workflow(WORKFLOW):
        raise UsageError(
            f"agents are launched by the workflow {WORKFLOW}, which the repository has not",
            hint="paddock init --github writes it; then merge it to the default branch",
        )
    if not running.hub.may_dispatch(WORKFLOW):
        raise UsageError(f"the token may not start {WORKFLOW}", hint="give it `actions: write`")


def _labels(running: Running) -> Iterator[tuple[str, Callable[[], object]]]:
    plan, hub = running.plan, running.hub
    there = {one.name.casefold() for one in hub.labels()}
    wanted = [
        *((names.AGENT, one.id, f"work of {one.id}") for one in plan.agents),
        *((names.PHASE, one.id, f"phase {one.id}") for one in plan.phases),
        *((names.STATE, str(one), f"this todo is {one}") for one in State),
        *((names.PRIORITY, str(one), f"priority {one}") for one in Priority),
    ]
    for prefix, value, description in wanted:
        made = Label(names.label(prefix, value), _COLORS[prefix], description[:100])
        if made.name.casefold() not in there:
            yield f"the label {made.name}", partial(hub.create_label, made)


def _milestones(running: Running) -> Iterator[tuple[str, Callable[[], object]]]:
    there = {one.title for one in running.hub.milestones()}
    for phase in running.plan.phases:
        title = milestone(phase.id)
        if title not in there:
            yield f"the milestone {title}", partial(running.hub.create_milestone, title, phase.title)


def _rules(running: Running, checks_by: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """The default branch is changed by pull requests alone, which the bot's checks have to pass."""
    try:
        there = {one.name: one.id for one in running.hub.rulesets()}
    except NotFoundError as error:
        raise UsageError("this server has no rulesets", hint=f"protect the branch by hand: require {GATES}") from error
    wanted = ruleset(_app(running, checks_by))
    if RULESET not in there:
        yield f"the ruleset {RULESET}", partial(running.hub.create_ruleset, wanted)
        return
    found = running.hub.ruleset(there[RULESET])
    mended, lacks = mend(found, wanted)
    if lacks:
        what = f"the ruleset {RULESET} whole again ({', '.join(lacks)})"
        yield what, partial(running.hub.edit_ruleset, found.id, mended)


def _app(running: Running, login: str) -> int | None:
    """The app whose checks alone count; None for a person, whose statuses anybody who may write can set as well."""
    if not login.endswith(_BOT):
        click.echo(f"{login} is a person, who sets statuses: whoever may write can set them, too", err=True)
        return None
    found = running.hub.app(login.removesuffix(_BOT))
    if found is None:
        raise UsageError(f"GitHub tells of no app {login.removesuffix(_BOT)}", hint="name it: --checks-by SLUG[bot]")
    return found.id


def ruleset(app: int | None) -> dict[str, Any]:
    """As GitHub's API takes it; `app` is the one whose checks count."""
    by = {} if app is None else {"integration_id": app}
    checks = [{"context": one, **by} for one in (GATES, ORDER)]
    reviews = {
        "required_approving_review_count": 0,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    return {
        "name": RULESET,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [_DEFAULT], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "pull_request", "parameters": reviews},
            {
                "type": _CHECKS,
                "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": False},
            },
        ],
    }


def mend(found: RulesetWhole, wanted: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A ruleset with what it lacks, and what that is in words; what people added to it stays."""
    lacks = [] if found.enforcement == "active" else [f"it was {found.enforcement}"]
    names = (found.conditions or {}).get("ref_name") or {}
    include, exclude = list(names.get("include", [])), list(names.get("exclude", []))
    if not {_DEFAULT, "~ALL"} & set(include):
        lacks.append("it was not for the default branch")
        include.append(_DEFAULT)
    rules = [dict(one) for one in found.rules]
    there = {one["type"]: one for one in rules}
    for rule in wanted["rules"]:
        if rule["type"] not in there:
            lacks.append(f"it had no rule {rule['type']}")
            rules.append(rule)
        elif rule["type"] == _CHECKS:
            parameters = dict(there[_CHECKS].get("parameters") or {})
            checks, missing = _checks(parameters.get("required_status_checks", []), rule["parameters"])
            lacks += missing
            there[_CHECKS]["parameters"] = {**rule["parameters"], **parameters, "required_status_checks": checks}
    conditions = {**(found.conditions or {}), "ref_name": {"include": include, "exclude": exclude}}
    bypass = {} if found.bypass is None else {"bypass_actors": found.bypass}
    return {**wanted, "conditions": conditions, "rules": rules, **bypass}, tuple(lacks)


def _checks(there: list[dict[str, Any]], wanted: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The checks that are required, the bot's own in place of those of their names that anybody may set."""
    ours = {one["context"]: one for one in wanted["required_status_checks"]}
    lacks = [
        f"it did not require {name}{' of its app' if 'integration_id' in one else ''}"
        for name, one in ours.items()
        if not any(other in (one, {**one, **other}) for other in there)
    ]
    rest = [one for one in there if one["context"] not in ours or {**one, **ours[one["context"]]} == one]
    named = {one["context"] for one in rest}
    return [*rest, *(one for name, one in ours.items() if name not in named)], lacks
