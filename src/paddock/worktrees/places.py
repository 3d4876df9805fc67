"""Where a repository's worktrees lie and whose they are, read from git's own files without running git.

The layout is documented (gitrepository-layout, git-worktree). No process is started: the guard asks before every tool
call of an agent, and the fence before every command. Values are tuples, since msgspec takes longer to import than all
of this takes to run.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

VIEW = "paddock-common"  # a worktree's own view of the shared git directory; see paddock.worktrees.view
_LIMIT = 1 << 20  # bytes of one of git's small files
_SECTION = re.compile(r'\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*)")


class Worktree(NamedTuple):
    """A linked worktree. `agent` is its `paddock.agent`; `branch` is None when HEAD is detached."""

    id: str
    top: str
    git_dir: str
    branch: str | None
    agent: str | None


class Place(NamedTuple):
    """A work tree that a folder lies in. `git_dir` and `common_dir` are the same in a main checkout."""

    top: str
    git_dir: str
    common_dir: str

    @property
    def is_linked(self) -> bool:
        """Whether it is a linked worktree."""
        return self.git_dir != self.common_dir


def places(folder: str) -> tuple[Place, ...]:
    """The work trees that a folder lies in, the innermost first: a submodule lies in another repository's."""
    found = []
    here = os.path.realpath(folder)
    while True:
        if (place := _place(here)) is not None:
            found.append(place)
        above = os.path.dirname(here)
        if above == here:
            return tuple(found)
        here = above


def _place(top: str) -> Place | None:
    dot_git = os.path.join(top, ".git")
    if os.path.isdir(dot_git):
        real = os.path.realpath(dot_git)
        return Place(top, real, real) if os.path.exists(os.path.join(real, "HEAD")) else None
    text = read(dot_git)
    if text is None or not text.startswith("gitdir:"):
        return None
    git_dir = os.path.realpath(os.path.join(top, text.removeprefix("gitdir:").strip("\r\n").lstrip(" ")))
    common = read(os.path.join(git_dir, "commondir"))
    if common is None:
        return Place(top, git_dir, git_dir)
    return Place(top, git_dir, shared(os.path.realpath(os.path.join(git_dir, common.rstrip("\r\n")))))


def shared(common_dir: str) -> str:
    """The git directory that all worktrees share, where a worktree's own view of it may have been named."""
    above, name = os.path.split(common_dir)
    return os.path.dirname(os.path.dirname(above)) if name == VIEW else common_dir


def main_checkout(common_dir: str) -> str | None:
    """The main checkout's top; None where the repository is bare and named as no checkout is."""
    folder, name = os.path.split(common_dir)
    return folder if name == ".git" else None


def linked(common_dir: str) -> tuple[Worktree, ...]:
    """Every linked worktree, sorted by its id; one whose folder is gone is left out."""
    folder = os.path.join(os.path.realpath(common_dir), "worktrees")
    try:
        ids = sorted(os.listdir(folder))
    except OSError:
        return ()
    found = (worktree(os.path.join(folder, id_)) for id_ in ids)
    return tuple(one for one in found if one is not None)


def named(common_dir: str, name: str) -> tuple[str, ...]:
    """The tops of the worktrees that a name means: of an agent; else of a folder's name, or of a branch.

    `main` is the main checkout where nothing else is called so.
    """
    every = linked(common_dir)
    tops = {one.top for one in every if one.agent == name}
    tops = tops or {one.top for one in every if name in (os.path.basename(one.top), one.branch)}
    main = main_checkout(common_dir)
    return tuple(sorted(tops)) or ((main,) if name == "main" and main is not None else ())


def names(common_dir: str) -> tuple[str, ...]:
    """What each linked worktree is called: by its agent, else by its folder; without those that a line can't hold."""
    found = {one.agent or os.path.basename(one.top) for one in linked(common_dir)}
    return tuple(sorted(name for name in found if name.isprintable()))


def worktree(git_dir: str) -> Worktree | None:
    """The linked worktree of a git directory."""
    pointer = read(os.path.join(git_dir, "gitdir"))
    if pointer is None:
        return None
    top = os.path.realpath(os.path.dirname(os.path.join(git_dir, pointer.rstrip("\r\n"))))
    back = read(os.path.join(top, ".git"))
    # The pointer lies where the agent may write; only one that is answered from its other end is believed.
    if back is None or os.path.realpath(os.path.join(top, back.removeprefix("gitdir:").strip())) != git_dir:
        return None
    head = read(os.path.join(git_dir, "HEAD")) or ""
    branch = head.rstrip("\r\n").removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None
    agent = config(os.path.join(git_dir, "config.worktree")).get("paddock.agent")
    return Worktree(os.path.basename(git_dir), top, git_dir, branch, agent or None)


def read(path: str) -> str | None:
    """A small file's text, with undecodable bytes kept; None where it can't be read."""
    try:
        # A pipe of this name would be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            return file.read(_LIMIT).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None


def config(path: str) -> dict[str, str]:
    """A git configuration file's own values, the last of each; sections with a name are `section.NAME.key`.

    Includes, and values that go on in the next line, are not followed: git itself answers where those matter.
    """
    values: dict[str, str] = {}
    section = ""
    for line in re.split(r"\r?\n", read(path) or ""):
        rest = line
        if head := _SECTION.match(line):
            name = head[2]
            section = head[1].lower() + (f".{name}" if name is not None else "")
            rest = line[head.end() :]
        if section and (pair := _KEY.match(rest)):
            values[f"{section}.{pair[1].lower()}"] = _value(pair[2])
    return values


def _value(text: str) -> str:
    """A value as git reads it: quotes and escapes resolved, a comment cut off."""
    out, quoted, i = "", False, 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            i += 1
            out += {"n": "\n", "t": "\t", "b": "\b"}.get(text[i], text[i])
        elif char == '"':
            quoted = not quoted
        elif char in "#;" and not quoted:
            break
        else:
            out += char
        i += 1
    return out.strip()
