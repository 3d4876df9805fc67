"""SSH signatures of commits, checked by `ssh-keygen -Y` with a list of allowed signers.

Formats: ssh-keygen(1), "ALLOWED SIGNERS" and "KEY REVOCATION LISTS"; OpenSSH's PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import Signature, SignatureFormat, SignatureVerdict
from paddock.sources.keys import ALLOWED_SIGNERS
from paddock.sources.programs import find, headless, run

if TYPE_CHECKING:
    from paddock.sources.keys import Keys
    from paddock.sources.programs import Ran
    from paddock.sources.signed import SignedCommit

BEGIN = b"-----BEGIN SSH SIGNATURE-----"
NAMESPACE = "git"
INSTALL = "install OpenSSH 8.9 or newer: apt install openssh-client, or brew install openssh"

_END = b"-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_CERTIFICATE = b"-cert-v01@openssh.com"
_NO = b"Could not verify signature."
_FINGERPRINT = re.compile(rb" key (SHA256:\S+)")
_TOO_OLD = re.compile(
    rb"^usage:|unsupported operation|[Uu]nknown option|[Ii]nvalid option|[Tt]oo many arguments", re.MULTILINE
)
_WINDOW = re.compile(
    rb"key has expired|not yet valid|[Cc]ertificate (?:has expired|invalid: (?:expired|not yet valid))"
)
_VALID = re.compile(rb"Valid: from ([0-9T:-]+) to ([0-9T:-]+)")
_PLACE = re.compile(r"^\S*?:(\d+): ")
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


class Parsed(Struct, frozen=True):
    """What an SSH signature says of itself."""

    key: bytes
    namespace: str

    @property
    def kind(self) -> bytes:
        """The key's type, such as `ssh-ed25519`."""
        return _string(self.key)[0]

    @property
    def is_certificate(self) -> bool:
        """Whether the key stands in a certificate, which a certificate authority signed."""
        return self.kind.endswith(_CERTIFICATE)

    @property
    def fingerprint(self) -> str | None:
        """As ssh-keygen writes it; of a certificate's key only ssh-keygen knows it."""
        return None if self.is_certificate else fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """A public key's fingerprint as ssh-keygen writes it."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip('=')}"


def parse(armour: bytes) -> Parsed | None:
    """Take a signature apart; None where it is not well formed."""
    body, ended, _ = armour.removeprefix(BEGIN).partition(_END)
    try:
        data = base64.b64decode(b"".join(body.split()), validate=True)
        if not ended or not data.startswith(_MAGIC):
            return None
        key, rest = _string(data[len(_MAGIC) + 4 :])
        namespace = _string(rest)[0].decode()
        _string(key)
    except ValueError:
        return None
    return Parsed(key, namespace)


def unsigned(key: bytes) -> bytes:
    """What looks like a signature by a public key and is none: enough to ask ssh-keygen who is listed with the key."""
    nothing = _packed(_string(key)[0], bytes(64))
    data = _MAGIC + (1).to_bytes(4) + _packed(key, NAMESPACE.encode(), b"", b"sha512", nothing)
    return b"\n".join((BEGIN, base64.b64encode(data), _END, b""))


def _packed(*strings: bytes) -> bytes:
    return b"".join(len(one).to_bytes(4) + one for one in strings)


def _string(data: bytes) -> tuple[bytes, bytes]:
    """A string of SSH's wire format (RFC 4251, section 5), and what follows it."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < max(end, 4):
        raise ValueError("cut off")
    return data[4:end], data[end:]


class _Case(Struct, frozen=True):
    """One signature to check: what it was made over, the file it lies in, and the time that the commit gives."""

    payload: bytes
    parsed: Parsed
    file: str
    then: str


class SshVerifier:
    """Checks SSH signatures with the keys of one commit.

    A key counts only if it does both at the time that the commit gives for itself and now: that time is the
    committer's own claim, and whoever finds an old key could write any.
    """

    def __init__(self, keys: Keys, folder: str, top: str | None) -> None:
        self._program = find("ssh-keygen", top)
        self._folder = folder
        self._env = headless()
        self._allowed = self._written("allowed_signers", keys.allowed_signers)
        self._revoked = self._written("revoked_signers", keys.revoked_signers)
        # Without any window of validity in it, the list says the same of a key at every time.
        self._timeless = b"valid-" not in (keys.allowed_signers or b"").lower()
        self._now = _stamp(int(datetime.now(UTC).timestamp()))
        self._known: dict[tuple[bytes, str], Ran] = {}

    def verify(self, commit: SignedCommit, number: int) -> Signature:
        """One commit's verdict; `number` is its own among those checked at once."""
        parsed = parse(commit.signature)
        if parsed is None:
            return _signature(SignatureVerdict.BAD, reason="the SSH signature is malformed")
        if self._program is None:
            return _signature(SignatureVerdict.UNVERIFIABLE, parsed, reason=f"there is no ssh-keygen here: {INSTALL}")
        if parsed.namespace != NAMESPACE:
            reason = f"made for the namespace `{parsed.namespace[:40]}`, not for `{NAMESPACE}`"
            return _signature(SignatureVerdict.BAD, parsed, reason=reason)
        then = _stamp(commit.when) if commit.when is not None else self._now
        return self._judge(_Case(commit.payload, parsed, f"{number}.sig", then), commit.signature)

    def _judge(self, case: _Case, armour: bytes) -> Signature:
        self._written(case.file, armour)
        if self._allowed is None:
            reason = f"there is no {ALLOWED_SIGNERS} on the base to check it with"
            return self._unless_bad(case, SignatureVerdict.UNVERIFIABLE, reason, None)
        principals: tuple[str, ...] = ()
        for time in dict.fromkeys((case.then, self._now)):
            found = self._principals(case, time)
            if found.code and _TOO_OLD.search(found.err):
                reason = f"this ssh-keygen is too old: {INSTALL}"
                return _signature(SignatureVerdict.UNVERIFIABLE, case.parsed, reason=reason)
            principals = tuple(found.out.decode("utf-8", "replace").splitlines()) if not found.code else ()
            if not principals:
                return self._not_listed(case, found, claimed=time == case.then)
        said = None
        for principal in principals:
            if principal.startswith("!"):
                continue  # whom the line does not speak for
            said = self._ask(case, principal, self._allowed, self._revoked)
            if not said.code:
                return _signature(
                    SignatureVerdict.GOOD, case.parsed, said=said, signer=principal, emails=principals, reason=None
                )
        return self._refused(case, principals, said)

    def _refused(self, case: _Case, principals: tuple[str, ...], said: Ran | None) -> Signature:
        """Why a listed key's signature is not good: the commit is another, the key is revoked, the list limits it."""
        signer = next((one for one in principals if not one.startswith("!")), None)
        if signer and self._revoked and not self._ask(case, signer, str(self._allowed), None).code:
            reason = "the key is revoked"
            return _signature(SignatureVerdict.REVOKED, case.parsed, signer=signer, emails=principals, reason=reason)
        reason = _placed(said) if said else "the key may sign for nobody"
        expired = said is not None and _WINDOW.search(said.err)
        return self._unless_bad(case, SignatureVerdict.EXPIRED if expired else SignatureVerdict.UNTRUSTED, reason, ())

    def _not_listed(self, case: _Case, found: Ran, *, claimed: bool) -> Signature:
        if _WINDOW.search(found.err):
            reason = _placed(found)
            if not claimed:
                reason += "; the commit's own date is only its committer's word"
            return self._unless_bad(case, SignatureVerdict.EXPIRED, reason, ())
        if self._revoked is not None and not case.parsed.is_certificate:
            # A key that is on no list any more may still be on the list of revoked ones, which outweighs all else.
            line = b'* namespaces="git" %s %s\n' % (case.parsed.kind, base64.b64encode(case.parsed.key))
            alone = str(self._written(f"{case.file}.allowed", line))
            open_, shut = (self._ask(case, "*", alone, revoked) for revoked in (None, self._revoked))
            if shut.code and not open_.code:
                return _signature(SignatureVerdict.REVOKED, case.parsed, emails=(), reason="the key is revoked")
        if case.parsed.is_certificate and (window := self._window(case)):
            return self._unless_bad(case, SignatureVerdict.EXPIRED, f"the certificate is valid {window}", ())
        reason = f"the key is not in {ALLOWED_SIGNERS} on the base"
        return self._unless_bad(case, SignatureVerdict.UNTRUSTED, reason, ())

    def _window(self, case: _Case) -> str | None:
        """When the certificate is valid, if that is not now and at the time that the commit gives."""
        parsed = case.parsed
        line = b"%s %s\n" % (parsed.kind, base64.b64encode(parsed.key))
        shown = run(
            (str(self._program), "-L", "-f", str(self._written(f"{case.file}.pub", line))), self._env, self._folder
        )
        match = _VALID.search(shown.out)
        if match is None:
            return None
        first, last = (re.sub(rb"[-T:]", b"", match[side]).decode() for side in (1, 2))
        inside = all(first <= time < last for time in (case.then, self._now))
        return None if inside else match[0].decode().removeprefix("Valid: ")

    def _unless_bad(
        self, case: _Case, verdict: SignatureVerdict, reason: str, listed: tuple[str, ...] | None
    ) -> Signature:
        """That verdict, if the signature is one over this commit at all, whoever made it."""
        said = self._call("check-novalidate", "-n", NAMESPACE, "-s", case.file, stdin=case.payload)
        if said.code and _NO in said.out:
            return _signature(SignatureVerdict.BAD, case.parsed, reason="the signature is not over this commit")
        if said.code:
            reason = f"ssh-keygen can't check it: {said.said}; {INSTALL}"
            return _signature(SignatureVerdict.UNVERIFIABLE, case.parsed, reason=reason)
        return _signature(verdict, case.parsed, said=said, emails=listed, reason=reason)

    def _principals(self, case: _Case, time: str) -> Ran:
        # What one line lists holds for every signature by the key; a certificate has a window of its own.
        timeless = self._timeless and not case.parsed.is_certificate
        known = (case.parsed.key, "" if timeless else time)
        if known not in self._known:
            options = ("-f", str(self._allowed), f"-Overify-time={time}")
            self._known[known] = self._call("find-principals", "-s", case.file, *options)
        return self._known[known]

    def _ask(self, case: _Case, principal: str, allowed: str, revoked: str | None) -> Ran:
        options = ("-n", NAMESPACE, "-f", allowed, "-I", principal, "-s", case.file, f"-Overify-time={case.then}")
        return self._call("verify", *options, *(("-r", revoked) if revoked else ()), stdin=case.payload)

    def _call(self, *args: str, stdin: bytes = b"") -> Ran:
        return run((str(self._program), "-Y", *args), self._env, self._folder, stdin)

    def _written(self, name: str, content: bytes | None) -> str | None:
        """Put a file where ssh-keygen runs; its name, None where there is nothing to put."""
        if content is None:
            return None
        with open(f"{self._folder}/{name}", "wb") as file:
            file.write(content)
        return name


def _signature(  # noqa: PLR0913 - the fields of a signature
    verdict: SignatureVerdict,
    parsed: Parsed | None = None,
    *,
    said: Ran | None = None,
    signer: str | None = None,
    emails: tuple[str, ...] | None = None,
    reason: str | None,
) -> Signature:
    key = parsed.fingerprint if parsed else None
    if key is None and said is not None and (match := _FINGERPRINT.search(said.out)):
        key = match[1].decode()
    return Signature(verdict, signer, key, SignatureFormat.SSH, emails, reason)


def _placed(said: Ran) -> str:
    """What ssh-keygen says of a line of the list, with the name that the list has for people."""
    return _PLACE.sub(rf"{ALLOWED_SIGNERS}, line \1: ", said.said)


def _stamp(seconds: int) -> str:
    """A time as ssh-keygen takes it, in UTC; 0 would be none to it."""
    moment = _LAST if seconds > _LAST.timestamp() else datetime.fromtimestamp(max(seconds, 1), UTC)
    return moment.strftime("%Y%m%d%H%M%S")
