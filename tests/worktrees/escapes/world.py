"""The world that agents try to leave: a repository with two agents' worktrees, a remote, a home, somebody's folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

HOOK = "#!/bin/sh\n! git diff --cached --name-only | grep -q forbidden\n"
OWN_REFS = "feature/x/a1"
PADDOCK = (sys.executable, "-m", "paddock")


class Ran(Struct):
    """How a command ended."""

    code: int
    out: str
    err: str


class World:
    """Places by their names, and short words for what happens there."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.places = {
            "main": root / "project",
            "own": root / "trees" / "a1",
            "other": root / "trees" / "a2",
            "remote": root / "remote.git",
            "home": root / "home",
            "outside": root / "outside",
            "tmp": root / "tmp",
        }
        self.port = free_port()
        self.env = {
            **environment,
            "HOME": str(self.places["home"]),
            "TMPDIR": str(root / "tmp"),
            "GIT_EDITOR": "false",  # an editor would wait for somebody
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        }

    @property
    def common(self) -> Path:
        """The git directory that all worktrees share."""
        return self.places["main"] / ".git"

    def filled(self, text: str) -> str:
        """A command or a path with the places' names filled in."""
        return text.format(**self.places)

    def run(self, *argv: str, cwd: str = "own", stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        """Run a program to its end."""
        ran = subprocess.run(
            argv,
            cwd=self.places[cwd],
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,  # of a command that waits for ever
        )
        out, err = (text.decode("utf-8", "surrogateescape") for text in (ran.stdout, ran.stderr))
        return Ran(ran.returncode, out, err)

    def git(self, *args: str, cwd: str = "main") -> str:
        """Git outside of any fence; it must not fail."""
        ran = self.run("git", *args, cwd=cwd)
        assert ran.code == 0, (args, ran.err)
        return ran.out.removesuffix("\n")

    def fenced(self, *argv: str, options: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Ran:
        """Run a command of the agent a1 inside its fence."""
        return self.run(*PADDOCK, "worktree", "exec", "a1", *options, "--", *argv, env=env)

    def build(self) -> None:
        """Make everything."""
        for place in ("home", "outside"):
            self.places[place].mkdir(parents=True)
        (self.root / "tmp").mkdir()
        home = self.places["home"]
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n[advice]\n\tdetachedHead = false\n"
            '[protocol "file"]\n\tallow = always\n'
        )
        (home / ".profile").write_text("# a profile\n")
        (home / ".claude").mkdir()
        (home / ".claude" / "settings.json").write_text("{}\n")
        template = self.root / "template"
        template.mkdir()
        self.env["GIT_TEMPLATE_DIR"] = str(template)
        main, remote = self.places["main"], self.places["remote"]
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote], env=self.env, check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", main], env=self.env, check=True)
        (main / "README.md").write_text("zero\n")
        (main / "setup.cfg").write_text("[flake8]\n")
        (main / "Makefile").write_text("all:\n\techo x > built\n")
        (main / "src").mkdir()
        (main / "src" / "README.md").write_text("source\n")
        os.symlink("../../project", main / "link")
        os.symlink("../../project/README.md", main / "linked.md")
        self.git("add", "--all")
        self.git("commit", "-qm", "zero")
        for word in ("one", "two", "start"):
            (main / "README.md").write_text(f"{word}\n")
            self.git("commit", "-qam", word)
        self.git("config", "extensions.worktreeConfig", "true")
        # Over the network, so that the kernel's rules for files don't reach what is pushed.
        self.git("remote", "add", "origin", f"git://127.0.0.1:{self.port}/remote.git")
        for agent in ("a1", "a2"):
            self.git("worktree", "add", "-q", "-b", f"feature/x/{agent}/01-start", str(self.root / "trees" / agent))
            self.git("config", "--worktree", "paddock.agent", agent, cwd={"a1": "own", "a2": "other"}[agent])
        self.git("branch", "feature/x/a2/old", "HEAD~1")
        self.git("branch", "feature/x/a1/foreign", "HEAD~1")
        self.git("push", "-q", str(remote), "main", "feature/x/a2/01-start")
        self.git("update-ref", "refs/remotes/origin/main", "main")
        self.sign()
        self.git("repack", "-adq")
        (self.common / "hooks").mkdir()
        (self.common / "hooks" / "pre-commit").write_text(HOOK)
        (self.common / "hooks" / "pre-commit").chmod(0o755)

    def sign(self) -> None:
        """A key for each agent's signatures, and a package to install."""
        key = self.places["home"] / "key"
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-C", "ada@example.org", "-f", key], check=True)
        signers = self.places["home"] / "signers"
        signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
        for name, value in (("gpg.format", "ssh"), ("user.signingKey", key), ("gpg.ssh.allowedSignersFile", signers)):
            self.git("config", name, str(value))
        wheels = self.places["outside"] / "wheels"
        wheels.mkdir()
        info = "honest-1.0.dist-info"
        with ZipFile(wheels / "honest-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("honest.py", "")
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: honest\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "honest.py,,\n")

    def foreign(self) -> dict[str, bytes]:
        """Every content that is not the agent's to write, by its path."""
        common = self.common
        skipped = (
            self.places["own"], common / "objects", common / "worktrees" / "a1", common / "refs" / "remotes",
            common / "refs" / "heads" / OWN_REFS, common / "logs" / "refs" / "heads" / OWN_REFS,
            common / "logs" / "refs" / "remotes", self.places["home"] / ".cache", self.places["remote"],
            self.root / "tmp",
        )  # fmt: skip
        return contents(self.root, {str(path) for path in skipped})

    def state(self, what: str) -> object:
        """What a kind of escape changes."""
        common = self.common
        if what == "others":
            return self.foreign()
        if what == "remote":
            return self.git("--git-dir", str(self.places["remote"]), "for-each-ref")
        if what == "hooks":
            return self.git("rev-parse", "HEAD", cwd="own")
        if what == "objects":
            return sorted(os.listdir(common / "objects"))
        if what == "flat":
            return self.git("rev-parse", "feature/x/a1/foreign")
        status = os.stat(self.places["main"] / "README.md")
        return status.st_mode, status.st_mtime_ns


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def contents(root: Path, skipped: set[str]) -> dict[str, bytes]:
    """Every file's content and every link's target below a folder."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in skipped]
        found[folder] = b""
        for name in (*files, *(one for one in folders if os.path.islink(os.path.join(folder, one)))):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[path] = os.fsencode(os.readlink(path))
            elif os.path.isfile(path):
                found[path] = Path(path).read_bytes()
            else:
                found[path] = b"special"
    return found


def restore(root: Path, pristine: Path) -> None:
    """Put the world back as it was made."""
    shutil.rmtree(root)
    subprocess.run(["cp", "-a", str(pristine), str(root)], check=True)


def listening(path: Path) -> socket.socket:
    """A socket of somebody else's."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    server.settimeout(10)
    return server
