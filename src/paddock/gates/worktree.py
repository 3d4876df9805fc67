"""Each agent commits in its own worktree, on its own branches, as itself, and only what it owns.

## What it does

Holds a commit to the plan (`.paddock/plan.yaml`): which worktree, which branches, which paths and which identity are
whose. Of an agent's commit it asks that

- it is made in the agent's worktree, never in the main checkout or another's;
- the branch is one of the agent's: that of one of its todos, a part of it (`01a1-…` or `01a-split1-…` of `01a-…`), one
  in its folder `SERIES/AGENT/`, or the resolution `resolve/A--B` of a conflict that one of its branches has;
- every path lies in what the agent owns or in `shared`, and in nothing that another owns;
- author and committer are the agent;
- no symbolic link leads out of the worktree, no repository is nested in it, and no `GIT_DIR`, `GIT_WORK_TREE` or
  `GIT_INDEX_FILE` leads git elsewhere.

Before a commit and at a push the worktree tells whose work it is: by its folder in the plan, and not by
`paddock.agent`, which an agent could rewrite; where the two disagree, that is a finding. In CI, whose a commit is is
told by who made it. A commit of another agent may stand on a branch whose todo waits for one of that agent's; each is
held to the paths of the agent who made it. Of a merge only what it changes by itself is judged.

The plan is that of the base as the remote has it (`--trust` in CI); where that has none, a hook takes the main
checkout's file. Never the worktree's own copy. The policy is, in a hook, the worktree's: what it says of this gate
counts there, and CI takes the base's. Without a plan nothing is anybody's, and the gate passes. Where the newest plan
can't be read, the last one that could be is used, and that is said.

People are free: what no agent of the plan makes is not judged. With `people: held` they don't commit on agents'
branches.

## Why

Agents edit the main checkout by absolute path, commit on each other's branches after a `git switch`, and tidy up files
that another one is rewriting. Each costs a conflict that nobody expected. Told at the commit it costs a minute.

It is a fence against accidents: `--no-verify` skips it, and CI judges again.

## Example

    failed   worktree        agent-3 on feature/x/02a-core: 2 findings
      error    pkg/api/types.go: agent-4 owns it
      error    notes.txt: nobody owns it, and it is not shared

## How to fix

Take out what is another's (`git restore --staged PATH`) and tell them in the status log. A path that all may change
belongs under `shared` in the plan, one that has no owner to somebody's `owns`; the plan counts once it is on the base.
`git switch` to a branch of your own; `paddock worktree setup` puts identities right.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import SUBMODULE, SYMLINK, Checkout, Person, Source, Stage, Touched, Work
from paddock.plan.model import FILE, Agent, Plan
from paddock.plan.owners import Owners
from paddock.policy.config import GateConfig
from paddock.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLD = 20  # paths of one commit that get a line of their own


class WorktreeConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """How far `worktree` goes."""

    unowned: Annotated[
        Literal["forbid", "warn", "allow"],
        Meta(description="What an agent's change of a path is that nobody owns and that is not shared."),
    ] = "forbid"
    people: Annotated[
        Literal["free", "held"], Meta(description="Whether people, too, stay off the branches of agents.")
    ] = "free"
    submodules: Annotated[
        Literal["forbid", "allow"], Meta(description="Whether an agent may add a submodule, or move one.")
    ] = "forbid"


class WorktreeFacts(Struct, frozen=True):
    """What the gate judges. Without a plan the rest is not asked for.

    `branch` is None on a detached HEAD; `settled` says that the commits are on the base or in a merge queue, where
    they were judged before they came there.
    """

    where: str
    plan: Plan | None = None
    broken: str | None = None
    checkout: Checkout | None = None
    branch: str | None = None
    settled: bool = False
    works: tuple[Work, ...] = ()


def read(source: Source, config: WorktreeConfig) -> WorktreeFacts:  # noqa: ARG001 - every gate's form
    """The plan, and where there is one, who did what where."""
    from paddock.plan.load import believed

    plan, where, broken = believed(source.plans())
    if plan is None:
        return WorktreeFacts(where)
    checkout = source.checkout(tuple(Owners(plan).folders))
    making = checkout is not None and bool(checkout.people)
    branch = checkout.branch if checkout is not None and making else source.branch()
    settled = source.queued() or (not making and branch in (source.base(), plan.base))
    return WorktreeFacts(where, plan, broken, checkout, branch, settled, source.works())


def check(facts: WorktreeFacts, config: WorktreeConfig) -> Judgement:
    """Hold everything to the plan."""
    if facts.plan is None:
        return Judgement(reason=f"no plan ({facts.where}), so nothing is anybody's")
    case = _Case(facts, facts.plan, config)
    findings = tuple(case.findings())
    if facts.broken is not None:
        told = f"{facts.broken}; judged by that of {facts.where}"
        findings = (Finding(message=told, severity=Level.WARNING, hint="paddock plan check"), *findings)
    count = sum(one.severity is Level.ERROR for one in findings)
    paths = f"{case.held} path{'s' if case.held != 1 else ''} of its own"
    ending = f": {count} finding{'s' if count != 1 else ''}" if count else f": {paths}"
    on = f" on {facts.branch}" if facts.branch is not None else ""
    agents = tuple(case.seen)
    who = f"{', '.join(agents)}{on}{ending}" if agents else f"no agent's work{on}{ending if count else ''}"
    return Judgement(reason=who, findings=findings, facts={"agents": list(agents), "plan": facts.where})


class _Case:
    """One change held to one plan."""

    def __init__(self, facts: WorktreeFacts, plan: Plan, config: WorktreeConfig) -> None:
        self.facts = facts
        self.config = config
        self.owners = Owners(plan)
        self.seen: dict[str, None] = {}  # the agents whose work it is
        self.held = 0

    def findings(self) -> Iterator[Finding]:
        checkout = self.facts.checkout
        here = None
        if checkout is not None:
            here = self.here(checkout)
            if here is None:
                yield from self.elsewhere(checkout)
            else:
                self.seen[here.id] = None
                yield from self.at_home(checkout, here)
        for work in self.facts.works:
            making = work.sha is None
            agent = self.making(work, here) if making else self.maker(work)
            if agent is None:
                yield from self.person(work)
                continue
            self.seen[agent.id] = None
            if not making:
                yield from self.belongs(work, agent)
            yield from self.paths(work, agent)

    def here(self, checkout: Checkout) -> Agent | None:
        """Whose worktree it is; its own word counts only for an agent to whom the plan gives no folder."""
        if checkout.folder is not None:
            return self.owners.folders[checkout.folder]
        said = self.owners.plan.agent_of.get(checkout.says or "")
        return said if said is not None and said.worktree is None and not checkout.main else None

    def maker(self, work: Work) -> Agent | None:
        return self.owners.person(work.author) or self.owners.person(work.committer)

    def making(self, work: Work, here: Agent | None) -> Agent | None:
        """Whose a commit in the making is: that of the worktree, or of whom its branch may carry, as a pick does.

        In a checkout that is no agent's, who commits: a person may pick or apply what an agent wrote.
        """
        if here is None:
            return self.owners.person(work.committer)
        author = self.owners.person(work.author)
        return author if author is not None and self.carried(author) else here

    def carried(self, agent: Agent) -> bool:
        branch = self.facts.branch
        return branch is not None and self.owners.carries(branch, agent)

    def at_home(self, checkout: Checkout, agent: Agent) -> Iterator[Finding]:
        """A commit or push from an agent's own worktree."""
        if checkout.says not in (None, agent.id):
            yield Finding(
                message=f"this worktree says that it is {checkout.says}'s, and the plan that it is {agent.id}'s",
                hint=f"git config --worktree paddock.agent {agent.id}",
            )
        if checkout.environment not in (None, agent.id):
            yield Finding(
                message=f"{checkout.environment} works in the worktree of {agent.id}",
                hint=self.go_home(checkout.environment or ""),
            )
        for stray, hint in checkout.strays:
            yield Finding(message=stray, hint=hint)
        yield from self.identity(checkout.people, agent)
        branch = self.facts.branch
        if branch is not None and not self.owners.may(agent, branch):
            yield Finding(
                message=f"the branch {branch} is {self.owners.whose(branch)}, and this worktree is {agent.id}'s",
                hint=_switch(self.owners.example(agent)),
            )

    def identity(self, people: tuple[Person, ...], agent: Agent) -> Iterator[Finding]:
        wanted = agent.identity
        if wanted is None:
            return
        for role, person in zip(("author", "committer"), people, strict=False):
            known = self.owners.person(person) if role == "author" else None
            if known not in (None, agent) and self.carried(known):
                continue
            if (person.name, person.email.casefold()) != (wanted.name, wanted.email.casefold()):
                yield Finding(
                    message=f"the {role} is {person.name} <{person.email}>, and this worktree is {agent.id}'s, "
                    f"{wanted.name} <{wanted.email}>",
                    hint=f"paddock worktree setup --agent {agent.id}\nand leave out --author, -c user.… and GIT_"
                    f"{role.upper()}_…",
                )

    def elsewhere(self, checkout: Checkout) -> Iterator[Finding]:
        """A commit or push from a checkout that no agent has by the plan."""
        place = "the main checkout" if checkout.main else checkout.top
        if checkout.says is not None:
            known = self.owners.plan.agent_of.get(checkout.says)
            truth = "is no agent's" if checkout.main else f"the plan of {self.facts.where} has no such agent"
            if known is not None and not checkout.main:
                truth = f"the plan of {self.facts.where} gives it {self.owners.plan.worktree(known)}"
            yield Finding(
                message=f"{place} says that it is {checkout.says}'s, and {truth}",
                hint="git config --unset paddock.agent"
                if checkout.main
                else f"work in {self.owners.plan.worktree(known)}, or let a person run: git worktree move"
                if known is not None
                else f"let a person put it in {FILE} and merge that first",
            )
        # A person may pick or apply what an agent wrote; only who commits is at work here.
        committers = checkout.people[1:]
        acting = {agent.id for person in committers if (agent := self.owners.person(person)) is not None}
        if checkout.environment is not None:
            acting.add(checkout.environment)
        for id_ in sorted(acting):
            message = "the main checkout takes no agent's commit" if checkout.main else f"{place} is not {id_}'s"
            yield Finding(message=f"{message}, and this is {id_}'s", hint=self.go_home(id_))

    def go_home(self, agent: str) -> str:
        known = self.owners.plan.agent_of.get(agent)
        path = self.owners.plan.worktree(known) if known is not None else None
        place = f"{path}, from the main checkout" if path is not None else "its own worktree"
        return f"work in {place}; paddock worktree list shows all"

    def person(self, work: Work) -> Iterator[Finding]:
        """A commit that no agent made."""
        branch = self.facts.branch
        owner = self.owners.branch(branch) if branch is not None and self.config.people == "held" else None
        if owner is not None and not self.facts.settled:
            yield Finding(
                message=f"the branch {branch} is {owner.id}'s, and this commit is no agent's",
                hint="leave a review, or commit on a branch of your own",
                commit=work.sha,
            )

    def belongs(self, work: Work, agent: Agent) -> Iterator[Finding]:
        """Whether an agent's commit may stand on this branch."""
        branch = self.facts.branch
        if self.facts.settled or branch is None:
            return
        owner = self.owners.branch(branch)
        if owner != agent and not self.owners.carries(branch, agent):
            yield Finding(
                message=f"a commit of {agent.id}, and the branch {branch} is {self.owners.whose(branch)}",
                hint=f"{agent.id}'s work leaves on its own: {self.owners.example(agent)}\n"
                f"or let a todo of this branch say in {FILE} that it `needs` one of {agent.id}'s",
                commit=work.sha,
            )
        committer = self.owners.person(work.committer)
        if committer is not None and committer not in (agent, owner):
            yield Finding(
                message=f"a commit of {agent.id}, committed by {committer.id} on a branch that is not its own",
                hint=f"let {agent.id} commit it",
                commit=work.sha,
            )

    def paths(self, work: Work, agent: Agent) -> Iterator[Finding]:
        """Whose the paths of a commit are, and where its links lead."""
        told = 0
        for touched in work.touched:
            some = tuple(self.path(touched, agent, work.sha))
            told += bool(some)
            self.held += not some
            if told <= TOLD:
                yield from (
                    Finding(message=message, severity=level, hint=hint, path=touched.path, commit=work.sha)
                    for message, level, hint in some
                )
        if told > TOLD:
            yield Finding(message=f"{told - TOLD:,} more paths that are not {agent.id}'s", commit=work.sha)

    def path(self, touched: Touched, agent: Agent, commit: str | None) -> Iterator[tuple[str, Level, str | None]]:
        restore = f"git restore --staged -- {quoted(touched.path)}"
        if commit is not None:
            restore = f"take it out of the commit: git rebase --interactive {commit[:12]}~1"
        owners = self.owners
        if not owners.is_shared(touched.path):
            others = [other.id for other in owners.others(agent, touched.path)]
            if others:
                yield f"{' and '.join(others)} owns it, not {agent.id}", Level.ERROR, restore
            elif not owners.owns(agent, touched.path) and self.config.unowned != "allow":
                level = Level.ERROR if self.config.unowned == "forbid" else Level.WARNING
                yield "nobody owns it, and it is not shared", level, f"{restore}\nor give it an owner in {FILE}"
        if touched.mode == SYMLINK and (problem := _link_problem(touched)):
            yield problem, Level.ERROR, restore
        if SUBMODULE in (touched.mode, touched.was) and self.config.submodules == "forbid":
            taken = "takes away a submodule" if touched.was == SUBMODULE else "adds a repository within this one"
            yield "moves a submodule" if touched.mode == touched.was else taken, Level.ERROR, restore


def _switch(branch: str) -> str:
    return f"git switch {quoted(branch)}\nor, where it is not there yet: git switch -c {quoted(branch)}"


def _link_problem(touched: Touched) -> str | None:
    """Why a link might lead out of the worktree. `NAME/..` is not where it looks if NAME is a link itself."""
    target = touched.target
    if target is None:
        return "a symbolic link whose target can't be read"
    parts = [part for part in target.split("/") if part not in ("", ".")]
    while parts and parts[0] == "..":
        parts.pop(0)
    where = posixpath.normpath(posixpath.join(posixpath.dirname(touched.path), target))
    if target.startswith("/") or where == ".." or where.startswith("../"):
        return f"a symbolic link that leads out of the worktree: {target}"
    if ".." in parts:
        return f"a symbolic link that goes up again behind a name, and so may lead anywhere: {target}"
    return "a symbolic link into the git directory" if where.split("/")[0].lower() == ".git" else None


GATE = Gate(
    id="worktree",
    config=WorktreeConfig,
    stages={
        Stage.PRE_COMMIT: Severity.ERROR,
        Stage.PRE_PUSH: Severity.ERROR,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    },
    read=read,
    check=check,
)
