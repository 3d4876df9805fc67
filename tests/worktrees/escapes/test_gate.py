"""Each way out under the hooks that git itself calls, and told by the audit afterwards. No fence, no guard."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.attempt import worked
from worktrees.escapes.table import ESCAPES, Escape
from worktrees.escapes.world import PADDOCK, World, restore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN = {
    "series": "feature/x",
    "worktrees": "../trees",
    "agents": [
        {"id": "a1", "worktree": "a1", "owns": ["*", "!/theirs/"]},
        {"id": "a2", "worktree": "a2", "owns": ["/theirs/"]},
    ],
    # Names are flat here: the branch lies in a1's folder, and is a2's.
    "todos": [{"id": "t", "agent": "a2", "phase": "p", "branch": "feature/x/a1/foreign"}],
    "phases": [{"id": "p"}],
}
ENVIRONMENT = {"PADDOCK_AGENT": "a1"}  # as `paddock worktree env` sets it


@pytest.fixture(scope="session")
def gated(pristine: tuple[Path, World]) -> Path:
    """The world with a plan, paddock's hooks and a first audit, as a copy."""
    copy, world = pristine
    restore(world.root, copy)
    for place in ("main", "own", "other"):
        (world.places[place] / ".paddock.yaml").write_text("version: 1\ngates:\n  worktree: {}\n")
    (world.places["main"] / ".paddock").mkdir()
    (world.places["main"] / ".paddock" / "plan.yaml").write_text(json.dumps(PLAN))
    (world.common / "info").mkdir(exist_ok=True)
    (world.common / "info" / "exclude").write_text(".paddock*\n")
    for words in (("hooks", "install"), ("worktree", "audit")):
        ran = world.run(*PADDOCK, *words, cwd="main")
        assert ran.code == 0, ran
    made = copy.parent / "gated"
    subprocess.run(["cp", "-a", str(world.root), str(made)], check=True)
    return made


@pytest.fixture
def held(pristine: tuple[Path, World], gated: Path, _remote: None) -> Iterator[World]:
    """That world, as new."""
    _, world = pristine
    restore(world.root, gated)
    yield world
    restore(world.root, pristine[0])


def contents_of_others(world: World) -> dict[str, bytes]:
    """What others have, without what a commit that is refused leaves behind: a message, an index, empty folders."""
    left = ("COMMIT_EDITMSG", "PADDOCK_EDITMSG", "index", "paddock-verdict.json")
    git_dir = str(world.common)
    return {
        path: content
        for path, content in world.foreign().items()
        if not path.endswith(left) and not (path.startswith(git_dir) and os.path.isdir(path))
    }


def audit(world: World) -> list[tuple[str, str]]:
    """What is not well; a repository that nothing can be asked of any more is not."""
    ran = world.run(*PADDOCK, "worktree", "audit", "--dry-run", "--format", "json", cwd="main")
    if not ran.out:
        return [("audit", ran.err)]
    return [(one["name"], one["message"]) for one in json.loads(ran.out)["checks"] if one["health"] != "ok"]


@pytest.mark.parametrize("escape", ESCAPES, ids=[escape.id for escape in ESCAPES])
def test_an_escape(escape: Escape, held: World) -> None:
    if escape.id == "device" and os.geteuid():
        pytest.skip("only root makes device nodes, so there is nothing to find")
    before, state = audit(held), contents_of_others(held)
    works, ran = worked(held, escape, fenced=False, env=ENVIRONMENT)
    if escape.changes == "others":
        works = contents_of_others(held) != state
    assert works is not escape.gate, ran
    if works:
        assert (audit(held) != before) is escape.audit, audit(held)
