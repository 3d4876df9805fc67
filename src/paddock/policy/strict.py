"""Plain values against their types: what is refused is told with its place and the nearest right word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from paddock.errors import PolicyError
from paddock.policy import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paddock.policy.positions import Path, Place

T = TypeVar("T")


def convert(value: Any, kind: type[T], places: Mapping[Path, Place], path: Path, file: str) -> T:  # noqa: ANN401 - what YAML holds
    """A value as its type.

    Args:
        value: what YAML holds, as builtins.
        kind: a struct.
        places: where each value was written.
        path: the value's own.
        file: where what has no place is said to be.

    Raises:
        PolicyError: with the place of the first thing that is wrong.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, steps = words.parsed(error)
        told = steps
        if words.SOME in steps:
            what, steps = _with_keys(value, kind, steps)
    # An entry of the user's own with nothing after it is not an empty section: it would silently be gone.
    if words.is_empty_section(what) and steps and isinstance(steps[-1], str) and told[-1] != words.SOME:
        return convert(_without(value, steps), kind, places, path, file)
    if (key := words.unknown_key(what)) is not None:
        near = (key, words.keys_at(kind, steps))
        raise refusal(f"unknown key `{key}`", places, (*path, *steps, key, ""), file, near=near)
    if (key := words.missing_key(what)) is not None:
        raise refusal(f"the key `{key}` is missing", places, (*path, *steps), file)
    wrong = value
    for step in steps:
        wrong = wrong[step]
    message, allowed = words.refusal(what, wrong, kind, steps)
    raise refusal(message, places, (*path, *steps), file, hint=words.near(wrong, allowed))


def _with_keys(
    value: Any,  # noqa: ANN401 - what YAML holds
    kind: type[Any],
    steps: Path,
    start: int = 0,
) -> tuple[str, Path]:
    """What is wrong and where, with the user's own keys, which msgspec does not tell: each is tried by itself.

    Steps before `start` are known; a key may itself be what stands for one.
    """
    at = steps.index(words.SOME, start)
    before = steps[:at]
    some = value
    for step in before:
        some = some[step]
    for key in some:
        alone = _put(value, before, {key: some[key]})
        try:
            msgspec.convert(alone, kind)
        except msgspec.ValidationError as error:
            what, found = words.parsed(error)
            same = all(one in (step, words.SOME) for one, step in zip(found[:at], before, strict=False))
            if same and found[at : at + 1] == (words.SOME,):
                found = (*before, key, *found[at + 1 :])
                left = words.SOME in found[at + 1 :]
                return _with_keys(alone, kind, found, at + 1) if left else (what, found)
    raise AssertionError(steps)  # one of them was wrong a moment ago


def _put(value: Any, steps: Path, new: Any) -> Any:  # noqa: ANN401 - what YAML holds
    """A value in which what the steps lead to is another."""
    if not steps:
        return new
    first, *rest = steps
    if isinstance(value, list):
        return [_put(item, tuple(rest), new) if index == first else item for index, item in enumerate(value)]
    return {key: _put(item, tuple(rest), new) if key == first else item for key, item in value.items()}


def refusal(  # noqa: PLR0913 - what is said, and where
    message: str,
    places: Mapping[Path, Place],
    path: Path,
    file: str,
    *,
    near: tuple[str, Iterable[str]] | None = None,
    hint: str | None = None,
) -> PolicyError:
    """What is wrong with the value at a path; `near` is a wrong word and those that would be right."""
    place = next((places[path[:i]] for i in range(len(path), -1, -1) if path[:i] in places), None)
    if near is not None:
        known = list(near[1])
        hint = words.near(near[0], known) or (f"known here: {', '.join(known)}" if known else None)
    elif name := ".".join(str(step) for step in path):
        message = f"`{name}`: {message}"
    return PolicyError(message, hint=hint, where=str(place) if place else file)


def _without(value: Any, steps: Path) -> Any:  # noqa: ANN401 - what YAML holds
    """A value without the key that the steps lead to: a section with nothing in it says nothing."""
    first, *rest = steps
    if isinstance(value, list):
        return [_without(item, tuple(rest)) if index == first else item for index, item in enumerate(value)]
    if not rest:
        return {key: item for key, item in value.items() if key != first}
    return {key: _without(item, tuple(rest)) if key == first else item for key, item in value.items()}
