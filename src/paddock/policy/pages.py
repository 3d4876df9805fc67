"""A gate's documentation page: its module's docstring, its stages, and its options from the types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.engine import Gate
    from paddock.policy.config import GateConfig


NAME = "NAME"  # stands in a key for one of the user's own


class Option(Struct, frozen=True):
    """One key of a gate's section; `value` is JSON, empty where there is no default."""

    key: str
    kind: str
    value: str
    description: str


def page(gate: Gate[Any, Any], text: str) -> str:
    """Markdown with a line break at its end."""
    stages = ", ".join(f"{stage} ({severity})" for stage, severity in gate.stages.items())
    rows = "".join(
        f"| `{option.key}` | {_cell(option.kind)} | {_value(option)} | {_cell(option.description)} |\n"
        for option in options(gate.config, gate.config())
    )
    return (
        f"# {gate.id}\n\n{text.strip()}\n\n## Stages\n\n{stages}\n\n"
        f"## Options\n\n| key | type | default | meaning |\n|---|---|---|---|\n{rows}"
    )


def options(kind: type[GateConfig], config: GateConfig) -> Iterator[Option]:
    """The keys of a gate's section with their values in `config`, nested keys joined by a dot."""
    yield from _options(inspect.type_info(kind), msgspec.to_builtins(config), "")


def _options(described: Any, values: dict[str, Any], prefix: str) -> Iterator[Option]:  # noqa: ANN401 - msgspec's
    for field in described.fields:
        key = f"{prefix}{field.encode_name}"
        value = values[field.encode_name]
        inner, text = field.type, ""
        if isinstance(inner, inspect.Metadata):
            text = (inner.extra_json_schema or {}).get("description", "")
            inner = inner.type
        if isinstance(inner, inspect.StructType) and field.encode_name != "stages":
            yield from _options(inner, value, f"{key}.")
            continue
        if field.encode_name == "stages" and isinstance(value, dict):  # those of a gate
            value = {stage: severity for stage, severity in value.items() if severity is not None}
        yield Option(key, _kind(inner), json.dumps(value, ensure_ascii=False), text)
        if isinstance(inner, inspect.DictType):
            yield from _of_each(inner, key)


def _value(option: Option) -> str:
    return f"`{_cell(option.value)}`" if option.value else "required"


def _of_each(described: inspect.DictType, key: str) -> Iterator[Option]:
    """The keys of each section in a map of sections, under a name of the user's own."""
    for one in getattr(described.value_type, "types", (described.value_type,)):
        if isinstance(one, inspect.StructType):
            required = {f"{key}.{NAME}.{field.encode_name}" for field in one.fields if field.required}
            defaults = {field.encode_name: msgspec.to_builtins(_default(field)) for field in one.fields}
            for option in _options(one, defaults, f"{key}.{NAME}."):
                yield msgspec.structs.replace(option, value="") if option.key in required else option


def _default(field: inspect.Field) -> object:
    if field.required:
        return None
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


_KINDS = {
    "AnyType": "anything",
    "IntType": "integer",
    "FloatType": "number",
    "StrType": "string",
    "BoolType": "boolean",
    "NoneType": "null",
    "StructType": "map",
}


def _kind(described: Any) -> str:  # noqa: ANN401 - one of msgspec's descriptions of types
    if isinstance(described, inspect.Metadata):
        return _kind(described.type)
    if isinstance(described, inspect.EnumType):
        return " | ".join(str(member.value) for member in described.cls)
    if isinstance(described, inspect.LiteralType):
        return " | ".join(str(value) for value in described.values)
    if isinstance(described, inspect.UnionType):
        return " | ".join(_kind(one) for one in described.types)
    for kind, of in (("list", "item_type"), ("map", "value_type")):
        if (item := getattr(described, of, None)) is not None:
            return f"{kind} of {_kind(item)}"
    return _KINDS[type(described).__name__]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
