"""Who may say what: (command, who says it, where) by policy and facts, to a refusal in words or None. Pure.

A login that is an agent's in the plan speaks as that agent, whatever its permission in the repository, unless the
policy's `bot.people` says that a person speaks under it. An agent acts on its own work alone, or on what it reviews.
Nobody approves their own work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot import steps
from paddock.bot.actions import Refused
from paddock.bot.command import About
from paddock.policy.bot import Level, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.bot.command import Command
    from paddock.bot.commands import Call
    from paddock.bot.model import Actor, Comment, Issue, Pull, Snapshot
    from paddock.bot.view import View
    from paddock.plan.model import Agent
    from paddock.policy.bot import Who

SHORT = 12  # digits of a commit's name that are shown


def speaks(comment: Comment, snapshot: Snapshot, mark: str) -> bool:
    """Whether somebody's words count at all.

    The bot's own never do: those of its account, and where that is a person's, those with its mark. Another bot's do if
    its login is an agent's in the plan. Words that somebody else edited are nobody's: a maintainer can edit anything.
    """
    author = comment.author.login.lower()
    if comment.editor is not None and comment.editor.lower() != author:
        return False
    if author == snapshot.me.lower() and (snapshot.me_is_bot or mark in comment.text):
        return False
    return not comment.author.bot or bool(snapshot.agents(author))


def speaking_agents(actor: Actor, snapshot: Snapshot) -> tuple[Agent, ...]:
    """The agents that somebody speaks as; none for a person."""
    people = _lower(snapshot.bot.people)
    return () if actor.login.lower() in people else snapshot.agents(actor.login)


def is_outsider(actor: Actor, snapshot: Snapshot) -> bool:
    """Nobody of this repository: no agent, in no team and no list of the policy, and at most a reader."""
    if actor.level is not None and actor.level is not Level.READ:
        return False
    commands = snapshot.bot.commands
    listed = any(actor.login.lower() in _lower(commands.who(name).logins) for name in commands.__struct_fields__)
    return not (listed or actor.teams & snapshot.bot.teams or snapshot.agents(actor.login))


def may(actor: Actor, command: str, snapshot: Snapshot) -> bool:
    """Whether the policy lets somebody say a command as a person, by permission, team or login."""
    return _person(actor, snapshot.bot.commands.who(command))


def check(command: Command, call: Call, comment: Comment, view: View) -> Refused | None:
    """Whether this command may be said here, by who says it; of an approval also whether the work is another's."""
    if comment.place not in command.places:
        where = " or ".join(f"a {place}" for place in sorted(command.places))
        return Refused(f"/{command.name} works on {where} only")
    actor, who = comment.author, command.who(view.snapshot.bot.commands)
    mine = speaking_agents(actor, view.snapshot)
    if mine and not _named(actor, who):
        return _agent(command, call, mine, view)
    if _person(actor, who):
        return None
    if is_outsider(actor, view.snapshot):
        return Refused("only people and agents of this repository can tell me what to do", outsider=True)
    has = f"@{actor.login} has `{actor.level}`" if actor.level else f"@{actor.login} has no permission here"
    return Refused(f"/{command.name} is for {told(who)}; {has}")


def _named(actor: Actor, who: Who) -> bool:
    return actor.login.lower() in _lower(who.logins) or bool(actor.teams & set(who.teams))


def _person(actor: Actor, who: Who) -> bool:
    enough = who.permission is not None and actor.level is not None and actor.level.rank >= who.permission.rank
    return enough or _named(actor, who)


def told(who: Who) -> str:
    """Who may, in half a sentence."""
    some = [f"people with `{who.permission}` or more"] if who.permission else []
    some += [f"the team {team}" for team in who.teams] + [f"@{login}" for login in who.logins]
    some += ["the agent whose todo it is"] if Scope.OWN in who.agents else []
    some += ["the agents that review it"] if Scope.REVIEWER in who.agents else []
    some += [f"agent {agent}" for agent in who.named_agents]
    return ", ".join(some) or "nobody"


def _agent(command: Command, call: Call, mine: tuple[Agent, ...], view: View) -> Refused | None:
    """An agent's right: on its own todo, on one that it reviews, or where nothing of anybody's is at stake."""
    who = command.who(view.snapshot.bot.commands)
    names = " or ".join(one.id for one in mine)
    allowed = [one for one in mine if who.agents or one.id in who.named_agents]
    if not allowed:
        return Refused(f"/{command.name} is for {told(who)}; {names} is an agent")
    if command.about is About.AGENT:
        named = steps.agent(view.snapshot, call.args[0]) if call.args else None
        # One that the plan has not is told by the handler.
        if named is None or isinstance(named, Refused) or named in allowed:
            return None
        return Refused(f"{named.id} is another agent; {names} may say /{command.name} for itself")
    if command.about is About.NOTHING or any(_has_part(one, who, view) for one in allowed):
        return None
    whose = f"{view.agent.id}'s" if view.agent is not None else "nobody's"
    return Refused(f"#{view.subject.number} is {whose}; {names} may say /{command.name} on {_where(who)}")


def _has_part(agent: Agent, who: Who, view: View) -> bool:
    """Whether the todo at hand is the agent's own, or its to review, as far as that counts here."""
    by_name = agent.id in who.named_agents
    own = view.agent is not None and view.agent.id == agent.id
    return (own and (by_name or Scope.OWN in who.agents)) or (
        agent.id in view.reviewers() and (by_name or Scope.REVIEWER in who.agents)
    )


def _where(who: Who) -> str:
    some = ["its own todos"] if Scope.OWN in who.agents or who.named_agents else []
    some += ["the todos that it reviews"] if Scope.REVIEWER in who.agents or who.named_agents else []
    return " and ".join(some)


def reviewing_as(comment: Comment, view: View) -> Agent | Refused | None:
    """As which agent somebody approves, None for a person; refused where the work is their own."""
    pulled = view.pulled
    if pulled is None or pulled.pull is None:
        return Refused(f"#{view.number} has no open pull request")
    snapshot, actor = view.snapshot, comment.author
    made_by = _lower((pulled.author, *pulled.pull.makers))
    same_login = actor.login.lower() in made_by
    own = view.agent
    mine = speaking_agents(actor, snapshot)
    if not mine:
        if not same_login:
            return None
        is_agents = own is not None or any(snapshot.agents(login) for login in made_by)
        maintains = actor.level is not None and actor.level.rank >= Level.MAINTAIN.rank
        if snapshot.bot.review.same_login == "maintainer-may" and is_agents and maintains:
            return None
        return _own_work(pulled, actor)
    workers = _workers(own, made_by, snapshot) | set(pulled.pull.agents)
    others = [one for one in mine if one.id not in workers]
    if not others or (same_login and snapshot.bot.review.same_login != "reviewer-may"):
        return _own_work(pulled, actor)
    reviewer = next((one for one in others if one.id in view.reviewers()), None)
    return reviewer or (_own_work(pulled, actor) if same_login else others[0])


def _workers(own: Agent | None, made_by: frozenset[str], snapshot: Snapshot) -> set[str]:
    """The agents whose work it is: whose the todo is, and who else made commits of it."""
    found = {own.id} if own is not None else set()
    for login in made_by:
        some = snapshot.agents(login)
        # Of several agents under one login it is not told which, unless it is the todo's own.
        if own is None or len(some) == 1:
            found |= {one.id for one in some}
    return found


def _own_work(pulled: Issue, actor: Actor) -> Refused:
    return Refused(f"#{pulled.number} is @{actor.login}'s own work, which somebody else has to approve")


def head(call: Call, comment: Comment, pull: Pull) -> str | Refused:
    """The commit that an approval is for: what it names, what the review was about, or what was the head then.

    It must be the head now. Where nothing tells which commit somebody looked at, it has to be named.
    """
    name = pull.head[:SHORT]
    # Nothing that is said of a commit tells which base somebody looked at.
    before = pull.judged.base not in ("", pull.base)  # it was for another when it was seen last
    if before or (pull.judged.based is not None and comment.at <= pull.judged.based):
        return Refused(
            f"it is for {pull.base} now, and was for another base", f"look at it, then: /{call.command} {name}"
        )
    said = call.args[0] if call.args else comment.sha
    if said is not None:
        if pull.head.startswith(said.lower()):
            return pull.head
        return Refused(f"the head is {name}, not {said[:SHORT]}", f"look at it, then: /{call.command} {name}")
    if pull.pushed is None:
        return Refused("when the head was pushed is not known", f"name the commit: /{call.command} {name}")
    if pull.pushed >= comment.at:
        return Refused(
            f"the head {name} was pushed after this was written", f"look at it, then: /{call.command} {name}"
        )
    return pull.head


def _lower(logins: Iterable[str]) -> frozenset[str]:
    """Logins as they are compared: GitHub does not tell their case apart."""
    return frozenset(login.lower() for login in logins)
