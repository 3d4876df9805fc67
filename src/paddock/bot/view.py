"""A snapshot, seen from one issue or pull request. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.bot.model import Issue, Snapshot
from paddock.bot.proposals import proposed, pulls
from paddock.plan.model import Role

if TYPE_CHECKING:
    from paddock.plan.model import Agent


class View(Struct, frozen=True, dict=True):
    """A snapshot, seen from one issue or pull request."""

    snapshot: Snapshot
    number: int

    @cached_property
    def here(self) -> Issue:
        """What the words stand on; one that GitHub did not tell of is empty."""
        return self.snapshot.issue_of.get(self.number) or Issue(number=self.number)

    @cached_property
    def pulled(self) -> Issue | None:
        """The pull request at hand: this one, or the open one that closes this issue."""
        if self.here.pull is not None:
            return self.here
        if self.snapshot.is_todo(self.here):
            return pulls(self.snapshot).get(self.number)
        closing = (one for one in self.snapshot.issues if one.pull is not None and self.number in one.pull.closes)
        return next((one for one in closing if not one.closed), None)

    @cached_property
    def subject(self) -> Issue:
        """The todo at hand; a pull request's is the one that it is for, else itself."""
        pull = self.here.pull
        if pull is None:
            return self.here
        if not self.here.closed:
            mine = (number for number, some in proposed(self.snapshot).items() if self.here in some)
            return next((self.snapshot.issue_of[number] for number in mine), self.here)
        for number in pull.closes:
            if (issue := self.snapshot.issue_of.get(number)) is not None and self.snapshot.is_todo(issue):
                return issue
        planned = {todo.id for todo in self.snapshot.plan.todos if todo.branch == pull.branch}
        return next((one for one in self.snapshot.issues if one.pull is None and one.todo in planned), self.here)

    @property
    def agent(self) -> Agent | None:
        """Whose the todo at hand is."""
        return self.snapshot.agent(self.subject)

    def reviewers(self) -> tuple[str, ...]:
        """The agents that may review the todo at hand: who was asked, else who the plan says; never its own."""
        plan, own = self.snapshot.plan, self.agent
        asked = plan.agent_of.get(self.subject.reviewer or "")
        planned = plan.todo_of.get(self.subject.todo or "")
        if asked is not None:
            some: tuple[Agent, ...] = (asked,)
        elif planned is not None:
            some = plan.reviewers(planned)
        else:
            some = tuple(one for one in plan.agent_of.values() if one.role is Role.REVIEWER)
        return tuple(one.id for one in some if own is None or one.id != own.id)
