"""A repository as GitHub holds it, and what GitHub's runner does around a step."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import Struct

from conftest import Work
from payloads import merge_group, pull_request, push

if TYPE_CHECKING:
    from pathlib import Path

OWNER_AND_NAME = "octo/hall"
TOKEN = "ghs_aVerySecretTokenThatNobodyMaySee0"  # noqa: S105 - of no server
POLICY = """\
version: 1
base: main
series: [feature/x]
gates:
  branch-order: {}
  dco: {}
  pr-size: {limit: 50}
"""


class Hub:
    """The bare repository, and a clone that somebody works in.

    Commits are made in `work` and appear here by `push`; pull requests have refs as GitHub gives them.
    """

    def __init__(self, folder: Path, policy: str | None = POLICY) -> None:
        self.folder = folder
        self.path = folder / "server" / OWNER_AND_NAME
        self.path.parent.mkdir(parents=True)
        self.work = Work(folder / "work")
        files: dict[str, str | bytes] = {"README.md": "start\n"}
        self.work.commit("start", files if policy is None else {**files, ".paddock.yaml": policy})
        self.work.git("clone", "--quiet", "--bare", str(self.work.path), str(self.path))
        for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant", "http.receivepack"):
            self.git("config", key, "true")
        self.work.git("remote", "add", "origin", str(self.path))
        self.work.git("fetch", "--quiet", "origin")

    @property
    def url(self) -> str:
        return f"file://{self.folder / 'server'}"

    def git(self, *args: str) -> str:
        return self.work.git("--git-dir", str(self.path), *args)

    def sha(self, name: str) -> str:
        return self.work.git("rev-parse", name)

    def main(self, count: int, start: int = 0) -> str:
        """So many more commits on the server's main branch."""
        self.work.git("checkout", "--quiet", "main")
        for i in range(start, start + count):
            self.work.commit(f"main {i}", {f"main/{i}.txt": f"{i}\n"})
        self.publish("main")
        return self.sha("main")

    def branch(self, name: str, start: str = "main", *, count: int = 1, lines: int = 3, files: Any = None) -> str:  # noqa: ANN401 - as `commit` takes them
        """A branch with commits, in `work` only; its tip."""
        self.work.branch(name, start)
        slug = re.sub(r"\W", "-", name)
        for i in range(count):
            text = "".join(f"{name} {i} {line}\n" for line in range(lines))
            self.work.commit(f"work {i}", {f"src/{slug}-{i}.txt": text, **(files or {})})
        return self.sha("HEAD")

    def publish(self, *names: str, ref: str | None = None) -> None:
        """Push branches to the server, or one under another ref, as for a fork's pull request."""
        for name in names:
            self.work.git("push", "--quiet", "--force", "origin", f"{name}:{ref or f'refs/heads/{name}'}")

    def pull(self, branch: str, number: int = 7, *, fork: bool = False, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as `pull_request` takes them
        """Open a pull request; the payload of its event."""
        if not fork:
            self.publish(branch)
        self.publish(branch, ref=f"refs/pull/{number}/head")
        base = more.get("base_branch", "main")
        count = int(self.work.git("rev-list", "--count", f"{base}..{branch}"))
        return pull_request(
            head=self.sha(branch),
            base=self.sha(base),
            branch=branch,
            number=number,
            fork=fork,
            **{"commits": count, **more},
        )

    def group(self, *branches: str, number: int = 7, squash: bool = False) -> dict[str, Any]:
        """What a merge queue makes of branches upon `main`; the payload of its event."""
        base = self.sha("main")
        self.work.git("checkout", "--quiet", "--detach", "main")
        for branch in branches:
            if squash:
                self.work.git("merge", "--quiet", "--squash", branch)
                self.work.commit(f"{branch} (#{number})")
            else:
                message = f"Merge pull request #{number} from octo/{branch}\n\ntitle"
                self.work.git("merge", "--quiet", "--no-ff", "-m", message, branch)
        head = self.sha("HEAD")
        self.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/gh-readonly-queue/main/pr-{number}-{base}")
        return merge_group(head=head, base=base, number=number)

    def pushed(self, branch: str, before: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as `push` takes them
        """Push a branch; the payload of the event."""
        self.publish(branch)
        return push(before=before or "0" * 40, after=self.sha(branch), branch=branch, **more)


class Step(Struct):
    """How a step ended, and what it left with the runner."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]
    summary: str

    @property
    def report(self) -> dict[str, Any]:
        with open(self.outputs["report"], "rb") as file:
            found: dict[str, Any] = msgspec.json.decode(file.read())
        return found

    @property
    def verdicts(self) -> dict[str, str]:
        return {one["gate"]: one["outcome"] for one in self.report["gates"]}

    @property
    def reasons(self) -> dict[str, str]:
        return {one["gate"]: one["reason"] for one in self.report["gates"]}


class Runner:
    """GitHub's runner: the variables and files it has for a step."""

    def __init__(self, folder: Path, url: str, event: str, payload: dict[str, Any] | bytes) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.temporary = folder / "temp"
        for one in (self.workspace, self.temporary):
            one.mkdir(parents=True, exist_ok=True)
        self.payload = folder / "event.json"
        self.payload.write_bytes(payload if isinstance(payload, bytes) else msgspec.json.encode(payload))
        self.environment = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.payload),
            "GITHUB_SERVER_URL": url,
            "GITHUB_REPOSITORY": OWNER_AND_NAME,
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temporary),
            "RUNNER_OS": "Linux",
        }

    def step(self, *argv: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Step:
        """Run a process as a step's, with files of its own for outputs and summary."""
        files = {name: self.folder / f"{name}-{len(os.listdir(self.folder))}" for name in ("output", "summary")}
        for path in files.values():
            path.touch()
        places = {"GITHUB_OUTPUT": str(files["output"]), "GITHUB_STEP_SUMMARY": str(files["summary"])}
        ran = subprocess.run(
            argv,
            cwd=cwd or self.workspace,
            capture_output=True,
            check=False,
            env={**os.environ, **self.environment, **places, **(env or {})},
        )
        out, err, output, summary = (
            text.decode("utf-8", "surrogateescape")
            for text in (ran.stdout, ran.stderr, files["output"].read_bytes(), files["summary"].read_bytes())
        )
        return Step(ran.returncode, out, err, outputs_of(output), summary)

    def ci(self, *args: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Step:
        """Run `paddock ci`."""
        return self.step(sys.executable, "-m", "paddock", "ci", *args, env=env, cwd=cwd)


def outputs_of(text: str) -> dict[str, str]:
    """What a step wrote to `$GITHUB_OUTPUT`, as the runner reads it: `KEY=VALUE`, or `KEY<<END`, lines, `END`."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if match := re.fullmatch(r"(?P<key>[^=<]+)<<(?P<end>.+)", line):
            value = []
            for one in lines:
                if one == match["end"]:
                    break
                value.append(one)
            else:
                raise AssertionError(text)
            found[match["key"]] = "\n".join(value)
        elif line:
            key, equals, value_of = line.partition("=")
            assert equals, line
            found[key] = value_of
    return found


class Served:
    """The server's folder over HTTP on the loopback, as GitHub serves it: to whoever sends the token."""

    def __init__(self, folder: Path, *, failures: int = 0, redirect: str | None = None) -> None:
        """Answer so many requests with 503 before the first right answer, or all with the address of another server."""
        self.authorizations: list[str | None] = []
        self.failures = failures
        served = self
        expected = "basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                given: list[str | None] = [*self.headers.get_all("Authorization", [])] or [None]
                served.authorizations += given
                if served.failures:
                    served.failures -= 1
                    self.answer(503, [], b"try again")
                elif redirect is not None:
                    self.answer(302, [("Location", f"{redirect}{self.path}")], b"")
                elif given != [expected]:
                    self.answer(401, [("WWW-Authenticate", 'Basic realm="hall"')], b"")
                else:
                    self.backend(body)

            do_POST = do_GET  # noqa: N815 - the name that the library calls

            def backend(self, body: bytes) -> None:
                path, _, query = self.path.partition("?")
                env = {
                    **os.environ,
                    "GIT_PROJECT_ROOT": str(folder),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                }
                ran = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True)
                head, _, content = ran.stdout.partition(b"\r\n\r\n")
                headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
                status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
                self.answer(status, [(key, value) for key, value in headers if key != "Status"], content)

            def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
                self.send_response(status)
                for key, value in (*headers, ("Content-Length", str(len(content)))):
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def run(hub: Hub, event: str, payload: dict[str, Any] | bytes, *args: str, **env: str) -> Step:
    """`paddock ci` as one job, on a runner without any checkout."""
    folder = hub.folder / f"run-{len(os.listdir(hub.folder))}"
    runner = Runner(folder, hub.url, event, payload)
    step = runner.ci(*args, env=env)
    assert list(runner.workspace.iterdir()) == []
    assert [path for path in runner.temporary.iterdir() if path.is_dir()] == []
    return step


def told(step: Step) -> tuple[int, str, str]:
    return step.code, step.outputs["outcome"], step.err
