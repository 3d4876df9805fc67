"""Why the next commit made here will not be signed, or not be believed, and the commands that mend it.

Nothing is signed to find out, so nobody is asked for a passphrase and no key is touched.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from paddock.diagnosis import Check, Health
from paddock.errors import CouldNotCheckError
from paddock.sources import openpgp as openpgp_signatures
from paddock.sources import ssh as ssh_signatures
from paddock.sources.keys import read_keys
from paddock.worktrees.signing import openpgp, ssh
from paddock.worktrees.signing.asking import program_setting, setting, unset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.sources.git import Repository

_PROGRAMS = {
    "openpgp": ("gpg", openpgp_signatures.INSTALL),
    "ssh": ("ssh-keygen", ssh_signatures.INSTALL),
    "x509": ("gpgsm", "install gpgsm"),
}


def checks(repository: Repository, trusted: str | None, base: str, formats: Sequence[str] = ()) -> Iterator[Check]:
    """What stands between the next commit and a good signature, each thing once.

    Args:
        repository: where the commit will be made.
        trusted: the commit whose keys are believed; None where there is none yet.
        base: how people call it.
        formats: the kinds of signatures that the policy takes; all where it says nothing.
    """
    yield _signs(repository)
    form = setting(repository, "gpg.format") or "openpgp"
    checked = _format(form, formats or tuple(_PROGRAMS))
    yield checked
    if form not in _PROGRAMS:
        return
    program = _program(repository, form)
    yield program
    if program.health is not Health.OK:
        return
    try:
        email = repository.identities()[1].email
        keys = read_keys(repository, trusted)
    except CouldNotCheckError as error:
        yield Check("keys", Health.UNKNOWN, error.message, error.hint)
        return
    try:
        if form == "ssh":
            yield from ssh.checks(repository, keys, email, base)
        elif form == "openpgp":
            yield from openpgp.checks(repository, keys, email, base)
        else:
            yield Check("key", Health.UNKNOWN, "paddock checks no X.509 signatures", "git config gpg.format ssh")
    except CouldNotCheckError as error:
        yield Check("key", Health.UNKNOWN, error.message, error.hint)


def _signs(repository: Repository) -> Check:
    if repository.line("config", "--type=bool", "--get", "commit.gpgSign") == "true":
        return Check("commits", Health.OK, "signed without being asked (commit.gpgSign)")
    message = "not signed unless you say so each time: commit.gpgSign is not set"
    return Check("commits", Health.PROBLEM, message, "git config commit.gpgSign true")


def _format(form: str, formats: Sequence[str]) -> Check:
    known = [one for one in ("ssh", "openpgp", "x509") if one in formats]
    hint = f"git config gpg.format {known[0]}"
    if form not in _PROGRAMS:
        return Check("format", Health.PROBLEM, f"gpg.format is `{form}`, not {', '.join(_PROGRAMS)}", hint)
    if form not in known:
        message = f"commits are signed by {form}, and the policy takes {' or '.join(known)}"
        return Check("format", Health.PROBLEM, message, hint)
    return Check("format", Health.OK, form)


def _program(repository: Repository, form: str) -> Check:
    usual, install = _PROGRAMS[form]
    named = program_setting(repository, form)
    path = shutil.which(os.path.expanduser(named[1] if named else usual))
    if path is None and named is not None:
        message = f"{named[0]} is `{named[1]}`, which can't be run"
        return Check("program", Health.PROBLEM, message, unset(repository, named[0]))
    if path is None:
        return Check("program", Health.PROBLEM, f"there is no {usual} on PATH", install)
    return Check("program", Health.OK, path)
