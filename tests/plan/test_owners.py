"""Whose branches are, by the plan: those of todos, their parts, folders, and resolutions of conflicts."""

from __future__ import annotations

import pytest

from paddock.plan.owners import Owners
from plans import agent, sound, todo

TODOS = {
    "a": ("feature/x/01a-api", "feature/x/01a1b-deep", "fix/big", "feature/x/b/07a-odd"),
    "b": ("feature/x/01b-client", "feature/x/01a1-own", "feature/x/9-first"),
}
OWNED: dict[str, tuple[str, str]] = {
    "a todo's": ("feature/x/01a-api", "a's"),
    "split behind the key": ("feature/x/01a2-api-server", "a's"),
    "split behind the key, deeper": ("feature/x/01a2b3-api", "a's"),
    "split into parts": ("feature/x/01a-split1-api", "a's"),
    "parts of parts": ("feature/x/01a-part2-split3-api", "a's"),
    "a part outside of the grammar": ("fix/big-split2", "a's"),
    "another todo's own, though its key extends one": ("feature/x/01a1-own", "b's"),
    "of the nearest key": ("feature/x/01a1c-more", "b's"),
    "of the nearest key, again": ("feature/x/01a1b2-more", "a's"),
    "another number": ("feature/x/90-more", "no agent's"),
    "the same key under another name": ("feature/x/01a-other", "no agent's"),
    "a key before it": ("feature/x/01-whole", "no agent's"),
    "the same key in another series": ("feature/y/01a1-api", "no agent's"),
    "a todo in another's folder": ("feature/x/b/07a-odd", "a's"),
    "its parts": ("feature/x/b/07a1-odd", "a's"),
    "another's folder": ("feature/x/b/08a-own", "b's"),
    "a folder of nobody": ("feature/x/c/08a-own", "no agent's"),
    "a name like a part": ("fix/bigger-split2", "no agent's"),
    "a resolution": ("resolve/feature/x/01a-api--feature/x/01b-client", "b's"),
    "of a part": ("resolve/feature/x/02a-nobodys--feature/x/01a2-api", "a's"),
    "of two that are nobody's": ("resolve/x--y", "no agent's"),
    "no resolution": ("resolve/feature/x/01a-api", "no agent's"),
}


@pytest.fixture
def owners() -> Owners:
    todos = [todo(f"{who}{at}", who, branch=branch) for who, names in TODOS.items() for at, branch in enumerate(names)]
    return Owners(sound(*todos, agents=[agent("a"), agent("b")]))


@pytest.mark.parametrize(("name", "whose"), OWNED.values(), ids=OWNED)
def test_whose_a_branch_is(name: str, whose: str, owners: Owners) -> None:
    assert owners.whose(name) == whose
    known = owners.plan.agent_of
    if not name.startswith("resolve/"):
        assert [f"{id_}'s" for id_ in known if owners.may(known[id_], name)] == [whose] * (whose != "no agent's")


def test_a_resolution_is_for_the_agents_of_both_parts(owners: Owners) -> None:
    name = "resolve/feature/x/01a2-api--feature/x/01b-split1-client"
    assert [id_ for id_, one in owners.plan.agent_of.items() if owners.may(one, name)] == ["a", "b"]


def test_a_part_carries_what_its_todo_does() -> None:
    needs = [todo("one", "a", branch="feature/x/01a-api"), todo("two", "b", branch="feature/x/01b-w", needs=["one"])]
    owners = Owners(sound(*needs))
    agents = owners.plan.agent_of
    for name in ("feature/x/01b-w", "feature/x/01b1-w", "feature/x/01b-split1-w"):
        assert owners.carries(name, agents["a"])
    assert not owners.carries("feature/x/01a1-api", agents["b"])
