"""`paddock hook --native --stage reference-transaction`: whether an agent may move these refs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from paddock.cli.owned import owners
from paddock.policy.model import FILE
from paddock.render.plain import printable

if TYPE_CHECKING:
    from paddock.cli.session import Session


def judge_refs(session: Session, data: bytes) -> None:
    """Leave with 1 where a ref is not the agent's, and say whose it is."""
    from paddock.worktrees.refs import agents_here, denials, updates

    some = updates(data)
    known = owners(session.repository, _base(session))
    if known is None:
        return
    denied: set[str] = set()
    for agent in agents_here(session.repository, known):
        for one in denials(session.repository, known, agent, some):
            if one.ref not in denied:
                denied.add(one.ref)
                _say(f"{one.message}, and {agent.id} may not move it", one.hint)
    sys.exit(1 if denied else 0)


def _say(message: str, hint: str) -> None:
    click.echo(f"paddock: {printable(message)}\n  {printable(hint)}", err=True)


def _base(session: Session) -> str:
    """The base by the main checkout's policy: the worktree's own is the agent's to edit."""
    from paddock.cli.session import read_below
    from paddock.gates import CONFIGS
    from paddock.policy.load import load
    from paddock.sources.place import shared

    common = shared(session.repository)
    if os.path.basename(common) != ".git":
        return _base_of_bare(session)
    top = os.path.dirname(common)
    return load(read_below(top, FILE), FILE, lambda path: read_below(top, path), CONFIGS).base


def _base_of_bare(session: Session) -> str:
    """The base by the policy of the bare repository's own HEAD; what it has none of, the name of that branch."""
    from paddock.gates import CONFIGS
    from paddock.policy.load import load
    from paddock.sources.trust import Tree

    repository = session.repository
    sha = repository.resolve("main-worktree/HEAD")
    if sha is None:
        return session.policy.base
    tree = Tree(repository, sha)
    return load(tree.read(FILE), FILE, tree.read, CONFIGS).base
