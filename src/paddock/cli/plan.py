"""`paddock plan`: who does what, in which order."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from paddock.cli.asking import Asked, asking
from paddock.cli.judge import deliver, policy_option
from paddock.errors import UsageError
from paddock.policy import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_file = click.option("--file", metavar="FILE", help="The plan.  [default: .paddock/plan.yaml of the work tree]")
_output = click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
_states = click.option(
    "--states",
    "states_file",
    metavar="FILE",
    help="JSON of how far todos are, '-' for standard input.  [default: as the branches here show]",
)


def _format(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--format", "form", type=click.Choice(names), default=names[0], show_default=True, help="How to say it."
    )


@click.group("plan")
def command() -> None:
    """Check a plan, draw it, and say who does what next.

    The plan is .paddock/plan.yaml: agents, each with an identity, a worktree and the paths it owns; phases; and todos,
    each with its branch. States that --states takes: open, in-progress, in-review, changes-requested, done, dropped,
    blocked, held.

    \b
    Examples:
      paddock plan init --dry-run
      paddock plan check
      paddock plan next agent-1
      paddock plan graph --format svg --output plan.svg
    """


@command.command("check")
@_file
@policy_option
@_format("text", "json")
@_output
@click.pass_context
def check(ctx: click.Context, *, file: str | None, policy_file: str | None, form: str, output: str | None) -> None:
    """Find what is wrong with the plan.

    Errors are what can't work: circles, unknown names, two owners of one path, an order that contradicts needs or
    phases, todos over the size limit, worktrees within each other. Warnings are what will hurt, notes what is open.

    \b
    Examples:
      paddock plan check
      paddock plan check --file plans/next.yaml --format json

    \b
    Exit codes:
      0 no errors · 1 errors · 2 the file is no plan
    """
    from paddock.cli.planned import Planned
    from paddock.findings import Level
    from paddock.plan.problems import problems
    from paddock.render.plan import problems as rendering

    planned = Planned(file, policy_file)
    found = problems(planned.plan, planned.rules, planned.graph)
    deliver((rendering.as_json if form == "json" else rendering.as_text)(planned.plan, found), output)
    ctx.exit(1 if any(one.level is Level.ERROR for one in found) else 0)


@command.command("show")
@_file
@_format("text", "json")
@_output
def show(*, file: str | None, form: str, output: str | None) -> None:
    """Print the priority matrix: agents by priority, and the order keys of what each has in every phase.

    \b
    Example:
      paddock plan show
    """
    from paddock.cli.planned import Planned
    from paddock.render.plan import matrix

    planned = Planned(file)
    deliver((matrix.as_json if form == "json" else matrix.as_text)(planned.sound, planned.graph), output)


@command.command("graph")
@_file
@_format("text", "mermaid", "dot", "svg")
@_output
def graph(*, file: str | None, form: str, output: str | None) -> None:
    """Draw what comes before what, with the critical path and the streams that may run side by side.

    The critical path is the longest chain of todos by estimated lines, through needs, phases, and the work of agents
    that do one thing at a time.

    \b
    Examples:
      paddock plan graph
      paddock plan graph --format svg --output plan.svg
      paddock plan graph --format dot | dot -Tpng > plan.png
    """
    from paddock.cli.planned import Planned
    from paddock.render.plan import dot, mermaid, outline, svg
    from paddock.render.plan.chart import chart

    planned = Planned(file)
    drawings = {"text": outline.render, "mermaid": mermaid.render, "dot": dot.render, "svg": svg.render}
    deliver(drawings[form](chart(planned.sound, planned.graph)), output)


@command.command("next")
@click.argument("agent", required=False)
@_file
@_states
@click.option("--shut", metavar="PHASE", multiple=True, help="This phase's gate does not hold yet; may be repeated.")
@_format("text", "json")
@_output
def next_(  # noqa: PLR0913 - one argument an option
    *,
    agent: str | None,
    file: str | None,
    states_file: str | None,
    shut: tuple[str, ...],
    form: str,
    output: str | None,
) -> None:
    """Say what each agent does now, or why it waits; for AGENT alone where one is named.

    \b
    Examples:
      paddock plan next
      paddock plan next agent-3
      echo '{"feature-flags": "in-review"}' | paddock plan next --states - --format json
    """
    from paddock.cli.planned import Planned
    from paddock.plan.schedule import schedule
    from paddock.render.plan import nexts

    planned = Planned(file)
    plan = planned.sound
    for phase in shut:
        _known("phase", phase, plan.phase_of)
    if agent is not None:
        _known("agent", agent, plan.agent_of)
    states, notes = planned.states(states_file)
    told = schedule(plan, states, shut=shut, graph=planned.graph)
    agents = [one for one in told.agents if agent in (None, one.agent)]
    deliver((nexts.as_json if form == "json" else nexts.as_text)(plan, told, agents, notes), output)


@command.command("render")
@_file
@_states
@_output
def render(*, file: str | None, states_file: str | None, output: str | None) -> None:
    """Print the plan of pull requests as Markdown, in the order in which they are submitted, with their states.

    \b
    Example:
      paddock plan render --output PLAN.md
    """
    from paddock.cli.planned import Planned
    from paddock.render.plan import submission

    planned = Planned(file)
    plan = planned.sound
    states, _ = planned.states(states_file)
    deliver(submission.render(plan, planned.graph, states), output)


@command.command("brief")
@click.argument("todo")
@_file
@policy_option
@_states
@click.option("--reviewer", is_flag=True, help="What the reviewer is told, instead of the agent.")
@_output
def brief(  # noqa: PLR0913 - one argument an option
    *,
    todo: str,
    file: str | None,
    policy_file: str | None,
    states_file: str | None,
    reviewer: bool,
    output: str | None,
) -> None:
    """Print what an agent is told about a todo of its own: where to work, within which limits, when it is done.

    \b
    Examples:
      paddock plan brief feature-flags
      paddock plan brief feature-flags --reviewer
    """
    from paddock.cli.planned import Planned
    from paddock.render.plan import brief as rendering

    planned = Planned(file, policy_file)
    plan = planned.sound
    _known("todo", todo, plan.todo_of)
    folder = plan.worktree(plan.agent_of[plan.todo_of[todo].agent])
    if folder is not None and planned.checkout is not None:
        folder = os.path.normpath(os.path.join(planned.checkout, folder))
    states, _ = planned.states(states_file)
    telling = rendering.Telling(todo=todo, limit=planned.rules.limit, worktree=folder, states=states)
    deliver((rendering.reviewer if reviewer else rendering.worker)(plan, telling), output)


@command.command("publish")
@asking
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
def publish(*, asked: Asked, dry_run: bool) -> None:
    """Make one issue on GitHub for each todo, or bring those that are there up to date.

    Done twice it changes nothing the second time. What a person wrote into a title or a text stays. GITHUB_TOKEN
    is the token; GITHUB_REPOSITORY, or else the clone's remote, names the repository.

    \b
    Examples:
      paddock plan publish --dry-run
      paddock plan publish

    \b
    Exit codes:
      0 done · 2 usage, policy or plan · 3 GitHub could not be asked
    """
    from paddock.cli import bot_loop

    bot_loop.Running(asked).publish(dry_run=dry_run)


@command.command("init")
@click.option("--base", metavar="BRANCH", help="The branch that work is for.  [default: the policy's]")
@click.option(
    "--series", metavar="PREFIX", help="The prefix of all branches.  [default: the policy's, else feature/work]"
)
@click.option("--force", is_flag=True, help="Replace a plan that is there.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
def init(*, base: str | None, series: str | None, force: bool, dry_run: bool) -> None:
    """Write a first plan from the worktrees and branches that are there.

    Each worktree becomes an agent, each branch a todo. Branches that do not fit get a new name in the plan, of the form
    {series}/{agent}/{key}-{slug} unless the policy has a series and so a form of its own; none is renamed.

    \b
    Example:
      paddock plan init --series feature/x --dry-run
    """
    from paddock.cli.drafted import write

    write(base=base, series=series, force=force, dry_run=dry_run)


@command.command("schema")
def schema() -> None:
    """Print the JSON schema of .paddock/plan.yaml.

    \b
    Example, with an editor that reads such comments:
      paddock plan schema > .paddock/plan.schema.json
      # yaml-language-server: $schema=plan.schema.json
    """
    from paddock.plan.schema import schema as build

    click.echo(json.dumps(build(), indent=2, ensure_ascii=False))


def _known(what: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        hint = words.near(name, known) or f"there are: {', '.join(list(known)[:12])}"
        raise UsageError(f"the plan has no {what} `{name}`", hint=hint)
