"""A part of GitHub's API, about one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from paddock.bot.api.errors import NotFoundError

if TYPE_CHECKING:
    from paddock.bot.api.calls import Calls


class Section:
    """`name` is `OWNER/NAME`."""

    def __init__(self, calls: Calls, name: str) -> None:
        self._calls = calls
        self._name = name

    def _path(self, *steps: str | int) -> str:
        """A path below the repository; what a step holds can't lead elsewhere."""
        return path("repos", *self._name.split("/", 1), *steps)


def path(*steps: str | int) -> str:
    """A path of the API.

    Raises:
        NotFoundError: a step is `..` or the like, which on its way becomes a folder, however it is quoted.
    """
    return "".join(f"/{_quoted(str(step))}" for step in steps)


def _quoted(step: str) -> str:
    if step in ("", ".", ".."):
        raise NotFoundError(f"GitHub can't be asked for what is called {step!a}")
    return quote(step, safe="", errors="surrogateescape")
