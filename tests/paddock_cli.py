"""The program as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

import forked

if TYPE_CHECKING:
    from pathlib import Path

# Root reads and writes everything; without these two powers the mode of a file holds for root as well.
_WITHOUT_POWERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
# What Python reads when it starts, which a process that is forked no longer does.
_AT_START = ("PYTHON", "LC_", "LANG")


class Ran(Struct):
    """How a run ended."""

    code: int
    out: str
    err: str


def without_parser(folder: Path) -> dict[str, str]:
    """The environment of a program that has no parser of shell commands."""
    (folder / "none" / "tree_sitter").mkdir(parents=True)
    (folder / "none" / "tree_sitter" / "__init__.py").write_text("raise ImportError\n")
    return {"PYTHONPATH": os.fspath(folder / "none")}


def paddock(
    *args: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None, bound_by_modes: bool = False
) -> Ran:
    """Run `paddock ARGS` in a folder; with `bound_by_modes` a file's permissions hold for root too."""
    prefix = _WITHOUT_POWERS if bound_by_modes and os.geteuid() == 0 else ()
    whole = {**os.environ, **(env or {})}
    if not prefix and not any(name.startswith(_AT_START) for name in env or ()):
        code, *streams = forked.run(args, cwd, stdin, whole)
        return Ran(code, *(text.decode("utf-8", "surrogateescape") for text in streams))
    run = subprocess.run(
        [*prefix, sys.executable, "-m", "paddock", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        env=whole,
    )
    out, err = (text.decode("utf-8", "surrogateescape") for text in (run.stdout, run.stderr))
    return Ran(run.returncode, out, err)
