"""Pull requests' texts, judged as GitHub shows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fake_source import FakeSource
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.findings import Finding, Level
from paddock.gates.description import DescriptionConfig, DescriptionFacts, check, read
from paddock.model import ChangedFile, FileClass, FileStatus, NoPullRequest, PlanText, PullRequest

TEMPLATE = (Path(__file__).resolve().parents[2] / "ci" / "pull_request_template.md").read_text(encoding="utf-8")
FILLED = """\
## What changes

Refs are held to their owners, whatever skips the other hooks.

## Why

An agent moved another agent's branch, and nobody saw it for a day.

Closes #12

## How it was tested

`make test`, and by hand in two worktrees side by side.

## Checklist

- [x] New behaviour has tests that fail without it
- [X] Documentation and changelog say what changed for users
- [x] Nothing is left in the branch that belongs to another one
"""
PLAIN = DescriptionConfig(sections=(), todo="ignore", words_per_100_lines=0)


def pull(body: str = FILLED, title: str = "Hold refs", **values: Any) -> PullRequest:  # noqa: ANN401 - as a pull request takes them
    return PullRequest(7, title, **{"body": body, "template": TEMPLATE, "author": "ada", **values})


def told(
    body: str,
    config: DescriptionConfig = PLAIN,
    lines: int = 0,
    planned: str | None = None,
    **values: Any,  # noqa: ANN401 - as a pull request takes them
) -> list[str]:
    judgement = check(DescriptionFacts(pull(body, **values), lines, planned), config)
    assert not judgement.skipped
    assert all(one.severity is Level.ERROR for one in judgement.findings)
    return [one.message for one in judgement.findings]


def test_a_text_that_is_filled_in_passes() -> None:
    judgement = check(DescriptionFacts(pull(), 700), DescriptionConfig())
    assert judgement.findings == ()
    assert judgement.reason == "37 words, 3 boxes"
    assert judgement.facts == {"words": 37, "needed": 35, "lines": 700, "boxes": 3}


def test_an_untouched_template_fails() -> None:
    judgement = check(DescriptionFacts(pull(TEMPLATE), 120), DescriptionConfig())
    assert judgement.findings == (
        Finding(
            message='the section "What changes" has 0 words of its own, 3 are needed',
            hint="write below the heading in line 1",
        ),
        Finding(
            message='the section "Why" has 0 words of its own, 3 are needed', hint="write below the heading in line 5"
        ),
        Finding(
            message='the section "How it was tested" has 0 words of its own, 3 are needed',
            hint="write below the heading in line 11",
        ),
        Finding(
            message="not ticked: New behaviour has tests that fail without it",
            hint="do it and tick it in line 17, or take it out",
        ),
        Finding(
            message="not ticked: Documentation and changelog say what changed for users",
            hint="do it and tick it in line 18, or take it out",
        ),
        Finding(
            message="not ticked: Nothing is left in the branch that belongs to another one",
            hint="do it and tick it in line 19, or take it out",
        ),
        Finding(
            message="no todo is linked, and the plan gives this branch to none",
            hint="write in the description, for the issue's number: Closes #12",
        ),
        Finding(
            message="0 words on 120 changed lines, 6 are needed", hint="say what changes, why, and how it was tested"
        ),
    )


EMPTY = {"nothing": "", "blanks": " \n\t\n", "a comment": "<!-- write here -->", "tags": "<br>\n"}


@pytest.mark.parametrize("body", EMPTY.values(), ids=EMPTY)
def test_an_empty_text_is_told_once(body: str) -> None:
    assert told(body, DescriptionConfig(), lines=500) == ["the description is empty"]


WHY = DescriptionConfig(sections=("Why",), todo="ignore", words_per_100_lines=0)
HOLLOW = {
    "a placeholder": ("TODO", 0),
    "a placeholder with punctuation": ("_N/A_.", 0),
    "several": ("- TBD\n- none", 0),
    "a comment": ("<!-- because it was wrong before -->", 0),
    "a line of the template": ("Given by the template itself", 0),
    "punctuation": ("... --- !!!", 0),
    "a box": ("- [x] because it was wrong", 0),
    "two words": ("Because so.", 2),
    "one word": ("Because <!-- of much else -->", 1),
}


@pytest.mark.parametrize(("text", "count"), HOLLOW.values(), ids=HOLLOW)
def test_what_does_not_fill_a_section(text: str, count: int) -> None:
    body = f"# Why\n\n{text}\n\n# Else\n\nBecause it was wrong before.\n"
    words = f"{count} word" if count == 1 else f"{count} words"
    assert told(body, WHY, template="Given by the template itself") == [
        f'the section "Why" has {words} of its own, 3 are needed'
    ]


FULL = {
    "words": "It was wrong.",
    "words below": "## In short\nIt was wrong.",
    "words around a placeholder": "It was wrong.\n\nTODO",
    "a placeholder in a sentence": "A TODO was left.",
    "another alphabet": "\u042d\u0442\u043e \u0431\u044b\u043b\u043e \u043d\u0435\u0432\u0435\u0440\u043d\u043e",
    "code": "```\nmake the tests pass\n```",
    "a list": "- it\n- was\n- wrong",
}


@pytest.mark.parametrize("text", FULL.values(), ids=FULL)
def test_what_fills_a_section(text: str) -> None:
    assert told(f"# Why\n\n{text}\n", WHY) == []


def test_a_section_that_is_not_there() -> None:
    finding = check(DescriptionFacts(pull("# Whynot\n\nIt was wrong.\n")), WHY).findings
    assert finding == (Finding(message='no section "Why"', hint="add a heading to the description: ## Why"),)


LINKED = (
    "Closes #1", "close #1", "CLOSED #1", "Fixes: #10", "fix #1", "fixed #1", "resolve #1", "Resolves #1",
    "resolved #1", "Fixes octo-org/octo.repo#100", "closes https://github.com/octo/hall/issues/3",
    "This closes #1, and more",
)  # fmt: skip
UNLINKED = (
    "#1", "Closes #", "Closes 1", "Closes#1", "discloses #1", "closing #1", "Closes\n#1", "`Closes #1`",
    "```\nCloses #1\n```", "<!-- Closes #1 -->", "    Closes #1", "Closes #1a", "closes https://github.com/octo/hall/pull/3",
)  # fmt: skip
TODO = structs.replace(PLAIN, todo="required")


@pytest.mark.parametrize("text", LINKED)
def test_a_linked_todo(text: str) -> None:
    assert told(f"Text.\n\n{text}\n", TODO) == []


@pytest.mark.parametrize("text", UNLINKED)
def test_no_linked_todo(text: str) -> None:
    assert told(f"Text.\n\n{text}\n", TODO) == ["no todo is linked, and the plan gives this branch to none"]
    assert told(f"Text.\n\n{text}\n", TODO, planned="impl-1") == []
    assert told(f"Text.\n\n{text}\n", PLAIN) == []


def test_boxes_below_named_headings_only() -> None:
    body = "- [ ] a\n# Checklist\n- [ ] b\n## Sub\n- [ ] c\n# Else\n- [ ] d\n"
    assert told(body) == [f"not ticked: {name}" for name in "abcd"]
    assert told(body, structs.replace(PLAIN, box_sections=("checklist",))) == ["not ticked: b", "not ticked: c"]
    assert told(body, structs.replace(PLAIN, box_sections=("checklist", "sub", "gone"))) == [
        "not ticked: b",
        "not ticked: c",
    ]
    assert told(body, structs.replace(PLAIN, boxes="ignore")) == []


def test_many_boxes_are_counted() -> None:
    assert told("- [ ] a\n" * 25)[-1] == "15 more boxes are not ticked"


CONVENTIONAL = ("fix: a", "feat(api): a", "feat(api)!: a", "chore!: a")
UNCONVENTIONAL = ("fix a", "Fix: a", "fix:a", "feat(): a", "more: a", "", " fix: a", "feat(a(b)): c")


@pytest.mark.parametrize("title", CONVENTIONAL)
def test_a_conventional_title(title: str) -> None:
    assert told("Text.", structs.replace(PLAIN, title_pattern="conventional"), title=title) == []


@pytest.mark.parametrize("title", UNCONVENTIONAL)
def test_another_title(title: str) -> None:
    assert told("Text.", structs.replace(PLAIN, title_pattern="conventional"), title=title) == [
        f'the title "{title}" has not the form asked for'
    ]


def test_a_title_of_the_policy_s_form() -> None:
    config = structs.replace(PLAIN, title_pattern=r"^[A-Z]+-\d+ ")
    assert told("Text.", config, title="KCP-7 Hold refs") == []
    assert told("Text.", config, title="Hold refs " + "x" * 9000) == [
        f'the title "Hold refs {"x" * 70}…" has not the form asked for'
    ]


@pytest.mark.parametrize(
    ("lines", "words", "needed"),
    [(0, 1, 0), (1, 1, 1), (100, 5, 5), (101, 5, 6), (120, 5, 6), (5000, 60, 60), (5000, 59, 60)],
)
def test_the_explanation_fits_the_change(lines: int, words: int, needed: int) -> None:
    config = structs.replace(PLAIN, words_per_100_lines=5, words_max=60)
    said = [] if words >= needed else [f"{words} words on {lines:,} changed lines, {needed} are needed"]
    assert told("word " * words, config, lines=lines) == said


def test_code_and_the_template_are_no_explanation() -> None:
    config = structs.replace(PLAIN, words_per_100_lines=5)
    body = "Of the template.\n\n```\nfour words of code\n```\n"
    assert told(body, config, lines=60, template="Of the template.\n") == ["0 words on 60 changed lines, 3 are needed"]


def test_what_a_draft_lacks_is_a_warning() -> None:
    facts = DescriptionFacts(pull("- [ ] a\n", draft=True))
    assert [one.severity for one in check(facts, PLAIN).findings] == [Level.WARNING]
    assert [one.severity for one in check(facts, structs.replace(PLAIN, drafts="judge")).findings] == [Level.ERROR]


def test_without_a_pull_request_it_is_skipped() -> None:
    facts = read(FakeSource(pull_request=NoPullRequest("pushed")), DescriptionConfig())
    judgement = check(facts, DescriptionConfig())
    assert (judgement.skipped, judgement.reason) == (True, "pushed")


def test_an_exempt_author_is_skipped_and_told() -> None:
    config = DescriptionConfig(exempt_authors=("dependabot[bot]",))
    judgement = check(read(FakeSource(pull_request=pull("", author="dependabot[bot]")), config), config)
    assert (judgement.skipped, judgement.reason) == (True, "dependabot[bot] is exempt")


def file(path: str, added: int, file_class: str = "source", *, binary: bool = False) -> ChangedFile:
    return ChangedFile(path, FileStatus.MODIFIED, added, 1, FileClass(file_class), file_class, binary=binary)


PLAN = b"""\
series: feature/x
phases: [{id: p}]
agents: [{id: a}]
todos:
  - {id: impl-1, agent: a, phase: p, branch: feature/x/01a-core}
"""


def facts(body: str, **known: Any) -> DescriptionFacts:  # noqa: ANN401 - as a source takes them
    files = (
        file("a.go", 9),
        file("gen.go", 99, "generated"),
        file("go.sum", 99, "lock"),
        file("a.png", 9, binary=True),
    )
    return read(FakeSource(pull_request=pull(body), files=files, **known), DescriptionConfig())


def test_facts_are_asked_for_as_far_as_they_matter() -> None:
    assert facts("Closes #1") == DescriptionFacts(pull("Closes #1"), 10)


def test_the_plan_s_todo_of_the_branch() -> None:
    plans = (PlanText(PLAN, "main"),)
    assert facts("Text.", plans=plans, branch="feature/x/01a-core").planned == "impl-1"
    assert facts("Text.", plans=plans, branch="feature/x/01b-more").planned is None
    assert facts("Text.", plans=(PlanText(None, "main"),)).planned is None


def test_facts_that_can_t_be_had() -> None:
    with pytest.raises(FactMissingError):
        read(FakeSource(), DescriptionConfig())
    with pytest.raises(FactUnreadableError, match="the plan of main is broken"):
        facts("Text.", plans=(PlanText(b"phases: 7\n", "main"),))
    with pytest.raises(FactUnreadableError, match="the description has 300,000 characters, over 262,144"):
        facts("x" * 300_000)


PROBLEMS: dict[str, tuple[dict[str, Any], list[tuple[tuple[str | int, ...], str]]]] = {
    "none": ({"title_pattern": "conventional", "sections": ("Why?",)}, []),
    "a pattern": (
        {"title_pattern": "(a"},
        [(("title-pattern",), "not a regular expression: missing ), unterminated subpattern at position 0")],
    ),
    "a heading": (
        {"sections": ("Why", "---"), "box_sections": ("",)},
        [
            (("sections", 1), "the heading '---' has no letter or digit"),
            (("box-sections", 0), "the heading '' has no letter or digit"),
        ],
    ),
}


@pytest.mark.parametrize(("values", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems(values: dict[str, Any], expected: list[tuple[tuple[str | int, ...], str]]) -> None:
    assert list(DescriptionConfig(**values).problems()) == expected


@given(st.text(max_size=300), st.text(max_size=100), st.booleans())
def test_any_text_is_judged(body: str, title: str, draft: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    config = DescriptionConfig(title_pattern="conventional")
    judgement = check(DescriptionFacts(pull(body, title, draft=draft), 10), config)
    assert judgement.findings
    assert judgement.facts["words"] <= len(re.findall(r"\w+", body))
