"""What belongs together changes together: documentation with the code, a test with its module.

## What it does

Each rule of the policy says that when some files change (`when`), others must change too (`need`), any of them or,
with `require: all`, all. Globs are written as in `.gitignore`. A pattern may have placeholders, which stand for the
same in `when` and in `need`: `{name}` for a part of one name, `{folder:path}` for whole names with slashes, or none.
Then every file needs a companion of its own.

A rule looks at added, changed, renamed and copied files; `statuses: [added]` at new ones only. Generated, vendored and
lock files set off no rule (`ignore`). A deleted file is nobody's companion.

A rule may be excepted, if it says so, by a trailer with a reason in one of the change's commits or in the pull
request's text (`except-trailers: [Docs-not-needed]`), or by a label (`except-labels: [no-docs]`). Every exception is
told in the report. Anybody writes trailers, so one is a claim for the reviewer to read; a label needs the rights that
GitHub asks for it. Where labels can't be known, as in a merge queue, a rule that one may except only warns.

| key of a rule | meaning |
|---|---|
| `id` | its name in reports |
| `when` | globs of the files that set it off |
| `need` | globs of the files that must change too |
| `require` | `any` (default) or `all` of `need` |
| `statuses` | `added`, `modified`, `deleted`, `renamed`, `copied`, `type-changed`; all but `deleted` by default |
| `ignore` | classes of files that do not set it off; `generated`, `vendored` and `lock` by default |
| `except-trailers`, `except-labels` | what excepts a change from it; nothing by default |
| `message` | what to say beside the fact |

## Why

What is documented or tested later is not. A reviewer sees what a change has, and seldom what it lacks.

## Example

    companions:
      rules:
        - id: tests
          when: ["src/{folder:path}/{name}.py"]
          need: ["tests/{folder:path}/test_{name}.py"]
          statuses: [added]
        - id: changelog
          when: ["src/**"]
          need: [CHANGELOG.md]
          except-trailers: [Changelog-not-needed]

    failed   companions  1 of 2 rules broken
      error    src/api/keys.py: added, and tests/api/test_keys.py is not changed (tests)

## How to fix

Change what belongs to it. Where there is nothing to change, and the rule allows it, say why in the last paragraph of
a commit's message: `Changelog-not-needed: only comments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock import trailers
from paddock.classify import placeholders
from paddock.engine import Gate
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import ChangedFile, Commit, FileClass, FileStatus, NoPullRequest, PullRequest, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from paddock.model import Source

SHOWN = 20  # findings of one rule before the others are only counted
_SHOWN_LENGTH = 120  # characters of a stranger's reason

_Patterns = Annotated[tuple[str, ...], Meta(min_length=1)]
_Trailer = Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")]


class Rule(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """When some files change, others must too."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    when: _Patterns
    need: _Patterns
    require: Literal["any", "all"] = "any"
    statuses: tuple[FileStatus, ...] = tuple(one for one in FileStatus if one is not FileStatus.DELETED)
    ignore: tuple[FileClass, ...] = (FileClass.GENERATED, FileClass.VENDORED, FileClass.LOCK)
    except_trailers: tuple[_Trailer, ...] = ()
    except_labels: tuple[str, ...] = ()
    message: str = ""


class CompanionsConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What belongs together."""

    rules: Annotated[tuple[Rule, ...], Meta(description="What must change with what; the keys are told above.")] = ()

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Patterns that can't be read, placeholders that stand for nothing, and names given twice."""
        seen: set[str] = set()
        for index, rule in enumerate(self.rules):
            at: tuple[str | int, ...] = ("rules", index)
            if rule.id in seen:
                yield (*at, "id"), f"two rules are called {rule.id!r}"
            seen.add(rule.id)
            for key, patterns in (("when", rule.when), ("need", rule.need)):
                for place, one in enumerate(patterns):
                    if problem := placeholders.problem(one):
                        yield (*at, key, place), problem
            asked = frozenset[str]().union(*map(placeholders.names, rule.need))
            for place, one in enumerate(rule.when):
                if unbound := asked - placeholders.names(one):
                    yield (*at, "when", place), f"{one!r} has no {{{min(unbound)}}}, which `need` asks for"


class Lack(Struct, frozen=True):
    """Companions that are missing: `need` are those of one file, or of `count` where all share theirs."""

    file: ChangedFile
    need: tuple[str, ...]
    count: int = 1


class CompanionsFacts(Struct, frozen=True):
    """What each rule lacks, and what may except it; `pull_request` is None where that is not known."""

    lacks: tuple[tuple[Rule, tuple[Lack, ...]], ...]
    commits: tuple[Commit, ...] = ()
    pull_request: PullRequest | NoPullRequest | None = None


def read(source: Source, config: CompanionsConfig) -> CompanionsFacts:
    """The changed files held to the rules; commits and labels only where they may except from one that is broken."""
    lacks = tuple((rule, tuple(_lacks(rule, source.files()))) for rule in config.rules)
    broken = [rule for rule, some in lacks if some]
    commits: tuple[Commit, ...] = ()
    pull_request: PullRequest | NoPullRequest | None = None
    # A broken rule is told also where it can't be known what may except it: a doubt excepts from nothing.
    if any(rule.except_trailers for rule in broken):
        try:
            commits = source.commits()
        except FactMissingError:
            commits = ()
    if any(rule.except_trailers or rule.except_labels for rule in broken):
        try:
            pull_request = source.pull_request()
        except FactMissingError:
            pull_request = None
    return CompanionsFacts(lacks, commits, pull_request)


def _lacks(rule: Rule, files: Iterable[ChangedFile]) -> Iterator[Lack]:
    """For each file that sets the rule off, or for all that share a need, what they lack."""
    files = tuple(files)
    patterns = [placeholders.pattern(one) for one in rule.when]
    asked = frozenset[str]().union(*map(placeholders.names, rule.need))
    groups: dict[tuple[tuple[str, str], ...], list[ChangedFile]] = {}
    for file in files:
        if file.status not in rule.statuses or file.file_class in rule.ignore:
            continue
        for one in patterns:
            if (found := one(file.path)) is not None:
                values = tuple(sorted((name, value) for name, value in found.items() if name in asked))
                groups.setdefault(values, []).append(file)
                break
    if not groups:
        return
    there = _There(rule.need, [file.path for file in files if file.status is not FileStatus.DELETED])
    for values, some in groups.items():
        missing = [one for one in rule.need if not there.has(one, dict(values))]
        if len(missing) == len(rule.need) or (missing and rule.require == "all"):
            need = tuple(placeholders.filled(one, dict(values)) for one in missing)
            yield Lack(some[0], need, len(some))


class _There:
    """The changed paths that may be companions."""

    def __init__(self, need: Iterable[str], paths: list[str]) -> None:
        self._paths = frozenset(paths)
        some = {one: placeholders.pattern(one) for one in need}
        # Each file may have its own need, so those that none could mean are put aside once.
        self._candidates = {
            text: [path for path in paths if one(path) is not None]
            for text, one in some.items()
            if not placeholders.is_plain(text)
        }

    def has(self, need: str, values: Mapping[str, str]) -> bool:
        if placeholders.is_plain(need):
            return placeholders.filled(need, values) in self._paths
        if not placeholders.names(need):
            return bool(self._candidates[need])
        match = placeholders.pattern(need, values)
        return any(match(path) is not None for path in self._candidates[need])


def check(facts: CompanionsFacts, config: CompanionsConfig) -> Judgement:
    """Tell what is missing, and what was excepted."""
    findings: list[Finding] = []
    counts = {"rules": len(config.rules), "broken": 0, "excepted": 0}
    for rule, lacks in facts.lacks:
        if not lacks:
            continue
        if (excuse := _excuse(rule, facts)) is not None:
            counts["excepted"] += 1
            findings.append(Finding(message=f"{rule.id} is excepted by {excuse}", severity=Level.NOTE))
            continue
        counts["broken"] += 1
        findings += _told(rule, lacks, facts)
    total = len(config.rules)
    rules = f"{total} rule{'s' if total != 1 else ''}"
    reason = f"{counts['broken']} of {rules} broken" if counts["broken"] else f"{rules} kept"
    if counts["excepted"]:
        reason += f", {counts['excepted']} excepted"
    return Judgement(reason=reason, findings=tuple(findings), facts=counts)


def _told(rule: Rule, lacks: tuple[Lack, ...], facts: CompanionsFacts) -> Iterator[Finding]:
    unknown = isinstance(facts.pull_request, NoPullRequest) and bool(rule.except_labels)
    severity = Level.WARNING if unknown else Level.ERROR
    said = f"; {rule.message}" if rule.message else ""
    hint = "\n".join(_hints(rule, facts))
    for lack in lacks[:SHOWN]:
        more = f", like {lack.count - 1} more," if lack.count > 1 else ","
        joined = (" and " if rule.require == "all" else " or ").join(lack.need)
        verb = "are not changed" if rule.require == "all" and len(lack.need) > 1 else "is not changed"
        message = f"{lack.file.status}{more} and {joined} {verb} ({rule.id}){said}"
        yield Finding(message=message, path=lack.file.path, severity=severity, hint=hint or None)
    if len(lacks) > SHOWN:
        yield Finding(message=f"{len(lacks) - SHOWN} more files lack theirs ({rule.id})", severity=severity)


def _hints(rule: Rule, facts: CompanionsFacts) -> Iterator[str]:
    if rule.except_trailers:
        yield f"or say why not, at the end of a commit's message: {rule.except_trailers[0]}: REASON"
    if rule.except_labels:
        yield f"or give the pull request the label {rule.except_labels[0]}"
    if rule.except_labels and isinstance(facts.pull_request, NoPullRequest):
        yield f"whether it has one is not known here: {facts.pull_request.reason}"


def _excuse(rule: Rule, facts: CompanionsFacts) -> str | None:
    """What excepts the change from a rule, in words."""
    pull = facts.pull_request if isinstance(facts.pull_request, PullRequest) else None
    messages = [(f" in {commit.sha[:12]}" if commit.sha else "", commit.message) for commit in facts.commits]
    if pull is not None:
        messages.append((" in the pull request", f"{pull.title}\n\n{pull.body}"))
        held = {label.casefold(): label for label in pull.labels}
        for label in rule.except_labels:
            if label.casefold() in held:
                return f"the label {held[label.casefold()]}"
    for where, message in messages if rule.except_trailers else ():
        block = trailers.parse(message.replace("\r\n", "\n"))
        for key in rule.except_trailers:
            for value in block.values(key):
                if value.strip():
                    return f"the trailer {key}: {value.strip()[:_SHOWN_LENGTH]}{where}"
    return None


GATE = Gate(
    id="companions",
    config=CompanionsConfig,
    stages={
        Stage.PRE_COMMIT: Severity.WARNING,
        Stage.PRE_PUSH: Severity.WARNING,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    },
    read=read,
    check=check,
)
