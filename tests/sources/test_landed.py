"""Which branches are merged, however that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import lines
from paddock.sources.git import open_repository
from paddock.sources.landed import Standing, standings

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Work


def merge_commit(work: Work) -> None:
    work.git("merge", "-q", "--no-ff", "--no-edit", "topic")


def squash(work: Work) -> None:
    work.git("merge", "-q", "--squash", "topic")
    work.commit("topic, squashed")


def rebase(work: Work) -> None:
    work.commit("main moves", {"other.txt": "x\n"})
    work.git("cherry-pick", "main..topic")


def squash_changed_since(work: Work) -> None:
    squash(work)
    work.commit("rewritten since", {"a.txt": lines(40, "new"), "b.bin": b"\0new"})


def rebase_changed_since(work: Work) -> None:
    rebase(work)
    work.commit("rewritten since", {"a.txt": lines(40, "new")})


def half(work: Work) -> None:
    work.git("cherry-pick", "topic~1")
    work.commit("rewritten since", {"a.txt": lines(40, "new")})


def otherwise(work: Work) -> None:
    work.commit("other", {"a.txt": lines(30, "else"), "b.bin": b"\0x"})


def another_binary(work: Work) -> None:
    work.commit("like it", {"b.bin": b"\0another"})
    work.commit("rewritten since", {"b.bin": b"\0third"})


MERGED = {
    "merge commit": merge_commit,
    "squash": squash,
    "rebase": rebase,
    "squash, changed since": squash_changed_since,
    "rebase, changed since": rebase_changed_since,
}
OPEN: dict[str, Callable[[Work], None]] = {
    "nothing": lambda _: None,
    "half of it": half,
    "the same paths otherwise": otherwise,
    "another binary file of the name": another_binary,
}


@pytest.fixture
def topic(work: Work) -> Work:
    """A branch of two commits, of text and a binary file; `main` is checked out."""
    work.commit("base", {"a.txt": lines(30)})
    work.branch("topic")
    work.commit("first", {"a.txt": lines(35)})
    work.commit("second", {"a.txt": lines(36), "b.bin": b"\0one", "sub/a\nb": "odd name\n"})
    work.git("checkout", "-q", "main")
    return work


@pytest.mark.parametrize("done", MERGED.values(), ids=MERGED)
def test_merged(topic: Work, done: Callable[[Work], None]) -> None:
    done(topic)
    assert standings(open_repository(str(topic.path)), "main", ["topic"]) == {"topic": Standing.MERGED}


@pytest.mark.parametrize("done", OPEN.values(), ids=OPEN)
def test_open(topic: Work, done: Callable[[Work], None]) -> None:
    done(topic)
    assert standings(open_repository(str(topic.path)), "main", ["topic"]) == {"topic": Standing.BEGUN}


def test_a_binary_file_alone_is_known_by_its_content(topic: Work) -> None:
    topic.branch("icon")
    topic.commit("icon", {"icon.bin": b"\0one"})
    topic.git("checkout", "-q", "main")
    topic.commit("another icon", {"icon.bin": b"\0two"})
    topic.commit("third icon", {"icon.bin": b"\0three"})
    assert standings(open_repository(str(topic.path)), "main", ["icon"]) == {"icon": Standing.BEGUN}
