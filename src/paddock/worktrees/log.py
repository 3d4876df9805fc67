"""The status log: what agents say of their work, as commits on `refs/paddock/agents/AGENT/status`.

One writer has one ref, so lines of two agents never conflict. They are commits, and so dated, signed where commits are,
shared by all worktrees, and fetched and pushed like any other; their tree is empty and no branch holds them.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError, GitError, UsageError
from paddock.sources.calling import decode, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository

_AGENTS = "refs/paddock/agents"
_REF = re.compile(rf"{_AGENTS}/(?P<agent>[^/]+)/status\Z")
_AGENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?\Z")  # a ref's part, and a folder's name
_LONGEST = 2000  # characters of a line
_TRIES = 100  # another process of the same agent may have written in between
_JOINED = "paddock: lines of two places"  # the message of a commit that only joins two tips
_FIELDS = 5
_HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Line(Struct, frozen=True):
    """One line of the log. `time` is seconds since 1970, as the commit has it; `sha` the commit."""

    agent: str
    text: str
    time: int
    author: str
    sha: str


class Synced(Struct, frozen=True):
    """What a synchronisation did, or would do, to one agent's log: `fetched`, `joined`, `pushed` or `same`."""

    agent: str
    words: tuple[str, ...]


def current_agent(repository: Repository) -> str:
    """Whose worktree this is, by its own configuration.

    Raises:
        UsageError: it is nobody's.
    """
    agent = repository.line("config", "--get", "paddock.agent")
    if not agent:
        raise UsageError(
            "this worktree is no agent's, so it is not known who speaks",
            hint="name who: --agent ID; or note it down: git config --worktree paddock.agent ID",
        )
    return checked(agent)


def checked(agent: str) -> str:
    """An agent's id, if it is one.

    Raises:
        UsageError: it could not stand in a ref's name.
    """
    if not _AGENT.match(agent) or ".." in agent or agent.endswith(".lock"):
        raise UsageError(f"`{agent[:100]}` is no agent's id", hint="letters, digits, `-`, `_` and `.`, such as agent-3")
    return agent


def ref(agent: str) -> str:
    """The ref of an agent's log."""
    return f"{_AGENTS}/{agent}/status"


def say(repository: Repository, agent: str, text: str) -> str:
    """Add a line to an agent's log; the new commit.

    Raises:
        UsageError: there is nothing to say, or far too much.
        CouldNotCheckError: others were writing all the time.
    """
    text = text.strip()
    if not text:
        raise UsageError("there is nothing to say", hint='paddock status say "what you did, or do next"')
    if len(text) > _LONGEST:
        raise UsageError(f"{len(text):,} characters, {len(text) - _LONGEST:,} over the limit of {_LONGEST:,}")
    if _HIDDEN.search(text):
        raise UsageError("the line has control characters, or bytes that are not UTF-8")
    for attempt in range(_TRIES):
        tip = _tip(repository, ref(agent))
        new = _commit(repository, f"{text}{_ending(agent)}", (tip,) if tip else ())
        if _moved(repository, ref(agent), new, tip):
            return new
        time.sleep(0.01 * min(attempt, 10))
    raise CouldNotCheckError(f"{ref(agent)} was written to {_TRIES} times in between", hint="say it again")


def lines(repository: Repository, agent: str | None = None, most: int = 50) -> tuple[Line, ...]:
    """The newest lines, newest first; of all agents when none is named."""
    refs = _refs(repository)
    wanted = [name for who, name in refs.items() if agent in (None, who)]
    if not wanted:
        return ()
    form = "--format=%S%x00%H%x00%ct%x00%an%x00%B%x00"
    command = ("log", "--source", "--date-order", "--no-show-signature", f"--max-count={most + _TRIES}", form)
    out = decode(repository.run(*command, "--end-of-options", *wanted, "--"))
    fields = out.split("\0")
    found = []
    for i in range(0, len(fields) - _FIELDS, _FIELDS):
        name, sha, seconds, author, message = fields[i : i + _FIELDS]
        match = _REF.match(name.lstrip("\n"))
        if match is not None and (text := message.removesuffix(_ending(match["agent"])).strip()) != _JOINED:
            found.append(Line(match["agent"], text, int(seconds), author, sha))
    return tuple(found[:most])


def sync(repository: Repository, remote: str, *, dry_run: bool = False) -> tuple[Synced, ...]:
    """Exchange all logs with a remote. Lines that two places wrote for one agent are all kept.

    Raises:
        GitError: the remote could not be asked, or refused.
    """
    theirs = f"refs/paddock/remotes/{remote}/agents"
    if not dry_run:
        options = ("--quiet", "--atomic", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        repository.run("fetch", *options, "--", remote, f"+{_AGENTS}/*:{theirs}/*")
        found = {name: _tip(repository, name) for name in _listed(repository, theirs)}
    else:
        listing = lines_of(repository.run("ls-remote", "--refs", "--", remote, f"{_AGENTS}/*"))
        rows = (row.split("\t") for row in listing)
        found = {name.replace(_AGENTS, theirs, 1): sha for sha, name in rows}
    results = []
    pushed = []
    agents = {match["agent"] for name in found if (match := _REF.match(name.replace(theirs, _AGENTS, 1)))}
    for agent in sorted(agents | set(_refs(repository))):
        words = tuple(_synced(repository, agent, found.get(f"{theirs}/{agent}/status"), dry_run=dry_run))
        results.append(Synced(agent, words or ("same",)))
        if "pushed" in words:
            pushed.append(f"{ref(agent)}:{ref(agent)}")
    if pushed and not dry_run:
        repository.run("push", "--quiet", "--no-verify", "--", remote, *pushed)
    return tuple(results)


def _synced(repository: Repository, agent: str, there: str | None, *, dry_run: bool) -> Iterator[str]:
    here = _tip(repository, ref(agent))
    if here == there:
        return
    if here is None or (there and _is_ancestor(repository, here, there)):
        yield "fetched"
        if not dry_run and not _moved(repository, ref(agent), str(there), here):
            raise CouldNotCheckError(f"{ref(agent)} was written to in between", hint="run it again")
        return
    if there and not _is_ancestor(repository, there, here):
        yield "joined"
        if not dry_run and not _moved(repository, ref(agent), _commit(repository, _JOINED, (here, there)), here):
            raise CouldNotCheckError(f"{ref(agent)} was written to in between", hint="run it again")
    yield "pushed"


def _ending(agent: str) -> str:
    """The end of a line's message: without it, two agents' same words of one second could be one commit."""
    return f"\n\nAgent: {agent}\n"


def _commit(repository: Repository, message: str, parents: tuple[str, ...]) -> str:
    tree = repository.run("hash-object", "-w", "-t", "tree", "--stdin", stdin=b"").decode().strip()
    above = [word for parent in parents for word in ("-p", parent)]
    # `commit-tree` does not read `commit.gpgSign` by itself.
    signs = repository.line("config", "--type=bool", "--get", "commit.gpgSign") == "true"
    sign = ("--gpg-sign",) if signs else ()
    return repository.run("commit-tree", *sign, *above, tree, stdin=message.encode()).decode().strip()


def _moved(repository: Repository, name: str, new: str, old: str | None) -> bool:
    """Whether a ref was still where it was thought to be, and is now at the new commit."""
    try:
        repository.run("update-ref", "--create-reflog", "-m", "paddock status", name, new, old or "0" * len(new))
    except GitError:
        if _tip(repository, name) == old:
            raise  # not another writer: the folder can't be written, say
        return False
    return True


def _is_ancestor(repository: Repository, one: str, other: str) -> bool:
    """Whether a commit is in another's history; not known is no."""
    return (
        repository.resolve(other) is not None
        and decode(repository.run("rev-list", "--max-count=1", one, "--not", other, accept=(128,)) or b"") == ""
        and repository.resolve(one) is not None
    )


def _tip(repository: Repository, name: str) -> str | None:
    return repository.line("rev-parse", "--verify", "--quiet", "--end-of-options", name)


def _listed(repository: Repository, below: str) -> list[str]:
    return lines_of(repository.run("for-each-ref", "--format=%(refname)", f"{below}/"))


def _refs(repository: Repository) -> dict[str, str]:
    """Every agent that has a log here, and its ref."""
    return {match["agent"]: name for name in _listed(repository, _AGENTS) if (match := _REF.match(name))}
