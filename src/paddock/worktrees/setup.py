"""Every agent's worktree, made from the base and told whose it is. Can be run again: what is there is mended.

Git makes a worktree in several steps and leaves it locked as "initializing" when it is killed in between; such a one
never was anybody's, and is made anew. Whatever else stands at a worktree's place is left alone and told.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import GitError, PaddockError, UsageError
from paddock.plan.owners import Owners
from paddock.quoting import quoted
from paddock.sources.checkouts import branch_of, entries
from paddock.sources.git import open_repository
from paddock.worktrees import held, hooks
from paddock.worktrees.furnish import furnish
from paddock.worktrees.removal import finish_removal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.policy.worktrees import Worktrees
    from paddock.sources.git import Repository

_OPENPGP = re.compile(r"[0-9A-Fa-f]{8,40}!?")
_HALF_MADE = "initializing"  # what git locks a worktree with while it makes it


class Wanted(Struct, frozen=True):
    """One agent's worktree as it should be.

    `path` is absolute; without a branch its HEAD stands on the base. `foreign` are branches that are not the agent's:
    those of others, and the base; `owners` tell of any other.
    """

    agent: str
    path: str
    branch: str | None = None
    name: str | None = None
    email: str | None = None
    signing_key: str | None = None
    foreign: tuple[str, ...] = ()
    owners: Owners | None = None


class Done(Struct, frozen=True):
    """What was done for one agent, or would be; `problem` and `hint` say why nothing could be."""

    agent: str
    path: str
    steps: tuple[str, ...] = ()
    problem: str | None = None
    hint: str | None = None


class _Registered(Struct, frozen=True):
    """A worktree that git knows of; `there` says whether its folder is one."""

    path: str
    branch: str | None
    there: bool
    half_made: bool


def set_up(
    repository: Repository,
    wanted: Iterable[Wanted],
    base: str,
    section: Worktrees | None = None,
    *,
    dry_run: bool = False,
) -> Iterator[Done]:
    """Make or mend every worktree, each by itself: what can't be is told, and the others are made.

    Args:
        repository: any worktree of the repository.
        wanted: the worktrees.
        base: the commit that new branches start from.
        section: the policy's word on what each is given; nothing when None.
        dry_run: only say what would be done.
    """
    run = _Run(repository, base, section, dry_run=dry_run)
    if not dry_run:
        _own_configuration(repository)
    for one in wanted:
        steps: list[str] = []
        try:
            for step in run.steps(one):
                steps.append(step)  # noqa: PERF402 - what was done before an error is told as well
            yield Done(one.agent, one.path, tuple(steps))
        except PaddockError as error:
            yield Done(one.agent, one.path, tuple(steps), problem=str(error), hint=error.hint)


class _Run:
    """One set-up; each step is told, and done unless it is only asked what would be."""

    def __init__(self, repository: Repository, base: str, section: Worktrees | None, *, dry_run: bool) -> None:
        self.repository = repository
        self.base = base
        self.section = section
        self.dry_run = dry_run

    def do(self, *args: str) -> None:
        if not self.dry_run:
            self.repository.run("worktree", *args)

    def steps(self, one: Wanted) -> Iterator[str]:
        known = list(_registered(self.repository))
        entry = next((entry for entry in known if os.path.realpath(entry.path) == os.path.realpath(one.path)), None)
        if entry is not None and entry.half_made and entry.there:
            yield "half made, so taken away"
            self.do("remove", "--force", "--force", "--", entry.path)
            known.remove(entry)
            entry = None
        if entry is None or not entry.there:
            # A missing one that somebody locked stays theirs; git asks for a second word then.
            force = () if entry is None else ("--force",) * (2 if entry.half_made else 1)
            yield from self.made(one, known, force)
            if self.dry_run:
                return
        yield from self.told(one)
        if self.section is not None:
            yield from furnish(self.repository, one.path, one.agent, self.section, dry_run=self.dry_run)

    def made(self, one: Wanted, known: list[_Registered], force: tuple[str, ...]) -> Iterator[str]:
        """Make a worktree where there is none, or where its folder is gone."""
        if not self.dry_run:
            finish_removal(self.repository, one.path)
        if os.path.lexists(one.path) and (not os.path.isdir(one.path) or os.listdir(one.path)):
            raise UsageError(f"{one.path} is there, and is no worktree of this repository", hint="move it away")
        elsewhere = next((entry.path for entry in known if one.branch and entry.branch == one.branch), None)
        if elsewhere is not None and os.path.realpath(elsewhere) != os.path.realpath(one.path):
            hint = f"git -C {quoted(elsewhere)} switch OTHER"
            raise UsageError(f"the branch {one.branch} is checked out at {elsewhere}", hint=hint)
        exists = one.branch is not None and self.repository.resolve(f"refs/heads/{one.branch}") is not None
        words = f"on {one.branch}" if exists else f"on the new branch {one.branch}" if one.branch else "on the base"
        yield f"made {'again ' if force else ''}{words}"
        options = ("add", "--quiet", *force)
        if one.branch is None:
            self.do(*options, "--detach", "--", one.path, self.base)
        elif exists:
            self.do(*options, "--", one.path, one.branch)
        else:
            self.do(*options, "--no-track", "-b", one.branch, "--", one.path, self.base)

    def told(self, one: Wanted) -> Iterator[str]:
        """Note down in a worktree's own settings whose it is and who commits there."""
        place = open_repository(one.path)
        settings = {"paddock.agent": one.agent, "user.name": one.name, "user.email": one.email}
        if one.signing_key is not None:
            form = "openpgp" if _OPENPGP.fullmatch(one.signing_key) else "ssh"
            settings |= {"gpg.format": form, "user.signingKey": one.signing_key, "commit.gpgSign": "true"}
        wrong = {
            key: value
            for key, value in settings.items()
            if value is not None and place.line("config", "--worktree", "--get", key) != value
        }
        if wrong:
            yield f"{', '.join(wrong)} set"
            if not self.dry_run:
                for key, value in wrong.items():
                    place.run("config", "--worktree", "--replace-all", key, value)
        id_ = os.path.basename(place.git_dir)
        if not held.is_held(self.repository.common_dir, id_):
            if not wrong:
                yield "put on the list of agents' worktrees"
            if not self.dry_run:
                held.hold(self.repository.common_dir, id_, one.agent)
        branch = place.branch()
        if branch is not None and branch != one.branch and not self.is_own(branch, one):
            yield f"note: {branch} is checked out, which is not {one.agent}'s{self.way_back(branch, one)}"

    def is_own(self, branch: str, one: Wanted) -> bool:
        """Whether a branch may be checked out in a worktree; nothing speaks against one that no plan knows of."""
        agent = one.owners.plan.agent_of.get(one.agent) if one.owners is not None else None
        return branch not in one.foreign and (one.owners is None or agent is None or one.owners.may(agent, branch))

    def way_back(self, branch: str, one: Wanted) -> str:
        """The command that puts a worktree on the branch that it should stand on."""
        if one.branch is None:
            return ""
        own, there = quoted(one.branch), f"git -C {quoted(one.path)} switch"
        if self.repository.resolve(f"refs/heads/{one.branch}") is not None:
            return f": {there} {own}"
        if branch in one.foreign or one.owners is None or one.owners.branch(branch) is not None:
            return f": {there} -c {own} {self.base[:12]}"
        return f": git branch -m {quoted(branch)} {own}"


def _registered(repository: Repository) -> Iterator[_Registered]:
    for entry in entries(repository):
        path = entry["worktree"]
        there = os.path.lexists(f"{path}/.git")
        yield _Registered(path, branch_of(entry), there, entry.get("locked") == _HALF_MADE)


def _own_configuration(repository: Repository) -> None:
    """Let worktrees have settings of their own. What git then reads for all must not be what is true of one.

    Source: git-worktree(1), "CONFIGURATION FILE".
    """
    if repository.line("config", "--type=bool", "--get", "extensions.worktreeConfig") == "true":
        return
    common, main = f"{repository.common_dir}/config", f"{repository.common_dir}/config.worktree"
    for key in ("core.bare", "core.worktree"):
        value = repository.line("config", "--file", common, "--get", key)
        if value is not None and (key, value) != ("core.bare", "false"):
            repository.run("config", "--file", main, key, value)
            repository.run("config", "--file", common, "--unset-all", key)
    repository.run("config", "--file", common, "extensions.worktreeConfig", "true")


def set_up_hooks(repository: Repository, *, dry_run: bool = False) -> tuple[str, ...]:
    """Put native hooks in place where nothing else runs at their stage; what was done, in words."""
    if any(hook.state is hooks.State.FOREIGN for hook in hooks.hooks(repository)):
        return ("hooks: others stand here; `paddock doctor` tells whether they call paddock",)
    try:
        steps = hooks.install(repository, dry_run=dry_run)
    except (UsageError, GitError) as error:
        return (f"hooks: not installed: {error}",)
    return tuple(f"{step.hook}: {step.words}" for step in steps if step.hook and step.changes)
