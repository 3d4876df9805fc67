"""The gates judge pull requests for the bot: from fetched objects, by the protected branch's policy.

Nothing of a pull request is checked out or run. Gates that run code of the change are not judged again: what their
check run says is taken, of the app whose workflows run them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct, structs

from paddock.bot import tell
from paddock.bot.actions import GATES, Action, Annotation, Check, Stick
from paddock.bot.heads import heads
from paddock.cli.fetching import Fetching
from paddock.cli.judge import judge as judged
from paddock.errors import PaddockError
from paddock.events import PULL_REQUEST_TARGET, Nothing, Proposed
from paddock.findings import Finding, Level, Outcome, Report, Severity, Verdict
from paddock.gates import GATES as KNOWN
from paddock.gates import pr_size, review
from paddock.model import PullRequest, Review, Stage
from paddock.render import markdown
from paddock.sources.fetch import Fetched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from paddock.bot.github import GitHub
    from paddock.bot.model import Issue, Pull, Snapshot
    from paddock.cli.runner import Runner
    from paddock.gates.pr_size import Ledger
    from paddock.model import Trust
    from paddock.policy.model import Policy

ACTIONS = "github-actions"  # the app whose check runs of the code gates are believed
_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTE: "notice"}
_WORST = ("failure", None, "success")
_MOST = 200  # annotations; the comment lists the rest
# A job that was skipped or cancelled has told nothing of the change.
_ENDED = {"success": Outcome.PASSED, "failure": Outcome.FAILED, "timed_out": Outcome.FAILED}


class Judge:
    """Judges for one run of the bot.

    Args:
        hub: what says how the gates ended that run code.
        runner: where the repository is fetched from.
        policy: the protected branch's.
        trust: that branch, and where it was when this run began.
    """

    def __init__(self, hub: GitHub, runner: Runner, policy: Policy, trust: Trust) -> None:
        self._hub, self._runner, self._trust = hub, runner, trust
        self._code_check = policy.bot.code_check
        self._code = [*_on(policy, code=True)]
        self._static = [*_on(policy, code=False)]

    def judge(self, snapshot: Snapshot, pulled: Issue) -> tuple[Action, ...]:
        """The check of its head, and the comment with the table; nothing where all that decides is as it was.

        All that have this head are judged with it, and the check says the worst: it is the commit's.
        """
        pull = pulled.pull
        if pull is None or not pull.head or not (self._code or self._static):
            return ()
        group = heads(snapshot).get(pull.head, ())
        code = self._ended(pull.head) if self._code else None
        digest = tell.digest([self._digest(snapshot, one, its, code) for one, its in group])
        if all(its.judged.digest == digest for _, its in group):
            return ()
        told = [_told(one, *self._report(one, its), code) for one, its in group]
        unjudged = [one.unjudged for one in told if one.unjudged is not None]
        if unjudged:
            # It could not be judged: said once, and tried again each time.
            digest = tell.digest([digest, *unjudged])
            if all(its.judged.digest == digest for _, its in group):
                return ()
        return tuple(_said(told, pull.head, digest))

    def _digest(self, snapshot: Snapshot, pulled: Issue, pull: Pull, code: Verdict | None) -> str:
        branches = sorted(
            f"{one.pull.ref} {one.pull.head}" for one in snapshot.issues if one.pull is not None and not one.closed
        )
        said = [pulled.title, pull.text, pulled.author, *pulled.labels, str(pull.draft)]
        overrides = [msgspec.json.encode(one).decode() for one in (*pull.overrides, *pull.reviews)]
        ended = [code.reason] if code is not None else []
        return tell.digest([pull.head, pull.base, pull.base_sha, self._trust.sha, *said, *overrides, *ended, *branches])

    def _ended(self, sha: str) -> Verdict:
        """How the gates ended that run code of the change; one that is not told of has not ended."""
        runs = [one for one in self._hub.check_runs(sha, name=self._code_check) if one.app == ACTIONS]
        name = self._code_check
        if not runs or any(one.status != "completed" for one in runs):
            waits = "has not ended" if runs else "has not begun"
            return Verdict(gate=name, outcome=Outcome.SKIPPED, reason=f"the check {name} {waits}")
        said = {one.conclusion or "nothing": _ENDED.get(one.conclusion or "", Outcome.ERRORED) for one in runs}
        outcome = next(one for one in (Outcome.FAILED, Outcome.ERRORED, Outcome.PASSED) if one in said.values())
        words = ", ".join(sorted(word for word, ended in said.items() if ended is outcome))
        more = "; run it again" if outcome is Outcome.ERRORED else ""
        return Verdict(gate=name, outcome=outcome, reason=f"the check {name} says {words}{more}")

    def _report(self, pulled: Issue, pull: Pull) -> tuple[Report, Ledger | None]:
        default = self._trust.ref.partition("/")[2] or self._trust.ref
        change = Proposed(
            event=PULL_REQUEST_TARGET,
            head=pull.head,
            branch=pull.ref,
            default=default,
            base=pull.base,
            number=pulled.number,
            pull_request=PullRequest(
                number=pulled.number,
                title=pulled.title,
                body=pull.text,
                author=pulled.author or None,
                labels=pulled.labels,
                draft=pull.draft,
            ),
            fork=not pull.branch,
        )
        if not self._static:
            return Report(stage=Stage.BOT, verdicts=(), subject=change.subject), None
        import tempfile

        try:
            with tempfile.TemporaryDirectory(prefix="paddock-", dir=self._runner.temporary) as folder:
                remote = Fetched(folder, self._runner.url, token=self._runner.token)
                reviews = tuple(Review(one.by, one.verdict.value, one.sha, one.agent, one.base) for one in pull.reviews)
                fetching = Fetching(remote, change, overrides=pull.overrides, reviews=reviews, stage=Stage.BOT)
                found = fetching.fetched(self._static)
                if isinstance(found, Nothing):
                    return Report(stage=Stage.BOT, verdicts=(), subject=change.subject), None
                session, source = found
                report = judged(session, source, Stage.BOT, self._static, subject=change.subject)
                return report, _ledger(session.policy, source, report)
        except PaddockError as error:
            return _unjudged(error, change.subject), None


def _on(policy: Policy, *, code: bool) -> Iterator[str]:
    """The policy's gates that are on here, those that run code of the change or the others."""
    for name, config in policy.gates.items():
        gate: Any = KNOWN[name]
        stage = Stage.CI if code else Stage.BOT
        if gate.runs_code == code and gate.severity(config, stage) is not Severity.OFF:
            yield name


def _ledger(policy: Policy, source: Any, report: Report) -> Ledger | None:  # noqa: ANN401 - a source
    told = {one.gate for one in report.verdicts if one.outcome in (Outcome.PASSED, Outcome.FAILED)}
    config = policy.gates.get(pr_size.GATE.id)
    if pr_size.GATE.id not in told or not isinstance(config, pr_size.PrSizeConfig):
        return None
    return pr_size.ledger(pr_size.read(source, config), config)


def _unjudged(error: PaddockError, subject: str) -> Report:
    finding = Finding(message=str(error), hint=error.hint, severity=Level.ERROR)
    verdict = Verdict(gate="paddock", outcome=Outcome.ERRORED, reason=str(error), findings=(finding,))
    return Report(stage=Stage.BOT, verdicts=(verdict,), subject=subject)


class _Told(Struct, frozen=True, kw_only=True):
    """What the gates come to for one pull request, in words; `unjudged`: why they could not look at it."""

    number: int
    title: str
    conclusion: Literal["success", "failure"] | None
    green: bool | None
    text: str
    annotations: tuple[Annotation, ...]
    unjudged: str | None


def _told(pulled: Issue, report: Report, ledger: Ledger | None, code: Verdict | None) -> _Told:
    unjudged = next((one.reason for one in report.verdicts if one.gate == "paddock"), None)
    reviewed = [one for one in report.verdicts if one.blocking and one.gate == review.GATE.id]
    # The code check is told apart by where it comes from: the policy may call it what a gate is called.
    ran = () if code is None else (code,)
    report = structs.replace(report, verdicts=(*report.verdicts, *ran))
    told = [one for one in report.verdicts if one.blocking and one not in reviewed]
    ends = {one.outcome for one in told}
    waiting = code is not None and code.outcome is Outcome.SKIPPED
    unreviewed = [one.reason for one in reviewed if one.outcome is Outcome.FAILED]
    failed = sum(one.outcome is Outcome.FAILED for one in told)
    errored = sum(one.outcome is Outcome.ERRORED and one.blocking for one in report.verdicts)
    if failed or errored:
        parts = [f"{count} {word}" for count, word in ((failed, "failed"), (errored, "could not be judged")) if count]
        title = f"{', '.join(parts)}, of {len(report.verdicts)}"
    else:
        waits = [report.verdicts[-1].reason] if waiting else unreviewed
        title = waits[0] if waits else f"{len(report.verdicts)} passed"
    return _Told(
        number=pulled.number,
        title=title,
        conclusion="failure" if failed or errored else None if waiting or unreviewed else "success",
        # An error is nobody's mistake: it holds up the end, and sends nobody back to work.
        green=False if Outcome.FAILED in ends else None if errored or waiting else True,
        text=markdown.render(report, ledger=ledger, limit=60_000),
        annotations=tuple(_annotations(report.verdicts)),
        unjudged=unjudged,
    )


def _said(told: Sequence[_Told], sha: str, digest: str) -> Iterator[Action]:
    """The check says the worst; the table and what follows for the todo are each one's own."""
    worst = min(told, key=lambda one: _WORST.index(one.conclusion))
    numbers = [one.number for one in told]
    for one in told:
        yield Check(
            number=one.number,
            name=GATES,
            sha=sha,
            digest=digest,
            title=tell.whose(worst.title, worst.number, numbers),
            conclusion=worst.conclusion,
            summary=tell.shared(worst.number, numbers) + worst.text,
            annotations=worst.annotations,
            green=one.green,
        )
        yield Stick(number=one.number, text=one.text)


def _annotations(verdicts: Iterable[Verdict]) -> Iterator[Annotation]:
    count = 0
    for verdict in verdicts:
        for one in verdict.findings:
            if one.path is None or one.line is None or not one.path.isprintable() or count == _MOST:
                continue
            count += 1
            hint = f"\n{one.hint}" if one.hint else ""
            yield Annotation(one.path, one.line, _LEVELS[one.severity], f"{verdict.gate}: {one.message}{hint}")
