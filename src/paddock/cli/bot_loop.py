"""What the bot's commands set up: GitHub, the default branch's policy and plan, the event; and how they end."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import structs

from paddock.bot.gather import Edit, Gathered, Gatherer, Rules
from paddock.bot.github import connect
from paddock.bot.loop import plan as planned_actions
from paddock.bot.loop import run
from paddock.bot.publication import Publication
from paddock.cli.bot_judge import Judge
from paddock.cli.planned import Planned
from paddock.cli.runner import Runner
from paddock.cli.session import Session, read_file
from paddock.cli.surroundings import surroundings
from paddock.errors import UsageError
from paddock.findings import Severity
from paddock.gates import review
from paddock.model import Stage
from paddock.plan.keys import ref_problem
from paddock.policy.model import FILE
from paddock.sources.fetch import Fetched, refspec
from paddock.sources.trust import PROTECTED

if TYPE_CHECKING:
    from paddock.bot.github import GitHub
    from paddock.cli.asking import Asked
    from paddock.plan.model import Plan
    from paddock.policy.model import Policy

WORKFLOW_LOGIN = "github-actions[bot]"  # whose token a workflow's is, which GitHub does not tell
_LIMIT = 32 << 20  # bytes of an event; GitHub sends 25 MB at most


class Running:
    """One run of the bot in a checkout of the default branch."""

    def __init__(self, asked: Asked, event: Event | None = None) -> None:
        self.planned = Planned(asked.file, asked.policy_file, trust=asked.trust or PROTECTED)
        told = asked.fetch or os.environ.get("GITHUB_REPOSITORY")
        around = surroundings(os.environ, None if told else self.planned.session.repository)
        self.repository = around.get("GITHUB_REPOSITORY", "")
        self.hub: GitHub = connect(around)
        self.runner = Runner(around)
        if asked.fetch:
            default = event.default if event is not None and event.default is not None else None
            self._fetch(asked, default or self.hub.repository().default_branch)
        self._login = asked.login

    def _fetch(self, asked: Asked, default: str) -> None:
        """Take the default branch, or the base that its policy names, into a repository of our own."""
        import tempfile

        # It lasts as long as this run.
        self._folder = tempfile.TemporaryDirectory(prefix="paddock-", dir=self.runner.temporary)
        remote = Fetched(self._folder.name, self.runner.url, token=self.runner.token)
        remote.get(refspec(default), depth=1)
        session = self._opened(asked, remote, default)
        base = session.policy.base
        if base != default and session.repository.blob(f"refs/remotes/origin/{default}", FILE) is not None:
            remote.get(refspec(base), depth=1)
            session = self._opened(asked, remote, base)
        self.planned.session = session

    @staticmethod
    def _opened(asked: Asked, remote: Fetched, branch: str) -> Session:
        session = Session(asked.policy_file, trust=asked.trust or f"origin/{branch}")
        session.repository = remote.repository
        return session

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return self.planned.sound

    @property
    def has_plan(self) -> bool:
        """Whether there is one: without, nothing is anybody's."""
        return self.planned.file is not None or any(one.text is not None for one in self.planned.session.plans())

    @property
    def me(self) -> str:
        """The bot's login."""
        if self._login is None:
            found = self.hub.me()
            self._login = found.login if found is not None else WORKFLOW_LOGIN
        return self._login

    def gather(self, event: Event) -> Gathered:
        """What is there now."""
        policy = self.planned.session.policy
        known = self.planned.rules
        rules = Rules(
            plan=self.plan,
            bot=policy.bot,
            gates=tuple(sorted(policy.gates)),
            limit=known.limit,
            template=known.template,
            series=policy.series,
            approvals=_approvals(policy),
        )
        looking = Gatherer(self.hub, rules, repository=self.repository, me=self.me, now=datetime.now(UTC))
        return looking.gather(event.number, event.edits)

    def go(self, event: Event, *, dry_run: bool, record: str | None) -> None:
        """Look, and do; or tell what would be done, a line each."""
        if not self.has_plan:
            click.echo("there is no plan on the default branch, so nothing is handed out: paddock plan init", err=True)
            return
        gathered = self.gather(event)
        if record is not None:
            _write(record, gathered)
        trust = self.planned.session.trust
        assert trust is not None  # noqa: S101 - this session was made with one
        judge = Judge(self.hub, self.runner, self.planned.session.policy, trust)
        if dry_run:
            tell(gathered, judge)
            return
        count = run(self.hub, gathered, base=self.plan.base, judge=judge)
        click.echo(f"{count} {'thing' if count == 1 else 'things'} done")

    def publish(self, *, dry_run: bool) -> None:
        """The plan as issues."""
        limit = self.planned.rules.limit
        for one in Publication(self.hub, self.plan, me=self.me, limit=limit, dry=dry_run).publish():
            where = f" #{one.number}" if one.number is not None else ""
            click.echo(f"{'would ' if dry_run else ''}{one.what}{where} {one.todo}".rstrip())


def _approvals(policy: Policy) -> int:
    """How many the gate `review` wants; one where it is off."""
    config = policy.gates.get(review.GATE.id)
    on = isinstance(config, review.ReviewConfig) and review.GATE.severity(config, Stage.BOT) is not Severity.OFF
    return config.approvals if on and isinstance(config, review.ReviewConfig) else 1


class Event(msgspec.Struct, frozen=True):
    """Of what happened, where; and how which comment was edited."""

    number: int | None = None
    edits: dict[int, Edit] = {}
    default: str | None = None


def read_event(path: str) -> Event:
    """An event's payload, of whatever kind. What it says is not believed but for how a comment was edited.

    Raises:
        UsageError: it is no JSON object.
    """
    raw = read_file(path, path, _LIMIT)
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no event: no JSON", hint="give the file that GITHUB_EVENT_PATH names") from error
    if not isinstance(payload, dict):
        raise UsageError(f"{path} is no event: no JSON object", hint="give the file that GITHUB_EVENT_PATH names")
    number = _at(payload, "issue", "number") or _at(payload, "pull_request", "number") or payload.get("number")
    ran_for = _at(payload, "workflow_run", "pull_requests")
    if isinstance(ran_for, list) and len(ran_for) == 1:
        number = _at(ran_for[0], "number")
    default = _at(payload, "repository", "default_branch")
    named = isinstance(default, str) and ref_problem(default) is None
    return Event(
        number if isinstance(number, int) else None,
        _edits(payload),
        default if named else None,
    )


def _edits(payload: dict[str, Any]) -> dict[int, Edit]:
    """How a comment of an issue or a pull request was edited; those on lines have no issue beside them."""
    comment = _at(payload, "comment", "id")
    if payload.get("action") != "edited" or not isinstance(comment, int) or "issue" not in payload:
        return {}
    told = {
        "by": _at(payload, "sender", "login"),
        "text": _at(payload, "comment", "body") or "",
        "at": _at(payload, "comment", "updated_at"),
        "before": _at(payload, "changes", "body", "from"),
    }
    try:
        return {comment: msgspec.convert(told, Edit)}
    except msgspec.ValidationError:
        return {}


def _at(value: Any, *keys: str) -> Any:  # noqa: ANN401 - JSON
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def tell(gathered: Gathered, judge: Judge | None = None) -> None:
    """What would be done, as JSON, an action a line."""
    for action in planned_actions(gathered, judge):
        click.echo(msgspec.json.encode(action).decode())


def _write(path: str, gathered: Gathered) -> None:
    plan = structs.replace(gathered.snapshot.plan, node=None)
    recorded = structs.replace(gathered, snapshot=structs.replace(gathered.snapshot, plan=plan))
    try:
        with open(path, "wb") as file:
            file.write(msgspec.json.encode(recorded))
    except OSError as error:
        raise UsageError(f"can't write {path}: {error.strerror}") from error


def read_recorded(path: str) -> Gathered:
    """What `--record` wrote.

    Raises:
        UsageError: it is something else.
    """
    try:
        return msgspec.json.decode(read_file(path, path, _LIMIT), type=Gathered)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no recorded run: {error}", hint="paddock bot handle --record FILE") from error
