from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from paddock.errors import PolicyError
from paddock.gates import CONFIGS, GATES
from paddock.policy import presets
from paddock.policy.describe import SCHEMA, schema, values
from paddock.policy.load import load
from paddock.policy.positions import parse

if TYPE_CHECKING:
    from paddock.policy.model import Policy

FILES = {
    "team.yaml": b"""\
base: develop
classes:
  generated:
    - gen/**
gates:
  pr-size:
    limit: 10
    stages:
      ci: warning
  dco:
"""
}


def policy(text: str) -> Policy:
    return load(text.encode(), ".paddock.yaml", FILES.get, CONFIGS)


def told(text: str) -> dict[str, tuple[Any, str]]:
    return {row.key: (row.value, row.origin) for row in values(policy(text))}


def test_every_value_is_told_with_where_it_came_from() -> None:
    own = "series: [a, b]\ngates:\n  pr-size:\n    exclude: [lock]\n    severity: off\n"
    rows = told(f"extends: [paddock:strict, team.yaml]\n{own}")
    assert {key: row for key, row in rows.items() if row[1] != "default"} == {
        "base": ("develop", "team.yaml:1:7"),
        "series": (("a", "b"), ".paddock.yaml:2:9"),
        "classes.generated": (("gen/**",), "team.yaml:4:5"),
        "gates.branch-order.series": (("a", "b"), ".paddock.yaml:2:9"),
        "gates.branch-order.outside": ("warn", "paddock:strict:6:14"),
        "gates.commit-message.severity": ("error", "paddock:strict:8:15"),
        "gates.commit-message.imperative": (True, "paddock:strict:9:17"),
        "gates.pr-size.markers": ("verify", "paddock:strict:12:14"),
        "gates.pr-size.severity": ("off", ".paddock.yaml:6:15"),
        "gates.pr-size.stages.ci": ("warning", "team.yaml:9:11"),
        "gates.pr-size.limit": (10, "team.yaml:7:12"),
        "gates.pr-size.exclude": (("lock",), ".paddock.yaml:5:14"),
    }


def test_defaults_are_told_as_such() -> None:
    rows = told("gates: {dco: }")
    assert set(rows.values()) >= {("main", "default"), ("error", "default"), (False, "default")}
    assert {key.split(".")[1] for key in rows if key.startswith("gates.")} == {"dco"}


def test_items_of_lists_have_places_of_their_own() -> None:
    made = policy("extends: team.yaml\nclasses:\n  docs:\n  - a\n  - b\n")
    assert [str(made.place("classes", "docs", i)) for i in (0, 1)] == [".paddock.yaml:4:5", ".paddock.yaml:5:5"]
    assert str(made.place("classes", "generated", 0)) == "team.yaml:4:7"
    replaced = policy("extends: team.yaml\nclasses: {generated: [x]}\n")
    assert str(replaced.place("classes", "generated", 0)) == ".paddock.yaml:2:23"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(CONFIGS))


def test_the_schema_is_one() -> None:
    made = schema(CONFIGS)
    assert made["$schema"] == SCHEMA == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(msgspec.json.decode(msgspec.json.encode(made)))


def test_the_schema_knows_every_gate_and_says_what_each_key_is_for() -> None:
    definitions = schema(CONFIGS)["$defs"]
    assert list(definitions["Gates"]["properties"]) == list(GATES)
    untold = {
        f"{name}.{key}"
        for name, definition in definitions.items()
        if name == "Policy" or name.endswith("Config")
        for key, described in definition["properties"].items()
        if not described.get("description")
    }
    assert untold == set()


def test_the_schemas_defaults_are_the_policys() -> None:
    policy_keys = schema(CONFIGS)["$defs"]["Policy"]["properties"]
    sections = ("classes", "worktrees", "bot")
    assert {key: described["default"] for key, described in policy_keys.items() if key not in sections} == {
        "version": 1,
        "extends": (),
        "base": "main",
        "series": (),
        "gates": {},
    }
    assert schema(CONFIGS)["$defs"]["PrSizeConfig"]["properties"]["limit"]["default"] == 700


GOOD = {
    **{f"paddock:{name}": (presets.read(name) or b"").decode() for name in presets.names()},
    "nothing": "{}",
    "empty sections": "version: 1\nclasses:\ngates:\n  dco:\n    stages:\n    remediation:\n",
    "no gates": "gates:\n",
    "off": "gates: {pr-size: {severity: off, stages: {ci: off, pre-push: false, bot: warning}}}",
    "one preset": "extends: paddock:default\nseries: a\n",
    "several presets": "extends: [paddock:default, a/b.yaml]\nseries: [a, b]\nbase: develop\n",
    "numbers": "gates: {pr-size: {limit: 0, exclude: [], count: both}, commit-message: {body-line-max: null}}",
    "globs": "classes: {generated: ['a/**', '!a/b'], source: [x]}",
    "bot": "bot: {commands: {approve: {permission: null, teams: [o/t], agents: [own]}, done: null}, people: [ada]}",
}
BAD = {
    "a list": "[]",
    "a word": "hello",
    "another version": "version: 2",
    "version as a word": "version: '1'",
    "version true": "version: true",
    "an unknown key": "bse: main",
    "an unknown gate": "gates: {dc: {}}",
    "an unknown option": "gates: {dco: {sverity: off}}",
    "an unknown stage": "gates: {dco: {stages: {precommit: off}}}",
    "an unknown option, deeper": "gates: {dco: {remediation: {x: true}}}",
    "an unknown class": "classes: {genrated: []}",
    "a gate that is off": "gates: {dco: off}",
    "a gate that is true": "gates: {dco: true}",
    "gates as a list": "gates: [dco]",
    "stages that are off": "gates: {dco: {stages: off}}",
    "a severity that is true": "gates: {dco: {severity: true}}",
    "a severity that is nothing": "gates: {dco: {severity: }}",
    "a wrong severity": "gates: {dco: {severity: eror}}",
    "a word for a number": "gates: {pr-size: {limit: many}}",
    "a truth for a number": "gates: {pr-size: {limit: true}}",
    "a fraction": "gates: {pr-size: {limit: 1.5}}",
    "a negative limit": "gates: {pr-size: {limit: -1}}",
    "a wrong word": "gates: {pr-size: {count: all}}",
    "a wrong class": "gates: {pr-size: {exclude: [vendor]}}",
    "false for a word": "gates: {pr-size: {count: false}}",
    "a word for a list": "classes: {generated: a}",
    "a number in a list": "series: [a, 3]",
    "a number for series": "series: 3",
    "an empty base": "base: ''",
    "nothing for base": "base:",
    "nothing for extends": "extends:",
    "a number for extends": "extends: 3",
    "a trailer with a space": "gates: {commit-message: {required-trailers: [a b]}}",
}


def by_editors(text: str) -> dict[str, object]:
    """A policy as tools see it: those of YAML 1.1 (`off` is false) and those of YAML 1.2."""
    return {"YAML 1.1": yaml.safe_load(text), "YAML 1.2": parse(text.encode(), "x").plain()}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_right_is_right_to_the_schema(text: str, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for value in by_editors(text).values() for error in validator.iter_errors(value)] == []
    load(text.encode(), "x", lambda _path: b"", CONFIGS)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_the_loader_refuses_by_type_the_schema_refuses(
    text: str, validator: jsonschema.Draft202012Validator
) -> None:
    assert [name for name, value in by_editors(text).items() if validator.is_valid(value)] == []
    with pytest.raises(PolicyError):
        load(text.encode(), "x", lambda _path: b"", CONFIGS)
