"""Says what a command line would do, from its syntax tree: folders, redirections, programs within programs.

It follows `cd` and plain variables, expands what is plain, and gives what only the shell will know as unknown. It is no
shell: a script on disk, or code in another language, is not looked into.
"""

from __future__ import annotations

import posixpath
import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter_bash
from tree_sitter import Language, Parser

from paddock.worktrees.guard import programs
from paddock.worktrees.guard.effects import UNKNOWN, Effect, Refusal, Unread, Write, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from paddock.worktrees.territory import Territory

LIMIT = 1 << 20  # bytes of a command line
_DEPTH = 200  # nodes within nodes, and shells within shells
_ALTERNATIVES = 64  # values that one word may stand for
_LANGUAGE = Language(tree_sitter_bash.language())
_WRITING = (">", ">>", ">|", "&>", "&>>", "<>", ">&")
_GLOB = re.compile(r"[*?\[]")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


class Stop(Exception):  # noqa: N818 - it carries an answer, not an error
    """The line can't be followed further."""


class State(NamedTuple):
    """What is known at one point of the line. `variables` hold every value that one may have there."""

    folder: str
    variables: dict[str, tuple[str, ...]]
    own: Territory
    depth: int = 0
    stdin: str | None = None

    def copy(self) -> State:
        """For a subshell, which changes nothing outside."""
        return self._replace(variables=dict(self.variables))


def effects(line: str, folder: str, own: Territory, known: dict[str, str]) -> Iterator[Effect]:
    """What a command line would do when it is run in a folder."""
    state = State(folder, {key: (value,) for key, value in known.items()}, own)
    try:
        _, found = of_line(line, state)
        yield from found
    except (Stop, RecursionError) as stop:
        yield Refusal(str(stop) or "the command is nested too deeply to be judged", "split it into several calls")


def of_line(line: str, state: State) -> tuple[State, list[Effect]]:
    """The effects of a line, and what is known after it.

    Raises:
        Stop: it is too long, or nested too deeply.
    """
    data = line.encode("utf-8", "surrogatepass")
    if len(data) > LIMIT:
        raise Stop(f"a command of {len(data):,} bytes is too long to be judged")
    if state.depth > 20:  # noqa: PLR2004 - shells within shells
        raise Stop("shells within shells, more than 20 deep")
    root = Parser(_LANGUAGE).parse(data).root_node
    walk = _Walk(state._replace(depth=state.depth + 1))
    if root.has_error:
        walk.effects.append(Unread("a part of the command that is no plain shell syntax"))
    walk.node(root, 0)
    return walk.state, walk.effects


class _Walk:
    """One walk over a tree, in the order of execution."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.effects: list[Effect] = []

    def node(self, node: Node, depth: int) -> None:
        if depth > _DEPTH:
            raise Stop("the command is nested too deeply to be judged")
        handler = getattr(self, f"on_{node.type}", None)
        if handler is not None:
            handler(node, depth)
            return
        for child in node.named_children:
            self.node(child, depth + 1)

    def apart(self, nodes: list[Node], depth: int) -> None:
        """What a subshell does: its folder and variables end with it."""
        before = self.state
        self.state = before.copy()
        for node in nodes:
            self.node(node, depth + 1)
        self.state = before

    def on_subshell(self, node: Node, depth: int) -> None:
        self.apart(node.named_children, depth)

    on_command_substitution = on_process_substitution = on_subshell

    def on_pipeline(self, node: Node, depth: int) -> None:
        parts = node.named_children
        for i, part in enumerate(parts):
            before = self.state
            if i:
                self.state = before._replace(stdin=self.printed(parts[i - 1]))
            self.apart([part], depth)
            self.state = before

    def printed(self, node: Node) -> str:
        """What `echo` or `printf` would print; unknown for any other command."""
        if node.type != "command":
            return UNKNOWN
        for argv in self.argvs(node):
            if argv and argv[0] in ("echo", "printf"):
                return " ".join(word for word in argv[1:] if not word.startswith("-")).replace("\\n", "\n")
        return UNKNOWN

    def on_for_statement(self, node: Node, depth: int) -> None:
        name = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        values = [child for child in node.named_children if child not in (name, body)]
        if name is not None:
            words = [value for child in values for value in self.word(child)]
            self.state.variables[_text(name)] = tuple(words[:_ALTERNATIVES]) or (UNKNOWN,)
        for child in values:
            self.inner(child, depth)
        if body is not None:
            self.node(body, depth + 1)

    def on_variable_assignment(self, node: Node, depth: int) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None:
            self.state.variables[_text(name)] = self.word(value) if value is not None else ("",)
            self.effects += programs.assignment(_text(name), self.state.variables[_text(name)][0])
        if value is not None:
            self.inner(value, depth)

    def on_function_definition(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.apart([body], depth)

    def on_redirected_statement(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.named_children if child != body]
        texts = [text for one in redirects for text in self.given(one)]
        before = self.state
        if texts:
            self.state = before._replace(stdin=texts[-1])
        if body is not None:
            self.node(body, depth + 1)
        self.state = self.state._replace(stdin=before.stdin)
        for one in redirects:
            self.node(one, depth + 1)

    def given(self, node: Node) -> list[str]:
        """The text that a here-document or here-string gives."""
        if node.type == "herestring_redirect":
            return [value for child in node.named_children for value in self.word(child)][:1]
        return [_text(child) for child in node.named_children if child.type == "heredoc_body"]

    def on_file_redirect(self, node: Node, depth: int) -> None:
        operator = next((child.type for child in node.children if child.type in _WRITING), None)
        for target in node.children_by_field_name("destination"):
            for path in self.word(target):
                if operator is not None and not (operator == ">&" and re.fullmatch(r"\d+|-", path)):
                    self.effects.append(Write(join(self.state.folder, path)))
            self.inner(target, depth)

    def on_declaration_command(self, node: Node, depth: int) -> None:
        for child in node.named_children:
            self.node(child, depth + 1)

    def on_command(self, node: Node, depth: int) -> None:
        for child in node.named_children:
            if child.type in ("file_redirect", "heredoc_redirect", "herestring_redirect"):
                self.node(child, depth + 1)
            elif child.type != "variable_assignment":
                self.inner(child, depth)
        for child in node.named_children:
            if child.type == "herestring_redirect":
                self.state = self.state._replace(stdin=self.given(child)[0])
        assigned = self.assigned(node)
        state = self.state
        for argv in self.argvs(node):
            state = self.call(argv, assigned)
        self.state = state._replace(stdin=None)

    def call(self, argv: list[str], assigned: dict[str, str]) -> State:
        for name, value in assigned.items():
            self.effects += programs.assignment(name, value)
        after, found = programs.effects(argv, self.state, of_line)
        self.effects += found
        return after

    def assigned(self, node: Node) -> dict[str, str]:
        """The variables set for one command."""
        found = {}
        for child in node.named_children:
            if child.type == "variable_assignment":
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                if name is not None:
                    found[_text(name)] = self.word(value)[0] if value is not None else ""
        return found

    def argvs(self, node: Node) -> list[list[str]]:
        """Every list of words that a command may be."""
        skipped = ("variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect", "comment")
        words = [self.word(child) for child in node.named_children if child.type not in skipped]
        found: list[list[str]] = []
        for one in product(*words):
            found.append(list(one))
            if len(found) >= _ALTERNATIVES:
                break
        return found

    def inner(self, node: Node, depth: int) -> None:
        """The commands inside a word."""
        if node.type in ("command_substitution", "process_substitution"):
            self.node(node, depth + 1)
            return
        if depth > _DEPTH:
            raise Stop("the command is nested too deeply to be judged")
        for child in node.named_children:
            self.inner(child, depth + 1)

    def word(self, node: Node) -> tuple[str, ...]:
        """Every value that a word may have."""
        values = self.raw(node, quoted=False)
        found = [expanded for value in values for expanded in _braces(value)]
        return tuple(dict.fromkeys(self.tilde(value, node) for value in found))[:_ALTERNATIVES] or ("",)

    def tilde(self, value: str, node: Node) -> str:
        if not value.startswith("~") or node.type in ("string", "raw_string"):
            return value.replace("\ue000", UNKNOWN)
        user, slash, rest = value[1:].partition("/")
        home = self.state.variables.get("HOME", (UNKNOWN,))[0]
        start = {"": home, "+": self.state.folder}.get(user, UNKNOWN)
        return (start + slash + rest).replace("\ue000", UNKNOWN)

    def raw(self, node: Node, *, quoted: bool) -> tuple[str, ...]:  # noqa: PLR0911 - one a kind of node
        kind = node.type
        if kind in ("word", "number", "variable_name", "string_content", "extglob_pattern", "regex", "heredoc_content"):
            text = _text(node)
            if quoted:
                return (re.sub(r'\\([$`"\\\n])', r"\1", text),)
            return (_GLOB.sub("\ue000", re.sub(r"\\(\n|.)", lambda m: "" if m[1] == "\n" else m[1], text)),)
        if kind == "raw_string":
            return (_text(node)[1:-1],)
        if kind == "ansi_c_string":
            text = _text(node)[2:-1]
            return (UNKNOWN if "\\" in text else text,)
        if kind in ("simple_expansion", "expansion"):
            return self.variable(node)
        if kind in ("command_substitution", "process_substitution"):
            return (self.substituted(node),)
        if kind in ("concatenation", "command_name", "string", "translated_string"):
            return self.joined(node, quoted=quoted or kind == "string")
        return (UNKNOWN,)

    def joined(self, node: Node, *, quoted: bool) -> tuple[str, ...]:
        """The parts of a word put together, with what lies between them."""
        inner = node.type == "string"
        values: tuple[str, ...] = ("",)
        at = node.start_byte + (1 if inner else 0)
        text = node.text or b""
        end = node.end_byte - (1 if inner else 0)
        for child in [*node.named_children, None]:
            until = child.start_byte if child is not None else end
            between = text[at - node.start_byte : max(at, until) - node.start_byte].decode("utf-8", "replace")
            parts = self.raw(child, quoted=quoted) if child is not None else ("",)
            values = tuple(a + between + b for a, b in product(values, parts))[:_ALTERNATIVES]
            at = child.end_byte if child is not None else end
        return values

    def variable(self, node: Node) -> tuple[str, ...]:
        text = _text(node).lstrip("$").strip("{}")
        if text == "PWD":
            return (self.state.folder,)
        return self.state.variables.get(text, (UNKNOWN,))

    def substituted(self, node: Node) -> str:
        """What the few commands print that are asked for most."""
        said = _text(node).strip("$()` \n")
        if said == "pwd":
            return self.state.folder
        if said == "git rev-parse --show-toplevel":
            return self.state.own.top
        if re.fullmatch(r"mktemp( -d)?", said):
            return f"{self.state.own.temporary}/{UNKNOWN}"
        return UNKNOWN


def changed(state: State, path: str) -> State:
    """The state after `cd`."""
    folder = join(state.folder, path)
    if UNKNOWN not in folder:
        folder = posixpath.normpath(folder)
    state.variables["OLDPWD"] = (state.folder,)
    return state._replace(folder=folder)


def _braces(text: str) -> list[str]:
    found = [text]
    while len(found) < _ALTERNATIVES and (match := next((m for one in found if (m := _BRACES.search(one))), None)):
        one = match.string
        found.remove(one)
        found += [one[: match.start()] + part + one[match.end() :] for part in match[1].split(",")]
    return found


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")
