"""What slipped past the hooks: worktrees that are not as the plan has them, and files that are another's to change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.diagnosis import Check, Health
from paddock.errors import GitError
from paddock.model import Person
from paddock.quoting import quoted
from paddock.sources.calling import call, decode, environment, failure
from paddock.sources.history import base_candidates
from paddock.sources.place import shared
from paddock.worktrees import held, places, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.plan.model import Agent
    from paddock.plan.owners import Owners
    from paddock.sources.git import Repository
    from paddock.worktrees.tips import Moved

_STATUS = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=none")
_SHOWN = 5  # paths that a line names
_ACCEPT = "or, if it is right so: paddock worktree audit --accept"


def plan_checks(broken: str | None) -> Iterator[Check]:
    """Whether the newest plan of the base can be read."""
    if broken is not None:
        message = f"{broken}; the last that could be read counts"
        yield Check("plan", Health.PROBLEM, message, "paddock plan check")


def worktree_checks(repository: Repository, owners: Owners) -> Iterator[Check]:
    """Whether every worktree is whose the plan says, on a branch of its agent's, with nothing of others changed."""
    base = os.path.dirname(shared(repository))
    agents = {os.path.realpath(os.path.join(base, path)): agent for path, agent in owners.folders.items()}
    linked = {one.top: one for one in places.linked(shared(repository))}
    for top, agent in agents.items():
        if top not in linked:
            hint = f"paddock worktree setup --agent {agent.id}"
            yield Check(f"worktree {agent.id}", Health.WARNING, f"it is not there: {top}", hint)
            continue
        found = tuple(_agents_checks(owners, agent, linked[top]))
        yield from found or (Check(f"worktree {agent.id}", Health.OK, f"{linked[top].branch or 'detached'} at {top}"),)
    for top, one in linked.items():
        if top not in agents and one.agent is not None:
            yield from _stray_checks(owners, one)
    yield from _main_checks(repository, [linked[top] for top in agents if top in linked])


def _agents_checks(owners: Owners, agent: Agent, one: places.Worktree) -> Iterator[Check]:
    name, there = f"worktree {agent.id}", f"git -C {quoted(one.top)}"
    if one.agent is None:
        hint = f"paddock doctor --fix\nor: {there} config --worktree paddock.agent {agent.id}"
        yield Check(name, Health.WARNING, f"{one.top} does not say whose it is", hint)
    elif one.agent != agent.id:
        hint = f"paddock doctor --fix\nor: {there} config --worktree paddock.agent {agent.id}"
        yield Check(name, Health.PROBLEM, f"{one.top} says that it is {one.agent}'s", hint)
    common = os.path.dirname(os.path.dirname(one.git_dir))
    if not held.is_held(common, one.id):
        words = "it is not on the list that the hook on refs looks at"
        yield Check(name, Health.WARNING, words, "paddock doctor --fix")
    if one.branch is not None and not owners.may(agent, one.branch):
        own = quoted(owners.example(agent))
        hint = f"{there} switch {own}\nor, where it is not there yet: {there} switch -c {own}"
        yield Check(name, Health.PROBLEM, f"it stands on {one.branch}, which is {owners.whose(one.branch)}", hint)
    dirty = _dirty(one.top)
    if isinstance(dirty, GitError):
        yield Check(name, Health.UNKNOWN, f"{one.top}: {dirty}", dirty.hint)
        return
    foreign = [path for path in dirty if not owners.is_shared(path) and not owners.owns(agent, path)]
    if foreign:
        back = f"put back what changed: {there} restore -- PATH; move what is new to its owner"
        hint = f"look at them: {there} status\n{back}"
        yield Check(name, Health.PROBLEM, f"changed, and not {agent.id}'s: {_listed(foreign)}", hint)


def _stray_checks(owners: Owners, one: places.Worktree) -> Iterator[Check]:
    known = owners.plan.agent_of.get(str(one.agent))
    if known is not None and known.worktree is None:
        return
    truth = f"gives it {owners.plan.worktree(known)}" if known is not None else "has no such agent"
    hint = "paddock worktree setup, after the plan has it; or: git worktree move, back to where the plan has it"
    message = f"{one.top} says that it is {one.agent}'s, and the plan {truth}"
    yield Check(f"worktree {one.id}", Health.PROBLEM, message, hint)


def _main_checks(repository: Repository, agents: list[places.Worktree]) -> Iterator[Check]:
    """Files of the main checkout that changed since the first agent began; whose hand it was, nothing says."""
    main = places.main_checkout(shared(repository))
    if main is None or not agents:
        return
    if (says := places.config(os.path.join(shared(repository), "config")).get("paddock.agent")) is not None:
        hint = f"git -C {quoted(main)} config --unset paddock.agent"
        yield Check("main checkout", Health.PROBLEM, f"it says that it is {says}'s: so do all worktrees", hint)
    began = min(_began(one) for one in agents)
    dirty = _dirty(main)
    if isinstance(dirty, GitError):
        yield Check("main checkout", Health.UNKNOWN, f"{main}: {dirty}", dirty.hint)
        return
    since = [path for path in dirty if _changed_after(os.path.join(main, path), began)]
    if since:
        hint = f"look whose they are: git -C {quoted(main)} status"
        message = f"changed since the agents began: {_listed(since)}"
        yield Check("main checkout", Health.WARNING, message, hint)
    else:
        yield Check("main checkout", Health.OK, f"nothing changed since the agents began: {main}")


def _began(one: places.Worktree) -> float:
    """When an agent began: when its worktree was made, or became its agent's, by a plan that came later."""
    made = os.stat(os.path.join(one.git_dir, "gitdir")).st_mtime  # written then, and not again
    common = os.path.dirname(os.path.dirname(one.git_dir))
    return max(made, held.since(common, one.id) or made)


def _changed_after(path: str, moment: float) -> bool:
    try:
        return os.lstat(path).st_mtime > moment
    except OSError:
        return True  # gone, and nothing says when


def _dirty(top: str) -> list[str] | GitError:
    """The paths that differ from HEAD, and those that git does not know."""
    try:
        code, out, err = call(("git", "--no-optional-locks", *_STATUS), environment(), top, None)
        # A path that is taken out of the index and still there is told twice.
        paths = dict.fromkeys(decode(row[3:]) for row in out.split(b"\0")[:-1])
        return failure(_STATUS, code, err) if code else list(paths)
    except GitError as error:
        return error


def verdict_checks(repository: Repository, owners: Owners) -> Iterator[Check]:
    """Whether the last commit of each agent's worktree was judged when it was made; a rebase leaves no verdict."""
    base = os.path.dirname(shared(repository))
    linked = {one.top: one for one in places.linked(shared(repository))}
    bases = base_candidates(repository, owners.plan.base)
    for path, agent in owners.folders.items():
        one = linked.get(os.path.realpath(os.path.join(base, path)))
        head = verdicts.head_of(one.git_dir, shared(repository)) if one is not None else None
        if one is None or head is None:
            continue
        maker, parents = _made(repository, head)
        if agent.identity is not None and owners.person(maker) != agent:
            continue  # what it was given
        if not repository.run("rev-list", "--max-count=1", head, "--not", *bases, "--"):
            continue
        last = verdicts.last(one.git_dir)
        if last is not None and head in (last.head, last.parent):
            continue  # judged, or followed by one that is not made yet
        if last is None or last.parent not in parents:
            message = f"{head[:12]} was not judged when it was made: hooks were skipped, or it was rebased"
            hint = f"judge it now: cd {quoted(one.top)} && paddock check"
            yield Check(f"worktree {agent.id}", Health.WARNING, message, hint)
        elif last.outcome == "failed":
            message = f"{head[:12]} skipped the hooks after {', '.join(last.gates)} had failed"
            yield Check(f"worktree {agent.id}", Health.PROBLEM, message, f"cd {quoted(one.top)} && paddock check")


def _made(repository: Repository, sha: str) -> tuple[Person, tuple[str, ...]]:
    """Who committed it, and its parents."""
    name, email, parents = decode(repository.run("log", "-1", "--format=%cn%x00%ce%x00%P", sha, "--")).split("\0")
    return Person(name, email), tuple(parents.split())


def moved_checks(moved: tuple[Moved, ...]) -> Iterator[Check]:
    """Branches that somebody else's agent moved, in words."""
    for one in moved:
        yield Check(f"branch {one.branch}", Health.PROBLEM, *_moved(one))


def _moved(one: Moved) -> tuple[str, str]:
    """What happened to a branch, and what to do."""
    whose = f", which is {one.owner}'s," if one.owner is not None else ""
    back = f"paddock worktree audit --restore --dry-run\n{_ACCEPT}"
    if one.now is None:
        return f"it is gone{whose} and was at {str(one.kept)[:12]}", back
    who = f"by {' and '.join(one.by)}" if one.by else "by nobody that its log names"
    if one.went_on:
        back = after(one)
    if one.kept is None:
        words = f"it is new{whose} and was made {who}"
        back = back if one.went_on else f"git branch -D -- {quoted(one.branch)}\n{_ACCEPT}"
    else:
        log = ", not all of it by git's own commands" if one.unlogged and one.by else ""
        words = f"it was moved{whose} {who} from {one.kept[:12]} to {one.now[:12]}{log}"
    if one.went_on:
        words += f"; {one.owner or 'a person'} went on from there"
    return words, back


def after(one: Moved) -> str:
    """What to do with a branch whose owner, or a person, went on from where another's agent had put it."""
    new = f"{one.kept}..{one.now}" if one.kept is not None else str(one.now)
    return f"look at what is in it: git log {new}\n{_ACCEPT}"


def _listed(paths: list[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
