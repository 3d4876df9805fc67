"""What the bot's client does when GitHub does not do as it is asked."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from forge.front import Fault
from forge.values import API
from forge.world import BOT, token
from paddock.bot.api import calls
from paddock.bot.api.errors import (
    ForbiddenError,
    GitHubError,
    MaybeDoneError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    UnreadableAnswerError,
)
from paddock.bot.github import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from forge.world import Forge
    from paddock.bot.github import GitHub


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def now(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(forge: Forge, clock: Clock) -> GitHub:
    return connect(forge.environment(), wait=clock.wait, now=clock.now)


@pytest.fixture
def hasty(forge: Forge, clock: Clock) -> GitHub:
    """A client that waits for an answer no longer than `SLOW` is."""
    return connect(forge.environment(), seconds=2, wait=clock.wait, now=clock.now)


SLOW = 3.0


def limit(status: int, **headers: str) -> Fault:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Fault(status=status, headers=given, message="You have exceeded a secondary rate limit.")


SPENT = {"X_RateLimit_Remaining": "0"}
HEALED = {
    "too many requests": (limit(429, Retry_After="7"), [7.0]),
    "a secondary limit": (limit(403, Retry_After="3"), [3.0]),
    "a secondary limit that names no time": (limit(403), [60.0]),
    "a limit that is soon over": (limit(403, **SPENT, X_RateLimit_Reset="1800000010"), [11.0]),
    "a limit that is over": (limit(403, **SPENT, X_RateLimit_Reset="1700000000"), [1.0]),
}


@pytest.mark.parametrize(("fault", "waits"), HEALED.values(), ids=HEALED)
def test_a_rate_limit_is_waited_for_and_a_write_sent_again(
    forge: Forge, hub: GitHub, clock: Clock, fault: Fault, waits: list[float]
) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: fault})
    hub.create_comment(number, "once")
    assert (clock.waits, [one.text for one in hub.comments(number)]) == (waits, ["once"])


TOO_LONG = {
    "as GitHub says": limit(429, Retry_After="3600"),
    "until the next hour": limit(403, **SPENT, X_RateLimit_Reset="1800003600"),
}


@pytest.mark.parametrize("fault", TOO_LONG.values(), ids=TOO_LONG)
def test_a_limit_that_lasts_is_left_to_the_sweep(forge: Forge, hub: GitHub, clock: Clock, fault: Fault) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: fault})
    with pytest.raises(UnavailableError) as raised:
        hub.create_comment(number, "never")
    assert (clock.waits, hub.comments(number)) == ([], ())
    assert (raised.value.exit_code, "the rate limit is used up" in str(raised.value)) == (3, True)
    assert raised.value.hint in (
        "again in 3600 seconds; the sweep does it then",
        "again in 3601 seconds; the sweep does it then",
    )


BROKEN = {
    "an error of the server": Fault(status=500),
    "a bad gateway": Fault(status=502),
    "cut before": Fault(),
    "cut after": Fault(done=True),
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_read_is_asked_again(forge: Forge, hub: GitHub, clock: Clock, fault: Fault) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: fault, 2: Fault(status=503)})
    assert hub.issue(number).title == "1"
    assert clock.waits == [1.0, 2.0]


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_write_that_comes_to_the_same_is_sent_again(forge: Forge, hub: GitHub, clock: Clock, fault: Fault) -> None:
    number = forge.person("ada").issue("1")
    sha = forge.person("bob").push("feature/x/01a", {"a.txt": "a\n"})
    for write in (
        lambda: hub.set_status(sha, "paddock/gates", "success", "14 gates"),
        lambda: hub.add_labels(number, "x"),
        lambda: hub.remove_label(number, "x"),
        lambda: hub.edit_issue(number, title="2"),
        lambda: hub.react("issues", number, "eyes"),
    ):
        forge.fail({1: fault})
        write()
    assert clock.waits == [1.0] * 5
    assert [one.state for one in hub.statuses(sha)] == ["success"]
    assert (hub.issue(number).title, hub.issue(number).label_names, len(hub.reactions("issues", number))) == (
        "2",
        (),
        1,
    )


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=504), Fault()], ids=repr)
def test_a_write_that_may_have_happened_is_not_repeated(
    forge: Forge, hub: GitHub, clock: Clock, fault: Fault, *, done: bool
) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: Fault(status=fault.status, done=done)})
    with pytest.raises(MaybeDoneError) as raised:
        hub.create_comment(number, "one")
    assert "it may have happened" in str(raised.value)
    assert (clock.waits, len(hub.comments(number))) == ([], int(done))


def test_a_read_that_is_not_answered_in_time_is_asked_again(forge: Forge, hasty: GitHub, clock: Clock) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: Fault(seconds=SLOW)})
    assert hasty.issue(number).title == "1"
    assert clock.waits == [1.0]


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done"])
def test_a_write_that_is_not_answered_in_time_is_not_repeated(
    forge: Forge, hub: GitHub, hasty: GitHub, clock: Clock, *, done: bool
) -> None:
    number = forge.person("ada").issue("1")
    forge.fail({1: Fault(seconds=SLOW, done=done)})
    with pytest.raises(MaybeDoneError) as raised:
        hasty.create_comment(number, "one")
    assert "no answer (ReadTimeout)" in str(raised.value)
    assert (clock.waits, len(hub.comments(number))) == ([], int(done))


def test_what_was_never_sent_is_sent_again(forge: Forge, clock: Clock) -> None:
    """Nobody listens there, so a write can't have happened."""
    hub = connect({**forge.environment(), "GITHUB_API_URL": "http://127.0.0.1:9"}, wait=clock.wait, now=clock.now)
    with pytest.raises(UnavailableError) as raised:
        hub.create_comment(1, "one")
    assert clock.waits == [1.0, 2.0, 4.0]
    assert str(raised.value) == ("POST /repos/octo/hall/issues/1/comments: asked 4 times: no answer (ConnectionError)")


def test_it_gives_up_after_some_tries(forge: Forge, hub: GitHub, clock: Clock) -> None:
    forge.fail(dict.fromkeys(range(1, 10), Fault(status=503)))
    with pytest.raises(UnavailableError) as raised:
        hub.repository()
    assert (clock.waits, len(forge.calls())) == ([1.0, 2.0, 4.0], calls.TRIES)
    assert (str(raised.value), raised.value.status) == (
        "GET /repos/octo/hall: asked 4 times: GitHub answered 503",
        503,
    )


REFUSED: dict[str, tuple[Fault, type[GitHubError], str]] = {
    "a token that is none": (Fault(status=401), ForbiddenError, "GitHub answered 401: Something went wrong"),
    "a right that is missing": (Fault(status=403), ForbiddenError, "GitHub answered 403: Something went wrong"),
    "nothing there": (Fault(status=404), NotFoundError, "GitHub answered 404: Something went wrong"),
    "gone": (Fault(status=410), NotFoundError, "GitHub answered 410: Something went wrong"),
    "not valid": (
        Fault(
            status=422,
            value={"message": "Validation Failed", "errors": [{"code": "taken"}, {"message": "a\nb"}, "c", 3]},
        ),
        RefusedError,
        "GitHub answered 422: Validation Failed; taken; a b; c; 3",
    ),
    "words that are none": (Fault(status=409, value=["x"]), RefusedError, "GitHub answered 409: nothing more"),
    "another place": (
        Fault(status=301, headers=(("Location", "https://example.org/repos/octo/hall"),)),
        GitHubError,
        "GitHub redirects to another place",
    ),
    "a place to look at": (
        Fault(status=302, headers=(("Location", "https://example.org/x"),)),
        RefusedError,
        "GitHub answered 302: Something went wrong",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_told_and_not_repeated(
    forge: Forge, hub: GitHub, clock: Clock, *, fault: Fault, kind: type[GitHubError], said: str
) -> None:
    forge.fail({1: fault})
    with pytest.raises(GitHubError) as raised:
        hub.repository()
    assert (type(raised.value), str(raised.value)) == (kind, f"GET /repos/octo/hall: {said}")
    assert (clock.waits, len(forge.calls()), raised.value.exit_code) == ([], 1, 3)


ODD: dict[str, Any] = {
    "a list": [],
    "a text": "octo/hall",
    "a field is missing": {"id": 1, "full_name": "octo/hall"},
    "a field is of another kind": {"id": "1", "full_name": "octo/hall", "default_branch": "main"},
    "null": {"id": 1, "full_name": None, "default_branch": "main"},
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_an_answer_of_another_shape_is_an_error(forge: Forge, hub: GitHub, value: object) -> None:
    forge.fail({1: Fault(status=200, value=value)})
    with pytest.raises(UnreadableAnswerError) as raised:
        hub.repository()
    assert "GitHub's answer is not as its API describes it" in str(raised.value)


DEEP: Any = []
for _ in range(900):
    DEEP = [DEEP]
LISTS: dict[str, Any] = {
    "no list": {},
    "null": None,
    "the key is missing": {"total_count": 0},
    "deep": {"check_runs": DEEP},
}


@pytest.mark.parametrize("value", LISTS.values(), ids=LISTS)
def test_a_list_of_another_shape_is_an_error(forge: Forge, hub: GitHub, value: object) -> None:
    forge.fail({1: Fault(status=200, value=value)})
    with pytest.raises(UnreadableAnswerError):
        hub.check_runs("a" * 40)


def test_a_list_without_end_is_an_error(forge: Forge, hub: GitHub) -> None:
    page = [{"name": "x"}] * calls.PAGE
    forge.fail(dict.fromkeys(range(1, 200), Fault(status=200, value=page)))
    with pytest.raises(UnavailableError) as raised:
        hub.labels()
    assert len(forge.calls()) == calls.PAGES
    assert "over 10000 entries" in str(raised.value)


def test_what_has_not_changed_is_asked_for_by_its_tag(forge: Forge, hub: GitHub) -> None:
    ada = forge.person("ada")
    number = ada.issue("1")
    first = hub.issue(number)
    assert hub.issue(number) == first
    ada.do("PATCH", f"issues/{number}", title="2")
    assert hub.issue(number).title == "2"
    assert [one.status for one in forge.calls()] == [200, 304, 200]


def test_the_tag_of_one_page_is_not_that_of_another(forge: Forge, hub: GitHub) -> None:
    ada = forge.person("ada")
    number = ada.issue("1")
    for i in range(101):
        ada.comment(number, str(i))
    assert hub.comments(number) == hub.comments(number)
    assert [one.status for one in forge.calls()] == [200, 200, 304, 304]


def test_answers_that_are_remembered_take_no_more_than_so_much_room(
    forge: Forge, hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "KEPT", 10_000)
    numbers = [forge.person("ada").issue(str(i), "x" * 1000) for i in range(4)]
    for number in (*numbers, numbers[0], numbers[3], numbers[0]):
        hub.issue(number)
    # The first had to go for the last; asked for again, it is there again.
    statuses = [one.status for one in forge.calls()]
    assert statuses[:4] == [200] * 4
    assert (statuses[4], statuses[6]) == (200, 304)


def test_a_long_row_of_writes_is_made_slowly(forge: Forge, clock: Clock) -> None:
    hub = connect(forge.environment() | {"PADDOCK_PACE": "on"}, wait=clock.wait, now=clock.now)
    number = forge.person("ada").issue("1")
    for i in range(calls.BURST + 3):
        hub.add_labels(number, str(i))
    assert clock.waits == [calls.PAUSE] * 3
    clock.time += 2.5 * calls.PAUSE
    for i in range(3):
        hub.add_labels(number, str(i))
    assert clock.waits == [calls.PAUSE] * 3 + [0.5 * calls.PAUSE]


def test_a_server_that_wants_no_pauses_gets_none(forge: Forge, hub: GitHub, clock: Clock) -> None:
    number = forge.person("ada").issue("1")
    for i in range(calls.BURST + 3):
        hub.add_labels(number, str(i))
    assert clock.waits == []


TROUBLE: dict[str, Fault] = {
    **{name: fault for name, (fault, _, _) in REFUSED.items()},
    **BROKEN,
    "a limit": limit(429, Retry_After="3600"),
    "another shape": Fault(status=200, value=[]),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
def test_no_message_and_no_log_holds_the_token(
    forge: Forge, hub: GitHub, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    forge.fail(dict.fromkeys(range(1, 10), fault))
    with pytest.raises(GitHubError) as raised:
        hub.create_issue("title", "body")
    secret = token(BOT)
    assert forge.calls()[0].headers["Authorization"] == f"token {secret}"
    assert secret not in caplog.text
    assert secret not in "".join(traceback.format_exception(raised.value))
    assert secret not in f"{raised.value!r}{raised.value.hint}{hub!r}{vars(hub)}"
    assert [record.name for record in caplog.records] != []


def test_no_message_of_a_time_out_holds_the_token(
    forge: Forge, hasty: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    forge.fail({1: Fault(seconds=SLOW)})
    with pytest.raises(GitHubError) as raised:
        hasty.create_issue("title", "body")
    assert token(BOT) not in caplog.text + "".join(traceback.format_exception(raised.value))


def test_every_request_goes_to_the_one_server(forge: Forge, hub: GitHub) -> None:
    """Links in answers lead elsewhere; none is followed."""
    elsewhere = "https://example.org/repos/octo/hall/labels?page=2"
    page = [{"name": f"{number}", "url": elsewhere} for number in range(calls.PAGE)]
    forge.fail({1: Fault(status=200, headers=(("Link", f'<{elsewhere}>; rel="next"'),), value=page)})
    assert len(hub.labels()) == calls.PAGE
    assert [(one.path, one.query["page"]) for one in forge.calls()] == [(f"{API}/labels", "1"), (f"{API}/labels", "2")]


SENT: dict[str, Callable[[GitHub], object]] = {
    "a login": lambda hub: hub.permission("a/../../user"),
    "a team": lambda hub: hub.in_team("bob", "octo/a/b?c"),
    "a branch": lambda hub: hub.ref("refs/heads/a?b#c%2f"),
    "a workflow": lambda hub: hub.dispatch("x/../../y.yml", "main", {}),
}


@pytest.mark.parametrize("ask", SENT.values(), ids=SENT)
def test_a_name_can_lead_no_request_elsewhere(forge: Forge, hub: GitHub, ask: Callable[[GitHub], object]) -> None:
    with suppress(NotFoundError):
        ask(hub)
    (call,) = forge.calls()
    assert ".." not in call.target.split("/")
    assert "?" not in call.target
