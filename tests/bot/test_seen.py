"""What markers say that somebody edited: one that is not as the bot writes it says nothing, and breaks nothing."""

from __future__ import annotations

import pytest

from paddock.bot.api.answers import Account, Comment, Issue
from paddock.bot.seen import Reader
from said import NOW

ME = Account("paddock[bot]", "Bot")


def read(*texts: str, body: str = "") -> object:
    """An issue with these comments, all of them the bot's."""
    comments = [
        Comment(id=number, author=ME, body=text, created=NOW, updated=NOW, issue_url="https://x/issues/3")
        for number, text in enumerate(texts, 1)
    ]
    one = Issue(id=1, author=ME, body=body, created=NOW, updated=NOW, number=3, title="t", state="open")
    return Reader("paddock[bot]", "o/r").issue(one, comments, None)


NONE = read()


@pytest.mark.parametrize(
    "mark",
    [
        'blocked {"on":"x","so":true}',
        'blocked {"on":null,"so":true}',
        'blocked {"on":[1],"so":true}',
        'key {"key":1}',
        'key {"key":["nudge:"]}',
        'key {"turn":true}',
        'key {"key":"a","turn":"yes"}',
        'asked {"reviewer":{"a":1}}',
        'asked {"reviewer":7}',
        pytest.param('key {"key":' + "[" * 3000 + "]" * 3000 + "}", id="deep"),
    ],
)
def test_a_comments_marker_of_another_shape_says_nothing(mark: str) -> None:
    assert read(f"Words.\n\n<!-- paddock:{mark} -->") == NONE


@pytest.mark.parametrize("mark", ['todo {"id":7}', "todo {}", 'made {"key":"k","parent":"x","change":true}'])
def test_an_issues_marker_of_another_shape_says_nothing(mark: str) -> None:
    assert read(body=f"<!-- paddock:{mark} -->") == NONE
