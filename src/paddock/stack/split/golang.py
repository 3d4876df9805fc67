"""What a Go file defines and mentions, each name with the package that it is of.

A package is its folder. Another package is known by the import's path, which ends in that folder; whose module it is,
nothing here needs to know. What stands behind a dot and no package is a field or method of whatever is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tree_sitter_go
from tree_sitter import Language, Parser

from paddock.stack.split.pieces import Name, Names
from paddock.stack.split.syntax import nodes, nodes_and_above, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_LANGUAGE = Language(tree_sitter_go.language())
_SPECS = ("type_spec", "type_alias", "const_spec", "var_spec")
_DECLARED = ("type_declaration", "const_declaration", "var_declaration")


def names(text: bytes, folder: str) -> Names:
    """The names of one file in a folder."""
    root = Parser(_LANGUAGE).parse(text).root_node
    known = dict(_imports(root))
    defines: dict[Name, tuple[str, int]] = {}
    for name, node in _definitions(root):
        body = node.child_by_field_name("body")
        told = text_of(node)[: body.start_byte - node.start_byte] if body else ""
        defines.setdefault((folder, name), (told, node.start_point.row + 1))
    mentions: dict[Name, list[int]] = {}
    weak = set()
    for scope, name, line in _mentions(root, known):
        places = [scope] if scope is not None else [folder]
        if name.startswith("."):
            places = [folder, *known.values()]
        for place in places:
            mentions.setdefault((place, name), []).append(line)
            # What begins with a small letter is used in its own package alone.
            if name.startswith(".") and (place != folder or name[1:2].isupper()):
                weak.add((place, name))
    return Names(defines, {name: tuple(lines) for name, lines in mentions.items()}, frozenset(weak))


def _imports(root: Node) -> Iterator[tuple[str, str]]:
    """What each import is called here, and its path."""
    for node in nodes(root, within=("source_file", "import_declaration", "import_spec_list")):
        path = node.child_by_field_name("path") if node.type == "import_spec" else None
        if path is None:
            continue
        whole = text_of(path).strip('"`')
        alias = node.child_by_field_name("name")
        last = whole.rpartition("/")[2]
        if last[:1] == "v" and last[1:].isdigit() and "/" in whole:
            yield whole.rpartition("/")[0].rpartition("/")[2], whole
        yield (text_of(alias) if alias else last.rpartition(".v")[0] or last), whole


def _definitions(root: Node) -> Iterator[tuple[str, Node]]:
    for node in root.children:
        name = node.child_by_field_name("name")
        if node.type == "function_declaration" and name and text_of(name) not in ("init", "main"):
            yield text_of(name), node
        elif node.type == "method_declaration" and name:
            yield f".{text_of(name)}", node
        elif node.type in _DECLARED:
            yield from _declared(node)


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    for spec in nodes(node, within=(*_DECLARED, "var_spec_list", "struct_type", "field_declaration_list", *_SPECS)):
        if spec.type in (*_SPECS, "field_declaration"):
            dot = "." if spec.type == "field_declaration" else ""
            for name in spec.children_by_field_name("name"):
                if text_of(name) not in (",", "_"):
                    yield f"{dot}{text_of(name)}", spec


def _mentions(root: Node, known: dict[str, str]) -> Iterator[tuple[str | None, str, int]]:
    """The package that is named (None: this one), the name, and the line."""
    for node, above in nodes_and_above(root):
        kind = node.type
        line = node.start_point.row + 1
        if kind in ("identifier", "type_identifier") and above != "qualified_type":
            yield None, text_of(node), line
            if above == "literal_element":
                yield None, f".{text_of(node)}", line
        elif kind in ("selector_expression", "qualified_type"):
            first, second = ("operand", "field") if kind == "selector_expression" else ("package", "name")
            package, name = node.child_by_field_name(first), node.child_by_field_name(second)
            if package is not None and name is not None:
                path = known.get(text_of(package)) if package.type in ("identifier", "package_identifier") else None
                yield (path, text_of(name), line) if path else (None, f".{text_of(name)}", line)
