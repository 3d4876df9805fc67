"""A pull request's text from the event, from a file, or from nowhere, as the whole program judges it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hub import Hub, run, told
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

TARGET = "pull_request_target"
POLICY = "version: 1\nbase: main\ngates:\n  description: {sections: [Why], words-per-100-lines: 0}\n"
GOOD = "## Why\n\nIt was wrong before.\n\nCloses #3\n"


@pytest.fixture
def topic(work: Work) -> Work:
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("topic")
    work.commit("Hold refs", {"a.py": "a\n"})
    return work


def verdict(ran: Ran) -> tuple[str, str]:
    (gate,) = json.loads(ran.out)["gates"]
    return gate["outcome"], gate["reason"]


def check(topic: Work, *args: str, stdin: str = "", **env: str) -> Ran:
    return paddock("check", "--format", "json", *args, cwd=topic.path, stdin=stdin.encode(), env=env)


def test_a_text_on_this_machine_is_judged(topic: Work) -> None:
    topic.write("text.md", GOOD)
    ran = check(topic, "--description", "text.md")
    assert (ran.code, verdict(ran)) == (0, ("passed", "6 words, 0 boxes"))
    ran = check(topic, "--description", "-", stdin="## Why\n\n<!-- why? -->\n")
    assert (ran.code, verdict(ran)) == (1, ("failed", "0 words, 0 boxes; 2 things amiss"))


def test_the_title_is_the_last_commit_s_subject_unless_it_is_given(topic: Work) -> None:
    topic.git("checkout", "--quiet", "main")
    topic.commit("form", {".paddock.yaml": POLICY.replace("{sections", "{title-pattern: conventional, sections")})
    topic.git("checkout", "--quiet", "topic")
    topic.git("rebase", "--quiet", "main")
    for options in ((), ("--range", "main..topic"), ("--range", "main...")):
        ran = check(topic, "--description", "-", *options, stdin=GOOD)
        assert json.loads(ran.out)["gates"][0]["findings"][0]["message"] == (
            'the title "Hold refs" has not the form asked for'
        )
    assert check(topic, "--description", "-", "--title", "fix: hold refs", stdin=GOOD).code == 0


def test_without_a_text_it_is_skipped_by_hand_and_errored_in_ci(topic: Work) -> None:
    ran = check(topic)
    assert ran.code == 0
    assert verdict(ran) == ("skipped", "no pull request is known here; try a text: --description FILE")
    ran = check(topic, "--trust", "main", CI="true")
    assert ran.code == 3
    assert verdict(ran) == ("errored", "a repository does not know of pull requests")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--title", "Hold refs"), "--title goes with --description FILE"),
        (("--staged", "--description", "-"), "--description is for commits of a repository"),
        (("--change", "-", "--description", "-"), "--description is for commits of a repository"),
        (("--description", "gone.md"), "gone.md: no such file or directory"),
        (("--description", "."), ".: is a directory"),
        (("--description", "large.md"), "large.md: over 1 MiB"),
    ],
)
def test_what_can_t_be_a_text(topic: Work, options: tuple[str, ...], words: str) -> None:
    topic.write("large.md", b"x" * (1 << 20) + b"x")
    ran = check(topic, *options)
    assert ran.code == 2
    assert ran.err.startswith(f"paddock: {words}")


def test_a_text_of_any_bytes_is_judged(topic: Work) -> None:
    topic.write("text.md", b"\xff\xfe\0\n" + GOOD.encode())
    assert check(topic, "--description", "text.md", "--title", "\N{ESCAPE}[31m").code == 0


def event(hub: Hub, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - as `pull_request` takes them
    hub.branch("topic")
    return hub.pull("topic", **values)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub", policy=POLICY)


def test_the_event_s_text_is_judged(hub: Hub) -> None:
    step = run(hub, TARGET, event(hub, body=GOOD))
    assert told(step) == (0, "passed", "")
    assert step.reasons == {"description": "6 words, 0 boxes"}


def test_an_empty_text_fails(hub: Hub) -> None:
    step = run(hub, TARGET, event(hub, body=None))
    assert told(step) == (1, "failed", "")
    assert "::error title=description::the description is empty" in step.out


def test_the_template_is_that_of_the_default_branch(hub: Hub) -> None:
    hub.work.commit("template", {".github/pull_request_template.md": "## Why\n\nSay why it is so.\n"})
    hub.publish("main")
    hub.branch("topic", files={".github/pull_request_template.md": "mine"})
    step = run(hub, TARGET, hub.pull("topic", body="## Why\n\nSay why it is so.\n\nCloses #3\n"))
    assert told(step) == (1, "failed", "")
    assert 'the section "Why" has 2 words of its own, 3 are needed' in step.out


def test_a_queue_and_a_push_have_no_text(hub: Hub) -> None:
    hub.branch("topic")
    payload = hub.pull("topic")
    step = run(hub, "push", hub.pushed("topic"))
    assert told(step) == (0, "passed", "")
    assert step.reasons == {"description": "the event push brings no pull request"}
    assert step.verdicts == {"description": "skipped"}
    assert payload["number"] == 7
    step = run(hub, "merge_group", hub.group("topic"))
    assert step.verdicts == {"description": "skipped"}
    assert step.reasons["description"].startswith("a merge queue's event brings no pull request")


def test_a_hostile_text_writes_no_command_of_the_runner(hub: Hub) -> None:
    body = "## Why\n\n- [ ] x\r\n::error::boo\n::set-output name=a::b\n\n- [ ] \N{ESCAPE}[31m::stop-commands::x\n"
    step = run(hub, TARGET, event(hub, body=body, title="::warning::t\r\n::error::u"))
    assert step.code == 1
    assert all(line.startswith("::error title=") or not line.startswith("::") for line in step.out.splitlines())
    assert "\N{ESCAPE}" not in step.out
