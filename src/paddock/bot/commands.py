"""A comment's commands, as values; and what is wrong with those that are none, as values too.

A command stands at the start of a line of prose: `/name`, then what it takes. Case does not count in the name. What is
code, a quote, an HTML comment or a link's text is not prose, and a real Markdown parser says which that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import markdown
from paddock.bot.command import COMMAND
from paddock.bot.grammar import Fault, arguments, shown
from paddock.bot.table import COMMANDS, NAMES
from paddock.policy.words import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import TypeVar

    from paddock.bot.command import Command
    from paddock.bot.markdown import Item, Page

    Said = TypeVar("Said", "Call", "Mistake", "Call | Mistake")

LONGEST = 65_536  # characters; GitHub takes no longer comment
MOST = 50  # commands of one comment, and changes that one of them asks for
_MAY_BE = re.compile(r"(?:\A|[\r\n]) {0,3}(?:/|[^\x00-\x7f])")
_NAME = re.compile(r"/([A-Za-z][A-Za-z0-9_-]*)")
_UNKNOWN = re.compile(r"[a-z][a-z_-]+")  # what may have been meant as a command; `/v1` and `/x` were not
# What is no sound: format characters, variation selectors, combining marks, controls.
_SILENT = frozenset({"Cf", "Cc", "Mn", "Me"})
_LONGEST_WORD = 60
# A path's first folder alone at a line's start. With a second slash it is no command anyway.
_ROOTS = frozenset({
    "applications", "bin", "boot", "dev", "etc", "home", "lib", "library", "media", "mnt", "opt", "private", "proc",
    "root", "run", "sbin", "srv", "sys", "system", "tmp", "users", "usr", "var", "volumes",
})  # fmt: skip


class Call(Struct, frozen=True):
    """A command that was said. `command` is its name in the table, `line` counts from 1.

    For a command that takes a list, `args` are the items' texts, and `lines` tells where each stands.
    """

    command: str
    args: tuple[str, ...]
    line: int
    lines: tuple[int, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same command with the same arguments, wherever in the comment it stands."""
        return _digest("call", self.command, *self.args)


class Mistake(Struct, frozen=True):
    """A line that was meant as a command and is none. `suggestion` is a line that would be right.

    `command` is that whose name was said, so that only what follows is wrong; None where there is none of that name.
    """

    error: str
    suggestion: str | None
    line: int
    command: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same mistake."""
        return _digest("mistake", self.error)


def parse(text: str, *, others: Collection[str] = ()) -> tuple[Call | Mistake, ...]:
    """Read a comment, or a review's text, whatever is in it.

    Args:
        text: as GitHub gives it.
        others: names of other bots' commands, of which nothing is said.
    """
    if len(text) > LONGEST:
        over = len(text) - LONGEST
        return (Mistake(f"{len(text):,} characters, {over:,} over the limit of {LONGEST:,}", None, 1),)
    if not _MAY_BE.search(text):
        return ()
    page = markdown.read(text)
    known = _Known(others)
    found: list[Call | Mistake] = []
    for line in page.lines:
        said = known.said(line.text, line.number)
        if said is not None:
            found.append(said)
        if len(found) > MOST:
            return (Mistake(f"more than {MOST} commands in one comment, of which none is run", None, line.number),)
    return _with_items(found, page)


def fresh(said: Iterable[Said], before: Iterable[str]) -> tuple[Said, ...]:
    """Of what a comment says, that which it did not say before.

    Args:
        said: what it says now.
        before: the fingerprints of what it said: one that is there twice has been said twice.
    """
    left = Counter(before)
    new = []
    for one in said:
        if left[one.fingerprint]:
            left[one.fingerprint] -= 1
        else:
            new.append(one)
    return tuple(new)


def imprint(text: str) -> str:
    """By which a text is known again that was read; no command's fingerprint."""
    return _digest("text", text)


class _Known:
    """The table, asked about lines. A word that is looked up twice is compared with all names once."""

    def __init__(self, others: Collection[str]) -> None:
        self.others = frozenset(one.lower() for one in others)
        self.nearest: dict[str, str | None] = {}

    def said(self, text: str, line: int) -> Call | Mistake | None:
        """The command on a line, what is wrong with it, or nothing."""
        words = text.split(maxsplit=1)
        if not words or len(words[0]) > _LONGEST_WORD:
            return None
        match = _NAME.fullmatch(words[0])
        if match is None:
            return self.disguised(words[0], line)
        name = match[1].lower()
        if name in NAMES:
            return _call(COMMANDS[NAMES[name]], words[1] if len(words) > 1 else "", line)
        if name in self.others or name in _ROOTS or not _UNKNOWN.fullmatch(name):
            return None
        if name not in self.nearest:
            self.nearest[name] = nearest(name, NAMES)
        near = self.nearest[name]
        return Mistake(f"there is no command `/{name}`", f"/{near}" if near else None, line)

    def disguised(self, word: str, line: int) -> Mistake | None:
        """A command's name in other characters, with some that can't be seen, or with a full stop after it."""
        if word[0].isascii() and word[0] != "/":
            return None
        plain = "".join(
            char for char in unicodedata.normalize("NFKC", word) if unicodedata.category(char) not in _SILENT
        )
        match = _NAME.fullmatch(plain.rstrip(".,;:!?"))
        if match is None or match[1].lower() not in NAMES:
            return None
        name = match[1].lower()
        odd = next((char for char in word if not char.isascii()), None)
        what = f"with the character U+{ord(odd):04X}" if odd else f"with {plain[len(match[0]) :]!r} after it"
        return Mistake(f"`/{name}` is written {what}", f"/{name}", line, NAMES[name])


def _call(command: Command, rest: str, line: int) -> Call | Mistake:
    values = arguments(rest, command)
    if isinstance(values, Fault):
        return Mistake(values.error, values.suggestion, line, command.name)
    about = command.arguments[0].kind if command.arguments else None
    if about is COMMAND and values and values[0] not in NAMES:
        near = nearest(values[0], NAMES)
        error = f"there is no command `/{shown(values[0])}`"
        return Mistake(error, f"/{command.name} {near}" if near else f"/{command.name}", line, command.name)
    return Call(command.name, values, line)


def _with_items(found: list[Call | Mistake], page: Page) -> tuple[Call | Mistake, ...]:
    """The commands that take a list, with the lists that follow each up to the next command."""
    taken = {one.line for one in found}
    result: list[Call | Mistake] = []
    for index, one in enumerate(found):
        end = found[index + 1].line if index + 1 < len(found) else LONGEST + 1
        if isinstance(one, Mistake) or not COMMANDS[one.command].items:
            result.append(one)
            continue
        items = [item for item in page.items if one.line < item.number < end and not item.ticked]
        result.append(_listed(one, items, taken))
    return tuple(result)


def _listed(call: Call, items: list[Item], taken: Collection[int]) -> Call | Mistake:
    texts = [
        (item.number, "\n".join(line.text for line in item.lines if line.number not in taken).strip()) for item in items
    ]
    wanted = [(line, text) for line, text in texts if text]
    # `/request-changes Please mend these:` introduces the list.
    if call.args and not (wanted and call.args[0].endswith(":")):
        wanted.insert(0, (call.line, call.args[0]))
    command = COMMANDS[call.command]
    if not wanted:
        error = f"/{call.command} says nothing that is to change: write it behind, or as a list below"
        return Mistake(error, f"/{call.command} {command.arguments[0].name.upper()}", call.line, call.command)
    if len(wanted) > MOST:
        error = f"/{call.command} asks for {len(wanted)} changes, {len(wanted) - MOST} over the limit of {MOST}"
        return Mistake(error, None, call.line, call.command)
    return Call(call.command, tuple(text for _, text in wanted), call.line, tuple(line for line, _ in wanted))


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
