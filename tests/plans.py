"""Plans for tests: the two of eight agents, and small ones written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paddock.plan.load import load

if TYPE_CHECKING:
    from paddock.plan.model import Plan

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "policies" / "plans" / "eight-agents.yaml"
AS_WRITTEN = ROOT / "tests" / "plan" / "data" / "eight-agents-as-written.yaml"
# Text that means something to every place that a plan is shown in.
HOSTILE = 'a"b\\c]|`<script>&amp; #1 @team\x1b[31m\nend %% --> {x} "]; subgraph ${{ y }} 1. - \u202e'


def read(path: Path) -> Plan:
    return load(path.read_bytes(), path.name)


def plan(**keys: object) -> Plan:
    """A plan of these keys; JSON is YAML."""
    return load(json.dumps({"series": "feature/x", **keys}).encode(), "plan.yaml")


def agent(id_: str = "a", **keys: object) -> dict[str, Any]:
    """An agent that nothing is wrong with."""
    identity = {"name": id_, "email": f"{id_}@example.org"}
    return {"id": id_, "worktree": f"wt-{id_}", "identity": identity, "owns": [f"src/{id_}/**"], **keys}


def todo(id_: str, agent_id: str = "a", phase: str = "0", **keys: object) -> dict[str, Any]:
    """A todo with all that is asked for but a branch."""
    return {"id": id_, "agent": agent_id, "phase": phase, "lines": 10, "acceptance": ["it works"], **keys}


PHASES = [{"id": "0", "gate": ["green"]}, {"id": "1", "gate": ["green"]}]
REVIEWER = {"id": "r", "role": "reviewer"}


def sound(*todos: dict[str, Any], **keys: object) -> Plan:
    """A plan of two agents, a reviewer and two phases, with these todos."""
    return plan(**{"phases": PHASES, "agents": [agent("a"), agent("b"), REVIEWER], "todos": list(todos), **keys})
