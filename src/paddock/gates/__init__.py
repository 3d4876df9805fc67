"""The gates, in the order in which reports tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paddock.engine import Gate

GATES: dict[str, Gate[Any, Any]] = {}
