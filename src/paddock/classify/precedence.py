"""Which rule decides, in the one order that docs/classification.md states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.classify import beyond, docs, generated, lines, locks, tests, vendored
from paddock.classify import content as contents
from paddock.classify.classification import Attributes, Classification
from paddock.classify.path import FilePath, split
from paddock.model import FileClass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.classify.globs import Rules


class Named(Struct, frozen=True):
    """What whole names and segments say: the label of a row, or None."""

    lock: str | None
    third_party: str | None
    generated: str | None


class Found(Struct, frozen=True):
    """What the content says: the label of a row, or None. `header` is of those that linguist does not know."""

    lock: str | None = None
    generated: str | None = None
    header: str | None = None


_NOTHING = Found()
_UNSPECIFIED = Attributes()


def by_name(path: str, attributes: Attributes | None = None, rules: Rules | None = None) -> Classification | None:
    """Classify without the content. None: only the content can decide the class or a flag."""
    if by_policy := _by_policy(path, rules):
        return by_policy
    parts, said = split(path), attributes or _UNSPECIFIED
    return None if _waits(parts, said) else _decide(parts, said, _NOTHING)


def by_content(
    path: str, content: bytes, attributes: Attributes | None = None, rules: Rules | None = None
) -> Classification:
    """Classify with the content, of which no more than CONTENT_LIMIT bytes are looked at."""
    if by_policy := _by_policy(path, rules):
        return by_policy
    parts, said = split(path), attributes or _UNSPECIFIED
    return _decide(parts, said, _inspect(parts, content[: contents.CONTENT_LIMIT]) if _waits(parts, said) else _NOTHING)


def without_content(path: str, attributes: Attributes | None = None, rules: Rules | None = None) -> Classification:
    """Classify what has no content to read (deleted, a symbolic link, too large): no row over content holds."""
    return _by_policy(path, rules) or _decide(split(path), attributes or _UNSPECIFIED, _NOTHING)


def _by_policy(path: str, rules: Rules | None) -> Classification | None:
    match = rules.match(path) if rules is not None else None
    if match is None:
        return None
    file_class, glob = match
    is_generated = file_class in (FileClass.GENERATED, FileClass.LOCK)
    return Classification(file_class, is_generated, file_class is FileClass.VENDORED, f"policy glob {glob}")


def _waits(path: FilePath, said: Attributes) -> bool:
    """Whether the content could change the class or the flag."""
    if said.generated is not None:
        return False
    told = said.vendored or said.documentation
    if path.name == locks.MANIFEST:
        return not told
    if locks.by_name(path):
        return False
    may_flag = contents.may_tell(path)
    if may_flag and not generated.flagged(path):
        return True
    if not may_flag and not beyond.may_tell(path):
        return False
    third_party = said.vendored is not False and vendored.third_party(path)
    return not (told or third_party or generated.by_name(path) or beyond.by_name(path))


def _inspect(path: FilePath, content: bytes) -> Found:
    if path.name == locks.MANIFEST:
        return Found(lock=locks.by_content(path, content))
    taken = lines.split(content)
    flagged = contents.by_content(path, taken)
    return Found(generated=flagged, header=None if flagged else beyond.by_content(path, taken))


def _decide(path: FilePath, said: Attributes, found: Found) -> Classification:
    named = Named(locks.by_name(path), vendored.third_party(path), generated.by_name(path))
    file_class, reason = next(_candidates(path, said, named, found))
    is_generated, why_generated = _generated(path, said, named, found)
    is_vendored, why_vendored = _vendored(path, said, named)
    if is_generated and file_class not in (FileClass.GENERATED, FileClass.LOCK):
        reason += f"; generated {why_generated}"
    if is_vendored and file_class is not FileClass.VENDORED:
        reason += f"; vendored {why_vendored}"
    return Classification(file_class, is_generated, is_vendored, reason)


def _candidates(path: FilePath, said: Attributes, named: Named, found: Found) -> Iterator[tuple[FileClass, str]]:
    """The classes that hold, the one that decides first."""
    if said.vendored:
        yield FileClass.VENDORED, "attribute linguist-vendored"
    if said.generated:
        yield FileClass.GENERATED, "attribute linguist-generated"
    if said.documentation:
        yield FileClass.DOCS, "attribute linguist-documentation"
    if said.generated is not False and (name := named.lock or found.lock):
        yield FileClass.LOCK, f"lock file: {name}"
    if said.vendored is not False and named.third_party:
        yield FileClass.VENDORED, f"vendored: {named.third_party}"
    if said.generated is not False:
        yield from _generated_candidates(path, named, found)
    if label := tests.by_name(path):
        yield FileClass.TEST, f"test: {label}"
    if said.documentation is not False and (label := docs.by_name(path)):
        yield FileClass.DOCS, f"docs: {label}"
    yield FileClass.SOURCE, "source"


def _generated_candidates(path: FilePath, named: Named, found: Found) -> Iterator[tuple[FileClass, str]]:
    if named.generated:
        yield FileClass.GENERATED, f"generated by name: {named.generated}"
    if label := beyond.by_name(path):
        yield FileClass.GENERATED, f"generated by name: {label}; not generated to linguist"
    if found.generated:
        yield FileClass.GENERATED, f"generated: {found.generated}"
    if found.header:
        yield FileClass.GENERATED, f"generated: {found.header}; not generated to linguist"


def _generated(path: FilePath, said: Attributes, named: Named, found: Found) -> tuple[bool, str]:
    if said.generated is not None:
        return said.generated, "by attribute"
    label = named.lock or named.generated or generated.loosely(path) or found.generated
    return label is not None, f"to linguist: {label}"


def _vendored(path: FilePath, said: Attributes, named: Named) -> tuple[bool, str]:
    if said.vendored is not None:
        return said.vendored, "by attribute"
    label = named.third_party or vendored.loosely(path)
    return label is not None, f"to linguist: {label}"
