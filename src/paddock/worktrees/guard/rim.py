"""The guard's rim: standard input, the file system, the answer in the tool's own contract."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from paddock.errors import PaddockError, install
from paddock.worktrees import places
from paddock.worktrees.guard.calls import LIMIT, Call, PayloadError, parse
from paddock.worktrees.guard.effects import Effect, Unread, Write, join
from paddock.worktrees.guard.judge import Denial, Kind, Location, judge
from paddock.worktrees.rules import rules
from paddock.worktrees.territory import territory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.worktrees.places import Worktree
    from paddock.worktrees.territory import Territory

_DEVICE = re.compile(r"/dev/(?:null|zero|full|random|urandom|tty|ptmx|stdin|stdout|stderr|fd/\d+|pts/\d+|shm/.+)\Z")
# Where a tool says what its project is, in case its current folder lies elsewhere by now.
_ROOMS = ("PADDOCK_WORKTREE", "CLAUDE_PROJECT_DIR", "GEMINI_PROJECT_DIR", "CURSOR_PROJECT_DIR")


_SHELL = "paddock.worktrees.guard.shell"
_UNREAD = (
    "paddock: this shell command was not looked at, since the parser of shell commands is not installed\n"
    f"  {install('guard')}\n"
)


class Answer(NamedTuple):
    """What the tool is told: standard output, standard error, exit code."""

    out: str
    err: str
    code: int


def main(tool: str | None) -> int:
    """Read a call from standard input and answer it; whatever goes wrong denies."""
    try:
        answer = answer_to(sys.stdin.buffer.read(LIMIT + 1), tool)
    except PaddockError as error:
        answer = _broken(f"{error}", error.hint)
    except PayloadError as error:
        answer = _broken(str(error), None)
    except BaseException as error:  # noqa: BLE001 - any other exit code than 2 lets the call through
        answer = _broken(f"the guard failed: {type(error).__name__}: {error}", None)
    try:
        _say(sys.stdout, answer.out)
        _say(sys.stderr, answer.err)
    except BaseException:  # noqa: BLE001 - likewise; a reader that went away must not turn a denial into leave
        return 2
    return answer.code


def _say(stream: object, text: str) -> None:
    if text:
        stream.buffer.write(text.encode("utf-8", "backslashreplace"))  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]


def answer_to(data: bytes, tool: str | None) -> Answer:
    """Judge one call and put the verdict into the tool's words."""
    call = parse(data, tool)
    denial = verdict(call)
    if denial is not None:
        return denied(call, denial)
    return allowed(call)._replace(err=_UNREAD if _passes_unread(call) else "")


def verdict(call: Call) -> Denial | None:
    """Judge a call; None allows it. Where no agent is at work, everything is."""
    if not call.writes and call.command is None:
        return None
    found = agent_at(call)
    if found is None:
        return None
    worktree, common = found
    told = rules(common)
    own = territory(worktree, common, told)
    return judge(effects(call, own), own, Locator(own).locate, strict=told.strict)


def _passes_unread(call: Call) -> bool:
    """Whether an agent's shell command passes because nothing is installed that could read it."""
    return call.command is not None and _SHELL not in sys.modules and agent_at(call) is not None


def agent_at(call: Call) -> tuple[Worktree, str] | None:
    """The agent's worktree: the one that its environment names, else that of the current folder, or of the project."""
    rooms = [os.environ.get("PADDOCK_WORKTREE"), call.folder, *call.rooms, *(os.environ.get(one) for one in _ROOMS)]
    for room in dict.fromkeys(room for room in (*rooms, os.getcwd()) if room):
        if "\0" in room:
            raise PayloadError("the folder's name has a NUL in it")
        for place in places.places(room):
            worktree = places.worktree(place.git_dir) if place.is_linked else None
            if worktree is not None and worktree.agent:
                return worktree, place.common_dir
    return None


def effects(call: Call, own: Territory) -> Iterable[Effect]:
    """What a call would do."""
    folder = call.folder or own.top
    if any("\0" in path for path in call.writes):
        raise PayloadError("a path has a NUL in it")
    if call.command is None:
        home = os.path.expanduser("~")
        return tuple(Write(join(folder, re.sub(r"\A~(?=/|\Z)", home, path))) for path in call.writes)
    try:
        from paddock.worktrees.guard.shell import effects as of_command
    except ImportError:
        return (Unread("a shell command, without the parser of the extra `guard`,", install("guard")),)
    known = {"HOME": os.path.expanduser("~"), "TMPDIR": os.environ.get("TMPDIR") or own.temporary}
    known |= {"PADDOCK_WORKTREE": own.top, "PADDOCK_AGENT": own.agent, "USER": os.environ.get("USER", "")}
    return of_command(call.command, folder, own, known)


class Locator:
    """Tells whose a path is by asking the file system: links resolved, and folders known by identity, not by name.

    By identity, so that it holds where upper and lower case are the same, and for a folder mounted twice.
    """

    def __init__(self, own: Territory) -> None:
        roots = [(Kind.OUTSIDE, "/")]
        roots += [(Kind.ALLOWED, place) for place in own.writable]
        roots += [(Kind.MAIN, own.main)] if own.main is not None else []
        roots += [(Kind.OTHER, place) for place in own.others]
        roots += [(Kind.SHARED, own.common_dir), (Kind.GIT, own.git_dir), (Kind.OWN, own.top)]
        roots += [(Kind.ALLOWED, own.temporary), (Kind.ALLOWED, own.cache)]
        self.by_name = {place: kind for kind, place in roots}
        self.by_identity = {}
        for kind, place in roots:
            if (identity := _identity(place)) is not None:
                self.by_identity[identity] = kind

    def locate(self, path: str, follow: bool) -> Location:  # noqa: FBT001 - given by position from a value
        """Whose a path is; without `follow` its last part is the name itself."""
        given = os.path.normpath(path) if path.startswith("/dev/") else path
        if _DEVICE.match(given):
            return Location(Kind.DEVICE, given)
        real = os.path.realpath(path)
        if not follow and not path.endswith(("/", "/.", "/..")):
            parent, name = os.path.split(path)
            real = os.path.join(os.path.realpath(parent or "/"), name)
        if _DEVICE.match(real):
            return Location(Kind.DEVICE, real)
        here = real
        while True:
            identity = _identity(here)
            kind = self.by_identity.get(identity) if identity is not None else self.by_name.get(here)
            if kind is not None:
                return Location(kind, real, real[len(here) :].lstrip("/"))
            above = os.path.dirname(here)
            if above == here:
                return Location(Kind.OUTSIDE, real)
            here = above


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def allowed(call: Call) -> Answer:
    """The answer that lets a call through: nothing, or the empty answer where the tool wants JSON."""
    return Answer("{}\n" if call.tool in ("cursor", "gemini", "copilot") else "", "", 0)


def denied(call: Call, denial: Denial) -> Answer:
    """The answer that stops a call, with the reason where the agent reads it."""
    text = f"paddock: {denial.reason}\n  {denial.hint}\n"
    flat = f"paddock: {denial.reason}. {denial.hint[:1].upper()}{denial.hint[1:]}."
    if call.tool == "cursor":
        told = {"permission": "deny", "user_message": flat, "agent_message": flat}
        return Answer(json.dumps(told) + "\n", text, 0)
    if call.tool == "copilot":
        return Answer(json.dumps({"permissionDecision": "deny", "permissionDecisionReason": flat}) + "\n", text, 0)
    return Answer("", text, 2)


def _broken(what: str, hint: str | None) -> Answer:
    mend = hint or "the call is denied, since it can't be judged; paddock guard --help"
    return Answer("", f"paddock: {what}\n  {mend}\n", 2)
