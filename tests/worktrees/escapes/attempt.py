"""One way out, tried for real, and whether it worked."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from worktrees.escapes.world import Ran, World, listening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worktrees.escapes.table import Escape

BY_HAND = 'printf escaped > "$1"'


def argv(world: World, escape: Escape) -> tuple[str, ...]:
    """What does it: the command line, or a shell that writes what a file tool would."""
    if escape.shell:
        return ("bash", "-c", world.filled(escape.shell))
    return ("sh", "-c", BY_HAND, "sh", world.filled(escape.path))


def worked(world: World, escape: Escape, *, fenced: bool, env: Mapping[str, str] | None = None) -> tuple[bool, Ran]:
    """Whether it changed what it is after."""

    def run(**more: str) -> Ran:
        words, variables = argv(world, escape), {**(env or {}), **more}
        return world.fenced(*words, env=variables) if fenced else world.run(*words, env=variables)

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
