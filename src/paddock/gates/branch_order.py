"""The branch's name has a place in its series, and nobody else holds that place.

## What it does

Work leaves as small ordered branches of one series: `feature/tmc2-impl2/01a-virtual-workspace` before
`feature/tmc2-impl2/01b-vw-integration`. The tag after the series is the *order key*: digits, then letters and digits,
nested (`05a2c2b1`), lower case. It is compared piece by piece: numbers as numbers, letters as letters, a shorter key
before its extensions. `-partN`, `-splitN` and `-prN` right after a key extend it: `00a1`, `00a1-split1`,
`00a1-split2`, `00a1a`. For a branch below one of the policy's series the gate judges

- the name's grammar: it must fit the template;
- that no other open branch of the series has the same order key: `1a` and `01a` are the same;
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
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import BranchState, Stage
from paddock.plan.keys import (
    DEFAULT_TEMPLATE,
    BranchName,
    example,
    in_order,
    parse,
    quoted,
    ref_problem,
    render,
    series_of,
    template_problem,
)
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class BranchOrderFacts(Struct, frozen=True):
    """The branch, and the names of the other open ones. What the judgement can't need is not read, and empty."""

    branch: str = ""
    others: tuple[str, ...] = ()
    is_base: bool = False


def read(source: Source, config: BranchOrderConfig) -> BranchOrderFacts:
    """Ask for the repository's branches only where this one has a place among them.

    A wrong name is so told even where the source knows no other branch.
    """
    if not config.series:
        return BranchOrderFacts()
    branch = source.branch()
    if branch == source.base():
        return BranchOrderFacts(branch, is_base=True)
    if not parse(branch, config.template, config.series).valid:
        return BranchOrderFacts(branch)
    others = (one for one in source.branches() if one.state is BranchState.OPEN and one.name != branch)
    # The same commit under another name is this branch again: before a renaming, or where it is pushed to.
    head = source.head()
    return BranchOrderFacts(branch, tuple(one.name for one in others if head is None or one.sha != head))


def check(facts: BranchOrderFacts, config: BranchOrderConfig) -> Judgement:
    """Grammar, then the place in the series, then what comes before."""
    if not config.series:
        return Judgement(reason="no series in the policy: any branch name is accepted")
    if facts.is_base:
        return Judgement(reason=f"{facts.branch} is the base, which has no place in a series")
    series = series_of(facts.branch, config.series)
    if series is None:
        return _outside(facts.branch, config)
    name = parse(facts.branch, config.template, config.series)
    if name.reason:
        hint = f"rename it, for example: {_rename(example(config.template, series))}"
        message = f"branch {quoted(facts.branch)}: {name.reason}"
        return Judgement(reason=name.reason, findings=(Finding(message=message, hint=hint),))
    others = (parse(one, config.template, config.series) for one in facts.others)
    return _place(name, in_order(one for one in others if one.series == series), config)


def _place(name: BranchName, others: tuple[BranchName, ...], config: BranchOrderConfig) -> Judgement:
    same = [one.name for one in others if one.order == name.order]
    pending = [one.name for one in others if one.order < name.order]
    facts: dict[str, Any] = {"series": name.series, "key": name.key, "parts": list(name.parts), "pending": pending}
    free = render(
        config.template, series=name.series or "", key="KEY", slug=name.slug or "", agent=name.agent or "AGENT"
    )
    taken = tuple(
        Finding(
            message=f"order key {name.tag} of {name.series} is also that of the open branch {one}",
            hint=f"rename one of them, with a free key for KEY: {_rename(free)}",
        )
        for one in same
    )
    waits = tuple(Finding(message=f"waits for {one}", severity=Level.NOTE) for one in pending)
    return Judgement(
        reason=f"order key {name.tag} is taken by {_listed(same)}"
        if same
        else f"order key {name.tag} of {name.series}",
        findings=taken + waits,
        facts=facts,
    )


def _outside(branch: str, config: BranchOrderConfig) -> Judgement:
    reason = f"in none of the series: {', '.join(config.series)}"
    if config.outside == "allow":
        return Judgement(reason=reason)
    finding = Finding(
        message=f"branch {quoted(branch)}: {reason}",
        severity=Level.ERROR if config.outside == "forbid" else Level.WARNING,
        hint=f"rename it, for example: {_rename(example(config.template, config.series[0]))}",
    )
    return Judgement(reason=reason, findings=(finding,))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} {'branch' if len(names) == 1 else 'branches'}: {', '.join(names[:NAMED])}{more}"


def _rename(name: str) -> str:
    return f"git branch -m {shlex.quote(name)}"


GATE = Gate(
    id="branch-order",
    config=BranchOrderConfig,
    stages={Stage.PRE_PUSH: Severity.ERROR, Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
