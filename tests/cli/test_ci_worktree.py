"""`paddock ci` with a plan on the default branch: branch and commits tell whose work it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hub import Hub, run, told
from payloads import push

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "pull_request_target"
POLICY = "version: 1\nbase: main\ngates:\n  worktree: {}\n"
PLAN = """\
series: feature/x
phases: [{id: p}]
agents:
  - {id: ada, identity: {name: Ada Lovelace, email: ada@example.org}, owns: [src/, main/]}
  - {id: eve, identity: {name: Eve, email: eve@example.org}, owns: [eve/]}
"""
OWN = "feature/x/ada/01a-core"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "hub", POLICY)
    made.work.commit("plan", {".paddock/plan.yaml": PLAN})
    made.publish("main")
    return made


def reasons(hub: Hub, event: str, payload: dict[str, Any]) -> tuple[tuple[int, str, str], str]:
    step = run(hub, event, payload)
    return told(step), step.reasons["worktree"]


def test_work_of_its_own(hub: Hub) -> None:
    hub.branch(OWN, count=3)
    payload = hub.pull(OWN)
    hub.main(3)
    assert reasons(hub, TARGET, payload) == ((0, "passed", ""), f"ada on {OWN}: 3 paths of its own")


def test_anothers_path_in_an_early_commit_that_a_later_one_takes_back(hub: Hub) -> None:
    hub.branch(OWN, files={"eve/x": "x\n"})
    (hub.work.path / "eve/x").unlink()
    hub.work.commit("take it back")
    step = run(hub, TARGET, hub.pull(OWN))
    assert (told(step)[0], step.out.count("eve owns it, not ada")) == (1, 2)


def test_the_change_does_not_bring_its_own_plan(hub: Hub) -> None:
    hub.branch(OWN, files={".paddock/plan.yaml": PLAN.replace("src/, main/", "'*'"), "eve/x": "x\n"})
    assert reasons(hub, TARGET, hub.pull(OWN)) == ((1, "failed", ""), f"ada on {OWN}: 2 findings")


def test_a_stack_merges_of_main_and_a_fork(hub: Hub) -> None:
    hub.branch(OWN)
    hub.publish(OWN)
    hub.branch("feature/x/ada/01b-up", OWN)
    payload = hub.pull("feature/x/ada/01b-up", base_branch=OWN)
    assert reasons(hub, TARGET, payload)[0] == (0, "passed", "")
    hub.work.git("checkout", "-q", "main")
    hub.work.git("-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit", "-q", "--allow-empty", "-m", "e")
    hub.main(2)
    hub.work.git("checkout", "-q", OWN)
    hub.work.git("merge", "-q", "--no-ff", "-m", "merge", "main")
    assert reasons(hub, TARGET, hub.pull(OWN)) == ((0, "passed", ""), f"ada on {OWN}: 1 path of its own")
    hub.branch("theirs")
    assert reasons(hub, TARGET, hub.pull("theirs", fork=True))[0] == (1, "failed", "")


def test_a_merge_queue_and_a_push_to_main_are_judged_by_paths_alone(hub: Hub) -> None:
    hub.branch(OWN)
    hub.branch("feature/x/ada/02a-more")
    hub.publish(OWN, "feature/x/ada/02a-more")
    payload = hub.group(OWN, "feature/x/ada/02a-more")
    assert reasons(hub, "merge_group", payload)[0] == (0, "passed", "")
    before = hub.sha("main")
    hub.work.git("checkout", "-q", "main")
    hub.work.git("merge", "-q", "--no-ff", "-m", "merged", OWN)
    hub.publish("main")
    told_of = push(before=before, after=hub.sha("main"), branch="main")
    assert reasons(hub, "push", told_of) == ((0, "passed", ""), "ada on main: 1 path of its own")
