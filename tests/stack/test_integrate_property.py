"""On repositories grown at random: git's own words about merge bases, and git's own merges in a checkout."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Work
from paddock.sources.ancestry import Ancestry
from paddock.sources.git import open_repository
from paddock.sources.heads import heads, history
from paddock.stack.integrate import Integrating
from paddock.stack.kept import Kept

_FILES = ("a.txt", "b.txt", "sub/c.txt", "sub/d.txt", "e.bin")


def grow(work: Work, seed: int) -> list[str]:
    """Branches that begin at the base or at each other, merge each other, edit, delete, move and change modes."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    work.commit("files", {name: "".join(f"{name} {at}\n" for at in range(12)) for name in _FILES})
    names: list[str] = []
    for number in range(chance.randint(2, 5)):
        start = chance.choice(["main", *names])
        work.branch(f"b{number}", start)
        names.append(f"b{number}")
        for _ in range(chance.randint(0, 3)):
            _change(work, chance)
        if chance.random() < 0.3:
            # What git can't merge is merged by decree: a merge commit all the same.
            work.git("merge", "-q", "--no-edit", "-s", "ours", chance.choice(["main", *names]))
        if chance.random() < 0.4:
            work.git("checkout", "-q", "main")
            _change(work, chance)
    work.git("checkout", "-q", "main")
    return names


def _change(work: Work, chance: random.Random) -> None:
    path = work.path / chance.choice(_FILES)
    kind = chance.choice(["edit", "edit", "edit", "delete", "move", "mode", "add"])
    if kind == "add" or not path.exists():
        work.write(f"new{chance.randrange(3)}.txt", f"{chance.randrange(3)}\n")
    elif kind == "edit":
        rows = path.read_text().splitlines()
        rows[chance.randrange(len(rows))] = f"edited {chance.randrange(100)}"
        path.write_text("\n".join(rows) + "\n")
    elif kind == "delete":
        path.unlink()
    elif kind == "move":
        path.rename(path.parent / f"moved{chance.randrange(2)}.txt")
    else:
        path.chmod(path.stat().st_mode ^ 0o111)
    work.commit(kind)


def by_git(work: Work, names: list[str]) -> tuple[str, list[bool]]:
    """The tree that git comes to when each branch is merged in a checkout, those that clash left out."""
    tips = {name: work.git("rev-parse", name) for name in names}
    work.git("checkout", "-q", "--detach", "main")
    ended: list[bool] = []
    out: list[str] = []
    for name in names:
        if any(_is_ancestor(work, tips[one], tips[name]) for one in out):
            ended.append(False)
            out.append(name)
            continue
        try:
            work.git("merge", "-q", "--no-ff", "--no-edit", name)
            ended.append(True)
        except AssertionError:
            work.git("merge", "--abort")
            ended.append(False)
            out.append(name)
    tree = work.git("rev-parse", "HEAD^{tree}")
    work.git("checkout", "-q", "main")
    return tree, ended


def _is_ancestor(work: Work, one: str, other: str) -> bool:
    return work.git("rev-list", "--count", one, "--not", other) == "0"


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_the_train_is_what_git_merges_in_a_checkout(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Work(Path(folder) / "work")
        work.commit("start", {"README.md": "start\n"})
        names = grow(work, seed)
        refs = work.git("for-each-ref")
        repository = open_repository(os.fspath(work.path))
        known = heads(repository)
        branches = [known[name] for name in names]

        def look(kept: Kept | None) -> tuple[str, list[bool]]:
            found = Integrating(repository, ("main", known["main"].sha), branches, kept).all()
            assert not found.refused
            return found.tree, [step.clean for step in found.steps]

        wanted = by_git(work, names)
        assert look(None) == wanted
        assert look(Kept(repository.common_dir)) == wanted
        assert look(Kept(repository.common_dir)) == wanted  # all of it known
        assert work.git("for-each-ref") == refs


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_ancestry_is_what_git_says(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Work(Path(folder) / "work")
        work.commit("start", {"README.md": "start\n"})
        names = [*grow(work, seed), "main"]
        repository = open_repository(os.fspath(work.path))
        tips = [work.git("rev-parse", name) for name in names]
        ancestry = Ancestry(history(repository, tips), tips)
        pairs = ancestry.pairs()
        for first, one in enumerate(tips):
            for second in range(first + 1, len(tips)):
                other = tips[second]
                wanted = sorted(work.git("merge-base", "--all", one, other).split())
                assert sorted(pairs[first, second]) == wanted
                assert sorted(ancestry.bases([first], second)) == wanted
                assert str(ancestry.count(first, second)) == work.git("rev-list", "--count", f"{other}..{one}")
                assert ancestry.contains(first, second) == _is_ancestor(work, other, one)
