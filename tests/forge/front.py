"""What stands between a client and the tests' GitHub: it lets in, holds to the contract, records, fails on demand.

Every request, and every answer that `forge.fake` had a hand in, is held to GitHub's description of its API.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

from msgspec import Struct, structs

from forge.contract import contract
from forge.fake import OWN, answered
from forge.values import LEVELS, Answer, Facts, Request, refusal

if TYPE_CHECKING:
    from types import TracebackType

ALIASES = 8  # tokens of each account at emulate, which takes 5,000 requests from one
EACH = 4900


class Call(Struct, frozen=True):
    """A request that came, and what was answered; `status` is None while nothing is, or the connection was cut."""

    login: str
    operation: str
    target: str
    body: Any
    status: int | None
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """Without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """What was asked for beside the path."""
        return dict(parse_qsl(self.target.partition("?")[2]))

    @property
    def is_write(self) -> bool:
        """Whether it was to change something."""
        return not self.operation.startswith("GET ")


class Fault(Struct, frozen=True, kw_only=True):
    """What befalls a call: nothing of it is carried out, unless `done`.

    Attributes:
        status: answer this; None for no answer: the connection is cut.
        headers: with these.
        message: of the answer.
        value: the answer's JSON, where it is not GitHub's for a refusal.
        done: the call is carried out first, and its answer withheld.
        seconds: wait so long before the answer.
        act: call this, with the client still waiting: to kill it, or to race it.
        then: the call is carried out and answered after all, after `act` and the wait.
    """

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    message: str = "Something went wrong"
    value: Any = None
    done: bool = False
    seconds: float = 0
    act: Callable[[], object] | None = None
    then: bool = False


@dataclass
class Ledger:
    """What happened since the test began, and what is to happen."""

    facts: Facts
    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    faulty: str | None = None
    seen: int = 0

    def fault(self, login: str) -> Fault | None:
        """What befalls the next call of a login, counted from 1 since `fail` was called."""
        if login != self.faulty:
            return None
        self.seen += 1
        return self.faults.get(self.seen)


class Front:
    """The server. A process of tests has one; each test begins with an empty ledger and a new emulate behind."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.ledger = Ledger(Facts({}))
        self.port_behind = 0
        self.lock = threading.RLock()
        self._open: set[socket.socket] = set()
        self._used: dict[str, int] = {}
        self._connection: HTTPConnection | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def begin(self, facts: Facts, port_behind: int) -> Ledger:
        """Forget what was; `port_behind` is emulate's."""
        with self.lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self.port_behind, self._used = None, port_behind, {}
            self.ledger = Ledger(facts)
            return self.ledger

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        for one in list(self._open):
            one.close()
        if self._connection is not None:
            self._connection.close()
        self._server.server_close()

    def ask(self, login: str, method: str, target: str, body: Any = None) -> Answer:  # noqa: ANN401 - JSON
        """Ask emulate in somebody's name."""
        self._used[login] = self._used.get(login, -1) + 1
        headers = {"Authorization": f"token {alias(login, self._used[login] // EACH)}"}
        headers["Host"] = self.url.removeprefix("http://")
        data = None if body is None else json.dumps(body).encode()
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self.port_behind, timeout=30)
        self._connection.request(method, target, data, headers)
        response = self._connection.getresponse()
        text = response.read()
        link = response.headers.get("Link")
        return Answer(
            response.status,
            json.loads(text) if text else None,
            (("Link", link.replace(self.url, "")),) if link else (),
        )

    def serve(self, handler: _Handler) -> None:
        """One request from beginning to end."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        token = (handler.headers.get("Authorization") or "").partition(" ")[2]
        login = self.tokens.get(token, "")
        with self.lock:
            ledger = self.ledger
            fault = ledger.fault(login)
        operation = contract().find(handler.command, handler.path.partition("?")[0])
        name = operation.id if operation else f"{handler.command} {handler.path}"
        call = Call(login, name, handler.path, json.loads(body) if body else None, None, dict(handler.headers))
        with self.lock:
            place = len(ledger.calls)
            ledger.calls.append(call)
        answer: Answer | None = None
        if fault is None or fault.done:
            answer = self._answer(handler, login, body)
        if fault is not None:
            answer = self._befall(fault, handler, login, body)
        etag = _etag(answer)
        if answer is not None and etag and handler.headers.get("If-None-Match") == etag:
            answer = Answer(304)
        with self.lock:
            if answer is not None and ledger.calls[place : place + 1] == [call]:  # not forgotten meanwhile
                ledger.calls[place] = structs.replace(call, status=answer.status)
        handler.give(answer, etag, self.url)

    def _befall(self, fault: Fault, handler: _Handler, login: str, body: bytes) -> Answer | None:
        if fault.act is not None:
            fault.act()
        time.sleep(fault.seconds)
        if fault.then:
            return self._answer(handler, login, body)
        if fault.status is None:
            return None
        value = refusal(fault.status, fault.message).value if fault.value is None else fault.value
        return Answer(fault.status, value, fault.headers)

    def _answer(self, handler: _Handler, login: str, body: bytes) -> Answer:
        path, _, query = handler.path.partition("?")
        operation = contract().find(handler.command, path)
        if not login:
            return refusal(401, "Bad credentials")
        with self.lock:
            if operation is None:
                self.ledger.violations.append(f"{handler.command} {path} is nothing that GitHub has")
                return refusal(404, "Not Found")
            wrong = list(contract().request(operation, query, body))
            self.ledger.violations += [f"request: {one}" for one in wrong]
            if wrong:
                return refusal(422, "Validation Failed", *wrong)
            said = json.loads(body) if body else None
            level = self.ledger.facts.levels.get(login, LEVELS[0])

            def ask(method: str, target: str, value: Any = None) -> Answer:  # noqa: ANN401 - JSON
                return self.ask(login, method, target, value)

            asked = Request(operation, login, level, handler.path, dict(parse_qsl(query)), said, ask)
            answer = answered(self.ledger.facts, asked)
            if asked.name in OWN:
                text = b"" if answer.value is None else json.dumps(answer.value).encode()
                wrong = list(contract().answer(operation, answer.status, text))
                self.ledger.violations += [f"answer: {one}" for one in wrong]
            return answer


def alias(login: str, number: int) -> str:
    """One of an account's tokens at emulate."""
    return f"{login}~{number % ALIASES}"


def _etag(answer: Answer | None) -> str:
    if answer is None or answer.status != 200 or answer.value is None:
        return ""
    text = json.dumps([answer.value, answer.headers], sort_keys=True)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes, and the second would wait for 40 ms
    front: Front

    def setup(self) -> None:
        super().setup()
        self.front._open.add(self.connection)  # noqa: SLF001 - its own server

    def finish(self) -> None:
        self.front._open.discard(self.connection)  # noqa: SLF001 - likewise
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a client that was killed
            self.close_connection = True

    def give(self, answer: Answer | None, etag: str, url: str) -> None:
        """Send an answer, or cut the connection."""
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        text = b"" if answer.value is None else json.dumps(answer.value).encode()
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value.replace("</", f"<{url}/") if name == "Link" else value)
        if etag and answer.status in (200, 304):
            self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if answer.status not in (204, 304):
            self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def _handler(front: Front) -> type[_Handler]:
    methods = dict.fromkeys(("do_GET", "do_POST", "do_PATCH", "do_PUT", "do_DELETE"), front_serve)
    return type("Handler", (_Handler,), {"front": front, **methods})


def front_serve(handler: _Handler) -> None:
    """Every method goes the same way."""
    handler.front.serve(handler)
