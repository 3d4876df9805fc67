"""YAML with a place for every value.

YAML 1.2's core schema is read, in which `off`, `no`, dates and `0700` mean what they look like, of one document with
no tags but the core schema's and no merge keys (`<<`). Anchors and aliases are followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct

from paddock.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_LIMIT = 1 << 20  # bytes; a policy is written by hand
VALUES = 100_000  # aliases of aliases can spell out more values than memory holds
_DEPTH = 32  # libyaml's own composer recurses in C and ends the process on what is nested deeply enough
_TOO_DEEP = f"nested more than {_DEPTH} levels deep"
_INTEGER = 1 << 63  # beyond it JSON's readers disagree

Path = tuple[str | int, ...]


class Place(Struct, frozen=True):
    """Where a value was written; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Node(Struct, frozen=True):
    """A value where it stands: a scalar, a list of nodes, or a map of nodes with the places of its `keys`.

    `size` counts the values in it, those of aliases once for each use.
    """

    value: Any
    place: Place
    keys: Mapping[str, Place] = {}
    size: int = 1

    def plain(self) -> Any:  # noqa: ANN401 - what YAML holds
        """The value alone."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def places(self, path: Path = ()) -> Iterator[tuple[Path, Place]]:
        """Every value's path from here with its place; a map's key has the path of its value and an empty step."""
        yield path, self.place
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield (*path, key, ""), self.keys[key]
                yield from node.places((*path, key))
        elif isinstance(self.value, list):
            for i, node in enumerate(self.value):
                yield from node.places((*path, i))


def parse(text: bytes, file: str, *, what: str = "policy", size: int = SIZE_LIMIT, values: int = VALUES) -> Node:
    """Read one YAML document; one without a value is None.

    Args:
        text: what the file holds.
        file: its name, for messages.
        what: what the document is, for messages.
        size: the most bytes that it may have.
        values: the most values, those of aliases counted for each use.

    Raises:
        PolicyError: with `file:line:column`, for whatever is not YAML, is written twice, or is too large.
    """
    if len(text) > size:
        raise PolicyError(f"over the limit of {size:,} bytes", where=f"{file}:1:1")
    try:
        decoded = text.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise PolicyError("not UTF-8", where=str(_place_at(text.decode("latin-1"), error.start, file))) from error
    # libyaml where it was built, at a tenth of the time
    events = yaml.parse(decoded, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        return _Composer(events, file, what, values).document()
    except yaml.YAMLError as error:
        raise _not_yaml(error, decoded, file) from error


_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ufffd\U00010000-\U0010ffff]"  # compiled only to tell of an error: it is large


def _place_at(text: str, index: int, file: str) -> Place:
    return Place(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _not_yaml(error: yaml.YAMLError, text: str, file: str) -> PolicyError:
    if isinstance(error, yaml.reader.ReaderError) and (found := re.search(_UNREADABLE, text)):
        where = str(_place_at(text, found.start(), file))
        return PolicyError(f"not YAML: the control character U+{ord(found[0]):04X}", where=where)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    if problem.startswith("but "):
        problem = f"{getattr(error, 'context', None) or 'expected something else'}, {problem}"
    if "nesting depth" in problem and mark is not None:
        # Newer libyaml counts brackets while it still looks for the end of a key, before any event of ours.
        return PolicyError(_TOO_DEEP, where=f"{file}:{mark.line + 1}:{mark.column + 1}")
    if mark is None:
        return PolicyError(f"not YAML: {problem}", where=f"{file}:1:1")
    lines = text.split("\n")
    rest = lines[mark.line][mark.column :] if mark.line < len(lines) else ""
    hint = "YAML is indented by spaces, not by tabs" if rest.startswith("\t") else None
    return PolicyError(f"not YAML: {problem}", hint=hint, where=f"{file}:{mark.line + 1}:{mark.column + 1}")


_CORE = "tag:yaml.org,2002:"
_FORMS = {
    "null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    "bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    "int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    "float": re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
}
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


class _Composer:
    """Builds nodes from a parser's events: PyYAML's own composer would recurse, and keep neither keys nor limits."""

    def __init__(self, events: Iterator[Any], file: str, what: str, values: int) -> None:
        self.events = events
        self.file = file
        self.what = what
        self.values = values
        self.anchors: dict[str, Node | None] = {}  # None while the value is still open

    def document(self) -> Node:
        node = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent) and node is not None:
                raise self.error(f"a second document, where a {self.what} is one", event)
            if isinstance(event, yaml.NodeEvent):
                node = self.node(event, 0)
        return node or Node(None, Place(self.file, 1, 1))

    def place(self, event: Any) -> Place:  # noqa: ANN401 - PyYAML's types allow an event without a mark
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def error(self, message: str, event: yaml.Event, hint: str | None = None) -> PolicyError:
        return PolicyError(message, hint=hint, where=str(self.place(event)))

    def node(self, event: yaml.NodeEvent, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if depth > _DEPTH:
            raise self.error(_TOO_DEEP, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self.scalar(event), self.place(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            assert isinstance(event, yaml.MappingStartEvent)  # noqa: S101 - the last kind there is
            node = self.mapping(event, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise self.error(f"the alias `*{event.anchor}` of no anchor above it", event)
        node = self.anchors[event.anchor]
        if node is None:
            raise self.error(f"the alias `*{event.anchor}` stands inside what it names", event)
        return node

    def sequence(self, start: yaml.SequenceStartEvent, depth: int) -> Node:
        self.check_tag(start, "seq")
        items: list[Node] = []
        size = 1
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, depth + 1))
            size = self.checked(size + items[-1].size, event)
        return Node(items, self.place(start), {}, size)

    def mapping(self, start: yaml.MappingStartEvent, depth: int) -> Node:
        self.check_tag(start, "map")
        items: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        size = 1
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event)
            if key in items:
                raise self.error(f"the key `{key}` is written twice, first on line {keys[key].line}", event)
            keys[key] = self.place(event)
            items[key] = self.node(next(self.events), depth + 1)
            size = self.checked(size + items[key].size, event)
        return Node(items, self.place(start), keys, size)

    def key(self, event: yaml.NodeEvent) -> str:
        """A key as it is written: `off` and `1` are words there."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self.error("a key must be a word", event)
        if event.value == "<<" and event.implicit[0]:
            hint = "repeat the keys, use an alias for a whole value, or put them into a preset and extend it"
            raise self.error("merge keys (`<<`) are not read: YAML 1.2 has none", event, hint)
        self.scalar(event)
        return str(event.value)

    def scalar(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        text = event.value
        if found := _FORBIDDEN.search(text):
            raise self.error(f"the character U+{ord(found[0]):04X} has no place in a {self.what}", event)
        if event.tag is None or event.tag == "!":
            plain = event.tag is None and event.implicit[0]
            kind = next((kind for kind, form in _FORMS.items() if form.match(text)), "str") if plain else "str"
        else:
            kind = self.check_tag(event, "str", *_FORMS)
            if kind != "str" and not _FORMS[kind].match(text):
                raise self.error(f"`{text}` is no `!!{kind}`", event)
        return self.converted(kind, text, event)

    def converted(self, kind: str, text: str, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        if kind == "int":
            base = {"0o": 8, "0x": 16}.get(text[:2], 10)
            # Beyond some thousands of digits Python refuses to convert, and 20 are too many already.
            number = int(text, base) if len(text.lstrip("+-0ox")) <= 20 else _INTEGER  # noqa: PLR2004
            if not -_INTEGER <= number < _INTEGER:
                raise self.error("an integer beyond 64 bits", event)
            return number
        return text

    def check_tag(self, event: yaml.NodeEvent, *allowed: str) -> str:
        """The tag's name in the core schema; the first of those allowed where there is no tag."""
        tag = getattr(event, "tag", None)
        if tag is None or tag == "!":
            return allowed[0]
        name = tag.removeprefix(_CORE)
        if name == tag or name not in allowed:
            shown = f"!!{name}" if name != tag else tag
            raise self.error(f"the tag `{shown}` has no place here", event)
        return str(name)

    def checked(self, size: int, event: yaml.Event) -> int:
        if size > self.values:
            raise self.error(f"more than {self.values:,} values", event)
        return size
