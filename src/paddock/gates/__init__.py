"""The gates, in the order in which reports tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock.gates import (
    branch_order,
    codegen,
    commands,
    commit_message,
    companions,
    coverage,
    dco,
    description,
    integration,
    patterns,
    pr_size,
    signing,
    worktree,
)

if TYPE_CHECKING:
    from paddock.engine import Gate
    from paddock.policy.config import GateConfig

GATES: dict[str, Gate[Any, Any]] = {
    "branch-order": branch_order.GATE,
    "codegen": codegen.GATE,
    "commands": commands.GATE,
    "commit-message": commit_message.GATE,
    "companions": companions.GATE,
    "coverage": coverage.GATE,
    "dco": dco.GATE,
    "description": description.GATE,
    "integration": integration.GATE,
    "patterns": patterns.GATE,
    "pr-size": pr_size.GATE,
    "signing": signing.GATE,
    "worktree": worktree.GATE,
}

CONFIGS: dict[str, type[GateConfig]] = {id_: gate.config for id_, gate in GATES.items()}
