from __future__ import annotations

import sys
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from paddock.engine import Gate
from paddock.findings import Judgement, Severity
from paddock.gates import GATES
from paddock.model import Source, Stage
from paddock.policy.config import GateConfig, StageSeverities
from paddock.policy.pages import Option, options, page


class Inner(Struct, frozen=True, rename="kebab"):
    deep_key: Annotated[bool, Meta(description="Whether.")] = False


class Config(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    the_limit: Annotated[int, Meta(ge=0, description="The most | of it.")] = 7
    words: Annotated[tuple[str, ...], Meta(description="Words.")] = ("é",)
    one_of: Annotated[Literal["a", "b"], Meta(description="One.")] = "a"
    maybe: Annotated[str | None, Meta(description="Perhaps\nnone.")] = None
    inner: Inner = Inner()


GATE = Gate(
    id="example",
    config=Config,
    stages={Stage.PRE_COMMIT: Severity.WARNING, Stage.CI: Severity.ERROR},
    read=lambda _source, _config: None,
    check=lambda _facts, _config: Judgement(reason=""),
)
PAGE = """\
# example

What it judges.

## Why

Because.

## Stages

pre-commit (warning), ci (error)

## Options

| key | type | default | meaning |
|---|---|---|---|
| `severity` | error \\| warning \\| off | `"error"` | What the gate's findings weigh. |
| `stages` | map | `{}` | A severity for each stage where it differs. |
| `the-limit` | integer | `7` | The most \\| of it. |
| `words` | list of string | `["é"]` | Words. |
| `one-of` | a \\| b | `"a"` | One. |
| `maybe` | string \\| null | `null` | Perhaps none. |
| `inner.deep-key` | boolean | `false` | Whether. |
"""


def test_a_page_is_the_docstring_with_stages_and_options() -> None:
    assert page(GATE, "What it judges.\n\n## Why\n\nBecause.\n") == PAGE


def test_options_have_the_values_of_a_configuration() -> None:
    config = Config(the_limit=1, inner=Inner(deep_key=True), stages=StageSeverities(ci=Severity.OFF))
    assert [
        option for option in options(Config, config) if option.key in ("the-limit", "inner.deep-key", "stages")
    ] == [
        Option("stages", "map", '{"ci": "off"}', "A severity for each stage where it differs."),
        Option("the-limit", "integer", "1", "The most | of it."),
        Option("inner.deep-key", "boolean", "true", "Whether."),
    ]


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_has_a_page_that_is_complete(gate: str) -> None:
    made = GATES[gate]
    text = page(made, sys.modules[made.check.__module__].__doc__ or "")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        f"# {gate}",
        "## What it does",
        "## Why",
        "## Example",
        "## How to fix",
        "## Stages",
        "## Options",
    ]
    assert [option.key for option in options(made.config, made.config()) if not option.description] == []


def reads_nothing(_source: Source, _config: Config) -> None:
    """A reader of the right type, so that `Gate` is checked as a gate's file would be."""


def test_a_gate_is_typed() -> None:
    assert Gate(id="x", config=Config, stages={}, read=reads_nothing, check=GATE.check).id == "x"
