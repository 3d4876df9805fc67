"""Definitions and mentions in the languages whose grammar says enough by the kinds of its nodes.

Their names hold anywhere in the change: which of two equal names is meant, an import would say, and is not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from tree_sitter import Language, Parser

from paddock.stack.split.pieces import Name, Names
from paddock.stack.split.syntax import nodes, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


class Grammar(Struct, frozen=True):
    """The kinds of nodes that define a name by their field `name`, at the top or within `inside`; and mentions."""

    defines: tuple[str, ...]
    inside: tuple[str, ...]
    mentions: tuple[str, ...] = ("identifier", "type_identifier", "property_identifier", "field_identifier")


_SCRIPT = Grammar(
    defines=(
        "function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration",
        "interface_declaration", "type_alias_declaration", "enum_declaration", "variable_declarator",
        "method_definition",
    ),
    inside=(
        "program", "export_statement", "lexical_declaration", "variable_declaration", "class_declaration",
        "abstract_class_declaration", "class_body",
    ),
)  # fmt: skip
GRAMMARS = {
    "python": Grammar(
        defines=("function_definition", "class_definition"),
        inside=("module", "decorated_definition", "class_definition", "block", "if_statement", "try_statement"),
    ),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "rust": Grammar(
        defines=(
            "function_item", "struct_item", "enum_item", "trait_item", "type_item", "const_item", "static_item",
            "mod_item", "macro_definition", "union_item",
        ),
        inside=("source_file", "impl_item", "declaration_list", "mod_item", "trait_item"),
    ),
    "java": Grammar(
        defines=(
            "class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
            "method_declaration", "annotation_type_declaration",
        ),
        inside=("program", "class_declaration", "class_body", "interface_declaration", "interface_body"),
    ),
}  # fmt: skip


def names(text: bytes, language: str, family: str) -> Names:
    """The names of one file.

    Raises:
        ImportError: the grammar is not installed.
    """
    grammar = GRAMMARS[language]
    root = Parser(_loaded(language)).parse(text).root_node
    defines: dict[Name, tuple[str, int]] = {}
    own = set()
    for node in nodes(root, within=grammar.inside):
        name = node.child_by_field_name("name") if node.type in grammar.defines else None
        if name is not None:
            own.add(name.id)
            body = node.child_by_field_name("body")
            told = text_of(node)[: body.start_byte - node.start_byte] if body and _has_parameters(node) else ""
            defines.setdefault((family, text_of(name)), (told, node.start_point.row + 1))
    mentions: dict[Name, list[int]] = {}
    for node in nodes(root):
        if node.type in grammar.mentions and node.id not in own:
            mentions.setdefault((family, text_of(node)), []).append(node.start_point.row + 1)
    return Names(defines, {name: tuple(lines) for name, lines in mentions.items()})


def _has_parameters(node: Node) -> bool:
    return node.child_by_field_name("parameters") is not None


def _loaded(language: str) -> Language:
    # One by one: each is a library of its own, and few changes need more than one.
    if language == "python":
        import tree_sitter_python

        return Language(tree_sitter_python.language())
    if language == "javascript":
        import tree_sitter_javascript

        return Language(tree_sitter_javascript.language())
    if language in ("typescript", "tsx"):
        import tree_sitter_typescript as both

        return Language(both.language_tsx() if language == "tsx" else both.language_typescript())
    if language == "rust":
        import tree_sitter_rust

        return Language(tree_sitter_rust.language())
    import tree_sitter_java

    return Language(tree_sitter_java.language())
