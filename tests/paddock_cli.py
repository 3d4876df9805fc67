"""The program as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from msgspec import Struct


class Ran(Struct):
    """How a run ended."""

    code: int
    out: str
    err: str


def paddock(*args: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Ran:
    """Run `paddock ARGS` in a folder."""
    run = subprocess.run(
        [sys.executable, "-m", "paddock", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    return Ran(run.returncode, run.stdout.decode("utf-8", "surrogateescape"), run.stderr.decode("utf-8", "surrogateescape"))
