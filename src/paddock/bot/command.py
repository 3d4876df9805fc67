"""What a command is: its name, what may follow it, and what it says of itself. One value says all of it.

`/help`, the page docs/bot-commands.md, the parser and the check of permissions read these values and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from paddock.plan.model import IDENTIFIER, LONGEST_ID, Priority
from paddock.policy.bot import Commands

if TYPE_CHECKING:
    from paddock.policy.bot import Who

NAME = re.compile(r"[a-z](?:[a-z-]*[a-z])?")
_ID = re.compile(IDENTIFIER)
_SPACE = re.compile(r"\s+")


class Place(StrEnum):
    """Where a command may be said."""

    ISSUE = "issue"
    PULL = "pull request"
    REVIEW = "review"


class About(StrEnum):
    """Whose affair a command is, by which an agent may say it or not.

    That of the todo at hand, that of the agent which it names or which says it, or nobody's.
    """

    TODO = "todo"
    AGENT = "agent"
    NOTHING = "nothing"


EVERYWHERE = frozenset(Place)
ON_PULLS = frozenset({Place.PULL, Place.REVIEW})


class Kind(Struct, frozen=True):
    """A kind of argument. `read` gives the value in its one form, or None where the text is no such value.

    A value of a kind that is `rest` is all that is left of the line. `words` are those allowed, where few are.
    """

    what: str
    read: Callable[[str], str | None]
    rest: bool = False
    words: tuple[str, ...] = ()


def _matching(pattern: str, longest: int = 100) -> Callable[[str], str | None]:
    compiled = re.compile(pattern)

    def read(text: str) -> str | None:
        match = compiled.fullmatch(text) if len(text) <= longest else None
        return (match[1] if compiled.groups else match[0]) if match else None

    return read


def _lower(read: Callable[[str], str | None]) -> Callable[[str], str | None]:
    return lambda text: read(text.lower())


def _id(text: str) -> str | None:
    return text if len(text) <= LONGEST_ID and _ID.fullmatch(text) else None


def _text(text: str) -> str | None:
    return _SPACE.sub(" ", text).strip() or None


_LOGIN = _matching(r"@[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\[bot\])?")
AGENT = Kind("an agent's id, or its `@login`", lambda text: _id(text) or _LOGIN(text))
PHASE = Kind("a phase's id", _id)
GATE = Kind("a gate's id", _lower(_id))
ISSUE = Kind("an issue's number, such as `#12`", _matching(r"#?0*([1-9][0-9]{0,9})"))
PRIORITY = Kind(f"one of {', '.join(Priority)}", _lower(_matching("|".join(Priority))), words=tuple(Priority))
SHA = Kind("a commit's name: 7 to 64 hexadecimal digits", _lower(_matching("[0-9a-f]{7,64}")))
COMMAND = Kind("a command's name", _lower(_matching(r"/?([a-z-]+)")))
TEXT = Kind("some text", _text, rest=True)


class Argument(Struct, frozen=True):
    """One thing that may follow a command's name."""

    name: str
    kind: Kind
    optional: bool = False

    def __str__(self) -> str:
        """As a usage line has it."""
        return f"[{self.name.upper()}]" if self.optional else self.name.upper()


class Command(Struct, frozen=True, kw_only=True):
    """One command of the table.

    Attributes:
        name: as it stands after the slash; also the name of its handler's file and its key in the policy.
        help: what it does, one sentence.
        more: what is to be known beside that, sentences.
        arguments: in their order; optional ones last.
        examples: lines that the parser takes.
        places: where it may be said.
        items: whether a list that follows it is part of it.
        about: whose affair it is.
        handle: what it wants changed; pure: `(call, said, view) -> changes or a refusal`.
    """

    name: str
    help: str
    examples: tuple[str, ...]
    handle: Callable[..., Any]
    arguments: tuple[Argument, ...] = ()
    more: str = ""
    aliases: tuple[str, ...] = ()
    places: frozenset[Place] = EVERYWHERE
    items: bool = False
    about: About = About.TODO

    def __post_init__(self) -> None:
        """No command without help, examples, and a word of the policy on who may say it.

        Raises:
            ValueError: it lacks one of them, or its arguments can't be told apart.
        """
        for name in (self.name, *self.aliases):
            if not NAME.fullmatch(name):
                raise ValueError(f"`{name}` is no command's name")
        if not self.help.endswith("."):
            raise ValueError(f"/{self.name} has no help, which is a sentence")
        if not self.examples or any(not one.startswith(f"/{self.name}") for one in self.examples):
            raise ValueError(f"/{self.name} has no examples of itself")
        if not hasattr(Commands(), self.name.replace("-", "_")):
            raise ValueError(f"the policy does not say who may say /{self.name}")
        optional = [one.optional for one in self.arguments]
        if optional != sorted(optional) or any(one.kind.rest for one in self.arguments[:-1]):
            raise ValueError(f"the arguments of /{self.name} can't be told apart")

    @property
    def usage(self) -> str:
        """Its name with what may follow."""
        return " ".join((f"/{self.name}", *(str(one) for one in self.arguments)))

    def who(self, commands: Commands) -> Who:
        """Who may say it."""
        return commands.who(self.name)
