"""Lists of whatever length, that change while they are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from paddock.bot.api import calls
from paddock.bot.api.calls import Calls, time_of
from paddock.bot.api.errors import UnavailableError
from paddock.bot.github import GitHub

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 1, tzinfo=UTC)


class Listing:
    """A server that has comments and issues, by their ids the seconds at which each was changed; it lists a hundred.

    `then` is called after each page.
    """

    def __init__(self, seconds: dict[int, int], then: Callable[[Listing, int], None] | None = None) -> None:
        self.seconds, self.then, self.asked = seconds, then, 0

    @property
    def hub(self) -> GitHub:
        return GitHub(Calls(self, paced=False, wait=lambda _: None), "o/r")

    def requestJson(self, verb: str, url: str, *_: Any, **__: Any) -> tuple[int, dict[str, Any], str]:  # noqa: N802, ANN401 - PyGithub's
        assert verb == "GET"
        asked = parse_qs(urlsplit(url).query)
        page, since = int(asked["page"][0]), asked.get("since", [""])[0]
        assert (asked["sort"], asked["direction"]) == (["updated"], ["asc"])
        times = {number: time_of(START + timedelta(seconds=at)) for number, at in self.seconds.items()}
        found = sorted((at, number) for number, at in times.items() if at >= since)
        rows = [self.row(number, at) for at, number in found[(page - 1) * 100 : page * 100]]
        self.asked += 1
        if self.then is not None:
            self.then(self, self.asked)
        return 200, {}, json.dumps(rows)

    @staticmethod
    def row(number: int, at: str) -> dict[str, Any]:
        made = time_of(START)
        row = {"id": number, "number": number, "user": {"login": "x"}, "created_at": made, "updated_at": at}
        return {**row, "title": "t", "state": "open", "body": at, "issue_url": "https://x/issues/3"}


def edited(server: Listing, asked: int) -> None:
    """Somebody edits the oldest after the first page."""
    if asked == 1:
        server.seconds[1] = 10_000


def deleted(server: Listing, asked: int) -> None:
    """Somebody deletes some of the first page's after it was read."""
    if asked == 1:
        del server.seconds[1], server.seconds[2]


@pytest.mark.parametrize("then", [None, edited, deleted])
def test_each_comment_is_read_once_whoever_edits_or_deletes_others_meanwhile(
    then: Callable[[Listing, int], None] | None,
) -> None:
    server = Listing({number: number // 3 for number in range(1, 451)}, then)
    found = server.hub.all_comments(since=START)
    assert sorted(one.id for one in found) == list(range(1, 451))
    by_id = {one.id: one for one in found}
    assert (by_id[1].text == time_of(START + timedelta(seconds=10_000))) == (then is edited)
    assert server.asked <= 6


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of 300 entries where there is one of 10,000."""
    monkeypatch.setattr(calls, "PAGES", 3)


@pytest.mark.usefixtures("short")
def test_there_is_no_limit_to_how_many_are_read() -> None:
    server = Listing({number: number for number in range(1, 951)})
    assert len(server.hub.all_comments(since=START)) == 950
    assert [one.number for one in server.hub.issues("all")] == list(range(1, 951))


def test_of_many_that_were_changed_in_one_second_none_is_left_out() -> None:
    server = Listing(dict.fromkeys(range(1, 351), 7) | dict.fromkeys(range(351, 500), 8))
    assert [one.id for one in server.hub.all_comments(since=START)] == list(range(1, 500))


@pytest.mark.usefixtures("short")
def test_a_list_without_end_is_an_error() -> None:
    server = Listing(dict.fromkeys(range(1, 502), 7))
    with pytest.raises(UnavailableError, match="over 300 entries since 2026-01-01T00:00:06Z"):
        server.hub.all_comments(since=START)
