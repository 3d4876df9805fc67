"""Hold a change to a number of hand-written lines that a person can review.

## What it does

Counts the lines that the branch adds and deletes against the merge base with its base branch, leaves out what
nobody wrote by hand (generated, vendored and lock files), and fails above the limit. A renamed file counts only for
the lines that differ. A ledger tells for every changed file whether it was counted and why. The figures are those of
`git diff --numstat -M` on the merge base, whatever is checked out; attributes that the change itself brings along
(`-diff`, `binary`, `linguist-generated`) alter nothing before they are merged. Text that git calls binary, for a NUL
byte in it, counts like any other.

A marker such as `Code generated … DO NOT EDIT.` is a claim that anyone can write. In a file that is new, or newly
marked, nothing but the change vouches for it. With `markers: believe` it counts as generated all the same, the ledger
says so, and a warning comes once such files are more than `marked-share` percent of the change. With `markers: verify`
it counts as hand-written until a path rule of the base vouches for it: its attributes, its policy, or a built-in name
such as `__generated__/`.

A branch of a series that stands on another open one of a lower order key is measured against that one, as its pull
request will be, and the line says so. That is so in hooks and where you run paddock yourself; CI and the bot take the
pull request's base.

At the pre-commit stage it warns, so that work can be saved; from the push on it refuses.

## Why

Review finds less per line the longer a change is, and a change of thousands of lines is approved unread. Agents
produce such changes easily. Counting whole files, counting renames as new, or trusting the shown diff gives figures
that are off by thousands either way.

## Example

A branch with 640 added and 172 deleted lines of source and 4,000 lines of `zz_generated.deepcopy.go`:

    failed   pr-size         812 changed lines, 112 over the limit of 700; 4,000 not counted
      error    812 changed lines, 112 over the limit of 700

## How to fix

Split the branch: what others build on comes first, tests with their code. `paddock count` shows where the lines are,
`paddock split` proposes how to cut it. If a tool wrote some of them, let the base branch say so: a glob under
`classes: generated:` in the policy, or `linguist-generated` in `.gitattributes`, merged beforehand; under
`markers: verify` that is the only way. If lines only moved between files, `moves: discount` leaves moved blocks out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import ChangedFile, FileClass, Moved, Source, Stage
from paddock.policy.config import GateConfig
from paddock.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBMODULE = "160000"


class PrSizeConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What `pr-size` counts, and how much is too much."""

    limit: Annotated[int, Meta(ge=0, description="The most lines that a change may have.")] = 700
    count: Annotated[Literal["both", "additions", "deletions"], Meta(description="Which changed lines count.")] = "both"
    exclude: Annotated[tuple[FileClass, ...], Meta(description="Classes of files whose lines do not count.")] = (
        FileClass.GENERATED,
        FileClass.VENDORED,
        FileClass.LOCK,
    )
    moves: Annotated[
        Literal["count", "discount"],
        Meta(description="Whether blocks that only moved count; `discount` has to read the whole patch."),
    ] = "count"
    markers: Annotated[
        Literal["believe", "verify"],
        Meta(description="What a marker of generated code is worth that only the change carries."),
    ] = "believe"
    marked_share: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="The percentage of the change that files with such markers may be before a warning.",
        ),
    ] = 50


class SizedFile(Struct, frozen=True):
    """One line of the ledger. `lines` is what it adds to the count."""

    path: str
    old_path: str | None
    added: int
    deleted: int
    file_class: FileClass
    counted: bool
    reason: str
    lines: int


class Ledger(Struct, frozen=True):
    """Every changed file, and the sums.

    `moved` lines are those of counted files that were left out as moved; `believed` are those of `not_counted` that
    only a marker of the change itself keeps out; `unvouched` those of `counted` that such a marker did not.
    """

    files: tuple[SizedFile, ...]
    counted: int
    not_counted: int
    moved: int
    believed: int = 0
    unvouched: int = 0


class PrSizeFacts(Struct, frozen=True):
    """What the gate judges. `against` is the branch that was measured against, where that is not the base."""

    files: tuple[ChangedFile, ...]
    moved: dict[str, Moved] = {}
    against: str | None = None


def read(source: Source, config: PrSizeConfig) -> PrSizeFacts:
    """The changed files, and their moved lines where the policy discounts them; of a stacked branch its own."""
    layer = source.layer()
    against, change = layer if layer is not None else (None, source)
    return PrSizeFacts(change.files(), change.moved() if config.moves == "discount" else {}, against)


def ledger(facts: PrSizeFacts, config: PrSizeConfig) -> Ledger:
    """What counts and what does not, file by file."""
    rows = []
    counted = not_counted = moved_lines = believed = unvouched = 0
    additions, deletions = config.count != "deletions", config.count != "additions"
    none = Moved()
    for file in facts.files:
        lines = (file.added if additions else 0) + (file.deleted if deletions else 0)
        file_class, reason = _class(file, config)
        textual = not file.binary and file.mode != SUBMODULE
        counts = file_class not in config.exclude and textual
        marked = textual and file.without_marker is not None and file.without_marker not in config.exclude
        if counts:
            moved = facts.moved.get(file.path, none)
            # A change document's patch may tell of more lines than its figures do; they excuse nothing else.
            left_out = min(moved.added, file.added) if additions else 0
            left_out += min(moved.deleted, file.deleted) if deletions else 0
            if left_out:
                reason = f"{reason}; {left_out:,} moved lines left out"
            moved_lines += left_out
            lines -= left_out
            counted += lines
            unvouched += lines if marked else 0
        else:
            not_counted += lines
            believed += lines if marked else 0
            lines = 0
            if file.binary and not reason.startswith("binary"):
                reason = "binary"
        rows.append(SizedFile(file.path, file.old_path, file.added, file.deleted, file_class, counts, reason, lines))
    return Ledger(tuple(rows), counted, not_counted, moved_lines, believed, unvouched)


def _class(file: ChangedFile, config: PrSizeConfig) -> tuple[FileClass, str]:
    """The class to go by, and why."""
    if file.without_marker is None:
        return file.file_class, file.reason
    if config.markers == "believe":
        return file.file_class, f"{file.reason}; only this change says so"
    return file.without_marker, f"{file.without_marker}; not vouched for by the base: {file.reason}"


def check(facts: PrSizeFacts, config: PrSizeConfig) -> Judgement:
    """Fail above the limit."""
    sums = ledger(facts, config)
    numbers: dict[str, Any] = {
        "limit": config.limit,
        "counted": sums.counted,
        "not_counted": sums.not_counted,
        "moved": sums.moved,
        "believed": sums.believed,
        "files": len(sums.files),
    }
    kind = {"both": "changed", "additions": "added", "deletions": "deleted"}[config.count]
    aside = "".join(
        f"; {count:,} {what}" for count, what in ((sums.not_counted, "not counted"), (sums.moved, "moved")) if count
    )
    against = ""
    if facts.against is not None:
        numbers["against"] = facts.against
        against = f" against {facts.against}"
    doubts = tuple(_doubts(sums, config))
    if sums.counted <= config.limit:
        reason = f"{sums.counted:,} of {config.limit:,} {kind} lines{against}{aside}"
        return Judgement(reason=reason, findings=doubts, facts=numbers)
    over = sums.counted - config.limit
    message = f"{sums.counted:,} {kind} lines{against}, {over:,} over the limit of {config.limit:,}"
    onto = f" --base {quoted(facts.against)}" if facts.against is not None else ""
    hint = f"see where they are: paddock count; then split the branch: paddock split{onto}"
    if sums.unvouched:
        hint += f"\n{sums.unvouched:,} of them are marked as generated by this change alone: {_VOUCH}"
    finding = Finding(message=message, hint=hint)
    return Judgement(reason=f"{message}{aside}", findings=(finding, *doubts), facts=numbers)


_VOUCH = "first merge a glob under `classes: generated:` for what a tool wrote"


def _doubts(sums: Ledger, config: PrSizeConfig) -> Iterator[Finding]:
    """A warning where much of the change is kept out by its own word."""
    whole = sums.counted + sums.believed
    if sums.believed and 100 * sums.believed > config.marked_share * whole:
        share = round(100 * sums.believed / whole)
        message = (
            f"{sums.believed:,} of {whole:,} lines ({share} %) do not count by markers that only this change carries"
        )
        yield Finding(message=message, severity=Level.WARNING, hint=f"let the base vouch for them: {_VOUCH}")


GATE = Gate(
    id="pr-size",
    config=PrSizeConfig,
    stages={
        Stage.PRE_COMMIT: Severity.WARNING,
        Stage.PRE_PUSH: Severity.ERROR,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    },
    read=read,
    check=check,
)
