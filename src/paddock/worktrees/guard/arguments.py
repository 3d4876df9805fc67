"""A program's arguments taken apart as getopt does it."""

from __future__ import annotations

from typing import NamedTuple


class Arguments(NamedTuple):
    """Options with their values (None where they have none), operands, and the option words as they stood."""

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]
    flags: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options was given; a long one may be shortened to four letters or more."""
        return any(_named(option, name) for option, _ in self.options for name in names)

    def values_of(self, *names: str) -> tuple[str, ...]:
        """The values of these options."""
        return tuple(
            value for option, value in self.options if value is not None and any(_named(option, one) for one in names)
        )


def _named(option: str, name: str) -> bool:
    return option == name or (len(option) >= 4 and len(name) > 4 and name.startswith(option))  # noqa: PLR2004


def split(words: list[str], short: set[str], long: set[str]) -> Arguments:
    """Take words apart; `short` and `long` are the options that take a value."""
    options: list[tuple[str, str | None]] = []
    operands: list[str] = []
    flags: list[str] = []
    i = 0
    while i < len(words):
        word = words[i]
        i += 1
        if word == "--":
            operands += words[i:]
            break
        if not word.startswith("-") or word == "-":
            operands.append(word)
            continue
        flags.append(word)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            takes = any(_named(name, one) for one in long)
            if not equals and takes and i < len(words):
                value, equals, i = words[i], "=", i + 1
            options.append((name, value if equals else None))
            continue
        if word[1:] in long and i < len(words):  # programs that write long options with one dash
            options.append((word[1:], words[i]))
            i += 1
            continue
        letters = word[1:]
        for at, letter in enumerate(letters):
            if letter not in short:
                options.append((letter, None))
                continue
            rest = letters[at + 1 :]
            if not rest and i < len(words):
                rest, i = words[i], i + 1
            options.append((letter, rest))
            break
    return Arguments(tuple(options), tuple(operands), tuple(flags))
