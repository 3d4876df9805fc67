"""The bot's GitHub: one repository, asked and told through its REST API and nowhere else.

Everything that comes out is a frozen value of `bot.api.answers`; what goes wrong is an error of `bot.api.errors`.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from paddock.bot.api.calls import Calls
from paddock.bot.api.issues import Issues
from paddock.bot.api.people import People
from paddock.bot.api.pulls import Pulls
from paddock.bot.api.refs import Refs
from paddock.bot.api.verdicts import Verdicts
from paddock.errors import UsageError, install

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

API = "https://api.github.com"
SECONDS = 20  # of one request
_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]+/(?!\.{1,2}\Z)[A-Za-z0-9_.-]+\Z")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class GitHub(Issues, Pulls, Verdicts, People, Refs):
    """All that the bot asks and does."""


def connect(
    environment: Mapping[str, str],
    *,
    seconds: int = SECONDS,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> GitHub:
    """The repository that the environment names, as whoever's token stands there.

    `GITHUB_REPOSITORY`, `GITHUB_TOKEN` (or `GH_TOKEN`) and, for GitHub Enterprise, `GITHUB_API_URL` are read.
    `seconds` are those of one request. `PADDOCK_PACE=off` lets long rows of writes go without pauses, for a server that
    wants none.

    Raises:
        UsageError: one of them is missing or wrong, or PyGithub is not installed.
    """
    name = environment.get("GITHUB_REPOSITORY", "")
    if not _NAME.match(name):
        if not name:
            raise UsageError(
                "which repository is meant is not known", hint="set GITHUB_REPOSITORY to OWNER/NAME, or add a remote"
            )
        raise UsageError(f"GITHUB_REPOSITORY is {name[:100]!a}, not OWNER/NAME", hint="set it, as octo/hall")
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    if not token:
        raise UsageError(
            "there is no token for GitHub",
            hint="in a workflow, set GITHUB_TOKEN to ${{ github.token }}; by hand: GITHUB_TOKEN=$(gh auth token)",
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError("GITHUB_TOKEN has characters that no token has", hint="look for a line break at its end")
    pace = environment.get("PADDOCK_PACE", "on")
    if pace not in ("on", "off"):
        raise UsageError(f"PADDOCK_PACE is {pace[:100]!a}", hint="set it to on or off")
    url = _server(environment.get("GITHUB_API_URL") or API)
    try:
        import github
    except ImportError as error:
        raise UsageError("the bot needs PyGithub", hint=install("bot")) from error
    # It neither repeats nor pauses by itself: `Calls` does, which knows what was a write.
    api = github.Github(
        base_url=url,
        auth=github.Auth.Token(token),
        timeout=seconds,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    return GitHub(Calls(api.requester, paced=pace == "on", wait=wait, now=now), name)


def _server(url: str) -> str:
    """A server's URL; a token is sent in clear to nobody but this machine."""
    wrong = UsageError("GITHUB_API_URL is not the URL of an API", hint=f"as {API}, or https://HOST/api/v3")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise wrong
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UsageError("GITHUB_API_URL would send the token in clear", hint="begin it with https://")
    return url.rstrip("/")
