"""What is said of a file: by git's attributes before, by the classifier after."""

from __future__ import annotations

from msgspec import Struct

from paddock.model import FileClass


class Attributes(Struct, frozen=True):
    """What `.gitattributes` says of a path: `linguist-generated`, `-vendored`, `-documentation`, and `diff`.

    None is unspecified. `diff` is False where it is unset (`-diff`, `binary`): it says how lines are counted and
    nothing of the class, and stands here so that one reading of the attributes serves both.
    """

    generated: bool | None = None
    vendored: bool | None = None
    documentation: bool | None = None
    diff: bool | None = None


class Classification(Struct, frozen=True):
    """A file's class, linguist's two flags for it, and the rule that decided.

    The flags are independent of each other and of the class; where one is set and the class is another, `reason`
    says so after a semicolon.
    """

    file_class: FileClass
    generated: bool
    vendored: bool
    reason: str
