from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.errors import PolicyError
from paddock.plan.load import SIZE_LIMIT, load
from paddock.plan.model import Launch, Priority, Role
from paddock.policy.positions import Place
from plans import AS_WRITTEN, EXAMPLE, agent, plan, read, sound, todo

HEAD = "series: feature/x\n"
REFUSED: dict[str, tuple[bytes, str, str | None]] = {
    "empty": (b"", "plan.yaml:1:1: a plan is a map of keys to values", "paddock plan init"),
    "a list": (b"- a\n", "plan.yaml:1:1: a plan is a map of keys to values", "paddock plan init"),
    "no series": (b"base: main\n", "plan.yaml:1:1: the key `series` is missing", None),
    "a todo without an agent": (
        b"series: x\ntodos: [{id: a, phase: b}]\n",
        "plan.yaml:2:9: `todos.0`: the key `agent` is missing",
        None,
    ),
    "unknown key": (b"series: x\nphasse: []\n", "plan.yaml:2:1: unknown key `phasse`", "did you mean `phases`?"),
    "unknown key of an agent": (
        b"series: x\nagents:\n  - id: a\n    owned: [b]\n",
        "plan.yaml:4:5: unknown key `owned`",
        "did you mean `owns`?",
    ),
    "unknown word": (
        b"series: x\nagents:\n  - id: a\n    priority: hihg\n",
        "plan.yaml:4:15: `agents.0.priority`: 'hihg' is not one of critical, high, medium, low, ongoing",
        "did you mean `high`?",
    ),
    "wrong type": (
        b"series: x\ntodos:\n  - {id: a, agent: b, phase: c, lines: many}\n",
        "plan.yaml:3:40: `todos.0.lines`: expected integer",
        None,
    ),
    "negative": (b"series: x\ntodos:\n  - {id: a, agent: b, phase: c, lines: -1}\n", "plan.yaml:3:40: ", None),
    "nothing at once": (b"series: x\nagents: [{id: a, at-once: 0}]\n", "plan.yaml:2:27: `agents.0.at-once`: ", None),
    "an id with a slash": (b"series: x\nagents: [{id: a/b}]\n", "plan.yaml:2:15: `agents.0.id`: an id has", None),
    "an id with a line break": (b'series: x\nagents: [{id: "a\\n"}]\n', "plan.yaml:2:15: `agents.0.id`: ", None),
    "an id like an option": (b"series: x\nphases: [{id: --force}]\n", "plan.yaml:2:15: `phases.0.id`: an id has", None),
    "a long id": (f"series: x\nphases: [{{id: {'a' * 65}}}]\n".encode(), "65 characters, 1 over the limit of 64", None),
    "an odd need": (
        b"series: x\ntodos: [{id: a, agent: b, phase: c, needs: [x, '']}]\n",
        "plan.yaml:2:48: `todos.0.needs.1`: an id has",
        None,
    ),
    "a series that git refuses": (b"series: x..y\n", "plan.yaml:1:9: `series`: git refuses", None),
    "a glob that is none": (
        b"series: x\nagents: [{id: a, owns: [./b]}]\n",
        "plan.yaml:2:25: `agents.0.owns.0`: the glob './b' matches nothing",
        None,
    ),
    "a shared glob that is none": (b"series: x\nshared: ['#']\n", "plan.yaml:2:10: `shared.0`: the glob '#' is", None),
    "an identity that git refuses": (
        b"series: x\nagents: [{id: a, identity: {name: '<b>', email: a@b}}]\n",
        "plan.yaml:2:35: `agents.0.identity.name`: git takes no",
        None,
    ),
    "an address without an @": (
        b"series: x\nagents: [{id: a, identity: {name: b, email: c}}]\n",
        "plan.yaml:2:45: `agents.0.identity.email`: no @ in it",
        None,
    ),
    "another version": (b"series: x\nversion: 2\n", "plan.yaml:2:10: ", None),
    "two documents": (b"series: x\n---\nseries: y\n", "a second document, where a plan is one", None),
    "not UTF-8": (b"series: \xff\n", "plan.yaml:1:9: not UTF-8", None),
    "a key twice": (b"series: x\nseries: y\n", "plan.yaml:2:1: the key `series` is written twice", None),
    "too large": (b"#" * (SIZE_LIMIT + 1), f"plan.yaml:1:1: over the limit of {SIZE_LIMIT:,} bytes", None),
}


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_with_its_place(text: bytes, message: str, hint: str | None) -> None:
    with pytest.raises(PolicyError) as raised:
        load(text, "plan.yaml")
    assert message in str(raised.value)
    assert hint is None or raised.value.hint == hint
    assert raised.value.exit_code == 2


def test_what_is_not_said_has_its_default() -> None:
    made = plan(agents=[{"id": "a"}], todos=[{"id": "t", "agent": "a", "phase": "0"}])
    (one,) = made.agents
    assert (one.role, one.priority, one.launch, one.at_once) == (Role.WORKER, Priority.MEDIUM, Launch.NONE, 1)
    assert (made.base, made.worktrees, made.todos[0].lines, made.todos[0].needs) == ("main", "..", None, ())


def test_a_section_with_nothing_in_it_says_nothing() -> None:
    text = b"series: x\nagents:\n  - id: a\n    identity:\n"
    assert load(text).agents[0].identity is None


def test_every_value_has_its_place() -> None:
    made = load(b"series: x\nagents:\n  - id: a\n    owns: [b, c]\n", "p.yaml")
    assert made.places["agents", 0, "owns", 1] == Place("p.yaml", 4, 15)


def test_worktrees_stand_in_their_folder() -> None:
    made = plan(worktrees="../wt", agents=[agent("a", worktree="one"), agent("b", worktree="/srv/x"), {"id": "c"}])
    assert [made.worktree(one) for one in made.agents] == ["../wt/one", "/srv/x", None]


def test_reviewers_are_never_the_author() -> None:
    made = sound(todo("t"), todo("u", reviewer="a"), todo("v", reviewer="r"))
    assert [[one.id for one in made.reviewers(each)] for each in made.todos] == [["r"], [], ["r"]]


@pytest.mark.parametrize("path", [EXAMPLE, AS_WRITTEN], ids=lambda path: path.stem)
def test_the_plans_of_eight_agents_are_read(path: object) -> None:
    made = read(EXAMPLE if path == EXAMPLE else AS_WRITTEN)
    assert len([one for one in made.agents if one.role is Role.WORKER]) == 8


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: (HEAD + text).encode()))
def test_any_bytes_are_a_plan_or_refused(text: bytes) -> None:
    with suppress(PolicyError):
        load(text)
