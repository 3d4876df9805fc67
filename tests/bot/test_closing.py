from __future__ import annotations

import pytest

from paddock.bot.closing import closes

CASES: dict[str, tuple[int, ...]] = {
    "Closes #7": (7,),
    "fixes: #7 and resolves #8, closed #7": (7, 8),
    "FIXED #7\nresolve #8": (7, 8),
    "close #1 closes #2 closed #3 fix #4 fixes #5 fixed #6 resolve #7 resolves #8 resolved #9": tuple(range(1, 10)),
    "Closes octo/hall#7, closes Octo/Hall#8, closes octo/other#9": (7, 8),
    "Closes https://github.com/octo/hall/issues/7": (7,),
    "Closes https://example.org/octo/other/issues/7": (),
    "Closes https://github.com/octo/hall/pull/7": (),
    "see #7": (),
    "Closes 7": (),
    "Closes #0 closes #07": (),
    "Closes #7a closes #7_b": (),
    "Closes#7": (),
    "discloses #7, pre-fixes #8, /closes #9": (),
    "closing #7, fixing #8": (),
    "Closes #" + "9" * 30: (),
    "Closes #\N{ARABIC-INDIC DIGIT SEVEN}": (),
    "": (),
}


@pytest.mark.parametrize(("text", "numbers"), CASES.items(), ids=CASES)
def test_which_issues_a_text_closes(text: str, numbers: tuple[int, ...]) -> None:
    assert closes(text, "octo/hall") == numbers


@pytest.mark.parametrize("piece", ["closes ", "closes a/", "fix:   ", "closes https://a/", "a" * 100 + "/"])
def test_a_huge_text_is_read(piece: str) -> None:
    assert closes(piece * 200_000 + " closes #7", "octo/hall") == (7,)
