"""Walking a syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_DEPTH = 2000  # nodes within nodes that are looked into


def text_of(node: Node) -> str:
    """What stands there."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def nodes(root: Node, within: tuple[str, ...] | None = None) -> Iterator[Node]:
    """Every named node below; with `within` only the children of nodes of these kinds."""
    return (node for node, _ in nodes_and_above(root, within))


def nodes_and_above(root: Node, within: tuple[str, ...] | None = None) -> Iterator[tuple[Node, str]]:
    """The same, each with the kind of the node that it stands in.

    With a stack of its own: a hostile file may be nested deeper than Python recurses, or than the library's own way
    from a node to the one above it (which ends the process).
    """
    waiting = [(child, root.type, 1) for child in reversed(root.named_children)]
    while waiting:
        node, above, depth = waiting.pop()
        yield node, above
        if (within is None or node.type in within) and depth < _DEPTH:
            waiting.extend((child, node.type, depth + 1) for child in reversed(node.named_children))
