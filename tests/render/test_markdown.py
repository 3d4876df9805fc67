from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from msgspec import structs

from paddock.findings import Finding, Level, Outcome, Report, Verdict
from paddock.gates.pr_size import Ledger
from paddock.model import Stage
from paddock.render.markdown import COMMENT, SUMMARY, render
from paddock.render.neutral import code, prose
from render.shared_report import EVIL, LEDGER, REPORT, REPORTS, SECOND, TEXT, expected

if TYPE_CHECKING:
    from markdown_it.token import Token

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What our own rendering is made of. Everything else would come from outside.
OURS = {
    "heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close", "bullet_list_open",
    "bullet_list_close", "list_item_open", "list_item_close", "table_open", "table_close", "thead_open", "thead_close",
    "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "html_block",
}  # fmt: skip
INLINE = {"text", "code_inline", "strong_open", "strong_close", "text_special"}
HTML = re.compile(r"<details><summary>Size: [0-9a-z, ]+</summary>\n?|</details>\n?")
# What GitHub makes links, pictures or notifications of in text outside code, or may.
LINKED = re.compile(r"@|#|://|www\.|GH-\d|:\w+:|\$|[0-9a-f]{7}", re.IGNORECASE)


def tokens(text: str) -> list[Token]:
    return [one for block in READER.parse(text) for one in (block, *(block.children or ()))]


def seen(text: str) -> str:
    """What a reader sees of one line of text and code."""
    return "".join(one.content for one in tokens(text) if one.type in INLINE)


def outside_code(text: str) -> str:
    return " ".join(one.content for one in tokens(text) if one.type in ("text", "text_special"))


def cells(text: str) -> list[int]:
    """How many cells each row of each table has."""
    rows: list[int] = []
    for one in tokens(text):
        if one.type == "tr_open":
            rows.append(0)
        if one.type in ("td_open", "th_open"):
            rows[-1] += 1
    return rows


def test_the_shared_report() -> None:
    assert render(REPORT, ledger=LEDGER) == expected("report.md")


def test_several_reports() -> None:
    text = render(REPORT, SECOND)
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## paddock: failed"] * 2


def test_nothing_judged() -> None:
    assert render(Report(stage=Stage.CI, verdicts=())) == (
        "## paddock: passed\n\nNo gate is on at the stage ci: nothing to judge.\n\n"
    )


PROSE = {
    "plain": ("812 changed lines, 112 over the limit of 700.", "812 changed lines, 112 over the limit of 700."),
    "punctuation": ('can\'t (be read): "so" and/or 12.5%; no?', 'can\'t (be read): "so" and/or 12.5%; no?'),
    "another script": ("größer als 漢字 → 1", "größer als 漢字 → 1"),
    "quoted": ("the base `main` is not here", "the base `main` is not here"),
    "quoted at once": ("`a``b`c", "`a` `b`c"),
    "a mention": ("ask @team now", "ask `@team` now"),
    "an issue": ("see #1 GH-2 a/b#3 KEY-4", "see `#1 GH-2 a/b#3 KEY-4`"),
    "an address": ("at https://x.example/ or www.x or a@b.c", "at `https://x.example/` or `www.x` or `a@b.c`"),
    "a commit": ("at 0123456 now", "at `0123456` now"),
    "a link": ("[x](y)", "`[x](y)`"),
    "HTML": ("a <b> &amp; c", "a `<b> &amp`; c"),
    "emphasis": ("*a* _b_ ~~c~~", "`*a* _b_ ~~c~~`"),
    "a pipe": ("a | b", "a &#124; b"),
    "a backtick": ("a ` b", "a &#96; b"),
    "a line break": ("a\nb", "`a\\nb`"),
    "a list": ("1. a", "`1`. a"),
    "a stop": ("see a_b, then c_d.", "see `a_b`, then `c_d`."),
    "a heading": ("# a", "`#` a"),
    "a backslash": ("a \\", "a `\\`"),
    "nothing": ("", ""),
    "spaces": ("  a   b ", "a b"),
}
CODE = {
    "plain": ("git fetch --unshallow", "`git fetch --unshallow`"),
    "backticks": ("a`b``", "`a`&#96;`b`&#96;&#96;"),
    "a pipe": ("a\\|b", "`a\\`&#124;`b`"),
    "a line break": ("a\n# b", "`a\\n# b`"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "written"), PROSE.values(), ids=PROSE)
def test_prose(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize(("text", "written"), CODE.values(), ids=CODE)
def test_code(text: str, written: str) -> None:
    assert code(text) == written


@given(TEXT)
def test_text_is_only_shown(text: str) -> None:
    for written in (prose(text), code(text), f"{prose(text)} {code(text)} {prose(text)}"):
        found = tokens(written)
        assert {one.type for one in found} <= {"inline", "paragraph_open", "paragraph_close", *INLINE}
        assert not LINKED.search(outside_code(written))
        assert cells(f"| a | b |\n|---|---|\n| {written} | c |\n") == [2, 2]


@given(TEXT)
def test_code_shows_what_it_was_given(text: str) -> None:
    from paddock.render.plain import printable

    assert seen(f"x{code(text)}x").replace(" ", "") == f"x{printable(text)}x".replace(" ", "")


@given(REPORTS)
def test_nothing_from_outside_is_obeyed(report: Report) -> None:
    text = render(report, ledger=LEDGER)
    found = tokens(text)
    assert {one.type for one in found} <= OURS | INLINE
    assert all(HTML.fullmatch(one.content) for one in found if one.type == "html_block")
    assert not LINKED.search(outside_code(text))
    rows = cells(text)
    assert rows == ([3] * (len(report.verdicts) + 1) if report.verdicts else []) + [6] * 4
    assert len([one for one in found if one.type == "heading_open"]) <= 2 + len(report.verdicts)


def test_the_shared_report_is_only_shown() -> None:
    text = render(REPORT, SECOND, ledger=LEDGER)
    assert {one.type for one in tokens(text)} <= OURS | INLINE
    assert not LINKED.search(outside_code(text))
    assert EVIL.split("\n", maxsplit=1)[0] not in text


def flood(gates: int, findings: int) -> Report:
    found = tuple(Finding(message=f"@m{i} {'é' * 50}", path=f"a|{i}", hint=f"do {i}") for i in range(findings))
    verdict = Verdict(gate="x", outcome=Outcome.FAILED, reason="many", findings=found)
    return Report(stage=Stage.CI, verdicts=tuple(structs.replace(verdict, gate=f"g{i}") for i in range(gates)))


def test_what_has_no_room_is_counted() -> None:
    ledger = Ledger(LEDGER.files * 1000, 1, 2, 3)
    text = render(flood(2, 1000), ledger=ledger, limit=COMMENT)
    assert COMMENT - 1000 < len(text.encode()) <= COMMENT
    last = text.splitlines()[-1]
    count = re.fullmatch(
        r"\*\*Cut to 65,536 bytes; left out: ([\d,]+) next steps, ([\d,]+) findings of g0, ([\d,]+) findings of g1, "
        r"3,000 files of the size ledger\.\*\* `--format json` lists them all\.",
        last,
    ) or re.fullmatch(
        r"\*\*Cut to 65,536 bytes; left out: ([\d,]+) findings of g0, 1,000 findings of g1, 3,000 files of the size "
        r"ledger\.\*\* `--format json` lists them all\.",
        last,
    )
    assert count, last
    shown = text.count("- **error** ")
    assert shown + int(count[1].replace(",", "")) == 1000
    assert {one.type for one in tokens(text)} <= OURS | INLINE


def test_a_million_bytes_are_kept() -> None:
    text = render(flood(1, 20_000), limit=SUMMARY)
    assert SUMMARY - 1000 < len(text.encode()) <= SUMMARY


@pytest.mark.parametrize("limit", [600, 800, 1000, 1500, 2000, 3000, 4000])
def test_any_limit_holds(limit: int) -> None:
    text = render(REPORT, SECOND, ledger=LEDGER, limit=limit)
    assert len(text.encode()) <= limit
    assert text.count("<details>") == text.count("</details>")
    assert "left out" in text.splitlines()[-1]


def test_tables_get_room_first() -> None:
    report = flood(1, 1000)
    text = render(report, report, limit=COMMENT)
    assert text.count("| g0 | **failed** | many |") == 2


def test_a_gate_that_can_t_check_and_does_not_block() -> None:
    verdict = Verdict(gate="x", outcome=Outcome.ERRORED, reason="r", blocking=False)
    assert "| x | **errored**, does not block | r |\n" in render(Report(stage=Stage.CI, verdicts=(verdict,)))
    note = Finding(message="n", severity=Level.NOTE, path="p")
    passed = Verdict(gate="x", outcome=Outcome.PASSED, reason="r", findings=(note,))
    assert "- **note** `p` n\n" in render(Report(stage=Stage.CI, verdicts=(passed,)))
