"""From an event to a source: what is fetched, what it is compared with, and whose word decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock.cli.check import commits_source
from paddock.cli.session import Session
from paddock.errors import CouldNotCheckError
from paddock.events import MERGE_GROUP, Nothing, Proposed
from paddock.findings import Severity
from paddock.gates import branch_order, integration
from paddock.model import NoPullRequest, Stage
from paddock.plan.keys import series_of
from paddock.policy.model import FILE
from paddock.sources.fetch import HEAD, PULL, SINCE, Fetched, first_depth, refspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.engine import Gate
    from paddock.model import Override, Review, Source
    from paddock.policy.model import Policy
    from paddock.sources.github import GitHub
    from paddock.steps import Execution


class Fetching:
    """One change, fetched step by step: each step needs what the policy of the one before says.

    Args:
        remote: where everything comes from.
        change: what the event told.
        policy_file: another policy than the repository's.
        base: another base than the event's.
        trust: another protected branch than the repository's default.
        github: whose word is taken on signatures that no key here can be checked with.
        execution: how steps are run on the change's files.
        workspace: the folder that the run's earlier steps checked the change out into and ran it in.
        overrides: those that a maintainer gave.
        reviews: where they are known.
        stage: where it is judged; what no gate asks for there is not fetched.
    """

    def __init__(  # noqa: PLR0913 - what the event does not tell
        self,
        remote: Fetched,
        change: Proposed,
        *,
        policy_file: str | None = None,
        base: str | None = None,
        trust: str | None = None,
        github: GitHub | None = None,
        execution: Execution | None = None,
        workspace: str | None = None,
        overrides: tuple[Override, ...] = (),
        reviews: tuple[Review, ...] | None = None,
        stage: Stage = Stage.CI,
    ) -> None:
        self._remote = remote
        self._change = change
        self._policy_file = policy_file
        self._base = base
        self._github = github
        self._execution = execution
        self._workspace = workspace
        self._overrides = overrides
        self._reviews = reviews
        self._stage = stage
        self._protected = trust or change.default
        self._depth = first_depth(change.commits)
        self._specs: list[str] = []

    def fetched(self, gates: Iterable[str] = ()) -> tuple[Session, Source] | Nothing:
        """The change as a source, and the session that judges it by the trusted policy.

        Args:
            gates: the gates that will judge; all of the policy's when empty.

        Raises:
            CouldNotCheckError: something of it can't be had.
            PolicyError: there is no policy to judge by.
        """
        change, remote = self._change, self._remote
        self._tips()
        session = self._session(f"origin/{self._protected}")
        base = self._base or change.base or self._protected
        own = change.pushed and change.branch in (change.default, self._protected, base)
        if own and change.since is None:
            return Nothing(f"the push made the branch {change.branch}, so there is nothing to compare it with")
        if own or change.event == MERGE_GROUP:
            self._since()
            revision = str(change.since)
        else:
            self._get(refspec(base), f"the base `{base}` is not there any more; the event that says so is judged next")
            revision = self._tip(base)
        if own:
            # What was pushed to the protected branch may not choose the rules it is judged by.
            session = self._session(revision)
        remote.deepen(self._specs, (revision,), change.head, self._depth)
        branch = change.branch
        series = self._series(session.policy, set(gates))
        if self._judges(integration.GATE, session.policy, set(gates)):
            self._contents(series, dict.fromkeys((revision, *(() if own else self._mainline()))))
        if series:
            branch = self._named(series, base)
        # Objects were fetched since: what was shallow may be so no longer.
        session = self._opened(session.policy_file, revision if own else f"origin/{self._protected}")
        source = commits_source(
            session,
            change.head,
            base=base,
            base_revisions=(revision,),
            branch=branch,
            named=change.branch,
            mainline=() if own else self._mainline(),
            queued=change.event == MERGE_GROUP,
            pull_request=change.pull_request or _none(change),
            workspace=self._workspace,
            overrides=self._overrides,
            reviews=self._reviews,
        )
        return session, source

    def _tips(self) -> None:
        """The protected branch and the change's last commit, and with them the base where the event names it."""
        change, remote = self._change, self._remote
        head = f"{change.head}:{HEAD}"
        wanted = dict.fromkeys((refspec(self._protected), head))
        base = self._base or change.base
        if base is not None and change.since is None:
            wanted[refspec(base)] = None
        if remote.has(*wanted, depth=self._depth):
            self._specs = list(wanted)
            return
        # One of them is not there: which, is told by asking for each.
        self._get(refspec(self._protected), f"there is no branch `{self._protected}`, whose policy would judge")
        gone = f"{change.head[:12]} is not there any more: the branch was moved, and a run for its new tip judges it"
        if change.number is None or change.event == MERGE_GROUP or remote.has(head, depth=self._depth):
            self._get(head, gone)
            return
        # Servers that hand out no commit by its name have it at the tip of this ref of theirs.
        pull = f"refs/pull/{change.number}/head:{HEAD}"
        self._get(pull, gone)
        if remote.repository.resolve(HEAD) != change.head:
            raise CouldNotCheckError(gone)

    def _get(self, spec: str, otherwise: str) -> None:
        if spec in self._specs:
            return
        if not self._remote.has(spec, depth=self._depth):
            raise CouldNotCheckError(otherwise)
        self._specs.append(spec)

    def _since(self) -> None:
        since = str(self._change.since)
        self._get(f"{since}:{SINCE}", f"{since[:12]}, which the change is compared with, is not there any more")

    def _tip(self, branch: str) -> str:
        found = self._remote.repository.resolve(f"refs/remotes/origin/{branch}")
        if found is None:
            raise CouldNotCheckError(f"the branch `{branch}` could not be fetched")
        return found

    def _mainline(self) -> tuple[str, ...]:
        """What holds the merged branches; those that a group merges together are merged to each other."""
        tip = self._tip(self._protected)
        return (tip, self._change.head) if self._change.event == MERGE_GROUP else (tip,)

    def _session(self, trust: str) -> Session:
        """A session whose policy was read; the protected branch is from then on the one that the policy names."""
        session = self._opened(self._policy_file, trust)
        try:
            policy = session.policy
        except CouldNotCheckError:
            if not session.repository.shallow:
                raise
            # A broken policy is judged by an earlier one, which may lie far back.
            self._remote.unshallow(self._specs)
            session = self._opened(self._policy_file, trust)
            policy = session.policy
        if policy.base != self._protected and self._trusted_has_policy(session) and not _is_commit(trust):
            self._get(refspec(policy.base), f"there is no branch `{policy.base}`, the base of the policy")
            self._protected = policy.base
            return self._opened(self._policy_file, f"origin/{policy.base}")
        return session

    def _opened(self, policy_file: str | None, trust: str) -> Session:
        session = Session(policy_file, trust=trust)
        session.repository = self._remote.repository
        session.github = self._github
        session.execution = self._execution
        session.head = self._change.head
        return session

    @staticmethod
    def _trusted_has_policy(session: Session) -> bool:
        # Where it has none, the change's own judges for once; it does not choose whom to trust.
        return session.trust is not None and session.repository.blob(session.trust.sha, FILE) is not None

    def _series(self, policy: Policy, gates: set[str]) -> tuple[str, ...]:
        """The series among whose branches the change's place is judged; none where nothing asks for it."""
        found: dict[str, None] = {}
        for gate in (branch_order.GATE, integration.GATE):
            config = policy.gates.get(gate.id)
            if self._judges(gate, policy, gates) and isinstance(config, _Ordered):
                found |= dict.fromkeys(config.series)
        inside = self._change.event == MERGE_GROUP or series_of(self._change.branch, tuple(found)) is not None
        return tuple(found) if inside else ()

    def _judges(self, gate: Gate[Any, Any], policy: Policy, gates: set[str]) -> bool:
        config = policy.gates.get(gate.id)
        if config is None or (gates and gate.id not in gates):
            return False
        return gate.severity(config, self._stage) is not Severity.OFF

    def _contents(self, series: tuple[str, ...], lines: Iterable[str]) -> None:
        """Fetch what trial merges need, before bare commits are all that is known of older ones."""
        remote, globs = self._remote, _globs(series)
        if globs:
            remote.get(*globs, depth=self._depth)
        for tip in (self._change.head, *remote.tips(series)):
            for line in lines:
                remote.deepen([*self._specs, *globs], (line,), tip, self._depth)

    def _named(self, series: tuple[str, ...], base: str) -> str:
        """Fetch the branches of the series and what tells which are merged; the change's branch by its own name."""
        self._remote.all_commits([*self._specs, *_globs(series)])
        change = self._change
        if change.event != MERGE_GROUP or change.number is None:
            return change.branch
        if not self._remote.has(f"refs/pull/{change.number}/head:{PULL}"):
            return change.branch
        tip = self._remote.repository.resolve(PULL)
        names = [name for name in self._remote.branches_at(tip or "") if name not in (base, change.branch)]
        return names[0] if len(names) == 1 else change.branch


_Ordered = branch_order.BranchOrderConfig | integration.IntegrationConfig


def _globs(series: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"refs/heads/{one}/*:refs/remotes/origin/{one}/*" for one in series)


def _none(change: Proposed) -> NoPullRequest:
    if change.event == MERGE_GROUP:
        return NoPullRequest("a merge queue's event brings no pull request: it was judged before it was queued")
    return NoPullRequest(f"the event {change.event} brings no pull request")


def _is_commit(trust: str) -> bool:
    return not trust.startswith("origin/")
