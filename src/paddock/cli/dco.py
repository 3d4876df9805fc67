"""`paddock dco`: sign off the commit that is being made."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import policy_option, replace_file
from paddock.cli.session import Session
from paddock.errors import PaddockError, PolicyError, UsageError
from paddock.gates.dco import DcoConfig, is_agent
from paddock.render.plain import printable
from paddock.trailers import Identity, sign_offs

if TYPE_CHECKING:
    from paddock.policy.model import Policy
    from paddock.sources.git import Repository


# The line below which git shows the diff, in any comment character.
_SCISSORS = re.compile(rb"^\S -{24} >8 -{24}\r?$", re.MULTILINE)


class RefusalError(PaddockError):
    """The policy does not let this person, or anyone, do it: exit 1."""

    exit_code = 1


@click.group("dco")
def command() -> None:
    """Sign-offs, for the Developer Certificate of Origin."""


@command.command("sign")
@click.argument("message_file")
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@policy_option
def sign(*, message_file: str, dry_run: bool, policy_file: str | None) -> None:
    """Add the committer's missing Signed-off-by to a commit message.

    Made for the commit-msg hook. A message that is empty or already signed off by the committer is left alone; to any
    other it adds the line if the policy has `gates: dco: add-sign-off: true`, and refuses if not.

    \b
    Examples:
      paddock dco sign .git/COMMIT_EDITMSG
      paddock dco sign --dry-run "$1"

    Exit codes: 0 signed off, 1 it is not and the policy does not allow it, 2 usage or policy error, 3 git failed.
    """
    session = Session(policy_file)
    _, committer = session.repository.identities()
    identity = Identity(committer.name, committer.email)
    # The file behind a link is replaced, not the link.
    path = os.path.realpath(message_file) if os.path.islink(message_file) else message_file
    message = _read(path, shown=message_file)
    signed = signed_off(session.repository, message, identity)
    if signed == message:
        return
    config = _config(session.policy)
    if config.agents == "must-not-sign" and is_agent(identity, config):
        raise RefusalError(
            f"{identity} is an agent's identity, and `gates.dco.agents` is must-not-sign",
            hint="name the agent by `Assisted-by: AGENT:MODEL`, and let a person sign off",
        )
    if not dry_run:
        replace_file(path, signed)
    click.echo(printable(f"{'would add' if dry_run else 'added'}: Signed-off-by: {identity}"))


def signed_off(repository: Repository, message: bytes, identity: Identity) -> bytes:
    """The message with this person's sign-off; as it was where that is there, or where git will refuse the message."""
    # Git says `GIT_EDITOR=:` to a hook when no editor was opened; then lines that begin with # are the author's own.
    edited = os.environ.get("GIT_EDITOR") != ":"
    shown = _SCISSORS.split(message, maxsplit=1)[0] if edited else message
    kept = repository.run("stripspace", *(("--strip-comments",) if edited else ()), stdin=shown)
    there = {one.folded for one in sign_offs(kept.decode("utf-8", "surrogateescape"))}
    if not kept or identity.folded in there:
        return message
    # Git writes the trailers anew, with its own line ends, and would leave a message with both kinds.
    crlf = 0 < message.count(b"\n") == message.count(b"\r\n")
    text = message.replace(b"\r\n", b"\n") if crlf else message
    signed = repository.run(
        "interpret-trailers",
        "--no-divider",
        "--where=end",
        "--if-exists=addIfDifferent",
        "--if-missing=add",
        f"--trailer=Signed-off-by: {identity}",
        # Git would put the trailer right below a subject that no line break ends.
        stdin=text if text.endswith(b"\n") else text + b"\n",
    )
    return signed.replace(b"\n", b"\r\n") if crlf else signed


def _config(policy: Policy) -> DcoConfig:
    config = policy.gates.get("dco")
    if not isinstance(config, DcoConfig):
        raise PolicyError("the gate `dco` is not configured", where=policy.source, hint="add to `gates:`:  dco: {}")
    if not config.add_sign_off:
        raise RefusalError(
            "the policy does not let paddock sign off",
            where=policy.source,
            hint="allow it by `gates: dco: add-sign-off: true`, or sign off yourself: git commit --signoff",
        )
    return config


def _read(path: str, shown: str) -> bytes:
    from paddock.sources.message import message_bytes

    message = message_bytes(path, shown)
    if b"\0" in message:
        raise UsageError(f"{shown}: a NUL character in the message, which git does not take")
    return message
