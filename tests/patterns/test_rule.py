from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from paddock.errors import PolicyError
from paddock.gates import CONFIGS
from paddock.gates.patterns import PatternsConfig
from paddock.patterns.matching import Matcher, whole_file
from paddock.patterns.rule import Rule
from paddock.policy.load import load

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
KEYS = [field.encode_name for field in msgspec.structs.fields(Rule)]
VALUE: st.SearchStrategy[object] = st.none() | st.booleans() | st.integers(-3, 3) | TEXT | st.lists(TEXT, max_size=2)
VALUE = VALUE | st.dictionaries(TEXT, TEXT, max_size=2) | st.sampled_from(["off", "warning", "file", "x+", "(", "*.go"])
RULE = st.just("off") | VALUE | st.dictionaries(st.sampled_from(KEYS) | TEXT, VALUE, max_size=5)
USUAL = st.fixed_dictionaries(
    {"message": st.just("m"), "forbid": TEXT | st.text(r"ab\^$.*+?()[]{}|-:i,1", max_size=10)},
    optional={"unless": TEXT, "paths": st.lists(TEXT, max_size=2), "scope": st.sampled_from(["added", "file"])},
)


@given(st.dictionaries(st.sampled_from(["a", "b-c", "D", "", "[...]", "$"]), RULE | USUAL, max_size=3))
def test_any_rules_are_a_policy_or_an_error_with_a_place(rules: Mapping[str, object]) -> None:
    # JSON is YAML.
    text = msgspec.json.encode({"gates": {"patterns": {"rules": rules}}})
    said = None
    try:
        config = load(text, "p.yaml", lambda _path: None, CONFIGS).gates["patterns"]
    except PolicyError as error:
        said = str(error)
    if said is not None:
        assert said.startswith("p.yaml:1:")
        return
    assert isinstance(config, PatternsConfig)
    for hit in Matcher(config.on).hits(whole_file("a.go", b"ab\r\n\xff(1,i)\n")):
        assert hit.line in (1, 2)
