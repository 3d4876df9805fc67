"""Why the next commit made here will not be signed, or not be believed, and the commands that mend it.

Nothing is signed to find out, so nobody is asked for a passphrase and no key is touched.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paddock.diagnosis import Check, Health
from paddock.emails import speaks_for
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.sources import openpgp, programs, ssh
from paddock.sources.git import decode, environment
from paddock.sources.keys import ALLOWED_SIGNERS, OPENPGP_KEYS, REVOKED_SIGNERS, read_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository
    from paddock.sources.keys import Keys

_PROGRAMS = {
    "openpgp": ("gpg", openpgp.INSTALL),
    "ssh": ("ssh-keygen", ssh.INSTALL),
    "x509": ("gpgsm", "install gpgsm"),
}
_SSH_KEY = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+={0,2})")
_WINDOW = re.compile(rb'valid-(after|before)="?(\d{8,14})', re.IGNORECASE)
_SECONDS = 10.0


def checks(repository: Repository, trusted: str | None, base: str) -> Iterator[Check]:
    """What stands between the next commit and a good signature, each thing once.

    Args:
        repository: where the commit will be made.
        trusted: the commit whose keys are believed; None where there is none yet.
        base: how people call it.
    """
    yield _signs(repository)
    form = _setting(repository, "gpg.format") or "openpgp"
    if form not in _PROGRAMS:
        allowed = ", ".join(_PROGRAMS)
        yield Check("format", Health.PROBLEM, f"gpg.format is `{form}`, not {allowed}", "git config gpg.format ssh")
        return
    yield Check("format", Health.OK, form)
    program = _program(repository, form)
    yield program
    if program.health is not Health.OK:
        return
    try:
        email = repository.identities()[1].email
        keys = read_keys(repository, trusted)
    except (FactMissingError, FactUnreadableError) as error:
        yield Check("keys", Health.UNKNOWN, error.message, error.hint)
        return
    if form == "ssh":
        yield from _ssh(repository, keys, email, base)
    elif form == "openpgp":
        yield from _openpgp(repository, keys, email, base)
    else:
        yield Check("key", Health.UNKNOWN, "paddock checks no X.509 signatures", "git config gpg.format ssh")


def _signs(repository: Repository) -> Check:
    if repository.line("config", "--type=bool", "--get", "commit.gpgSign") == "true":
        return Check("commits", Health.OK, "signed without being asked (commit.gpgSign)")
    message = "not signed unless you say so each time: commit.gpgSign is not set"
    return Check("commits", Health.PROBLEM, message, "git config commit.gpgSign true")


def _program(repository: Repository, form: str) -> Check:
    usual, install = _PROGRAMS[form]
    setting = f"gpg.{form}.program"
    name = _setting(repository, setting) or (_setting(repository, "gpg.program") if form == "openpgp" else None)
    path = shutil.which(os.path.expanduser(name or usual))
    if path is None and name is not None:
        return Check(
            "program", Health.PROBLEM, f"{setting} is `{name}`, which can't be run", f"git config --unset {setting}"
        )
    if path is None:
        return Check("program", Health.PROBLEM, f"there is no {usual} on PATH", install)
    return Check("program", Health.OK, path)


# SSH.


def _ssh(repository: Repository, keys: Keys, email: str, base: str) -> Iterator[Check]:
    check, public = _ssh_key(repository)
    yield check
    if public is None:
        return
    kind, blob = public.split(" ")[:2]
    name = _fingerprint(public)
    line = f'{email} namespaces="git" {kind} {blob}'
    add = f"add this line to {ALLOWED_SIGNERS} on {base}:\n{line}"
    if keys.allowed_signers is None:
        yield Check(
            "listed", Health.PROBLEM, f"{base} has no {ALLOWED_SIGNERS}, so nobody's signature can be checked", add
        )
        return
    found = next((one for one in keys.allowed_signers.splitlines() if blob.encode() in one.split()), None)
    if found is None or found.lstrip().startswith(b"#"):
        yield Check("listed", Health.PROBLEM, f"{name} is not in {ALLOWED_SIGNERS} on {base}", add)
    else:
        yield _in_force(found, base)
        emails = tuple(decode(found.split(b" ")[0].strip(b'"')).split(","))
        yield _identity(emails, email, add)
    if keys.revoked_signers is not None and _is_revoked(keys.revoked_signers, public):
        yield Check("revoked", Health.PROBLEM, f"{name} is in {REVOKED_SIGNERS} on {base}", "ssh-keygen -t ed25519")


def _ssh_key(repository: Repository) -> tuple[Check, str | None]:
    """Whether git will find the key to sign with, and its public half as `TYPE KEY`."""
    value = repository.line("config", "--type=path", "--get", "user.signingKey")
    if value is None:
        if _setting(repository, "gpg.ssh.defaultKeyCommand"):
            return Check("key", Health.UNKNOWN, "chosen by gpg.ssh.defaultKeyCommand, which is not run here"), None
        hint = "git config user.signingKey ~/.ssh/id_ed25519.pub\nwithout a key yet: ssh-keygen -t ed25519"
        return Check("key", Health.PROBLEM, "user.signingKey is not set", hint), None
    if (match := _SSH_KEY.match(value)) and _is_key(match[1]):
        return _from_agent(match[1], None), match[1]
    private = value.removesuffix(".pub")
    public = _public_half(value if value.endswith(".pub") else f"{value}.pub")
    if public is None and os.path.isfile(private):
        ran = _run("ssh-keygen", "-y", "-P", "", "-f", private)
        public = decode(ran.out).strip() if ran is not None and not ran.code else None
    if public is None or not _is_key(public):
        hint = "git config user.signingKey ~/.ssh/id_ed25519.pub"
        return Check("key", Health.PROBLEM, f"user.signingKey is `{value}`, and there is no key there", hint), None
    public = " ".join(public.split()[:2])
    return _from_agent(public, private), public


def _from_agent(public: str, private: str | None) -> Check:
    name = _fingerprint(public)
    agent = _run("ssh-add", "-L")
    if agent is not None and not agent.code and public.split(" ")[1].encode() in agent.out.split():
        return Check("key", Health.OK, f"{name}, held by the agent")
    if private is None or not os.path.isfile(private):
        add = "ssh-add" if private is None else f"ssh-add {shlex.quote(private)}"
        return Check("key", Health.PROBLEM, f"{name}: there is no private key here, nor in an agent", add)
    opened = _run("ssh-keygen", "-y", "-P", "", "-f", private)
    if opened is not None and opened.code:
        message = (
            f"{name} has a passphrase and no agent holds it: git asks each time, and an agent at work can't answer"
        )
        return Check("key", Health.WARNING, message, f"ssh-add {shlex.quote(private)}")
    return Check("key", Health.OK, f"{name} in {private}")


def _is_key(public: str) -> bool:
    """Whether `TYPE KEY` is base64 at all."""
    try:
        return bool(base64.b64decode(public.split(" ")[1], validate=True))
    except (ValueError, IndexError):
        return False


def _fingerprint(public: str) -> str:
    return ssh.fingerprint(base64.b64decode(public.split(" ")[1]))


def _public_half(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            match = _SSH_KEY.match(decode(file.read(1 << 16)))
    except OSError:
        return None
    return match[1] if match else None


def _in_force(line: bytes, base: str) -> Check:
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    for side, time in _WINDOW.findall(line):
        end = decode(time).ljust(len(now), "0")
        if (side.lower() == b"before") == (end < now):
            message = f"the key's line on {base} says valid-{decode(side.lower())} {decode(time)}"
            return Check("listed", Health.PROBLEM, message, f"change the line in {ALLOWED_SIGNERS} on {base}")
    return Check("listed", Health.OK, f"in {ALLOWED_SIGNERS} on {base}")


def _is_revoked(content: bytes, public: str) -> bool:
    if public.split(" ")[1].encode() in content.split():
        return True
    with tempfile.TemporaryDirectory(prefix="paddock-") as folder:
        for name, data in (("list", content), ("key.pub", public.encode() + b"\n")):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        ran = _run("ssh-keygen", "-Q", "-f", f"{folder}/list", f"{folder}/key.pub")
        return ran is not None and b"REVOKED" in ran.out


# OpenPGP.


def _openpgp(repository: Repository, keys: Keys, email: str, base: str) -> Iterator[Check]:
    wanted = _setting(repository, "user.signingKey") or f"<{email}>"
    program = _setting(repository, "gpg.openpgp.program") or _setting(repository, "gpg.program") or "gpg"
    options = ("--batch", "--no-tty", "--with-colons", "--list-secret-keys", "--", wanted)
    ran = _run(program, *options, env=environment())
    rows = [line.split(":") for line in decode(ran.out).splitlines()] if ran is not None else []
    key = next((row[9] for row in rows if row[0] == "fpr"), None)
    if key is None:
        message = f"gpg has no private key for `{wanted}`"
        hint = f"gpg --quick-generate-key {shlex.quote(email)} ed25519 sign 1y\ngit config user.signingKey KEY"
        yield Check("key", Health.PROBLEM, message, hint)
        return
    state = {"e": "expired", "r": "revoked"}.get(next(row[1] for row in rows if row[0] == "sec"))
    renew = f"gpg --quick-set-expire {key} 1y" if state == "expired" else "gpg --quick-generate-key"
    yield Check("key", Health.PROBLEM, f"{key} is {state}", renew) if state else Check("key", Health.OK, key)
    if "GPG_TTY" not in os.environ:
        message = "GPG_TTY is not set: gpg can't ask for a passphrase in a terminal"
        yield Check("terminal", Health.WARNING, message, "export GPG_TTY=$(tty)")
    add = f"gpg --armor --export {key} > {OPENPGP_KEYS}/NAME.asc, and merge it to {base}"
    if not keys.openpgp:
        yield Check(
            "listed", Health.PROBLEM, f"{base} has no {OPENPGP_KEYS}/*.asc, so no signature can be checked", add
        )
        return
    with tempfile.TemporaryDirectory(prefix="paddock-") as folder:
        emails = openpgp.OpenPgpVerifier(keys, folder, repository.top).emails.get(key)
    if emails is None:
        yield Check("listed", Health.PROBLEM, f"{key} is not among {OPENPGP_KEYS}/*.asc on {base}", add)
        return
    yield Check("listed", Health.OK, f"among {OPENPGP_KEYS}/*.asc on {base}")
    yield _identity(emails, email, f"gpg --quick-add-uid {key} {shlex.quote(email)}\n{add}")


def _identity(emails: tuple[str, ...], email: str, add: str) -> Check:
    if speaks_for(emails, email):
        return Check("identity", Health.OK, f"{email} is whom the key speaks for")
    message = f"user.email is {email}, and the key speaks for {', '.join(emails) or 'nobody in force'}"
    plain = next((one for one in emails if not set(one) & set("!*?")), None)
    hint = f"git config user.email {shlex.quote(plain)}\nor " if plain else ""
    return Check("identity", Health.PROBLEM, message, f"{hint}{add}")


def _setting(repository: Repository, name: str) -> str | None:
    return repository.line("config", "--get", name)


def _run(name: str, *args: str, env: dict[str, str] | None = None) -> programs.Ran | None:
    """A program of the user's, as they would run it, but never asking; None where there is none."""
    path = shutil.which(os.path.expanduser(name))
    if path is None:
        return None
    return programs.run((path, *args), env or programs.headless(), os.getcwd(), seconds=_SECONDS)
