"""From a file's text to a typed plan, as strict as the policy is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import asdict

from paddock.errors import FactUnreadableError, PolicyError
from paddock.plan.globs import glob_problem
from paddock.plan.keys import ref_problem
from paddock.plan.model import FILE, IDENTIFIER, LONGEST_ID, Document, Plan
from paddock.policy import strict
from paddock.policy.positions import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paddock.model import PlanText
    from paddock.policy.positions import Path

SIZE_LIMIT = 16 << 20  # bytes; five thousand todos with their briefs take less than two million
VALUES = 1_000_000
_ID = re.compile(IDENTIFIER)
_SIGNING_KEY = re.compile(r"~?/[^\x00-\x1f\x7f]+|[0-9A-Fa-f]{8,40}!?")
_NAMED = {"phases": ("id",), "agents": ("id",), "todos": ("id", "agent", "phase", "reviewer")}


def load(text: bytes, file: str = FILE) -> Plan:
    """Build the plan of a file's text.

    Raises:
        PolicyError: with `file:line:column` of the first thing that is wrong, and the nearest right word.
    """
    node = parse(text, file, what="plan", size=SIZE_LIMIT, values=VALUES)
    if not isinstance(node.value, dict):
        raise PolicyError("a plan is a map of keys to values", hint="paddock plan init", where=str(node.place))
    try:
        document = strict.convert(node.plain(), Document, {}, (), file)
    except PolicyError:
        # Where things stand is looked up only for a plan that is wrong: it is the larger half of the work.
        document = strict.convert(node.plain(), Document, dict(node.places()), (), file)
    plan = Plan(**asdict(document), source=file, node=node)
    for path, message in _problems(document):
        raise strict.refusal(message, plan.places, path, file)
    return plan


class Believed(NamedTuple):
    """The newest plan that can be read, and where it stands; None where there is no plan. `broken` tells of a newer."""

    plan: Plan | None
    where: str
    broken: str | None = None


def believed(found: Iterable[PlanText]) -> Believed:
    """The first of a plan's versions, newest first, that can be read.

    Raises:
        FactUnreadableError: there is a plan, and no version of it can be.
    """
    broken = where = None
    for one in found:
        where = where or one.where
        if one.text is None:
            break
        try:
            return Believed(load(one.text), one.where, broken)
        except PolicyError as error:
            broken = broken or f"the plan of {one.where} is broken: {error}"
    if broken is not None:
        raise FactUnreadableError(broken, hint=f"mend {FILE} there: paddock plan check")
    return Believed(None, str(where))


def _problems(document: Document) -> Iterator[tuple[Path, str]]:
    """What types can't say of single values."""
    for key, what in (("series", document.series), ("base", document.base)):
        if problem := ref_problem(what):
            yield (key,), problem
    for key, names in _NAMED.items():
        for index, one in enumerate(getattr(document, key)):
            for name in names:
                if (value := getattr(one, name)) is not None and (problem := _id_problem(value)):
                    yield (key, index, name), problem
    for index, todo in enumerate(document.todos):
        for at, need in enumerate(todo.needs):
            if problem := _id_problem(need):
                yield ("todos", index, "needs", at), problem
    yield from _glob_problems(document)
    yield from _identity_problems(document)


def _id_problem(value: str) -> str | None:
    if len(value) > LONGEST_ID:
        return f"{len(value)} characters, {len(value) - LONGEST_ID} over the limit of {LONGEST_ID}"
    if not _ID.fullmatch(value):
        shown = value or "nothing"
        return f"an id has letters, digits and . _ - between them, not {shown!r}"
    return None


def _glob_problems(document: Document) -> Iterator[tuple[Path, str]]:
    lists: list[tuple[Path, Any]] = [(("shared",), document.shared)]
    lists += [(("agents", index, "owns"), agent.owns) for index, agent in enumerate(document.agents)]
    for path, globs in lists:
        for at, glob in enumerate(globs):
            if problem := glob_problem(glob):
                yield (*path, at), problem


def _identity_problems(document: Document) -> Iterator[tuple[Path, str]]:
    for index, agent in enumerate(document.agents):
        if agent.identity is None:
            continue
        for key, value in (("name", agent.identity.name), ("email", agent.identity.email)):
            if re.search(r"[<>\n\0]", value) or not value.strip():
                yield ("agents", index, "identity", key), "git takes no empty one, and none with <, > or a line break"
        if "@" not in agent.identity.email:
            yield ("agents", index, "identity", "email"), "no @ in it"
        if (by := agent.identity.signing_key) is not None and not _SIGNING_KEY.fullmatch(by):
            yield ("agents", index, "identity", "signing-key"), "neither ~/… nor /…, nor the id of an OpenPGP key"
