"""The policy's word on agents, read from the main checkout: a worktree's own copy is the agent's to edit."""

from __future__ import annotations

import json
import os
import re

from paddock import __version__
from paddock.errors import PolicyError
from paddock.worktrees import places
from paddock.worktrees.territory import PROTECTED, Rules, home

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


def _parsed(text: str, main: str) -> Rules:
    from paddock.policy import load

    def read(path: str) -> bytes | None:
        full = os.path.realpath(os.path.join(main, path))
        if not full.startswith(main.rstrip("/") + "/"):
            raise PolicyError("a link out of the repository", where=path)
        found = places.read(full)
        return None if found is None else found.encode("utf-8", "surrogateescape")

    section = load.worktrees(text.encode("utf-8", "surrogateescape"), FILE, read)
    return Rules(
        writable=section.writable,
        readable=section.readable,
        protected=PROTECTED if section.protected is None else section.protected,
        connect=section.connect,
        bind=section.bind,
        strict=section.guard == "strict",
        system_tmp=section.system_tmp,
    )
