"""The example plan from its publishing to its report: eight scripted agents, a reviewer who refuses each third todo."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bot.test_crashes import KilledError, mortal
from bot.test_loop import Bench
from forge.front import Fault
from paddock.bot.api.errors import GitHubError
from paddock.bot.loop import run
from paddock.bot.proposals import pulls
from paddock.plan.model import Role
from paddock.plan.schedule import FINISHED, TAKEN, State
from plans import EXAMPLE, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from forge.world import Forge, Person
    from paddock.bot.model import Issue, Snapshot
    from paddock.plan.model import Plan

REVIEWER = "bob"
_ROUNDS = 80


def _example() -> Plan:
    """The plan as it ships, with the accounts of this GitHub."""
    made = read(EXAMPLE)
    agents = (replace(one, login=REVIEWER if one.role is Role.REVIEWER else one.id) for one in made.agents)
    return replace(made, agents=tuple(agents))


class Team:
    """The agents and their reviewer, who do what the bot told them and nothing else."""

    def __init__(self, forge: Forge, plan: Plan) -> None:
        self.forge = forge
        self.refuse = {todo.id for todo in plan.todos[::3]}
        self.plan, self.refused, self.pushes = plan, set[str](), 0

    def act(self, snapshot: Snapshot) -> None:
        open_ = pulls(snapshot)
        for issue in snapshot.issues:
            planned = self.plan.todo_of.get(issue.todo or "")
            if planned is None:
                continue
            state, pulled = snapshot.state(issue), open_.get(issue.number)
            told = {one.split(":")[0] for one in issue.marks}
            if state is State.IN_PROGRESS and pulled is None and "brief" in told:
                self.push(planned.agent, planned.branch or "")
                self.forge.person(planned.agent).pull(planned.branch or "", body=f"Closes #{issue.number}")
            elif state is State.CHANGES_REQUESTED and "changes" in told:
                self.push(planned.agent, planned.branch or "")
            elif state is State.IN_REVIEW and pulled is not None and self.asked(issue, pulled):
                self.review(planned.id, pulled)
            elif state is State.DONE and pulled is not None:
                self.forge.person("ada").merge(pulled.number)

    def tick(self, snapshot: Snapshot, over: list[str]) -> None:
        """What must hold before the next phase is looked at once the phase is over; until then nothing of it starts."""
        board = next(one.number for one in snapshot.issues if one.board)
        ada = self.forge.person("ada")
        text = ada.do("GET", f"issues/{board}")["body"]
        lines = text.split("\n")
        done = [one.replace("[ ]", "[x]") if any(f"`{id_}`: " in one for id_ in over) else one for one in lines]
        if done != lines:
            assert not any(snapshot.state(one) in TAKEN for one in snapshot.issues if snapshot.is_todo(one))
            ada.do("PATCH", f"issues/{board}", body="\n".join(done))

    @staticmethod
    def asked(issue: Issue, pulled: Issue) -> bool:
        return pulled.pull is not None and f"review:{issue.reviewer}:{pulled.pull.head}" in issue.marks

    def push(self, login: str, branch: str) -> None:
        self.pushes += 1
        self.forge.person(login).push(branch, {f"{branch.rpartition('/')[2]}.txt": f"{self.pushes}\n"})

    def review(self, todo: str, pulled: Issue) -> None:
        assert pulled.pull is not None
        if todo in self.refuse - self.refused:
            self.refused.add(todo)
            text = "/request-changes\n- Close the file\n- Test the error path"
        else:
            text = f"/approve {pulled.pull.head}"
        self.forge.person(REVIEWER).comment(pulled.number, text)


def worked_through(bench: Bench, team: Team, sweep: Callable[[], object]) -> Snapshot:
    """Until nothing is left; how GitHub stands then."""
    plan = team.plan
    phase = {one.id: index for index, one in enumerate(plan.phases)}
    for _ in range(_ROUNDS):
        sweep()
        snapshot = bench.gather().snapshot
        states = {one.todo: snapshot.state(one) for one in snapshot.issues if one.todo in plan.todo_of}
        begun = [phase[plan.todo_of[id_].phase] for id_, one in states.items() if id_ and one in TAKEN]
        left = [phase[plan.todo_of[id_].phase] for id_, one in states.items() if id_ and one not in FINISHED]
        assert all(one == min(left) for one in begun), "a phase began before the one before was over"
        if not left:
            break
        team.tick(snapshot, [one.id for one in plan.phases[: min(left)]])
        team.act(snapshot)
    return snapshot


def is_over(bench: Bench, team: Team, snapshot: Snapshot) -> None:
    """All is done once: no comment, todo, assignment or report twice."""
    ada, plan = bench.forge.person("ada"), team.plan
    board = next(one for one in snapshot.issues if one.board)
    assert len([one for one in board.marks if one.startswith("closing:")]) == 1
    made = [one for one in snapshot.issues if one.parent is not None]
    assert len(team.refused) == len(team.refuse) > 5
    assert len(made) == 2 * len(team.refused)
    assert all(one.closed for one in snapshot.issues if one.pull is None and not one.board)
    total = len(plan.todos) + len(made)
    texts: dict[int, list[str]] = {}
    for one in _every(ada, "issues/comments"):
        texts.setdefault(int(one["issue_url"].rpartition("/")[2]), []).append(one["body"])
    assert any(f"| Todos done | {total} of {total} |" in text for text in texts[board.number])
    for number, some in texts.items():
        keys = [key for text in some for key in re.findall(r'"key":"([^"]+)"', text)]
        assert len(keys) == len(set(keys)), (number, keys)
        assert sum("paddock:sticky" in text for text in some) <= 1, number
    for issue in snapshot.issues:
        states = [name for name in issue.labels if name.startswith("state/")]
        assert issue.pull is not None or issue.board or states == ["state/done"], (issue.number, states)
        assert len([name for name in issue.labels if name.startswith("agent/")]) <= 1
        assert len(issue.assignees) <= 1
    bench.settled()


def _every(person: Person, path: str) -> Iterator[dict[str, Any]]:
    page = 1
    mark = "&" if "?" in path else "?"
    while found := person.do("GET", f"{path}{mark}per_page=100&page={page}"):
        yield from found
        page += 1


KILLS, SEED = 50, 7


class Sweeps:
    """Sweeps in a row; `calls` are those of all of them, and at the ones that `kills` names a run ends.

    It ends before or after GitHub has done the call, by turns. The next run may be killed as well, then one goes on.
    """

    def __init__(self, bench: Bench, kills: Mapping[int, bool]) -> None:
        self.bench, self.kills = bench, kills
        self.calls, self.killed = 0, list[int]()

    def sweep(self) -> None:
        while self._is_killed():
            pass

    def _is_killed(self) -> bool:
        forge, hub = self.bench.forge, mortal(self.bench.forge)
        forge.fail({number - self.calls: Fault(done=done) for number, done in self.kills.items()})
        try:
            run(hub, self.bench.gather(hub), base="main")
        except (KilledError, GitHubError):
            self.killed.append(self.calls + forge.ledger.seen)
        died = forge.ledger.seen in forge.ledger.faults
        self.calls += forge.ledger.seen
        forge.fail({})
        return died


def test_the_example_plan_comes_to_its_report_and_killed_at_fifty_points_to_the_same(forge: Forge) -> None:
    plan = _example()
    bench = Bench(forge, plan)
    bench.publish()
    published = forge.save()

    def played(kills: Mapping[int, bool]) -> tuple[Sweeps, Any]:
        forge.restore(published)
        team, sweeps = Team(forge, plan), Sweeps(bench, kills)
        snapshot = worked_through(bench, team, sweeps.sweep)
        assert bench.publish() == [], "ticks are lost"
        is_over(bench, team, snapshot)
        return sweeps, _end(bench)

    whole, wanted = played({})
    # One in each fiftieth of all calls of all sweeps, wherever there; half of them before and half after the call.
    draw, step = Random(SEED), whole.calls // KILLS  # noqa: S311 - no secret
    points = {index * step + draw.randint(1, step): index % 2 == 0 for index in range(KILLS)}
    killed, found = played(points)
    assert killed.killed == [*points]
    assert killed.calls > whole.calls
    assert found == wanted


def _end(bench: Bench) -> Any:  # noqa: ANN401 - compared only
    """How GitHub stands: issues, whose they are, and what the bot wrote on each, but for numbers and commits."""
    ada = bench.forge.person("ada")
    said: dict[int, list[str]] = {}
    for one in _every(ada, "issues/comments"):
        text = re.sub(r"#\d+|[0-9a-f]{12,40}", "#", one["body"])
        said.setdefault(int(one["issue_url"].rpartition("/")[2]), []).append(text)
    return sorted(
        (
            one["title"],
            one["state"],
            sorted(label["name"] for label in one["labels"]),
            sorted(account["login"] for account in one["assignees"]),
            sorted(said.get(one["number"], [])),
        )
        for one in _every(ada, "issues?state=all")
    )
