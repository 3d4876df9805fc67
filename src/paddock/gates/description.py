"""The pull request's text says what a reviewer has to know.

## What it does

Reads the description as GitHub shows it and judges, as far as the policy asks for it:

- **sections**: headings that must be there with something written under them. The template's own lines, HTML comments,
  placeholders such as `TODO` or `N/A`, and boxes are not something. Case, punctuation and emojis of a heading do not
  matter; what stands under its sub-headings belongs to it;
- **boxes**: tasks (`- [ ] …`) that are not ticked;
- **the todo**: `Closes #12`, or another of GitHub's closing words with `#12`, `owner/name#12` or an issue's address,
  outside of code; or a branch that the plan gives to a todo;
- **the title**, by a regular expression; the word `conventional` stands for that of Conventional Commits;
- **the length**: so many words for each 100 changed lines that somebody wrote, up to `words-max`. Words of the
  template, of code blocks and of boxes do not count.

A draft's findings are warnings, unless `drafts: judge`. Authors in `exempt-authors`, by their login, are not judged.

It judges in CI and by the bot. The text is that of the event, so the workflow must run on `edited`, as the one of
`paddock init --github` does, and a *re-run* of an old run still sees the old text. A merge queue and a push bring no
pull request: there the gate is skipped, and says so. The template is that of the trusted commit, never the change's.
To try a text before there is a pull request: `paddock check --gate description --description FILE --title TEXT`.

What it can't tell is whether the text is true.

## Why

A reviewer who has to guess why a change is made reviews something else. Agents like to leave a template as it is.

## Example

    ## Why
    <!-- What made this necessary? -->

    failed: the section "Why" has 0 words of its own, 3 are needed

## How to fix

Edit the description; the edit starts a new run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, structs

from paddock import sections
from paddock.engine import Gate
from paddock.errors import FactUnreadableError, PolicyError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import FileClass, NoPullRequest, PullRequest, Stage
from paddock.plan.load import load
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.model import ChangedFile, Source
    from paddock.sections import Section

TEXT_LIMIT = 262_144  # characters; GitHub takes 65,536
TITLE_LIMIT = 500  # characters of a title that a pattern sees
_SHOWN = 80  # characters of a stranger's text in a message
_BOXES_SHOWN = 10

CONVENTIONAL = "conventional"
_CONVENTIONAL = r"^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([^()]+\))?!?: \S"
# Source: "Linking a pull request to an issue" of GitHub's documentation.
_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+"
    r"(?:(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d+|https?://[\w.-]{1,253}/[\w.-]{1,100}/[\w.-]{1,100}/issues/\d+)\b",
    re.IGNORECASE | re.ASCII,
)
_CODE = re.compile(r"`[^`\n]*`")
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
_NOT_WRITTEN = (FileClass.GENERATED, FileClass.VENDORED, FileClass.LOCK)


class DescriptionConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What a pull request's text must have."""

    sections: Annotated[
        tuple[str, ...], Meta(description="Headings that must be there, with something written under them.")
    ] = ("What changes", "Why", "How it was tested")
    section_words: Annotated[int, Meta(ge=1, description="The least words of its own that such a section has.")] = 3
    placeholders: Annotated[
        tuple[str, ...], Meta(description="Lines that say nothing, whatever their case and punctuation.")
    ] = ("todo", "tbd", "n/a", "na", "none", "nothing", "fixme", "wip", "xxx", "no response", "see above", "see title")
    boxes: Annotated[
        Literal["ticked", "ignore"], Meta(description="Whether every box of a task list must be ticked.")
    ] = "ticked"
    box_sections: Annotated[
        tuple[str, ...], Meta(description="Headings whose boxes are meant; all boxes when empty.")
    ] = ()
    todo: Annotated[
        Literal["required", "ignore"],
        Meta(description="Whether an issue must be linked by a closing word, or the branch be that of a planned todo."),
    ] = "required"
    title_pattern: Annotated[
        str | None,
        Meta(description="A regular expression that must be found in the title; or `conventional`."),
    ] = None
    words_per_100_lines: Annotated[
        int, Meta(ge=0, description="The least words of the whole text for each 100 changed lines that somebody wrote.")
    ] = 5
    words_max: Annotated[int, Meta(ge=0, description="The most words that are asked for, however many lines.")] = 60
    drafts: Annotated[Literal["warn", "judge"], Meta(description="Whether what a draft lacks is only a warning.")] = (
        "warn"
    )
    exempt_authors: Annotated[
        tuple[str, ...], Meta(description="Logins whose pull requests are not judged, such as `dependabot[bot]`.")
    ] = ()

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """A pattern that does not compile, and headings without a letter."""
        if self.title_pattern is not None:
            try:
                re.compile(self.title_pattern)
            except re.error as error:
                yield ("title-pattern",), f"not a regular expression: {error}"
        for key, titles in (("sections", self.sections), ("box-sections", self.box_sections)):
            for index, title in enumerate(titles):
                if not sections.plain(title):
                    yield (key, index), f"the heading {title!r} has no letter or digit"


class DescriptionFacts(Struct, frozen=True):
    """The pull request, how many lines it changes, and the planned todo of its branch where that is asked for."""

    pull_request: PullRequest | NoPullRequest
    lines: int = 0
    planned: str | None = None


def read(source: Source, config: DescriptionConfig) -> DescriptionFacts:
    """The pull request; the files and the plan as far as it is judged by them."""
    found = source.pull_request()
    if isinstance(found, NoPullRequest) or found.author in config.exempt_authors:
        return DescriptionFacts(found)
    if len(found.body) > TEXT_LIMIT:
        raise FactUnreadableError(f"the description has {len(found.body):,} characters, over {TEXT_LIMIT:,}")
    lines = sum(file.added + file.deleted for file in source.files() if _written(file))
    wanted = config.todo == "required" and not _closes(sections.read(found.body))
    return DescriptionFacts(found, lines, _planned(source) if wanted else None)


def _written(file: ChangedFile) -> bool:
    return file.file_class not in _NOT_WRITTEN and not file.binary


def _planned(source: Source) -> str | None:
    """The todo that leaves on the change's branch."""
    plan = next(iter(source.plans()), None)
    if plan is None or plan.text is None:
        return None
    try:
        todos = load(plan.text).todos
    except PolicyError as error:
        raise FactUnreadableError(f"the plan of {plan.where} is broken: {error}", hint="paddock plan check") from error
    branch = source.branch() if todos else ""
    return next((todo.id for todo in todos if todo.branch == branch), None)


def check(facts: DescriptionFacts, config: DescriptionConfig) -> Judgement:
    """Hold the text to the policy."""
    pull = facts.pull_request
    if isinstance(pull, NoPullRequest):
        return Judgement(reason=pull.reason, skipped=True)
    if pull.author in config.exempt_authors:
        return Judgement(reason=f"{_short(pull.author or '')} is exempt", skipped=True)
    text = _Text(pull, config)
    needed = min(config.words_max, -(-facts.lines * config.words_per_100_lines // 100))
    findings = [*_title(pull, config), *text.empty()]
    if not text.is_empty:
        findings += [*text.missing(), *text.open_boxes(), *_unlinked(facts, text.sections, config)]
        if text.words < needed:
            message = f"{_plural(text.words, 'word')} on {facts.lines:,} changed lines, {needed} are needed"
            findings.append(Finding(message=message, hint="say what changes, why, and how it was tested"))
    numbers = {"words": text.words, "needed": needed, "lines": facts.lines, "boxes": len(text.boxes)}
    if pull.draft and config.drafts == "warn":
        findings = [structs.replace(one, severity=Level.WARNING) for one in findings]
    draft = ", a draft" if pull.draft else ""
    lacks = f"; {_plural(len(findings), 'thing')} amiss" if findings else ""
    reason = f"{_plural(text.words, 'word')}, {_plural(len(text.boxes), 'box', 'boxes')}{draft}{lacks}"
    return Judgement(reason=reason, findings=tuple(findings), facts=numbers)


class _Text:
    """A description, held against the template that it grew from."""

    def __init__(self, pull: PullRequest, config: DescriptionConfig) -> None:
        self.config = config
        self.sections = sections.read(pull.body)
        self._given = {line for one in sections.read((pull.template or "")[:TEXT_LIMIT]) for line in _all_lines(one)}
        self._hollow = {sections.plain(line) for line in config.placeholders}
        self.words = self._count(self.sections, code=False)
        self.boxes = [box for one in self._boxed() for box in one.boxes]
        self.is_empty = not any(one.level or _all_lines(one) or one.boxes for one in self.sections)

    def empty(self) -> Iterator[Finding]:
        if self.is_empty:
            yield Finding(message="the description is empty", hint="edit the pull request's description")

    def missing(self) -> Iterator[Finding]:
        for title in self.config.sections:
            found = sections.below(self.sections, title)
            if found is None:
                yield Finding(message=f'no section "{title}"', hint=f"add a heading to the description: ## {title}")
                continue
            count = self._count(found, code=True)
            if count < self.config.section_words:
                needed = self.config.section_words
                message = f'the section "{title}" has {_plural(count, "word")} of its own, {needed} are needed'
                yield Finding(message=message, hint=f"write below the heading in line {found[0].line}")

    def open_boxes(self) -> Iterator[Finding]:
        if self.config.boxes == "ignore":
            return
        left = [box for box in self.boxes if not box.ticked]
        for box in left[:_BOXES_SHOWN]:
            message = f"not ticked: {_short(box.text) or 'a box without words'}"
            yield Finding(message=message, hint=f"do it and tick it in line {box.line}, or take it out")
        if len(left) > _BOXES_SHOWN:
            yield Finding(message=f"{len(left) - _BOXES_SHOWN} more boxes are not ticked")

    def _boxed(self) -> Iterable[Section]:
        if not self.config.box_sections:
            return self.sections
        named = (sections.below(self.sections, title) or () for title in self.config.box_sections)
        return dict.fromkeys(one for some in named for one in some)

    def _count(self, some: Iterable[Section], *, code: bool) -> int:
        """Words that somebody wrote here."""
        lines = (line for one in some for line in (_all_lines(one) if code else one.lines))
        own = (line for line in lines if line not in self._given and sections.plain(line) not in self._hollow)
        return sum(len(_WORD.findall(line)) for line in own)


def _all_lines(section: Section) -> tuple[str, ...]:
    return (*section.lines, *(line.strip() for line in section.code))


def _title(pull: PullRequest, config: DescriptionConfig) -> Iterator[Finding]:
    if config.title_pattern is None:
        return
    conventional = config.title_pattern == CONVENTIONAL
    pattern = _CONVENTIONAL if conventional else config.title_pattern
    if not re.search(pattern, pull.title[:TITLE_LIMIT]):
        form = "`type(scope): text`, such as `fix(api): refuse empty keys`" if conventional else f"match {pattern}"
        yield Finding(message=f'the title "{_short(pull.title)}" has not the form asked for', hint=f"let it be {form}")


def _closes(some: Iterable[Section]) -> bool:
    return any(_CLOSES.search(_CODE.sub("", line)) for one in some for line in one.lines)


def _unlinked(facts: DescriptionFacts, some: Iterable[Section], config: DescriptionConfig) -> Iterator[Finding]:
    if config.todo == "required" and facts.planned is None and not _closes(some):
        hint = "write in the description, for the issue's number: Closes #12"
        yield Finding(message="no todo is linked, and the plan gives this branch to none", hint=hint)


def _plural(count: int, one: str, more: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


GATE = Gate(
    id="description",
    config=DescriptionConfig,
    stages={Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
