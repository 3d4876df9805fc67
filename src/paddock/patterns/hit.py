"""A place that breaks a rule."""

from __future__ import annotations

from msgspec import Struct


class Hit(Struct, frozen=True):
    """A place that breaks a rule.

    `reason` is that of the comment which excuses it, None without one; `bare` is said where such a comment has no
    reason, and `more` where the file has more places than are told.
    """

    rule: str
    path: str
    line: int
    column: int | None = None
    reason: str | None = None
    bare: bool = False
    more: bool = False
