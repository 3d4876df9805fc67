"""Generated histories: the same for the same seed, and unlike anything a person would write."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Work

_NAMES = [f"{folder}{stem}.{kind}" for folder in ("", "a/", "a/b/", "ünï/") for stem in "pqr" for kind in ("go", "md")]


def grow(work: Work, seed: int, commits: int = 5) -> None:
    """Commit at random on `main`, then on `topic`, which now and then merges `main`."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(3):
        _step(work, chance)
    work.branch("topic")
    for _ in range(commits):
        _step(work, chance)
        if chance.random() < 0.4:
            work.git("checkout", "-q", "main")
            _step(work, chance)
            work.git("checkout", "-q", "topic")
            work.git("merge", "-q", "--no-edit", "-s", "ours", "main")


def _step(work: Work, chance: random.Random) -> None:
    """One commit that writes, removes and moves files."""
    for _ in range(chance.randrange(1, 6)):
        have = work.git("-c", "core.quotePath=false", "ls-files").splitlines()
        name = chance.choice(_NAMES)
        kind = chance.random()
        if kind < 0.6 or not have:
            work.write(name, _content(chance))
        elif kind < 0.75:
            work.git("rm", "-q", "-f", chance.choice(have))
        elif not os.path.lexists(work.path / name):
            os.makedirs(os.path.dirname(work.path / name), exist_ok=True)
            work.git("mv", chance.choice(have), name)
        work.git("add", "--all")
    work.commit("step")


def _content(chance: random.Random) -> str | bytes:
    if chance.random() < 0.1:
        return chance.randbytes(30) + b"\0"
    end = chance.choice(["\n", "\r\n"])
    words = ("a", "b", "}", "some words", f"{chance.random()}")
    text = end.join(chance.choice(words) for _ in range(chance.randrange(40)))
    return text + (end if chance.random() < 0.8 else "")
