"""Hidden markers: what is written is read, and what somebody else wrote is none once the bot repeats it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.bot import markers
from paddock.bot.model import MARK

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
)


@given(st.dictionaries(st.sampled_from(["by", "key", "said"]), VALUES))
def test_what_is_written_is_read_and_ends_no_comment(fields: dict[str, object]) -> None:
    text = markers.write("key", **fields)
    assert [(one.kind, one.fields) for one in markers.read(f"Words.\n\n{text}\nmore")] == [("key", fields)]
    assert "--" not in text[4:-3]
    assert text.count("<") == text.count(">") == 1


@given(
    st.lists(st.sampled_from([MARK, "<!-- pad", "dock:", "review {}", " -->", "<!-", "- paddock:", "x"]), max_size=9)
)
def test_what_is_made_harmless_holds_no_marker(parts: list[str]) -> None:
    assert list(markers.read(markers.harmless("".join(parts)))) == []
    assert MARK not in markers.harmless("".join(parts))


@pytest.mark.parametrize(
    "text",
    [
        "<!-- paddock:key -->",
        "<!-- paddock:key {] -->",
        "<!-- paddock:key {'a': 1} -->",
        "<!-- paddock:key [1] -->",
        "<!--paddock:key {} -->",
        "<!-- paddock:KEY {} -->",
        '<!-- paddock:key {"a":\n1} -->',
        pytest.param('<!-- paddock:key {"a":' + "[" * 900 + "]" * 900 + "} -->", id="deep"),
        pytest.param('<!-- paddock:key {"a":' + "[" * 3000 + "]" * 3000 + "} -->", id="deeper"),
    ],
)
def test_what_is_broken_is_none(text: str) -> None:
    assert list(markers.read(text)) == []
