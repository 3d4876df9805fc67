"""`paddock signing`: why a commit made here will not be signed, or not be believed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.judge import deliver, format_option, trust_option
from paddock.cli.session import Session, usual_trust, wants_colour
from paddock.findings import Severity
from paddock.gates.signing import SigningConfig

if TYPE_CHECKING:
    from paddock.policy.model import Policy


def formats(policy: Policy) -> tuple[str, ...]:
    """The kinds of signatures that a policy takes; none where it has no gate that asks for any."""
    config = policy.gates.get("signing")
    return config.formats if isinstance(config, SigningConfig) and config.severity is not Severity.OFF else ()


@click.group("signing")
def command() -> None:
    """Signatures of commits."""


@command.command("doctor")
@trust_option
@format_option
def doctor(*, trust: str | None, form: str, output: str | None) -> None:
    """Tell why your next commit will not be signed, or not be believed, and the commands that mend it.

    It looks at git's settings, the program, the key, and the lists of keys on the base. Nothing is changed or signed.

    \b
    Examples:
      paddock signing doctor
      paddock signing doctor --trust origin/main --format json

    Exit codes: 0 all is well, 1 something is not, 3 something could not be looked at.
    """
    from paddock.diagnosis import Check, Health, exit_code
    from paddock.errors import CouldNotCheckError
    from paddock.render.diagnosis import as_json, as_text
    from paddock.sources.change import GitChange
    from paddock.worktrees.signing import checks

    session = Session(trust=usual_trust(trust))
    try:
        base = session.policy.base
        named = session.trust.ref if session.trust else base
        change = GitChange(session.repository, base=base, trust=session.trust.sha if session.trust else None)
        found = tuple(checks(session.repository, change.trusted, named, formats(session.policy)))
    except CouldNotCheckError as error:
        found = (Check("base", Health.UNKNOWN, error.message, error.hint),)
    colour = output is None and wants_colour()
    deliver(as_json(found) if form == "json" else as_text(found, colour=colour), output)
    sys.exit(exit_code(found))
