"""Which branches a train has, in which order: by the plan, by a glob, or all that are open."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

import click

from paddock.cli.session import Session
from paddock.errors import FactMissingError, UsageError
from paddock.plan.keys import DEFAULT_TEMPLATE
from paddock.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from paddock.cli.planned import Planned
    from paddock.plan.train import Place
    from paddock.sources.heads import Head, Ref
    from paddock.stack.train import Train


class Coupled:
    """One selection; each part is made when it is first asked for.

    Args:
        plan_file: the plan named; empty for the work tree's own; None where none was asked for.
        globs: names of branches.
        everything: all open branches, whatever their names.
        base: another base than the policy's or the plan's.
        states: a file of how far todos are.
        meant: branches that are asked about themselves, and so are not left out where they were split.
    """

    def __init__(  # noqa: PLR0913 - a selection is made of these
        self,
        plan_file: str | None,
        globs: tuple[str, ...] = (),
        *,
        everything: bool = False,
        base: str | None = None,
        states: str | None = None,
        meant: Collection[str] = (),
    ) -> None:
        if (plan_file is not None) + bool(globs) + everything > 1:
            raise UsageError("--plan, --branches and --open exclude each other", hint="name one of them")
        self.session = Session()
        self.globs = globs
        self.everything = everything
        self._base = base
        self._plan_file = plan_file
        self._states = states
        self._meant = {*meant, *globs}

    @cached_property
    def known(self) -> dict[str, Head]:
        """Every branch of the repository."""
        from paddock.sources.heads import named

        return named(self.refs, self.remotes)

    @cached_property
    def refs(self) -> tuple[Ref, ...]:
        """Where all branches stand, for everything that is said of them."""
        from paddock.sources.heads import listing

        return listing(self.session.repository)

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        """The remotes, where there are branches of any."""
        from paddock.sources.heads import remotes

        return remotes(self.session.repository, self.refs)

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The commits that the base's name means."""
        from paddock.sources.history import base_candidates

        return base_candidates(self.session.repository, self._base_name, self.refs)

    @cached_property
    def base(self) -> tuple[str, str]:
        """The base's name and commit.

        Raises:
            FactMissingError: it is not here.
        """
        if not self.bases:
            from paddock.sources.history import missing_base

            raise missing_base(self.session.repository, self._base_name)
        return self._base_name, self.bases[0]

    @cached_property
    def _base_name(self) -> str:
        return self._base or (self._planned.plan.base if self._planned else self.session.policy.base)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The open branches, in order."""
        return self._placed[0]

    @cached_property
    def merged(self) -> tuple[str, ...]:
        """Those that were asked for and are merged."""
        return self._placed[1]

    def decides(self) -> object | None:
        """All that the open branches, their order and what they come to depend on; None where that can't be told.

        What commits hold is told by their names. Of the policy and of the options only what is asked of them counts.
        """
        # A cut history may grow; states are a file or standard input, read once.
        if self._states is not None or self.session.repository.shallow or not self.bases:
            return None
        plan = self._planned.plan if self._planned else None
        selection = (self.globs, self.everything, self.template, plan or self.session.policy.series)
        return self.refs, self.remotes, self._base_name, self.bases, selection

    def train(self) -> Train:
        """The train, without sizes."""
        from msgspec.structs import replace

        from paddock.stack.train import couple

        found = couple(self.session.repository, self.base, self.places, self.known, self.merged)
        return replace(found, notes=(*found.notes, *self.notes))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said of branches that were left out."""
        return tuple(
            f"{name} is left out: it was split, and holds the same as {last} (git branch -D {quoted(name)})"
            for name, last in self.split.items()
        )

    @cached_property
    def split(self) -> dict[str, str]:
        """Of the branches that were asked for those that were split, and the last part of each."""
        return self._split(self._standing[0])

    def _split(self, names: Collection[str]) -> dict[str, str]:
        """Of open branches those whose last part holds just what they hold."""
        from paddock.plan.keys import extends

        whole = [name for name in names if name not in self._meant]
        pairs = [(name, part) for name in whole for part in names if part != name and extends(part, name)]
        if not pairs:
            return {}
        commits = list(dict.fromkeys(self.known[one].sha for pair in pairs for one in pair))
        out = self.session.repository.run("rev-parse", *(f"{sha}^{{tree}}" for sha in commits)).decode().split()
        trees = dict(zip(commits, out, strict=True))
        # One that was only just begun holds the same, too, and is no part.
        return {
            name: part
            for name, part in pairs
            if self.known[name].sha != self.known[part].sha
            and trees[self.known[name].sha] == trees[self.known[part].sha]
        }

    @cached_property
    def _placed(self) -> tuple[tuple[Place, ...], tuple[str, ...]]:
        from paddock.plan import train

        if self._planned is None and self._states is not None:
            raise UsageError("--states tells of a plan's todos, and no plan is looked at", hint="add --plan")
        standing, merged = self._standing
        open_ = [name for name in standing if name not in self.split]
        if self._planned is not None:
            plan = self._planned.sound
            landed = {todo.id for todo in plan.todos if todo.branch in merged}
            if self._states is not None:
                from paddock.plan.schedule import FINISHED

                states = self._planned.read_states(self._states)
                landed |= {id_ for id_, state in states.items() if state in FINISHED}
            return train.by_plan(plan, open_, landed, self.template, self._planned.graph), merged
        return train.by_key(open_, self.template, self.session.policy.series), merged

    @cached_property
    def template(self) -> str:
        """How branches are named."""
        from paddock.gates.branch_order import BranchOrderConfig

        config = self.session.policy.gates.get("branch-order")
        return config.template if isinstance(config, BranchOrderConfig) else DEFAULT_TEMPLATE

    @cached_property
    def _planned(self) -> Planned | None:
        from paddock.plan.model import FILE

        if self._plan_file is None and (self.globs or self.everything or not self._has_plan(FILE)):
            return None
        from paddock.cli.planned import Planned

        planned = Planned(self._plan_file or None)
        planned.session = self.session
        return planned

    def _has_plan(self, path: str) -> bool:
        repository = self.session.repository
        if repository.top is None:
            return repository.blob("HEAD", path) is not None
        return os.path.lexists(os.path.join(repository.top, path))

    def _below(self, series: tuple[str, ...]) -> list[str]:
        if not series:
            raise UsageError(
                "neither a plan nor a series says which branches belong together",
                hint="add `series:` to .paddock.yaml, or name them: --branches GLOB, --open",
            )
        return [name for name in self.known if any(name.startswith(f"{one}/") for one in series)]

    def _matching(self) -> list[str]:
        names = []
        for glob in self.globs:
            form = re.compile(_translated(glob.removeprefix("refs/heads/")), re.DOTALL)
            found = [name for name in self.known if form.fullmatch(name)]
            if not found:
                raise FactMissingError(f"there is no branch `{glob}`", hint="git branch --all lists what there is")
            names += found
        return [name for name in dict.fromkeys(names) if name != self.base[0]]

    def _others(self) -> list[str]:
        return [name for name in self.known if name != self.base[0]]

    def _asked(self) -> list[str]:
        """The names that are asked for, whatever they are."""
        if self._planned is not None:
            plan = self._planned.sound
            return [*(todo.branch for todo in plan.todos if todo.branch), *self._below((plan.series,))]
        if self.globs:
            return self._matching()
        return self._others() if self.everything else self._below(self.session.policy.series)

    @cached_property
    def _standing(self) -> tuple[list[str], tuple[str, ...]]:
        """Those of the names that are open branches here, and those that are merged."""
        from paddock.sources.landed import Standing, standings

        found = standings(self.session.repository, self.base[0], dict.fromkeys(self._asked()), self.refs)
        open_ = [name for name, one in found.items() if one is not Standing.MERGED and name in self.known]
        return open_, tuple(sorted(name for name, one in found.items() if one is Standing.MERGED))


def selecting(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which branches are meant."""
    options = (
        click.option(
            "--plan",
            "plan_file",
            metavar="[FILE]",
            is_flag=False,
            flag_value="",
            help="The plan's branches.  [default: those, where there is a plan; else those of the policy's series]",
        ),
        click.option(
            "--branches", "globs", metavar="GLOB", multiple=True, help="Branches of such a name; may be repeated."
        ),
        click.option("--open", "everything", is_flag=True, help="Every branch that is not merged."),
        click.option("--base", metavar="BRANCH", help="What they are for.  [default: the plan's, or the policy's]"),
        click.option("--states", metavar="FILE", help="JSON of how far the plan's todos are, '-' for standard input."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _translated(glob: str) -> str:
    """A glob as a regular expression: `*` and `?` stay within a folder, `**` does not."""
    parts = re.split(r"(\*\*|\*|\?)", glob)
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(part) or re.escape(part) for part in parts)
