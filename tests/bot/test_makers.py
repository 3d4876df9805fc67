"""Who made a pull request, whatever name stands on it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from paddock.bot.api.answers import PullCommit, Push
from paddock.bot.makers import makers
from plans import PHASES, agent, plan, todo

PLAN = plan(
    phases=PHASES,
    agents=[
        agent("a", identity={"name": "A", "email": "agent-a@example.org"}),
        agent("b", identity={"name": "B", "email": "Agent-B@example.org"}),
    ],
    todos=[todo("t1", "a")],
)


def commit(message: str = "Work", email: str = "x@example.org", **accounts: Any) -> PullCommit:  # noqa: ANN401 - JSON
    by = {"name": "x", "email": email}
    said = {"message": message, "author": by, "committer": {"name": "GitHub", "email": "noreply@github.com"}}
    return msgspec.convert({"sha": "1" * 40, "commit": said, **accounts}, PullCommit)


CASES = {
    "nobody known": (commit(author=None, committer=None), (), ()),
    "objects without anything": (commit(author={}, committer={}), (), ()),
    "author and committer": (commit(author={"login": "ada"}, committer={"login": "bob"}), ("ada", "bob"), ()),
    "GitHub's own": (commit(author={"login": "ada"}, committer={"login": "web-flow"}), ("ada",), ()),
    "an agent's address": (commit(email="agent-b@EXAMPLE.org"), (), ("b",)),
    "a hidden address": (
        commit(email="41898282+github-actions[bot]@users.noreply.github.com"),
        ("github-actions[bot]",),
        (),
    ),
    "an old hidden address": (commit(email="ada@users.noreply.github.com"), ("ada",), ()),
    "a co-author": (commit("Work\n\nCo-authored-by: Ada <1+ada@users.noreply.github.com>"), ("ada",), ()),
    "an agent as co-author": (commit("Work\n\nco-authored-by: A <agent-a@example.org>"), (), ("a",)),
    "prose about a co-author": (commit("Work\n\nCo-authored-by: somebody"), (), ()),
    "no address": (commit("Work\n\nCo-authored-by: A <>"), (), ()),
}


@pytest.mark.parametrize(("one", "logins", "agents"), CASES.values(), ids=CASES)
def test_makers(one: PullCommit, logins: tuple[str, ...], agents: tuple[str, ...]) -> None:
    assert makers([one, one], (), PLAN) == (logins, agents)


def test_who_pushed_made_it_too_whatever_stands_in_the_commits() -> None:
    def push(login: str, kind: str) -> Push:
        fields = {"ref": "refs/heads/x", "before": "1" * 40, "after": "2" * 40, "timestamp": "2026-01-01T00:00:00Z"}
        return msgspec.convert({**fields, "activity_type": kind, "actor": {"login": login}}, Push, strict=False)

    pushes = [push("bob", "push"), push("eve", "force_push"), push("max", "pr_merge"), push("kim", "branch_creation")]
    assert makers([commit(author={"login": "ada"})], pushes, PLAN) == (("ada", "bob", "eve", "kim"), ())
