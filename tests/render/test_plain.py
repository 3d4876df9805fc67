from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.render.plain import printable

TEXTS = {
    "plain": ("a plain line, with £ and 漢字 and 🐎", "a plain line, with £ and 漢字 and 🐎"),
    "nothing": ("", ""),
    "colour": ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
    "a title": ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
    "line breaks": ("a\nb\r\nc\rd", "a\\nb\\r\\nc\\rd"),
    "other breaks": ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\\x0bb\\x0cc\\x85d\\u2028e\\u2029f"),
    "tab": ("a\tb", "a\\tb"),
    "backspace": ("good\b\b\b\bevil", "good\\x08\\x08\\x08\\x08evil"),
    "NUL and DEL": ("\0\x7f", "\\x00\\x7f"),
    "one-byte controls": ("\x9b31m", "\\x9b31m"),
    "right to left": ("a\u202egnp.exe", "a\\u202egnp.exe"),
    "isolates": ("\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"),
    "nothing to see": ("a\u200bb\u00adc\ufeffd", "a\\u200bb\\xadc\\ufeffd"),
    "spaces that look plain": ("a\u00a0b\u3000c", "a\\xa0b\\u3000c"),
    "bytes that are not UTF-8": ("caf\udce9\udcff", "caf\\xe9\\xff"),
    "half a pair": ("\ud800\udfff", "\\ud800\\udfff"),
    "tags beyond the basic plane": ("\U000e0041", "\\U000e0041"),
    "not assigned": ("\u0378", "\\u0378"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    shown.encode()


def test_ten_megabytes_take_seconds_at_most() -> None:
    start = time.process_time()
    assert len(printable("\x1b[31mtext\n" * 1_000_000)) == 14_000_000
    assert time.process_time() - start < 10
