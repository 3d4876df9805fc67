"""The typed policy: the keys of `.paddock.yaml`, what they mean, and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock.classify import Globs
from paddock.policy.config import GateConfig
from paddock.policy.positions import Path, Place
from paddock.policy.worktrees import Worktrees

if TYPE_CHECKING:
    from paddock.policy.bot import Bot  # noqa: TC004 - no `Policy` is made from plain values

FILE = ".paddock.yaml"
DEFAULT_PRESET = "paddock:default"


class Settings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's own keys. `gates` is typed by each gate, in the gate's file; `bot` by `Bot`, where it is there."""

    version: Annotated[Literal[1], Meta(description="The policy format; there is one so far.")] = 1
    extends: Annotated[
        str | tuple[str, ...],
        Meta(description="Presets to start from, later over earlier: `paddock:NAME`, or a file in this repository."),
    ] = ()
    base: Annotated[str, Meta(description="The branch that changes are for.", min_length=1)] = "main"
    series: Annotated[
        str | tuple[str, ...],
        Meta(description="Prefixes of ordered branches, such as `feature/tmc2-impl2`."),
    ] = ()
    classes: Annotated[
        Globs, Meta(description="Globs that say what kind of file a path is, over every built-in rule.")
    ] = Globs()
    worktrees: Annotated[Worktrees, Meta(description="What agents may touch beyond their worktree.")] = Worktrees()
    bot: Annotated[dict[str, object] | None, Meta(description="How the bot takes what is said on GitHub.")] = None
    gates: Annotated[
        dict[str, dict[str, object] | None], Meta(description="One section for each gate that judges.")
    ] = {}


class Policy(Struct, frozen=True, kw_only=True):
    """A policy ready to judge by.

    `places` tells where each value of the file and its presets was written; `files` are those of them that are the
    repository's own.
    """

    base: str
    series: tuple[str, ...]
    classes: Globs
    gates: Mapping[str, GateConfig]
    places: Mapping[Path, Place]
    source: str
    files: tuple[str, ...] = ()
    worktrees: Worktrees = Worktrees()
    bot_section: Bot | None = None

    @property
    def bot(self) -> Bot:
        """How the bot takes what is said; imported by nobody who does not ask."""
        from paddock.policy.bot import Bot

        return self.bot_section or Bot()

    def place(self, *path: str | int) -> Place | None:
        """Where a value was written; None for a default."""
        return self.places.get(path)
