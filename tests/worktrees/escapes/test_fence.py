"""Each way out is tried twice: it works outside the fence, and inside it does what the table says."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.table import ESCAPES, Escape
from worktrees.escapes.world import Ran, World, listening, restore

if TYPE_CHECKING:
    from pathlib import Path

BY_HAND = 'printf escaped > "$1"'


def argv(world: World, escape: Escape) -> tuple[str, ...]:
    """What does it: the command line, or a shell that writes what a file tool would."""
    if escape.shell:
        return ("bash", "-c", world.filled(escape.shell))
    return ("sh", "-c", BY_HAND, "sh", world.filled(escape.path))


def worked(world: World, escape: Escape, *, fenced: bool) -> tuple[bool, Ran]:
    """Whether it changed what it is after."""

    def run(**env: str) -> Ran:
        words = argv(world, escape)
        return world.fenced(*words, env=env) if fenced else world.run(*words, env=env)

    if escape.changes == "process":
        victim = subprocess.Popen(["sleep", "60"])
        try:
            ran = run(VICTIM=str(victim.pid))
            return victim.poll() is not None or (ran.code == 0 and victim.wait(10) != 0), ran
        finally:
            victim.kill()
            victim.wait()
    if escape.changes == "socket":
        with listening(world.places["outside"] / "s") as server:
            ran = run()
            if ran.code:
                return False, ran
            connection, _ = server.accept()
            with connection:
                return connection.recv(1) == b"x", ran
    before = world.state(escape.changes)
    ran = run()
    return world.state(escape.changes) != before, ran


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
