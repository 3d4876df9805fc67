"""GitHub's own description of its API, and whether a request or an answer is as it says.

It is OpenAPI 3.0, whose schemas are JSON Schema but for `nullable`; what an operation needs of the 13 MB is compiled
when it is first asked for. In `oneOf` GitHub's alternatives overlap, so any of them will do.

A request is held to more than GitHub would: a parameter or a field that the description does not know is a fault too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import jsonschema_rs
from msgspec import Struct
from msgspec import json as decoder

from forge.emulator import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DESCRIPTION = MODULES / "@octokit" / "openapi" / "generated" / "api.github.com.json"
_PROSE = {"description", "example", "examples", "title", "externalDocs", "default", "deprecated", "readOnly"}
_NAMED = {"properties", "patternProperties"}
_SLASHED = {"ref", "path", "basehead"}
_COMPONENT = "#/components/schemas/"
JSON = "application/json"


class Operation(Struct, frozen=True):
    """One thing that can be asked: `id` is `METHOD /path/{parameter}`, `arguments` are the path's."""

    id: str
    arguments: Mapping[str, str]


class Contract:
    """The description, read once a process."""

    def __init__(self, description: bytes) -> None:
        self._whole: dict[str, Any] = decoder.decode(description)
        self._routes = sorted(_routes(self._whole["paths"]), key=lambda one: one[0])
        self._schemas: dict[str, tuple[Any, frozenset[str]]] = {}
        self._validators: dict[str, Any] = {}

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a path without its query stands for; None where GitHub has no such."""
        for _, pattern, template, methods in self._routes:
            if method in methods and (match := pattern.fullmatch(path)):
                values = (unquote(text) for text in match.groups())
                return Operation(f"{method} {template}", dict(zip(_names(template), values, strict=True)))
        return None

    def request(self, operation: Operation, query: str, body: bytes) -> Iterator[str]:
        """What is wrong with a request, a sentence each."""
        described = self._described(operation)
        known = {one["name"]: one for one in self._parameters(operation) if one["in"] == "query"}
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name not in known:
                yield f"no parameter is called {name}"
            else:
                schema = known[name]["schema"]
                yield from self._wrong(f"{operation.id}?{name}", schema, self._typed(value, schema))
        for name, value in operation.arguments.items():
            schema = next(one["schema"] for one in self._parameters(operation) if one["name"] == name)
            yield from self._wrong(f"{operation.id} {name}", schema, self._typed(value, schema))
        content = self._followed(described.get("requestBody", {})).get("content", {})
        if JSON not in content:
            if body:
                yield "it takes no body"
            return
        schema = content[JSON]["schema"]
        if not body:
            if described["requestBody"].get("required"):
                yield "the body is missing"
            return
        value = json.loads(body)
        yield from self._wrong(operation.id, schema, value)
        yield from self._unknown(schema, value)

    def answer(self, operation: Operation, status: int, body: bytes) -> Iterator[str]:
        """What is wrong with an answer, a sentence each."""
        responses = self._described(operation)["responses"]
        if str(status) not in responses:
            if status in (401, 403, 404, 422, 429) or status >= 500:  # every operation may answer these
                return
            yield f"{status} is no answer to {operation.id}"
            return
        content = self._followed(responses[str(status)]).get("content", {})
        if JSON in content:
            yield from self._wrong(f"{operation.id} {status}", content[JSON]["schema"], json.loads(body))
        elif body:
            yield f"a {status} has no body"

    def event(self, name: str, action: str, payload: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the payload of a webhook, a sentence each."""
        schema = {"$ref": f"{_COMPONENT}webhook-{name.replace('_', '-')}-{action.replace('_', '-')}"}
        yield from self._wrong(f"{name} {action}", schema, payload)

    def example(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """One of GitHub's own examples of an answer."""
        return json.loads(json.dumps(self._whole["components"]["examples"][name]["value"]))

    def _described(self, operation: Operation) -> dict[str, Any]:
        method, _, template = operation.id.partition(" ")
        found: dict[str, Any] = self._whole["paths"][template][method.lower()]
        return found

    def _parameters(self, operation: Operation) -> Iterator[dict[str, Any]]:
        for one in self._described(operation).get("parameters", ()):
            yield self._followed(one)

    def _followed(self, one: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in one:
            value: Any = self._whole
            for step in one["$ref"].removeprefix("#/").split("/"):
                value = value[step]
            one = value
        return one

    def _typed(self, value: str, schema: dict[str, Any]) -> object:
        kind = self._followed(schema).get("type")
        if kind == "integer" and re.fullmatch(r"-?\d+", value):
            return int(value)
        return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value

    def _unknown(self, schema: dict[str, Any], value: object) -> Iterator[str]:
        """Fields at the top that are not described; GitHub would ignore them, and a typo with them."""
        known: set[str] = set()
        for one in self._alternatives(schema):
            if one.get("additionalProperties") or "properties" not in one:
                return
            known |= set(one["properties"])
        if isinstance(value, dict):
            yield from (f"no field is called {name}" for name in value if name not in known)

    def _alternatives(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        schema = self._followed(schema)
        several = [one for key in ("oneOf", "anyOf", "allOf") for one in schema.get(key, ())]
        for one in several:
            yield from self._alternatives({"type": schema.get("type"), **one})
        if not several or "properties" in schema:
            yield schema

    def _wrong(self, key: str, schema: dict[str, Any], value: object) -> Iterator[str]:
        if key not in self._validators:
            self._validators[key] = self._compiled(schema)
        for error in self._validators[key].iter_errors(value):
            where = "/".join(str(step) for step in error.instance_path)
            yield f"{key}: {where or 'it'}: {error.message[:300]}"

    def _compiled(self, schema: dict[str, Any]) -> Any:  # noqa: ANN401 - the library's own type
        needed: set[str] = set()
        whole = _converted(schema, needed)
        definitions: dict[str, Any] = {}
        while needed:
            name = needed.pop()
            if name not in definitions:
                definitions[name], more = self._component(name)
                needed |= more
        return jsonschema_rs.Draft202012Validator({"allOf": [whole], "$defs": definitions}, validate_formats=True)

    def _component(self, name: str) -> tuple[Any, frozenset[str]]:
        if name not in self._schemas:
            needed: set[str] = set()
            converted = _converted(self._whole["components"]["schemas"][name], needed)
            self._schemas[name] = converted, frozenset(needed)
        return self._schemas[name]


@cache
def contract() -> Contract:
    """The description that is installed."""
    return Contract(DESCRIPTION.read_bytes())


@cache
def _names(template: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\{([^}]+)\}", template))


def _routes(paths: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], re.Pattern[str], str, frozenset[str]]]:
    """Every path as a pattern, the more literal first. A ref, a file and what is compared may hold slashes."""
    for template, methods in paths.items():
        names = _names(template)
        literals = [re.escape(piece) for piece in re.split(r"\{[^}]+\}", template)]
        groups = ["(.+)" if name in _SLASHED else "([^/]+)" for name in names]
        pattern = "".join(text + group for text, group in zip(literals, [*groups, ""], strict=True))
        yield (len(names), -len(template)), re.compile(pattern), template, frozenset(one.upper() for one in methods)


def _converted(schema: Any, needed: set[str], *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """OpenAPI's schema as JSON Schema; `needed` collects the components that it refers to."""
    if isinstance(schema, list):
        return [_converted(one, needed) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str) and not names:
        name = schema["$ref"].removeprefix(_COMPONENT)
        needed.add(name)
        return {"$ref": f"#/$defs/{name}"}
    kept: Iterable[str] = schema if names else (key for key in schema if key not in _PROSE and key[:2] != "x-")
    found = {
        ("anyOf" if key == "oneOf" and not names else key): _converted(schema[key], needed, names=key in _NAMED)
        for key in kept
        if names or key != "nullable"
    }
    if not names and schema.get("nullable") is True:
        if isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
        return found if "type" in found else {"anyOf": [found, {"type": "null"}]}
    return found
