from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from paddock.errors import PolicyError
from paddock.findings import Level
from paddock.plan.graph import build
from paddock.plan.problems import Problem, Rules, problems, refuse_broken
from plans import AS_WRITTEN, EXAMPLE, HOSTILE, PHASES, REVIEWER, agent, plan, read, sound, todo

if TYPE_CHECKING:
    from paddock.plan.model import Plan

LIMIT = Rules(limit=700)


def codes(made: Plan, rules: Rules = LIMIT) -> set[str]:
    return {one.code for one in problems(made, rules)}


def only(made: Plan, code: str, rules: Rules = LIMIT) -> Problem:
    (found,) = [one for one in problems(made, rules) if one.code == code]
    return found


CLEAN = sound(
    todo("t", branch="feature/x/00a-t"),
    todo("u", "b", branch="feature/x/00b-u", needs=["t"]),
    todo("v", phase="1", branch="feature/x/01a-v"),
)


def test_nothing_is_wrong_with_a_plan_that_is_right() -> None:
    assert problems(CLEAN, Rules(limit=700, base="main", series=("feature/x",), checkout="/src/main")) == ()


A, B = agent("a"), agent("b")
CASES: dict[str, tuple[Plan, Level, str, str]] = {
    "duplicate-id": (
        sound(todo("t"), todo("t", "b")), Level.ERROR, "the todo t is there twice, first on line 1", "todos.1.id",
    ),
    "unknown-name": (
        sound(todo("t", "bb"), todo("u", "b"), todo("w")),
        Level.ERROR, "todo t: there is no agent `bb`", "todos.0.agent",
    ),
    "cycle": (
        sound(todo("t", needs=["u"]), todo("u", "b", needs=["t"])),
        Level.ERROR, "2 todos wait for each other: t → u → t", "todos.0.needs",
    ),
    "later-phase": (
        sound(todo("t", needs=["u"]), todo("u", "b", "1")),
        Level.ERROR, "todo t of phase 0 needs u of the later phase 1", "todos.0.needs.0",
    ),
    "phase-stuck": (
        sound(todo("t", needs=["t"]), todo("u", "b", "1")),
        Level.ERROR, "phase 1 can't start: t before it can't be done", "phases.1.id",
    ),
    "duplicate-key": (
        sound(todo("t", branch="feature/x/1a-t"), todo("u", "b", branch="feature/x/01a-u")),
        Level.ERROR, "order key 01a of todo u is also that of t", "todos.1.branch",
    ),
    "duplicate-key of one branch": (
        sound(todo("t", branch="feature/x/1a-t"), todo("u", "b", branch="feature/x/1a-t")),
        Level.ERROR, "todo u has the branch of t: feature/x/1a-t", "todos.1.branch",
    ),
    "key-order": (
        sound(todo("t", branch="feature/x/00a-t", needs=["u"]), todo("u", "b", branch="feature/x/00b-u")),
        Level.ERROR, "todo t comes after u, and its order key 00a before 00b", "todos.0.branch",
    ),
    "key-order of phases": (
        sound(todo("t", branch="feature/x/01a-t"), todo("u", "b", "1", branch="feature/x/00a-u")),
        Level.ERROR,
        "todo u of phase 1 has the order key 00a, before 01a of t in the earlier phase 0",
        "todos.1.branch",
    ),
    "branch-name": (
        sound(todo("t", branch="feature/x/t"), todo("u", "b")),
        Level.ERROR,
        "todo t: branch 'feature/x/t': no order key in 't': a key begins with a digit, as 01a does",
        "todos.0.branch",
    ),
    "branch-name of another series": (
        sound(todo("t", branch="main"), todo("u", "b")),
        Level.ERROR, "todo t: branch 'main': in none of the series: feature/x", "todos.0.branch",
    ),
    "branch-agent": (
        sound(todo("t", branch="feature/x/b/00a-t"), todo("u", "b")),
        Level.ERROR, "todo t is a's, and its branch lies in the folder of b", "todos.0.branch",
    ),
    "size": (
        sound(todo("t", lines=1500), todo("u", "b", lines=700)),
        Level.ERROR, "todo t has 1,500 estimated lines, 800 over the limit of 700", "todos.0.lines",
    ),
    "owners": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", owns=["src/*/x.go"]), REVIEWER]),
        Level.ERROR, "a and b both own src/a/x.go", "agents.1.owns",
    ),
    "shared": (
        sound(todo("t"), todo("u", "b"), shared=["src/a/doc/**"]),
        Level.WARNING, "a owns src/a/doc/x, which is shared by all", "agents.0.owns",
    ),
    "no-paths": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", owns=[]), REVIEWER]),
        Level.WARNING, "b owns no paths: nothing keeps others from changing what it works on", "agents.1.id",
    ),
    "worktree shared": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", worktree="x/../wt-a"), REVIEWER]),
        Level.ERROR, "b has the worktree of a: x/../wt-a", "agents.1.worktree",
    ),
    "worktree within another": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", worktree="wt-a/b"), REVIEWER]),
        Level.ERROR, "the worktree of b lies in that of a: wt-a/b", "agents.1.worktree",
    ),
    "worktree around another": (
        sound(todo("t"), todo("u", "b"), agents=[agent("a", worktree="w/a"), agent("b", worktree="w"), REVIEWER]),
        Level.ERROR, "the worktree of a lies in that of b: w/a", "agents.1.worktree",
    ),
    "worktree is the checkout": (
        sound(todo("t"), worktrees=".", agents=[agent("a", worktree="."), agent("b", worktree="../b"), REVIEWER]),
        Level.ERROR, "the worktree of a is the main checkout: .", "agents.0.worktree",
    ),
    "worktree in the checkout": (
        sound(todo("t"), todo("u", "b"), agents=[agent("a", worktree="main/wt"), B, REVIEWER]),
        Level.ERROR, "the worktree of a lies in the main checkout: main/wt", "agents.0.worktree",
    ),
    "worktree around the checkout": (
        sound(todo("t"), todo("u", "b"), agents=[agent("a", worktree="."), REVIEWER, agent("b", worktree="/srv/b")]),
        Level.ERROR, "the main checkout lies in the worktree of a: .", "agents.0.worktree",
    ),
    "no-worktree": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", worktree=None), REVIEWER]),
        Level.ERROR, "b has no worktree, and works nowhere", "agents.1.id",
    ),
    "identity": (
        sound(
            todo("t"), todo("u", "b"),
            agents=[A, agent("b", identity={"name": "B", "email": "A@EXAMPLE.org"}), REVIEWER],
        ),
        Level.ERROR, "b has the address of a: A@EXAMPLE.org", "agents.1.identity.email",
    ),
    "no-identity": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", identity=None), REVIEWER]),
        Level.WARNING, "b has no identity: nobody can tell its commits from another's", "agents.1.id",
    ),
    "login": (
        sound(todo("t"), todo("u", "b"), agents=[agent("a", login="Bot"), agent("b", login="bot"), REVIEWER]),
        Level.WARNING, "b has the login of a: bot; neither may approve the other's work", "agents.1.login",
    ),
    "no-login": (
        sound(todo("t"), todo("u", "b"), agents=[A, agent("b", launch="mention"), REVIEWER]),
        Level.ERROR, "b is started by mention, and has no login", "agents.1.launch",
    ),
    "role": (
        sound(todo("t"), todo("u", "b"), todo("v", "r")),
        Level.ERROR, "todo v is given to r, which reviews", "todos.2.agent",
    ),
    "role of a reviewer": (
        sound(todo("t"), todo("u", "b", reviewer="a")),
        Level.ERROR, "todo u is to be reviewed by a, which is a worker", "todos.1.reviewer",
    ),
    "own-review": (
        sound(todo("t"), todo("u", "b", reviewer="b")),
        Level.ERROR, "todo u is to be reviewed by its own agent, b", "todos.1.reviewer",
    ),
    "no-reviewer": (
        sound(todo("t"), todo("u", "b"), agents=[A, B]),
        Level.NOTE, "no agent is a reviewer: people review every todo", "agents",
    ),
    "idle": (sound(todo("t")), Level.WARNING, "b is idle: no todo is given to it", "agents.1.id"),
    "overloaded": (
        sound(todo("t", lines=210), todo("u", "b", lines=100), todo("v", "c", lines=100), agents=[A, B, agent("c")]),
        Level.WARNING,
        "a is overloaded: 210 of 410 estimated lines in phase 0, 2.1 times the average of the others",
        "agents.0.id",
    ),
    "no-branch": (
        sound(todo("t"), todo("u", "b")), Level.NOTE, "2 todos without a branch: t, u", "todos.0.id",
    ),
    "no-estimate": (
        sound(todo("t"), todo("u", "b", lines=None)), Level.NOTE, "1 todo without estimated lines: u", "todos.1.id",
    ),
    "no-acceptance": (
        sound(todo("t", acceptance=[]), todo("u", "b")), Level.NOTE, "1 todo without acceptance: t", "todos.0.id",
    ),
    "empty-phase": (sound(todo("t"), todo("u", "b")), Level.NOTE, "phase 1 has no todos yet", "phases.1.id"),
    "no-gate": (
        sound(todo("t"), todo("u", "b"), phases=[{"id": "0"}, PHASES[1]]),
        Level.NOTE, "phase 0 has no gate: 1 starts once its todos are done", "phases.0.id",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "made", "level", "message", "key"), [(n, *c) for n, c in CASES.items()], ids=CASES)
def test_what_is_wrong_is_found(name: str, made: Plan, level: Level, message: str, key: str) -> None:
    found = only(made, name.partition(" ")[0], Rules(limit=700, checkout="/src/main"))
    assert (found.level, found.message, ".".join(map(str, found.path))) == (level, message, key)
    assert found.where(made).startswith("plan.yaml:1:")


def test_every_kind_of_problem_is_in_the_table() -> None:
    told = {name.partition(" ")[0] for name in CASES} | {"base", "series"}
    assert {one.code for made, *_ in CASES.values() for one in problems(made, LIMIT)} <= told


def test_a_policy_that_says_otherwise() -> None:
    found = problems(CLEAN, Rules(limit=700, base="trunk", series=("feature/y",)))
    assert {(one.code, one.message) for one in found} == {
        ("base", "the plan's base is main, the policy's trunk"),
        ("series", "the policy has no series feature/x: feature/y"),
    }


def test_of_two_agents_neither_is_overloaded() -> None:
    assert "overloaded" not in codes(sound(todo("t", lines=300), todo("u", "b", lines=100)))


def test_the_policys_form_of_names_holds_where_it_has_a_series() -> None:
    made = sound(todo("t", branch="feature/x/a/00a-t"), todo("u", "b"))
    assert "branch-name" not in codes(made)
    assert "branch-name" not in codes(made, Rules(series=("feature/x",))), "the folder is an agent's"
    assert "branch-name" in codes(made, Rules(series=("feature/x",), template="{series}/team/{key}-{slug}"))
    nobodys = sound(todo("t", branch="feature/x/nobody/00a-t"), todo("u", "b"))
    assert "branch-name" in codes(nobodys, Rules(series=("feature/x",)))


def test_a_worktree_next_to_the_checkout_is_fine_wherever_that_is() -> None:
    assert "worktree" not in codes(CLEAN, Rules(checkout="/wt"))
    assert "worktree" in codes(CLEAN, Rules(checkout="/src/wt-a"))


def test_globs_that_are_too_involved_are_told_and_not_passed() -> None:
    nasty = "*a" + "?" * 40
    made = sound(agents=[agent("a", owns=[f"{nasty}x"]), agent("b", owns=[f"{nasty}y"])])
    assert only(made, "owners").message == (
        "whether a and b own a path in common can't be told: their globs are too involved"
    )


def test_the_shipped_example_has_no_errors() -> None:
    found = problems(read(EXAMPLE), Rules(limit=700, series=("feature/tmc2-impl2",), base="main"))
    assert [(one.level, one.message) for one in found] == [(Level.NOTE, "phase 3 has no todos yet")]


def test_each_contradiction_of_the_plan_as_it_was_written_is_found() -> None:
    made = read(AS_WRITTEN)
    said = {(one.code, one.message) for one in problems(made, LIMIT)}
    by_code: dict[str, list[str]] = {}
    for code, message in said:
        by_code.setdefault(code, []).append(message)

    # 02c and 03a1 stand in phase 0, 01k in phase 1.
    virtual = "todo virtual-workspace of phase 1 has the order key 01k, before 03a3 of committer-integration"
    assert ("key-order", f"{virtual} in the earlier phase 0") in said
    keyed = {todo.id for todo in made.todos if todo.phase == "1" and todo.agent != "agent-7"}
    assert {message.split()[1] for message in by_code["key-order"]} == keyed
    # Integration testing stands before phase 1 and after it.
    assert len(by_code["cycle"]) == 1
    assert "apiexport-core → integration-tests →" in by_code["cycle"][0]
    assert {message.split(" needs ")[0] for message in by_code["later-phase"]} == {
        f"todo {id_} of phase 1" for id_ in ("apiexport-core", "virtual-workspace", "rbac-foundation")
    }
    assert {message.split(":")[0] for message in by_code["phase-stuck"]} == {
        "phase 2 can't start", "phase 3 can't start",
    }  # fmt: skip
    # Two agents have no keys.
    assert {message.split(":")[0].removeprefix("todo ") for message in by_code["branch-name"]} == {
        "test-framework", "test-benchmarks", "integration-tests",
    }  # fmt: skip
    assert {made.todo_of[id_].agent for id_ in ("test-framework", "integration-tests")} == {"agent-7", "agent-8"}
    # Todos of phase 2 have no branch.
    assert by_code["no-branch"] == ["2 todos without a branch: performance-validation, security-audit"]
    assert set(by_code) == {
        "key-order", "cycle", "later-phase", "phase-stuck", "branch-name", "no-branch", "no-estimate",
        "no-acceptance", "no-paths", "no-gate", "no-reviewer", "empty-phase",
    }  # fmt: skip


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a name": ({"todos": [todo("t", "z")]}, "plan.yaml:1:"),
    "a circle": ({"todos": [todo("t", needs=["t"])]}, "1 todo waits for itself: t → t"),
}


@pytest.mark.parametrize(("keys", "message"), BROKEN.values(), ids=BROKEN)
def test_what_nothing_can_be_said_of_is_refused(keys: dict[str, Any], message: str) -> None:
    made = plan(phases=PHASES, agents=[A, B], **keys)
    with pytest.raises(PolicyError) as raised:
        refuse_broken(made, build(made))
    assert message in str(raised.value)
    refuse_broken(CLEAN, build(CLEAN))


def test_hostile_text_is_told_as_it_is() -> None:
    made = sound(todo("t", branch=HOSTILE), todo("u", "b"))
    assert "git refuses" in only(made, "branch-name").message


def test_a_hundred_agents_that_own_all_are_told_of_in_part() -> None:
    made = plan(agents=[agent(f"a{number}", owns=["**"]) for number in range(100)])
    assert len([one for one in problems(made, LIMIT) if one.code == "owners"]) == 100
