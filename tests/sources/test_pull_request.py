"""What sources know of the pull request that proposes a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from paddock.errors import FactMissingError
from paddock.model import NoPullRequest, PullRequest
from paddock.sources.document import ChangeDocument, DocumentSource
from paddock.sources.git import open_repository
from paddock.sources.message import MessageSource
from paddock.sources.range import RangeSource
from paddock.sources.staged import StagedSource

if TYPE_CHECKING:
    from conftest import Work
    from paddock.model import Source

ASKED = PullRequest(7, "Hold refs", body="Why", author="ada", labels=("docs",))


def ranged(work: Work, pull_request: PullRequest | NoPullRequest | None) -> RangeSource:
    head = work.git("rev-parse", "HEAD")
    return RangeSource(open_repository(str(work.path)), head, base="main", pull_request=pull_request)


TEMPLATES = {
    "GitHub's folder": ".github/pull_request_template.md",
    "upper case": ".github/PULL_REQUEST_TEMPLATE.md",
    "the top": "pull_request_template.md",
    "docs": "docs/PULL_REQUEST_TEMPLATE.md",
}


@pytest.mark.parametrize("place", TEMPLATES.values(), ids=TEMPLATES)
def test_a_range_adds_the_template_of_the_base(place: str, work: Work) -> None:
    work.commit("template", {place: "## Why\n"})
    work.branch("topic")
    work.commit("edit", {place: "## Nothing\n"})
    assert ranged(work, ASKED).pull_request() == structs.replace(ASKED, template="## Why\n")


def test_a_template_that_only_the_change_has_is_none(work: Work) -> None:
    work.branch("topic")
    work.commit("template", {".github/pull_request_template.md": "## Why\n"})
    assert ranged(work, ASKED).pull_request() == structs.replace(ASKED, template="")


def test_why_there_is_none_is_handed_through(work: Work) -> None:
    none = NoPullRequest("pushed")
    assert ranged(work, none).pull_request() == none


def test_who_was_not_told_does_not_know(work: Work) -> None:
    repository = open_repository(str(work.path))
    sources: list[Source] = [
        ranged(work, None),
        StagedSource(repository, base="main"),
        MessageSource(repository, "x", base="main"),
        DocumentSource(ChangeDocument(version=1, branch="topic", base="main", commits=(), files=())),
    ]
    for source in sources:
        with pytest.raises(FactMissingError):
            source.pull_request()


def test_a_queue_s_document_has_none() -> None:
    document = ChangeDocument(version=1, branch="topic", base="main", commits=(), files=(), queued=True)
    assert isinstance(DocumentSource(document).pull_request(), NoPullRequest)
