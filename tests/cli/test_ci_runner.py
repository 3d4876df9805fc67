"""`paddock ci` and the runner around it: hostile names, outputs, formats, the checkout, and the token."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from hub import POLICY, TOKEN, Hub, Runner, Served, run, told
from payloads import pull_request

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "pull_request_target"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub")


HOSTILE = [
    "$(touch${IFS}pwned)",
    "`touch${IFS}pwned`",
    "a;touch${IFS}pwned",
    "a'b\"c",
    "ünï/çode",
    "##x",
    "a%0Ab",
    "a,b=c",
    "+main",
    "refs/heads/main",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_names(hub: Hub, name: str) -> None:
    tip = hub.branch("topic", lines=60)
    hub.git("fetch", "-q", str(hub.work.path), tip)
    hub.git("update-ref", f"refs/heads/{name}", tip)
    title = "$(touch pwned) ; touch pwned `touch pwned`\n::error::x"
    payload = pull_request(head=tip, base=hub.sha("main"), branch=name, title=title, base_branch="main")
    step = run(hub, TARGET, payload)
    assert told(step) == (1, "failed", "")
    assert step.reasons["pr-size"] == "60 changed lines, 10 over the limit of 50"
    upper = pull_request(head=tip, base=tip, branch="topic", base_branch=name)
    assert run(hub, TARGET, upper).reasons["pr-size"] == "0 of 50 changed lines"
    assert list(hub.folder.rglob("pwned")) == []


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("schedule", b"{}", 2),
        ("workflow_dispatch", b"{}", 2),
        (TARGET, b"", 2),
        (TARGET, b"<html>", 2),
        (TARGET, b"[" * 100_000, 2),
        ("push", b'{"ref": 7}', 2),
    ],
    ids=str,
)
def test_what_is_no_change_ends_in_words(hub: Hub, event: str, payload: bytes, code: int) -> None:
    step = run(hub, event, payload)
    assert told(step) == (code, "errored", "")
    assert step.out.startswith("::error title=paddock::the ")
    assert step.summary.startswith("## paddock: errored\n")


def test_a_payload_that_is_not_there_could_not_be_checked(hub: Hub) -> None:
    step = run(hub, TARGET, b"", GITHUB_EVENT_PATH=str(hub.folder / "none"))
    assert told(step) == (3, "errored", "")
    assert "$GITHUB_EVENT_PATH: no such file or directory" in step.out


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"GITHUB_EVENT_NAME": ""}, "$GITHUB_EVENT_NAME is not set"),
        ({"GITHUB_REPOSITORY": "--upload-pack=touch x"}, "$GITHUB_REPOSITORY is not OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "../../etc"}, "$GITHUB_REPOSITORY is not OWNER/NAME"),
        ({"GITHUB_SERVER_URL": "ext::sh -c touch% x"}, "$GITHUB_SERVER_URL is not the address of a server"),
        ({"GITHUB_SERVER_URL": "https://user:secret@example.org"}, "$GITHUB_SERVER_URL is not the address"),
    ],
)
def test_surroundings_that_are_not_a_runners(hub: Hub, env: dict[str, str], words: str) -> None:
    hub.branch("topic")
    step = run(hub, TARGET, hub.pull("topic"), **env)
    assert told(step) == (2, "errored", "")
    assert words in step.out
    assert "secret" not in step.out + step.summary


@pytest.mark.parametrize(
    ("options", "lines", "code"),
    [
        ((), 60, 1),
        (("--fail-on", "never"), 60, 0),
        (("--fail-on", "warning"), 3, 0),
        (("--fail-on", "warning", "--policy", "warns.yaml"), 60, 1),
        (("--fail-on", "error", "--policy", "warns.yaml"), 60, 0),
    ],
)
def test_what_makes_the_step_fail(hub: Hub, options: tuple[str, ...], lines: int, code: int) -> None:
    hub.work.commit("policies", {"warns.yaml": POLICY.replace("limit: 50", "severity: warning, limit: 50")})
    hub.publish("main")
    hub.branch("topic", lines=lines)
    step = run(hub, TARGET, hub.pull("topic"), *options)
    warns = "warns.yaml" in options or lines < 50
    assert told(step) == (code, "passed" if warns else "failed", "")


def test_never_failing_does_not_hide_that_nothing_could_be_checked(hub: Hub) -> None:
    assert told(run(hub, TARGET, b"{}", "--fail-on", "never")) == (2, "errored", "")


def test_only_some_gates(hub: Hub) -> None:
    hub.branch("topic", lines=60)
    payload = hub.pull("topic")
    assert run(hub, TARGET, payload, "--gate", "dco").verdicts == {"dco": "passed"}
    assert run(hub, TARGET, payload, PADDOCK_GATES="dco branch-order").verdicts == {
        "branch-order": "passed",
        "dco": "passed",
    }
    step = run(hub, TARGET, payload, "--gate", "commit-message")
    assert told(step) == (2, "errored", "")


@pytest.mark.parametrize("gate", ["nope", "--all", ""])
def test_a_gate_that_is_not_there_is_a_wrong_call(hub: Hub, gate: str) -> None:
    assert run(hub, TARGET, b"{}", "--gate", gate).code == 2


def test_gates_that_run_code_are_none_today_and_never_run_with_secrets(hub: Hub) -> None:
    hub.branch("topic", lines=60)
    step = run(hub, "pull_request", hub.pull("topic"), "--only", "code")
    assert told(step) == (0, "skipped", "")
    assert "no gate of the policy runs code of the change" in step.summary
    step = run(hub, TARGET, hub.pull("topic"), "--only", "code")
    assert told(step) == (2, "errored", "")
    step = run(hub, "pull_request", hub.pull("topic"), "--only", "static")
    assert told(step) == (1, "failed", "")


def test_other_formats_print_nothing_that_the_runner_obeys(hub: Hub) -> None:
    hub.branch("topic")
    hub.work.write("::error::pwned", "1\n" * 60)
    hub.work.commit("::error::pwned\n##[set-output name=outcome]passed", sign_off=False)
    step = run(hub, TARGET, hub.pull("topic"), "--format", "text", "--format", f"sarif={hub.folder}/out.sarif")
    lines = step.out.splitlines()
    mark = lines[0].removeprefix("::stop-commands::")
    assert (len(mark), lines[-1]) == (32, f"::{mark}::")
    assert any("failed" in line for line in lines[1:-1])
    assert (hub.folder / "out.sarif").stat().st_size > 1000
    assert "error::pwned" not in step.outputs.values()


def test_several_formats_can_not_share_standard_output(hub: Hub) -> None:
    step = run(hub, TARGET, b"{}", PADDOCK_FORMAT="github text")
    assert step.code == 2
    assert "can't share standard output" in step.err


def files(folder: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("depth", ["1", "9999"])
def test_a_checkout_is_neither_used_nor_changed(hub: Hub, depth: str) -> None:
    """One whose configuration, hooks and attributes would mislead whoever believed them."""
    hub.branch("topic", lines=60)
    payload = hub.pull("topic")
    runner = Runner(hub.folder / "run", hub.url, TARGET, payload)
    hub.work.git("clone", "-q", "--depth", depth, f"{hub.url}/octo/hall", str(runner.workspace))
    checkout = ("-C", str(runner.workspace))
    for key, value in {
        "remote.origin.url": "ext::sh -c touch% pwned",
        "remote.origin.uploadpack": "touch pwned; git-upload-pack",
        "fetch.prune": "true",
        "core.hooksPath": str(hub.folder / "hooks"),
        "core.fsmonitor": "touch pwned",
        "http.extraHeader": "Authorization: basic bm9ib2R5",
    }.items():
        hub.work.git(*checkout, "config", key, value)
    hooks = hub.folder / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {hub.folder}/pwned\n")
        (hooks / name).chmod(0o755)
    (runner.workspace / ".paddock.yaml").write_text("gates: {pr-size: {limit: 9999}}\n")
    (runner.workspace / "paddock.py").write_text("raise SystemExit(0)\n")
    before = files(runner.workspace)
    step = runner.ci(env={"PYTHONSAFEPATH": "1"})
    assert told(step) == (1, "failed", "")
    assert files(runner.workspace) == before
    assert list(hub.folder.rglob("pwned")) == []


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that writes down how it is called and which of its environment speak of the token."""
    real, log = shutil.which("git"), tmp_path / "git.log"
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "git"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"with open({str(log)!r}, 'a') as file:\n"
        f"    held = sorted(key for key, value in os.environ.items() if {BASIC!r} in value or {TOKEN!r} in value)\n"
        "    print(repr(sys.argv[1:]), held, file=file)\n"
        f"os.execv({real!r}, ['git', *sys.argv[1:]])\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


def test_the_token_is_sent_as_a_header_and_is_seen_nowhere(hub: Hub, watched: Path) -> None:
    hub.branch("feature/x/01a-core", lines=60)
    payload = hub.pull("feature/x/01a-core")
    with Served(hub.folder / "server") as served:
        runner = Runner(hub.folder / "run", served.url, TARGET, payload)
        watched.write_text("")
        step = runner.ci(env={"GITHUB_TOKEN": TOKEN, "GIT_TRACE_CURL": "1", "GIT_CURL_VERBOSE": "1"})
        calls = watched.read_text()
    assert told(step) == (1, "failed", "")
    assert set(served.authorizations) == {f"basic {BASIC}"}
    everything = [step.out, step.err, step.summary, *step.outputs.values()]
    everything += [path.read_bytes().decode(errors="replace") for path in runner.folder.rglob("*") if path.is_file()]
    assert not [text for text in everything if TOKEN in text or BASIC in text]
    assert "['fetch', " in calls
    assert TOKEN not in calls
    assert BASIC not in calls
    for call in calls.splitlines():
        talks = call.startswith(("['fetch'", "['ls-remote'"))
        assert call.endswith("['GIT_CONFIG_VALUE_1']" if talks else "[]"), call
        assert not [word for word in ("checkout", "switch", "worktree", "submodule", "pull") if f"'{word}'" in call]


def test_a_header_that_the_machine_or_a_checkout_configured_is_not_sent_as_well(hub: Hub) -> None:
    hub.branch("topic")
    payload = hub.pull("topic")
    with Served(hub.folder / "server") as served:
        hub.work.git("config", "--global", f"http.{served.url}/.extraHeader", "Authorization: basic b3RoZXI=")
        hub.work.git("config", "--global", f"http.{served.url}/octo/hall.extraHeader", "Authorization: basic b3RoZXI=")
        step = Runner(hub.folder / "run", served.url, TARGET, payload).ci(env={"GITHUB_TOKEN": TOKEN})
    assert told(step) == (0, "passed", "")
    assert set(served.authorizations) == {f"basic {BASIC}"}


@pytest.mark.parametrize("name", ["*", "a:refs/heads/main", "--upload-pack=touch pwned", "a b", "a\nb", "main~1"])
@pytest.mark.parametrize("option", ["--base", "--trust"])
def test_a_branch_that_can_be_none_is_a_wrong_call(hub: Hub, option: str, name: str) -> None:
    step = run(hub, TARGET, b"{}", option, name)
    assert step.code == 2
    assert step.err.startswith(f"paddock: {option} ")


@pytest.mark.parametrize("token", ["", "ghs_theWrongOneOfAnotherRepository00"])
def test_a_server_that_refuses_the_token_is_told_with_gits_words(hub: Hub, token: str) -> None:
    hub.branch("topic")
    payload = hub.pull("topic")
    with Served(hub.folder / "server") as served:
        step = Runner(hub.folder / "run", served.url, TARGET, payload).ci(env={"GITHUB_TOKEN": token})
    assert told(step) == (3, "errored", "")
    assert step.report["gates"][0]["findings"][0]["hint"].startswith("give the job the permission `contents: read`")
    assert not token or token not in step.out + step.summary


def test_a_network_that_fails_for_a_moment_is_tried_again(hub: Hub) -> None:
    hub.branch("topic")
    payload = hub.pull("topic")
    with Served(hub.folder / "server", failures=1) as served:
        step = Runner(hub.folder / "run", served.url, TARGET, payload).ci(env={"GITHUB_TOKEN": TOKEN})
    assert told(step) == (0, "passed", "")
    assert served.failures == 0


def test_a_server_that_is_not_there_could_not_be_checked(hub: Hub) -> None:
    hub.branch("topic")
    payload = hub.pull("topic")
    with Served(hub.folder / "server") as served:
        url = served.url
    step = Runner(hub.folder / "run", url, TARGET, payload).ci(env={"GITHUB_TOKEN": TOKEN})
    assert told(step) == (3, "errored", "")
    assert "git fetch: " in step.report["gates"][0]["reason"]


def test_several_steps_of_a_job_have_a_report_each(hub: Hub) -> None:
    hub.branch("topic")
    runner = Runner(hub.folder / "run", hub.url, TARGET, hub.pull("topic"))
    first, second = runner.ci("--gate", "dco"), runner.ci("--gate", "pr-size")
    assert (list(first.verdicts), list(second.verdicts)) == (["dco"], ["pr-size"])
