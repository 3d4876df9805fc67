"""`paddock: allow RULE because …`: a comment that excuses a line, or the line below it, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = b"paddock: allow "
_WHY = " because "
_REASON = 200  # characters kept
# How a line begins that is nothing but a comment; only such a line speaks for the one below it.
_COMMENTS = (b"//", b"#", b"/*", b"*", b"--", b";", b"<!--", b"{/*", b"%", b"'", b"{{/*")
_ENDS = ("*/}", "*/", "-->", "*/}}")


class Suppression(Struct, frozen=True):
    """The rules that a comment names, and its reason; an empty one excuses nothing."""

    rules: frozenset[str]
    reason: str


def suppression(line: bytes) -> Suppression | None:
    """What a line excuses; None where it says nothing of that."""
    _, found, rest = line.partition(_MARK)
    if not found:
        return None
    names, _, reason = rest.decode("utf-8", "replace").partition(_WHY)
    reason = reason.strip()
    for end in _ENDS:
        reason = reason.removesuffix(end).rstrip()
    if not any(map(str.isalnum, reason)):
        reason = ""
    # Without a reason, what follows the rule's name may be anything.
    rules = names.split(",") if reason else names.replace(",", " ").split()
    return Suppression(frozenset(name.strip() for name in rules), reason[:_REASON])


def speaking(own: bytes, above: bytes | None) -> Iterator[Suppression]:
    """What is said on a line itself, and on a comment right above it."""
    lines = [own] if above is None or not above.lstrip().startswith(_COMMENTS) else [own, above]
    for line in lines:
        if (found := suppression(line)) is not None:
            yield found
