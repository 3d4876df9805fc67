"""The policy told: its JSON schema, and for people every value with where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, defstruct
from msgspec.json import schema_components

from paddock.policy.model import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.policy.config import GateConfig
    from paddock.policy.model import Policy
    from paddock.policy.positions import Path

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


class Value(Struct, frozen=True):
    """One value of the effective policy; `origin` is `file:line:column`, or `default`."""

    key: str
    value: Any
    origin: str


def schema(gate_types: Mapping[str, type[GateConfig]]) -> dict[str, Any]:
    """The JSON schema of `.paddock.yaml`, for editors and validators. An unquoted `off` is allowed as false."""
    sections = [(name.replace("-", "_"), kind | None, None) for name, kind in gate_types.items()]
    gates = defstruct("Gates", sections, rename="kebab", forbid_unknown_fields=True)
    file = defstruct(
        "PaddockPolicy",
        [(name, gates if name == "gates" else kind, default) for name, kind, default in _fields()],
        forbid_unknown_fields=True,
        rename="kebab",
    )
    (root,), components = schema_components((file,), ref_template="#/$defs/{name}")
    for definition in components.values():
        for key, described in definition.get("properties", {}).items():
            if key in ("severity", *_STAGES):
                definition["properties"][key] = _or_false(described)
    return {"$schema": SCHEMA, "title": "paddock policy", **root, "$defs": components}


_STAGES = ("pre-commit", "commit-msg", "pre-push", "ci", "bot")


def _fields() -> Iterator[tuple[str, Any, Any]]:
    from typing import get_type_hints

    hints = get_type_hints(Settings, include_extras=True)
    for name in Settings.__struct_fields__:
        yield name, hints[name] | None if name == "gates" else hints[name], None


def _or_false(described: dict[str, Any]) -> dict[str, Any]:
    """YAML 1.1 reads an unquoted `off` as false, and so do the editors that check against this schema."""
    default = {"default": described["default"]} if "default" in described else {}
    rest = {key: value for key, value in described.items() if key != "default"}
    return {"anyOf": [rest, {"const": False}], **default}


def values(policy: Policy) -> Iterator[Value]:
    """Every value of the effective policy in order."""
    top: dict[str, Any] = {
        "base": policy.base,
        "series": list(policy.series),
        "classes": msgspec.to_builtins(policy.classes),
        "gates": {gate: msgspec.to_builtins(config) for gate, config in policy.gates.items()},
    }
    yield from _flat(top, (), policy)


def _flat(value: object, path: Path, policy: Policy) -> Iterator[Value]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, (*path, key), policy)
        return
    if value == {} or (path[-2:-1] == ("stages",) and value is None):
        return
    place = policy.place(*path)
    yield Value(".".join(str(step) for step in path), value, str(place) if place else "default")
