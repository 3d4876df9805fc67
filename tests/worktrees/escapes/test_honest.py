"""Everyday commands: each does its work inside the fence, and the guard lets it pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.table import HONEST, Honest
from worktrees.escapes.world import PADDOCK

if TYPE_CHECKING:
    from worktrees.escapes.world import World


@pytest.mark.parametrize("honest", HONEST, ids=[honest.id for honest in HONEST])
def test_it_works_inside(honest: Honest, world: World) -> None:
    before = world.foreign()
    ran = world.fenced("bash", "-c", world.filled(honest.shell))
    assert ran.code == 0, ran
    assert "packed-refs" not in ran.err
    after = {path: text for path, text in world.foreign().items() if path in before}
    assert after == before


@pytest.mark.parametrize("honest", HONEST, ids=[honest.id for honest in HONEST])
def test_the_guard_lets_it_pass(honest: Honest, world: World) -> None:
    told = {"hook_event_name": "PreToolUse", "cwd": str(world.places["own"]), "tool_name": "Bash"}
    stdin = json.dumps({**told, "tool_input": {"command": world.filled(honest.shell)}}).encode()
    ran = world.run(*PADDOCK, "guard", "--tool", "claude", stdin=stdin)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
