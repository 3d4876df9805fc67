"""A commit's own signature, taken apart as git does it: the header, and what it was made over. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

# The headers by which a commit is signed; a repository believes the one that is for its own object names.
HEADERS = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_WHEN = re.compile(rb"^committer [^\n]*> (\d{1,15}) [+-]\d+$", re.MULTILINE)


class SignedCommit(Struct, frozen=True):
    """A commit as it is checked.

    `signature` is empty where the commit has none; `count` is how many headers of that kind it has, `others` whether
    it has one for object names of the other kind; `when` is the time that the committer gave, in seconds since 1970.
    """

    payload: bytes
    signature: bytes
    count: int
    others: bool
    when: int | None


def take_apart(raw: bytes, object_format: str) -> SignedCommit:
    """Split a commit as `git cat-file commit` prints it.

    Whatever begins with `gpgsig` is no part of what was signed; the rest is, byte for byte (git's gpg-interface.c and
    commit.c; Documentation/gitformat-signature). A `mergetag` carries the signature of a tag, not of the commit.
    """
    ours = HEADERS[object_format]
    end = raw.find(b"\n\n")
    header, message = (raw, b"") if end < 0 else (raw[: end + 1], raw[end + 1 :])
    kept, signature = [], []
    count, others, inside = 0, False, b""
    for line in _LINE.findall(header):
        if not line.startswith(b" "):
            inside = line.split(b" ", 1)[0].rstrip(b"\n")
            count += inside == ours
            others |= inside in HEADERS.values() and inside != ours
            line = line[len(inside) :] if inside == ours else line  # noqa: PLW2901 - the value follows the name
        if inside == ours:
            signature.append(line[1:])
        elif not inside.startswith(b"gpgsig"):
            kept.append(line)
    match = _WHEN.search(b"".join(kept))
    return SignedCommit(b"".join(kept) + message, b"".join(signature), count, others, int(match[1]) if match else None)
