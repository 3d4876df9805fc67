"""Native git hooks: files in the folder that all worktrees share, for those without a hook framework.

`core.hooksPath` is never set. A hook that was there is kept beside ours and runs first, with the same arguments and
input. The file names the paddock that installed it, and falls back to the one on PATH, so that it outlives the
worktree it was installed from.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError, UsageError
from paddock.policy.presets import data_folder

if TYPE_CHECKING:
    from paddock.sources.git import Repository

HOOKS = ("pre-commit", "commit-msg", "pre-push")
MARK = "# paddock native hook"
KEPT = ".before-paddock"
_RUNNING = "PADDOCK_RUNNING_HOOK"


class State(StrEnum):
    """What stands at a hook's place."""

    ABSENT = "absent"
    OURS = "installed"
    OUTDATED = "installed, outdated"
    FOREIGN = "another hook"


class Hook(Struct, frozen=True):
    """One hook file. `kept` says whether an earlier hook is kept beside ours."""

    name: str
    path: str
    state: State
    kept: bool


class Step(Struct, frozen=True):
    """One thing that an installation or its removal does, in words."""

    hook: str
    words: str
    changes: bool = True


def folder(repository: Repository) -> str:
    """The hooks folder of all worktrees."""
    return os.path.join(repository.common_dir, "hooks")


def hooks(repository: Repository, command: str | None = None) -> tuple[Hook, ...]:
    """What stands at each hook's place."""
    return tuple(_hook(repository, name, command or this_command()) for name in HOOKS)


def _hook(repository: Repository, name: str, command: str) -> Hook:
    path = os.path.join(folder(repository), name)
    kept = os.path.lexists(path + KEPT)
    if not os.path.lexists(path):
        return Hook(name, path, State.ABSENT, kept)
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 16)
    except OSError:
        return Hook(name, path, State.FOREIGN, kept)
    if MARK.encode() not in text:
        return Hook(name, path, State.FOREIGN, kept)
    current = text == shim(name, command) and os.access(path, os.X_OK)
    return Hook(name, path, State.OURS if current else State.OUTDATED, kept)


def this_command() -> str:
    """The paddock program that runs now, absolute."""
    beside = os.path.join(os.path.dirname(sys.executable), "paddock")
    started = os.path.abspath(sys.argv[0])
    return started if os.path.basename(started) == "paddock" and os.access(started, os.X_OK) else beside


def shim(stage: str, command: str) -> bytes:
    """The hook's text."""
    with open(os.path.join(data_folder("hooks"), "shim"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("@PADDOCK@", shlex.quote(command)).replace("@STAGE@", stage)
    return text.encode("utf-8", "surrogateescape")


def foreign_hooks_path(repository: Repository) -> tuple[str, str] | None:
    """(`core.hooksPath`, where it is set) if it leads git away from the common hooks folder, in any worktree."""
    from git import Repo
    from git.exc import GitCommandError

    opened = Repo(repository.top or repository.common_dir)
    try:
        listing = opened.git.worktree("list", "--porcelain", "-z").split("\0")
        places = [entry.removeprefix("worktree ") for entry in listing if entry.startswith("worktree ")]
        for place in [path for path in places if os.path.isdir(path)] or [repository.common_dir]:
            try:
                said = opened.git.execute(
                    ["git", "-C", place, "config", "--show-origin", "--type=path", "--get", "core.hooksPath"]
                )
            except GitCommandError:
                continue  # not set
            origin, _, value = str(said).partition("\t")
            if os.path.realpath(os.path.join(place, value)) != os.path.realpath(folder(repository)):
                return value, origin
    finally:
        opened.close()
    return None


def install(repository: Repository, *, command: str | None = None, dry_run: bool = False) -> list[Step]:
    """Put every hook in its place, keeping what was there. Can be run again.

    Raises:
        UsageError: `core.hooksPath` is somebody else's, or a hook stands at both places; nothing was changed.
    """
    if found := foreign_hooks_path(repository):
        value, origin = found
        raise UsageError(
            f"core.hooksPath is `{value}` (set in {origin}), so git would never run hooks from {folder(repository)}",
            hint="either: git config --unset core.hooksPath, if nothing needs it\n"
            f"or call paddock from there: paddock hook --native --stage STAGE -- \"$@\"  for {', '.join(HOOKS)}",
        )
    command = command or this_command()
    found_hooks = hooks(repository, command)
    for hook in found_hooks:
        if hook.state is State.FOREIGN and hook.kept:
            raise UsageError(
                f"{hook.path} is not paddock's, and an earlier hook is already kept as {hook.name}{KEPT}",
                hint=f"join the two by hand, or remove the one you no longer need, and run this again",
            )
        if os.path.isdir(hook.path):
            raise UsageError(f"{hook.path} is a folder", hint="move it away and run this again")
    steps = [_install(hook, command, dry_run=dry_run) for hook in found_hooks]
    if inside := _worktree_around(repository, command):
        steps.append(
            Step("", f"note: {command} lies in the worktree {inside}; once that is gone, paddock on PATH is used", changes=False)
        )
    return steps


def _install(hook: Hook, command: str, *, dry_run: bool) -> Step:
    words = {
        State.ABSENT: "written",
        State.OURS: "in place",
        State.OUTDATED: "brought up to date",
        State.FOREIGN: f"written; the hook that was there is kept as {hook.name}{KEPT} and runs first",
    }[hook.state]
    if dry_run or hook.state is State.OURS:
        return Step(hook.name, words, changes=hook.state is not State.OURS)
    os.makedirs(os.path.dirname(hook.path), exist_ok=True)
    temporary = f"{hook.path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(shim(hook.name, command))
        os.chmod(temporary, 0o755)  # noqa: S103 - git runs only what is executable
        if hook.state is State.FOREIGN:
            # A second name first, then one step that replaces: at no moment is a hook lost.
            os.link(hook.path, hook.path + KEPT, follow_symlinks=False)
        os.replace(temporary, hook.path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
    return Step(hook.name, words)


def uninstall(repository: Repository, *, dry_run: bool = False) -> list[Step]:
    """Take our hooks away and put back what was kept. Hooks that are not ours stay."""
    steps = []
    for hook in hooks(repository):
        if hook.state in (State.ABSENT, State.FOREIGN):
            words = "not paddock's: left alone" if hook.state is State.FOREIGN else "was not there"
            steps.append(Step(hook.name, words, changes=False))
            continue
        steps.append(Step(hook.name, "removed; the earlier hook is back" if hook.kept else "removed"))
        if not dry_run:
            os.replace(hook.path + KEPT, hook.path) if hook.kept else os.unlink(hook.path)
    return steps


def _worktree_around(repository: Repository, command: str) -> str | None:
    top = repository.top
    return top if top and os.path.realpath(command).startswith(os.path.realpath(top) + os.sep) else None


def is_inner_call(repository: Repository, stage: str) -> bool:
    """Whether a hook that we run is running us: a framework installed over ours keeps ours as its earlier hook."""
    return os.environ.get(_RUNNING) == _running(repository, stage)


def _running(repository: Repository, stage: str) -> str:
    return f"{stage}:{repository.common_dir}"


def run_kept(repository: Repository, stage: str, arguments: tuple[str, ...], data: bytes | None) -> int:
    """Run the hook that stood there before ours, as git would have, and return its exit code.

    Raises:
        CouldNotCheckError: it is there, executable, and can't be started.
    """
    path = os.path.join(folder(repository), stage + KEPT)
    if not os.access(path, os.X_OK):
        return 0
    env = {**os.environ, _RUNNING: _running(repository, stage)}
    try:
        return subprocess.run([path, *arguments], input=data, env=env, check=False).returncode
    except OSError as error:
        raise CouldNotCheckError(
            f"the earlier hook {path} can't be started: {(error.strerror or str(error)).lower()}",
            hint="mend its first line, or remove it",
        ) from error
