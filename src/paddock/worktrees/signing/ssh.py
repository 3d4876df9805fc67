"""What the doctor of signatures looks at where commits are signed by SSH."""

from __future__ import annotations

import base64
import os
import re
import shlex
from typing import TYPE_CHECKING

from paddock.diagnosis import Check, Health
from paddock.emails import speaks_for
from paddock.sources import ssh
from paddock.sources.calling import decode
from paddock.sources.keys import ALLOWED_SIGNERS, REVOKED_SIGNERS
from paddock.worktrees.signing.asking import ask, identity, program_setting, scratch, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository
    from paddock.sources.keys import Keys

_KEY = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+={0,2})")
_WINDOW = re.compile(rb"key has expired|not yet valid")
_PLACE = re.compile(r"^\S*?:(\d+): ")
_NAMESPACES = re.compile(rb'\bnamespaces="([^"]*)"', re.IGNORECASE)


def checks(repository: Repository, keys: Keys, email: str, base: str) -> Iterator[Check]:
    """Whether git will find the key, and whether the base lists it for this address."""
    check, public = _key(repository)
    yield check
    if public is None:
        return
    add = f'add this line to {ALLOWED_SIGNERS} on {base}:\n{email} namespaces="{ssh.NAMESPACE}" {public}'
    if keys.allowed_signers is None:
        message = f"{base} has no {ALLOWED_SIGNERS}, so nobody's signature can be checked"
        yield Check("listed", Health.PROBLEM, message, add)
        return
    listed, principals = _listed(keys.allowed_signers, public, base, add)
    yield listed
    if principals:
        yield identity(principals, email, add)
    if keys.revoked_signers is not None and _is_revoked(keys.revoked_signers, public):
        hint = "ssh-keygen -t ed25519\nthen have the new key listed: paddock signing doctor"
        yield Check("revoked", Health.PROBLEM, f"{_name(public)} is in {REVOKED_SIGNERS} on {base}", hint)


def _key(repository: Repository) -> tuple[Check, str | None]:
    """Whether git will find the key to sign with, and its public half as `TYPE KEY`."""
    value = repository.line("config", "--type=path", "--get", "user.signingKey")
    if not value:
        if setting(repository, "gpg.ssh.defaultKeyCommand"):
            return Check("key", Health.UNKNOWN, "chosen by gpg.ssh.defaultKeyCommand, which is not run here"), None
        hint = "git config user.signingKey ~/.ssh/id_ed25519.pub\nwithout a key yet: ssh-keygen -t ed25519"
        return Check("key", Health.PROBLEM, "user.signingKey is not set", hint), None
    program = program_setting(repository, "ssh")
    holder = program[1] if program and os.path.basename(program[1]) != "ssh-keygen" else None
    if (match := _KEY.match(value)) and _is_key(match[1]):
        return _held(match[1], None, holder), match[1]
    # Git signs at the top of the work tree, wherever it was called.
    private = os.path.join(repository.top or os.getcwd(), value).removesuffix(".pub")
    public = _public_half(f"{private}.pub")
    if public is None and os.path.isfile(private):
        ran = ask("ssh-keygen", "-y", "-P", "", "-f", private)
        public = decode(ran.out).strip() if ran is not None and not ran.code else None
    if public is None or not _is_key(public):
        hint = "git config user.signingKey ~/.ssh/id_ed25519.pub\nwithout a key yet: ssh-keygen -t ed25519"
        return Check("key", Health.PROBLEM, f"user.signingKey is `{value}`, and there is no key there", hint), None
    public = " ".join(public.split()[:2])
    return _held(public, private, holder), public


def _held(public: str, private: str | None, holder: str | None) -> Check:
    """Whether the private half is at hand; `holder` is another program than ssh-keygen that signs."""
    name = _name(public)
    if holder:
        return Check("key", Health.UNKNOWN, f"{name}: `{holder}` signs by it, which is not asked here")
    agent = ask("ssh-add", "-L")
    if agent is not None and not agent.code and public.split(" ")[1].encode() in agent.out.split():
        return Check("key", Health.OK, f"{name}, held by the agent")
    if private is None or not os.path.isfile(private):
        add = "ssh-add" if private is None else f"ssh-add {shlex.quote(private)}"
        return Check("key", Health.PROBLEM, f"{name}: there is no private key here, nor in an agent", add)
    opened = ask("ssh-keygen", "-y", "-P", "", "-f", private)
    if opened is None or not opened.code:
        return Check("key", Health.OK, f"{name} in {private}")
    if b"passphrase" not in opened.err:
        hint = f"chmod 600 {shlex.quote(private)}" if b"too open" in opened.err else None
        return Check("key", Health.PROBLEM, f"{name}: ssh-keygen can't use {private}: {_said(opened.err)}", hint)
    message = f"{name} has a passphrase and no agent holds it: git asks each time, and an agent at work can't answer"
    return Check("key", Health.WARNING, message, f"ssh-add {shlex.quote(private)}")


def _said(err: bytes) -> str:
    lines = (line.strip(" @") for line in decode(err).splitlines())
    return next((line for line in lines if line), "it does not say why")


def _is_key(public: str) -> bool:
    """Whether `TYPE KEY` is base64 at all."""
    try:
        return bool(base64.b64decode(public.split(" ")[1], validate=True))
    except (ValueError, IndexError):
        return False


def _name(public: str) -> str:
    return ssh.fingerprint(base64.b64decode(public.split(" ")[1]))


def _public_half(path: str) -> str | None:
    if not os.path.isfile(path):
        return None  # a pipe would be waited for
    try:
        with open(path, "rb") as file:
            match = _KEY.match(decode(file.read(1 << 16)))
    except OSError:
        return None
    return match[1] if match else None


def _listed(content: bytes, public: str, base: str, add: str) -> tuple[Check, tuple[str, ...]]:
    """Whether the list has the key in force, and for whom: ssh-keygen's own word."""
    with scratch() as folder:
        for name, data in (("allowed", content), ("sig", ssh.unsigned(base64.b64decode(public.split(" ")[1])))):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        ran = ask("ssh-keygen", "-Y", "find-principals", "-s", f"{folder}/sig", "-f", f"{folder}/allowed")
    if ran is None or ran.code:
        if ran is not None and _WINDOW.search(ran.err):
            said = _PLACE.sub(rf"{ALLOWED_SIGNERS} on {base}, line \1: ", ran.said)
            return Check("listed", Health.PROBLEM, said, f"change that line on {base}"), ()
        return Check("listed", Health.PROBLEM, f"{_name(public)} is not in {ALLOWED_SIGNERS} on {base}", add), ()
    blob = public.split(" ")[1].encode()
    lines = [_NAMESPACES.search(line) for line in content.splitlines() if blob in line.split()]
    if not any(match is None or speaks_for(tuple(decode(match[1]).split(",")), ssh.NAMESPACE) for match in lines):
        message = f"the key's line on {base} is not for the namespace `{ssh.NAMESPACE}`"
        return Check("listed", Health.PROBLEM, message, add), ()
    return Check("listed", Health.OK, f"in {ALLOWED_SIGNERS} on {base}"), tuple(decode(ran.out).splitlines())


def _is_revoked(content: bytes, public: str) -> bool:
    blob = public.split(" ")[1].encode()
    if any(blob in line.split() for line in content.splitlines() if not line.lstrip().startswith(b"#")):
        return True
    with scratch() as folder:
        for name, data in (("list", content), ("key.pub", public.encode() + b"\n")):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        ran = ask("ssh-keygen", "-Q", "-f", f"{folder}/list", f"{folder}/key.pub")
        return ran is not None and b"REVOKED" in ran.out
