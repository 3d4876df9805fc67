"""Decides about effects by where they land; where a path lands is told by whoever can ask the file system."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from paddock.worktrees.guard.effects import UNKNOWN, Effect, Refusal, Run, Unread, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paddock.worktrees.territory import Territory


class Kind(Enum):
    """Whose a path is."""

    OWN = "the agent's worktree"
    GIT = "the worktree's git directory"
    ALLOWED = "an allowed place"
    DEVICE = "a device"
    MAIN = "the main checkout"
    SHARED = "the git directory that all worktrees share"
    OTHER = "another worktree"
    OUTSIDE = "outside the worktree"


class Location(NamedTuple):
    """A resolved path: `rest` is what comes after the root that decided."""

    kind: Kind
    path: str
    rest: str = ""


class Denial(NamedTuple):
    """Why a call is denied, and what to do instead."""

    reason: str
    hint: str


# What git reads to know which repository this is and what to run; git's own commands write it.
_GIT_KEYS = ("config.worktree", "commondir", "gitdir", "head", "hooks", "paddock-common")
# Where the tools read whether to call the guard at all.
_SETTINGS = (
    ".claude/settings.json", ".claude/settings.local.json", ".codex/hooks.json", ".codex/config.toml",
    ".gemini/settings.json", ".cursor/hooks.json", ".github/hooks/paddock-guard.json",
)  # fmt: skip


def judge(
    effects: Iterable[Effect], territory: Territory, locate: Callable[[str, bool], Location], *, strict: bool
) -> Denial | None:
    """The first thing that is not allowed; None where all is."""
    for effect in effects:
        if isinstance(effect, Refusal):
            return Denial(effect.reason, effect.hint)
        if isinstance(effect, Unread):
            if strict:
                return Denial(f"{effect.what} can't be read before it runs", effect.hint)
            continue
        denial = (
            _run(effect, territory, locate, strict=strict)
            if isinstance(effect, Run)
            else _write(effect, territory, locate, strict=strict)
        )
        if denial is not None:
            return denial
    return None


def _write(
    effect: Write, territory: Territory, locate: Callable[[str, bool], Location], *, strict: bool
) -> Denial | None:
    path, follow = effect
    if UNKNOWN in path:
        known = path[: path.index(UNKNOWN)]
        if not known.startswith("/"):
            return Denial("it writes to a path that only the shell will know", "name the path") if strict else None
        path, follow = known.rpartition("/")[0] or "/", True
    found = locate(path, follow)
    if found.kind in (Kind.ALLOWED, Kind.DEVICE):
        return None
    if found.kind is Kind.OWN:
        return _own(found, territory)
    if found.kind is Kind.GIT:
        first = found.rest.lower().partition("/")[0]
        if first not in _GIT_KEYS and found.rest:
            return None
        return Denial(f"{found.path} is git's own", "change it by a git command")
    return Denial(f"{found.path} lies in {_where(found.kind)}", _instead(found, territory))


def _own(found: Location, territory: Territory) -> Denial | None:
    rest = found.rest.lower()
    if rest == ".git":
        return Denial(f"{found.path} tells git which worktree this is", "leave it as it is")
    if rest in _SETTINGS:
        return Denial(f"{found.path} holds the settings that call this guard", "ask whoever set up the worktrees")
    if territory.owned and rest:
        from pathspec import GitIgnoreSpec

        if not GitIgnoreSpec.from_lines(territory.owned, backend="simple").match_file(found.rest):
            return Denial(
                f"{found.rest} is not among the paths of {territory.agent}", f"its own are: {' '.join(territory.owned)}"
            )
    return None


def _run(effect: Run, territory: Territory, locate: Callable[[str, bool], Location], *, strict: bool) -> Denial | None:
    if UNKNOWN in effect.folder:
        return Denial("it runs in a folder that only the shell will know", "name the folder") if strict else None
    found = locate(effect.folder, True)  # noqa: FBT003 - follow the links
    if found.kind in (Kind.MAIN, Kind.SHARED, Kind.OTHER):
        return Denial(
            f"{effect.program} would run in {_where(found.kind)}, {found.path}",
            f"run it in your worktree: cd {territory.top}",
        )
    return None


def _where(kind: Kind) -> str:
    return "no place of this agent" if kind is Kind.OUTSIDE else kind.value


def _instead(found: Location, territory: Territory) -> str:
    if found.kind in (Kind.MAIN, Kind.OTHER) and found.rest and not found.rest.startswith(".git"):
        return f"write {territory.top}/{found.rest} instead"
    return f"write below {territory.top}, or for scratch below {territory.temporary}"
