from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from paddock.gates import CONFIGS, GATES
from paddock.policy import presets
from paddock.policy.load import load

if TYPE_CHECKING:
    from paddock.policy.model import Policy


def policy(text: str) -> Policy:
    return load(text.encode(), ".paddock.yaml", lambda _path: None, CONFIGS)


def test_the_shipped_presets() -> None:
    assert {"default", "strict"} <= set(presets.names())
    assert presets.names() == sorted(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_each_is_a_policy_that_judges(name: str) -> None:
    made = policy(f"extends: {presets.PREFIX}{name}\n")
    assert made.gates
    assert {str(place.file) for place in made.places.values()} <= {
        ".paddock.yaml",
        *map("paddock:{}".format, presets.names()),
    }


def test_the_default_names_every_gate_that_needs_no_settings() -> None:
    # `signing` needs keys on the base, `description` a habit of writing, `patterns` and `companions` rules, `coverage`
    # reports, `integration` trial merges, which no change document has, `review` the bot; what is to be run, only a
    # repository knows.
    own = {"codegen", "commands", "companions", "coverage", "description", "integration", "patterns", "review"}
    assert list(policy("extends: paddock:default").gates) == [gate for gate in GATES if gate not in {*own, "signing"}]
    assert list(policy("extends: paddock:strict").gates) == [gate for gate in GATES if gate not in own]


def test_strict_is_nowhere_milder_than_the_default() -> None:
    default, strict = (policy(f"extends: paddock:{name}") for name in ("default", "strict"))
    order = ("off", "warning", "error")
    for gate, config in default.gates.items():
        assert order.index(strict.gates[gate].severity) >= order.index(config.severity), gate


@pytest.mark.parametrize("name", ["nothing", "", "../pyproject", "default.yaml", "/etc/passwd", "DEFAULT"])
def test_nothing_else_can_be_read_by_a_presets_name(name: str) -> None:
    assert presets.read(name) is None


@pytest.mark.parametrize(("folder", "file"), [("policies", "default.yaml"), ("hooks", "shim")])
def test_data_folders_of_a_checkout(folder: str, file: str) -> None:
    with open(f"{presets.data_folder(folder)}/{file}", "rb") as opened:
        assert opened.read()
