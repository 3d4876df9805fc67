"""`/todo`: one more todo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.actions import CreateTodo
from paddock.bot.command import TEXT, Argument, Command

if TYPE_CHECKING:
    from paddock.bot.actions import Action, Refused
    from paddock.bot.commands import Call
    from paddock.bot.model import Comment
    from paddock.bot.view import View


def handle(call: Call, comment: Comment, view: View) -> tuple[Action, ...] | Refused:
    """It falls to the agent and the phase of the todo that it was said on; without one it is nobody's yet."""
    agent = view.agent
    return (
        CreateTodo(
            number=view.subject.number,
            # Said twice it is one todo, in whichever place of the comment.
            key=f"todo:{comment.id}:{call.fingerprint}",
            text=call.args[0],
            by=comment.author.login,
            comment=comment.id,
            line=call.line,
            agent=agent.id if agent is not None else None,
            phase=view.snapshot.phase(view.subject),
        ),
    )


COMMAND = Command(
    name="todo",
    help="Makes a new todo with this title, for the agent and the phase of the todo at hand.",
    arguments=(Argument("text", TEXT),),
    examples=("/todo Cover the error path of the client with a test",),
    handle=handle,
)
