from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from paddock.patterns.matching import Matcher, whole_file
from paddock.patterns.rule import Rule

if TYPE_CHECKING:
    from paddock.patterns.hit import Hit

RULES = {
    name: Rule(message="m", **keys)  # type: ignore[arg-type]
    for name, keys in {
        "plain": {"forbid": "a+"},
        "start": {"forbid": "^b"},
        "end": {"forbid": "c$"},
        "folded": {"forbid": "(?i)d"},
        "either": {"forbid": "a|b"},
        "excused": {"forbid": "b", "unless": "a"},
        "required": {"require": "d", "when": "a"},
        "needed": {"require": "c"},
        "whole": {"forbid": "c", "scope": "file"},
        "go": {"forbid": "b", "paths": ("*.go",)},
    }.items()
}


def hits(rules: dict[str, Rule], text: str) -> list[Hit]:
    return list(Matcher(rules).hits(whole_file("a.py", text.encode())))


@given(st.text("abcdD \n", max_size=12))
def test_rules_together_find_what_each_finds_alone(text: str) -> None:
    assert hits(RULES, text) == [hit for name, rule in RULES.items() for hit in hits({name: rule}, text)]


@given(st.lists(st.sampled_from(["a", "b # paddock: allow plain because x", "# paddock: allow plain", ""]), max_size=6))
def test_a_hit_is_on_a_line_that_matches(lines: list[str]) -> None:
    for hit in hits({"plain": RULES["plain"]}, "\n".join(lines)):
        assert "a" in lines[hit.line - 1]


def test_a_rule_on_a_path_that_none_is_for() -> None:
    matcher = Matcher({"go": RULES["go"]})
    assert (matcher.rules_for("a.py"), matcher.rules_for("x/a.go")) == ((), ("go",))
    assert matcher.rules_for("a\n.go") == ("go",)
