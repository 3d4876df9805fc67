"""Which repository on GitHub a command means: a workflow's variables tell, or by hand the clone that it stands in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.sources.git import Repository

SERVER = "https://github.com"
_NAME = r"(?P<name>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?\Z"
_SHORT = re.compile(rf"(?:[^@/:\s]+@)?(?P<host>[^@/:\s]+):/?{_NAME}")  # scp's form, as git takes it
_LONG = re.compile(rf"(?:https?|ssh|git)://(?:[^@/\s]+@)?(?P<host>[^@/:\s]+)(?::\d+)?/{_NAME}")


def surroundings(environment: Mapping[str, str], repository: Repository | None) -> dict[str, str]:
    """The variables, with the repository that the clone's remote names where none is set.

    Only a remote on GitHub, or on the server that GITHUB_SERVER_URL names, is meant.
    """
    found = {"GITHUB_SERVER_URL": SERVER} | dict(environment)
    if found.get("GITHUB_REPOSITORY") or repository is None:
        return found
    from paddock.sources.history import usual_remote

    remote = usual_remote(repository)
    url = repository.line("remote", "get-url", "--", remote) if remote is not None else None
    name = _name(url or "", urlsplit(found["GITHUB_SERVER_URL"]).hostname or "")
    return found if name is None else found | {"GITHUB_REPOSITORY": name}


def _name(url: str, host: str) -> str | None:
    match = _LONG.match(url) or _SHORT.match(url)
    return match["name"] if match is not None and match["host"].lower() == host.lower() else None
