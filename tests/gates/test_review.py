"""The last word of each reviewer, for the head alone; nobody's own."""

from __future__ import annotations

import msgspec
import pytest

from fake_source import FakeSource
from paddock.errors import FactMissingError
from paddock.findings import Finding, Level
from paddock.gates.review import GATE, ReviewConfig, check, read
from paddock.model import NoPullRequest, PullRequest, Review

HEAD, OLD = "3f2a9c81d0e4" + "0" * 28, "9d0c1b2a3f4e" + "0" * 28
PULL = PullRequest(number=7, title="Add", body="", author="ada", labels=(), draft=False)


def review(by: str, verdict: str = "approved", sha: str = HEAD, base: str | None = None) -> Review:
    return msgspec.convert({"by": by, "verdict": verdict, "sha": sha, "base": base}, Review)


def judged(*reviews: Review, approvals: int = 1, pull: PullRequest | NoPullRequest = PULL) -> tuple[Finding, ...]:
    source = FakeSource(head=HEAD, pull_request=pull, reviews=reviews)
    config = ReviewConfig(approvals=approvals)
    return check(read(source, config), config).findings


LACKING = Finding(message="0 approval for 3f2a9c81d0e4, 1 is needed", hint="/review AGENT, or /review @login")
ASKED = Finding(
    message="bob requested changes at 9d0c1b2a3f4e and has not approved since",
    hint="make them, then ask again: /review @bob",
)
CASES = {
    "nobody": ((), [LACKING]),
    "approved": ((review("bob"),), []),
    "an earlier commit": (
        (review("bob", sha=OLD),),
        [LACKING, Finding(message="bob approved 9d0c1b2a3f4e, which is not the head any more", severity=Level.NOTE)],
    ),
    "for this base": ((review("bob", base="main"),), []),
    "for another base": (
        (review("bob", base="feature/x/00a-big"),),
        [
            LACKING,
            Finding(message="bob approved it for feature/x/00a-big, and it is for main now", severity=Level.NOTE),
        ],
    ),
    "for a base that was not recorded": (
        (review("bob", base=""),),
        [
            LACKING,
            Finding(message="bob approved it for a base not recorded, and it is for main now", severity=Level.NOTE),
        ],
    ),
    "its author": (
        (review("Ada"),),
        [LACKING, Finding(message="Ada is its author, whose approval does not count", severity=Level.NOTE)],
    ),
    "changes requested": ((review("bob", "changes-requested", OLD),), [LACKING, ASKED]),
    "changes requested, and approved by another": ((review("bob", "changes-requested", OLD), review("max")), [ASKED]),
    "changes requested, then approved": ((review("bob", "changes-requested", OLD), review("Bob")), []),
    "approved, then changes requested": (
        (review("bob"), review("bob", "changes-requested", OLD)),
        [LACKING, ASKED],
    ),
    "its author's request for changes": ((review("ada", "changes-requested"), review("bob")), []),
}


@pytest.mark.parametrize(("reviews", "findings"), CASES.values(), ids=CASES)
def test_findings(reviews: tuple[Review, ...], findings: list[Finding]) -> None:
    assert [*judged(*reviews)] == findings


def test_as_many_as_the_policy_says() -> None:
    assert [one.message for one in judged(review("bob"), approvals=2)] == ["1 approvals for 3f2a9c81d0e4, 2 are needed"]
    assert judged(review("bob"), review("max"), approvals=2) == ()


def test_what_is_not_known_is_no_approval() -> None:
    with pytest.raises(FactMissingError):
        read(FakeSource(head=None, pull_request=PULL, reviews=()), ReviewConfig())
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"approvals": 0}, ReviewConfig)


def test_it_serves_the_bot_alone() -> None:
    assert [str(one) for one in GATE.stages] == ["bot"]
