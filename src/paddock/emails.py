"""Which addresses patterns with `*` and `?` take in; case does not count. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

LENGTH = 254  # characters of an address: RFC 5321, with RFC 3696's erratum 1690


def matches(patterns: tuple[str, ...], email: str) -> bool:
    """Whether one of the patterns takes the whole text in."""
    return len(email) <= LENGTH and _compiled(patterns).fullmatch(email.lower()) is not None


def speaks_for(emails: tuple[str, ...], email: str) -> bool:
    """Whether a key's addresses, in which `!` excepts, take an email in."""
    excepted = tuple(one[1:] for one in emails if one.startswith("!"))
    return matches(tuple(one for one in emails if not one.startswith("!")), email) and not matches(excepted, email)


@lru_cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # Not fnmatch: the brackets of `[bot]` are literal.
    parts = (re.escape(one.lower()).replace(r"\*", ".*").replace(r"\?", ".") for one in patterns)
    return re.compile("|".join(parts) or r"(?!)", re.DOTALL)
