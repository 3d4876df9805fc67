"""The policy's word on agents, read from the main checkout: a worktree's own copy is the agent's to edit."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from paddock import __version__
from paddock.errors import PolicyError
from paddock.worktrees import places
from paddock.worktrees.territory import PROTECTED, Rules, home

if TYPE_CHECKING:
    from paddock.policy.worktrees import Worktrees

FILE = ".paddock.yaml"
_SHIPPED_ONLY = re.compile(r"^extends:[ \t]*[\"']?paddock:[a-z0-9-]+[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)


def rules(common_dir: str) -> Rules:
    """What the repository's policy says of worktrees; where it is bare or has no policy, the defaults.

    Raises:
        PolicyError: the policy is wrong.
    """
    main = places.main_checkout(common_dir)
    path = os.path.join(main, FILE) if main is not None else ""
    if main is None or not os.path.lexists(path):
        return Rules()
    text = places.read(path)
    if text is None:
        raise PolicyError("it can't be read", where=path, hint="paddock policy show")
    alone = "extends" not in text or _SHIPPED_ONLY.search(text) is not None
    # No shipped preset has the section: what can't name it is not parsed, and what was parsed is not parsed again. The
    # parser takes 30 ms to load, which every tool call of an agent would wait for.
    if alone and "worktrees" not in text:
        return Rules()
    kept = os.path.join(os.path.dirname(home(common_dir, "-")[0]), "rules.json")
    if alone and (found := _kept(kept, text)) is not None:
        return found
    found = _parsed(text, main)
    if alone:
        _keep(kept, text, found)
    return found


def _kept(path: str, text: str) -> Rules | None:
    """What the very same text meant the last time; it lies where no agent may write."""
    try:
        held = json.loads(places.read(path) or "null")
        if held["paddock"] != __version__ or held["policy"] != text:
            return None
        return Rules._make(tuple(value) if isinstance(value, list) else value for value in held["rules"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _keep(path: str, text: str, found: Rules) -> None:
    held = json.dumps({"paddock": __version__, "policy": text, "rules": found})
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(beside, "x", encoding="utf-8", errors="surrogatepass") as file:
            file.write(held)
        os.replace(beside, path)
    except OSError:
        return  # inside the fence, or a disk that is full: it is parsed again


def section(common_dir: str) -> Worktrees:
    """The policy's whole section `worktrees`, as the main checkout has it; the defaults where it has none.

    Raises:
        PolicyError: the policy is wrong.
    """
    from paddock.policy.worktrees import Worktrees

    main = places.main_checkout(common_dir)
    text = places.read(os.path.join(main, FILE)) if main is not None else None
    return Worktrees() if main is None or text is None else _section(text, main)


def _section(text: str, main: str) -> Worktrees:
    from paddock.policy import load

    def read(path: str) -> bytes | None:
        full = os.path.realpath(os.path.join(main, path))
        if not full.startswith(main.rstrip("/") + "/"):
            raise PolicyError("a link out of the repository", where=path)
        found = places.read(full)
        return None if found is None else found.encode("utf-8", "surrogateescape")

    return load.worktrees(text.encode("utf-8", "surrogateescape"), FILE, read)


def _parsed(text: str, main: str) -> Rules:
    told = _section(text, main)
    return Rules(
        writable=told.writable,
        readable=told.readable,
        protected=PROTECTED if told.protected is None else told.protected,
        connect=told.connect,
        bind=told.bind,
        strict=told.guard == "strict",
        system_tmp=told.system_tmp,
    )
