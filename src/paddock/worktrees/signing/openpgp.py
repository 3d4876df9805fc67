"""What the doctor of signatures looks at where commits are signed by gpg."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.diagnosis import Check, Health
from paddock.sources import openpgp
from paddock.sources.calling import decode, environment
from paddock.sources.keys import OPENPGP_KEYS
from paddock.worktrees.signing.asking import ask, identity, program_setting, scratch, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository
    from paddock.sources.keys import Keys


class _Part(Struct, frozen=True):
    """A private key or subkey as gpg lists it; `lapsed` says why it is not in force."""

    lapsed: str | None
    signs: bool
    fingerprint: str = ""
    grip: str = ""


def checks(repository: Repository, keys: Keys, email: str, base: str) -> Iterator[Check]:
    """Whether gpg has the key and may use it, and whether the base lists it for this address."""
    # Without a key named, git asks gpg for one of exactly this user id.
    wanted = setting(repository, "user.signingKey") or _committer(repository)
    parts = _parts(repository, wanted)
    if not parts:
        message = f"gpg has no private key for `{wanted}`"
        yield Check("key", Health.PROBLEM, message, f"{_make(repository)}\nor by an SSH key: git config gpg.format ssh")
        return
    key = parts[0].fingerprint
    yield _in_force(parts, _make(repository))
    add = f"gpg --armor --export {key} > {OPENPGP_KEYS}/NAME.asc, and merge it to {base}"
    if not keys.openpgp:
        message = f"{base} has no {OPENPGP_KEYS}/*.asc, so no signature can be checked"
        yield Check("listed", Health.PROBLEM, message, add)
        return
    with scratch() as folder:
        verifier = openpgp.OpenPgpVerifier(keys, folder, repository.top)
        emails, lapsed = verifier.emails.get(key), verifier.lapsed.get(key)
    if emails is None:
        yield Check("listed", Health.PROBLEM, f"{key} is not among {OPENPGP_KEYS}/*.asc on {base}", add)
    elif lapsed is not None:
        message = f"{key} is {lapsed} as {OPENPGP_KEYS}/*.asc on {base} has it"
        hint = f"once it is renewed: {add}" if lapsed == "expired" else _make(repository)
        yield Check("listed", Health.PROBLEM, message, hint)
    else:
        yield Check("listed", Health.OK, f"among {OPENPGP_KEYS}/*.asc on {base}")
        yield identity(emails, email, f"gpg --quick-add-uid {key} {shlex.quote(f'<{email}>')}\n{add}")


def _committer(repository: Repository) -> str:
    person = repository.identities()[1]
    return f"{person.name} <{person.email}>"


def _make(repository: Repository) -> str:
    """The commands that make a new key and choose it."""
    name, email = shlex.quote(_committer(repository)), shlex.quote(f"<{repository.identities()[1].email}>")
    return f"gpg --quick-generate-key {name} ed25519 sign 1y\ngit config user.signingKey {email}"


def _parts(repository: Repository, wanted: str) -> tuple[_Part, ...]:
    """The first private key that answers to the name, and its subkeys."""
    program = program_setting(repository, "openpgp")
    options = ("--batch", "--no-tty", "--with-colons", "--with-keygrip", "--list-secret-keys", "--", wanted)
    ran = ask(program[1] if program else "gpg", *options, env=environment())
    rows = [line.split(":") for line in decode(ran.out).splitlines()] if ran is not None else []
    parts: list[_Part] = []
    for row in rows:
        if row[0] == "sec" and parts:
            break
        if row[0] in ("sec", "ssb"):
            # Small letters tell what this part can do; `#` stands where its private half is elsewhere.
            parts.append(_Part(openpgp.LAPSED.get(row[1]), "s" in row[11] and row[14] != "#"))
        elif row[0] in ("fpr", "grp") and parts:
            known = parts.pop()
            new = (row[9], known.grip) if row[0] == "fpr" else (known.fingerprint, row[9])
            parts.append(_Part(known.lapsed, known.signs, *new))
    return tuple(parts)


def _in_force(parts: tuple[_Part, ...], make: str) -> Check:
    key = parts[0].fingerprint
    if state := parts[0].lapsed:
        mend = f"gpg --quick-set-expire {key} 1y" if state == "expired" else make
        return Check("key", Health.PROBLEM, f"{key} is {state}", mend)
    signing = [part for part in parts if part.signs and not part.lapsed]
    if not signing:
        message = f"{key} has no part here that is in force and can sign"
        return Check("key", Health.PROBLEM, message, f"gpg --quick-add-key {key} ed25519 sign 1y")
    if any(_is_open(part.grip) for part in signing):
        return Check("key", Health.OK, key)
    message = f"{key} has a passphrase and gpg's agent does not hold it: an agent at work can't answer"
    # Signing anything puts it there.
    hint = f"export GPG_TTY=$(tty)\ngpg --local-user {key} --output /dev/null --yes --sign /dev/null"
    return Check("key", Health.WARNING, message, hint)


def _is_open(grip: str) -> bool:
    """Whether gpg can use a private key without asking for its passphrase; taken for so where its agent is silent."""
    ran = ask("gpg-connect-agent", f"keyinfo {grip}", "/bye", env=environment())
    for line in decode(ran.out).splitlines() if ran is not None else ():
        words = line.split()
        if words[:2] == ["S", "KEYINFO"] and len(words) > _PROTECTION:
            return words[_PROTECTION] != "P" or words[_CACHED] == "1"
    return True


_CACHED, _PROTECTION = 6, 7  # S KEYINFO grip type serial idstr cached protection: gpg-agent's `help keyinfo`
