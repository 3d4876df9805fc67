"""`paddock integrate`: whether the open branches still fit together."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import click
from msgspec import structs

from paddock.cli.coupled import Coupled, selecting
from paddock.cli.judge import deliver
from paddock.errors import CouldNotCheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paddock.sources.heads import Head
    from paddock.sources.merging import Merging
    from paddock.stack.integrate import Integrating
    from paddock.stack.integration import Integration
    from paddock.stack.kept import Kept
    from paddock.stack.verify import Verified

_SAID = 1 << 16  # bytes of a failed command's output that are kept


@click.command("integrate")
@selecting
@click.option("--verify", "verifying", metavar="COMMAND", help="Run this on what the train comes to; no shell runs it.")
@click.option("--each", is_flag=True, help="Run it after every branch, not on the end alone.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take each time.",
)
@click.option("--no-pairs", is_flag=True, help="Do not merge every two branches with each other.")
@click.option("--no-cache", is_flag=True, help="Neither use merges of earlier runs nor keep these.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How to say it.",
)
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    plan_file: str | None,
    globs: tuple[str, ...],
    everything: bool,
    base: str | None,
    states: str | None,
    verifying: str | None,
    each: bool,
    time_limit: float,
    no_pairs: bool,
    no_cache: bool,
    form: str,
    output: str | None,
) -> None:
    """Merge the open branches on trial: each with the base, every two, and all of them in order.

    Git merges them in memory: nothing is checked out, no ref moves, and what is made lies in a temporary folder. In
    the train each branch is merged into the result of those before it; one that clashes is left out, with those that
    stand on it, and the rest goes on. Merges are kept in the git directory by the trees that went into them. A branch
    without a commit in common with the base is named and left out; the rest is judged, and the exit code is 3.

    With --verify a command runs in a throwaway checkout of the result; where it fails, the first branch that breaks it
    is found by halving.

    \b
    Examples:
      paddock integrate
      paddock integrate --branches 'feature/x/*' --format json
      paddock integrate --verify 'make test'
      paddock integrate --verify 'sh -c "make build && make test"' --each

    \b
    Exit codes:
      0 everything merges · 1 something clashes, or the command fails · 2 usage or policy error ·
      3 could not check
    """
    from paddock.render.stack import integration as rendering

    words = _words(verifying, each=each)
    coupled = Coupled(plan_file, globs, everything=everything, base=base, states=states)
    found, integrating = _found(coupled, pairs=not no_pairs, cache=not no_cache)
    verified, said = None, ""
    if words:
        verified, said = _verified(integrating(), words, each=each, seconds=time_limit)
    if form == "json":
        text = rendering.as_json(found, verified)
    elif form == "markdown":
        text = rendering.as_markdown(found, verified)
    else:
        text = rendering.as_text(found, verified, said)
    deliver(text, output)
    if found.unrelated:
        names = ", ".join(one.name for one in found.unrelated)
        raise CouldNotCheckError(f"no commit in common with {found.base}: {names}", hint="leave it out: --branches")
    sys.exit(0 if found.clean and (verified is None or verified.broken is None) else 1)


def _words(verifying: str | None, *, each: bool) -> list[str]:
    if verifying is None:
        if each:
            raise UsageError("--each says when a command runs", hint="name it: --verify COMMAND")
        return []
    try:
        words = shlex.split(verifying)
    except ValueError as error:
        raise UsageError(f"--verify: {str(error).lower()}", hint="for example: --verify 'make test'") from error
    if not words:
        raise UsageError("--verify names no command", hint="for example: --verify 'make test'")
    return words


def _found(coupled: Coupled, *, pairs: bool, cache: bool) -> tuple[Integration, Callable[[], Integrating]]:
    """What the branches come to, as an earlier run found it where nothing changed since, and what looks further."""
    from paddock.stack.looks import Looks

    folder = coupled.session.repository.common_dir
    looks = Looks(folder)
    decides = coupled.decides() if cache else None
    if decides is not None and (known := looks.get((decides, pairs))) is not None:
        return known, lambda: _integrating(coupled, known.branches)
    branches = [coupled.known[place.branch] for place in coupled.places]
    if not branches:
        raise UsageError("there is no open branch to merge", hint="paddock train shows what is known")
    from paddock.stack.kept import Kept

    kept = Kept(folder) if cache else None
    integrating = _integrating(coupled, branches, kept)
    unrelated = integrating.unrelated()
    if 0 < len(unrelated) < len(branches):
        integrating = _integrating(coupled, [one for one in branches if one not in unrelated], kept)
        found = structs.replace(integrating.all(pairs=pairs), unrelated=unrelated)
    else:
        found = integrating.all(pairs=pairs)
    _refuse(found)
    found = structs.replace(found, notes=coupled.notes)
    if decides is not None:
        looks.put((decides, pairs), found)
    return found, lambda: integrating


def _integrating(coupled: Coupled, branches: Sequence[Head], kept: Kept | None = None) -> Integrating:
    from paddock.stack.integrate import Integrating

    return Integrating(coupled.session.repository, coupled.base, branches, kept)


def _refuse(found: Integration) -> None:
    """What git would not merge is no conflict, and nobody should take it for one."""
    if found.refused:
        first, second, why = found.refused[0]
        more = f" (and {len(found.refused) - 1:,} more)" if len(found.refused) > 1 else ""
        raise CouldNotCheckError(f"{first} and {second} can't be merged: {why}{more}", hint="leave it out: --branches")


def _verified(integrating: Integrating, words: Sequence[str], *, each: bool, seconds: float) -> tuple[Verified, str]:
    """Run a command on the train, and what it said where it failed last."""
    import tempfile

    from paddock.stack.verify import verify

    steps, _ = integrating.commits()
    base = (integrating.base, integrating.base_sha)
    with tempfile.TemporaryFile() as log:
        run = _runner(integrating.merging, words, log.fileno(), seconds)
        found = verify(shlex.join(words), base, steps, run, each=each)
        size = os.fstat(log.fileno()).st_size
        log.seek(max(0, size - _SAID))
        said = log.read().decode("utf-8", "surrogateescape") if found.broken is not None else ""
    return found, said


def _runner(merging: Merging, words: Sequence[str], log: int, seconds: float) -> Callable[[str], int | None]:
    from paddock.sources.calling import environment
    from paddock.sources.programs import run_logged
    from paddock.sources.throwaway import throwaway

    kept = {key: value for key, value in environment().items() if not key.startswith("GIT_")}

    def run(commit: str) -> int | None:
        with throwaway(merging.own, commit) as place:
            before = os.fstat(log).st_size
            code = run_logged(words, kept, str(place.top), log, seconds=seconds)
            if code == 0:  # only what failed is shown
                os.ftruncate(log, before)
                os.lseek(log, before, os.SEEK_SET)
            return code

    return run
