"""From files to a typed policy: presets are merged key by key, then every value is checked against its type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import msgspec

from paddock import classify
from paddock.errors import PolicyError
from paddock.policy import presets
from paddock.policy.model import DEFAULT_PRESET, FILE, Policy, Settings
from paddock.policy.positions import Document, Path, Place, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from paddock.policy.config import GateConfig

    Reader = Callable[[str], bytes | None]

T = TypeVar("T")

_AT = re.compile(r"(?P<what>.*?) - at `\$(?P<path>.*)`\Z", re.DOTALL)
_KEY = re.compile(r"Object contains unknown field `(?P<key>.*)`\Z", re.DOTALL)
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]")


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
        document = Document(file, {"extends": DEFAULT_PRESET}, {(): Place(file, 1, 1)})
    else:
        document = parse(text, file)
    return _Loading(read, gate_types).policy(document, source=file if text is not None else DEFAULT_PRESET)


def read_nothing(_path: str) -> None:
    """A reader for policies that stand outside a repository."""


class _Loading:
    def __init__(self, read: Reader, gate_types: Mapping[str, type[GateConfig]]) -> None:
        self.read = read
        self.gate_types = gate_types
        self.value: dict[str, Any] = {}
        self.places: dict[Path, Place] = {}

    def policy(self, document: Document, source: str) -> Policy:
        self.extend(document, ())
        if isinstance(gates := self.value.get("gates"), dict):
            for gate, section in gates.items():
                if section is not None and not isinstance(section, dict):
                    self.refuse("expected a section of keys, such as `severity: off`", ("gates", gate))
        settings = self.convert(self.value, Settings, ())
        for path, message in classify.problems(settings.classes):
            self.refuse(message, ("classes", *path))
        series = (settings.series,) if isinstance(settings.series, str) else settings.series
        gates = {}
        for gate, section in settings.gates.items():
            path: Path = ("gates", gate)
            if gate not in self.gate_types:
                self.refuse(f"there is no gate `{gate}`", (*path, ""), near=(gate, self.gate_types))
            config = self.convert(_with_words(section or {}), self.gate_types[gate], path)
            for where, message in config.problems():
                self.refuse(message, (*path, *where))
            if getattr(config, "series", series) != series and not getattr(config, "series", None):
                config = msgspec.structs.replace(config, series=series)
            gates[gate] = config
        return Policy(
            base=settings.base,
            series=series,
            classes=settings.classes,
            # In the gates' own order, whatever order the file has.
            gates={gate: gates[gate] for gate in self.gate_types if gate in gates},
            places=self.places,
            source=source,
        )

    def extend(self, document: Document, chain: tuple[str, ...]) -> None:
        """Merge a document over what its presets give; `chain` names the documents that led here."""
        if document.value is None:
            return
        if not isinstance(document.value, dict):
            raise PolicyError("a policy is a mapping of keys to values", where=str(document.places[()]))
        names = document.value.get("extends", ())
        for i, name in enumerate([names] if isinstance(names, str) else names if isinstance(names, list) else ()):
            place = document.places.get(("extends", i)) or document.places.get(("extends",)) or document.places[()]
            self.extend(self.preset(name, place, (*chain, document.file)), (*chain, document.file))
        own = {key: value for key, value in document.value.items() if key != "extends"}
        if "extends" in document.value and not isinstance(names, str | list):
            own["extends"] = names
        self.merge(self.value, own, document, ())

    def preset(self, name: object, place: Place, chain: tuple[str, ...]) -> Document:
        if not isinstance(name, str):
            raise PolicyError(f"a preset is named by a word, not by {name!r}", where=str(place))
        file = name
        if name.startswith(presets.PREFIX):
            text = presets.read(name.removeprefix(presets.PREFIX))
            known = [presets.PREFIX + one for one in presets.names()]
            missing = f"there is no preset `{name}`"
            hint = _near(name, known) or f"there are: {', '.join(known)}"
        else:
            file = name.removeprefix("./")
            if file.startswith("/") or ".." in file.split("/"):
                raise PolicyError(f"the preset `{name}` lies outside the repository", where=str(place))
            text = self.read(file)
            missing = f"the preset `{name}` is not a file of this repository"
            hint = "a path counts from the repository's top; paddock's own presets begin with `paddock:`"
        if file in chain:
            raise PolicyError(f"presets extend each other in a circle: {' → '.join((*chain, file))}", where=str(place))
        if text is None:
            raise PolicyError(missing, hint=hint, where=str(place))
        return parse(text, file)

    def merge(self, into: dict[str, Any], value: dict[str, Any], document: Document, path: Path) -> None:
        """Maps are merged key by key; every other value replaces what was there."""
        for key, new in value.items():
            here = (*path, key)
            if isinstance(new, dict) and isinstance(into.get(key), dict):
                self.merge(into[key], new, document, here)
                continue
            if new is None and isinstance(into.get(key), dict):
                continue  # `dco:` with nothing after it names the section and changes nothing
            into[key] = {} if isinstance(new, dict) else new
            for known in [known for known in self.places if known[: len(here)] == here]:
                del self.places[known]
            if isinstance(new, dict):
                self.merge(into[key], new, document, here)
            self.places |= {at: place for at, place in document.places.items() if at[: len(here)] == here}

    def convert(self, value: object, kind: type[T], path: Path) -> T:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, inner = str(error), ""
            if match := _AT.match(what):
                what, inner = match["what"], match["path"]
            steps = tuple(int(m["index"]) if m["index"] else m["key"] for m in _STEP.finditer(inner))
            if match := _KEY.match(what):
                known = _keys_of(_type_at(kind, steps))
                self.refuse(f"unknown key `{match['key']}`", (*path, *steps, match["key"], ""), near=(match["key"], known))
            self.refuse(_in_words(what, _words_of(_type_at(kind, steps))), (*path, *steps))

    def refuse(self, message: str, path: Path, near: tuple[str, Iterable[str]] | None = None) -> NoReturn:
        place = next((self.places[path[:i]] for i in range(len(path), -1, -1) if path[:i] in self.places), None)
        name = ".".join(str(step) for step in path if step != "")
        hint = None
        if near is not None:
            known = list(near[1])
            hint = _near(near[0], known) or (f"known here: {', '.join(known)}" if known else None)
        shown = message if near is not None or not name else f"`{name}`: {message}"
        raise PolicyError(shown, hint=hint, where=str(place) if place else FILE)


def _near(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), n=1)
    return f"did you mean `{found[0]}`?" if found else None


def _with_words(section: dict[str, Any]) -> dict[str, Any]:
    """A section in which `false` for a severity, as YAML 1.1 tools write an unquoted `off`, is the word again."""
    section = dict(section)
    if section.get("severity") is False:
        section["severity"] = "off"
    if isinstance(stages := section.get("stages"), dict):
        section["stages"] = {stage: "off" if value is False else value for stage, value in stages.items()}
    return section


def _type_at(kind: type[Any], steps: Path) -> Any:  # noqa: ANN401 - one of msgspec's descriptions of types
    """The description of a type, or of the field that the steps lead to."""
    from msgspec import inspect

    def plain(described: Any) -> Any:  # noqa: ANN401 - likewise
        return plain(described.type) if isinstance(described, inspect.Metadata) else described

    here = plain(inspect.type_info(kind))
    for step in steps:
        options = [plain(one) for one in here.types] if isinstance(here, inspect.UnionType) else [here]
        here = next((one for one in options if isinstance(one, inspect.StructType | inspect.VarTupleType)), here)
        if isinstance(here, inspect.StructType):
            here = next((plain(field.type) for field in here.fields if field.encode_name == step), here)
        elif isinstance(here, inspect.VarTupleType):
            here = plain(here.item_type)
    return here


def _keys_of(described: Any) -> list[str]:  # noqa: ANN401 - one of msgspec's descriptions of types
    return [field.encode_name for field in getattr(described, "fields", ())]


def _words_of(described: Any) -> list[str]:  # noqa: ANN401 - one of msgspec's descriptions of types
    """The words that a type allows, where it allows only some."""
    words: list[str] = []
    for one in getattr(described, "types", (described,)):
        if cls := getattr(one, "cls", None):
            words += [str(member.value) for member in cls] if hasattr(cls, "__members__") else []
        words += [str(value) for value in getattr(one, "values", ())]
    return words


def _in_words(what: str, allowed: list[str]) -> str:
    what = re.sub(r"^Expected `([^`]*)`, got `([^`]*)`", r"expected \1, got \2", what).replace(" | ", " or ")
    what = re.sub(r"^Invalid enum value ", "", what)
    if allowed:
        what = f"{what} is not one of {', '.join(allowed)}" if "got" not in what else f"{what}: one of {', '.join(allowed)}"
    return what[:1].lower() + what[1:]
