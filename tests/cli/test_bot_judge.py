"""The bot judges pull requests: `paddock/gates` and `paddock/order`, from fetched objects, by the default branch."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work
from forge.mirror import Mirror
from forge.world import BOT
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge
    from paddock_cli import Ran

POLICY = """\
version: 1
series: [feature/x]
gates:
  pr-size: {limit: 6}
  patterns: {rules: {no-todo: {forbid: 'FIXME', message: a FIXME is left}}}
"""
CODE = POLICY + "  commands: {steps: {test: {run: 'true'}}}\n"
PLAN: dict[str, Any] = {
    "series": "feature/x",
    "phases": [{"id": "0"}],
    "agents": [
        {"id": "a", "login": "agent-1", "worktree": "wt-a", "owns": ["**"]},
        {"id": "r", "role": "reviewer", "login": "agent-8", "at-once": 2},
    ],
    "todos": [
        {"id": "t1", "agent": "a", "phase": "0", "title": "First", "branch": "feature/x/00a-one"},
        {"id": "t2", "agent": "a", "phase": "0", "title": "Second", "branch": "feature/x/00b-two", "needs": ["t1"]},
    ],
}
ONE, TWO = "feature/x/00a-one", "feature/x/00b-two"


class Home:
    """A clone in which the bot runs, and the GitHub that it came from."""

    def __init__(self, forge: Forge, folder: Path, policy: str = POLICY, plan: dict[str, Any] = PLAN) -> None:
        self.forge = forge
        forge.person("ada").push("main", {".paddock.yaml": policy, ".paddock/plan.yaml": json.dumps(plan)})
        self.mirror = Mirror(forge, folder)
        self.mirror.sync()
        self.work = Work(folder / "clone")
        self.work.git("remote", "add", "origin", self.mirror.url)
        self.refresh()
        self.server = {"GITHUB_SERVER_URL": f"file://{folder}"}
        assert self.run("plan", "publish").code == 0

    def refresh(self) -> None:
        """The default branch as it is now."""
        self.work.git("fetch", "-q", "origin", "main")
        self.work.git("checkout", "-q", "-B", "main", "origin/main")
        self.work.git("remote", "set-head", "origin", "main")

    def run(self, *words: str, login: str = BOT) -> Ran:
        env = self.forge.environment(login) | self.server
        more = ("--login", login) if login != BOT else ()
        return paddock(*words, *more, cwd=self.work.path, env=env)

    def sweep(self, login: str = BOT) -> None:
        self.mirror.sync()
        ran = self.run("bot", "sweep", login=login)
        assert ran.code == 0, ran.err

    def checks(self, number: int) -> dict[str, Any]:
        """The last check run of each name on a pull request's head."""
        sha = self.forge.person("ada").do("GET", f"pulls/{number}")["head"]["sha"]
        runs = self.forge.person("ada").do("GET", f"commits/{sha}/check-runs")["check_runs"]
        return {one["name"]: one for one in sorted(runs, key=lambda one: int(one["id"]))}

    def said(self, number: int) -> list[str]:
        return [one["body"] for one in self.forge.person("ada").do("GET", f"issues/{number}/comments?per_page=100")]

    def labels(self, number: int) -> set[str]:
        return {one["name"] for one in self.forge.person("ada").do("GET", f"issues/{number}")["labels"]}

    def pull(self, branch: str, lines: int, number: int) -> int:
        """A pull request of agent-1 that closes an issue."""
        one = self.forge.person("agent-1")
        one.push(branch, {f"{branch[-3:]}.txt": "line\n" * lines})
        return one.pull(branch, body=f"Closes #{number}")

    def posted(self) -> list[Any]:
        """The check runs that the bot made since `forget`, as it sent them."""
        return [one.body for one in self.forge.calls() if one.body and one.path.endswith("/check-runs")]


@pytest.fixture
def home(forge: Forge, tmp_path: Path) -> Home:
    return Home(forge, tmp_path)


def test_a_change_is_judged_sent_back_and_approved_once_its_gates_pass(home: Home) -> None:
    home.sweep()
    pull = home.pull(ONE, 9, 2)
    forged = home.forge.person(BOT)  # a workflow that the change itself brings writes as the bot's app does
    sha = home.forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    forged.do("POST", "check-runs", name="paddock/gates", head_sha=sha, status="completed", conclusion="success")
    # What lies in the clone's work tree decides nothing.
    home.work.write(".paddock.yaml", POLICY.replace("6", "60"))
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    shown = [one for one in home.said(pull) if "| pr-size | **failed** |" in one]
    assert len(shown) == 1
    assert "9 changed lines, 3 over the limit of 6" in shown[0]
    assert any("the gates failed" in one for one in home.said(2))
    assert not any("to review" in one for one in home.said(2))

    home.forge.forget()
    home.sweep()
    assert home.posted() == [], "judged twice, though nothing changed"
    home.forge.person("agent-1").push(ONE, {"one.txt": "FIXME\n"})
    home.sweep()
    note = next(one["output"]["annotations"] for one in home.posted() if one["name"] == "paddock/gates")
    assert [(one["path"], one["start_line"], one["annotation_level"]) for one in note] == [("one.txt", 1, "failure")]
    assert any("a FIXME is left" in one for one in home.said(pull))
    head = home.forge.person("agent-1").push(ONE, {"one.txt": "good\n"})
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"
    assert any("to review" in one for one in home.said(2))
    home.forge.person("agent-8").comment(pull, f"/approve {head}")
    home.sweep()
    assert "state/done" in home.labels(2)
    assert home.run("bot", "sweep", "--dry-run").out == ""


def test_an_override_counts_and_a_recheck_judges_once_more(home: Home) -> None:
    home.sweep()
    pull = home.pull(ONE, 9, 2)
    home.sweep()
    home.forge.person("agent-1").comment(pull, "/override pr-size I want it")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    home.forge.person("max").comment(pull, "/override pr-size A table that can't be cut")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"
    assert any("overridden by max" in one for one in home.said(pull))
    home.forge.person("max").comment(pull, "/recheck")
    home.forge.forget()
    home.sweep()
    assert len(home.posted()) == 1
    home.sweep()
    assert len(home.posted()) == 1


@pytest.mark.parametrize("login", [BOT, "max"])
def test_a_verdict_that_somebody_wrote_into_the_bot_s_memory_ends_no_todo(home: Home, login: str) -> None:
    home.sweep(login)
    pull = home.pull(ONE, 9, 2)
    home.sweep(login)
    ada, one = home.forge.person("ada"), home.forge.person("agent-1")

    def forged() -> bool:
        for said in ada.do("GET", f"issues/{pull}/comments"):
            if '"green":false' in said["body"]:
                one.do("PATCH", f"issues/comments/{said['id']}", body=said["body"].replace("false", "true"))
                return True
        return False

    assert forged()
    head = ada.do("GET", f"pulls/{pull}")["head"]["sha"]
    home.forge.person("agent-8").comment(pull, f"/approve {head}")
    for _ in range(2):
        home.sweep(login)
        assert "state/done" not in home.labels(2)
        forged()


def test_the_order_says_what_must_merge_first(home: Home) -> None:
    home.sweep()
    first, second = home.pull(ONE, 1, 2), home.pull(TWO, 1, 3)
    home.sweep()
    waits, free = home.checks(second)["paddock/order"], home.checks(first)["paddock/order"]
    assert (waits["status"], waits["conclusion"]) == ("in_progress", None)
    assert waits["output"]["title"] == f"waits for 1 branch: {ONE}"
    assert free["conclusion"] == "success"
    head = home.forge.person("ada").do("GET", f"pulls/{first}")["head"]["sha"]
    home.forge.person("agent-8").comment(first, f"/approve {head}")
    home.sweep()
    assert "state/done" in home.labels(2)
    assert home.checks(second)["paddock/order"]["conclusion"] is None, "approved is not merged"
    home.forge.person("ada").merge(first)
    home.sweep()
    assert home.checks(second)["paddock/order"]["conclusion"] == "success"


def test_what_is_held_does_not_merge(home: Home) -> None:
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    home.sweep()
    assert home.checks(pull)["paddock/order"]["conclusion"] == "success"
    home.forge.person("ada").comment(2, "/hold")
    home.sweep()
    told = home.checks(pull)["paddock/order"]
    assert (told["status"], told["conclusion"]) == ("in_progress", None)
    assert told["output"]["title"] == "held until /unhold: #2"
    home.forge.person("ada").comment(2, "/unhold")
    home.sweep()
    assert home.checks(pull)["paddock/order"]["conclusion"] == "success"


def test_what_can_not_be_fetched_is_no_fault_of_the_change_and_never_green(home: Home) -> None:
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    home.forge.forget()
    for _ in range(2):  # git does not know the head yet
        ran = home.run("bot", "sweep")
        assert ran.code == 0, ran.err
    told = home.checks(pull)["paddock/gates"]
    assert told["conclusion"] == "failure"
    assert told["output"]["title"] == "1 could not be judged, of 1"
    assert len(home.posted()) == 2, "said again, though it is as before"
    assert not any("the gates failed" in one for one in home.said(2))
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"


def test_gates_that_run_code_are_believed_by_their_check_run_alone(forge: Forge, tmp_path: Path) -> None:
    home = Home(forge, tmp_path, CODE)
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["status"] == "in_progress"
    sha = forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    run = {"name": "paddock / code", "head_sha": sha, "status": "completed"}
    forge.person("agent-1").ask("POST", "check-runs", **run, conclusion="success")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["status"] == "in_progress", "not the app of workflows"
    forge.person(BOT).do("POST", "check-runs", **run, conclusion="failure")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    assert any("the check `paddock / code` says failure" in one or "says failure" in one for one in home.said(pull))


@pytest.mark.parametrize("called", ["commands", "review", "pr-size", "dco"])
def test_a_code_check_that_is_called_like_a_gate_is_waited_for(forge: Forge, tmp_path: Path, called: str) -> None:
    home = Home(forge, tmp_path, f"{CODE}bot: {{code-check: {called}}}\n")
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    home.sweep()
    told = home.checks(pull)["paddock/gates"]
    assert (told["status"], told["output"]["title"]) == ("in_progress", f"the check {called} has not begun")
    sha = forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    run = {"name": called, "head_sha": sha, "status": "completed"}
    forge.person(BOT).do("POST", "check-runs", **run, conclusion="success")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"


@pytest.mark.parametrize("ended", ["skipped", "neutral", "cancelled"])
def test_code_that_was_not_run_has_not_passed_and_is_nobody_s_fault(forge: Forge, tmp_path: Path, ended: str) -> None:
    home = Home(forge, tmp_path, CODE)
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    sha = forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    run = {"name": "paddock / code", "head_sha": sha, "status": "completed"}
    forge.person(BOT).do("POST", "check-runs", **run, conclusion=ended)
    home.sweep()
    told = home.checks(pull)["paddock/gates"]
    assert (told["conclusion"], told["output"]["title"]) == ("failure", "1 could not be judged, of 3")
    assert any(f"says {ended}; run it again" in one for one in home.said(pull))
    assert not any("the gates failed" in one for one in home.said(2))


def test_what_is_off_in_ci_is_judged_here(forge: Forge, tmp_path: Path) -> None:
    """The branches of the series are fetched for a gate that no other stage asks them for."""
    off = "stages: {ci: 'off', pre-push: 'off'}"
    home = Home(forge, tmp_path, f"version: 1\nseries: [feature/x]\ngates: {{branch-order: {{{off}}}}}\n")
    home.sweep()
    first = home.pull(ONE, 1, 2)
    home.sweep()
    assert home.checks(first)["paddock/gates"]["conclusion"] == "success"
    second = home.pull("feature/x/00a-two", 1, 3)
    home.sweep()
    assert home.checks(second)["paddock/gates"]["conclusion"] == "failure"


def test_what_nobody_has_approved_is_pending_and_red_for_nobody(forge: Forge, tmp_path: Path) -> None:
    home = Home(forge, tmp_path, POLICY + "  review: {}\n")
    home.sweep()
    pull = home.pull(ONE, 1, 2)
    home.sweep()
    told = home.checks(pull)["paddock/gates"]
    assert (told["status"], told["conclusion"]) == ("in_progress", None)
    assert told["output"]["title"] == "0 approvals for the head, of 1 needed; 0 requests for changes open"
    assert any("to review" in one for one in home.said(2))
    assert not any("the gates failed" in one for one in home.said(2))
    head = forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    forge.person("agent-8").comment(pull, f"/approve {head}")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"
    assert "state/done" in home.labels(2)


def test_an_approval_falls_with_the_base_that_it_was_for(forge: Forge, tmp_path: Path) -> None:
    """What the other base had, and nobody reviewed, is part of the change then."""
    home = Home(forge, tmp_path, POLICY + "  review: {}\n")
    home.sweep()
    one = forge.person("agent-1")
    one.push("below", {"big.txt": "evil\n"})
    head = one.push(ONE, {"one.txt": "line\n"}, start="below")
    pull = one.pull(ONE, base="below", body="Closes #2")
    home.sweep()
    forge.person("bob").comment(pull, f"/approve {head}")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"
    assert "state/done" in home.labels(2)
    one.do("PATCH", f"pulls/{pull}", base="main")
    forge.person("max").comment(pull, f"/approve {head}")  # of what there was before
    home.sweep()
    assert any("it is for main now, and was for another base" in one for one in home.said(pull))
    told = home.checks(pull)["paddock/gates"]
    assert (told["status"], told["conclusion"]) == ("in_progress", None)
    assert "state/in-review" in home.labels(2)
    assert any("bob approved it for below, and it is for main now" in one for one in home.said(pull))
    time.sleep(1.1)  # GitHub tells times by the second
    forge.person("bob").comment(pull, f"/approve {head}")
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "success"
    assert "state/done" in home.labels(2)


def test_paths_of_another_agent_and_messages_are_judged_too(forge: Forge, tmp_path: Path) -> None:
    """A workflow of the change could claim that they passed."""
    sha = forge.person("agent-1").push("other", {"a.txt": "a\n"})
    author = forge.person("ada").do("GET", f"git/commits/{sha}")["author"]
    agents = [
        {**PLAN["agents"][0], "owns": ["src/**"], "identity": {"name": author["name"], "email": author["email"]}},
        {"id": "b", "login": "agent-2", "worktree": "wt-b", "owns": ["*.txt"]},
        PLAN["agents"][1],
    ]
    policy = "version: 1\nseries: [feature/x]\ngates: {worktree: {}, commit-message: {subject-max: 3}}\n"
    home = Home(forge, tmp_path, policy, {**PLAN, "agents": agents})
    pull = home.pull(ONE, 1, 2)
    home.sweep()
    assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    (shown,) = [one for one in home.said(pull) if "| worktree | **failed** |" in one]
    assert "| commit-message | **failed** |" in shown


def test_a_person_s_token_sets_statuses(home: Home) -> None:
    home.forge.person("ada")
    pull = home.pull(ONE, 9, 2)
    home.sweep("max")
    sha = home.forge.person("ada").do("GET", f"pulls/{pull}")["head"]["sha"]
    states = {
        one["context"]: (one["state"], one["description"])
        for one in home.forge.person("ada").do("GET", f"commits/{sha}/statuses")
    }
    assert states["paddock/gates"] == ("failure", "1 failed, of 2")
    assert states["paddock/order"][0] == "success"


def test_it_needs_no_clone(home: Home, tmp_path: Path) -> None:
    """As the action runs it: in an empty folder, for an event that names the default branch."""
    home.sweep()
    pull = home.pull(ONE, 9, 2)
    home.mirror.sync()
    empty = tmp_path / "empty"
    empty.mkdir()
    env = home.forge.environment() | home.server
    runs = ("bot", "handle", "--fetch", "--event-path", "event.json", "--event-name")
    event = {"workflow_run": {"pull_requests": [{"number": pull}]}, "repository": {"default_branch": "main"}}
    for name, payload in (("workflow_run", event), ("schedule", {"schedule": "7 * * * *"})):
        (empty / "event.json").write_text(json.dumps(payload))
        ran = paddock(*runs, name, cwd=empty, env=env)
        assert ran.code == 0, ran.err
        assert home.checks(pull)["paddock/gates"]["conclusion"] == "failure"
    assert [one.name for one in empty.iterdir()] == ["event.json"]
