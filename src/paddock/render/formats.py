"""The formats of a report by their names, and what `--format NAME[=FILE]` asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.findings import Report
    from paddock.gates.pr_size import Ledger  # noqa: TC004 - never decoded
    from paddock.render.sarif import Rule  # noqa: TC004 - likewise


class Extras(Struct, frozen=True, kw_only=True):
    """What some formats say beyond the reports; each takes what it knows."""

    colour: bool = False
    ledger: Ledger | None = None
    rules: Mapping[str, Rule] = {}
    version: str = ""


class Wanted(Struct, frozen=True):
    """One format that was asked for; without a file it goes to standard output."""

    format: str
    file: str | None = None


def _text(reports: tuple[Report, ...], extras: Extras) -> str:
    from paddock.render.text import render

    return "".join(render(report, colour=extras.colour) for report in reports)


def _json(reports: tuple[Report, ...], _: Extras) -> str:
    from paddock.render.json import render

    return "".join(render(report) for report in reports)


def _sarif(reports: tuple[Report, ...], extras: Extras) -> str:
    from paddock.render.sarif import render

    return render(*reports, rules=extras.rules, version=extras.version)


def _github(reports: tuple[Report, ...], _: Extras) -> str:
    from paddock.render.github import render

    return render(*reports)


def _markdown(reports: tuple[Report, ...], extras: Extras) -> str:
    from paddock.render.markdown import render

    return render(*reports, ledger=extras.ledger)


def _junit(reports: tuple[Report, ...], _: Extras) -> str:
    from paddock.render.junit import render

    return render(*reports)


# Each module is imported by the format that is asked for only: a commit needs none but text.
FORMATS: dict[str, Callable[[tuple[Report, ...], Extras], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "markdown": _markdown,
    "junit": _junit,
}
USUAL = Wanted("text")


def parse(values: Iterable[str]) -> tuple[Wanted, ...]:
    """What the values of `--format` ask for, in their order; text on standard output where there are none.

    Raises:
        UsageError: a format that is not there, a file without a name, or two formats for one place.
    """
    wanted = tuple(_one(value) for value in values) or (USUAL,)
    shared = next((file for file, count in Counter(one.file for one in wanted).items() if count > 1), "")
    if shared is None:
        names = [one.format for one in wanted if one.file is None]
        raise UsageError(
            f"{' and '.join(names)} can't share standard output", hint=f"give all but one a file: {names[0]}=FILE"
        )
    if shared:
        names = [one.format for one in wanted if one.file == shared]
        raise UsageError(f"{' and '.join(names)} can't share the file {shared}", hint="give each a file of its own")
    return wanted


def _one(value: str) -> Wanted:
    name, equals, file = value.partition("=")
    if name not in FORMATS:
        from paddock.policy.words import near

        raise UsageError(f"there is no format `{name}`", hint=near(name, FORMATS) or f"there are: {', '.join(FORMATS)}")
    if equals and not file:
        raise UsageError(f"`{value}` names no file", hint=f"write {name}=FILE, or {name} for standard output")
    return Wanted(name, None if file in ("", "-") else file)


def render(wanted: Wanted, reports: tuple[Report, ...], extras: Extras | None = None) -> str:
    """The reports in a format."""
    return FORMATS[wanted.format](reports, extras or Extras())
