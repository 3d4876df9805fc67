"""A layer's commit: who wrote it, when, and what its message says, out of the commits whose lines it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.trailers import Identity, parse, sign_offs

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 72  # characters of a subject that the place in the split may lengthen


class Written(Struct, frozen=True):
    """A commit that lines of the layer come from, and how many; dates as `SECONDS ZONE`."""

    sha: str
    name: str
    email: str
    date: str
    message: str
    lines: int = 0


class Told(Struct, frozen=True):
    """The commit to make. `unsigned` are commits without a sign-off of their author, for which it has none."""

    name: str
    email: str
    date: str
    message: str
    unsigned: tuple[str, ...] = ()


def tell(commits: Sequence[Written], branch: str, number: int, count: int) -> Told:
    """The commit of layer `number` of `count`.

    The author is whoever has most of the lines; others are named by `Co-authored-by`. All sign-offs are kept, but none
    where a commit in it has none by its author: nobody vouches by this for what was not signed off.

    Args:
        commits: those that lines come from, oldest first; at least one.
        branch: the branch that is split.
        number: the layer's, from 1.
        count: how many there are.
    """
    shares: dict[tuple[str, str], int] = {}
    for commit in commits:
        key = Identity(commit.name, commit.email).folded
        shares[key] = shares.get(key, 0) + commit.lines
    chief = max(shares, key=lambda key: shares[key])
    own = [one for one in commits if Identity(one.name, one.email).folded == chief]
    largest = max(own, key=lambda one: one.lines)
    author = Identity(largest.name, largest.email)
    ordered = [largest, *(one for one in commits if one is not largest)]
    unsigned = tuple(one.sha for one in commits if not _is_signed(one))
    paragraphs = [_subject(largest.message, number, count), *_body(largest.message)]
    for other in ordered[1:]:
        paragraphs += [_plain(other.message.strip("\n").split("\n", 1)[0]), *_body(other.message)]
    paragraphs.append(f"Layer {number} of {count} of {branch}.")
    trailers = [line for one in commits for line in _other_trailers(one.message)]
    trailers += [f"Co-authored-by: {one}" for one in _others(commits, author)]
    if not unsigned:
        trailers += [f"Signed-off-by: {one}" for commit in commits for one in sign_offs(_plain(commit.message))]
    text = "\n\n".join(dict.fromkeys(paragraphs)) + "\n"
    if trailers:
        text += "\n" + "\n".join(dict.fromkeys(trailers)) + "\n"
    return Told(author.name, author.email, max(own, key=lambda one: int(one.date.split(" ")[0])).date, text, unsigned)


def _is_signed(commit: Written) -> bool:
    author = Identity(commit.name, commit.email).folded
    return any(one.folded == author for one in sign_offs(_plain(commit.message)))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")


def _subject(message: str, number: int, count: int) -> str:
    subject = _plain(message).strip("\n").split("\n", 1)[0].strip() or "Work"
    place = f" ({number}/{count})"
    return f"{subject[: max(_LONGEST, len(subject)) - len(place)].rstrip()}{place}"


def _body(message: str) -> list[str]:
    """The message's paragraphs without subject, trailers and sign-offs."""
    lines = _plain(message).strip("\n").split("\n")
    block = parse("\n".join(lines))
    end = block.line - 1 if block.line is not None else len(lines)
    kept = [line for line in lines[1:end] if not sign_offs(line)]
    return [part.strip("\n") for part in "\n".join(kept).split("\n\n") if part.strip()]


def _other_trailers(message: str) -> list[str]:
    block = parse(_plain(message).strip("\n"))
    return [f"{one.key}: {one.value}" for one in block.trailers if one.key.lower() != "signed-off-by"]


def _others(commits: Sequence[Written], author: Identity) -> list[Identity]:
    found = {Identity(one.name, one.email).folded: Identity(one.name, one.email) for one in commits}
    return [one for key, one in found.items() if key != author.folded]
