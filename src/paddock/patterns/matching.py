"""Where rules match: a file's lines in, hits out. Pure; what else of a file is needed is asked through a function."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from paddock.classify.globs import Paths
from paddock.model import SyntaxJob
from paddock.patterns.hit import Hit
from paddock.patterns.lines import Lines, of_content
from paddock.patterns.regex import any_of, compiled
from paddock.patterns.suppressions import speaking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from paddock.model import Span
    from paddock.patterns.regex import Pattern
    from paddock.patterns.rule import Rule

HITS = 100  # of one rule in one file; beyond, the last says that there are more


class File(Struct, frozen=True):
    """A file as it is judged: the lines of the change, and the whole of it when it is asked for.

    `whole` is None for a file that is not there, and raises where that can't be known. `kept` gives a line that the
    change leaves as it is, None where that can't be known.
    """

    path: str
    lines: Lines
    whole: Callable[[], Lines | None]
    kept: Callable[[int], bytes | None]


class Matcher:
    """Rules by their ids, ready to match."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        # Most rules of a preset are for the same files, and globs cost more than expressions.
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for name, rule in rules.items():
            groups.setdefault((rule.paths, rule.exclude), []).append(name)
        self._groups = [(Paths(*globs), tuple(names)) for globs, names in groups.items()]
        self._any: dict[tuple[str, ...], tuple[Pattern | None, frozenset[str]]] = {}
        self._known: dict[str, tuple[str, ...]] = {}

    def rules_for(self, path: str) -> tuple[str, ...]:
        """The ids of the rules that judge a path."""
        if path not in self._known:
            self._known[path] = tuple(name for paths, names in self._groups if paths.match(path) for name in names)
        return self._known[path]

    def hits(self, file: File) -> Iterator[Hit]:
        """All that breaks a rule on lines in one file, rule by rule."""
        names = self.rules_for(file.path)
        quiet = self._quiet(names, file.lines)
        for name in names:
            rule = self._rules[name]
            if rule.ast is not None or name in quiet:
                continue
            lines = file.lines if rule.scope == "added" else file.whole()
            if lines is not None:
                yield from _bounded(_excused(hit, lines, file) for hit in _of_rule(name, rule, lines, file))

    def _quiet(self, names: tuple[str, ...], lines: Lines) -> frozenset[str]:
        """Those of the rules that surely find nothing: most files break none, and one search tells it of all."""
        if names not in self._any:
            first = {name: self._rules[name].forbid or self._rules[name].when for name in names}
            patterns = {
                name: pattern for name, pattern in first.items() if pattern and self._rules[name].scope == "added"
            }
            self._any[names] = (any_of(tuple(patterns.values())), frozenset(patterns))
        pattern, some = self._any[names]
        return some if pattern is not None and pattern.search(lines.text) is None else frozenset()

    def jobs(self, file: File) -> Iterator[SyntaxJob]:
        """What of a file has to be matched by its syntax tree: a job for each language that rules read it as."""
        rules: dict[str, dict[str, dict[str, Any]]] = {}
        for name in self.rules_for(file.path):
            rule = self._rules[name]
            if rule.ast is not None:
                rules.setdefault(str(rule.language), {})[name] = rule.ast
        whole = file.whole() if rules else None
        if whole is not None:
            for language, some in rules.items():
                yield SyntaxJob(file.path, language, whole.text.decode(), some)

    def syntax_hits(self, file: File, spans: Mapping[str, Iterable[Span]]) -> Iterator[Hit]:
        """What of the matches of a job breaks its rule: of one on added lines, those that touch some."""
        for name, found in spans.items():
            added = self._rules[name].scope == "added"
            hits = (_touching(name, span, file) if added else _at(name, span, file) for span in found)
            yield from _bounded(_excused(hit, file.lines, file) for hit in hits if hit is not None)


def _at(name: str, span: Span, file: File) -> Hit:
    return Hit(name, file.path, span.line, span.column)


def _touching(name: str, span: Span, file: File) -> Hit | None:
    """The hit at its first added line; None where it has none."""
    index = bisect_left(file.lines.numbers, span.line)
    if index == len(file.lines.numbers) or file.lines.numbers[index] > span.last:
        return None
    line = file.lines.numbers[index]
    return Hit(name, file.path, line, span.column if line == span.line else None)


def _of_rule(name: str, rule: Rule, lines: Lines, file: File) -> Iterator[Hit]:
    if rule.forbid is not None:
        unless = compiled(rule.unless) if rule.unless is not None else None
        for index, column in lines.found(compiled(rule.forbid)):
            if unless is None or unless.search(lines.line(index)) is None:
                yield Hit(name, file.path, lines.numbers[index], column)
    elif rule.require is not None:
        when = next(lines.found(compiled(rule.when)), None) if rule.when is not None else (0, None)
        whole = file.whole() if when is not None else None
        if when is not None and whole is not None and compiled(rule.require).search(whole.text) is None:
            yield Hit(name, file.path, lines.numbers[when[0]], when[1])


def _excused(hit: Hit, lines: Lines, file: File) -> Hit:
    """The hit with what a comment says of it."""
    own = lines.numbered(hit.line)
    if own is None:
        own = file.kept(hit.line) or b""
    above = lines.numbered(hit.line - 1)
    if above is None and hit.line > 1:
        above = file.kept(hit.line - 1)
    for found in speaking(own, above):
        if hit.rule in found.rules:
            return structs.replace(hit, reason=found.reason or None, bare=not found.reason)
    return hit


def _bounded(hits: Iterable[Hit]) -> Iterator[Hit]:
    told = 0
    for hit in hits:
        told += hit.reason is None
        if told == HITS:
            yield structs.replace(hit, more=True)
            return
        yield hit


def whole_file(path: str, content: bytes) -> File:
    """A file that is judged by all its lines, as if each had just been added."""
    lines = of_content(content)
    return File(path, lines, lambda: lines, lambda _number: None)
