"""What GitHub's runner tells a step, and what a step tells the runner.

Source: "Variables reference" and "Workflow commands for GitHub Actions" of GitHub's documentation.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from paddock import events
from paddock.errors import CouldNotCheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.steps import Execution

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z")
_SERVER = re.compile(r"(?:https?|file)://[^\s@?#]*\Z")
_ELSEWHERE = "in another CI system, and by hand: paddock check --range A..B --trust REF"


class Runner:
    """One step's surroundings, read when they are asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @property
    def event(self) -> str:
        """The event's name."""
        return self._needed("GITHUB_EVENT_NAME")

    def payload(self) -> bytes:
        """What GitHub wrote of the event, one byte more than the most at the longest.

        Raises:
            CouldNotCheckError: it can't be read.
        """
        path = self._needed("GITHUB_EVENT_PATH")
        try:
            with open(path, "rb") as file:
                return file.read(events.LARGEST + 1)
        except OSError as error:
            raise CouldNotCheckError(f"$GITHUB_EVENT_PATH: {(error.strerror or str(error)).lower()}") from error

    @property
    def url(self) -> str:
        """Where the repository is fetched from."""
        server, name = self._needed("GITHUB_SERVER_URL").rstrip("/"), self._needed("GITHUB_REPOSITORY")
        if not _SERVER.match(server):
            raise UsageError("$GITHUB_SERVER_URL is not the address of a server", hint="such as https://github.com")
        if not _REPOSITORY.match(name):
            raise UsageError("$GITHUB_REPOSITORY is not OWNER/NAME")
        return f"{server}/{name}"

    @property
    def token(self) -> str | None:
        """What the server knows the job by, if it was handed on."""
        return self._environment.get("GITHUB_TOKEN", "").strip() or None

    @property
    def temporary(self) -> str | None:
        """The job's own folder for what need not last; None where the system's is meant."""
        folder = self._environment.get("RUNNER_TEMP", "")
        return folder if folder and os.path.isdir(folder) else None

    def execution(self) -> Execution:
        """How steps are run in a job: in its own checkout where that is the change, with logs that last as long."""
        from paddock.steps import Execution

        logs = None if self.temporary is None else os.path.join(self.temporary, "paddock-logs")
        workspace = self._environment.get("GITHUB_WORKSPACE") or None
        return Execution(logs=logs, workspace=workspace)

    def new_file(self, suffix: str) -> str:
        """A new, empty file that lasts as long as the job."""
        import tempfile

        handle, path = tempfile.mkstemp(prefix="paddock-", suffix=suffix, dir=self.temporary)
        os.close(handle)
        return path

    def output(self, **values: str) -> None:
        """Set the step's outputs."""
        mark = f"end-{secrets.token_hex(16)}"
        self._append("GITHUB_OUTPUT", "".join(f"{key}<<{mark}\n{value}\n{mark}\n" for key, value in values.items()))

    def summary(self, markdown: str) -> None:
        """Add to the step's summary."""
        self._append("GITHUB_STEP_SUMMARY", markdown)

    @contextmanager
    def without_commands(self) -> Iterator[None]:
        """Have the runner take nothing that is printed inside for a command, whoever wrote it."""
        mark = secrets.token_hex(16)
        click.echo(f"::stop-commands::{mark}")
        try:
            yield
        finally:
            click.echo(f"::{mark}::")

    def _append(self, variable: str, text: str) -> None:
        if path := self._environment.get(variable):
            with open(path, "ab") as file:
                file.write(text.encode("utf-8", "surrogateescape"))

    def _needed(self, variable: str) -> str:
        value = self._environment.get(variable, "")
        if not value:
            raise UsageError(f"${variable} is not set, so this is not a step of GitHub Actions", hint=_ELSEWHERE)
        return value
