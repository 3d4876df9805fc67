from __future__ import annotations

import pytest

from paddock.plan.keys import DEFAULT_TEMPLATE, parse
from paddock.stack.split.naming import names, slug

TAGS = {
    "behind a letter": ("f/x/03a-work", (), ["03a1", "03a2", "03a3"]),
    "behind a digit": ("f/x/03-work", (), ["03a", "03b", "03c"]),
    "nested": ("f/x/05a2c2b1-work", (), ["05a2c2b1a", "05a2c2b1b", "05a2c2b1c"]),
    "behind a part": ("f/x/00a1-split2-work", (), ["00a1-split2a", "00a1-split2b", "00a1-split2c"]),
    "where one is taken": ("f/x/03a-work", ("f/x/03a2-other",), ["03a-split1", "03a-split2", "03a-split3"]),
    "of another series": ("f/x/03a-work", ("f/y/03a2-other",), ["03a1", "03a2", "03a3"]),
}


@pytest.mark.parametrize(("branch", "taken", "tags"), TAGS.values(), ids=TAGS)
def test_layers_extend_the_key(branch: str, taken: tuple[str, ...], tags: list[str]) -> None:
    found = names(branch, DEFAULT_TEMPLATE, (), ["", "api", "work"], (branch, *taken))
    parsed = [parse(name) for name in found]
    assert [one.tag for one in parsed] == tags
    assert [one.slug for one in parsed] == ["work", "work-api", "work"]
    own = parse(branch)
    assert [own.order, *(one.order for one in parsed)] == sorted([own.order, *(one.order for one in parsed)])


def test_more_layers_than_letters_are_still_in_order() -> None:
    found = [parse(name) for name in names("f/x/03-work", DEFAULT_TEMPLATE, (), [""] * 30, ())]
    assert all(one.valid for one in found)
    assert [one.order for one in found] == sorted(one.order for one in found)


def test_a_name_outside_the_template_is_only_lengthened() -> None:
    assert names("fix-it", DEFAULT_TEMPLATE, (), ["a", "b"], ()) == ("fix-it-split1", "fix-it-split2")


SLUGS = {"Virtual Workspace": "virtual-workspace", "..": "", "a..b.lock": "a-b", "-x-": "x", "\x1b[1m": "1m", "ü": ""}


@pytest.mark.parametrize(("text", "expected"), SLUGS.items())
def test_a_slug_is_safe_in_a_name(text: str, expected: str) -> None:
    assert slug(text) == expected
