"""A command on every layer, each in a checkout made for the moment."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from paddock.errors import UsageError
from paddock.sources.calling import environment
from paddock.sources.programs import run_logged
from paddock.sources.throwaway import throwaway
from paddock.stack.split.proposal import Tried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.sources.quarantine import Quarantine
    from paddock.stack.split.proposal import Layer

_SAID = 4000  # bytes of the end of what a command printed


def tried(quarantine: Quarantine, layers: Sequence[Layer], command: str, seconds: int) -> Iterator[Tried]:
    """Run a command on each layer from below, to the first on which it fails; the later ones stand on that.

    It is no shell's line: `sh -c '…'` makes it one.

    Raises:
        UsageError: it is no command.
        FactUnreadableError: it can't be started.
    """
    from tempfile import TemporaryFile

    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--verify: {str(error).lower()}", hint="--verify 'make test'") from error
    if not argv:
        raise UsageError("--verify: no command", hint="--verify 'make test'")
    for layer in layers:
        with throwaway(quarantine.repository, str(layer.sha)) as checkout, TemporaryFile() as log:
            code = run_logged(argv, environment(), str(checkout.top), log.fileno(), seconds=seconds)
            size = os.fstat(log.fileno()).st_size
            log.seek(max(0, size - _SAID))
            said = log.read().decode("utf-8", "replace")
        yield Tried(layer.branch, code, "" if code == 0 else said)
        if code != 0:
            return
