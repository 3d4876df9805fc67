"""The keys that a commit lists: who may sign, which keys no longer count. Read as objects; nothing is checked out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import FactUnreadableError
from paddock.model import SYMLINK
from paddock.sources.objects import blobs, tree_entries

if TYPE_CHECKING:
    from paddock.sources.git import Repository

ALLOWED_SIGNERS = ".paddock/allowed_signers"
REVOKED_SIGNERS = ".paddock/revoked_signers"
OPENPGP_KEYS = ".paddock/keys"

SIZE_LIMIT = 4 << 20  # bytes of one file
_KRL = b"SSHKRL\n\0"
_PUBLIC_KEY = re.compile(rb"[a-z0-9][\w.@-]* [A-Za-z0-9+/]+={0,2}(?:[ \t].*)?\Z")
_BEGIN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_SECRET = b"-----BEGIN PGP PRIVATE KEY BLOCK-----"


class Keys(Struct, frozen=True):
    """Files of keys as the trusted commit has them; None where it has no such file.

    `openpgp` holds pairs of a path and its content.
    """

    allowed_signers: bytes | None = None
    revoked_signers: bytes | None = None
    openpgp: tuple[tuple[str, bytes], ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is a key of any kind to check with."""
        return self.allowed_signers is not None or bool(self.openpgp)


def read_keys(repository: Repository, commit: str | None) -> Keys:
    """The keys that a commit's tree lists; none where there is no commit to believe.

    Raises:
        FactUnreadableError: a file of them is a link, too large, lost, or not what it is for.
    """
    if commit is None:
        return Keys()
    wanted = (ALLOWED_SIGNERS, REVOKED_SIGNERS, f"{OPENPGP_KEYS}/")
    entries = [entry for entry in tree_entries(repository, commit, wanted) if _is_of_keys(entry[2])]
    found: dict[str, bytes] = {}
    contents = blobs(repository, [name for _, name, _ in entries], SIZE_LIMIT + 1)
    for (mode, _, path), content in zip(entries, contents, strict=True):
        place = f"{path} at {commit[:12]}"
        if mode == SYMLINK:
            raise FactUnreadableError(f"{place} is a link; keys are read from files only")
        if content is None:
            raise FactUnreadableError(f"{place} is lost", hint="git fsck")
        if len(content) > SIZE_LIMIT:
            raise FactUnreadableError(f"{place} is over {SIZE_LIMIT >> 20} MiB")
        if path == REVOKED_SIGNERS:
            _refuse_unclear(content, place)
        if path not in (ALLOWED_SIGNERS, REVOKED_SIGNERS):
            _refuse_no_keys(content, place)
        found[path] = content
    openpgp = tuple((path, found[path]) for path in sorted(found) if path.startswith(f"{OPENPGP_KEYS}/"))
    return Keys(found.get(ALLOWED_SIGNERS), found.get(REVOKED_SIGNERS), openpgp)


def _is_of_keys(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return path in (ALLOWED_SIGNERS, REVOKED_SIGNERS) or (folder == OPENPGP_KEYS and name.endswith(".asc"))


def _refuse_unclear(content: bytes, place: str) -> None:
    """Refuse a list of revoked keys that ssh-keygen would take for one that revokes everything, or nothing."""
    if content.startswith(_KRL):
        return
    for number, line in enumerate(content.splitlines(), 1):
        text = line.strip()
        if text and not text.startswith(b"#") and not _PUBLIC_KEY.match(text):
            raise FactUnreadableError(
                f"{place}, line {number}: not a public key",
                hint="one a line as in a .pub file, or a list that `ssh-keygen -k` made",
            )


def _refuse_no_keys(content: bytes, place: str) -> None:
    if _SECRET in content:
        raise FactUnreadableError(
            f"{place} holds a private key",
            hint="take the key for stolen: revoke it; what belongs here is gpg --armor --export KEY",
        )
    if _BEGIN not in content:
        raise FactUnreadableError(
            f"{place} is no armoured public key", hint=f"gpg --armor --export KEY > {OPENPGP_KEYS}/NAME.asc"
        )
