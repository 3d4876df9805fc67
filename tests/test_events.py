"""What is judged for an event: payloads as GitHub writes them, and as somebody hostile would."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from paddock.errors import UsageError
from paddock.events import LARGEST, Nothing, Proposed, read
from paddock.model import PullRequest
from payloads import merge_group, pull_request, push

HEAD, BASE, NULL = "1" * 40, "2" * 40, "0" * 40
TARGET = "pull_request_target"
SEVENTH = PullRequest(7, "A title", author="ada")


def encoded(payload: object) -> bytes:
    return msgspec.json.encode(payload)


def wrong(event: str, payload: bytes) -> str:
    with pytest.raises(UsageError) as caught:
        read(event, payload)
    return str(caught.value)


READ: dict[str, tuple[str, dict[str, Any], Proposed | Nothing]] = {
    "a pull request": (
        "pull_request",
        pull_request(head=HEAD, base=BASE, branch="feature/x/01a-core", commits=3),
        Proposed(
            event="pull_request",
            head=HEAD,
            branch="feature/x/01a-core",
            default="main",
            base="main",
            number=7,
            pull_request=SEVENTH,
            commits=3,
        ),
    ),
    "a stacked pull request": (
        TARGET,
        pull_request(head=HEAD, base=BASE, branch="feature/x/01b-up", base_branch="feature/x/01a-core"),
        Proposed(
            event=TARGET,
            head=HEAD,
            branch="feature/x/01b-up",
            default="main",
            base="feature/x/01a-core",
            number=7,
            pull_request=SEVENTH,
            commits=1,
        ),
    ),
    "from a fork": (
        TARGET,
        pull_request(head=HEAD, base=BASE, branch="main", fork=True),
        Proposed(
            event=TARGET,
            head=HEAD,
            branch="main",
            default="main",
            base="main",
            number=7,
            commits=1,
            fork=True,
            pull_request=SEVENTH,
        ),
    ),
    "from a fork that was deleted": (
        TARGET,
        pull_request(head=HEAD, base=BASE, branch="main", fork=None),
        Proposed(
            event=TARGET,
            head=HEAD,
            branch="main",
            default="main",
            base="main",
            number=7,
            commits=1,
            fork=True,
            pull_request=SEVENTH,
        ),
    ),
    "a merge group": (
        "merge_group",
        merge_group(head=HEAD, base=BASE, number=12),
        Proposed(
            event="merge_group",
            head=HEAD,
            branch=f"gh-readonly-queue/main/pr-12-{BASE}",
            default="main",
            base="main",
            since=BASE,
            number=12,
        ),
    ),
    "a push": (
        "push",
        push(before=BASE, after=HEAD, branch="topic", commits=2),
        Proposed(event="push", head=HEAD, branch="topic", default="main", since=BASE, commits=2, pushed=True),
    ),
    "a push that makes a branch": (
        "push",
        push(before=NULL, after=HEAD, branch="topic"),
        Proposed(event="push", head=HEAD, branch="topic", default="main", commits=1, pushed=True),
    ),
    "a push that deletes a branch": (
        "push",
        push(before=BASE, after=NULL, branch="topic"),
        Nothing("the push deleted the branch 'topic', so there is nothing to judge"),
    ),
    "a tag": (
        "push",
        push(before=NULL, after=HEAD, ref="refs/tags/v1"),
        Nothing("'refs/tags/v1' is not a branch, so no change was pushed"),
    ),
    "a merge queue's own branch": (
        "push",
        push(before=NULL, after=HEAD, branch="gh-readonly-queue/main/pr-1-abc"),
        Nothing("'gh-readonly-queue/main/pr-1-abc' is a merge queue's branch, which the event merge_group judges"),
    ),
}


@pytest.mark.parametrize(("event", "payload", "expected"), READ.values(), ids=READ)
def test_reads(event: str, payload: dict[str, Any], expected: Proposed | Nothing) -> None:
    assert read(event, encoded(payload)) == expected


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "issue_comment", "", "\x1b[31m", "x" * 9999])
def test_an_event_without_a_change_is_refused(event: str) -> None:
    message = wrong(event, b"{}")
    assert message.startswith("the event ")
    assert message.endswith(" brings no change to judge")
    assert message.isprintable()
    assert len(message) < 300


EVENTS = {
    "pull_request": pull_request(head=HEAD, base=BASE),
    TARGET: pull_request(head=HEAD, base=BASE),
    "merge_group": merge_group(head=HEAD, base=BASE),
    "push": push(before=BASE, after=HEAD, branch="topic"),
}
SHAPELESS = {
    "nothing": b"",
    "not JSON": b"<html>",
    "not an object": b"[]",
    "null": b"null",
    "another event's": b"{}",
    "not UTF-8": b'{"ref": "\xff"}',
    "too deep": b"[" * 200_000,
    "too deep inside": b'{"pull_request": ' * 5000,
    "two objects": b"{} {}",
    "half a surrogate": rb'{"ref": "\ud800"',
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("payload", SHAPELESS.values(), ids=SHAPELESS)
def test_a_payload_without_shape_is_refused(event: str, payload: bytes) -> None:
    assert wrong(event, payload).startswith(f"the payload is not that of {event}: ")


@pytest.mark.parametrize("event", EVENTS)
def test_a_huge_payload_is_refused_unread(event: str) -> None:
    assert wrong(event, b" " * (LARGEST + 1)) == f"the payload of {event} has over 32 MiB"


def leaves(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [path]
    return [path, *(leaf for key, one in value.items() for leaf in leaves(one, (*path, key)))]


def replaced(value: Any, path: tuple[str, ...], new: object) -> object:  # noqa: ANN401 - JSON
    if not path:
        return new
    return {**value, path[0]: replaced(value[path[0]], path[1:], new)}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("new", [None, 1, -1, True, "x", "", [], {}, 10**30, "\u202e", "-x", ["--upload-pack=touch x"]])
def test_any_field_of_a_wrong_kind_is_refused_or_does_not_matter(event: str, new: object) -> None:
    """Whatever one field becomes, the outcome is an error in words or a change whose names git would accept."""
    for path in leaves(EVENTS[event]):
        found, said = None, ""
        try:
            found = read(event, encoded(replaced(EVENTS[event], path, new)))
        except UsageError as error:
            said = str(error)
        assert said.isprintable() or not said
        if isinstance(found, Proposed):
            assert found.head in (HEAD, BASE)
            assert found.since in (None, BASE)
            assert not {name for name in (found.branch, found.base, found.default) if name in ("", "-x", "\u202e")}


REFUSED = [
    "--upload-pack=touch pwned",
    "a b",
    "a\nb",
    "a:refs/heads/main",
    "refs*",
    "a..b",
    "a\0b",
    "",
    "\x1b]0;x\x07",
    "x@{upstream}",
    "HEAD",
]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("field", ["branch", "base_branch"])
def test_a_name_that_git_would_refuse_is_refused(name: str, field: str) -> None:
    given: dict[str, Any] = {field: name}
    message = wrong(TARGET, encoded(pull_request(head=HEAD, base=BASE, **given)))
    assert message.startswith(f"the payload of {TARGET} names the branch ")
    assert message.isprintable()


@pytest.mark.parametrize(
    "name", ["$(touch${IFS}pwned)", "a;touch${IFS}pwned", "a'b", 'a"b', "`x`", "ünï/çode", "a&b|c", "+main"]
)
def test_a_name_that_only_a_shell_would_mind_is_a_name(name: str) -> None:
    found = read(TARGET, encoded(pull_request(head=HEAD, base=BASE, branch=name)))
    assert isinstance(found, Proposed)
    assert found.branch == name


def test_nobody_calls_a_branch_like_a_merge_queues() -> None:
    name = f"gh-readonly-queue/main/pr-1-{BASE}"
    message = wrong(TARGET, encoded(pull_request(head=HEAD, base=BASE, branch=name, fork=True)))
    assert message == f"the payload of {TARGET} names the branch {name!r}: only a merge queue has such"


@pytest.mark.parametrize("sha", ["", "1" * 39, "1" * 41, "G" * 40, "HEAD", "1" * 40 + "\n", "A" * 40, "--all", 7])
def test_an_object_that_is_no_object_name_is_refused(sha: object) -> None:
    payload = pull_request(head=HEAD, base=BASE)
    payload["pull_request"]["head"]["sha"] = sha
    assert "`$.pull_request.head.sha`" in wrong(TARGET, encoded(payload))


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (read(TARGET, encoded(pull_request(head=HEAD, base=BASE, fork=True))), "#7: topic → main (from a fork)"),
        (read("push", encoded(push(before=BASE, after=HEAD, branch="topic"))), "topic"),
        (
            read("merge_group", encoded(merge_group(head=HEAD, base=BASE))),
            f"gh-readonly-queue/main/pr-7-{BASE} → main",
        ),
    ],
)
def test_the_subject_tells_what_is_judged(change: Proposed, subject: str) -> None:
    assert change.subject == subject
