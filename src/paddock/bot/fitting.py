"""What fits into what GitHub takes. Pure."""

from __future__ import annotations

from paddock.bot import markers

LONGEST = 65_536  # characters of an issue's or a comment's text, markers and all
SUMMARY = 65_000  # characters of a check's
_CUT = "\n\n… cut, for GitHub takes no more."


def body(text: str, marks: str) -> str:
    """A text with markers behind it, which stay whole: of the text there is as much as fits beside them."""
    return f"{cut(text, LONGEST - len(marks) - 2)}\n\n{marks}"


def cut(text: str, longest: int) -> str:
    """A text in which nothing is read as a marker, and no more of it than that many characters."""
    text = markers.harmless(text)
    return text if len(text) <= longest else f"{text[: max(0, longest - len(_CUT))]}{_CUT}"
