"""OpenPGP signatures of commits, checked by `gpg` in a key folder made for the moment.

The user's own keyring, trust and agent are never asked. Status lines: GnuPG's doc/DETAILS.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

from paddock.errors import FactUnreadableError
from paddock.model import Signature, SignatureFormat, SignatureVerdict
from paddock.sources.keys import OPENPGP_KEYS
from paddock.sources.programs import find, headless, run

if TYPE_CHECKING:
    from paddock.sources.keys import Keys
    from paddock.sources.programs import Ran
    from paddock.sources.signed import SignedCommit

BEGIN = (b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN PGP MESSAGE-----")
INSTALL = "install GnuPG 2.2 or newer: apt install gnupg, or brew install gnupg"
LAPSED = {"e": "expired", "r": "revoked", "d": "disabled", "i": "invalid"}  # the second column of a listing

# No configuration of the user's, nobody asked, nothing fetched, and every key that was imported believed: what is
# trusted was decided by what lies in the folder of keys.
_OPTIONS = (
    "--no-options", "--batch", "--no-tty", "--no-autostart", "--disable-dirmngr", "--no-auto-key-retrieve",
    "--trust-model", "always", "--no-auto-check-trustdb", "--lock-never", "--status-fd", "1",
)  # fmt: skip
_STATUS = b"[GNUPG:] "
_EMAIL = re.compile(r"<([^<>]*)>\s*\Z")
_PATTERN = re.compile(r"[*?!,\s]")
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_NO_PUBLIC_KEY = b"9"  # the reason in ERRSIG
_ENDS = {
    b"GOODSIG": SignatureVerdict.GOOD,
    b"EXPSIG": SignatureVerdict.EXPIRED,
    b"EXPKEYSIG": SignatureVerdict.EXPIRED,
    b"REVKEYSIG": SignatureVerdict.REVOKED,
    b"BADSIG": SignatureVerdict.BAD,
    b"ERRSIG": SignatureVerdict.UNVERIFIABLE,
}
_REASONS = {
    b"EXPSIG": "the signature has expired",
    b"EXPKEYSIG": "the key has expired; when the signature says it was made is only its maker's word",
    b"REVKEYSIG": "the key is revoked",
    b"BADSIG": "the signature is not over this commit",
}


class OpenPgpVerifier:
    """Checks OpenPGP signatures with the keys of one commit.

    Raises:
        FactUnreadableError: gpg does not take a file of keys.
    """

    def __init__(self, keys: Keys, folder: str, top: str | None) -> None:
        self._program = find("gpg", top) or find("gpg2", top)
        self._folder = folder
        self._home = f"{folder}/gnupg"
        self._keys = keys.openpgp
        if self._program is not None:
            os.mkdir(self._home, 0o700)
            # A key folder that gpg makes by itself may be told to leave its keys to a daemon.
            with open(f"{self._home}/common.conf", "wb"):
                pass
            self._import()

    def verify(self, commit: SignedCommit, number: int) -> Signature:
        """One commit's verdict; `number` is its own among those checked at once."""
        if self._program is None:
            return _signature(SignatureVerdict.UNVERIFIABLE, reason=f"there is no gpg here: {INSTALL}")
        path = f"{self._folder}/{number}.pgp"
        with open(path, "wb") as file:
            file.write(commit.signature)
        return self._read(self._call("--verify", "--", path, "-", stdin=commit.payload))

    def _read(self, ran: Ran) -> Signature:
        """What gpg's status lines say, all of them: one that is good beside one that is not makes nothing good."""
        lines = [line[len(_STATUS) :].split(b" ") for line in ran.out.splitlines() if line.startswith(_STATUS)]
        ends = [line for line in lines if line[0] in _ENDS]
        if not ends:
            broken = any(line[0] in (b"NODATA", b"UNEXPECTED") for line in lines) or b"not a detached" in ran.err
            if broken:
                return _signature(SignatureVerdict.BAD, reason="gpg finds no detached signature in it")
            return _cannot(ran)
        if len(ends) > 1:
            return _signature(SignatureVerdict.BAD, reason=f"{len(ends)} signatures in one")
        end = ends[0]
        key = _long_id(lines, end)
        if end[0] == b"ERRSIG":
            return self._without_key(end, key)
        valid = [line for line in lines if line[0] == b"VALIDSIG"]
        verdict, reason = _ENDS[end[0]], _REASONS.get(end[0])
        primary = valid[0][-1].decode() if valid else key
        if verdict is SignatureVerdict.GOOD and (ran.code or len(valid) != 1):
            return _cannot(ran, key)
        signer = unquote(b" ".join(end[2:]).decode("utf-8", "replace")) or None
        return _signature(verdict, primary, signer, self.emails.get(primary or ""), reason)

    def _without_key(self, end: list[bytes], key: str | None) -> Signature:
        if end[6:7] != [_NO_PUBLIC_KEY]:
            return _signature(SignatureVerdict.UNVERIFIABLE, key, reason="gpg does not know this kind of signature")
        if not self._keys:
            reason = f"there is no {OPENPGP_KEYS}/*.asc on the base to check it with"
            return _signature(SignatureVerdict.UNVERIFIABLE, key, reason=reason)
        reason = f"the key is not among {OPENPGP_KEYS}/*.asc on the base"
        return _signature(SignatureVerdict.UNVERIFIABLE, key, emails=(), reason=reason)

    def _import(self) -> None:
        """Take in all files at once; which one gpg refuses is found out only then."""
        files = []
        for number, (_, content) in enumerate(self._keys):
            files.append(f"{self._folder}/{number}.asc")
            with open(files[-1], "wb") as file:
                file.write(content)
        if not files or not self._call("--import", "--", *files).code:
            return
        for (path, _), file_name in zip(self._keys, files, strict=True):
            ran = self._call("--import", "--", file_name)
            if ran.code:
                raise FactUnreadableError(
                    f"gpg does not take {path}: {ran.said.removeprefix('gpg: ')}",
                    hint=f"write it anew: gpg --armor --export KEY > {path}",
                )

    @cached_property
    def emails(self) -> dict[str, tuple[str, ...]]:
        """For each key by its primary fingerprint, the addresses of its user ids that are in force."""
        found: dict[str, tuple[str, ...]] = {}
        primary, fresh = "", False
        for fields in self._listing:
            if fields[0] == "pub":
                fresh = True
            elif fields[0] == "fpr" and fresh:
                primary, fresh = fields[9], False
                found[primary] = ()
            elif fields[0] == "uid" and fields[1] not in ("r", "e") and (email := _address(fields[9])):
                found[primary] += (email,)
        return found

    @cached_property
    def lapsed(self) -> dict[str, str]:
        """The keys, by their primary fingerprints, that are not in force, and the word for it."""
        found = {}
        for fields, after in pairwise(self._listing):
            if fields[0] == "pub" and after[0] == "fpr" and (word := LAPSED.get(fields[1])):
                found[after[9]] = word
        return found

    @cached_property
    def _listing(self) -> list[list[str]]:
        out = self._call("--with-colons", "--list-keys").out.decode("utf-8", "replace")
        return [line.split(":") for line in out.splitlines()]

    def _call(self, *args: str, stdin: bytes = b"") -> Ran:
        env = headless() | {"GNUPGHOME": self._home}
        return run((str(self._program), "--homedir", self._home, *_OPTIONS, *args), env, self._folder, stdin)


_ERRSIG_FIELDS = 7  # ERRSIG keyid pkalgo hashalgo sigclass time rc, and since 2.2.7 a fingerprint


def _address(user_id: str) -> str | None:
    """The address in a user id; none that would pass for a pattern of addresses."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), user_id)
    match = _EMAIL.search(text)
    email = match[1] if match else text
    return email if "@" in email and not _PATTERN.search(email) else None


def _long_id(lines: list[list[bytes]], end: list[bytes]) -> str | None:
    """The key's fingerprint where gpg gives it, else its id."""
    for line in lines:
        if line[0] == b"ERRSIG" and len(line) > _ERRSIG_FIELDS and line[7] != b"-":
            return line[7].decode("ascii", "replace")
    return end[1].decode("ascii", "replace") if len(end) > 1 else None


def _cannot(ran: Ran, key: str | None = None) -> Signature:
    reason = f"gpg can't check it: {ran.said.removeprefix('gpg: ')}; {INSTALL}"
    return _signature(SignatureVerdict.UNVERIFIABLE, key, reason=reason)


def _signature(
    verdict: SignatureVerdict,
    key: str | None = None,
    signer: str | None = None,
    emails: tuple[str, ...] | None = None,
    reason: str | None = None,
) -> Signature:
    return Signature(verdict, signer, key, SignatureFormat.OPENPGP, emails, reason)
