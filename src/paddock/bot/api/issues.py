"""Issues, their comments, what stands between them, labels and milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.api.answers import Comment, Issue, Label, Milestone, Reaction
from paddock.bot.api.calls import time_of
from paddock.bot.api.errors import NotFoundError
from paddock.bot.api.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Literal

    State = Literal["open", "closed", "all"]
    On = Literal["issues", "issues/comments", "pulls/comments"]


class Issues(Section):
    """The repository's issues; a pull request is one of them to all that is not about its change."""

    def issue(self, number: int) -> Issue:
        """One of them."""
        return self._calls.get(self._path("issues", number), Issue)

    def issues(
        self, state: State = "open", *, labels: Sequence[str] = (), since: datetime | None = None
    ) -> tuple[Issue, ...]:
        """Issues and pull requests, the oldest first: with all these labels, changed since then."""
        asked = {"state": state, "labels": ",".join(labels) or None, "since": _time(since)}
        return tuple(sorted(self._calls.by_time(self._path("issues"), Issue, asked), key=lambda one: one.number))

    def create_issue(
        self,
        title: str,
        body: str,
        *,
        labels: Sequence[str] = (),
        assignees: Sequence[str] = (),
        milestone: int | None = None,
    ) -> Issue:
        """Open an issue. Labels that the repository does not have are made by GitHub."""
        made = {"title": title, "body": body, "labels": list(labels), "assignees": list(assignees)}
        return self._calls.made(
            "POST", self._path("issues"), Issue, made | ({} if milestone is None else {"milestone": milestone})
        )

    def edit_issue(
        self, number: int, *, title: str | None = None, body: str | None = None, milestone: int | None = None
    ) -> Issue:
        """Change what is given."""
        changed = {"title": title, "body": body, "milestone": milestone}
        return self._changed(number, {name: value for name, value in changed.items() if value is not None})

    def close_issue(self, number: int, *, completed: bool = True) -> Issue:
        """Close it as completed, or as not planned."""
        return self._changed(number, {"state": "closed", "state_reason": "completed" if completed else "not_planned"})

    def reopen_issue(self, number: int) -> Issue:
        """Open it again."""
        return self._changed(number, {"state": "open"})

    def _changed(self, number: int, fields: object) -> Issue:
        return self._calls.made("PATCH", self._path("issues", number), Issue, fields)

    def add_labels(self, number: int, *names: str) -> None:
        """It has these labels."""
        self._calls.send("POST", self._path("issues", number, "labels"), {"labels": list(names)}, again=True)

    def remove_label(self, number: int, name: str) -> None:
        """It does not have this label."""
        _unless_gone(lambda: self._calls.send("DELETE", self._path("issues", number, "labels", name)))

    def assign(self, number: int, *logins: str) -> tuple[str, ...]:
        """The assignees that it has then. Whom GitHub does not let be assigned, it leaves out in silence."""
        asked = {"assignees": list(logins)}
        return self._calls.made("POST", self._path("issues", number, "assignees"), Issue, asked, again=True).assigned

    def unassign(self, number: int, *logins: str) -> tuple[str, ...]:
        """The assignees that are left."""
        asked = {"assignees": list(logins)}
        return self._calls.made("DELETE", self._path("issues", number, "assignees"), Issue, asked).assigned

    def comments(self, number: int, *, since: datetime | None = None) -> tuple[Comment, ...]:
        """Its comments, the oldest first."""
        return self._calls.pages(self._path("issues", number, "comments"), Comment, {"since": _time(since)})

    def all_comments(self, *, since: datetime) -> tuple[Comment, ...]:
        """Comments on whatever issue or pull request that were written or changed since, the first changed first."""
        return self._calls.by_time(self._path("issues", "comments"), Comment, {"since": _time(since)})

    def comment(self, comment: int) -> Comment:
        """One comment by its id."""
        return self._calls.get(self._path("issues", "comments", comment), Comment)

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a comment; GitHub takes 65,536 characters."""
        return self._calls.made("POST", self._path("issues", number, "comments"), Comment, {"body": body})

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Write other words into a comment."""
        return self._calls.made("PATCH", self._path("issues", "comments", comment), Comment, {"body": body})

    def delete_comment(self, comment: int) -> None:
        """The comment is gone."""
        _unless_gone(lambda: self._calls.send("DELETE", self._path("issues", "comments", comment)))

    def reactions(self, on: On, number: int) -> tuple[Reaction, ...]:
        """The reactions to an issue by its number, or to a comment by its id. Reviews can have none."""
        return self._calls.pages(self._path(*on.split("/"), number, "reactions"), Reaction)

    def react(self, on: On, number: int, content: str) -> Reaction:
        """The bot's reaction is there."""
        asked = {"content": content}
        return self._calls.made("POST", self._path(*on.split("/"), number, "reactions"), Reaction, asked, again=True)

    def unreact(self, on: On, number: int, reaction: int) -> None:
        """The reaction is gone."""
        _unless_gone(lambda: self._calls.send("DELETE", self._path(*on.split("/"), number, "reactions", reaction)))

    def blocked_by(self, number: int) -> tuple[Issue, ...]:
        """The issues that must be closed before it, as GitHub's own dependencies say."""
        return self._calls.pages(self._path("issues", number, "dependencies", "blocked_by"), Issue)

    def block(self, number: int, by: int) -> None:
        """It is blocked by another, by that one's id."""
        self._calls.send("POST", self._path("issues", number, "dependencies", "blocked_by"), {"issue_id": by})

    def unblock(self, number: int, by: int) -> None:
        """It is not blocked by another, by that one's id."""
        there = self._path("issues", number, "dependencies", "blocked_by", by)
        _unless_gone(lambda: self._calls.send("DELETE", there))

    def sub_issues(self, number: int) -> tuple[Issue, ...]:
        """The issues below it."""
        return self._calls.pages(self._path("issues", number, "sub_issues"), Issue)

    def add_sub_issue(self, number: int, child: Issue) -> None:
        """The other stands below it."""
        self._calls.send("POST", self._path("issues", number, "sub_issues"), {"sub_issue_id": child.id})

    def labels(self) -> tuple[Label, ...]:
        """The labels that the repository has."""
        return self._calls.pages(self._path("labels"), Label)

    def create_label(self, label: Label) -> None:
        """Make a label; `color` is six hexadecimal digits."""
        made = {"name": label.name, "color": label.color, "description": label.description or ""}
        self._calls.send("POST", self._path("labels"), made)

    def edit_label(self, label: Label) -> None:
        """Give a label, by its name, another colour and description."""
        changed = {"color": label.color, "description": label.description or ""}
        self._calls.send("PATCH", self._path("labels", label.name), changed)

    def milestones(self) -> tuple[Milestone, ...]:
        """The milestones, closed ones too."""
        return self._calls.pages(self._path("milestones"), Milestone, {"state": "all"})

    def create_milestone(self, title: str, description: str = "") -> Milestone:
        """Make a milestone."""
        made = {"title": title, "description": description}
        return self._calls.made("POST", self._path("milestones"), Milestone, made)

    def edit_milestone(self, number: int, *, closed: bool, description: str | None = None) -> Milestone:
        """Open or close a milestone, and say what it is."""
        changed = {"state": "closed" if closed else "open"} | (
            {} if description is None else {"description": description}
        )
        return self._calls.made("PATCH", self._path("milestones", number), Milestone, changed)


def _time(time: datetime | None) -> str | None:
    return None if time is None else time_of(time)


def _unless_gone(send: Callable[[], object]) -> None:
    try:
        send()
    except NotFoundError:
        return
