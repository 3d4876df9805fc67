"""The plan as issues: one a todo, and one that tells of the whole.

Each issue carries its todo's id in a hidden marker, with digests of what was written: a title or a text that differs
from them was changed by a person, and stays.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot import labels, markers, tell
from paddock.bot.api.errors import NotFoundError, RefusedError
from paddock.bot.seen import boxes, linked
from paddock.plan.graph import build
from paddock.plan.schedule import TAKEN, State
from paddock.render.plan import brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from paddock.bot.api.answers import Issue
    from paddock.bot.github import GitHub
    from paddock.plan.model import Plan, Todo

BOARD_TITLE = "The plan"
_GATES = "Tick what holds. The next phase starts once all boxes of the one before are ticked."
_BOARD = "How far the plan is stands below; the report comes here when nothing is left."


def milestone(phase: str) -> str:
    """What the milestone of a phase is called."""
    return f"Phase {phase}"


class Done(Struct, frozen=True):
    """One thing that was done, or would be: what, on which issue (None: not made yet), and of which todo."""

    what: str
    number: int | None
    todo: str = ""


class Publication:
    """One run; with `dry` nothing is written."""

    def __init__(self, hub: GitHub, plan: Plan, *, me: str, limit: int | None, dry: bool) -> None:
        self.hub, self.plan, self.me, self.limit, self.dry = hub, plan, me, limit, dry

    def publish(self) -> Iterator[Done]:
        """Make what is missing, mend what is the bot's own, drop what the plan no longer has."""
        mine = [one for one in self.hub.issues("all") if one.login.lower() == self.me.lower() and not one.is_pull]
        there: dict[str, Issue] = {}
        for one in mine:
            mark = markers.first(one.text, "todo")
            if mark is not None:
                there.setdefault(str(mark.fields.get("id")), one)
        there, gone = self._renamed(there)
        yield from self._board(next((one for one in mine if markers.first(one.text, "board")), None))
        milestones = self._milestones()
        graph = build(self.plan)
        for id_ in (*graph.order, *graph.stuck):
            todo = self.plan.todo_of[id_]
            if id_ not in there:
                made = None if self.dry else self._make(todo, milestones, there)
                if made is not None:
                    there[id_] = made
                yield Done("make", made.number if made is not None else None, id_)
            else:
                yield from self._mended(there[id_], todo, there)
        for id_, issue in gone.items():
            yield from self._dropped(issue, id_)

    def _board(self, issue: Issue | None) -> Iterator[Done]:
        """The issue that tells of the whole, with a box for each condition of a phase's gate; ticks stay."""
        ticked = boxes(issue.text) if issue is not None else {}
        wanted = [tell.condition(phase.id, one) for phase in self.plan.phases for one in phase.gate]
        if issue is not None and {one for one in ticked if one.startswith("`")} == set(wanted):
            return
        lines = [f"- [{'x' if ticked.get(one) else ' '}] {one}" for one in wanted]
        gates = "\n".join(["", "", _GATES, "", *lines]) if lines else ""
        if issue is None:
            number = None
            if not self.dry:
                text = f"{_BOARD}{gates}\n\n{markers.write('board')}"
                number = self.hub.create_issue(BOARD_TITLE, text).number
            yield Done("make", number, "the plan")
            return
        # What a person wrote above stays; the list is the bot's own.
        mark = markers.first(issue.text, "board")
        above = issue.text[: mark.start if mark is not None else None].partition(_GATES)[0].rstrip()
        if not self.dry:
            self.hub.edit_issue(issue.number, body=f"{above}{gates}\n\n{markers.write('board')}")
        yield Done("update", issue.number, "the plan")

    def _renamed(self, there: dict[str, Issue]) -> tuple[dict[str, Issue], dict[str, Issue]]:
        """The issues by the plan's ids of now, and those of no todo; a todo of the same branch is the same todo."""
        lost = {id_: one for id_, one in there.items() if id_ not in self.plan.todo_of}
        known = {id_: one for id_, one in there.items() if id_ in self.plan.todo_of}
        fresh = {one.branch: one.id for one in self.plan.todos if one.branch is not None and one.id not in known}
        for id_, issue in [*lost.items()]:
            mark = markers.first(issue.text, "todo")
            new = fresh.get(str(mark.fields.get("branch"))) if mark is not None else None
            if new is not None:
                known[new] = lost.pop(id_)
        return known, lost

    def _milestones(self) -> Mapping[str, int]:
        """The milestone of each phase."""
        there = {one.title: one.number for one in self.hub.milestones()}
        found = {}
        for phase in self.plan.phases:
            title = milestone(phase.id)
            if title not in there and not self.dry:
                there[title] = self.hub.create_milestone(title, phase.title).number
            if title in there:
                found[phase.id] = there[title]
        return found

    def _title(self, todo: Todo) -> str:
        return " ".join((todo.title or todo.id).split())[:250]

    def _body(self, todo: Todo) -> str:
        agent = self.plan.agent_of.get(todo.agent)
        worktree = self.plan.worktree(agent) if agent is not None else None
        text = brief.worker(self.plan, brief.Telling(todo=todo.id, limit=self.limit, worktree=worktree)).rstrip()
        text = markers.harmless(text)
        fields = {
            "id": todo.id,
            "branch": todo.branch,
            "agent": todo.agent,
            "phase": todo.phase,
            "needs": todo.needs,
            "title": tell.digest([self._title(todo)]),
            "text": tell.digest([text]),
        }
        return f"{text}\n\n{markers.write('todo', **fields)}"

    def _make(self, todo: Todo, milestones: Mapping[str, int], there: Mapping[str, Issue]) -> Issue:
        names = [
            labels.label(labels.AGENT, todo.agent),
            labels.label(labels.PHASE, todo.phase),
            labels.label(labels.STATE, State.OPEN),
        ]
        agent = self.plan.agent_of.get(todo.agent)
        if agent is not None:
            names.append(labels.label(labels.PRIORITY, agent.priority))
        made = self.hub.create_issue(
            self._title(todo), self._body(todo), labels=names, milestone=milestones.get(todo.phase)
        )
        for need in todo.needs:
            if need in there:  # one of a circle is made later, and this is mended then
                self._block(made, there[need])
        return made

    def _block(self, issue: Issue, need: Issue) -> None:
        """Where the server has dependencies; the plan's own needs hold all the same."""
        with suppress(NotFoundError, RefusedError):
            self.hub.block(issue.number, need.id)

    def _relinked(self, issue: Issue, todo: Todo, before: Iterable[str], there: Mapping[str, Issue]) -> Iterator[Done]:
        """Dependencies are those of the plan's needs, beside what people set."""
        wanted = {there[one].number: there[one] for one in todo.needs if one in there and not there[one].closed}
        gone = {there[one].number: there[one] for one in before if one in there and one not in todo.needs}
        if issue.blockers is None or (not gone and issue.blockers == len(wanted)):
            return
        linked = {one.number for one in self.hub.blocked_by(issue.number)}
        missing = [one for number, one in wanted.items() if number not in linked]
        over = [one for number, one in gone.items() if number in linked]
        for one in missing if not self.dry else ():
            self._block(issue, one)
        for one in over if not self.dry else ():
            self.hub.unblock(issue.number, one.id)
        if missing or over:
            yield Done("link", issue.number, todo.id)

    def _mended(self, issue: Issue, todo: Todo, there: Mapping[str, Issue]) -> Iterator[Done]:
        mark = markers.first(issue.text, "todo")
        if mark is None or issue.closed:
            return
        # Before the marker tells of it: cut off in between, it is done again.
        yield from self._relinked(issue, todo, linked(mark.fields), there)
        text, title = issue.text[: mark.start].rstrip(), self._title(todo)
        ours = tell.digest([text]) == mark.fields.get("text")
        body = self._body(todo)
        if not ours:
            # The marker alone is the bot's: what stands before it is somebody's.
            body = f"{text}\n\n{body[body.rindex('<!-- paddock:todo') :]}"
            was = str(mark.fields.get("text"))
            fresh = markers.first(body, "todo")
            assert fresh is not None  # noqa: S101 - it was written just now
            body = f"{text}\n\n{markers.write('todo', **{**fresh.fields, 'text': was})}"
        named = issue.title if tell.digest([issue.title]) != mark.fields.get("title") else title
        if body != issue.text.rstrip() or named != issue.title:
            if not self.dry:
                self.hub.edit_issue(issue.number, title=named, body=body)
            yield Done("mend", issue.number, todo.id)
        for prefix, old, new in (
            (labels.AGENT, mark.fields.get("agent"), todo.agent),
            (labels.PHASE, mark.fields.get("phase"), todo.phase),
        ):
            before = labels.label(prefix, str(old))
            if old != new and before in issue.label_names:
                if not self.dry:
                    self.hub.remove_label(issue.number, before)
                    self.hub.add_labels(issue.number, labels.label(prefix, new))
                yield Done(f"label {prefix}{new}", issue.number, todo.id)

    def _dropped(self, issue: Issue, id_: str) -> Iterator[Done]:
        if issue.closed:
            return
        if labels.progress(issue.label_names) in TAKEN:
            yield Done("keep, for it is worked on,", issue.number, id_)
            return
        if not self.dry:
            for other in labels.others(issue.label_names, labels.STATE, ""):
                self.hub.remove_label(issue.number, other)
            self.hub.add_labels(issue.number, labels.label(labels.STATE, State.DROPPED))
            self.hub.close_issue(issue.number, completed=False)
        yield Done("drop", issue.number, id_)
