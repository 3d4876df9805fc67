"""Walking a syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node


def text_of(node: Node) -> str:
    """What stands there."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def nodes(root: Node, within: tuple[str, ...] | None = None) -> Iterator[Node]:
    """Every named node below; with `within` only the children of nodes of these kinds.

    With a stack of its own: a hostile file may be nested deeper than Python recurses.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is not root:
            yield node
        if within is None or node.type in within:
            waiting.extend(reversed(node.named_children))
