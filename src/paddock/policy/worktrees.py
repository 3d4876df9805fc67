"""The policy's section `worktrees`: what every agent may touch beyond its worktree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_Port = Annotated[int, Meta(ge=0, le=65535)]


class Worktrees(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What guard and fence allow beyond the worktree. Read from the main checkout, where no agent writes."""

    writable: Annotated[
        tuple[str, ...],
        Meta(description="Folders outside that agents may write to, such as a shared build cache: absolute, or `~/…`."),
    ] = ()
    readable: Annotated[
        tuple[str, ...], Meta(description="Folders that agents may read; everything where none is named.")
    ] = ()
    protected: Annotated[
        tuple[str, ...] | None,
        Meta(description="Branches that no agent moves or pushes to, with `*`; null means paddock's own list."),
    ] = None
    connect: Annotated[
        tuple[_Port, ...] | None, Meta(description="TCP ports that agents may connect to; null means any.")
    ] = None
    bind: Annotated[
        tuple[_Port, ...] | None, Meta(description="TCP ports that agents may listen on; null means any.")
    ] = None
    system_tmp: Annotated[bool, Meta(description="Whether agents may write to /tmp beside their own folder.")] = True
    guard: Annotated[
        Literal["lenient", "strict"],
        Meta(description="What the guard does with a shell command that it can't read: let it pass, or deny it."),
    ] = "lenient"
    root: Annotated[
        str,
        Meta(min_length=1, description="The folder of worktrees made without a plan, from the main checkout's top."),
    ] = ".."
    copy: Annotated[
        tuple[str, ...],
        Meta(description="Globs, as in .gitignore, of ignored files that worktrees get copies of, such as `.env`."),
    ] = ()
    set_up: Annotated[
        tuple[str, ...],
        Meta(description="A program and its arguments, run once in each new worktree, such as `[make, deps]`."),
    ] = ()
    set_up_seconds: Annotated[int, Meta(ge=1, le=86400, description="How long that program may take.")] = 600

    def problems(self) -> Iterator[tuple[tuple[str, int], str]]:
        """What the types can't say: each value's path below the section, and what is wrong with it."""
        for key, values in (("writable", self.writable), ("readable", self.readable)):
            for i, value in enumerate(values):
                if not value.startswith(("/", "~/")):
                    yield (key, i), f"`{value}` is not absolute; write /… or ~/…"
        for i, value in enumerate(self.set_up):
            if "\0" in value or not (value or i):
                yield ("set-up", i), "empty, or with a NUL byte in it"
