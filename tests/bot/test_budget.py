"""How many calls to GitHub an event and a sweep take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.test_loop import Bench
from forge.world import BOT
from paddock.bot.gather import Gatherer, Rules
from paddock.bot.github import connect
from paddock.bot.loop import run
from paddock.bot.table import COMMANDS

if TYPE_CHECKING:
    from forge.world import Forge

COMMENT = 8
# What these set off is more than one answer: labels change places, issues are made, the next todo is handed out.
MORE = {"reassign": 11, "unassign": 9, "override": 9, "request-changes": 14, "approve": 22}


def test_a_comment_with_one_command_takes_few_calls(forge: Forge) -> None:
    bench = Bench(forge)
    bench.publish()
    bench.sweep()
    one, ada = forge.person("agent-1"), forge.person("ada")
    first, second, other = bench.number("t1"), bench.number("t2"), ada.issue("Other")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{first}")
    bench.sweep()
    bench.sweep()

    def calls(number: int, text: str) -> int:
        ada.comment(number, text)
        bench.gates = ("pr-size",) if "pr-size" in text else ()
        forge.forget()
        hub = connect(forge.environment())
        rules = Rules(plan=bench.plan, bot=bench.bot, gates=bench.gates)
        looking = Gatherer(hub, rules, repository=forge.repository, me=BOT, now=datetime.now(UTC))
        run(hub, looking.gather(number, {}), base="main")
        return len(forge.calls())

    said = [
        (other, "help"), (other, "assign a"), (second, "hold"), (second, "unhold"), (second, "priority high"),
        (second, "status"), (second, "plan"), (second, "block #1"), (second, "unblock #1"), (second, "unassign"),
        (second, "reassign a"), (second, "todo Do it"), (second, "phase 1"), (pull, "recheck"), (pull, "review r"),
        (pull, "override pr-size It can't be cut"), (pull, "request-changes\n- one"), (pull, "approve"),
        (second, "done"), (second, "reopen"), (second, "next a"), (second, "launch"),
    ]  # fmt: skip
    found = {text.split()[0]: calls(number, f"/{text}") for number, text in said}
    assert set(found) == set(COMMANDS)
    assert {name: count for name, count in found.items() if count > MORE.get(name, COMMENT)} == {}, found


def test_a_sweep_that_finds_nothing_takes_few_calls_and_what_is_unchanged_is_not_sent_again(forge: Forge) -> None:
    bench = Bench(forge)
    bench.publish()
    people = {"agent-1": ("feature/x/00a-one", "t1"), "agent-2": ("feature/x/00b-two", "t2")}
    bench.sweep()
    for login, (branch, todo) in people.items():
        forge.person(login).push(branch, {"a.txt": f"{login}\n"})
        forge.person(login).pull(branch, body=f"Closes #{bench.number(todo)}")
    for _ in range(3):
        bench.sweep()
    hub = connect(forge.environment())
    for again in (False, True):
        forge.forget()
        run(hub, bench.gather(hub), base="main")
        calls = forge.calls()
        assert len(calls) <= 10 + 3 * len(people), [one.target for one in calls]
        assert all(one.operation.startswith("GET") for one in calls)
        if again:
            assert sum(one.status == 304 for one in calls) >= len(calls) - 1, [
                (one.target, one.status) for one in calls
            ]
