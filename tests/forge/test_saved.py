"""A state of the tests' GitHub is kept and brought back, as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forge.world import Forge


def test_what_was_saved_stands_again_and_nothing_else(forge: Forge) -> None:
    ada, one = forge.person("ada"), forge.person("agent-1")
    number = ada.issue("First", labels=["bug"])
    head = one.push("x/1", {"a.txt": "a\n"})
    pull = one.pull("x/1", body=f"Closes #{number}")
    ada.do("POST", f"statuses/{head}", state="success", context="c")
    paths = ("issues?state=all", f"pulls/{pull}", f"commits/{head}/status", "git/matching-refs/heads/", "activity")
    before, saved = [ada.do("GET", path) for path in paths], forge.save()
    for _ in range(2):
        ada.comment(number, "x")
        ada.do("PATCH", f"issues/{number}", title="Other", labels=["new"])
        one.push("x/1", {"a.txt": "b\n"})
        ada.do("POST", f"statuses/{head}", state="failure", context="c")
        assert ada.issue("Second") == pull + 1
        assert forge.save().timeless != saved.timeless
        forge.restore(saved)
        assert [ada.do("GET", path) for path in paths] == before
        assert ada.do("GET", f"issues/{number}/comments") == []


def test_two_states_are_alike_whenever_they_came_about(forge: Forge) -> None:
    ada, empty = forge.person("ada"), forge.save()
    found = []
    for _ in range(2):
        forge.restore(empty)
        ada.comment(ada.issue("First", labels=["bug"]), "x")
        found.append(forge.save())
    assert found[0].held != found[1].held
    assert found[0].timeless == found[1].timeless
