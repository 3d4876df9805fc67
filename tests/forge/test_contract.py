"""GitHub's description of its API tells what is wrong with a request and with an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forge.contract import Operation, contract

R = "/repos/o/r"
T = "/repos/{owner}/{repo}"
FOUND = {
    f"{R}/issues/7": f"{T}/issues/{{issue_number}}",
    f"{R}/issues/comments": f"{T}/issues/comments",
    f"{R}/git/ref/heads/feature/x/01a": f"{T}/git/ref/{{ref}}",
    f"{R}/commits/feature/x/check-runs": f"{T}/commits/{{ref}}/check-runs",
    f"{R}/compare/a/b...c/d": f"{T}/compare/{{basehead}}",
    f"{R}/contents/a/b.txt": f"{T}/contents/{{path}}",
}


@pytest.mark.parametrize(("path", "template"), FOUND.items(), ids=FOUND)
def test_a_path_is_an_operation(path: str, template: str) -> None:
    found = contract().find("GET", path)
    assert found is not None
    assert found.id == f"GET {template}"
    assert {"owner": "o", "repo": "r"}.items() <= found.arguments.items()


def test_what_is_quoted_in_a_path_is_read() -> None:
    found = contract().find("DELETE", f"{R}/issues/7/labels/a%2Fb%20c")
    assert found is not None
    assert found.arguments == {"owner": "o", "repo": "r", "issue_number": "7", "name": "a/b c"}


@pytest.mark.parametrize(("method", "path"), [("GET", f"{R}/isues"), ("PUT", f"{R}/issues"), ("GET", "/api/v3/user")])
def test_what_github_has_not_is_no_operation(method: str, path: str) -> None:
    assert contract().find(method, path) is None


COMMENT = f"POST {T}/issues/{{issue_number}}/comments"
RUN = f"POST {T}/check-runs"
ISSUES = f"GET {T}/issues"
HERE = {"owner": "o", "repo": "r", "issue_number": "7"}
REQUESTS: dict[str, tuple[str, str, Any, list[str]]] = {
    "a good one": (COMMENT, "", {"body": "x"}, []),
    "a field is missing": (COMMENT, "", {}, [f'{COMMENT}: it: "body" is a required property']),
    "a field too many": (COMMENT, "", {"body": "x", "bdy": "y"}, ["no field is called bdy"]),
    "a field of another kind": (COMMENT, "", {"body": 3}, [f'{COMMENT}: body: 3 is not of type "string"']),
    "no body": (COMMENT, "", None, ["the body is missing"]),
    "a body too many": (ISSUES, "", {"x": 1}, ["it takes no body"]),
    "a good query": (ISSUES, "state=all&per_page=100&page=2&labels=a", None, []),
    "a parameter too many": (ISSUES, "stat=all", None, ["no parameter is called stat"]),
    "a word that is none": (
        ISSUES, "state=opn", None, [f'{ISSUES}?state: it: "opn" is not one of "open", "closed" or "all"'],
    ),
    "a number that is none": (ISSUES, "page=x", None, [f'{ISSUES}?page: it: "x" is not of type "integer"']),
    "a time that is none": (
        ISSUES, "since=yesterday", None, [f'{ISSUES}?since: it: "yesterday" is not a "date-time"'],
    ),
    "a good check run": (RUN, "", {"name": "x", "head_sha": "a", "status": "completed", "conclusion": "success"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "query", "body", "wrong"), REQUESTS.values(), ids=REQUESTS)
def test_requests(operation: str, query: str, body: object, wrong: list[str]) -> None:
    text = b"" if body is None else json.dumps(body).encode()
    names = [name for name in HERE if f"{{{name}}}" in operation]
    asked = Operation(operation, {name: HERE[name] for name in names})
    assert list(contract().request(asked, query, text)) == wrong


ISSUE = f"GET {T}/issues/{{issue_number}}"


def test_githubs_own_example_is_an_answer() -> None:
    example = contract().example("issue")
    assert list(contract().answer(Operation(ISSUE, {}), 200, json.dumps(example).encode())) == []


WORSE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a text for a number": ({"number": "7"}, [f'{ISSUE} 200: number: "7" is not of type "integer"']),
    "null where it may not be": ({"title": None}, [f'{ISSUE} 200: title: null is not of type "string"']),
    "null where it may be": ({"body": None, "milestone": None, "closed_at": None}, []),
}


@pytest.mark.parametrize(("change", "wrong"), WORSE.values(), ids=WORSE)
def test_answers(change: dict[str, Any], wrong: list[str]) -> None:
    example = contract().example("issue") | change
    assert list(contract().answer(Operation(ISSUE, {}), 200, json.dumps(example).encode())) == wrong


def test_statuses() -> None:
    deleted = Operation(f"DELETE {T}/issues/comments/{{comment_id}}", {})
    assert list(contract().answer(deleted, 204, b"")) == []
    assert list(contract().answer(deleted, 204, b"{}")) == ["a 204 has no body"]
    assert list(contract().answer(deleted, 200, b"{}")) == [f"200 is no answer to {deleted.id}"]
