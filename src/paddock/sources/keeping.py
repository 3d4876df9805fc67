"""What was found once and holds for ever, kept in the git directory that all worktrees share.

A fenced agent can't write there. A file is replaced as a whole; what can't be read or written is found again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from paddock import wire

V = TypeVar("V")

_LARGEST = 64 << 20  # bytes of a file that are read


def kept(folder: str, name: str, type_: Any) -> dict[str, Any]:  # noqa: ANN401 - unions are types to msgspec
    """The values of a file by their keys; none where it is not there, or something else."""
    try:
        with open(os.path.join(folder, name), "rb") as file:
            found: dict[str, Any] = msgspec.json.decode(file.read(_LARGEST), type=dict[str, type_])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found


def keep(folder: str, name: str, values: dict[str, V], most: int) -> None:
    """Put the last `most` values in the file's place."""
    path = os.path.join(folder, name)
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "xb") as file:
            file.write(wire.encode(dict(list(values.items())[-most:])))
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
