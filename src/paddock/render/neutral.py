"""Text from outside in Markdown: shown as it is, never obeyed.

There is no list of what is dangerous: GitHub makes links of mentions, issues, commits, addresses and patterns that a
repository may add, and does so after Markdown is read, where a backslash no longer counts. Instead a word that is only
letters, digits and plain punctuation stands as it is, and any other stands as code, where none of that is done.
"""

from __future__ import annotations

import re

from paddock.render.plain import printable

# Quoted by backticks, a word, or a space between.
_ATOM = re.compile(r"`(?P<quoted>[^` ](?:[^`]*[^` ])?)`|(?P<space> +)|(?P<word>[^ `]+|`)")
_LETTER = r"(?:[^\W_]|[^\x00-\x7f])"
_NUMBER = r"\d+(?:[.,]\d+)*"
_PLAIN = re.compile(rf"[('\"]*(?:{_NUMBER}|{_LETTER}+(?:['/-]{_LETTER}+)*)?[)'\".,;:?%]*")
_LINKED = re.compile(
    r"[0-9a-f]{7}"  # a commit's name
    r"|[a-z]+-\d"  # GH-1, and what else a repository makes links of
    r"|www",
    re.IGNORECASE,
)
_STOPS = ".,;:"
_NUMBERED = re.compile(r"\d+[.)]")
# A code span's fence is one backtick; longer ones have a limit that differs between readers of Markdown.
_BREAKS = re.compile(r"([`|])")
_ENTITIES = {"`": "&#96;", "|": "&#124;"}


def prose(text: str) -> str:
    """Text within a line: plain words as they are, all others as code; safe at a line's start and in a table's cell."""
    parts: list[str] = []
    odd: list[str] = []  # words that will share one code span
    for atom in _ATOM.finditer(printable(text).strip(" ")):
        word, quoted = atom["word"], atom["quoted"]
        if word is not None and not _is_plain(word, first=not parts and not odd):
            odd.append(word)
            continue
        if atom["space"] and odd:
            odd.append(" ")
            continue
        _close(parts, odd)
        if quoted is not None:
            _close(parts, [quoted])
        else:
            parts.append(" " if atom["space"] else word)
    _close(parts, odd)
    return "".join(parts)


def code(text: str) -> str:
    """Text as code, within a line or in a table's cell."""
    parts = (part for part in _BREAKS.split(printable(text)) if part)
    return "".join(_ENTITIES.get(part) or f"`{part}`" for part in parts)


def _is_plain(word: str, *, first: bool) -> bool:
    if first and _NUMBERED.fullmatch(word):
        return False
    return _PLAIN.fullmatch(word) is not None and _LINKED.search(word) is None


def _close(parts: list[str], odd: list[str]) -> None:
    """Put the odd words in one span, apart from a span before it; a stop and spaces after them stay outside."""
    text = "".join(odd)
    words = text.rstrip(" ")
    said = words.rstrip(_STOPS) or words
    if said:
        if parts and parts[-1].endswith("`"):
            parts.append(" ")
        parts += [code(said), *words[len(said) :]]
    if len(words) < len(text):
        parts.append(" ")
    odd.clear()
