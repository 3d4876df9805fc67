"""Which policy judges where a change may not choose it: that of the trusted commit, and the ways back in. Pure.

A change is judged by the rules it found, never by those it brings. Two cases have none to find. Where the trusted
commit has no policy at all, the change's own is the first, and the report says so. Where it has one that can't be read,
nothing could ever be merged again, not even what mends it: so a change that mends it is judged by the last policy of
the branch that could be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.errors import PolicyError
from paddock.policy.load import load
from paddock.policy.model import DEFAULT_PRESET, FILE, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.policy.config import GateConfig

Reader = Callable[[str], bytes | None]

_SHORT = 12  # characters of an object name


class Trusted(Struct, frozen=True):
    """A policy, and what there is to say of where it came from."""

    policy: Policy
    notes: tuple[str, ...] = ()


class Places(Struct, frozen=True):
    """Where policies are read from.

    Attributes:
        ref: how the trusted commit was named, for messages.
        trusted: gives that commit's files.
        head: gives the files of the change's last commit; None where they are not at hand.
        earlier: the branch's earlier commits that touched the policy, newest first, each with its files.
    """

    ref: str
    trusted: Reader
    head: Reader | None
    earlier: Callable[[], Iterator[tuple[str, Reader]]]


def trusted_policy(places: Places, gates: Mapping[str, type[GateConfig]], file: str | None = None) -> Trusted:
    """The policy to judge by.

    Args:
        places: where policies are read from.
        gates: each gate's configuration type, by the gate's id.
        file: another policy of the repository than `.paddock.yaml`; it must be there.

    Raises:
        PolicyError: the trusted policy can't be read, and the change does not mend it.
    """
    name = file or FILE
    try:
        text = places.trusted(name)
        if text is not None:
            return Trusted(load(text, name, places.trusted, gates))
    except PolicyError as broken:
        return _mended(places, name, gates, broken)
    if file is not None:
        raise PolicyError("there is no such file", where=f"{places.ref}:{file}", hint="merge it there first")
    return _first(places, gates)


def _first(places: Places, gates: Mapping[str, type[GateConfig]]) -> Trusted:
    """Where the trusted commit has no policy: the change's own, else the default."""
    text = places.head(FILE) if places.head is not None else None
    if text is None or places.head is None:
        note = f"{places.ref} has no {FILE}: judged by {DEFAULT_PRESET}; `paddock init` writes one"
        return Trusted(load(None, FILE, places.trusted, gates), (note,))
    note = f"{places.ref} has no {FILE} yet: judged by the change's own"
    return Trusted(load(text, FILE, places.head, gates), (note,))


def _mended(places: Places, name: str, gates: Mapping[str, type[GateConfig]], broken: PolicyError) -> Trusted:
    if not _loads(places.head, name, gates):
        where = broken.where or name
        raise PolicyError(
            f"the policy that judges is broken: {broken.message}",
            where=where if where.startswith("paddock:") else f"{places.ref}:{where}",
            hint=f"open a change that mends {where.partition(':')[0]}: "
            "it is judged by the last policy there that could be read",
        ) from broken
    said = f"the policy of {places.ref} is broken ({broken}), and this change mends it"
    for sha, reader in places.earlier():
        policy = _loads(reader, name, gates)
        if policy is not None:
            return Trusted(policy, (f"{said}: judged by the last one that could be read, of {sha[:_SHORT]}",))
    return Trusted(
        structs.replace(load(None, name, places.trusted, gates), source=DEFAULT_PRESET),
        (f"{said}: judged by {DEFAULT_PRESET}, since {places.ref} never had one that could be read",),
    )


def _loads(reader: Reader | None, name: str, gates: Mapping[str, type[GateConfig]]) -> Policy | None:
    """The policy, if there is one that can be read."""
    if reader is None:
        return None
    try:
        text = reader(name)
        return None if text is None else load(text, name, reader, gates)
    except PolicyError:
        return None


def decides(path: str, policy_files: tuple[str, ...]) -> bool:
    """Whether a file decides how changes are judged: policy, presets, attributes, keys and all of `.paddock/`."""
    return path in policy_files or path.rpartition("/")[2] == ".gitattributes" or path.startswith(".paddock/")


def is_workflow(path: str) -> bool:
    """Whether a file decides what runs on GitHub, with which rights, or who reviews."""
    return path.startswith(".github/") or path in ("CODEOWNERS", "docs/CODEOWNERS")
