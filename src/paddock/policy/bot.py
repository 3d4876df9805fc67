"""The policy's section `bot`: who may say which command, and what counts as a review."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

Text = Annotated[str, Meta(min_length=1)]
# As text: a hook that reads a policy without names in this section does not compile them.
_LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\[bot\])?"
_TEAM = r"(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_.-]+"


class Level(StrEnum):
    """What somebody may do in a repository, least first. Who has none of these is an outsider."""

    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The higher, the more."""
        return list(Level).index(self)


class Scope(StrEnum):
    """Which agents: those whose own work it is, or the reviewers whom it lies with."""

    OWN = "own"
    REVIEWER = "reviewer"


class Who(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Who may say a command: any of these. What is not named here may not."""

    permission: Annotated[
        Level | None, Meta(description="People with this permission in the repository, or more; null means none.")
    ] = None
    teams: Annotated[tuple[Text, ...], Meta(description="Members of these teams, `organization/team`.")] = ()
    logins: Annotated[tuple[Text, ...], Meta(description="These accounts, without an `@`.")] = ()
    agents: Annotated[
        tuple[Scope, ...],
        Meta(description="Agents of the plan: `own`, on their own todos; `reviewer`, on the todos that they review."),
    ] = ()
    named_agents: Annotated[
        tuple[Text, ...], Meta(description="These agents, by their ids, on their own todos and on those they review.")
    ] = ()


_TRIAGE = Who(permission=Level.TRIAGE)
_OWN = Who(permission=Level.TRIAGE, agents=(Scope.OWN,))
_BOTH = Who(permission=Level.TRIAGE, agents=(Scope.OWN, Scope.REVIEWER))
_JUDGES = Who(permission=Level.WRITE, agents=(Scope.REVIEWER,))


class Commands(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Who may say each command. A section replaces the default as a whole."""

    approve: Who = _JUDGES
    assign: Who = _TRIAGE
    block: Who = _OWN
    done: Who = _TRIAGE
    help: Who = _BOTH
    hold: Who = _BOTH
    launch: Who = Who(permission=Level.WRITE)
    next: Who = _OWN
    override: Who = Who(permission=Level.MAINTAIN)
    phase: Who = _TRIAGE
    plan: Who = _BOTH
    priority: Who = _TRIAGE
    reassign: Who = _TRIAGE
    recheck: Who = _BOTH
    reopen: Who = _OWN
    request_changes: Who = _JUDGES
    review: Who = _OWN
    status: Who = _BOTH
    todo: Who = _BOTH
    unassign: Who = _OWN
    unblock: Who = _OWN
    unhold: Who = _TRIAGE

    def who(self, command: str) -> Who:
        """Who may say a command, by its name.

        Raises:
            AttributeError: there is no such command.
        """
        who = getattr(self, command.replace("-", "_"))
        assert isinstance(who, Who)  # noqa: S101 - every field is one
        return who


class Review(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What counts as a review."""

    same_login: Annotated[
        Literal["refuse", "reviewer-may", "maintainer-may"],
        Meta(
            description="Who may approve an agent's work under the login that it was made under: nobody; a reviewer of"
            " the plan with that login; or a person with the permission `maintain`."
        ),
    ] = "refuse"


class Bot(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """How the bot takes what is said. It is read from the default branch alone."""

    commands: Annotated[Commands, Meta(description="Who may say each command.")] = Commands()
    review: Annotated[Review, Meta(description="What counts as a review.")] = Review()
    people: Annotated[
        tuple[Text, ...],
        Meta(description="Logins of people under which agents run too: what they say counts as the person's."),
    ] = ()
    unknown: Annotated[
        Literal["answer", "near", "ignore"],
        Meta(description="Which unknown commands are answered: all; those that are nearly one of the bot's; or none."),
    ] = "answer"
    other_bots: Annotated[
        tuple[Text, ...], Meta(description="Commands of other bots, without the `/`, which are never answered.")
    ] = ("azp", "cc", "gemini", "kind", "ok-to-test", "oc", "opencode", "rebase", "retest", "test")

    code_check: Annotated[
        Text, Meta(description="The check whose word is taken on the gates that run code of the change.")
    ] = "paddock / code"
    lease: Annotated[
        int,
        Meta(
            ge=1,
            le=24 * 365,
            description="Hours without a sign of work after which an agent is reminded of its todo; after as many more"
            " its lease has lapsed.",
        ),
    ] = 24
    lapsed: Annotated[
        Literal["restart", "hand-on", "release"],
        Meta(
            description="What becomes of a todo whose lease lapsed: its agent is told and started once more, and the"
            " next time it is nobody's; a worker with nothing to do gets it; or it is nobody's at once."
        ),
    ] = "restart"

    @property
    def teams(self) -> frozenset[str]:
        """The teams whose members have to be known."""
        every = (self.commands.who(field.name) for field in fields(Commands))
        return frozenset(team for who in every for team in who.teams)

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What the types can't say: each value's path below the section, and what is wrong with it."""
        for field in fields(Commands):
            who = self.commands.who(field.name)
            for key, values, pattern, what in (
                ("logins", who.logins, _LOGIN, "login"),
                ("teams", who.teams, _TEAM, "team"),
            ):
                for i, value in enumerate(values):
                    if not re.fullmatch(pattern, value):
                        yield ("commands", field.encode_name, key, i), _no(value, what)
        for i, value in enumerate(self.people):
            if not re.fullmatch(_LOGIN, value):
                yield ("people", i), _no(value, "login")


def _no(value: str, what: str) -> str:
    hint = "; write it without the `@`" if value.startswith("@") else ""
    return f"`{value}` is no {what}{hint}"
