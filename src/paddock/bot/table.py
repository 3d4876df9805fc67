"""The table of commands, in the order of their names. All that is told of commands is told from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.handlers import (
    approve,
    assign,
    block,
    done,
    hold,
    launch,
    override,
    phase,
    plan,
    priority,
    reassign,
    recheck,
    reopen,
    request_changes,
    review,
    status,
    todo,
    unassign,
    unblock,
    unhold,
)
from paddock.bot.handlers import (
    help as help_,
)
from paddock.bot.handlers import (
    next as next_,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.bot.command import Command

COMMANDS: Mapping[str, Command] = {
    "approve": approve.COMMAND,
    "assign": assign.COMMAND,
    "block": block.COMMAND,
    "done": done.COMMAND,
    "help": help_.COMMAND,
    "hold": hold.COMMAND,
    "launch": launch.COMMAND,
    "next": next_.COMMAND,
    "override": override.COMMAND,
    "phase": phase.COMMAND,
    "plan": plan.COMMAND,
    "priority": priority.COMMAND,
    "reassign": reassign.COMMAND,
    "recheck": recheck.COMMAND,
    "reopen": reopen.COMMAND,
    "request-changes": request_changes.COMMAND,
    "review": review.COMMAND,
    "status": status.COMMAND,
    "todo": todo.COMMAND,
    "unassign": unassign.COMMAND,
    "unblock": unblock.COMMAND,
    "unhold": unhold.COMMAND,
}
# Every word that may follow the slash, aliases included, and the command that it means.
NAMES: Mapping[str, str] = {
    word: command.name for command in COMMANDS.values() for word in (command.name, *command.aliases)
}
