"""Values as JSON, whatever bytes git gave: paths are kept exactly, other text is replaced where it is not UTF-8."""

from __future__ import annotations

import base64
import re

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")


def is_utf8(text: str) -> bool:
    """Whether text holds no byte that was not UTF-8 (such a byte stands in it as a surrogate)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def path_fields(key: str, path: str | None) -> dict[str, str | None]:
    """`{key: path}`; for a path that is not UTF-8 `{key: None, key_b64: …}`."""
    if path is None or is_utf8(path):
        return {key: path}
    return {key: None, f"{key}_b64": base64.b64encode(path.encode("utf-8", "surrogateescape")).decode("ascii")}


def encode(value: object, *, indent: int = 0) -> bytes:
    """JSON of builtin values and structs. Text that is not UTF-8 has U+FFFD in place of each wrong byte."""
    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = msgspec.json.encode(_replaced(msgspec.to_builtins(value)))
    return msgspec.json.format(text, indent=indent) if indent else text


def _replaced(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_replaced(key): _replaced(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item) for item in value]
    return value
