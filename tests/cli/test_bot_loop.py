"""`paddock plan publish`, `paddock bot setup|handle|sweep|replay`, as a workflow runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work
from forge.world import BOT
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from forge.deliveries import Delivery
    from forge.world import Forge

PLAN = {
    "series": "feature/x",
    "phases": [{"id": "0"}],
    "agents": [
        {
            "id": "a",
            "login": "agent-1",
            "worktree": "wt-a",
            "identity": {"name": "a", "email": "a@example.org"},
            "owns": ["src/**"],
            "launch": "workflow",
        },
        {"id": "r", "role": "reviewer", "login": "agent-8"},
    ],
    "todos": [
        {"id": "t1", "agent": "a", "phase": "0", "title": "First", "branch": "feature/x/00a-one", "lines": 5},
        {"id": "t2", "agent": "a", "phase": "0", "title": "Second", "branch": "feature/x/00b-two", "lines": 5},
    ],
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the default branch, as far as the bot looks at it."""
    return merged(tmp_path, json.dumps(PLAN))


def merged(folder: Path, plan: str, policy: str = "version: 1\nextends: []\n") -> Path:
    """A clone whose remote has these on its default branch."""
    work = Work(folder / "clone")
    work.write(".paddock/plan.yaml", plan)
    work.write(".paddock.yaml", policy)
    work.git("add", ".")
    work.git("commit", "-q", "--no-verify", "-m", "Begin")
    work.git("init", "-q", "--bare", "-b", "main", str(folder / "far.git"))
    work.git("remote", "add", "origin", str(folder / "far.git"))
    work.git("push", "-q", "-u", "origin", "main")
    work.git("remote", "set-head", "origin", "main")
    return work.path


def test_a_plan_is_published_set_up_and_handled(checkout: Path, forge: Forge) -> None:
    env = forge.environment()
    forge.facts.workflows.add("paddock-agent.yml")
    ran = paddock("plan", "publish", "--dry-run", cwd=checkout, env=env)
    assert (ran.code, ran.out) == (0, "would make the plan\nwould make t1\nwould make t2\n"), ran.err
    ran = paddock("plan", "publish", cwd=checkout, env=env)
    assert (ran.code, ran.out) == (0, "make #1 the plan\nmake #2 t1\nmake #3 t2\n"), ran.err
    assert paddock("plan", "publish", cwd=checkout, env=env).out == ""
    made = paddock("bot", "setup", cwd=checkout, env=env).out
    assert "made the label state/held\n" in made
    assert paddock("bot", "setup", cwd=checkout, env=env).out == ""

    forge.person("ada").comment(2, "/hold")
    event = checkout / "event.json"
    event.write_text(json.dumps({"action": "created", "issue": {"number": 2}, "comment": {"id": 1}}))
    handle = ("bot", "handle", "--event-name", "issue_comment", "--event-path", str(event))
    ran = paddock(*handle, "--dry-run", "--record", "seen.json", cwd=checkout, env=env)
    assert ran.code == 0, ran.err
    would = [json.loads(line) for line in ran.out.splitlines()]
    assert {"action": "add-label", "number": 2, "label": "state/held"} in would
    assert {"action": "add-label", "number": 3, "label": "state/in-progress"} in would
    assert paddock("bot", "replay", "seen.json", cwd=checkout).out == ran.out
    assert paddock(*handle, cwd=checkout, env=env).code == 0
    left = [json.loads(line) for line in paddock("bot", "sweep", "--dry-run", cwd=checkout, env=env).out.splitlines()]
    assert [(one["action"], one["number"]) for one in left] == [("stick", 1)], "how far the whole is, the sweep tells"
    assert [(name, sent["issue"]) for name, _, sent in forge.facts.dispatches] == [("paddock-agent.yml", "3")]
    names = {one["name"] for one in forge.person("ada").do("GET", "issues/3")["labels"]}
    assert "state/in-progress" in names


def test_an_agent_whose_workflow_is_missing_is_told_of_once_and_holds_up_nothing(checkout: Path, forge: Forge) -> None:
    env = forge.environment()
    paddock("plan", "publish", cwd=checkout, env=env)
    for _ in range(2):
        ran = paddock("bot", "sweep", cwd=checkout, env=env)
        assert ran.code == 0, ran.err
    said = [one["body"] for one in forge.person("ada").do("GET", "issues/2/comments")]
    assert sum("could not be started" in text for text in said) == 1


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        pytest.param("{", 2, "is no event: no JSON", id="broken"),
        pytest.param("[]", 2, "is no event: no JSON object", id="a list"),
        pytest.param('{"issue": 7, "comment": [], "number": "x"}', 0, "no issue", id="other types"),
        pytest.param("[" * 100_000, 2, "is no event: no JSON", id="deep"),
    ],
)
def test_an_event_of_any_shape_is_taken_or_refused_in_words(
    checkout: Path, forge: Forge, text: str, code: int, told: str
) -> None:
    (checkout / "event.json").write_text(text)
    args = ("--event-name", "issues", "--event-path", "event.json", "--dry-run")
    ran = paddock("bot", "handle", *args, cwd=checkout, env=forge.environment())
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_real_payloads_are_read(deliveries: tuple[Delivery, ...], tmp_path: Path) -> None:
    from paddock.cli.bot_loop import read_event

    assert len(deliveries) > 300
    numbers = 0
    for index, one in enumerate(deliveries):
        path = tmp_path / f"{index}.json"
        path.write_text(json.dumps(one.payload))
        numbers += read_event(str(path)).number is not None
    assert numbers > 50


def test_an_agent_that_the_token_can_not_start_is_refused(tmp_path: Path, forge: Forge) -> None:
    plan = json.loads(json.dumps(PLAN))
    plan["agents"][0]["launch"] = "mention"
    (tmp_path / "other").mkdir()
    checkout = merged(tmp_path / "other", json.dumps(plan))
    ran = paddock("bot", "setup", cwd=checkout, env=forge.environment())
    assert ran.code == 2
    assert "can't start a by mention" in ran.err
    plan["agents"][0] |= {"launch": "assignee", "login": "Copilot"}
    (tmp_path / "more").mkdir()
    checkout = merged(tmp_path / "more", json.dumps(plan))
    ran = paddock("bot", "setup", "--login", "our-bot[bot]", cwd=checkout, env=forge.environment())
    assert (ran.code, "give a user's token" in ran.err) == (2, True)


def test_what_was_not_recorded_is_told(tmp_path: Path) -> None:
    for text in ('{"snapshot": 1}', "", "[]", '{"version": 2, "snapshot": {}}', "[" * 100_000):
        (tmp_path / "x.json").write_text(text)
        ran = paddock("bot", "replay", "x.json", cwd=tmp_path)
        assert ran.code == 2, text[:20]
        assert "is no recorded run" in ran.err
        assert "Traceback" not in ran.err


def test_policy_and_plan_are_those_of_the_default_branch_whatever_is_checked_out(checkout: Path, forge: Forge) -> None:
    """A branch that names its own agent, or lets everybody override, has no say before it is merged."""
    work = Work(checkout)
    work.git("checkout", "-q", "-b", "feature/x/00a-one")
    other = json.loads(json.dumps(PLAN))
    other["todos"][0]["title"] = "Mine"
    work.write(".paddock/plan.yaml", json.dumps(other))
    work.write(".paddock.yaml", "version: 1\nextends: []\nbot: {commands: {hold: {permission: read}}}\n")
    work.git("commit", "-qam", "Loosen", "--no-verify")
    env = forge.environment()
    assert paddock("plan", "publish", cwd=checkout, env=env).code == 0
    assert forge.person("ada").do("GET", "issues/2")["title"] == "First"
    forge.person("rea").comment(2, "/hold")
    assert paddock("bot", "sweep", cwd=checkout, env=env).code == 0
    assert "state/held" not in {one["name"] for one in forge.person("ada").do("GET", "issues/2")["labels"]}


def test_where_the_default_branch_is_not_known_it_is_told(tmp_path: Path, forge: Forge) -> None:
    work = Work(tmp_path)
    work.git("commit", "-q", "--allow-empty", "-m", "x", "--no-verify")
    ran = paddock("bot", "sweep", cwd=tmp_path, env=forge.environment())
    assert ran.code == 3
    assert "which branch is the protected one is not known here" in ran.err
    assert "Traceback" not in ran.err


def test_setup_makes_what_is_missing_and_says_before_what_it_would(checkout: Path, forge: Forge) -> None:
    forge.facts.workflows.add("paddock-agent.yml")
    ada = (*("bot", "setup", "--login", "ada", "--rules"),)
    env = forge.environment("ada")
    would = paddock(*ada, "--dry-run", cwd=checkout, env=env)
    assert would.code == 0, would.err
    assert forge.person("ada").do("GET", "labels") == []
    made = paddock(*ada, cwd=checkout, env=env)
    assert made.out == would.out.replace("would make", "made")
    assert {"made the label agent/a", "made the milestone Phase 0", "made the ruleset paddock"} <= set(
        made.out.splitlines()
    )
    assert paddock(*ada, cwd=checkout, env=env).out == ""
    rules = {one["type"]: one.get("parameters") for one in forge.facts.rulesets[0]["rules"]}
    wanted = rules["required_status_checks"]["required_status_checks"]
    assert wanted == [{"context": f"paddock/{one}", "integration_id": 15368} for one in ("gates", "order")]
    assert forge.facts.dispatches == [], "a token is tried without starting anything"


def test_setup_mends_rules_that_lack_something_and_keeps_what_people_added(checkout: Path, forge: Forge) -> None:
    forge.facts.workflows.add("paddock-agent.yml")
    forge.facts.app_ids["our-bot"] = 77
    rules = ("bot", "setup", "--login", "ada", "--rules", "--checks-by", "our-bot[bot]")
    env = forge.environment("ada")
    assert paddock(*rules, cwd=checkout, env=env).code == 0
    (there,) = forge.facts.rulesets
    whole = json.loads(json.dumps(there))
    (checks,) = [one["parameters"] for one in there["rules"] if one["type"] == "required_status_checks"]
    lint = {"context": "lint"}
    checks["required_status_checks"] = [{"context": "paddock/gates"}, lint]
    there["rules"] = [one for one in there["rules"] if one["type"] != "deletion"]
    there["enforcement"] = "disabled"
    there["conditions"]["ref_name"] = {"include": ["refs/heads/x"], "exclude": []}
    ran = paddock(*rules, cwd=checkout, env=env)
    assert ran.out == (
        "made the ruleset paddock whole again (it was disabled, it was not for the default branch, it had no rule"
        " deletion, it did not require paddock/gates of its app, it did not require paddock/order of its app)\n"
    )
    assert there["enforcement"] == "active"
    assert there["conditions"]["ref_name"]["include"] == ["refs/heads/x", "~DEFAULT_BRANCH"]
    (checks,) = [one["parameters"] for one in there["rules"] if one["type"] == "required_status_checks"]
    assert checks["required_status_checks"][0] == lint
    assert {one["type"] for one in there["rules"]} == {one["type"] for one in whole["rules"]}
    assert paddock(*rules, cwd=checkout, env=env).out == ""
    ran = paddock(*rules[:-1], "nobody[bot]", cwd=checkout, env=env)
    assert (ran.code, "GitHub tells of no app nobody" in ran.err) == (2, True)


def test_setup_says_what_the_token_lacks(checkout: Path, forge: Forge) -> None:
    forge.facts.workflows.add("paddock-agent.yml")
    ran = paddock("bot", "setup", "--rules", cwd=checkout, env=forge.environment())
    assert ran.code == 2
    assert "the token may not make the ruleset paddock" in ran.err
    assert "administration: write" in ran.err
    forge.facts.levels[BOT] = "triage"
    ran = paddock("bot", "setup", cwd=checkout, env=forge.environment())
    assert (ran.code, ran.err) == (
        2,
        "paddock: the token may not start paddock-agent.yml\n  give it `actions: write`\n",
    )
    forge.facts.workflows.clear()
    ran = paddock("bot", "setup", cwd=checkout, env=forge.environment())
    assert ran.code == 2
    assert "paddock init --github writes it" in ran.err


def test_locks_of_starts_that_are_long_over_are_taken_away(checkout: Path, forge: Forge) -> None:
    env, ada = forge.environment(), forge.person("ada")
    sha = ada.do("GET", "git/ref/heads/main")["object"]["sha"]
    old, new = "refs/paddock/launch/0123/2020010100", "refs/paddock/launch/0123/2999010100"
    for ref in (old, new):
        ada.do("POST", "git/refs", ref=ref, sha=sha)
    assert paddock("bot", "sweep", cwd=checkout, env=env).code == 0
    assert [one["ref"] for one in ada.do("GET", "git/matching-refs/paddock/launch")] == [new]


def test_without_a_plan_there_is_nothing_to_do(tmp_path: Path, forge: Forge) -> None:
    work = Work(merged(tmp_path, "x"))
    work.git("rm", "-q", ".paddock/plan.yaml")
    work.git("commit", "-qm", "No plan", "--no-verify")
    work.git("push", "-q")
    ran = paddock("bot", "sweep", cwd=work.path, env=forge.environment())
    assert (ran.code, ran.out) == (0, "")
    assert "there is no plan on the default branch" in ran.err


def test_only_the_event_of_a_comments_edit_tells_who_edited_it(forge: Forge, tmp_path: Path) -> None:
    from forge.events import on_comment
    from paddock.cli.bot_loop import read_event

    ada = forge.person("ada")
    number = ada.issue("One")
    comment = ada.comment(number, "/hold")
    told = on_comment(forge, comment, "edited", before="Hm.", sender="max")
    (edit,) = read_event(str(told.write(tmp_path / "e.json"))).edits.items()
    assert edit[0] == comment
    assert (edit[1].by, edit[1].text, edit[1].before) == ("max", "/hold", "Hm.")
    changes: list[dict[str, Any]] = [
        {"action": "created"},
        {"changes": {}},
        {"changes": {"body": {"from": 1}}},
        {"sender": {}},
        {"comment": {**told.payload["comment"], "updated_at": "then"}},
    ]
    for change in changes:
        (tmp_path / "x.json").write_text(json.dumps(told.payload | change))
        assert read_event(str(tmp_path / "x.json")).edits == {}, change
    on_a_line = {key: value for key, value in told.payload.items() if key != "issue"}
    (tmp_path / "x.json").write_text(json.dumps(on_a_line | {"pull_request": {"number": number}}))
    assert read_event(str(tmp_path / "x.json")).edits == {}
