"""One rule, as a policy or a preset writes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from paddock.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

Step = tuple[str | int, ...]
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


class Snippet(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A piece of a file: its text, and the path that it is judged as; without one, as any that the rule judges."""

    text: str
    path: str | None = None


class Rule(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What must not, or must, stand in files, and how it is told."""

    message: Annotated[str, Meta(min_length=1, description="What is wrong, as a finding says it.")]
    hint: Annotated[str | None, Meta(description="What to write instead.")] = None
    paths: Annotated[tuple[str, ...], Meta(description="Globs of the files judged; every file without any.")] = ()
    exclude: Annotated[tuple[str, ...], Meta(description="Globs of files that are not judged.")] = ()
    forbid: Annotated[str | None, Meta(description="A regular expression that no line may match.")] = None
    unless: Annotated[str | None, Meta(description="One that excuses a line which matches `forbid`.")] = None
    require: Annotated[str | None, Meta(description="One that some line of the file must match.")] = None
    when: Annotated[str | None, Meta(description="One that a line matches in files that `require` is for.")] = None
    ast: Annotated[
        dict[str, Any] | None,
        Meta(description="An ast-grep rule (`pattern`, `kind`, `inside`, …) that nothing in the file may match."),
    ] = None
    language: Annotated[str | None, Meta(description="The language that `ast` reads the file as, such as `go`.")] = None
    scope: Annotated[
        Literal["added", "file"],
        Meta(description="Whether added lines are judged, or all lines of a file that the change adds lines to."),
    ] = "added"
    severity: Annotated[Severity, Meta(description="What it weighs, where that is less than the gate's.")] = (
        Severity.ERROR
    )
    good: Annotated[tuple[str | Snippet, ...], Meta(description="Text that the rule lets pass.")] = ()
    bad: Annotated[tuple[str | Snippet, ...], Meta(description="Text that the rule finds.")] = ()

    def problems(self) -> Iterator[tuple[Step, str]]:
        """What types can't say: where it stands in the rule, and what is wrong with it."""
        from paddock.classify.globs import glob_problem
        from paddock.patterns.regex import problem

        kinds = [kind for kind in ("forbid", "require", "ast") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            yield (), f"a rule has one of `forbid`, `require` and `ast`; this one has {' and '.join(kinds) or 'none'}"
        for key in ("forbid", "unless", "require", "when"):
            pattern = getattr(self, key)
            if pattern is not None and (said := problem(pattern)):
                yield (key,), said
        for key, needed in (("unless", "forbid"), ("when", "require"), ("language", "ast")):
            if getattr(self, key) is not None and getattr(self, needed) is None:
                yield (key,), f"goes with `{needed}`, which this rule has not"
        if self.ast is not None and self.language is None:
            yield ("ast",), "needs the key `language`, such as `language: go`"
        for key in ("paths", "exclude"):
            for i, glob in enumerate(getattr(self, key)):
                if said := glob_problem(glob):
                    yield (key, i), said


def id_problem(name: str) -> str | None:
    """What is wrong with a rule's name, which comments in the source have to spell."""
    return None if _ID.match(name) else "a rule is named by small letters, digits and single hyphens"
