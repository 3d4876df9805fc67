"""Each way out is tried twice: it works outside the fence, and inside it does what the table says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.attempt import worked
from worktrees.escapes.table import ESCAPES, Escape
from worktrees.escapes.world import World, restore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("escape", ESCAPES, ids=[escape.id for escape in ESCAPES])
def test_an_escape(escape: Escape, world: World, pristine: tuple[Path, World]) -> None:
    if escape.id == "device" and os.geteuid():
        pytest.skip("only root makes device nodes, so there is nothing to stop")
    works, ran = worked(world, escape, fenced=False)
    assert works, f"it does not even work outside: {ran}"
    restore(world.root, pristine[0])
    world.fenced("true")  # what the fence itself makes is there before
    works, ran = worked(world, escape, fenced=True)
    assert works is not escape.fence, ran
    if escape.changes != "others":
        return
    restore(world.root, pristine[0])
    world.fenced("true")  # likewise: empty folders for the agent's own refs
    before = world.foreign()
    worked(world, escape, fenced=True)
    assert world.foreign() == before
