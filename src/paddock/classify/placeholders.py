"""Paths by pattern, with placeholders for the parts that a file and its companion share.

`src/{name}.py` has `tests/test_{name}.py`: a placeholder stands for a part of one name, and `{folder:path}` for whole
names with the slashes between them, or for none. `*`, `?`, `[…]` and `**` are those of `.gitignore`. A pattern with
placeholders is one of the whole path; without, it is a glob like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock.classify.globs import glob_problem, matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Match = Callable[[str], Mapping[str, str] | None]  # what the placeholders stand for in a path; None is no match

_PLACEHOLDER = re.compile(r"\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:\}|(?P<path>:path)\}(?P<slash>/?))")
_TOKEN = re.compile(
    rf"{_PLACEHOLDER.pattern}|(?P<folders>(?:\A|(?<=/))\*\*/)|(?P<below>(?<=/)\*\*\Z)|(?P<any>\*+)|(?P<one>\?)"
    r"|\[(?P<not>[!^]?)(?P<set>[^/\]]+)\]"
)
_GLOB = re.compile(r"[*?\[]")


def names(text: str) -> frozenset[str]:
    """The placeholders of a pattern."""
    return frozenset(match["name"] for match in _PLACEHOLDER.finditer(text))


def is_plain(text: str) -> bool:
    """Whether a pattern names one path once its placeholders are filled in."""
    return bool(names(text)) and not _GLOB.search(_PLACEHOLDER.sub("", text))


def pattern(text: str, values: Mapping[str, str] | None = None) -> Match:
    """A pattern, ready to match; with `values`, one whose placeholders stand for these."""
    if not names(text):
        matches = matcher((text,))
        return lambda path: {} if matches(path) else None
    compiled = re.compile(_expression(text, values or {}), re.DOTALL)

    def match(path: str) -> Mapping[str, str] | None:
        found = compiled.fullmatch(path)
        return None if found is None else found.groupdict(default="")

    return match


def filled(text: str, values: Mapping[str, str]) -> str:
    """A pattern with the values in the placeholders' place."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"], match[0])
        return found + (match["slash"] or "") if found else ""

    return _PLACEHOLDER.sub(value, text)


def problem(text: str) -> str | None:
    """What is wrong with a pattern; None where nothing is."""
    bare = _PLACEHOLDER.sub("x", text)
    if "{" in bare or "}" in bare:
        return f"the pattern {text!r} has a brace that is none of a placeholder: {{name}} or {{folder:path}}"
    if text.startswith("!"):
        return f"the pattern {text!r} takes nothing back: write what is meant"
    kinds: dict[str, str | None] = {}
    for match in _PLACEHOLDER.finditer(text):
        if kinds.setdefault(match["name"], match["path"]) != match["path"]:
            return f"the pattern {text!r} has {{{match['name']}}} as a part of a name and as a path"
    if (found := glob_problem(bare)) is not None:
        return found
    try:
        re.compile(_expression(text, {}))
    except re.error:
        return f"the pattern {text!r} has a set of characters that can't be read"
    return None


def _expression(text: str, values: Mapping[str, str]) -> str:
    seen: set[str] = set()
    parts: list[str] = []
    at = 0
    for token in _TOKEN.finditer(text):
        parts.append(re.escape(text[at : token.start()]))
        at = token.end()
        parts.append(_placeholder(token, values, seen) if token["name"] else _wildcard(token))
    return "".join((*parts, re.escape(text[at:]))).removeprefix("/")


def _placeholder(token: re.Match[str], values: Mapping[str, str], seen: set[str]) -> str:
    name, slash = token["name"], token["slash"] or ""
    if name in values:
        return re.escape(values[name] + slash) if values[name] else ""
    if name in seen:
        return f"(?P={name}){slash}"
    seen.add(name)
    if not token["path"]:
        return f"(?P<{name}>[^/]+)"
    # Where it stands for no name, the slash behind it is not there either.
    return f"(?:(?P<{name}>.+)/)?" if slash else f"(?P<{name}>.*)"


def _wildcard(token: re.Match[str]) -> str:
    if token["set"]:
        return f"[{'^' if token['not'] else ''}{token['set']}]"
    return {"folders": "(?:.*/)?", "below": ".+", "one": "[^/]"}.get(token.lastgroup or "", "[^/]*")
