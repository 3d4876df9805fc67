"""From files to a typed policy: presets are merged key by key, then every value is checked against its type."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import structs

from paddock import classify
from paddock.errors import PolicyError
from paddock.policy import presets, strict, words
from paddock.policy.model import DEFAULT_PRESET, FILE, Policy, Settings
from paddock.policy.positions import Node, Path, Place, parse
from paddock.policy.worktrees import Worktrees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from paddock.policy.bot import Bot
    from paddock.policy.config import GateConfig

    Reader = Callable[[str], bytes | None]

T = TypeVar("T")

_PRESETS = 100  # files that each extend the next twice would be read without end


def load(text: bytes | None, file: str, read: Reader, gate_types: Mapping[str, type[GateConfig]]) -> Policy:
    """Build the policy of a file's text.

    Args:
        text: what `file` holds; None where there is none, which means the default preset.
        file: its name, for messages.
        read: gives the text of a preset in the repository by its path from the top; None where it is missing.
        gate_types: each gate's configuration type, by the gate's id.

    Raises:
        PolicyError: with `file:line:column` of the first thing that is wrong, and the nearest right word.
    """
    if text is None:
        start = Place(file, 1, 1)
        node = Node({"extends": Node(DEFAULT_PRESET, start)}, start, {"extends": start})
    else:
        node = parse(text, file)
    documents = _Presets(read)
    merged = documents.extended(node, (file,))
    policy = _typed(merged, file if text is not None else DEFAULT_PRESET, gate_types)
    return structs.replace(policy, files=(file, *documents.files))


def worktrees(text: bytes, file: str, read: Reader) -> Worktrees:
    """The section `worktrees` alone: an agent's every command asks, and the gates' types take long to import.

    Raises:
        PolicyError: likewise.
    """
    merged = _Presets(read).extended(parse(text, file), (file,))
    checked = _Checked(dict(merged.places()))
    section = checked.convert(merged.plain().get("worktrees") or {}, Worktrees, ("worktrees",))
    checked.worktrees(section)
    return section


class _Presets:
    """Documents merged over what they extend."""

    def __init__(self, read: Reader) -> None:
        self.read = read
        self.count = 0
        self.files: tuple[str, ...] = ()

    def extended(self, node: Node, chain: tuple[str, ...]) -> Node:
        """A document over its presets, later over earlier; `chain` names the documents that led here, it at the end."""
        if node.value is None:
            return Node({}, node.place)
        if not isinstance(node.value, dict):
            raise PolicyError("a policy is a map of keys to values", where=str(node.place))
        own = dict(node.value)
        if (version := own.get("version")) is not None and (type(version.value), version.value) != (int, 1):
            # Each document's own: a preset of another format is not mended by the version of what extends it.
            message = f"`version`: expected 1, got {words.shown(version.value)}"
            raise PolicyError(message, where=str(version.place))
        result = Node({}, node.place)
        for preset in _named(own.pop("extends", None)):
            result = _merged(result, self.preset(preset, chain))
        return _merged(result, Node(own, node.place, node.keys))

    def preset(self, named: Node, chain: tuple[str, ...]) -> Node:
        name, where = str(named.value), str(named.place)
        self.count += 1
        if self.count > _PRESETS:
            raise PolicyError(f"more than {_PRESETS} presets", where=where)
        shipped = name.startswith(presets.PREFIX)
        file = name if shipped else posixpath.normpath(name)
        text = _shipped(name, where) if shipped else self.own(name, file, where)
        if file in chain:
            raise PolicyError(f"presets extend each other in a circle: {' → '.join((*chain, file))}", where=where)
        return self.extended(parse(text, file), (*chain, file))

    def own(self, name: str, file: str, where: str) -> bytes:
        if name.startswith("/") or ".." in name.split("/"):
            raise PolicyError(f"the preset `{name}` lies outside the repository", where=where)
        try:
            text = self.read(file)
        except PolicyError as error:
            raise PolicyError(f"the preset `{name}`: {error.message}", where=where) from error
        if text is None:
            hint = "a path counts from the repository's top; paddock's own presets begin with `paddock:`"
            raise PolicyError(f"the preset `{name}` is not a file of this repository", hint=hint, where=where)
        self.files = (*dict.fromkeys((*self.files, file)),)
        return text


def _shipped(name: str, where: str) -> bytes:
    bare = name.removeprefix(presets.PREFIX)
    text = presets.read(bare)
    if text is None:
        known = presets.names()
        there = ", ".join(presets.PREFIX + one for one in known)
        hint = words.near(bare, known, presets.PREFIX) or f"there are: {there}"
        raise PolicyError(f"there is no preset `{name}`", hint=hint, where=where)
    return text


def _named(extends: Node | None) -> Iterable[Node]:
    if extends is None:
        return
    for node in extends.value if isinstance(extends.value, list) else (extends,):
        if not isinstance(node.value, str):
            kind = "a preset's name" if isinstance(extends.value, list) else "a preset's name or a list of them"
            raise PolicyError(f"`extends`: expected {kind}, got {words.shown(node.value)}", where=str(node.place))
        yield node


def _merged(under: Node, over: Node) -> Node:
    """Maps are merged key by key; every other value replaces what was there."""
    if not isinstance(under.value, dict):
        return over
    if over.value is None:
        return under  # `dco:` with nothing after it names the section and changes nothing
    if not isinstance(over.value, dict):
        return over
    value = dict(under.value)
    for key, node in over.value.items():
        value[key] = _merged(value[key], node) if key in value else node
    return Node(value, over.place, {**under.keys, **over.keys})


def _typed(merged: Node, source: str, gate_types: Mapping[str, type[GateConfig]]) -> Policy:
    checked = _Checked(dict(merged.places()))
    value = merged.plain()
    if isinstance(gates := value.get("gates"), dict):
        for gate, section in gates.items():
            if gate not in gate_types:
                raise checked.refusal(f"there is no gate `{gate}`", ("gates", gate, ""), near=(gate, gate_types))
            if section is not None and not isinstance(section, dict):
                raise checked.refusal("expected a section of keys, such as `severity: off`", ("gates", gate))
    settings = checked.convert(value, Settings, ())
    for path, message in classify.problems(settings.classes):
        raise checked.refusal(message, ("classes", *path))
    checked.worktrees(settings.worktrees)
    series = (settings.series,) if isinstance(settings.series, str) else settings.series
    # In the gates' own order, whatever order the file has.
    gates = {
        gate: checked.gate(gate, gate_types[gate], settings.gates[gate] or {}, series)
        for gate in gate_types
        if gate in settings.gates
    }
    return Policy(
        base=settings.base,
        series=series,
        classes=settings.classes,
        gates=gates,
        places=checked.places,
        source=source,
        worktrees=settings.worktrees,
        bot_section=checked.bot(settings.bot) if settings.bot is not None else None,
    )


class _Checked:
    """Plain values against their types; what is refused is told with its place."""

    def __init__(self, places: dict[Path, Place]) -> None:
        self.places = places

    def gate(self, gate: str, kind: type[GateConfig], section: dict[str, Any], series: tuple[str, ...]) -> GateConfig:
        path: Path = ("gates", gate)
        config = self.convert(_with_words(section), kind, path)
        inherits = getattr(config, "series", None) == ()
        if inherits:
            config = structs.replace(config, series=series)
            above = {at: place for at, place in self.places.items() if at[:1] == ("series",)}
            self.places = {at: place for at, place in self.places.items() if at[:3] != (*path, "series")}
            self.places |= {(*path, *at): place for at, place in above.items()}
        for where, message in config.problems():
            raise self.refusal(message, where if inherits and where[:1] == ("series",) else (*path, *where))
        return config

    def worktrees(self, section: Worktrees) -> None:
        for path, message in section.problems():
            raise self.refusal(message, ("worktrees", *path))

    def bot(self, section: dict[str, object]) -> Bot:
        from paddock.policy.bot import Bot

        bot = self.convert(section, Bot, ("bot",))
        for path, message in bot.problems():
            raise self.refusal(message, ("bot", *path))
        return bot

    def convert(self, value: Any, kind: type[T], path: Path) -> T:  # noqa: ANN401 - what YAML holds
        return strict.convert(value, kind, self.places, path, FILE)

    def refusal(self, message: str, path: Path, near: tuple[str, Iterable[str]] | None = None) -> PolicyError:
        return strict.refusal(message, self.places, path, FILE, near=near)


def _with_words(section: dict[str, Any]) -> dict[str, Any]:
    """A section in which `false` for a severity, as YAML 1.1 tools write an unquoted `off`, is the word again."""
    section = dict(section)
    if section.get("severity") is False:
        section["severity"] = "off"
    if isinstance(stages := section.get("stages"), dict):
        section["stages"] = {stage: "off" if value is False else value for stage, value in stages.items()}
    return section
