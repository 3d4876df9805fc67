from __future__ import annotations

import subprocess

import pytest

from paddock.quoting import quoted


@pytest.mark.parametrize(
    "text", ["plain", "two words", "it's", "", "--x", "$(id)", "a\nb", "\r\t", "\x1b[2J'\\", "w\udcff", "é", "a\u202eb"]
)
def test_bash_reads_what_was_meant_and_a_line_stays_one(text: str) -> None:
    word = quoted(text)
    assert word.isprintable()
    run = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert run.stdout.decode("utf-8", "surrogateescape") == text
