from __future__ import annotations

import subprocess
import sys

import pytest

from paddock.errors import UsageError
from paddock.render import github, json, text
from paddock.render.formats import FORMATS, Extras, Wanted, parse, render
from render.shared_report import LEDGER, REPORT, RULES, SECOND, expected

VALUES: dict[str, tuple[list[str], list[Wanted]]] = {
    "none": ([], [Wanted("text")]),
    "one": (["github"], [Wanted("github")]),
    "a file": (["sarif=out.sarif"], [Wanted("sarif", "out.sarif")]),
    "several at once": (["sarif=out.sarif", "github"], [Wanted("sarif", "out.sarif"), Wanted("github")]),
    "standard output by its sign": (["json=-"], [Wanted("json")]),
    "a file with the sign in it": (["json=a=b"], [Wanted("json", "a=b")]),
    "one format, two files": (["json=a", "json=b"], [Wanted("json", "a"), Wanted("json", "b")]),
}
WRONG: dict[str, tuple[list[str], str, str]] = {
    "unknown": (["yaml"], "there is no format `yaml`", "there are: text, json, sarif, github, markdown, junit"),
    "nearly right": (["sarf=x"], "there is no format `sarf`", "did you mean `sarif`?"),
    "nothing": ([""], "there is no format ``", "there are: text, json, sarif, github, markdown, junit"),
    "no file": (["junit="], "`junit=` names no file", "write junit=FILE, or junit for standard output"),
    "standard output twice": (
        ["github", "sarif=-"],
        "github and sarif can't share standard output",
        "give all but one a file: github=FILE",
    ),
    "a file twice": (["json=x", "sarif=x"], "json and sarif can't share the file x", "give each a file of its own"),
}


@pytest.mark.parametrize(("values", "wanted"), VALUES.values(), ids=VALUES)
def test_asked_for(values: list[str], wanted: list[Wanted]) -> None:
    assert list(parse(values)) == wanted


@pytest.mark.parametrize(("values", "message", "hint"), WRONG.values(), ids=WRONG)
def test_asked_for_wrongly(values: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(values)
    assert (raised.value.message, raised.value.hint) == (message, hint)


EXTRAS = Extras(ledger=LEDGER, rules=RULES, version="1.2.3")
WHOLE = {
    "text": text.render(REPORT),
    "json": json.render(REPORT),
    "sarif": expected("report.sarif"),
    "github": expected("report.github"),
    "markdown": expected("report.md"),
    "junit": expected("report.junit.xml"),
}


def test_every_format_is_tried() -> None:
    assert list(WHOLE) == list(FORMATS)


@pytest.mark.parametrize(("name", "whole"), WHOLE.items(), ids=WHOLE)
def test_rendered(name: str, whole: str) -> None:
    assert render(Wanted(name), (REPORT,), EXTRAS) == whole


@pytest.mark.parametrize("name", FORMATS)
def test_several_reports_are_utf_8(name: str) -> None:
    made = render(Wanted(name), (REPORT, SECOND))
    assert made.encode()
    assert made.endswith("\n")


def test_colour_is_for_text() -> None:
    assert render(Wanted("text"), (REPORT,), Extras(colour=True)) == text.render(REPORT, colour=True)
    assert render(Wanted("github"), (REPORT,), Extras(colour=True)) == github.render(REPORT)


def test_no_format_is_imported_before_it_is_asked_for() -> None:
    program = "import sys, paddock.render.formats as f; f.parse(['text']); print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    )
    assert {f"paddock.render.{name}" for name in FORMATS} & loaded == set()
    assert {"difflib", "xml", "hashlib"} & loaded == set()
