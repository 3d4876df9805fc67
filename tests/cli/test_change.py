from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

KEYS = [
    "version", "branch", "base", "base_sha", "merge_base", "head_sha", "trust_sha", "branches", "overrides", "reviews",
    "pull_request", "commits", "files", "patch",
]  # fmt: skip
PERSON = {"name": "Ada Lovelace", "email": "ada@example.org", "login": None, "bot": None, "member": None}


@pytest.fixture
def topic(work: Work) -> Work:
    work.branch("topic")
    work.commit("topic", {"a.go": lines(2)})
    return work


def change(*args: str, cwd: Path) -> dict[str, Any]:
    ran = paddock("change", *args, cwd=cwd)
    assert (ran.code, ran.err) == (0, "")
    document: dict[str, Any] = json.loads(ran.out)
    assert list(document) == KEYS
    return document


def test_the_whole_document(topic: Work) -> None:
    main, head = topic.git("rev-parse", "main", "topic").split()
    assert change("--patch", cwd=topic.path) == {
        "version": 1,
        "branch": "topic",
        "base": "main",
        "base_sha": main,
        "merge_base": main,
        "head_sha": head,
        "trust_sha": main,
        "branches": [
            {"name": "main", "sha": main, "state": "merged"},
            {"name": "topic", "sha": head, "state": "open"},
        ],
        "overrides": None,
        "reviews": None,
        "pull_request": None,
        "commits": [
            {
                "sha": head,
                "parents": [main],
                "message": "topic\n\nSigned-off-by: Ada Lovelace <ada@example.org>\n",
                "author": PERSON,
                "committer": PERSON,
                "signature": None,
                "touched": [{"path": "a.go", "mode": "100644", "was": "000000"}],
            }
        ],
        "files": [
            {
                "path": "a.go",
                "old_path": None,
                "status": "added",
                "added": 2,
                "deleted": 0,
                "class": "source",
                "reason": "source",
                "binary": False,
                "mode": "100644",
            }
        ],
        "patch": "diff --git a/a.go b/a.go\nnew file mode 100644\n"
        f"index 0000000..{topic.git('rev-parse', '--short=7', 'HEAD:a.go')}\n"
        "--- /dev/null\n+++ b/a.go\n@@ -0,0 +1,2 @@\n+line 0\n+line 1\n",
    }


def test_staged(topic: Work) -> None:
    topic.write("b.go", lines(3))
    topic.git("add", "--all")
    found = change("--staged", cwd=topic.path)
    assert (found["head_sha"], found["commits"], [file["path"] for file in found["files"]]) == (
        None, [], ["a.go", "b.go"]
    )  # fmt: skip


def test_another_branch(topic: Work) -> None:
    topic.git("checkout", "-q", "main")
    found = change("--range", "main..topic", cwd=topic.path)
    assert (found["branch"], found["head_sha"]) == ("topic", topic.git("rev-parse", "topic"))


def test_what_is_not_checked_out_has_no_branch_but_the_one_given(topic: Work) -> None:
    topic.git("checkout", "-q", "main")
    topic.git("update-ref", "refs/remotes/origin/topic", "topic")
    assert change("--range", "main..origin/topic", cwd=topic.path)["branch"] is None
    assert change("--range", "main..origin/topic", "--branch", "topic", cwd=topic.path)["branch"] == "topic"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--staged", "--range", "main..HEAD"), 2, "paddock: --staged and --range name two changes; give one"),
        (("--range", "main"), 2, "paddock: `main` is not a range"),
        (("--range", "nowhere..HEAD"), 3, "paddock: the base `nowhere` is not in this clone"),
        (("--range", "main..nowhere"), 2, "paddock: there is no commit `nowhere`"),
    ],
)
def test_bad_input(topic: Work, arguments: tuple[str, ...], code: int, said: str) -> None:
    ran = paddock("change", *arguments, "--output", "out.json", cwd=topic.path)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (code, "", said)
    assert not (topic.path / "out.json").exists()


def test_a_file_is_replaced_as_a_whole(topic: Work) -> None:
    topic.write("../out.json", "before")
    ran = paddock("change", "--output", "../out.json", cwd=topic.path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert json.loads((topic.path.parent / "out.json").read_text())["branch"] == "topic"
