"""The verdict on each commit's signature, by the keys that the trusted commit lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.errors import FactUnreadableError
from paddock.model import Signature, SignatureFormat, SignatureVerdict
from paddock.sources import openpgp, ssh
from paddock.sources.keys import read_keys
from paddock.sources.objects import blobs
from paddock.sources.programs import side_by_side
from paddock.sources.signed import HEADERS, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.sources.git import Repository
    from paddock.sources.signed import SignedCommit

COMMIT_LIMIT = 64 << 20  # bytes of one commit
SIGNATURE_LIMIT = 1 << 20  # bytes; the largest that programs make are some thousand
_X509 = b"-----BEGIN SIGNED MESSAGE-----"
_UNSIGNED = Signature(SignatureVerdict.UNSIGNED)


def verified(repository: Repository, commits: Sequence[str], trusted: str | None) -> tuple[Signature, ...]:
    """The signature of each commit; `trusted` is the commit whose keys are believed, None where there is none.

    Raises:
        FactUnreadableError: a commit or a file of keys can't be read, or a program is not done in time.
    """
    found = list(_first_look(repository, commits))
    unclear = [(number, one) for number, one in enumerate(found) if not isinstance(one, Signature)]
    if unclear:
        import os
        import tempfile

        folder = tempfile.mkdtemp(prefix="signatures-", dir=repository.scratch)
        keys = read_keys(repository, trusted)
        verifiers: dict[SignatureFormat, ssh.SshVerifier | openpgp.OpenPgpVerifier] = {}
        if any(one.signature.startswith(ssh.BEGIN) for _, one in unclear):
            os.mkdir(f"{folder}/ssh")
            verifiers[SignatureFormat.SSH] = ssh.SshVerifier(keys, f"{folder}/ssh", repository.top)
        if any(one.signature.startswith(openpgp.BEGIN) for _, one in unclear):
            os.mkdir(f"{folder}/openpgp")
            verifiers[SignatureFormat.OPENPGP] = openpgp.OpenPgpVerifier(keys, f"{folder}/openpgp", repository.top)

        def verify(one: tuple[int, SignedCommit]) -> Signature:
            number, commit = one
            kind = SignatureFormat.SSH if commit.signature.startswith(ssh.BEGIN) else SignatureFormat.OPENPGP
            return verifiers[kind].verify(commit, number)

        for (number, _), verdict in zip(unclear, side_by_side(verify, unclear), strict=True):
            found[number] = verdict
    return tuple(one for one in found if isinstance(one, Signature))


def _first_look(repository: Repository, commits: Sequence[str]) -> Iterator[Signature | SignedCommit]:
    """What can be said of each commit without a key; else what is to be checked."""
    for name, raw in zip(commits, blobs(repository, commits, COMMIT_LIMIT + 1), strict=True):
        if raw is None:
            raise FactUnreadableError(f"commit {name[:12]} is not here", hint="git fsck")
        if len(raw) > COMMIT_LIMIT:
            reason = f"the commit is over {COMMIT_LIMIT >> 20} MiB"
            yield Signature(SignatureVerdict.UNVERIFIABLE, emails=(), reason=reason)
            continue
        commit = take_apart(raw, repository.object_format)
        yield _without_keys(commit, repository.object_format) or commit


def _without_keys(commit: SignedCommit, object_format: str) -> Signature | None:
    """The verdict on a commit that no key can help; None where one is needed."""
    if commit.count == 0 and not commit.others:
        return _UNSIGNED
    if commit.count > 1:
        reason = f"{commit.count} headers `{HEADERS[object_format].decode()}` in one commit"
        return Signature(SignatureVerdict.BAD, reason=reason)
    x509 = commit.signature.startswith(_X509)
    if commit.count == 0:
        reason = f"signed for object names of another kind only; this repository's are {object_format}"
    elif len(commit.signature) > SIGNATURE_LIMIT:
        reason = f"the signature has {len(commit.signature):,} bytes, over the limit of {SIGNATURE_LIMIT:,}"
    elif x509:
        reason = "paddock checks no X.509 signatures; `--github` takes GitHub's word"
    elif not commit.signature.startswith((ssh.BEGIN, *openpgp.BEGIN)):
        reason = "a signature of no kind that git makes"
    else:
        return None
    if x509:
        return Signature(SignatureVerdict.UNVERIFIABLE, format=SignatureFormat.X509, reason=reason)
    # No key and no program would ever make it good.
    return Signature(SignatureVerdict.UNVERIFIABLE, emails=(), reason=reason)
