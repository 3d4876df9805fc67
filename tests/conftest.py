"""Real repositories for every test, apart from whatever the machine's user has configured."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from git import Actor, Repo
from hypothesis import settings

from signers import Keyring, keyrings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A slow machine is no fault of the code: tests never measure time. CI, which judges a change, tries the same examples
# each time, as Hypothesis does by itself there; new ones are tried elsewhere.
settings.register_profile("paddock", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("paddock")

pytest_plugins = ["forge.fixtures"]

ADA = Actor("Ada Lovelace", "ada@example.org")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable of an outer hook or CI, and no user configuration, reaches a test."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT", "PADDOCK", "GITHUB_")) or name in ("CI", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n"
        "[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"
        '[protocol "file"]\n\tallow = always\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "none"))


class Work:
    """A repository and short words for what tests do in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repo = Repo.init(path, initial_branch="main")

    def git(self, *args: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
        """Real git, as a user would call it."""
        environment = {**os.environ, **(env or {})}
        run = subprocess.run(
            ["git", *args], cwd=self.path, input=stdin, capture_output=True, check=False, env=environment
        )
        assert run.returncode == 0, (args, run.stderr.decode(errors="replace"))
        return run.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, path: str | bytes, content: str | bytes = "") -> None:
        """A file below the top, folders made."""
        full = os.path.join(os.fsencode(self.path), os.fsencode(path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(
        self, message: str = "work", files: dict[str, str | bytes] | None = None, *, sign_off: bool = True
    ) -> str:
        """Write files, add everything, commit; the new commit's name."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "--all")
        text = f"{message}\n\nSigned-off-by: {ADA.name} <{ADA.email}>\n" if sign_off else message
        options = ("--quiet", "--allow-empty", "--no-verify", "--cleanup=verbatim", "-F", "-")
        self.git("commit", *options, stdin=text.encode())
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str = "main") -> None:
        """Make a branch and check it out."""
        self.git("checkout", "--quiet", "-b", name, start)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository on `main` with one commit."""
    made = Work(tmp_path / "work")
    made.commit("start", {"README.md": "start\n"})
    return made


@pytest.fixture
def empty(tmp_path: Path) -> Work:
    """A repository without a commit."""
    return Work(tmp_path / "empty")


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyring]:
    """Real keys, SSH and OpenPGP, made when they are first asked for."""
    yield from keyrings(tmp_path_factory.mktemp("keys"))


def lines(count: int, word: str = "line") -> str:
    """Text of so many distinct lines."""
    return "".join(f"{word} {i}\n" for i in range(count))
