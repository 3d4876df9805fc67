"""YAML with a position for every value.

YAML 1.2's core schema is read, in which `off`, `no` and dates are words, so that a policy means what it looks like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct

from paddock.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_LIMIT = 1 << 20  # bytes; a policy is written by hand

Path = tuple[str | int, ...]


class Place(Struct, frozen=True):
    """Where a value was written; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Document(Struct, frozen=True):
    """Plain values, and the place of each by its path; the root's path is empty."""

    file: str
    value: Any
    places: Mapping[Path, Place]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml where it was built
    """The safe loader with YAML 1.2's booleans and without its dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - replaces the class attribute of the same name
        first: [(tag, form) for tag, form in forms if not tag.endswith((":bool", ":timestamp", ":merge", ":value"))]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))


def parse(text: bytes, file: str) -> Document:
    """Read one YAML document.

    Raises:
        PolicyError: with `file:line:column`, for whatever is not YAML, is written twice, or is too large.
    """
    if len(text) > SIZE_LIMIT:
        raise PolicyError(f"{len(text):,} bytes, over the limit of {SIZE_LIMIT:,}", where=file)
    try:
        loader = _Loader(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        raise PolicyError("not UTF-8", where=f"{file}:{line}:{column}") from error
    except yaml.YAMLError as error:
        raise _not_yaml(error, file) from error
    places: dict[Path, Place] = {}
    try:
        node = loader.get_single_node()
        value = None if node is None else _Walk(loader, file, places).value(node, ())
    except yaml.YAMLError as error:
        raise _not_yaml(error, file) from error
    except RecursionError as error:
        raise PolicyError("nested too deeply", where=file) from error
    finally:
        loader.dispose()
    places.setdefault((), Place(file, 1, 1))
    return Document(file, value, places)


def _not_yaml(error: yaml.YAMLError, file: str) -> PolicyError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return PolicyError(
        f"not YAML: {problem}", where=f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
    )


_VALUES = 100_000  # aliases of aliases can spell out more values than memory holds


class _Walk:
    def __init__(self, loader: Any, file: str, places: dict[Path, Place]) -> None:  # noqa: ANN401 - PyYAML is untyped
        self.loader = loader
        self.file = file
        self.places = places
        self.open: set[int] = set()

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def error(self, message: str, node: yaml.Node) -> PolicyError:
        return PolicyError(message, where=str(self.place(node)))

    def value(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401 - what YAML holds
        self.places[path] = self.place(node)
        if len(self.places) > _VALUES:
            raise self.error(f"more than {_VALUES:,} values", node)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) in self.open:
            raise self.error("an alias that contains itself", node)
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            return self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - what YAML holds
        try:
            value = self.loader.construct_object(node)
        except ValueError as error:
            raise self.error(str(error), node) from error
        if not isinstance(value, str | int | float | bool | None):
            raise self.error(f"a value of the kind {node.tag} has no place here", node)
        return value

    def mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error("a key must be a word", key_node)
            key = key_node.value
            if key in result:
                raise self.error(f"the key `{key}` is written twice", key_node)
            result[key] = self.value(value_node, (*path, key))
            # An unknown or misplaced key is best shown where the key stands.
            self.places[*path, key, ""] = self.place(key_node)
        return result
