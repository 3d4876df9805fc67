from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import Work
from paddock.errors import FactUnreadableError
from paddock.model import Signature, SignatureFormat, SignatureVerdict
from paddock.sources import programs
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource
from paddock.sources.signed import take_apart
from signers import ADA, BOB, EVE, Keyring, SshKey, list_keys, run, signed

if TYPE_CHECKING:
    from collections.abc import Callable

OPENPGP, SSH = SignatureFormat.OPENPGP, SignatureFormat.SSH
V = SignatureVerdict
NO_LIST = "there is no .paddock/allowed_signers on the base to check it with"
NO_KEYS = "there is no .paddock/keys/*.asc on the base to check it with"
NOT_LISTED = "the key is not in .paddock/allowed_signers on the base"
NOT_AMONG = "the key is not among .paddock/keys/*.asc on the base"
OTHER = "the signature is not over this commit"


def judged(work: Work, head: str = "HEAD", base: str = "main") -> tuple[Signature, ...]:
    """The signatures of what a head adds to the base, whose keys are believed."""
    repository = open_repository(str(work.path))
    sha = repository.resolve(head)
    assert sha is not None
    return RangeSource(repository, sha, base=base).signatures()


def raw(work: Work, name: str = "HEAD") -> bytes:
    return run("git", "cat-file", "commit", name, cwd=work.path)


def write_raw(work: Work, content: bytes) -> str:
    """A commit as no tool would make it."""
    return work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=content)


def with_header(content: bytes, name: bytes, value: bytes) -> bytes:
    """A commit with one more header."""
    header, _, message = content.partition(b"\n\n")
    return header + b"\n" + name + b" " + value.strip().replace(b"\n", b"\n ") + b"\n\n" + message


def by(key: SshKey, verdict: V, reason: str | None, emails: tuple[str, ...] | None, signer: str | None) -> Signature:
    return Signature(verdict, signer, key.fingerprint, SSH, emails, reason)


# SSH.


def test_an_unsigned_commit_is_unsigned_whatever_keys_there_are(work: Work, keyring: Keyring) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    work.commit()
    assert judged(work) == (Signature(V.UNSIGNED),)


def test_a_listed_ssh_key_is_good_for_whom_its_line_names(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f'{ADA},*@example.com namespaces="git" {key.line}')
    work.branch("topic")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.GOOD, None, (ADA, "*@example.com"), ADA),)


def test_without_a_list_an_ssh_signature_is_unverifiable_and_not_unsigned(work: Work, keyring: Keyring) -> None:
    work.branch("topic")
    key = keyring.ssh("ada")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.UNVERIFIABLE, NO_LIST, None, None),)


def test_a_key_that_is_not_listed_is_untrusted(work: Work, keyring: Keyring) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    key = keyring.ssh("eve")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.UNTRUSTED, NOT_LISTED, (), None),)


def test_a_change_that_lists_its_own_key_gains_nothing(work: Work, keyring: Keyring) -> None:
    eve, mallory = keyring.ssh("eve"), keyring.bob
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    work.write(".paddock/allowed_signers", f"{EVE} {eve.line}\n")
    work.write(".paddock/keys/eve.asc", keyring.armour(mallory))
    work.git("add", "--all")
    signed(work, eve, keyring)
    signed(work, mallory, keyring)
    assert [one.verdict for one in judged(work)] == [V.UNTRUSTED, V.UNVERIFIABLE]
    # The same commits are good once the base has the keys: it is the base's list that decides.
    work.git("branch", "listed")
    signed(work, eve, keyring)
    signed(work, mallory, keyring)
    assert [one.verdict for one in judged(work, base="listed")] == [V.GOOD, V.GOOD]


def test_a_change_that_takes_its_key_off_the_list_of_revoked_ones_gains_nothing(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"{ADA} {key.line}", revoked=f"# lost in a train\n{key.line}\n")
    work.branch("topic")
    (work.path / ".paddock/revoked_signers").unlink()
    work.git("add", "--all")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.REVOKED, "the key is revoked", (ADA,), ADA),)


def test_a_revocation_list_that_ssh_keygen_made(work: Work, keyring: Keyring, tmp_path: Path) -> None:
    key, other = keyring.ssh("ada"), keyring.ssh("bob")
    run("ssh-keygen", "-q", "-k", "-f", str(tmp_path / "krl"), key.public)
    list_keys(work, f"{ADA} {key.line}", f"{BOB} {other.line}", revoked=(tmp_path / "krl").read_bytes())
    work.branch("topic")
    signed(work, key, keyring)
    signed(work, other, keyring)
    assert [one.verdict for one in judged(work)] == [V.REVOKED, V.GOOD]


def test_a_revoked_key_that_is_on_no_list_any_more_is_revoked(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("eve")
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}", revoked=f"{key.line}\n")
    work.branch("topic")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.REVOKED, "the key is revoked", (), None),)


WINDOWS = {
    "open": ('valid-after="20200101",valid-before="20990101"', "2021-06-01T00:00:00Z", V.GOOD),
    "not yet open, says the commit": ('valid-after="20200101"', "2019-06-01T00:00:00Z", V.EXPIRED),
    "over, says the commit": ('valid-before="20210101"', "2021-06-01T00:00:00Z", V.EXPIRED),
    "over, and the commit says that it is older": ('valid-before="20210101"', "2020-06-01T00:00:00Z", V.EXPIRED),
    "not yet open, and the commit says it is from then": ('valid-after="20990101"', "2099-06-01T00:00:00Z", V.EXPIRED),
}


@pytest.mark.parametrize(("options", "when", "verdict"), WINDOWS.values(), ids=WINDOWS)
def test_a_window_must_be_open_at_the_commits_time_and_now(
    work: Work, keyring: Keyring, options: str, when: str, verdict: V
) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"{ADA} {options} {key.line}")
    work.branch("topic")
    signed(work, key, keyring, when=when)
    (found,) = judged(work)
    assert (found.verdict, found.key) == (verdict, key.fingerprint)


def test_a_date_that_the_committer_made_up_is_told_as_such(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f'{ADA} valid-before="20210101" {key.line}')
    work.branch("topic")
    signed(work, key, keyring, when="2020-06-01T00:00:00Z")
    (found,) = judged(work)
    assert found.reason is not None
    assert found.reason.startswith(".paddock/allowed_signers, line 1: key has expired: verify time ")
    assert found.reason.endswith("; the commit's own date is only its committer's word")


def test_a_key_that_is_listed_for_another_namespace_is_untrusted(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f'{ADA} namespaces="file" {key.line}')
    work.branch("topic")
    signed(work, key, keyring)
    (found,) = judged(work)
    said = '.paddock/allowed_signers, line 1: key is not permitted for use in signature namespace "git"'
    assert found == by(key, V.UNTRUSTED, said, (), None)


def test_a_certificate_counts_by_its_authority_and_principal(work: Work, keyring: Keyring) -> None:
    authority, key = keyring.ssh("authority"), keyring.certificate
    list_keys(work, f"*@example.org cert-authority {authority.line}")
    work.branch("topic")
    certificate = SshKey(f"{key.private}-cert.pub")
    signed(work, certificate, keyring, env={"SSH_AUTH_SOCK": ""})
    (found,) = judged(work)
    assert found == Signature(V.GOOD, ADA, key.fingerprint, SSH, (ADA,))


def test_a_certificate_of_another_authority_is_untrusted(work: Work, keyring: Keyring) -> None:
    list_keys(work, f"*@example.org cert-authority {keyring.ssh('eve').line}")
    work.branch("topic")
    signed(work, SshKey(f"{keyring.certificate.private}-cert.pub"), keyring)
    (found,) = judged(work)
    assert (found.verdict, found.reason) == (V.UNTRUSTED, NOT_LISTED)


def test_a_plain_key_is_no_authoritys_certificate(work: Work, keyring: Keyring) -> None:
    list_keys(work, f"*@example.org cert-authority {keyring.ssh('ada').line}")
    work.branch("topic")
    signed(work, keyring.ssh("ada"), keyring)
    assert [one.verdict for one in judged(work)] == [V.UNTRUSTED]


def test_a_line_that_excepts_somebody_keeps_the_exception(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"!eve@example.org,*@example.org {key.line}")
    work.branch("topic")
    signed(work, key, keyring)
    assert judged(work) == (by(key, V.GOOD, None, ("!eve@example.org", "*@example.org"), "*@example.org"),)


def test_lines_that_are_no_keys_do_not_hide_those_that_are(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, "garbage", f'x@y nosuch="1" {key.line}', "", "# a comment", f"{ADA} {key.line}")
    work.branch("topic")
    signed(work, key, keyring)
    assert [one.verdict for one in judged(work)] == [V.GOOD]


# OpenPGP.


def test_a_listed_openpgp_key_is_good_for_its_user_ids(work: Work, keyring: Keyring) -> None:
    list_keys(work, bob=keyring.armour(keyring.bob), ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    assert judged(work) == (Signature(V.GOOD, f"Ada Lovelace <{ADA}>", keyring.ada, OPENPGP, (ADA,)),)


def test_an_openpgp_key_that_nobody_has_is_unverifiable(work: Work, keyring: Keyring) -> None:
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    assert judged(work) == (Signature(V.UNVERIFIABLE, None, keyring.ada, OPENPGP, None, NO_KEYS),)


def test_an_openpgp_key_beside_those_listed_is_unverifiable_and_known_to_be_nobodys(
    work: Work, keyring: Keyring
) -> None:
    list_keys(work, bob=keyring.armour(keyring.bob))
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    assert judged(work) == (Signature(V.UNVERIFIABLE, None, keyring.ada, OPENPGP, (), NOT_AMONG),)


def test_an_expired_openpgp_key_is_expired_whatever_the_signature_says_of_its_time(
    work: Work, keyring: Keyring, tmp_path: Path
) -> None:
    old = keyring.expired
    list_keys(work, old=keyring.armour(old))
    work.branch("topic")
    faked = tmp_path / "gpg"
    faked.write_text('#!/bin/sh\nexec gpg --faked-system-time 20200601T000000 "$@"\n')
    faked.chmod(0o755)
    work.git("config", "gpg.program", str(faked))
    signed(work, old, keyring, email="old@example.org", when="2020-06-01T00:00:00Z")
    (found,) = judged(work)
    reason = "the key has expired; when the signature says it was made is only its maker's word"
    assert found == Signature(V.EXPIRED, "Old <old@example.org>", old, OPENPGP, (), reason)


def test_a_revoked_openpgp_key(work: Work, keyring: Keyring) -> None:
    key = keyring.revoked
    list_keys(work, rita=keyring.armour(key))
    work.branch("topic")
    signed(work, key, keyring)
    (found,) = judged(work)
    assert (found.verdict, found.key, found.reason) == (V.REVOKED, key, "the key is revoked")


def test_a_user_id_is_never_a_pattern(work: Work, keyring: Keyring) -> None:
    list_keys(work, eve=keyring.armour(keyring.wild))
    work.branch("topic")
    signed(work, keyring.wild, keyring)
    (found,) = judged(work)
    assert (found.verdict, found.emails) == (V.GOOD, (EVE,))


def test_the_users_own_keys_neither_count_nor_change(
    work: Work, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not those in the key folder, nor those in the user's allowed signers."""
    key = keyring.ssh("eve")
    (tmp_path / "allowed").write_text(f"{EVE} {key.line}\n")
    work.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}", bob=keyring.armour(keyring.bob))
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    signed(work, key, keyring)
    monkeypatch.setenv("GNUPGHOME", keyring.gnupg)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in Path(keyring.gnupg).iterdir())
    assert [one.verdict for one in judged(work)] == [V.UNVERIFIABLE, V.UNTRUSTED]
    assert sorted((path.name, path.stat().st_mtime_ns) for path in Path(keyring.gnupg).iterdir()) == before


# What was tampered with.


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
@pytest.mark.parametrize("listed", [True, False])
def test_a_signature_over_another_commit_is_bad_whoever_made_it(
    work: Work, keyring: Keyring, kind: str, *, listed: bool
) -> None:
    key: SshKey | str = keyring.ssh("ada") if kind == "ssh" else keyring.ada
    if listed:
        list_keys(work, f"{ADA} {keyring.ssh('ada').line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, key, keyring, "good")
    name = write_raw(work, raw(work).replace(b"\n\ngood", b"\n\nevil"))
    (found,) = judged(work, name)
    # gpg can't tell without the key.
    unknown = kind == "openpgp" and not listed
    assert (found.verdict, found.reason) == ((V.UNVERIFIABLE, NO_KEYS) if unknown else (V.BAD, OTHER))


def test_a_tampered_commit_by_a_revoked_key_is_bad(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"{ADA} {key.line}", revoked=f"{key.line}\n")
    work.branch("topic")
    signed(work, key, keyring, "good")
    name = write_raw(work, raw(work).replace(b"\n\ngood", b"\n\nevil"))
    assert [one.verdict for one in judged(work, name)] == [V.BAD]


def _ssh_armour(keyring: Keyring, payload: bytes, namespace: str = "git") -> bytes:
    command = ("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", keyring.ssh("ada").private)
    return run(*command, stdin=payload)


def _of_namespace(work: Work, keyring: Keyring) -> bytes:
    return with_header(raw(work), b"gpgsig", _ssh_armour(keyring, raw(work), "file"))


def _twice(work: Work, keyring: Keyring) -> bytes:
    armour = _ssh_armour(keyring, raw(work))
    return with_header(with_header(raw(work), b"gpgsig", armour), b"gpgsig", armour)


def _cut(work: Work, keyring: Keyring) -> bytes:
    return with_header(raw(work), b"gpgsig", _ssh_armour(keyring, raw(work))[:120])


def _attached(work: Work, keyring: Keyring) -> bytes:
    armour = keyring.gpg("--armor", "--local-user", keyring.ada, "--sign", stdin=raw(work))
    return with_header(raw(work), b"gpgsig", armour)


def _two_in_one(work: Work, keyring: Keyring) -> bytes:
    armour = keyring.gpg(
        "--armor", "--local-user", keyring.ada, "--local-user", keyring.bob, "--detach-sign", stdin=raw(work)
    )
    return with_header(raw(work), b"gpgsig", armour)


def _garbage(work: Work, keyring: Keyring) -> bytes:  # noqa: ARG001 - one of a table
    return with_header(raw(work), b"gpgsig", b"-----BEGIN PGP SIGNATURE-----\n\n\n-----END PGP SIGNATURE-----")


def _in_message(work: Work, keyring: Keyring) -> bytes:
    return raw(work) + b"\ngpgsig " + _ssh_armour(keyring, raw(work)).replace(b"\n", b"\n ")


def _merge_tag(work: Work, keyring: Keyring) -> bytes:
    armour = _ssh_armour(keyring, raw(work))
    tag = b"object " + b"1" * 40 + b"\ntype commit\ntag v1\ngpgsig x\n\nv1\n" + armour
    return with_header(raw(work), b"mergetag", tag)


def _other_hash(work: Work, keyring: Keyring) -> bytes:
    return with_header(raw(work), b"gpgsig-sha256", _ssh_armour(keyring, raw(work)))


def _huge(work: Work, keyring: Keyring) -> bytes:  # noqa: ARG001 - one of a table
    lines = b"\n".join([b"-----BEGIN SSH SIGNATURE-----"] + [b"A" * 64] * 20_000)
    return with_header(raw(work), b"gpgsig", lines)


def _x509(work: Work, keyring: Keyring) -> bytes:  # noqa: ARG001 - one of a table
    return with_header(raw(work), b"gpgsig", b"-----BEGIN SIGNED MESSAGE-----\nMIA\n-----END SIGNED MESSAGE-----")


def _unknown(work: Work, keyring: Keyring) -> bytes:  # noqa: ARG001 - one of a table
    return with_header(raw(work), b"gpgsig", b"looks good to me")


def _empty(work: Work, keyring: Keyring) -> bytes:  # noqa: ARG001 - one of a table
    return with_header(raw(work), b"gpgsig", b"")


def _good(work: Work, keyring: Keyring) -> bytes:
    return with_header(raw(work), b"gpgsig", _ssh_armour(keyring, raw(work)))


def _with_other(work: Work, keyring: Keyring) -> bytes:
    """Signed for both kinds of object names: neither signature is over the other's header."""
    return with_header(_good(work, keyring), b"gpgsig-sha256", b"whatever")


HOSTILE: dict[str, tuple[Callable[[Work, Keyring], bytes], V, str | None]] = {
    "good": (_good, V.GOOD, None),
    "good, and signed for the other object names": (_with_other, V.GOOD, None),
    "for another namespace": (_of_namespace, V.BAD, "made for the namespace `file`, not for `git`"),
    "two headers": (_twice, V.BAD, "2 headers `gpgsig` in one commit"),
    "cut off": (_cut, V.BAD, "the SSH signature is malformed"),
    "a message of its own": (_attached, V.BAD, "gpg finds no detached signature in it"),
    "two in one": (_two_in_one, V.BAD, "2 signatures in one"),
    "no packet": (_garbage, V.BAD, "gpg finds no detached signature in it"),
    "in the message": (_in_message, V.UNSIGNED, None),
    "of a merged tag": (_merge_tag, V.UNSIGNED, None),
    "for the other object names": (
        _other_hash,
        V.UNVERIFIABLE,
        "signed for object names of another kind only; this repository's are sha1",
    ),
    "huge": (_huge, V.UNVERIFIABLE, "the signature has 1,300,030 bytes, over the limit of 1,048,576"),
    "X.509": (_x509, V.UNVERIFIABLE, "paddock checks no X.509 signatures; `--github` takes GitHub's word"),
    "of no kind": (_unknown, V.UNVERIFIABLE, "a signature of no kind that git makes"),
    "empty": (_empty, V.UNVERIFIABLE, "a signature of no kind that git makes"),
}


@pytest.mark.parametrize(("make", "verdict", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_odd_signatures(
    work: Work, keyring: Keyring, make: Callable[[Work, Keyring], bytes], verdict: V, reason: str | None
) -> None:
    list_keys(
        work,
        f"{ADA} {keyring.ssh('ada').line}",
        ada=keyring.armour(keyring.ada),
        bob=keyring.armour(keyring.bob),
    )
    work.branch("topic")
    work.commit("work")
    name = write_raw(work, make(work, keyring))
    (found,) = judged(work, name)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("when", ["0", "99999999999999", "-5", "x"])
def test_odd_dates(work: Work, keyring: Keyring, when: str) -> None:
    """What git can't read as a time is judged by now, which the key must be valid at anyhow."""
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    work.commit("work")
    content = raw(work)
    line = next(line for line in content.split(b"\n") if line.startswith(b"committer "))
    odd = content.replace(line, line.rsplit(b" ", 2)[0] + f" {when} +0000".encode())
    name = write_raw(work, with_header(odd, b"gpgsig", _ssh_armour(keyring, odd)))
    assert [one.verdict for one in judged(work, name)] == [V.GOOD]


def test_a_commit_is_taken_apart_byte_by_byte() -> None:
    content = (
        b"tree t\nparent p\nauthor A <a> 1 +0000\ncommitter C <c> 7 +0000\r\nencoding x\x0cy\n"
        b"gpgsig one\n two\n \n three\nHG:extra \xff\n more\ngpgsig-sha256 other\n tail\n\ngpgsig no\n\n"
    )
    found = take_apart(content, "sha1")
    assert found.signature == b"one\ntwo\n\nthree\n"
    assert found.payload == (
        b"tree t\nparent p\nauthor A <a> 1 +0000\ncommitter C <c> 7 +0000\r\nencoding x\x0cy\n"
        b"HG:extra \xff\n more\n\ngpgsig no\n\n"
    )
    assert (found.count, found.others) == (1, True)
    assert take_apart(content, "sha256").signature == b"other\ntail\n"
    assert take_apart(b"tree t", "sha1").payload == b"tree t"


# Places.


def test_in_a_linked_worktree_a_bare_repository_and_a_subfolder(
    work: Work, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"{ADA} {key.line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, key, keyring)
    signed(work, keyring.ada, keyring)
    head = work.git("rev-parse", "HEAD")
    work.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    (tmp_path / "linked" / "sub").mkdir()
    for place in (tmp_path / "linked" / "sub", tmp_path / "bare.git"):
        monkeypatch.chdir(place)
        found = RangeSource(open_repository(), head, base="main").signatures()
        assert [one.verdict for one in found] == [V.GOOD, V.GOOD]


def test_in_a_repository_of_sha256(tmp_path: Path, keyring: Keyring) -> None:
    run("git", "init", "-q", "--object-format=sha256", "-b", "main", str(tmp_path / "wide"))
    wide = Work.__new__(Work)
    wide.path = tmp_path / "wide"
    key = keyring.ssh("ada")
    list_keys(wide, f"{ADA} {key.line}", ada=keyring.armour(keyring.ada))
    wide.branch("topic")
    signed(wide, key, keyring)
    signed(wide, keyring.ada, keyring)
    content = raw(wide)
    assert b"\ngpgsig-sha256 " in content
    evil = write_raw(wide, content.replace(b"\n\nwork", b"\n\nevil"))
    assert [one.verdict for one in judged(wide, evil)] == [V.GOOD, V.BAD]


def test_thirty_commits_of_two_kinds_keep_their_order(work: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(work, f"{ADA} {key.line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    for number in range(10):
        signed(work, key, keyring, f"ssh {number}")
        signed(work, keyring.ada, keyring, f"openpgp {number}")
        work.commit(f"unsigned {number}")
    found = judged(work)
    assert [one.format for one in found] == [SSH, OPENPGP, None] * 10
    assert {one.verdict for one in found[0::3] + found[1::3]} == {V.GOOD}


# What can't be read.

REFUSED = {
    "revoked": ({"revoked": "ada\n"}, ".paddock/revoked_signers at {}, line 1: not a public key"),
    "a private key": (
        {"ada": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n"},
        ".paddock/keys/ada.asc at {} holds a private key",
    ),
    "no key": ({"ada": "hello\n"}, ".paddock/keys/ada.asc at {} is no armoured public key"),
    "too large": ({"revoked": "#" * (5 << 20)}, ".paddock/revoked_signers at {} is over 4 MiB"),
}


@pytest.mark.parametrize(("files", "said"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_of_keys_is_unreadable_and_passes_nobody(
    work: Work, keyring: Keyring, files: dict[str, str], said: str
) -> None:
    base = list_keys(work, f"{ADA} {keyring.ssh('ada').line}", **files)
    work.branch("topic")
    signed(work, keyring.ssh("ada"), keyring)
    with pytest.raises(FactUnreadableError) as raised:
        judged(work)
    assert str(raised.value) == said.format(base[:12])
    assert raised.value.hint is None or raised.value.hint


def test_a_key_file_that_gpg_refuses_is_named(work: Work, keyring: Keyring) -> None:
    broken = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"
    list_keys(work, ada=keyring.armour(keyring.ada), broken=broken)
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    with pytest.raises(FactUnreadableError, match=r"^gpg does not take \.paddock/keys/broken\.asc: "):
        judged(work)


def test_a_link_is_no_file_of_keys(work: Work, keyring: Keyring) -> None:
    work.write("elsewhere", f"{ADA} {keyring.ssh('ada').line}\n")
    (work.path / ".paddock").mkdir()
    os.symlink("../elsewhere", work.path / ".paddock" / "allowed_signers")
    base = work.commit("link")
    work.branch("topic")
    signed(work, keyring.ssh("ada"), keyring)
    with pytest.raises(FactUnreadableError, match=f"^.paddock/allowed_signers at {base[:12]} is a link"):
        judged(work)


def test_other_files_beside_the_keys_are_let_be(work: Work, keyring: Keyring) -> None:
    work.write(".paddock/keys/README.md", "ask Ada\n")
    work.write(".paddock/keys/old/eve.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----")
    list_keys(work, ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    assert [one.verdict for one in judged(work)] == [V.GOOD]


# Programs.


def _program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def _only_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH on which there is git and nothing that checks a signature."""
    folder.mkdir(exist_ok=True)
    git = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True, text=True).stdout.strip()
    os.symlink(git, folder / "git")
    monkeypatch.setenv("PATH", str(folder))


def test_without_the_programs_a_signature_is_unverifiable(
    work: Work, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, keyring.ssh("ada"), keyring)
    signed(work, keyring.ada, keyring)
    _only_git(tmp_path / "bin", monkeypatch)
    found = judged(work)
    assert [(one.verdict, one.emails) for one in found] == [(V.UNVERIFIABLE, None)] * 2
    assert [str(one.reason).partition(":")[0] for one in found] == [
        "there is no ssh-keygen here",
        "there is no gpg here",
    ]


def test_a_program_that_a_change_brought_is_not_run(
    work: Work, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    signed(work, keyring.ssh("eve"), keyring)
    text = f"touch {work.path}/ran; echo '{ADA}'; exit 0"
    for name in ("ssh-keygen", "gpg"):
        _program(work.path / "bin", name, text)
    work.git("config", "gpg.ssh.program", str(work.path / "bin" / "ssh-keygen"))
    monkeypatch.setenv("PATH", f"{work.path}/bin:bin:{os.environ['PATH']}")
    monkeypatch.chdir(work.path)
    assert [one.verdict for one in judged(work)] == [V.UNTRUSTED]
    assert not (work.path / "ran").exists()


OLD = {
    "ssh-keygen": ("ssh", "echo 'unknown option -- Y' >&2; echo 'usage: ssh-keygen [-q] …' >&2; exit 1"),
    "gpg": ("openpgp", "echo 'gpg: invalid option \"--no-autostart\"' >&2; exit 2"),
}


@pytest.mark.parametrize(("name", "kind", "text"), [(k, *v) for k, v in OLD.items()], ids=OLD)
def test_a_program_that_is_too_old_passes_nobody(
    work: Work, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, kind: str, text: str
) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    signed(work, keyring.ssh("ada") if kind == "ssh" else keyring.ada, keyring)
    _program(tmp_path / "bin", name, text)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert [(one.verdict, one.emails) for one in judged(work)] == [(V.UNVERIFIABLE, None)]


@pytest.mark.parametrize(("name", "kind"), [("ssh-keygen", "ssh"), ("gpg", "openpgp")])
def test_a_program_that_hangs_is_ended_with_what_it_started(
    work: Work, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str, kind: str
) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}")
    work.branch("topic")
    signed(work, keyring.ssh("ada") if kind == "ssh" else keyring.ada, keyring)
    _program(tmp_path / "bin", name, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(programs, "SECONDS", 0.5)
    with pytest.raises(FactUnreadableError, match=f"^{name} was not done within 0.5 seconds$"):
        judged(work)
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    # Gone, or waiting for its new parent to look at its end.
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_program_that_says_nothing_sensible_passes_nobody(
    work: Work, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_keys(work, f"{ADA} {keyring.ssh('ada').line}", ada=keyring.armour(keyring.ada))
    work.branch("topic")
    signed(work, keyring.ada, keyring)
    good = "[GNUPG:] GOODSIG 06D8676D91F836B1 Ada"
    _program(tmp_path / "bin", "gpg", f"echo '{good}'; exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert [one.verdict for one in judged(work)] == [V.UNVERIFIABLE]  # good, but not one valid signature
