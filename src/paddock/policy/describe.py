"""The policy told: its JSON schema, and for people every value with where it came from."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import NODEFAULT, Struct, defstruct
from msgspec.json import schema_components
from msgspec.structs import fields

from paddock.policy.bot import Bot
from paddock.policy.config import GateConfig, StageSeverities
from paddock.policy.model import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.policy.model import Policy
    from paddock.policy.positions import Path

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


class Value(Struct, frozen=True):
    """One value of the effective policy; `origin` is `file:line:column`, or `default`."""

    key: str
    value: Any
    origin: str


def schema(gate_types: Mapping[str, type[GateConfig]]) -> dict[str, Any]:
    """The JSON schema of `.paddock.yaml`, for editors and validators."""
    sections = [(name.replace("-", "_"), kind | None, None) for name, kind in gate_types.items()]
    gates = defstruct("Gates", sections, rename="kebab", forbid_unknown_fields=True)
    own = [(field.name, field.type, _default(field)) for field in fields(Settings)]
    typed: dict[str, tuple[Any, Any]] = {"gates": (gates, {}), "bot": (Bot, Bot())}
    own = [
        (name, Annotated[typed[name][0], *kind.__metadata__], typed[name][1])
        if name in typed
        else (name, kind, default)
        for name, kind, default in own
    ]
    file = defstruct("Policy", own, rename="kebab", forbid_unknown_fields=True)
    (root,), components = schema_components((file,), ref_template="#/$defs/{name}")
    severities = {field.encode_name for field in fields(StageSeverities)}
    for name, definition in components.items():
        if "required" in definition:
            definition["required"] = []  # a preset may have said it
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
        for key, described in definition.get("properties", {}).items():
            is_severity = name == StageSeverities.__name__ and key in severities
            if is_severity or described.get("$ref", "").endswith("/Severity"):
                definition["properties"][key] = _or(described, {"const": False})
            elif _is_section(described, components):
                definition["properties"][key] = _or(described, {"type": "null"})
    for described in components["Gates"]["properties"].values():
        del described["default"]  # a gate that is not named does not judge, which null does not mean
    return {"$schema": SCHEMA, "title": "paddock policy", **root, "$defs": components}


def _default(field: Any) -> Any:  # noqa: ANN401 - msgspec's FieldInfo, and a field's own type
    return field.default if field.default is not NODEFAULT else field.default_factory()


def _is_section(described: dict[str, Any], components: Mapping[str, Any]) -> bool:
    name = described.get("$ref", "").rpartition("/")[2]
    return name in components and components[name].get("type") == "object"


def _or(described: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A schema that also allows something else.

    `false` for a severity: YAML 1.1 reads an unquoted `off` so, and so do the editors that check against this schema.
    null for a section: its key may stand there with nothing after it.
    """
    told = {key: value for key, value in described.items() if key in ("description", "default")}
    if isinstance(default := told.get("default"), dict):
        told["default"] = {key: value for key, value in default.items() if value is not None}
    rest = {key: value for key, value in described.items() if key not in told}
    return {**told, "anyOf": [*rest.get("anyOf", [rest]), other]}


def values(policy: Policy) -> Iterator[Value]:
    """Every value of the effective policy in order; of the section `bot` only where there is one, for it is long."""
    top: dict[str, Any] = {
        "base": policy.base,
        "series": policy.series,
        "classes": msgspec.to_builtins(policy.classes),
        "worktrees": msgspec.to_builtins(policy.worktrees),
        "bot": msgspec.to_builtins(policy.bot_section) or {},
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
