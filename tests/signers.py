"""Real keys, made once a run, and commits signed with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Work

# gpg 2.2 takes ISO dates with a time; the keys below are made then, and expire or do not.
PAST = "20200101T000000"
ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"


def run(*args: str, stdin: bytes = b"", env: dict[str, str] | None = None, cwd: Path | None = None) -> bytes:
    """A program's output; a test that can't set the scene fails with what it said."""
    done = subprocess.run(
        args, input=stdin, capture_output=True, check=False, env={**os.environ, **(env or {})}, cwd=cwd
    )
    assert done.returncode == 0, (args, done.stdout, done.stderr)
    return done.stdout


class SshKey(Struct, frozen=True):
    """A key pair without a passphrase; `private` and `public` are files."""

    private: str

    @property
    def public(self) -> str:
        return f"{self.private}.pub"

    @property
    def line(self) -> str:
        """Type and key, without the comment."""
        return " ".join(Path(self.public).read_text(encoding="ascii").split()[:2])

    @property
    def fingerprint(self) -> str:
        return run("ssh-keygen", "-lf", self.public).decode().split()[1]


class Keyring:
    """All keys of a run, in folders of their own; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # The path of an agent's socket may have some hundred characters only.
        self.gnupg = tempfile.mkdtemp(prefix="paddock-gpg-", dir="/tmp")
        self.env = {"GNUPGHOME": self.gnupg}
        self._armoured: dict[str, str] = {}

    def close(self) -> None:
        """End the agent that gpg started."""
        subprocess.run(["gpgconf", "--homedir", self.gnupg, "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(self.gnupg, ignore_errors=True)

    def ssh(self, name: str) -> SshKey:
        path = self.folder / name
        if not path.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
        return SshKey(str(path))

    @cached_property
    def certificate(self) -> SshKey:
        """A key whose certificate says that it is Ada's, and the authority's key is `authority`."""
        key = self.ssh("certified")
        run("ssh-keygen", "-q", "-s", self.ssh("authority").private, "-I", "ada", "-n", ADA, key.public)
        return key

    def gpg(self, *args: str, stdin: bytes = b"") -> bytes:
        options = ("--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")
        return run("gpg", *options, *args, env=self.env, stdin=stdin)

    def _made(self, user: str, *options: str, expires: str = "never") -> str:
        """A new key's fingerprint."""
        self.gpg(*options, "--quick-generate-key", user, "ed25519", "sign", expires)
        listing = self.gpg("--with-colons", "--list-keys", f"={user}").decode()
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))

    @cached_property
    def ada(self) -> str:
        return self._made(f"Ada Lovelace <{ADA}>")

    @cached_property
    def bob(self) -> str:
        return self._made(f"Bob <{BOB}>")

    @cached_property
    def web_flow(self) -> str:
        return self._made("GitHub (web-flow commit signing) <noreply@github.com>")

    @cached_property
    def wild(self) -> str:
        """A key whose user ids would pass for patterns."""
        key = self._made("Eve <*@example.org>")
        self.gpg("--quick-add-uid", key, f"Eve <{EVE}>")
        return key

    @cached_property
    def expired(self) -> str:
        """A key that was made in 2020 and ended in 2021."""
        return self._made("Old <old@example.org>", "--faked-system-time", PAST, expires="20210101T000000")

    @cached_property
    def revoked(self) -> str:
        """A key; what `armour` gives of it has its revocation."""
        key = self._made("Rita <rita@example.org>")
        made = Path(self.gnupg, "openpgp-revocs.d", f"{key}.rev").read_bytes()
        self._armoured[key] = self.armour(key) + made.replace(b":-----BEGIN", b"-----BEGIN").decode()
        return key

    def armour(self, key: str) -> str:
        """The public key as a file of `.paddock/keys` has it."""
        if key not in self._armoured:
            self._armoured[key] = self.gpg("--armor", "--export", key).decode()
        return self._armoured[key]


def keyrings(folder: Path) -> Iterator[Keyring]:
    made = Keyring(folder)
    yield made
    made.close()


def signed(
    work: Work,
    key: SshKey | str,
    keyring: Keyring,
    message: str = "work",
    email: str = ADA,
    *options: str,
    when: str | None = None,
    env: dict[str, str] | None = None,
) -> str:
    """An empty commit, signed by an SSH key or by the OpenPGP key of a fingerprint; its name."""
    ssh = isinstance(key, SshKey)
    name = key.private if isinstance(key, SshKey) else key
    set_up = ("-c", f"gpg.format={'ssh' if ssh else 'openpgp'}", "-c", f"user.signingKey={name}")
    person = {"GIT_AUTHOR_EMAIL": email, "GIT_COMMITTER_EMAIL": email}
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if when else {}
    command = ("commit", "--quiet", "--allow-empty", "--no-verify", "--gpg-sign", *options, "-m", message)
    work.git(*set_up, *command, env={**keyring.env, **person, **dates, **(env or {})})
    return work.git("rev-parse", "HEAD")


def list_keys(work: Work, *lines: str, revoked: str | bytes | None = None, **openpgp: str) -> str:
    """Put lists of keys on the branch checked out; its new commit."""
    if lines:
        work.write(".paddock/allowed_signers", "".join(f"{line}\n" for line in lines))
    if revoked is not None:
        work.write(".paddock/revoked_signers", revoked)
    for name, armour in openpgp.items():
        work.write(f".paddock/keys/{name}.asc", armour)
    return work.commit("list keys")
