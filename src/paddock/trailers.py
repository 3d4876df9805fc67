"""Trailers of a commit message as `git interpret-trailers` finds them, and sign-offs as DCO checks find them.

These are two readings on purpose. Git's trailers stand in the message's last paragraph. A sign-off counts on any
line of its own, as it does for the DCO app: squash merges and review tools write text below it.

All patterns begin with a line break, which CPython looks for at memory speed, and none can match a stretch of text
in two ways, so that a hostile message costs no more than its length.
"""

from __future__ import annotations

import re

from msgspec import Struct

_SIGN_OFF = re.compile(r"\n(?ai:signed-off-by): ([^<>\n]*) <([^<>\n]*)>[^\S\n]*(?=\n|\Z)")
_LIKE_SIGN_OFF = re.compile(r"\n([^\S\n]*(?ai:sign(?:ed)?[- ]?off[- ]?by)\b[^\n]*)")
_REMEDIATION = re.compile(
    r"\n(?ai:On behalf of ([^<>\n]*) <([^<>\n]*)>, )?(?ai:I), ([^<>\n]*) <([^<>\n]*)>, "
    r"(?ai:hereby add my Signed-off-by to this commit): (\S+)[^\S\n]*(?=\n|\Z)"
)
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)
_GITS_OWN = ("Signed-off-by: ", "(cherry picked from commit ")


class Identity(Struct, frozen=True):
    """A name and an email as they stand in a commit or in a trailer."""

    name: str
    email: str

    @property
    def folded(self) -> tuple[str, str]:
        """What two spellings of one identity have in common."""
        return self.name.lower(), self.email.lower()

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class Remediation(Struct, frozen=True):
    """A line that signs off another commit. `behalf` is whom it speaks for; None where a person speaks for themself."""

    sha: str
    by: Identity
    behalf: Identity | None = None


class Trailer(Struct, frozen=True):
    """One `Key: value`, its continuation lines joined by spaces. `line` counts from 1."""

    key: str
    value: str
    line: int


class TrailerBlock(Struct, frozen=True):
    """The trailers of a message, and the line at which they begin; None where there are none."""

    trailers: tuple[Trailer, ...] = ()
    line: int | None = None

    def values(self, key: str) -> tuple[str, ...]:
        """The values of one key, whatever its case."""
        return tuple(trailer.value for trailer in self.trailers if trailer.key.lower() == key.lower())


def sign_offs(message: str) -> tuple[Identity, ...]:
    """Every `Signed-off-by: NAME <EMAIL>` in the message, on whichever line; the key in any case."""
    return tuple(Identity(name, email) for name, email in _SIGN_OFF.findall("\n" + message))


def near_sign_offs(message: str) -> tuple[str, ...]:
    """Lines that someone meant as a sign-off and that are none: indented, misspelt, or without an email."""
    text = "\n" + message
    return tuple(m[1].strip() for m in _LIKE_SIGN_OFF.finditer(text) if not _SIGN_OFF.match(text, m.start()))


def remediations(message: str) -> tuple[Remediation, ...]:
    """Every remediation line, in the wording of the DCO app."""
    return tuple(
        Remediation(m[5], Identity(m[3], m[4]), None if m[1] is None else Identity(m[1], m[2]))
        for m in _REMEDIATION.finditer("\n" + message)
    )


def parse(message: str) -> TrailerBlock:
    """The trailers of the last paragraph, by the rules of git's manual.

    The block is a paragraph after the subject's in which every line is a trailer, or in which git itself wrote at
    least one line (`Signed-off-by`, `cherry picked from`) and at least a quarter of the lines are trailers. Comment
    lines count as nothing; a line that begins with a blank continues the one above it.
    """
    lines = [line.removesuffix("\r") for line in message.split("\n")]
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    if not start:
        return TrailerBlock()
    found: list[tuple[str, list[str], int]] = []
    trailing = other = 0
    gits_own = in_trailer = False
    match: re.Match[str] | None = None
    for i in range(start, end):
        line = lines[i]
        if line.startswith("#"):
            continue
        if line[0].isspace():
            other += not in_trailer
            if match:
                found[-1][1].append(line.strip())
            continue
        match = _TRAILER.match(line)
        in_trailer = match is not None or line.startswith(_GITS_OWN)
        gits_own = gits_own or line.startswith(_GITS_OWN)
        trailing += in_trailer
        other += not in_trailer
        if match:
            found.append((match[1], [match[2].strip()], i + 1))
    if not (trailing and not other) and not (gits_own and trailing * 3 >= other):
        return TrailerBlock()
    trailers = tuple(Trailer(key, " ".join(part for part in value if part), line) for key, value, line in found)
    return TrailerBlock(trailers, start + 1)
