from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = "extends: paddock:default\nseries: feature/x\n"
PLAN = {
    "series": "feature/x",
    "phases": [{"id": "0"}, {"id": "1"}],
    "agents": [{"id": "a"}, {"id": "b"}],
    "todos": [
        {"id": "types", "agent": "a", "phase": "0", "branch": "feature/x/01b-work", "lines": 9},
        {"id": "server", "agent": "b", "phase": "0", "branch": "feature/x/01a-work", "lines": 9, "needs": ["types"]},
        {"id": "review", "agent": "b", "phase": "0"},
        {"id": "docs", "agent": "a", "phase": "1", "branch": "feature/x/02a-work", "lines": 9},
    ],
}


def name(tag: str) -> str:
    return f"feature/x/{tag}-work"


def told(work: Work, *args: str) -> dict[str, Any]:
    ran = paddock("train", "--format", "json", *args, cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def order(work: Work, *args: str) -> Ran:
    return paddock("order", "--state", *args, cwd=work.path)


def state(work: Work, *args: str) -> tuple[int, str, list[str], str]:
    ran = order(work, *args)
    assert ran.err == ""
    found = json.loads(ran.out)
    assert found["context"] == "paddock/order"
    return ran.code, found["state"], found["waits"], found["description"]


@pytest.fixture
def series(work: Work) -> Work:
    """01a; 01b upon it; 02a for itself; 00a squashed since; `main` moved on twice and is checked out."""
    work.commit("base", {".paddock.yaml": POLICY, "shared.txt": lines(9)})
    work.branch(name("00a"))
    work.commit("one", {"shared.txt": lines(10)})
    work.commit("two", {"shared.txt": lines(11)})
    for tag, start in (("01a", "main"), ("01b", name("01a")), ("02a", "main")):
        work.branch(name(tag), start)
        work.commit(tag, {f"{tag}.txt": lines(4)})
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--squash", name("00a"))
    work.commit("squashed")
    work.commit("changed since", {"shared.txt": lines(5, "other")})
    return work


def test_text(series: Work) -> None:
    ran = paddock("train", cwd=series.path)
    sha, first = series.git("rev-parse", "main")[:12], name("01a")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"train for main ({sha}): 3 open branches",
        f"  1  01a  {name('01a')}  +1 -2  4/700 lines  on main                may merge",
        f"  2  01b  {name('01b')}  +2 -2  4/700 lines  on {name('01a')}  waits for 1: {name('01a')}",
        f"  3  02a  {name('02a')}  +1 -2  4/700 lines  on main                waits for 2: {first}, {name('01b')}",
        f"  merged: {name('00a')}",
    ]


def test_json(series: Work) -> None:
    found = told(series)
    assert (found["base"], found["base_sha"], found["limit"]) == ("main", series.git("rev-parse", "main"), 700)
    assert found["branches"][1] == {
        "name": name("01b"),
        "ref": f"refs/heads/{name('01b')}",
        "sha": series.git("rev-parse", name("01b")),
        "state": "open",
        "key": "01b",
        "todo": None,
        "ahead": 2,
        "behind": 2,
        "lines": 4,
        "on": name("01a"),
        "waits": [name("01a")],
    }
    assert [(one["name"], one["state"]) for one in found["branches"][3:]] == [(name("00a"), "merged")]


def test_markdown_and_mermaid(series: Work) -> None:
    markdown = paddock("train", "--format", "markdown", cwd=series.path).out
    assert f"| 2 | `{name('01b')}` | 2 | 2 | 4 | `{name('01a')}` | `{name('01a')}` |" in markdown
    mermaid = paddock("train", "--format", "mermaid", cwd=series.path).out.splitlines()
    assert mermaid[0] == "flowchart LR"
    assert [row.strip() for row in mermaid if ">" in row and "[" not in row] == [
        "base --> b0", "b0 --> b1", "base --> b2", "b1 -.-> b2",
    ]  # fmt: skip


def test_a_plan_says_more_than_keys(series: Work) -> None:
    series.commit("plan", {".paddock/plan.yaml": json.dumps(PLAN)})
    found = told(series)["branches"]
    assert [(one["name"], one["todo"]) for one in found[:3]] == [
        (name("01b"), "types"), (name("01a"), "server"), (name("02a"), "docs"),
    ]  # fmt: skip
    assert [one["waits"] for one in found[:3]] == [
        [name("01a")],  # upon which it stands
        [name("01b")],
        [name("01b"), name("01a"), "review"],
    ]
    assert told(series)["notes"] == [f"{name('01b')} stands on {name('01a')}, which comes after it"]


def test_states_of_a_plan(series: Work) -> None:
    series.commit("plan", {".paddock/plan.yaml": json.dumps(PLAN)})
    series.write("states.json", json.dumps({"review": "done", "types": "done"}))
    found = {one["name"]: one["waits"] for one in told(series, "--plan", "--states", "states.json")["branches"]}
    assert found[name("02a")] == [name("01a")]


def test_globs_and_all_open_ones(series: Work) -> None:
    series.branch("topic")
    series.commit("topic", {"topic.txt": "x\n"})
    series.git("checkout", "-q", "main")
    assert [one["name"] for one in told(series, "--branches", "feature/x/01*")["branches"]] == [
        name("01a"),
        name("01b"),
    ]
    assert [one["name"] for one in told(series, "--branches", "topic")["branches"]] == ["topic"]
    found = [one["name"] for one in told(series, "--open")["branches"] if one["state"] == "open"]
    assert found == [name("01a"), name("01b"), name("02a"), "topic"]


def test_branches_that_only_a_remote_has(series: Work, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("clones") / "clone"
    series.git("clone", "-q", str(series.path), str(folder))
    ran = paddock("train", "--format", "json", cwd=folder)
    found = json.loads(ran.out)["branches"]
    assert [one["ref"] for one in found[:2]] == [f"refs/remotes/origin/{name(tag)}" for tag in ("01a", "01b")]


def test_a_shallow_clone_can_not_tell(series: Work, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("clones") / "clone"
    series.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{series.path}", str(folder))
    ran = paddock("train", cwd=folder)
    assert (ran.code, ran.out) == (3, "")
    assert "git fetch --unshallow" in ran.err


def test_the_state_of_a_branch(series: Work) -> None:
    assert state(series, name("01a")) == (0, "success", [], "nothing open comes before")
    assert state(series, name("02a")) == (
        1,
        "pending",
        [name("01a"), name("01b")],
        f"waits for 2 branches: {name('01a')}, {name('01b')}",
    )
    assert state(series, "main") == (0, "success", [], "in no train, so nothing comes before")


def test_a_group_is_judged_as_a_whole(series: Work) -> None:
    assert state(series, name("01a"), name("01b"), name("02a"))[:3] == (0, "success", [])
    assert state(series, name("01a"), name("02a"))[:3] == (1, "pending", [name("01b")])
    series.git("checkout", "-q", "-b", "gh-readonly-queue/main/pr-2-abc")
    series.git("merge", "-q", "--no-edit", name("01b"))
    assert state(series, "--head", "HEAD")[:3] == (0, "success", [])
    series.git("reset", "-q", "--hard", "main")
    series.git("merge", "-q", "--no-edit", name("02a"))
    assert state(series, "--head", "HEAD")[:3] == (1, "pending", [name("01a"), name("01b")])


def test_a_description_is_as_short_as_github_wants(series: Work) -> None:
    for tag in ("01c", "01d"):
        series.git("branch", f"feature/x/{tag}-{'long' * 30}", name("01a"))
    found = json.loads(order(series, name("02a")).out)
    assert len(found["description"]) <= 140


WRONG: dict[str, tuple[Callable[[Work], tuple[str, ...]], int]] = {
    "nothing named": (lambda _: (), 2),
    "both named": (lambda _: (name("01a"), "--head", "HEAD"), 2),
    "a template": (lambda _: (name("01a"), "--template", "{series}/{key}-{slug}"), 2),
    "no such branch": (lambda _: (name("09z"),), 3),
    "no such commit": (lambda _: ("--head", "nowhere"), 2),
    "an option's look": (lambda _: ("--", "--all"), 3),
}


@pytest.mark.parametrize(("args", "code"), WRONG.values(), ids=WRONG)
def test_wrong_calls(series: Work, args: Callable[[Work], tuple[str, ...]], code: int) -> None:
    ran = order(series, *args(series))
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("paddock: ")
