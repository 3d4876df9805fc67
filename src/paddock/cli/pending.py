"""The state of `paddock/order`: whether some branches may merge now, as JSON that a workflow or a bot can publish."""

from __future__ import annotations

from typing import Any

import click

from paddock import wire
from paddock.cli.coupled import Coupled
from paddock.cli.session import head_or_complain
from paddock.errors import FactMissingError, UsageError
from paddock.plan.train import description, group
from paddock.render.lines import line

CONTEXT = "paddock/order"
_LONGEST = 140  # characters of a commit status's description; GitHub refuses more


def tell(names: tuple[str, ...], head: str | None) -> int:
    """Print the state of some branches, or of those in a commit's history; the exit code.

    Raises:
        UsageError: neither is named, or both are.
        FactMissingError: there is no such branch.
    """
    if bool(names) == (head is not None):
        raise UsageError("--state is of branches, or of a commit", hint="paddock order --state BRANCH, or --head REV")
    if head is not None:
        coupled = Coupled(None)
        sha = head_or_complain(coupled.session.repository, head)
        coupled = Coupled(None, meant=_behind(coupled, sha))
        own = _inside(coupled, sha)
    else:
        own = tuple(dict.fromkeys(one.removeprefix("refs/heads/") for one in names))
        coupled = Coupled(None, meant=own)
        for one in own:
            if one not in coupled.known:
                raise FactMissingError(f"there is no branch `{one}`", hint="git branch --all lists what there is")
        sha = coupled.known[own[-1]].sha
    placed = {place.branch for place in coupled.places}
    waits = group(coupled.places, own)
    value: dict[str, Any] = {
        "version": 1,
        "context": CONTEXT,
        "state": "pending" if waits else "success",
        "description": line(description(own, placed, waits))[:_LONGEST],
        "sha": sha,
        "branches": list(own),
        "waits": list(waits),
    }
    click.echo(wire.encode(value, indent=2).decode())
    return 1 if waits else 0


def _behind(coupled: Coupled, sha: str) -> tuple[str, ...]:
    """All branches that a commit has in its history."""
    from paddock.sources.calling import lines_of

    form = ("--format=%(objectname)", f"--merged={sha}", "refs/heads/", "refs/remotes/")
    inside = set(lines_of(coupled.session.repository.run("for-each-ref", *form)))
    return tuple(name for name, one in coupled.known.items() if one.sha in inside)


def _inside(coupled: Coupled, sha: str) -> tuple[str, ...]:
    """The branches of the train that a commit has in its history, in order."""
    from paddock.sources.ancestry import Ancestry
    from paddock.sources.heads import history

    heads = [coupled.known[place.branch] for place in coupled.places]
    tips = [*(one.sha for one in heads), sha]
    ancestry = Ancestry(history(coupled.session.repository, tips), tips)
    return tuple(one.name for at, one in enumerate(heads) if ancestry.contains(len(heads), at))
