"""The example plan from its publishing to its report: eight scripted agents, a reviewer who refuses each third todo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.test_loop import Bench
from paddock.bot.reconcile import pulls
from paddock.plan.model import Role
from paddock.plan.schedule import FINISHED, TAKEN, State
from plans import EXAMPLE, read

if TYPE_CHECKING:
    from forge.world import Forge
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


def test_the_example_plan_is_worked_through_to_its_report(forge: Forge) -> None:
    plan = _example()
    bench, team = Bench(forge, plan), Team(forge, plan)
    bench.publish()
    phase = {one.id: index for index, one in enumerate(plan.phases)}
    for _ in range(_ROUNDS):
        bench.sweep()
        assert bench.publish() == [], "ticks are lost"
        snapshot = bench.gather().snapshot
        states = {one.todo: snapshot.state(one) for one in snapshot.issues if one.todo in plan.todo_of}
        begun = [phase[plan.todo_of[id_].phase] for id_, one in states.items() if id_ and one in TAKEN]
        left = [phase[plan.todo_of[id_].phase] for id_, one in states.items() if id_ and one not in FINISHED]
        assert all(one == min(left) for one in begun), "a phase began before the one before was over"
        if not left:
            break
        team.tick(snapshot, [one.id for one in plan.phases[: min(left)]])
        team.act(snapshot)
    board = next(one for one in snapshot.issues if one.board)
    report = [one for one in board.marks if one.startswith("closing:")]
    assert len(report) == 1
    made = [one for one in snapshot.issues if one.parent is not None]
    assert len(team.refused) == len(team.refuse) > 5
    assert len(made) == 2 * len(team.refused)
    assert all(one.closed for one in snapshot.issues if one.pull is None and not one.board)
    said = [one["body"] for one in forge.person("ada").do("GET", f"issues/{board.number}/comments")]
    total = len(plan.todos) + len(made)
    assert any(f"| Todos done | {total} of {total} |" in text for text in said)
    bench.settled()
