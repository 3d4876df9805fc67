"""The example plan from its publishing to its report: eight scripted agents, a reviewer who refuses each third todo."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bot.test_crashes import KilledError, swept
from bot.test_loop import Bench
from forge.front import Fault
from paddock.bot.api.errors import GitHubError
from paddock.bot.proposals import pulls
from paddock.plan.model import Role
from paddock.plan.schedule import FINISHED, TAKEN, State
from plans import EXAMPLE, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    while found := person.do("GET", f"{path}?per_page=100&page={page}"):
        yield from found
        page += 1


def test_the_example_plan_is_worked_through_to_its_report(forge: Forge) -> None:
    plan = _example()
    bench, team = Bench(forge, plan), Team(forge, plan)
    bench.publish()
    snapshot = worked_through(bench, team, bench.sweep)
    assert bench.publish() == [], "ticks are lost"
    is_over(bench, team, snapshot)


KILLS, SEED = 50, 7


def test_killed_at_fifty_points_it_comes_to_the_same_end(forge: Forge) -> None:
    """A run ends at one of its calls, before or after GitHub has done it; the next may, too, then one goes on."""
    plan = _example()
    bench, team = Bench(forge, plan), Team(forge, plan)
    bench.publish()
    draw = Random(SEED)  # noqa: S311 - no secret
    killed: list[int] = []

    def sweep() -> None:
        for _ in range(draw.randint(1, 3)):
            if len(killed) == KILLS:
                break
            number = draw.randint(1, 40)
            forge.fail({number: Fault(done=draw.random() < 0.5)})
            try:
                swept(bench)
            except (KilledError, GitHubError):
                killed.append(number)
            forge.fail({})
        bench.sweep()

    snapshot = worked_through(bench, team, sweep)
    assert len(killed) == KILLS
    is_over(bench, team, snapshot)
