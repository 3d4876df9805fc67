"""What every gate's section of the policy has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from msgspec import Meta, Struct

from paddock.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Stage


class StageSeverities(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A severity for one stage where it differs from the gate's own. Absent: the gate's."""

    pre_commit: Severity | None = None
    commit_msg: Severity | None = None
    pre_push: Severity | None = None
    ci: Severity | None = None
    bot: Severity | None = None

    def at(self, stage: Stage) -> Severity | None:
        """The severity set for this stage."""
        return getattr(self, stage.name.lower(), None)


class GateConfig(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The base of every gate's configuration; the subclass's defaults are the only defaults."""

    severity: Annotated[Severity, Meta(description="What the gate's findings weigh.")] = Severity.ERROR
    stages: Annotated[StageSeverities, Meta(description="A severity for each stage where it differs.")] = (
        StageSeverities()
    )

    def at(self, stage: Stage) -> Self:  # noqa: ARG002 - a gate whose parts have stages of their own overrides this
        """The section as it holds at a stage."""
        return self

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What types can't say: the path of a value inside this section, and what is wrong with it."""
        yield from ()
