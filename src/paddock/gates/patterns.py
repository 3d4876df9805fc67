r"""No added line breaks an architectural rule of the policy.

## What it does

Judges the lines that a change adds to hand-written files by the rules that the policy and its presets set. A rule
names what must not stand there (`forbid`), or what must stand in a file in which a line matches `when` (`require`), as
a regular expression; or a shape of the syntax tree that must not be there (`ast`). `paths` and `exclude` are
globs that say which files a rule is for. Without a rule the gate reads nothing.

- **Lines.** Every line is judged by itself, without its end, be that `\n` or `\r\n`: `^` and `$` are a line's ends,
  nothing matches across two lines. Bytes that are not UTF-8 are seen as U+FFFD.
- **Regular expressions** are [RE2's](https://github.com/google/re2/wiki/Syntax), which take time linear in the text, so
  that none can hang a commit. They know no look-around; a line that matches `unless` is excused instead.
- **Syntax** is judged by [ast-grep](https://ast-grep.github.io/reference/rule.html), in the extra `ast`, over the whole
  new file, in a process of its own with a time limit; what touches no added line is not told. `language` names the
  language. What takes over 30 seconds is errored, and so is a rule where the extra is missing.
- **`scope: file`** judges every line of a file that the change adds lines to. `paddock patterns scan` judges whole
  files without a change.
- **Exceptions** stand in the source, on the line or as a comment right above it, and say why:
  `// paddock: allow RULE because the test needs a second client`. Without a reason nothing is excused. The report
  counts them; `suppressions: refuse` takes none.
- **Presets** are extended like any other, and rules merge by their ids: `RULE: off` takes one out, a key given again
  replaces that key. `severity: warning` makes one milder.
- **Examples.** A rule may carry snippets that it lets pass (`good`) and that it finds (`bad`); `paddock patterns test`
  holds it to them.

Generated, vendored and lock files are left out (`exclude`). A marker such as `Code generated …` that only the change
carries is believed or not by `markers`, as in `pr-size`, and the report counts such files. What a change document
does not hold, it can't be judged by: rules with `ast`, `require` or `scope: file` need the repository, unless the file
is new, and of comments only added ones are seen.

## Why

Agreements on architecture live in people's heads and in review comments, and each new agent has read neither. A rule
on added lines holds new code to them and leaves the old alone.

## Example

    gates:
      patterns:
        rules:
          structured-logging:
            message: unstructured logging
            hint: log by klog.FromContext(ctx)
            paths: ["pkg/reconciler/**/*.go"]
            forbid: '\bklog\.(Info|Warning|Error)f?\('
            good: ['klog.FromContext(ctx).Info("synced")']
            bad: ['klog.Infof("synced %s", key)']

A branch that adds such a line:

    failed   patterns        1 of 1 rule broken at 1 place in 4 files
      error    pkg/reconciler/a.go:31:2: unstructured logging (structured-logging)
               → log by klog.FromContext(ctx)

## How to fix

Write what the hint says. Where the rule is wrong for one line, say why in a comment as above; where it is wrong for
more, narrow its `paths`, `exclude` or `unless` in the policy, add the case to `good`, and run `paddock patterns test`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import ChangedFile, FileClass, FileStatus, Source, Stage
from paddock.patterns.hit import Hit
from paddock.patterns.rule import Rule, id_problem
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from paddock.model import Span, SyntaxJob
    from paddock.patterns.lines import Lines
    from paddock.patterns.matching import File, Matcher

    Spans = Callable[[Sequence[SyntaxJob]], Sequence[Mapping[str, tuple[Span, ...]]]]

_TOLD = 100  # suppressions listed in the facts


class PatternsConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The rules, and what of a change they judge."""

    rules: Annotated[
        dict[str, Rule | Literal["off"]], Meta(description="Rules by their ids; `off` takes a preset's out.")
    ] = {}  # noqa: RUF012 - msgspec copies it
    exclude: Annotated[tuple[FileClass, ...], Meta(description="Classes of files that are not judged.")] = (
        FileClass.GENERATED,
        FileClass.VENDORED,
        FileClass.LOCK,
    )
    markers: Annotated[
        Literal["believe", "verify"],
        Meta(description="What a marker of generated code is worth that only the change carries."),
    ] = "believe"
    suppressions: Annotated[
        Literal["allow", "refuse"], Meta(description="Whether a comment with a reason excuses a line.")
    ] = "allow"

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Expressions and globs that can't be read, and rules that are none."""
        for name, rule in self.rules.items():
            if said := id_problem(name):
                yield ("rules", name), said
            if isinstance(rule, Rule):
                for step, said in rule.problems():
                    yield ("rules", name, *step), said

    @property
    def on(self) -> Mapping[str, Rule]:
        """The rules that judge."""
        return {
            name: rule
            for name, rule in self.rules.items()
            if isinstance(rule, Rule) and rule.severity is not Severity.OFF
        }

    def judges(self, file: ChangedFile) -> bool:
        """Whether files of this one's class are judged."""
        return self._class(file) not in self.exclude

    def believes(self, file: ChangedFile) -> bool:
        """Whether a file is left out by the change's own word alone."""
        return not self.judges(file) and file.without_marker is not None and file.without_marker not in self.exclude

    def _class(self, file: ChangedFile) -> FileClass:
        verified = file.without_marker is not None and self.markers == "verify"
        return file.without_marker if verified and file.without_marker is not None else file.file_class


class Facts(Struct, frozen=True):
    """Where rules are broken, excused places included.

    `files` were judged; `believed` were not, for a marker that only the change carries.
    """

    hits: tuple[Hit, ...] = ()
    files: int = 0
    believed: int = 0


def read(source: Source, config: PatternsConfig) -> Facts:
    """Match rule by rule while the patch is read, so that no more than one file is held."""
    rules = config.on
    if not rules:
        return Facts()
    from paddock.patterns.matching import Matcher

    matcher = Matcher(rules)
    believed = 0

    def wanted(file: ChangedFile) -> bool:
        nonlocal believed
        if not matcher.rules_for(file.path):
            return False
        believed += config.believes(file)
        return config.judges(file)

    hits, files = matched(_files(source, wanted), matcher, source.spans)
    return Facts(hits, files, believed)


def matched(
    files: Iterable[File],
    matcher: Matcher,
    spans: Callable[[Sequence[SyntaxJob]], Sequence[Mapping[str, tuple[Span, ...]]]],
) -> tuple[tuple[Hit, ...], int]:
    """What breaks rules in some files, and how many files those are; `spans` matches all syntax trees at once."""
    hits: list[Hit] = []
    count = 0
    jobs: list[tuple[File, SyntaxJob]] = []
    for file in files:
        count += 1
        hits += matcher.hits(file)
        jobs += [(file, job) for job in matcher.jobs(file)]
    found = spans([job for _, job in jobs]) if jobs else ()
    for (file, _), one in zip(jobs, found, strict=True):
        hits += matcher.syntax_hits(file, one)
    return tuple(hits), count


def _files(source: Source, wanted: Callable[[ChangedFile], bool]) -> Iterator[File]:
    from paddock.patterns.lines import of_added, of_content
    from paddock.patterns.matching import File

    for file, added in source.added_lines(wanted):
        lines = of_added(added)

        def whole(file: ChangedFile = file, lines: Lines = lines) -> Lines | None:
            if file.status is FileStatus.ADDED:
                return lines
            content = source.blob(file.path)
            return None if content is None else of_content(content)

        def kept(number: int, whole: Callable[[], Lines | None] = whole) -> bytes | None:
            try:
                everything = whole()
            except FactMissingError:  # a document: that a comment excuses the line can't be seen, so it does not
                return None
            return None if everything is None else everything.numbered(number)

        yield File(file.path, lines, whole, kept)


def check(facts: Facts, config: PatternsConfig) -> Judgement:
    """Tell each broken rule that no reason excuses."""
    rules = config.on
    refuses = config.suppressions == "refuse"
    broken = [hit for hit in facts.hits if hit.reason is None or refuses]
    excused = [hit for hit in facts.hits if hit.reason is not None]
    numbers = {
        "rules": len(rules),
        "files": facts.files,
        "broken": len(broken),
        "believed": facts.believed,
        "suppressed": len(excused),
        "suppressions": [_suppression(hit) for hit in excused[:_TOLD]],
    }
    aside = f"; {_plural(len(excused), 'suppression')} {'refused' if refuses else 'with a reason'}" if excused else ""
    if facts.believed:
        aside += f"; {_plural(facts.believed, 'file')} left out by a marker that only this change carries"
    if broken:
        names = len({hit.rule for hit in broken})
        where = f"at {_plural(len(broken), 'place')} in {_plural(facts.files, 'file')}"
        reason = f"{names} of {_plural(len(rules), 'rule')} broken {where}"
    else:
        reason = f"{_plural(len(rules), 'rule')} kept in {_plural(facts.files, 'file')}" if rules else "no rules"
    findings = tuple(_finding(hit, rules[hit.rule], refuses=refuses) for hit in broken)
    return Judgement(reason=reason + aside, findings=findings, facts=numbers)


def _suppression(hit: Hit) -> dict[str, object]:
    # Facts are JSON: a path that is not UTF-8 is shown here, and told exactly nowhere but in findings.
    path = hit.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return {"rule": hit.rule, "path": path, "line": hit.line, "reason": hit.reason}


def _finding(hit: Hit, rule: Rule, *, refuses: bool) -> Finding:
    hints = [rule.hint] if rule.hint else []
    if hit.reason is not None:
        hints.append("the policy takes no suppressions: `gates.patterns.suppressions` is refuse")
    elif hit.bare and not refuses:
        hints.append(f"a suppression needs a reason: paddock: allow {hit.rule} because …")
    more = "; there are more in this file" if hit.more else ""
    return Finding(
        message=f"{rule.message} ({hit.rule}){more}",
        severity=Level.WARNING if rule.severity is Severity.WARNING else Level.ERROR,
        hint="\n".join(hints) or None,
        path=hit.path,
        line=hit.line,
        column=hit.column,
    )


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


GATE = Gate(
    id="patterns",
    config=PatternsConfig,
    stages={Stage.PRE_COMMIT: Severity.ERROR, Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
