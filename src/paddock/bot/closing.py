"""Which issues a pull request closes, by the words anywhere in its text. Pure.

Source: "Linking a pull request to an issue" of GitHub's documentation: nine words, in any case, a colon after them or
not, then `#7`, `OWNER/NAME#7` or the issue's URL. GitHub heeds them only where the pull request is for the default
branch. Of quotes it says nothing; here they are somebody else's words.
"""

from __future__ import annotations

import re

_CLOSES = re.compile(
    r"(?<![\w/-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+"
    r"(?:(?P<where>[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})?#"
    r"|https?://[^\s/]{1,253}/(?P<path>[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})/issues/)"
    r"(?P<number>[1-9][0-9]{0,9})(?!\w)",
    re.ASCII | re.IGNORECASE,
)


def may_close(text: str) -> bool:
    """Whether a text, whatever it is, names an issue so at all."""
    return _CLOSES.search(text) is not None


def closes(words: str, repository: str) -> tuple[int, ...]:
    """The numbers of this repository's issues, each once; `words` is the text without what is code or hidden."""
    found = (match for match in _CLOSES.finditer(words) if _here(match, repository))
    return tuple(dict.fromkeys(int(match["number"]) for match in found))


def _here(match: re.Match[str], repository: str) -> bool:
    named = match["where"] or match["path"]
    return named is None or named.lower() == repository.lower()
