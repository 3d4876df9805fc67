"""The change was approved by somebody else, for this very commit, and nobody still waits for a change.

## What it does

Of each reviewer the last word counts. An approval is for one commit and one base: it counts where that is the head and
the change is still for the branch that it was for then, so it falls with the next push, and with another base. A
request for changes stays until whoever made it approves, push or not. Nobody approves their own change: the pull
request's author is not counted. That an agent does not approve its own work under another login, or a commit's author
what they committed, the bot sees to before it takes an approval down.

Only the bot knows reviews, so the gate is judged there alone (and from a change document that has them). In
`paddock/gates` it leaves the check pending, for what is not approved yet has failed nothing.

## Why

A review that was for an earlier commit says nothing of what is merged, nor does one that was for another base: what an
unreviewed branch brought along was no part of the change then. A request for changes that a push makes vanish is the
feedback that gets lost.

## Example

    error   0 approvals for 3f2a9c81d0e4, 1 is needed
    error   ada requested changes at 9d0c1b2a3f4e and has not approved since

## How to fix

Ask for a review (`/review AGENT`), or make the changes and ask again who requested them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import PullRequest, Review, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Source

_SHORT = 12  # digits of a commit's name


class ReviewConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """How many have to approve."""

    approvals: Annotated[int, Meta(ge=1, le=100, description="How many have to approve the head.")] = 1


class ReviewFacts(Struct, frozen=True):
    """The head, who proposes it, the last review of each login, and the base where that matters to one of them."""

    head: str
    author: str | None
    reviews: tuple[Review, ...]
    base: str | None = None


def read(source: Source, config: ReviewConfig) -> ReviewFacts:  # noqa: ARG001 - what every gate is told
    """The last word of each reviewer."""
    head = source.head()
    if head is None:
        raise FactMissingError("what is not committed yet can't be reviewed")
    proposed = source.pull_request()
    last = {one.by.lower(): one for one in source.reviews()}
    author = proposed.author if isinstance(proposed, PullRequest) else None
    base = source.base() if any(one.base is not None for one in last.values()) else None
    return ReviewFacts(head, author, tuple(last.values()), base)


def check(facts: ReviewFacts, config: ReviewConfig) -> Judgement:
    """Approvals of the head by others, and requests that are open."""
    author = (facts.author or "").lower()
    approved = [one for one in facts.reviews if one.verdict == "approved" and one.by.lower() != author]
    now = [one.by for one in approved if one.sha == facts.head and one.base in (None, facts.base)]
    asked = [one for one in facts.reviews if one.verdict == "changes-requested" and one.by.lower() != author]
    findings = [*_lacking(facts, config, len(now)), *_notes(facts, author), *_requests(asked)]
    count = f"{len(now)} {'approval' if len(now) == 1 else 'approvals'}"
    open_ = f"{len(asked)} {'request' if len(asked) == 1 else 'requests'} for changes open"
    return Judgement(
        reason=f"{count} for the head, of {config.approvals} needed; {open_}",
        findings=tuple(findings),
        facts={"approved": now, "requested": [one.by for one in asked], "needed": config.approvals},
    )


def _lacking(facts: ReviewFacts, config: ReviewConfig, count: int) -> Iterator[Finding]:
    if count < config.approvals:
        noun, verb = ("approval", "is") if config.approvals == 1 else ("approvals", "are")
        message = f"{count} {noun} for {facts.head[:_SHORT]}, {config.approvals} {verb} needed"
        yield Finding(message=message, hint="/review AGENT, or /review @login")


def _notes(facts: ReviewFacts, author: str) -> Iterator[Finding]:
    for one in facts.reviews:
        if one.verdict != "approved":
            continue
        if one.by.lower() == author:
            yield Finding(message=f"{one.by} is its author, whose approval does not count", severity=Level.NOTE)
        elif one.sha != facts.head:
            message = f"{one.by} approved {one.sha[:_SHORT]}, which is not the head any more"
            yield Finding(message=message, severity=Level.NOTE)
        elif one.base not in (None, facts.base):
            message = f"{one.by} approved it for {one.base or 'a base not recorded'}, and it is for {facts.base} now"
            yield Finding(message=message, severity=Level.NOTE)


def _requests(asked: list[Review]) -> Iterator[Finding]:
    for one in asked:
        message = f"{one.by} requested changes at {one.sha[:_SHORT]} and has not approved since"
        yield Finding(message=message, hint=f"make them, then ask again: /review @{one.by}")


GATE = Gate(
    id="review",
    config=ReviewConfig,
    stages={Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
