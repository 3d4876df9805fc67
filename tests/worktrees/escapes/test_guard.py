"""Each way out, told to the guard as Claude Code and Codex tell it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.table import ESCAPES, Escape
from worktrees.escapes.world import PADDOCK

if TYPE_CHECKING:
    from worktrees.escapes.world import World


def payload(world: World, escape: Escape) -> tuple[str, bytes]:
    """The tool, and what it writes to the guard's standard input."""
    path = world.filled(escape.path)
    told = {"session_id": "s", "hook_event_name": "PreToolUse", "cwd": str(world.places["own"])}
    if escape.patch:
        patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-start\n+x\n*** End Patch\n"
        call = {"tool_name": "apply_patch", "tool_input": {"command": patch}, "turn_id": "t"}
        return "codex", json.dumps({**told, **call}).encode()
    if escape.path:
        call = {"tool_name": "Write", "tool_input": {"file_path": path, "content": "x"}}
    else:
        call = {"tool_name": "Bash", "tool_input": {"command": world.filled(escape.shell)}}
    return "claude", json.dumps({**told, **call}).encode()


@pytest.mark.parametrize("escape", ESCAPES, ids=[escape.id for escape in ESCAPES])
def test_an_escape(escape: Escape, world: World) -> None:
    tool, stdin = payload(world, escape)
    ran = world.run(*PADDOCK, "guard", "--tool", tool, cwd="own", stdin=stdin)
    if escape.guard:
        assert (ran.code, ran.out) == (2, ""), ran
        assert ran.err.startswith("paddock: "), ran
        assert "the guard failed" not in ran.err, ran
    else:
        assert (ran.code, ran.out, ran.err) == (0, "", ""), ran
