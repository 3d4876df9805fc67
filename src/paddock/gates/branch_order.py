"""The branch's name has a place in its series, and nobody else holds that place.

## What it does

Work leaves as small ordered branches of one series: `feature/tmc2-impl2/01a-virtual-workspace` before
`feature/tmc2-impl2/01b-vw-integration`. The tag after the series is the *order key*: digits, then letters and digits,
nested (`05a2c2b1`), lower case. It is compared piece by piece: numbers as numbers, letters as letters, a shorter key
before its extensions. `-partN`, `-splitN` and `-prN` right after a key extend it: `00a1`, `00a1-split1`,
`00a1-split2`, `00a1a`. For a branch below one of the policy's series the gate judges

- the name's grammar: it must fit the template. With the usual template a branch in the folder of an agent of the plan
  (`feature/tmc2-impl2/agent-1/01a-…`) fits, too;
- that no other open branch of the series has the same order key: `1a` and `01a` are the same. The hint has the next key
  that is free, in a name that the plan leaves to whoever works here;
- what must come before: every open branch of the series with a lower key. Such a branch makes this one *pending*, not
  failed, because agents work and push in parallel. CI and the bot tell it; hooks do not.

Branches outside every series, the base among them, pass unless `outside` says otherwise. With no series in the policy
every name passes.

## Why

Branches that are opened in an order that can't merge are found out at the end, as conflicts. The order is in the
names, where people and tools see it without asking anybody, so the names have to be right from the first push.

## Example

    feature/tmc2-impl2/test-framework       failed: no order key
    feature/tmc2-impl2/01A-rbac-foundation  failed: upper case
    feature/tmc2-impl2/01m-rbac-foundation  passed

## How to fix

Rename the branch, and push it under its new name: `git branch -m feature/tmc2-impl2/01m-rbac-foundation`. To see
which keys are taken and which are free: `git for-each-ref --format='%(refname)' refs/heads | paddock order`. A pending
branch needs no mending: it waits for those that it names.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.errors import CouldNotCheckError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import BranchState, Stage
from paddock.plan.keys import (
    AGENT_TEMPLATE,
    DEFAULT_TEMPLATE,
    BranchName,
    free_key,
    in_order,
    parse,
    quoted,
    ref_problem,
    render,
    series_of,
    slug_of,
    template_problem,
)
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from paddock.model import Source

# How many branches a line names before it only counts them; the facts have them all.
NAMED = 3


class BranchOrderConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What a branch of a series is called."""

    template: Annotated[
        str,
        Meta(description="How a branch is named: `{series}/{key}-{slug}`, or `{series}/{agent}/{key}-{slug}`."),
    ] = DEFAULT_TEMPLATE
    series: Annotated[
        tuple[str, ...],
        Meta(description="Prefixes of ordered branches, without a final slash; unset, the policy's own `series`."),
    ] = ()
    outside: Annotated[
        Literal["allow", "warn", "forbid"],
        Meta(description="What becomes of a branch that is in none of the series."),
    ] = "allow"

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """A template that names nothing, or a series that git would refuse."""
        yield from super().problems()
        if problem := template_problem(self.template):
            yield ("template",), problem
        for index, one in enumerate(self.series):
            if problem := ref_problem(one):
                yield ("series", index), problem


class Planned(Struct, frozen=True):
    """What the plan says of the names here; read only where one of them gives reason to.

    `agents` have a folder of the series each; `branches` are the todos'; `home` is the agent that works here, `own` its
    todos' branches that are not there yet.
    """

    agents: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    home: str | None = None
    own: tuple[str, ...] = ()


class BranchOrderFacts(Struct, frozen=True):
    """The branch, and the names of the other open ones. What the judgement can't need is not read, and empty."""

    branch: str = ""
    others: tuple[str, ...] = ()
    is_base: bool = False
    planned: Planned = Planned()


def read(source: Source, config: BranchOrderConfig) -> BranchOrderFacts:
    """Ask for the repository's branches only where this one has a place among them.

    A wrong name is so told even where the source knows no other branch.
    """
    if not config.series:
        return BranchOrderFacts()
    branch = source.branch()
    if branch == source.base():
        return BranchOrderFacts(branch, is_base=True)
    own = parse(branch, config.template, config.series)
    if series_of(branch, config.series) is None and config.outside == "allow":
        return BranchOrderFacts(branch)
    try:
        others = tuple(one for one in source.branches() if one.state is BranchState.OPEN and one.name != branch)
    except CouldNotCheckError:
        # Of a wrong name only its hint would be better.
        if own.valid or _in_folder(branch, config).valid:
            raise
        others = ()
    # The same commit under another name is this branch again: before a renaming, or where it is pushed to.
    head = source.head()
    names = tuple(one.name for one in others if head is None or one.sha != head)
    found = [parse(one, config.template, config.series) for one in names]
    taken = any(one.order == own.order for one in found if one.valid and one.series == own.series)
    folders = any(_in_folder(one.name, config).valid for one in found if not one.valid)
    if own.valid and not taken and not folders:
        return BranchOrderFacts(branch, names)
    every = {one.name for one in others}
    return BranchOrderFacts(branch, names, planned=_planned(source, branch, config, every))


def _in_folder(name: str, config: BranchOrderConfig) -> BranchName:
    """A name as one in a folder of an agent, where the policy's template is the usual one without folders."""
    template = AGENT_TEMPLATE if config.template == DEFAULT_TEMPLATE else config.template
    return parse(name, template, config.series)


def _planned(source: Source, branch: str, config: BranchOrderConfig, there: Collection[str]) -> Planned:
    from paddock.plan.load import believed
    from paddock.plan.owners import Owners

    try:
        plan = believed(source.plans()).plan
        if plan is None or plan.series not in config.series:
            return Planned()
        owners = Owners(plan)
        checkout = source.checkout(tuple(owners.folders))
    except CouldNotCheckError:
        return Planned()  # the names alone are judged
    home = owners.folders.get(checkout.folder or "") if checkout is not None else None
    home = home or owners.branch(branch)
    todos = [todo for todo in plan.todos if todo.branch is not None]
    return Planned(
        agents=tuple(plan.agent_of),
        branches=tuple(str(todo.branch) for todo in todos),
        home=home.id if home is not None else None,
        own=tuple(
            str(todo.branch) for todo in todos if home and todo.agent == home.id and todo.branch not in (*there, branch)
        ),
    )


def check(facts: BranchOrderFacts, config: BranchOrderConfig) -> Judgement:
    """Grammar, then the place in the series, then what comes before."""
    if not config.series:
        return Judgement(reason="no series in the policy: any branch name is accepted")
    if facts.is_base:
        return Judgement(reason=f"{facts.branch} is the base, which has no place in a series")
    series = series_of(facts.branch, config.series)
    if series is None:
        return _outside(facts, config)
    names = _Names(facts, config, series)
    name = names.parse(facts.branch)
    if name.reason:
        message = f"branch {quoted(facts.branch)}: {name.reason}"
        hint = f"rename it, for example: {_rename(names.better())}"
        return Judgement(reason=name.reason, findings=(Finding(message=message, hint=hint),))
    return _place(name, names)


class _Names:
    """The names of one series, and what a better one would be."""

    def __init__(self, facts: BranchOrderFacts, config: BranchOrderConfig, series: str) -> None:
        self.facts = facts
        self.config = config
        self.series = series
        found = (self.parse(one) for one in facts.others)
        self.others = in_order(one for one in found if one.series == series)

    def parse(self, name: str) -> BranchName:
        """A name by the template; else by that with folders, where the folder is that of an agent of the plan."""
        found = parse(name, self.config.template, self.config.series)
        if found.valid:
            return found
        other = _in_folder(name, self.config)
        return other if other.valid and other.agent in self.facts.planned.agents else found

    def better(self, taken: BranchName | None = None, other: BranchName | None = None) -> str:
        """A free name for the branch: the plan's own where it has one, else the next key with the branch's words.

        Args:
            taken: its name, where nothing is wrong but that its key is taken.
            other: the branch that is renamed, where that is another one.
        """
        planned = self.facts.planned
        if planned.own and taken is None:
            return planned.own[0]
        home = planned.home if other is None else other.agent
        template = self.config.template
        if home is not None and template == DEFAULT_TEMPLATE:
            template = AGENT_TEMPLATE  # what lies in its folder is the agent's, whatever it is called
        slug = (other or taken or BranchName("")).slug or slug_of(self.facts.branch.removeprefix(self.series))
        used = [*self.others, *(self.parse(one) for one in planned.branches), *([taken] if taken else [])]
        key = free_key((one for one in used if one.series == self.series), taken.tag if taken else None)
        agent = home or (taken.agent if taken else None) or "agent-1"
        return render(template, series=self.series, key=key, slug=slug, agent=agent)


def _place(name: BranchName, names: _Names) -> Judgement:
    same = [one for one in names.others if one.order == name.order]
    pending = [one.name for one in names.others if one.order < name.order]
    facts: dict[str, Any] = {"series": name.series, "key": name.key, "parts": list(name.parts), "pending": pending}
    taken = tuple(
        Finding(
            message=f"order key {name.tag} of {name.series} is also that of the open branch {one.name}",
            hint=f"rename {_rival(name, one, names)}",
        )
        for one in same
    )
    waits = tuple(Finding(message=f"waits for {one}", severity=Level.NOTE) for one in pending)
    return Judgement(
        reason=f"order key {name.tag} is taken by {_listed([one.name for one in same])}"
        if same
        else f"order key {name.tag} of {name.series}",
        findings=taken + waits,
        facts=facts,
    )


def _rival(name: BranchName, one: BranchName, names: _Names) -> str:
    """Which of two branches of one key is renamed: the one that the plan does not have."""
    planned = names.facts.planned.branches
    if name.name in planned and one.name not in planned:
        return f"the other: {_rename(one.name, names.better(name, one))}"
    which = "it" if one.name in planned else "one of them"
    return f"{which}: {_rename(names.better(name))}"


def _outside(facts: BranchOrderFacts, config: BranchOrderConfig) -> Judgement:
    reason = f"in none of the series: {', '.join(config.series)}"
    if config.outside == "allow":
        return Judgement(reason=reason)
    finding = Finding(
        message=f"branch {quoted(facts.branch)}: {reason}",
        severity=Level.ERROR if config.outside == "forbid" else Level.WARNING,
        hint=f"rename it, for example: {_rename(_Names(facts, config, config.series[0]).better())}",
    )
    return Judgement(reason=reason, findings=(finding,))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} {'branch' if len(names) == 1 else 'branches'}: {', '.join(names[:NAMED])}{more}"


def _rename(*names: str) -> str:
    return f"git branch -m {' '.join(shlex.quote(one) for one in names)}"


GATE = Gate(
    id="branch-order",
    config=BranchOrderConfig,
    stages={Stage.PRE_PUSH: Severity.ERROR, Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
