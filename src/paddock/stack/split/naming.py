"""The layers' branches: order keys that extend the branch's own, behind it and before all that follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from paddock.plan.keys import BranchName, parse, ref_problem, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LETTERS = 26
_LONGEST = 40  # letters of what a layer's folder adds to its name


def names(
    branch: str, template: str, series: tuple[str, ...], words: Sequence[str], taken: Iterable[str]
) -> tuple[str, ...]:
    """One name for each of `words`, which say what the layers are about.

    `03a` is followed by `03a1`, `03a2`…, `03` by `03a`, `03b`…; where a branch of the series has one of these places
    already, they are parts: `03a-split1`. A name outside the template gets `-split1`, `-split2`….
    """
    found = parse(branch, template, series)
    if not found.valid:
        return tuple(f"{branch}-split{number}" for number in range(1, len(words) + 1))
    others = [one for one in (parse(name, template, series) for name in taken) if one.valid and one.name != branch]
    places = {one.order for one in others if one.series == found.series}
    ways = [_extended(found, len(words)), _parts(found, len(words))]
    chosen = next((way for way in ways if not places & {one.order for one in way}), ways[-1])
    return tuple(_written(one, word, template) for one, word in zip(chosen, words, strict=True))


def slug(text: str) -> str:
    """Text as it may stand in a branch's name; empty where nothing is left of it."""
    word = re.sub(r"[^a-z0-9._-]+", "-", text.lower())
    return re.sub(r"-{2,}|\.{2,}", "-", word)[:_LONGEST].strip("-.").removesuffix(".lock")


def _extended(found: BranchName, count: int) -> list[BranchName]:
    """Behind the last letter of the tag numbers, behind its last digit letters, and numbers where they run out."""
    *parts, last = (found.key or "", *found.parts)
    if last[-1].isdigit():
        tails = [chr(97 + at) for at in range(count)] if count <= _LETTERS else [f"a{at + 1}" for at in range(count)]
    else:
        tails = [str(at + 1) for at in range(count)]
    tags = [(*parts, last + tail) for tail in tails]
    return [structs.replace(found, key=tag[0], parts=tuple(tag[1:])) for tag in tags]


def _parts(found: BranchName, count: int) -> list[BranchName]:
    return [structs.replace(found, parts=(*found.parts, f"split{at + 1}")) for at in range(count)]


def _written(name: BranchName, word: str, template: str) -> str:
    own = name.slug or ""
    # A word that looks like a part of the key would be read as one.
    text = own if not word or word in own.split("-") or re.match(r"(?:part|pr|split)\d", own) else f"{own}-{word}"
    told = render(
        template,
        series=name.series or "",
        key=name.key or "",
        slug=text,
        parts=name.parts,
        agent=name.agent or "",
    )
    plain = render(
        template, series=name.series or "", key=name.key or "", slug=own, parts=name.parts, agent=name.agent or ""
    )
    return plain if ref_problem(told) else told
