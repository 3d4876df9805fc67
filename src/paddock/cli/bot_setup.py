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
from paddock.bot.publish import WORKFLOW
from paddock.cli.bot_loop import WORKFLOW_LOGIN
from paddock.errors import UsageError
from paddock.plan.model import Launch, Priority
from paddock.plan.schedule import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paddock.cli.bot_loop import Running

RULESET = "paddock"
_COLORS = {names.AGENT: "1d76db", names.PHASE: "c5def5", names.STATE: "fbca04", names.PRIORITY: "d93f0b"}


def set_up(running: Running, *, rules: bool, dry_run: bool) -> None:
    """Labels, milestones and, where asked for, rules for the default branch.

    Raises:
        UsageError: the token may not, or can't start the plan's agents.
    """
    _refuse_unstartable(running)
    for what, make in (*_labels(running), *_milestones(running), *(_rules(running) if rules else ())):
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
    if any(agent.launch is Launch.WORKFLOW for agent in plan.agents) and not running.hub.has_workflow(WORKFLOW):
        raise UsageError(
            f"agents are launched by the workflow {WORKFLOW}, which the repository has not",
            hint="paddock init --github writes it; then merge it to the default branch",
        )


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


def _rules(running: Running) -> Iterator[tuple[str, Callable[[], object]]]:
    """The default branch is changed by pull requests alone, which the bot's checks have to pass."""
    try:
        there = {one.name for one in running.hub.rulesets()}
    except NotFoundError as error:
        raise UsageError("this server has no rulesets", hint=f"protect the branch by hand: require {GATES}") from error
    if RULESET not in there:
        yield f"the ruleset {RULESET}", partial(running.hub.create_ruleset, ruleset())


def ruleset() -> dict[str, Any]:
    """As GitHub's API takes it."""
    checks = [{"context": one} for one in (GATES, ORDER)]
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
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "pull_request", "parameters": reviews},
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": False},
            },
        ],
    }
