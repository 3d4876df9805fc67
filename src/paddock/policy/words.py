"""What msgspec says of a wrong value, said in the policy's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import msgspec

    from paddock.policy.positions import Path

_AT = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*?)`\Z", re.DOTALL)
_KEY = re.compile(r"Object contains unknown field `(?P<key>.*)`\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`\Z", re.DOTALL)
_STEP = re.compile(r"(?P<some>\[\.\.\.\])|\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]")
SOME = "[...]"  # what msgspec says for a key of a map whose keys are the user's own
_KIND = re.compile(r"`([^`]*)`")
_KINDS = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "array": "list", "object": "map"}
_EMPTY_SECTION = "Expected `object`, got `null`"
_SHOWN = 60  # characters of a wrong value


def parsed(error: msgspec.ValidationError) -> tuple[str, Path]:
    """What is wrong, and the path to it, in which `SOME` stands for a key of the user's own."""
    what, inner = str(error), ""
    if match := _AT.match(what):
        what, inner = match["what"], match["path"]
    return what, tuple(int(m["index"]) if m["index"] else m["key"] or SOME for m in _STEP.finditer(inner))


def unknown_key(what: str) -> str | None:
    """The key that no type knows, if that is what is wrong."""
    match = _KEY.match(what)
    return match["key"] if match else None


def missing_key(what: str) -> str | None:
    """The key that has to be there, if that is what is wrong."""
    match = _MISSING.match(what)
    return match["key"] if match else None


def is_empty_section(what: str) -> bool:
    """Whether a section of keys was written with nothing after it."""
    return what == _EMPTY_SECTION


def refusal(what: str, wrong: object, kind: type[Any], steps: Path) -> tuple[str, Sequence[str]]:
    """What is wrong with a value in one line, and the words that would be right where only some are."""
    described = _type_at(kind, steps)
    allowed = _words_of(described)
    if allowed and any(type(one).__name__ == "StructType" for one in getattr(described, "types", ())):
        return f"expected a section of keys, or {', '.join(allowed)}, got {shown(wrong)}", allowed
    if len(allowed) == 1:
        return f"expected {allowed[0]}, got {shown(wrong)}", allowed
    if allowed and isinstance(wrong, str):
        return f"{shown(wrong)} is not one of {', '.join(allowed)}", allowed
    if allowed:
        return f"expected one of {', '.join(allowed)}, got {shown(wrong)}", allowed
    expected = re.sub(r", got `[^`]*`\Z", "", what).removeprefix("Expected ")
    expected = _KIND.sub(lambda m: " or ".join(_KINDS.get(one, one) for one in m[1].split(" | ")), expected, count=1)
    return f"expected {expected}, got {shown(wrong)}", ()


def shown(value: object) -> str:
    """A wrong value as YAML has it."""
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return "a list" if isinstance(value, list) else "a map" if isinstance(value, dict) else str(value)


def near(word: object, known: Iterable[str], prefix: str = "") -> str | None:
    """`did you mean …?`, for a word that is nearly one of those known; `prefix` is what all of them begin with."""
    found = nearest(word, known)
    return f"did you mean `{prefix}{found}`?" if found is not None else None


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The one of those known that a word nearly is."""
    from difflib import get_close_matches

    if not isinstance(word, str) or len(word) > _SHOWN:
        return None
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def keys_at(kind: type[Any], steps: Path) -> list[str]:
    """The keys of the section that the steps lead to."""
    described = _type_at(kind, steps)
    return [
        field.encode_name for one in getattr(described, "types", (described,)) for field in getattr(one, "fields", ())
    ]


def _type_at(kind: type[Any], steps: Path) -> Any:  # noqa: ANN401 - one of msgspec's descriptions of types
    """The description of a type, or of the field that the steps lead to."""
    from msgspec import inspect

    def plain(described: Any) -> Any:  # noqa: ANN401 - likewise
        return plain(described.type) if isinstance(described, inspect.Metadata) else described

    here = plain(inspect.type_info(kind))
    for step in steps:
        options = [plain(one) for one in here.types] if isinstance(here, inspect.UnionType) else [here]
        nested = inspect.StructType | inspect.VarTupleType | inspect.DictType
        here = next((one for one in options if isinstance(one, nested)), here)
        if isinstance(here, inspect.StructType):
            here = next((plain(field.type) for field in here.fields if field.encode_name == step), here)
        elif isinstance(here, inspect.VarTupleType):
            here = plain(here.item_type)
        elif isinstance(here, inspect.DictType):
            here = plain(here.value_type)
    return here


def _words_of(described: Any) -> list[str]:  # noqa: ANN401 - one of msgspec's descriptions of types
    """The words that a type allows, where it allows only some."""
    words: list[str] = []
    for one in getattr(described, "types", (described,)):
        if cls := getattr(one, "cls", None):
            words += [str(member.value) for member in cls] if hasattr(cls, "__members__") else []
        words += [str(value) for value in getattr(one, "values", ())]
    return words
