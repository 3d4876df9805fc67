"""What follows a command's name: words, quoted or not, by place or by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.policy.words import nearest

if TYPE_CHECKING:
    from paddock.bot.command import Argument, Command

_QUOTED = re.compile(r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|“(?P<curly>[^“”]*)”)(?=\s|\Z)""")
_WORD = re.compile(r"\S+")
_NAMED = re.compile(r"(?P<name>[a-z]+)=(?=\S)")
_QUOTES = ('"', "'", "“")
_SHOWN = 40  # characters of a wrong word


class Fault(Struct, frozen=True):
    """What is wrong with what follows a name, and a line that would be right."""

    error: str
    suggestion: str


def arguments(text: str, command: Command) -> tuple[str, ...] | Fault:
    """The values of a command's arguments, in their order; those left out at the end are not there."""
    left, values = list(command.arguments), dict[str, str]()
    text = text.strip()
    while text and left:
        argument, text, named = _named(text, left)
        raw, text = _value(text, argument, named=named)
        value = argument.kind.read(raw)
        if value is None:
            return _wrong(raw, argument, command)
        left.remove(argument)
        values[argument.name] = value
    if text:
        told = f"takes {_count(len(command.arguments))}" if command.arguments else "takes no argument"
        return Fault(f"/{command.name} {told}; `{shown(text)}` is too much", _line(command, values))
    if missing := [one.name for one in left if not one.optional]:
        return Fault(f"/{command.name} lacks {' and '.join(name.upper() for name in missing)}", command.usage)
    return tuple(values[one.name] for one in command.arguments if one.name in values)


def shown(text: str) -> str:
    """A part of what somebody wrote, short."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _named(text: str, left: list[Argument]) -> tuple[Argument, str, bool]:
    """The argument that comes next, and the text without its name."""
    if match := _NAMED.match(text):
        for argument in left:
            if argument.name == match["name"]:
                return argument, text[match.end() :], True
    return left[0], text, False


def _value(text: str, argument: Argument, *, named: bool) -> tuple[str, str]:
    """What the text begins with, and what is left of it."""
    quoted = _QUOTED.match(text)
    if quoted is not None and (named or not argument.kind.rest or quoted.end() == len(text)):
        value = next(part for part in quoted.groups() if part is not None)
        return value, text[quoted.end() :].lstrip()
    if argument.kind.rest:
        return text, ""
    word = _WORD.match(text)
    end = word.end() if word else len(text)
    return text[:end], text[end:].lstrip()


def _wrong(raw: str, argument: Argument, command: Command) -> Fault:
    if not raw.strip():
        return Fault(f"/{command.name} lacks {argument.name.upper()}", command.usage)
    if raw.startswith(_QUOTES) and not argument.kind.rest:
        return Fault(f"/{command.name}: the quote in `{shown(raw)}` is not closed", command.usage)
    near = nearest(raw, argument.kind.words)
    bare = argument.kind.read(raw.strip("`*_<>()[].,;:!"))
    suggestion = f"/{command.name} {near or bare}" if near or bare else command.usage
    if near is None and bare is None and argument.optional:
        suggestion = f"/{command.name}"
    error = f"/{command.name} takes {argument.kind.what}, not `{shown(raw)}`"
    return Fault(error, suggestion)


def _line(command: Command, values: dict[str, str]) -> str:
    return " ".join((f"/{command.name}", *values.values()))


def _count(number: int) -> str:
    return f"{number} argument{'' if number == 1 else 's'}"
