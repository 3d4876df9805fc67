"""A first plan from the worktrees and branches that are there: what `paddock plan init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.plan.keys import AGENT_TEMPLATE, parse, render
from paddock.plan.model import LONGEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

_ODD = re.compile(r"[\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")


class Spot(Struct, frozen=True, kw_only=True):
    """A worktree: its folder from the folder of all, its branch, and who commits there where that is known."""

    folder: str
    branch: str | None = None
    name: str | None = None
    email: str | None = None


class Found(Struct, frozen=True, kw_only=True):
    """What is there. `branches` are those of no worktree, each with the name and address of its last author."""

    base: str
    series: str
    template: str
    worktrees: str
    spots: tuple[Spot, ...]
    branches: Mapping[str, tuple[str, str]] = {}


class _Agent(Struct, kw_only=True):
    id: str
    folder: str
    name: str | None = None
    email: str | None = None
    branches: list[str]


def draft(found: Found) -> str:
    """The text of a plan: an agent for each worktree and each author, a todo for each branch."""
    agents = _agents(found)
    if not agents:
        agents = [_Agent(id="agent-1", folder="agent-1", branches=[])]
    return "\n".join([*_head(found), "agents:", *_agent_lines(agents), *_todo_lines(found, agents), ""])


def _agents(found: Found) -> list[_Agent]:
    agents: list[_Agent] = []
    taken: set[str] = set()
    for spot in found.spots:
        id_ = _id(spot.folder.rpartition("/")[2], taken)
        branches = [spot.branch] if spot.branch and spot.branch != found.base else []
        agents.append(_Agent(id=id_, folder=spot.folder, name=spot.name, email=spot.email, branches=branches))
    by_email = {agent.email.casefold(): agent for agent in agents if agent.email}
    for branch, (name, email) in found.branches.items():
        named = parse(branch, AGENT_TEMPLATE, (found.series,)).agent
        agent = next((one for one in agents if one.id == named), None) or by_email.get(email.casefold())
        if agent is None:
            id_ = _id(named or name, taken)
            agent = _Agent(id=id_, folder=id_, name=name, email=email, branches=[])
            agents.append(agent)
            by_email[email.casefold()] = agent
        agent.branches.append(branch)
    return agents


def _id(text: str, taken: set[str]) -> str:
    word = _slug(text)[: LONGEST_ID - 4].strip("-") or "agent"
    id_ = next(one for one in (word, *(f"{word}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    taken.add(id_)
    return id_


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _head(found: Found) -> Iterator[str]:
    yield "# Who does what, in which order. `paddock plan check` finds what is wrong with it, `paddock plan next` says"
    yield "# who does what now; `paddock plan schema` prints the schema for editors."
    yield "version: 1"
    yield f"base: {_quoted(found.base)}"
    yield f"series: {_quoted(found.series)}"
    yield f"worktrees: {_quoted(found.worktrees)}"
    yield ""
    yield "phases:"
    yield '  - id: "0"'
    yield "    title: First phase"
    yield "    run: parallel"
    yield "    gate: [every branch of the phase is merged]"
    yield ""


def _agent_lines(agents: list[_Agent]) -> Iterator[str]:
    for agent in agents:
        yield f"  - id: {_quoted(agent.id)}"
        yield f"    worktree: {_quoted(agent.folder)}"
        if agent.name and agent.email and "@" in agent.email and not re.search(r"[<>\n\0]", agent.name + agent.email):
            yield f"    identity: {{name: {_quoted(agent.name)}, email: {_quoted(agent.email)}}}"
        else:
            yield "    # identity: {name: …, email: …}"
        yield "    # owns: [src/part/**]  # the paths that it alone changes"
    yield ""
    yield "# shared: [docs/**]  # the paths that every agent may change"


def renamed(found: Found) -> tuple[tuple[str, str], ...]:
    """Branches that have another name in the plan, each with that name."""
    return tuple((branch, wanted) for _, _, branch, wanted in _todos(found, _agents(found)) if branch != wanted)


def _todo_lines(found: Found, agents: list[_Agent]) -> Iterator[str]:
    rows = []
    taken: set[str] = set()
    for agent, slug, branch, wanted in _todos(found, agents):
        rows += [f"  - id: {_quoted(_id(slug, taken))}", f"    agent: {_quoted(agent)}", '    phase: "0"']
        now = "" if wanted == branch else f"  # now: {_quoted(branch)}"
        rows.append(f"    branch: {_quoted(wanted)}{now}")
    if not rows:
        yield "todos: []"
        return
    yield ""
    yield "todos:"
    yield from rows


def _todos(found: Found, agents: list[_Agent]) -> Iterator[tuple[str, str, str, str]]:
    """For each branch its agent, what it says, its name, and the name that it has in the plan."""
    orders = set()
    kept = {}
    for agent in agents:
        for branch in agent.branches:
            name = parse(branch, found.template, (found.series,))
            if name.valid and name.order not in orders and name.agent in (None, agent.id):
                orders.add(name.order)
                kept[branch] = name.slug or ""
    free = count()
    for agent in agents:
        for branch in agent.branches:
            slug = kept.get(branch) or _slug(_last(branch)) or "work"
            wanted = branch
            while branch not in kept:
                key = f"00{_letters(next(free))}"
                wanted = render(found.template, series=found.series, key=key, slug=slug[:60].strip("-"), agent=agent.id)
                order = parse(wanted, found.template, (found.series,)).order
                if order not in orders:
                    orders.add(order)
                    break
            yield agent.id, slug, branch, wanted


def _last(branch: str) -> str:
    """What a name says, without its folders and without a key."""
    return re.sub(r"^[0-9]+(?:[a-z][0-9]*)*-(?=.)", "", branch.rpartition("/")[2])


def _letters(number: int) -> str:
    """`a` to `z`, then `z1a`…: each behind the one before in the order of keys."""
    letters = 26
    return chr(97 + number) if number < letters else f"z{number // letters}{chr(97 + number % letters)}"


def _quoted(text: str) -> str:
    """A value as YAML has it; plain where it is a plain word."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9._/-]*", text) and text.lower() not in ("null", "true", "false"):
        return text
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
