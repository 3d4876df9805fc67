"""Rules held to their own examples: what is `good` passes, what is `bad` is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.patterns.matching import Matcher, whole_file
from paddock.patterns.rule import Snippet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from paddock.model import Span, SyntaxJob
    from paddock.patterns.rule import Rule

    Spans = Callable[[Sequence[SyntaxJob]], Sequence[Mapping[str, tuple[Span, ...]]]]

_ANY = "snippet"  # the path of a snippet that names none


class Example(Struct, frozen=True):
    """A snippet as it was judged: `kind` is `good` or `bad`, `found` whether its rule found something."""

    rule: str
    kind: str
    text: str
    found: bool

    @property
    def kept(self) -> bool:
        """Whether the rule does what its example says."""
        return self.found == (self.kind == "bad")


def examples(rules: Mapping[str, Rule], spans: Spans) -> Iterator[Example]:
    """Every snippet of every rule, judged by that rule alone; `spans` matches syntax trees."""
    for name, rule in rules.items():
        for kind in ("good", "bad"):
            for given in getattr(rule, kind):
                snippet = given if isinstance(given, Snippet) else Snippet(text=given)
                yield Example(name, kind, snippet.text, _found(name, rule, snippet, spans))


def _found(name: str, rule: Rule, snippet: Snippet, spans: Spans) -> bool:
    judged = rule if snippet.path is not None else structs.replace(rule, paths=(), exclude=())
    matcher = Matcher({name: judged})
    file = whole_file(snippet.path or _ANY, snippet.text.encode("utf-8", "surrogateescape"))
    hits = list(matcher.hits(file))
    jobs = list(matcher.jobs(file))
    for found in spans(jobs):
        hits += matcher.syntax_hits(file, found)
    return any(hit.reason is None for hit in hits)
