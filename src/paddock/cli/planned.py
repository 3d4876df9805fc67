"""What the commands of `paddock plan` set up: the plan, what it is held against, and how far its todos are."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

import click
import msgspec

from paddock.cli.session import Session, read_below, read_file
from paddock.errors import FactMissingError, PaddockError, UsageError
from paddock.plan.graph import build
from paddock.plan.load import SIZE_LIMIT, believed, load
from paddock.plan.model import FILE
from paddock.plan.problems import Rules, refuse_broken
from paddock.plan.schedule import State
from paddock.policy import words
from paddock.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.plan.graph import Graph
    from paddock.plan.model import Plan


def plan_here(session: Session) -> Plan | None:
    """The plan of a repository, for who can do without; None where there is none, or none that can be read."""
    planned = Planned(None, quiet=True)
    planned.session = session
    try:
        return planned.plan
    except PaddockError:
        return None


class Planned:
    """One run of a command; each part is made when it is first asked for.

    Args:
        file: the plan named on the command line; that of the work tree when None.
        policy_file: the policy named on the command line; the repository's own when None.
        trust: the commit that both are taken from, as `--trust` names it; the work tree's when None.
        quiet: do not tell where else the plan was found.
    """

    def __init__(
        self, file: str | None, policy_file: str | None = None, *, trust: str | None = None, quiet: bool = False
    ) -> None:
        self.file = file
        self.quiet = quiet
        self.session = Session(policy_file, trust=trust)

    @cached_property
    def plan(self) -> Plan:
        """The plan.

        Raises:
            UsageError: there is none.
            PolicyError: it is no plan.
        """
        if self.file is not None:
            return load(read_file(self.file, self.file, SIZE_LIMIT), self.file)
        if self.session.trust is not None:
            found = believed(self.session.plans())
            if found.plan is None:
                raise UsageError(
                    f"there is no {FILE} at {self.session.trust.ref}", hint="paddock plan init; then merge it"
                )
            return found.plan
        repository = self.session.repository
        top = repository.top
        text = repository.blob("HEAD", FILE) if top is None else read_below(top, FILE, SIZE_LIMIT)
        return load(text, FILE) if text is not None else self._elsewhere()

    def _elsewhere(self) -> Plan:
        """The plan that the gates go by, where what is checked out has none: a branch may be older than the plan."""
        from paddock.sources.change import GitChange

        try:
            found = believed(GitChange(self.session.repository, base=self.session.policy.base).plans())
        except FactMissingError:
            found = None
        if found is None or found.plan is None:
            raise UsageError(f"there is no {FILE} here", hint="paddock plan init, or name one: --file FILE")
        if not self.quiet:
            click.echo(printable(f"no {FILE} here: this is the plan of {found.where}"), err=True)
        return found.plan

    @cached_property
    def graph(self) -> Graph:
        """The plan's order."""
        return build(self.plan)

    @cached_property
    def sound(self) -> Plan:
        """The plan, of which every name means something and nothing waits for itself.

        Raises:
            PolicyError: with the first of what is wrong.
        """
        refuse_broken(self.plan, self.graph)
        return self.plan

    @cached_property
    def rules(self) -> Rules:
        """What the policy and the repository say; a plan that is named by a file may stand in neither."""
        from paddock.gates.branch_order import BranchOrderConfig
        from paddock.gates.pr_size import PrSizeConfig

        policy = self.session.policy
        size, order = policy.gates.get("pr-size"), policy.gates.get("branch-order")
        rules = Rules(
            limit=size.limit if isinstance(size, PrSizeConfig) else None,
            base=policy.base if ("base",) in policy.places else None,
            series=policy.series,
            checkout=self.checkout,
        )
        if isinstance(order, BranchOrderConfig):
            rules = msgspec.structs.replace(rules, template=order.template)
        return rules

    @cached_property
    def checkout(self) -> str | None:
        """The main checkout's folder, where there is one."""
        from paddock.sources.checkouts import checkouts

        repository = self.session.repository_or_none
        if repository is None:
            return None
        first = next(iter(checkouts(repository)), None)
        return first.path if first is not None and not first.bare else None

    def states(self, file: str | None) -> tuple[dict[str, State], tuple[str, ...]]:
        """How far each todo is, as a file says or as branches show, and what to say of that."""
        if file is not None:
            return self.read_states(file), ()
        repository = self.session.repository_or_none
        if repository is None:
            return {}, ("no repository here: how far todos are is not known (--states FILE tells)",)
        from paddock.sources.landed import Standing, standings

        known = {Standing.MERGED: State.DONE, Standing.BEGUN: State.IN_PROGRESS, Standing.EMPTY: State.OPEN}
        plan = self.sound
        names = {todo.branch for todo in plan.todo_of.values() if todo.branch is not None}
        found = standings(repository, plan.base, names)
        states = {
            id_: known[found[todo.branch]] if todo.branch in found else State.OPEN
            for id_, todo in plan.todo_of.items()
            if todo.branch is not None
        }
        notes = ["states are those of branches here: reviews are not known (--states FILE tells)"]
        if bare := [id_ for id_, todo in plan.todo_of.items() if todo.branch is None]:
            noun = "todo without a branch counts" if len(bare) == 1 else "todos without a branch count"
            notes.append(f"{len(bare):,} {noun} as open")
        return states, tuple(notes)

    def read_states(self, file: str) -> dict[str, State]:
        """States from a JSON object of todos: `{"TODO": "done"}`.

        Raises:
            UsageError: it is none, or names what the plan has not.
        """
        text = sys.stdin.buffer.read(SIZE_LIMIT + 1) if file == "-" else read_file(file, file, SIZE_LIMIT)
        shown = "standard input" if file == "-" else file
        try:
            states: Mapping[str, State] = msgspec.json.decode(text, type=dict[str, State])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            allowed = ", ".join(State)
            hint = f'for example {{"TODO": "done"}}; states are {allowed}'
            raise UsageError(f"{shown}: {error}", hint=hint) from error
        for name in states:
            if name not in self.plan.todo_of:
                raise UsageError(f"{shown}: the plan has no todo {name!r}", hint=words.near(name, self.plan.todo_of))
        return dict(states)
