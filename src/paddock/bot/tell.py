"""What the loop says, in Markdown. No line begins with a command, and text from outside is shown, never obeyed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from paddock.plan.model import Todo
from paddock.plan.schedule import FINISHED, State
from paddock.render.neutral import code, prose
from paddock.render.plan import brief as rendering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from paddock.bot.model import Issue, Snapshot
    from paddock.bot.work import Work
    from paddock.plan.model import Agent, Plan

_SHORT = 12  # digits of a commit's name
RECHECK = "The gates judge once more."
UNJUDGED = "The gates have not judged this yet."


def digest(parts: Iterable[str]) -> str:
    """A short name for some words."""
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def brief(snapshot: Snapshot, issue: Issue, agent: Agent) -> str:
    """What a todo's agent is told when it starts."""
    plan, told = _telling(snapshot, issue, agent)
    hours = snapshot.bot.lease
    lease = f"A push or a comment here within {hours} hours keeps it yours, each for {hours} hours more."
    return f"{_to(agent)}: #{issue.number} is yours. {lease}\n\n{rendering.worker(plan, told)}\n"


def review(snapshot: Snapshot, issue: Issue, pulled: Issue, reviewer: str) -> str:
    """What a reviewer is told: what to look at, and how to answer."""
    found = snapshot.plan.agent_of.get(reviewer)
    to = _to(found) if found is not None else reviewer
    head = pulled.pull.head[:_SHORT] if pulled.pull is not None else ""
    answer = (
        f"Answer on #{pulled.number}: `/approve {head}` where it is good; else `/request-changes` with a list, one item"
        " for each change."
    )
    agent = snapshot.agent(issue)
    said = ""
    if agent is not None:
        plan, told = _telling(snapshot, issue, agent)
        said = f"\n\n{rendering.reviewer(plan, told)}"
    return f"{to}: #{pulled.number} for #{issue.number} is yours to review.{said}\n\n{answer}\n"


def changes(issue: Issue, pulled: Issue, agent: Agent, asked: list[Issue]) -> str:
    """What a todo's agent is told when its work comes back."""
    listed = "\n".join(f"- #{one.number}" for one in asked) or f"What is to change, #{pulled.number} tells."
    count = f"{len(asked)} {'change' if len(asked) == 1 else 'changes'}" if asked else "changes"
    said = f"{_to(agent)}: {count} of #{pulled.number} for #{issue.number} were requested.\n\n{listed}"
    return f"{said}\n\nMake them on the same branch and push: the next review begins by itself.\n"


def red(issue: Issue, pulled: Issue, agent: Agent) -> str:
    """What a todo's agent is told when its pull request does not pass the gates."""
    return (
        f"{_to(agent)}: the gates failed on #{pulled.number} for #{issue.number}. Mend it and push: it is reviewed once"
        " they pass.\n"
    )


def again(issue: Issue, pulled: Issue) -> str:
    """That what was approved is not what is there now."""
    head = pulled.pull.head[:_SHORT] if pulled.pull is not None else ""
    return f"#{issue.number} is not done: #{pulled.number} is at `{head}` now, which is not approved.\n"


def nudge(agent: Agent, hours: int) -> str:
    """A reminder."""
    return (
        f"{_to(agent)}: no push and no word on this todo for {hours} hours. After as many more the lease lapses; a"
        " comment or a push keeps it."
    )


def lapsed(agent: Agent, hours: int, heir: Agent | None) -> str:
    """A lease that ran out, and who has the todo now."""
    said = f"{code(agent.id)} gave no sign of work on this todo for {2 * hours} hours"
    if heir is None:
        return f"{said}: it is nobody's now. Hand it on by `/assign AGENT`."
    return f"{said}: {'it is started once more' if heir is agent else f'{code(heir.id)} takes it over'}."


def unreviewed(reviewer: Agent, pulled: Issue, hours: int) -> str:
    """A reminder of a review."""
    return (
        f"{_to(reviewer)}: no review of #{pulled.number} and no word here for {hours} hours. After as many more it is"
        " another's to review; a comment here keeps it."
    )


def passed_on(reviewer: Agent, hours: int, heir: Agent | None) -> str:
    """A review that did not come, and whose it is now."""
    said = f"{code(reviewer.id)} gave no sign of a review for {2 * hours} hours"
    if heir is None:
        return f"{said}, and nobody else has room: `/review AGENT` asks one."
    return f"{said}: {'it is asked once more' if heir is reviewer else f'{code(heir.id)} is asked'}."


def condition(phase: str, text: str) -> str:
    """What must hold before the phase after this one starts, as an item of the board's list."""
    return f"{code(phase)}: {prose(' '.join(text.split()))}"


def standing(snapshot: Snapshot, issue: Issue, state: State, pulled: Issue | None) -> str:
    """How a todo stands."""
    agent, phase = snapshot.agent(issue), snapshot.phase(issue)
    rows = [
        ("State", str(state)),
        ("Agent", code(agent.id) if agent is not None else "nobody"),
        ("Phase", code(phase) if phase is not None else "none"),
    ]
    blocking = [f"#{number}" for number in issue.blocked_by if _is_open(snapshot, number)]
    blocking += [code(one) for one in issue.elsewhere]
    if blocking:
        rows.append(("Waits for", ", ".join(blocking)))
    if pulled is not None and pulled.pull is not None:
        rows.append(("Pull request", f"#{pulled.number} at `{pulled.pull.head[:_SHORT]}`"))
        if snapshot.gates:
            gates = {True: "passed", False: "failed", None: "not told yet"}[pulled.pull.green]
            rows.append(("Gates", gates))
        if state is State.IN_REVIEW:
            asked = issue.reviewer or "nobody has room; `/review AGENT` asks one"
            rows.append(("Reviewer", code(asked) if issue.reviewer else asked))
    return _table(("", ""), rows)


def held_title(numbers: Sequence[int]) -> str:
    """That something is held, in half a sentence."""
    return f"held until /unhold: {', '.join(f'#{one}' for one in numbers)}"


def held(numbers: Sequence[int]) -> str:
    """What is held, and what ends that; nothing where nothing is."""
    those = ", ".join(f"#{one}" for one in numbers)
    return f"Held: {those}. It may merge once `/unhold` is said there.\n\n" if numbers else ""


def waits(names: Iterable[str], pulls: Mapping[str, Iterable[int]], *, held: bool = False) -> str:
    """What must merge first, as a list, with the open pull requests of each."""
    rows = [", ".join((code(one), *(f"#{number}" for number in pulls.get(one, ())))) for one in names]
    if not rows:
        return "Nothing open comes first.\n" if held else "Nothing open comes first: it may merge.\n"
    listed = "\n".join(f"- {row}" for row in rows)
    return f"These come first:\n\n{listed}\n"


def whose(title: str, number: int, numbers: Sequence[int]) -> str:
    """A check's title; where several pull requests share the commit, with whose it is."""
    return f"#{number}: {title}" if len(numbers) > 1 else title


def shared(number: int, numbers: Sequence[int]) -> str:
    """Which pull requests share a commit, and whose the worst verdict is; nothing where it is one's alone."""
    if len(numbers) == 1:
        return ""
    those = ", ".join(f"#{one}" for one in numbers)
    return f"{those} have this commit as their head, and GitHub one check for all. What is told is of #{number}.\n\n"


def progress(work: Work) -> str:
    """How far the whole is, phase by phase."""
    rows = []
    for phase in work.plan.phases:
        states = [work.states[one.id] for one in work.plan.todos if one.phase == phase.id]
        done = sum(one in FINISHED for one in states)
        review_ = sum(one is State.IN_REVIEW for one in states)
        rows.append((prose(phase.title) or code(phase.id), f"{done} of {len(states)}", str(review_)))
    return _table(("Phase", "Done", "In review"), rows)


def closing(snapshot: Snapshot, work: Work) -> str:
    """The report at the end, of what is known."""
    done = sum(one is State.DONE for one in work.states.values())
    dropped = len(work.states) - done
    open_ = [one for one in snapshot.issues if one.pull is not None and not one.closed]
    asked = sum(any(review.verdict == "changes-requested" for review in one.pull.reviews) for one in open_ if one.pull)
    red = sum(one.pull.green is False for one in open_ if one.pull)
    rows = [
        ("Todos done", f"{done} of {len(work.states)}"),
        ("Todos dropped", str(dropped)),
        ("Todos open", "0"),
        ("Pull requests with changes requested", str(asked)),
        ("Pull requests whose gates failed", str(red) if snapshot.gates else "no gates"),
        ("Pull requests to merge", str(len(open_))),
    ]
    return f"Nothing is left to do.\n\n{_table(('', ''), rows)}"


def _is_open(snapshot: Snapshot, number: int) -> bool:
    one = snapshot.issue_of.get(number)
    return one is not None and not one.closed


def _telling(snapshot: Snapshot, issue: Issue, agent: Agent) -> tuple[Plan, rendering.Telling]:
    """The plan with this todo as GitHub has it, and what to tell of it."""
    plan = snapshot.plan
    planned = plan.todo_of.get(issue.todo or "") or Todo(id=issue.name, title=issue.title, agent=agent.id, phase="")
    todo = structs.replace(planned, agent=agent.id)
    others = tuple(one for one in plan.todos if one.id != todo.id)
    told = rendering.Telling(todo=todo.id, limit=snapshot.limit, worktree=plan.worktree(agent))
    return structs.replace(plan, todos=(*others, todo)), told


def _to(agent: Agent) -> str:
    return f"@{agent.login} ({code(agent.id)})" if agent.login is not None else code(agent.id)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)
