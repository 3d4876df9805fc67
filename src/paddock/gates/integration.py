"""The branch merges with its base, and with every open branch that merges before it.

## What it does

Git merges the branch on trial, in memory: with the base, with the protected branch where that is another (in a stack),
and with each other open branch of its *train*, the branches of a plan or a series in the order in which they may
merge. It is an error where it clashes with the base or with a branch that comes before it. Where it clashes with one
that comes after it, that one has to give way, and the gate only warns. The order is that of the plan on the trusted
commit, else that of the order keys below the policy's `series`. Each clash is told by its path and its kind: content,
binary, rename, mode, delete/modify, file/directory or submodule.

A branch that the change already has in its history, as in a stack, never clashes with it; so a merge queue's group is
judged as a whole. A branch that is squashed into the base already is not merged again. Attributes and merge drivers
take no part. What git refuses to merge, a missing object or histories without a common commit, is no clash: the gate
then errs.

## Why

Branches that grow side by side meet only when they merge, and the last one finds out that all others moved the same
lines. The earlier in the train, the less a branch has to know of those behind it.

## Example

    error   src/api/types.go: content clash with feature/x/01a-types, which merges before this
    warning src/api/server.go: delete/modify clash with feature/x/03a-server, which merges after this

## How to fix

Merge or rebase onto the branch that is named, and mend the lines: `git merge feature/x/01a-types`. To see all branches
at once, and in order: `paddock integrate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.errors import FactUnreadableError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import BranchState, Merge, Stage
from paddock.plan.keys import DEFAULT_TEMPLATE, ref_problem, template_problem
from paddock.plan.load import believed
from paddock.plan.train import by_key, by_plan
from paddock.policy.config import GateConfig
from paddock.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Source
    from paddock.plan.train import Place

SHOWN = 10  # clashes with one branch that are told one by one


class IntegrationConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Which branches belong together."""

    template: Annotated[
        str,
        Meta(description="How a branch is named: `{series}/{key}-{slug}`, or `{series}/{agent}/{key}-{slug}`."),
    ] = DEFAULT_TEMPLATE
    series: Annotated[
        tuple[str, ...],
        Meta(description="Prefixes of ordered branches, without a final slash; unset, the policy's own `series`."),
    ] = ()

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """A template that names nothing, or a series that git would refuse."""
        yield from super().problems()
        if problem := template_problem(self.template):
            yield ("template",), problem
        for index, one in enumerate(self.series):
            if problem := ref_problem(one):
                yield ("series", index), problem


class Trial(Struct, frozen=True):
    """A merge with another branch; `before` says that the other one merges first."""

    branch: str
    merge: Merge
    before: bool = True


class IntegrationFacts(Struct, frozen=True):
    """The branch, its trial merge with the base, and those with others; `placed` is False outside every train."""

    branch: str
    base: Trial
    others: tuple[Trial, ...] = ()
    placed: bool = True


def read(source: Source, config: IntegrationConfig) -> IntegrationFacts:
    """Merge with the base, and with the other branches of the train."""
    branch, base = source.branch(), source.base()
    names: list[str] = []
    places: tuple[Place, ...] = ()
    if branch != base:
        places = _train(source, config, branch, base)
        names = [place.branch for place in places]
    placed = branch in names
    at = names.index(branch) if placed else 0
    others = [name for name in names if name != branch] if placed else []
    first, *merges = source.trials(tuple(others))
    merged = [_certain(one, name) for one, name in zip(merges, others, strict=True)]
    trials = [Trial(name, merge, number < at) for number, (name, merge) in enumerate(zip(others, merged, strict=True))]
    return IntegrationFacts(branch, Trial(base, _certain(first, base)), tuple(trials), placed)


def _train(source: Source, config: IntegrationConfig, branch: str, base: str) -> tuple[Place, ...]:
    plan = believed(source.plans()).plan
    if plan is None and not config.series:
        return ()
    known = source.branches()
    head = source.head()
    # The same commit under another name is this branch again.
    names = [
        one.name
        for one in known
        if one.state is BranchState.OPEN and one.name != base and (one.name == branch or one.sha != head)
    ]
    names += [branch] if branch not in names else []
    if plan is None:
        return tuple(place for place in by_key(names, config.template, config.series) if place.key is not None)
    done = {one.name for one in known if one.state is not BranchState.OPEN}
    return by_plan(plan, names, {todo.id for todo in plan.todos if todo.branch in done}, config.template)


def _certain(merge: Merge, name: str) -> Merge:
    if merge.refused is not None:
        raise FactUnreadableError(f"git does not merge {name}: {merge.refused}", hint="git fetch --all, then git fsck")
    return merge


def check(facts: IntegrationFacts, config: IntegrationConfig) -> Judgement:
    """What clashes, told by path."""
    findings = [*_base(facts), *(one for trial in facts.others for one in _clashes(trial))]
    earlier = [trial.branch for trial in facts.others if trial.before and not trial.merge.clean]
    later = [trial.branch for trial in facts.others if not trial.before and not trial.merge.clean]
    clean = facts.base.merge.clean
    with_base = f"{'merges' if clean else 'clashes'} with {facts.base.branch}"
    return Judgement(
        reason=f"{with_base}; {_told(facts, len(earlier), len(later), config)}",
        findings=tuple(findings),
        facts={"base": clean, "branches": len(facts.others), "before": earlier, "after": later},
    )


def _told(facts: IntegrationFacts, earlier: int, later: int, config: IntegrationConfig) -> str:
    if not facts.placed:
        return "in no train, so with no other branch" if config.series else "no series, so with no other branch"
    return (
        f"of {len(facts.others):,} other branches of the train, clashes with {earlier:,} before and {later:,} after it"
    )


def _base(facts: IntegrationFacts) -> Iterator[Finding]:
    hint = f"git merge {quoted(facts.base.branch)}, or rebase onto it"
    return _findings(facts.base, f"with the base {facts.base.branch}", hint, Level.ERROR)


def _clashes(trial: Trial) -> Iterator[Finding]:
    if trial.before:
        hint = f"git merge {quoted(trial.branch)}, or rebase onto it"
        return _findings(trial, f"with {trial.branch}, which merges before this", hint, Level.ERROR)
    return _findings(trial, f"with {trial.branch}, which merges after this", None, Level.WARNING)


def _findings(trial: Trial, whom: str, hint: str | None, level: Level) -> Iterator[Finding]:
    for clash in trial.merge.clashes[:SHOWN]:
        message = f"{clash.kind} clash {whom}"
        yield Finding(message=message, path=clash.path, severity=level, hint=hint)
    if trial.merge.count > SHOWN:
        yield Finding(message=f"{trial.merge.count - SHOWN:,} more clashes {whom}", severity=level, hint=hint)


GATE = Gate(
    id="integration",
    config=IntegrationConfig,
    stages={Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
