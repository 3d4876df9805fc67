"""The policy's word on agents, read from the main checkout: a worktree's own copy is the agent's to edit."""

from __future__ import annotations

import os
import re

from paddock.errors import PolicyError
from paddock.worktrees import places
from paddock.worktrees.territory import PROTECTED, Rules

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
    # No shipped preset has the section: what can't name it is not parsed, which saves a command 25 ms.
    if "worktrees" not in text and ("extends" not in text or _SHIPPED_ONLY.search(text)):
        return Rules()
    return _parsed(text, main)


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
