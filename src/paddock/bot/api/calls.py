"""Requests to GitHub: asked again where that is safe, read page by page, answered with values or typed errors.

PyGithub does the talking: connections, authentication, apps' tokens. Its objects are not used, which ask for more
behind the scenes; nor is its retrying, which would send a comment twice.

What a request that failed has done decides what follows. A refusal for a rate limit did nothing: it is waited for, if
that is not too long. A read, and a write that comes to the same when it is done twice, are sent again. Any other write
that was sent and not answered may have happened: that is an error of its own.

Source: "Best practices for using the REST API" and "Rate limits for the REST API" of GitHub's documentation.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from paddock import wire
from paddock.bot.api.errors import (
    ForbiddenError,
    GitHubError,
    MaybeDoneError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    UnreadableAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    Parameters = Mapping[str, str | int | None]

PAGE = 100  # the most that GitHub gives at once
PAGES = 100
TRIES = 4
LONGEST = 60.0  # seconds that a wait may take; who has to wait for longer leaves it to the sweep
BURST = 20  # writes that are made without a pause; of a long row GitHub wants one a second, and not over 80 a minute
PAUSE = 1.0
KEPT = 32 << 20  # characters of answers that are remembered, to be asked for by their tags
# What is asked for is the version that the values were written for.
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_REPEATABLE = {"GET", "PUT", "PATCH", "DELETE"}
_T = TypeVar("_T")
_D = TypeVar("_D", bound="Dated")


class Dated(Protocol):
    """What GitHub sorts by when it was changed last."""

    @property
    def id(self) -> int:
        """GitHub's own."""

    @property
    def updated(self) -> datetime:
        """When that was."""


class Requester(Protocol):
    """What is used of PyGithub's."""

    def requestJson(  # noqa: N802 - its name there
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401 - likewise
    ) -> tuple[int, dict[str, Any], str]:
        """Status, headers in lower case, and the body."""
        ...


class _Request(Struct, frozen=True):
    """`repeatable`: done twice it comes to the same."""

    method: str
    path: str
    parameters: dict[str, str | int]
    headers: dict[str, str]
    body: Any = None
    repeatable: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _Answer(Struct, frozen=True):
    status: int
    headers: dict[str, Any]
    text: str


class _Said(Struct, frozen=True):
    """GitHub's words on a refusal."""

    message: str = ""
    errors: Any = None

    @property
    def reasons(self) -> tuple[str, ...]:
        some = self.errors if isinstance(self.errors, list) else []
        words = [one.get("message") or one.get("code") if isinstance(one, dict) else one for one in some]
        return tuple(str(one) for one in words if one)


class Calls:
    """Asks one server, through `requester`; `wait` and `now` are the clock."""

    def __init__(
        self,
        requester: Requester,
        *,
        paced: bool = True,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._requester = requester
        self._wait = wait
        self._now = now
        self._kept: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._size = 0
        self._paced = paced
        self._saved = float(BURST)
        self._last_write = now()

    def get(self, path: str, kind: type[_T], parameters: Parameters | None = None) -> _T:
        """One answer, as a value of `kind`."""
        return _decoded(f"GET {path}", self._read(path, _given(parameters)).text, kind)

    def pages(
        self, path: str, kind: type[_T], parameters: Parameters | None = None, *, key: str = ""
    ) -> tuple[_T, ...]:
        """All pages of a list, which stands under `key` of each answer, or is the answer.

        Raises:
            UnavailableError: there are over 10,000.
        """
        given = _given(parameters)
        found: list[_T] = []
        for page in range(1, PAGES + 1):
            part = self._page(path, kind, given, page, key)
            found += part
            if len(part) < PAGE:
                return tuple(found)
        raise UnavailableError(f"GET {path}: over {PAGE * PAGES} entries, of which only so many are read")

    def by_time(self, path: str, kind: type[_D], parameters: Parameters | None = None) -> tuple[_D, ...]:
        """A list of whatever length that can be asked for `since` a time, each entry once, as it was read last.

        What follows a page is asked for by the time of its last entry, not by the page's number: whoever edits or
        deletes something meanwhile would move entries from pages that are yet to be read to those that were.

        Raises:
            UnavailableError: over 10,000 were changed within one second.
        """
        given = {**_given(parameters), "sort": "updated", "direction": "asc"}
        found: dict[int, _D] = {}
        page = 1
        while page <= PAGES:
            part = self._page(path, kind, given, page)
            found |= {one.id: one for one in part}
            if len(part) < PAGE:
                return tuple(found.values())
            # A second earlier, for those of the same that did not fit; GitHub leaves open whether it tells them again.
            since = str(given.get("since", ""))
            given["since"] = max(since, time_of(part[-1].updated - timedelta(seconds=1)))
            page = page + 1 if given["since"] == since else 1
        raise UnavailableError(f"GET {path}: over {PAGE * PAGES} entries since {given['since']}")

    def _page(self, path: str, kind: type[_T], given: dict[str, str | int], page: int, key: str = "") -> list[_T]:
        text: str | bytes = self._read(path, {**given, "per_page": PAGE, "page": page}).text
        if key:
            text = bytes(_decoded(f"GET {path}", text, dict[str, msgspec.Raw]).get(key, b"null"))
        return _decoded(f"GET {path}", text, list[kind])  # type: ignore[valid-type]

    def send(self, method: str, path: str, body: object = None, *, again: bool = False) -> str:
        """Write something; the answer's text. `again`: a POST that comes to the same when it is done twice.

        What is no text (a byte of git's that was not UTF-8) is written as U+FFFD.
        """
        self._pace()
        said = None if body is None else msgspec.json.decode(wire.encode(body))
        return self._asked(_Request(method, path, {}, {}, said, again or method in _REPEATABLE)).text

    def made(self, method: str, path: str, kind: type[_T], body: object = None, *, again: bool = False) -> _T:
        """Write something; the answer as a value of `kind`."""
        return _decoded(f"{method} {path}", self.send(method, path, body, again=again), kind)

    def _read(self, path: str, parameters: dict[str, str | int]) -> _Answer:
        """A read, by the tag of what was answered last: unchanged, it does not count against the rate limit."""
        key = f"{path} {sorted(parameters.items())}"
        tag, text = self._kept.get(key, ("", ""))
        headers = {"If-None-Match": tag} if tag else {}
        answer = self._asked(_Request("GET", path, parameters, headers))
        if answer.status == 304:  # noqa: PLR2004 - Not Modified
            self._kept.move_to_end(key)
            return _Answer(200, answer.headers, text)
        if etag := answer.headers.get("etag"):
            self._keep(key, str(etag), answer.text)
        return answer

    def _keep(self, key: str, tag: str, text: str) -> None:
        self._size += len(text) - len(self._kept.pop(key, ("", ""))[1])
        self._kept[key] = (tag, text)
        while self._size > KEPT:
            self._size -= len(self._kept.popitem(last=False)[1][1])

    def _pace(self) -> None:
        """Wait until a write more may be made: `_saved` are those that may be at once, and time adds to them."""
        if not self._paced:
            return
        passed = max(0.0, self._now() - self._last_write)
        self._saved = min(float(BURST), self._saved + passed / PAUSE)
        if self._saved < 1:
            self._wait((1 - self._saved) * PAUSE)
            self._saved = 1.0
        self._saved -= 1
        self._last_write = self._now()

    def _asked(self, request: _Request) -> _Answer:
        """The answer, or after some tries the error that the last one was."""
        for tried in range(1, TRIES + 1):
            answer, trouble, sent = self._once(request)
            if answer is not None and (answer.status < 300 or answer.status == 304):  # noqa: PLR2004 - HTTP's
                return answer
            limited = answer is not None and _is_limited(answer)
            if answer is not None and answer.status < 500 and not limited:  # noqa: PLR2004 - HTTP's
                raise _refusal(request, answer)
            if sent and not limited and not request.repeatable:
                raise _unanswered(request, answer, trouble)
            seconds = self._asked_to_wait(answer, tried) if answer is not None and limited else 2.0 ** (tried - 1)
            if tried == TRIES or seconds > LONGEST:
                break
            self._wait(seconds)
        raise _gave_up(request, answer, trouble, tried, seconds)

    def _once(self, request: _Request) -> tuple[_Answer | None, str, bool]:
        """An answer, or what went wrong; and whether the request may have reached GitHub."""
        from requests.exceptions import RequestException

        one = request
        # PyGithub fails at what git has that is not UTF-8.
        query = urlencode(one.parameters, errors="surrogateescape")
        target = f"{one.path}?{query}" if query else one.path
        headers: dict[str, Any] = {**_HEADERS, **one.headers}
        try:
            return _Answer(*self._requester.requestJson(one.method, target, {}, headers, one.body)), "", True
        except RequestException as error:
            return None, f"no answer ({type(error).__name__})", not _was_refused(error)
        except RuntimeError as error:
            # PyGithub follows no redirection to another host, and says so with nothing more telling.
            raise GitHubError(f"{one}: GitHub redirects to another place", hint="look at GITHUB_API_URL") from error

    def _asked_to_wait(self, answer: _Answer, tried: int) -> float:
        """Seconds, as GitHub says; a minute doubled where it only says that there were too many."""
        after = str(answer.headers.get("retry-after", ""))
        if after.isascii() and after.isdigit():
            return float(after)
        reset = str(answer.headers.get("x-ratelimit-reset", ""))
        if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
            return max(0.0, float(reset) - self._now()) + 1
        return 60.0 * 2.0 ** (tried - 1)


def time_of(moment: datetime) -> str:
    """As GitHub reads times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _given(parameters: Parameters | None) -> dict[str, str | int]:
    return {name: value for name, value in (parameters or {}).items() if value is not None}


def _is_limited(answer: _Answer) -> bool:
    if answer.status == 429:  # noqa: PLR2004 - Too Many Requests
        return True
    if answer.status != 403:  # noqa: PLR2004 - Forbidden
        return False
    said = _said(answer).message.lower()
    spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return spent or "secondary rate limit" in said or "abuse" in said


def _was_refused(error: Exception) -> bool:
    """Whether no connection came about at all, so that nothing was sent."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    cause = error.args[0] if error.args else None
    return isinstance(error, ConnectTimeout) or isinstance(getattr(cause, "reason", cause), NewConnectionError)


def _decoded(what: str, text: str | bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnreadableAnswerError(f"{what}: GitHub's answer is not as its API describes it: {said}") from error


def _said(answer: _Answer) -> _Said:
    try:
        return msgspec.json.decode(answer.text, type=_Said)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Said()


def _refusal(what: _Request, answer: _Answer) -> GitHubError:
    said = _said(answer)
    words = "; ".join((said.message, *said.reasons)) if said.message else "nothing more"
    message = f"{what}: GitHub answered {answer.status}: {' '.join(words.split())[:500]}"
    if answer.status == 401:  # noqa: PLR2004 - Unauthorized
        return ForbiddenError(message, hint="GITHUB_TOKEN is not valid", status=401)
    if answer.status == 403:  # noqa: PLR2004 - Forbidden
        return ForbiddenError(
            message, hint="the token lacks a permission: in a workflow it stands under `permissions`", status=403
        )
    if answer.status in (404, 410):
        return NotFoundError(message, status=answer.status)
    return RefusedError(message, status=answer.status, reasons=(said.message, *said.reasons))


def _unanswered(what: _Request, answer: _Answer | None, trouble: str) -> MaybeDoneError:
    told = trouble if answer is None else f"GitHub answered {answer.status}"
    return MaybeDoneError(
        f"{what}: {told}; it may have happened",
        hint="the next run looks before it writes again",
        status=None if answer is None else answer.status,
    )


def _gave_up(what: _Request, answer: _Answer | None, trouble: str, tried: int, seconds: float) -> UnavailableError:
    told = trouble if answer is None else f"GitHub answered {answer.status}"
    if answer is not None and _is_limited(answer):
        return UnavailableError(
            f"{what}: the rate limit is used up: {told}",
            hint=f"again in {seconds:.0f} seconds; the sweep does it then",
            status=answer.status,
        )
    times = "once" if tried == 1 else f"{tried} times"
    return UnavailableError(
        f"{what}: asked {times}: {told}",
        hint="look at githubstatus.com, GITHUB_API_URL and the network",
        status=answer.status if answer else None,
    )
