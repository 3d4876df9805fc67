"""A repository with two agents' worktrees, made by `paddock worktree setup` from a plan on the base."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from conftest import Work
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

PLAN: dict[str, Any] = {
    "series": "feature/x",
    "worktrees": "../trees",
    "phases": [{"id": "p"}],
    "agents": [
        {
            "id": f"a{number}",
            "worktree": f"a{number}",
            "identity": {"name": f"Agent {number}", "email": f"a{number}@example.org"},
            "owns": [f"p{number}/"],
        }
        for number in (1, 2)
    ],
    "shared": ["docs/"],
    "todos": [
        {"id": f"t{number}", "agent": f"a{number}", "phase": "p", "branch": f"feature/x/01{key}-work"}
        for number, key in ((1, "a"), (2, "b"))
    ],
}
POLICY = "version: 1\nbase: main\ngates:\n  worktree: {}\n"


class Team:
    """The main checkout, and the worktrees of the agents a1 and a2."""

    def __init__(self, folder: Path) -> None:
        self.main = Work(folder / "main")
        files: dict[str, str | bytes] = {
            ".paddock.yaml": POLICY,
            ".paddock/plan.yaml": json.dumps(PLAN),
            "p1/a": "1\n",
            "p2/a": "2\n",
        }
        self.main.commit("start", files)
        ran = paddock("worktree", "setup", cwd=self.main.path)
        assert ran.code == 0, ran.err
        self.trees = {name: folder / "trees" / name for name in ("a1", "a2")}

    def git(self, place: str, *args: str, env: dict[str, str] | None = None) -> tuple[int, str]:
        """Git in an agent's worktree, or in `main`: its exit code, and all that it said."""
        cwd = self.main.path if place == "main" else self.trees[place]
        run = subprocess.run(
            ["git", *args],
            cwd=cwd,
            capture_output=True,
            check=False,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
        )
        return run.returncode, (run.stdout + run.stderr).decode("utf-8", "surrogateescape").removesuffix("\n")

    def done(self, place: str, *args: str, env: dict[str, str] | None = None) -> str:
        """Likewise, and it must not fail."""
        code, said = self.git(place, *args, env=env)
        assert code == 0, (args, said)
        return said

    def write(self, place: str, path: str, text: str = "new\n") -> None:
        """A file in a worktree, staged."""
        folder = self.main.path if place == "main" else self.trees[place]
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        self.done(place, "add", "--", path)

    def tip(self, ref: str) -> str:
        return self.main.git("rev-parse", ref)
