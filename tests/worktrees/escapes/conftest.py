"""One world a process, put back before each test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktrees.escapes.world import World, restore

if TYPE_CHECKING:
    from collections.abc import Iterator

# The fence is Linux's: elsewhere its tests are not collected, and the guard's and the commit gate's are.
collect_ignore = [] if sys.platform == "linux" else ["test_fence.py", "test_honest.py", "test_inside.py"]


@pytest.fixture(scope="session")
def _remote(pristine: tuple[Path, World]) -> Iterator[None]:
    """Serves the world's remote repository on the loopback."""
    _, world = pristine
    options = (f"--base-path={world.root}", "--export-all", "--enable=receive-pack", "--reuseaddr")
    place = ("--listen=127.0.0.1", f"--port={world.port}")
    daemon = subprocess.Popen(["git", "daemon", *options, *place], env=world.env, start_new_session=True)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", world.port), timeout=10).close()
                break
            except ConnectionRefusedError:
                assert daemon.poll() is None, "git daemon did not start"
        yield
    finally:
        os.killpg(daemon.pid, signal.SIGTERM)
        daemon.wait()


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The world as it was made: a copy, and the place that it must lie at, since git writes absolute paths."""
    folder = Path(os.path.realpath(tmp_path_factory.mktemp("escapes")))
    dropped = ("GIT_", "PADDOCK", "CLAUDE", "XDG_", "GITHUB_", "PRE_COMMIT")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped) and k != "CI"}
    world = World(folder / "w", kept)
    world.root.mkdir()
    world.build()
    subprocess.run(["cp", "-a", str(world.root), str(folder / "pristine")], check=True)
    return folder / "pristine", world


@pytest.fixture
def world(pristine: tuple[Path, World], _remote: None) -> World:
    """The world, as new."""
    copy, world = pristine
    restore(world.root, copy)
    return world
