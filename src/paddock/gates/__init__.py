"""The gates, in the order in which reports tell them.

Each is imported when it is first asked for: a hook is felt at every commit, and pays for the gates of its policy only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from paddock.engine import Gate
    from paddock.policy.config import GateConfig

T = TypeVar("T")

_IDS = (
    "branch-order",
    "codegen",
    "commands",
    "commit-message",
    "companions",
    "coverage",
    "dco",
    "description",
    "integration",
    "patterns",
    "pr-size",
    "review",
    "signing",
    "worktree",
)


class _Registry(Mapping[str, T]):
    """Something of each gate, by the gate's id."""

    def __init__(self, of: Callable[[Gate[Any, Any]], T]) -> None:
        self._of = of

    def __getitem__(self, id_: str) -> T:
        if id_ not in _IDS:
            raise KeyError(id_)
        return self._of(import_module(f"paddock.gates.{id_.replace('-', '_')}").GATE)

    def __contains__(self, id_: object) -> bool:
        return id_ in _IDS

    def __iter__(self) -> Iterator[str]:
        return iter(_IDS)

    def __len__(self) -> int:
        return len(_IDS)


GATES: Mapping[str, Gate[Any, Any]] = _Registry(lambda gate: gate)
CONFIGS: Mapping[str, type[GateConfig]] = _Registry(lambda gate: gate.config)
