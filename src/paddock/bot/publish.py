"""Actions, carried out on GitHub by one writer that looks before it writes.

What makes something new carries its key in a hidden marker. GitHub can't compare and set: of two runs that write the
same at once both succeed, and each then takes away all but the one with the lowest number. Where one must win, as in
starting an agent, a ref that is created is the lock.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from paddock.bot import actions as act
from paddock.bot import checks, labels, linking, locks, markers, memory, starting, tell, twins
from paddock.bot import help as told
from paddock.bot.api.errors import LASTING, NotFoundError
from paddock.bot.apply import apply
from paddock.bot.fitting import LONGEST, SUMMARY, body, cut
from paddock.bot.model import Issue
from paddock.bot.proposals import pulls
from paddock.bot.seen import Written
from paddock.bot.table import COMMANDS, NAMES
from paddock.bot.view import View
from paddock.bot.work import work
from paddock.plan.model import Launch
from paddock.plan.schedule import State
from paddock.render.neutral import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from paddock.bot.actions import Action
    from paddock.bot.api.errors import GitHubError
    from paddock.bot.gather import Gathered
    from paddock.bot.github import GitHub
    from paddock.bot.model import Snapshot

_TITLE = 120  # characters of a new todo's title


class Publisher:
    """Carries out what one run wants. `snapshot` is kept as GitHub is after each step."""

    def __init__(self, hub: GitHub, gathered: Gathered, *, base: str) -> None:
        self.hub, self.base = hub, base
        self.snapshot: Snapshot = gathered.snapshot
        self.written = gathered.written
        self._times: dict[int, dict[str, datetime]] = {}
        for one in gathered.words:
            self._times.setdefault(one.number, {})[memory.key(one)] = one.at
        self.failed: list[str] = []  # what GitHub refused
        self.unlabelled: dict[int, GitHubError] = {}  # issues whose labels it refused
        self._answers: dict[int, dict[str, str]] = {}
        self._touched: set[int] = set()
        self._unwritten: set[int] = set()
        self._made = False
        self._labels: dict[int, dict[str, tuple[str, bool]]] = {}
        self._labelled = {
            one.number: dict.fromkeys(map(str.casefold, one.labels), True) for one in self.snapshot.issues
        }

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """What GitHub refuses is noted, and stops nothing else."""
        try:
            yield
        except LASTING as error:
            self.failed.append(f"{what}: {error}")

    def carry_out_each(self, actions: Iterable[Action]) -> int:
        """Do them, but of an issue nothing behind what GitHub refuses, as if cut off there; how many were done."""
        count, stuck = 0, {*self.unlabelled}
        for action in actions:
            if action.number not in stuck:
                stuck.add(action.number)
                with self.attempt(f"#{action.number}"):
                    self.carry_out((action,))
                    stuck.remove(action.number)
                    count += 1
        return count

    def carry_out(self, actions: Iterable[Action]) -> None:
        """Do them in their order; answers wait for `answer`."""
        for action in actions:
            if isinstance(action, act.AddLabel | act.RemoveLabel):
                self._relabel(action)
            else:
                self._flush_labels(action.number)
                if isinstance(action, act.Unblock) and not self._freed(action):
                    continue
                self._carry_out(action)
            self.snapshot = apply(self.snapshot, (action,))

    def answer(self) -> None:
        """All answers to one comment are written as one."""
        for number, some in [*self._answers.items()]:
            del self._answers[number]
            new = {key: text for key, text in some.items() if key not in self._issue(number).marks}
            with self.attempt(f"the answer on #{number}"):
                self._comment(number, "\n\n".join(new.values()), [*new])

    def _relabel(self, action: act.AddLabel | act.RemoveLabel) -> None:
        """Labels of one issue wait for each other, until something else happens to it: one call adds all of them."""
        wanted = self._labels.setdefault(action.number, {})
        wanted[action.label.casefold()] = (action.label, isinstance(action, act.AddLabel))

    def _flush_labels(self, number: int) -> None:
        wanted = self._labels.get(number, {})
        there = self._labelled.setdefault(number, {})
        try:
            # First what goes: cut off in between, a todo without a state is open, and goes where it belongs from there.
            for name, (label, so) in wanted.items():
                if not so and there.get(name, True):
                    self.hub.remove_label(number, label)
            new = [label for name, (label, so) in wanted.items() if so and not there.get(name)]
            if new:
                self.hub.add_labels(number, *new)
        except LASTING as error:
            self.unlabelled[number] = error
            del self._labels[number]
            raise
        there.update({name: so for name, (_, so) in wanted.items()})
        self._labels.pop(number, None)

    def flush(self) -> None:
        """Write the labels that still wait."""
        for number in [*self._labels]:
            with self.attempt(f"the labels of #{number}"):
                self._flush_labels(number)

    def waits(self, number: int) -> bool:
        """Whether labels of an issue are not written."""
        return number in self._labels

    def remember(self, number: int, *, said: dict[str, list[str]]) -> None:
        """What was said and is done stands in the comment that is kept current."""
        self._kept(number).said.update(said)
        memory.trim(self._kept(number), self._times.get(number, {}))
        self._stick(number, self._issue(number).sticky or "What was said here is done.")

    def note_done(self, until: datetime) -> None:
        """What was said until then is done, on whichever issue; the board tells it."""
        for board in [one.number for one in self.snapshot.issues if one.board]:
            self._kept(board).past = until
            self._stick(board, self._issue(board).sticky or tell.progress(work(self.snapshot)))

    def finish(self) -> None:
        """Write what is kept current, once for all that changed it; of what two runs wrote at once the first stays."""
        self.flush()
        for number in sorted(self._unwritten):
            with self.attempt(f"the memory of #{number}"):
                self._write_sticky(number)
        with self.attempt("what two runs wrote at once"):
            if self._touched:
                twins.tidy_comments(self.hub, self.snapshot, self._touched)

    def tidy_todos(self) -> None:
        """Of todos that two runs made at once one stays, before others are told of them."""
        if self._made:
            with self.attempt("todos that two runs made at once"):
                self.snapshot = twins.tidy_todos(self.hub, self.snapshot)
                self._made = False

    def _issue(self, number: int) -> Issue:
        return self.snapshot.issue_of.get(number) or Issue(number=number)

    def _kept(self, number: int) -> Written:
        return self.written.setdefault(number, Written())

    def _carry_out(self, action: Action) -> None:  # noqa: C901, PLR0912 - one case an action
        number = action.number
        match action:
            case act.Assign(login=login):
                self.hub.assign(number, login)
            case act.Unassign(login=login):
                self.hub.unassign(number, login)
            case act.Close():
                if not self._issue(number).closed:
                    self.hub.close_issue(number)
            case act.Reopen():
                if self._issue(number).closed:
                    self.hub.reopen_issue(number)
            case act.Block(on=on):
                self._record(number, f"Waits for #{on}.", "blocked", on=on, so=True, native=self._linked(number, on))
            case act.Unblock(on=on):
                self._record(number, f"Waits for #{on} no longer.", "blocked", on=on, so=False)
            case act.AskReview(reviewer=reviewer):
                text = f"To be reviewed by {prose(reviewer) if reviewer else 'whom the plan says'}."
                self._record(number, text, "asked", reviewer=reviewer)
            case act.SetReview(review=review):
                text = f"{review.verdict}: `{review.sha[:12]}`, by {prose(review.by)}."
                self._record(number, text, "review", **msgspec.to_builtins(review))
            case act.SetOverride(override=override):
                text = f"Override of {code(override.gate)}, by {prose(override.by)}: {prose(override.reason)}"
                self._record(number, text, "override", **msgspec.to_builtins(override))
            case act.CreateTodo():
                self._create(action)
            case act.Launch():
                self._launch(action)
            case act.Recheck(key=key):
                if key not in self._issue(number).marks:
                    self._kept(number).did.append(key)
                    self._stick(number, self._issue(number).sticky or tell.RECHECK)
            case act.Mark(key=key):
                if key not in self._issue(number).marks:
                    self._kept(number).did.append(key)
                    self._unwritten.add(number)
            case act.Check():
                if checks.say(self.hub, action, cut(action.summary, SUMMARY)):
                    self._changed_kept(action)
            case act.Show():
                self._answers.setdefault(number, {})[action.key] = self._shown(action)
            case act.Answer(key=key, text=text):
                self._answers.setdefault(number, {})[key] = text
            case act.Tell(text=text, key=key, turn=turn):
                self._comment(number, text, [key], turn=turn)
            case act.Stick(text=text):
                self._stick(number, text)

    def _comment(self, number: int, text: str, keys: list[str], *, turn: bool = False) -> None:
        """A comment of its own, unless all that it says is there."""
        fresh = [key for key in keys if key not in self._issue(number).marks]
        if not fresh:
            return
        marks = "\n".join(markers.write("key", key=key, turn=turn) for key in fresh)
        self.hub.create_comment(number, body(text, marks))
        self._touched.add(number)
        self._changed(number, marks=self._issue(number).marks | set(fresh))

    def _changed_kept(self, action: act.Check) -> None:
        """What was said stands in the comment that is kept current, so that it is said once."""
        kept, pull = self._kept(action.number), self._issue(action.number).pull
        if pull is None:
            return
        after = apply(self.snapshot, (action,)).issue_of[action.number].pull
        kept.judged = after.judged if after is not None else kept.judged
        self._stick(action.number, self._issue(action.number).sticky or tell.UNJUDGED)
        # The commit says something else now than one says that had it before, and may have it again.
        for number, other in self.written.items():
            now = self._issue(number).pull
            if other.judged.head == action.sha and (now is None or now.head != action.sha):
                other.judged = other.judged.of_no_head
                self._stick(number, self._issue(number).sticky or tell.UNJUDGED)

    def _record(self, number: int, text: str, kind: str, **fields: object) -> None:
        """What is believed because the bot wrote it. Written twice it says the same."""
        self.hub.create_comment(number, body(text, markers.write(kind, **fields)))
        self._touched.add(number)

    def _stick(self, number: int, text: str) -> None:
        self._changed(number, sticky=cut(text, LONGEST).rstrip())
        self._unwritten.add(number)

    def _write_sticky(self, number: int) -> None:
        kept = self._kept(number)
        kept.did = memory.newest(kept.did)
        mark = markers.write("sticky", said=kept.said, past=kept.past, did=kept.did, judged=kept.judged)
        text = body(self._issue(number).sticky or "", mark)
        if kept.sticky is None:
            kept.sticky = self.hub.create_comment(number, text).id
            self._touched.add(number)
        else:
            # Where it is gone another run's was first, and stays; the next run writes there what is missing.
            with suppress(NotFoundError):
                self.hub.edit_comment(kept.sticky, text)
        self._unwritten.discard(number)

    def _changed(self, number: int, **fields: object) -> None:
        changed = structs.replace(self._issue(number), **fields)
        issues = tuple(changed if one.number == number else one for one in self.snapshot.issues)
        self.snapshot = structs.replace(self.snapshot, issues=issues)

    def _linked(self, number: int, on: int) -> bool:
        """Whether GitHub's own dependencies hold it now."""
        issue = self._issue(number)
        native = linking.link(self.hub, issue, self._issue(on))
        if native and on not in issue.native:
            self._changed(number, native=(*issue.native, on))
        return native

    def _freed(self, action: act.Unblock) -> bool:
        """Whether GitHub's own dependencies do not hold it, or no longer; where they do, it goes on waiting."""
        issue, on = self._issue(action.number), action.on
        why = linking.unlink(self.hub, issue, self._issue(on))
        if why is not None:
            text = f"It goes on waiting for #{on}: GitHub does not let me take that away ({prose(why)})."
            self._comment(action.number, text, [f"waits:{on}:{len(issue.marks)}"])
        return why is None

    def _create(self, action: act.CreateTodo) -> None:
        if action.key in self.snapshot.made:
            return
        names = [labels.label(labels.STATE, State.OPEN)]
        names += [labels.label(labels.AGENT, action.agent)] if action.agent is not None else []
        names += [labels.label(labels.PHASE, action.phase)] if action.phase is not None else []
        text = markers.harmless(action.text)
        words = " ".join(text.split())
        title = words if len(words) <= _TITLE else f"{words[: _TITLE - 1]}…"
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        why = "A change that was requested of" if action.is_change else "A todo that was made from"
        mark = markers.write("made", key=action.key, parent=action.number, change=action.is_change)
        whole = body(f"{why} #{action.number}, by {prose(action.by)}:\n\n{quoted}", mark)
        made = self.hub.create_issue(title, whole, labels=names)
        self._made = True
        issue = Issue(
            number=made.number,
            id=made.id,
            title=title,
            author=self.snapshot.me,
            labels=tuple(names),
            parent=action.number if action.is_change else None,
        )
        self.snapshot = structs.replace(self.snapshot, issues=(*self.snapshot.issues, issue))

    def _launch(self, action: act.Launch) -> None:
        """Once an hour at most for the same key: a run that was killed between lock and start leaves it to the next."""
        agent = self.snapshot.plan.agent_of.get(action.agent)
        if agent is None or action.key in self._issue(action.number).marks:
            return
        # Assignees and mentions were written with the todo and its brief.
        if agent.launch is Launch.WORKFLOW and not self._started(action):
            return
        self._kept(action.number).did.append(action.key)
        # At once: what was started must not be started again.
        self._stick(action.number, self._issue(action.number).sticky or "Started.")
        self._write_sticky(action.number)

    def _started(self, action: act.Launch) -> bool:
        try:
            return starting.start(self.hub, self.snapshot, action, self.base)
        except starting.NotStartedError as error:
            told = f"{code(action.agent)} could not be started by {code(starting.WORKFLOW)}: {prose(str(error))}."
            self._comment(action.number, f"{told} It is tried each hour.", [f"unstarted:{action.agent}"])
            return False

    def tidy_locks(self) -> None:
        """Locks of starts that are long over go."""
        if self.snapshot.now is not None and any(one.launch is Launch.WORKFLOW for one in self.snapshot.plan.agents):
            with self.attempt("locks that are over"):
                locks.tidy(self.hub, self.snapshot.now)

    def _shown(self, action: act.Show) -> str:
        if action.what == "help":
            about = NAMES.get(action.about or "")
            commands = self.snapshot.bot.commands
            return told.about(COMMANDS[about], commands) if about else told.overview(commands)
        if action.what == "plan":
            return tell.progress(work(self.snapshot))
        issue = View(self.snapshot, action.number).subject
        return tell.standing(self.snapshot, issue, self.snapshot.state(issue), pulls(self.snapshot).get(issue.number))
