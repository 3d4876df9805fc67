"""What a branch stands on: as hooks, `check`, `count` and `worktree status` measure it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Work, lines
from paddock.sources.git import open_repository
from paddock.stack.footing import Footing
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from paddock.sources.git import Repository

POLICY = "series: [feature/x]\ngates:\n  pr-size: {limit: 10}\n  branch-order: {}\n"
PARTS = ("feature/x/01a1-work-api", "feature/x/01a2-work-client")
PUSHED = {"PRE_COMMIT_TO_REF": "HEAD", "PRE_COMMIT_LOCAL_BRANCH": f"refs/heads/{PARTS[1]}"}


@pytest.fixture
def split(work: Work) -> Work:
    """A branch of 18 lines that was split, where 10 are allowed; the second part is checked out."""
    work.commit("policy", {".paddock.yaml": POLICY})
    work.branch("feature/x/01a-work")
    work.commit(
        "all", {"api/a.py": f"def make_it():\n    {lines(8)}", "client/b.py": "import a\na.make_it()\n" + lines(7)}
    )
    ran = paddock("split", "--apply", cwd=work.path)
    assert (ran.code, ran.err.splitlines()[0]) == (0, f"2 branches made, from {PARTS[0]} to {PARTS[1]}"), ran.err
    work.git("switch", "-q", PARTS[1])
    return work


SAID = f"9 of 10 changed lines against {PARTS[0]}"


@pytest.mark.parametrize(
    ("words", "env"),
    [(("hook",), PUSHED), (("hook", "--stage", "pre-commit"), {}), (("check",), {}), (("check", "--staged"), {})],
    ids=["push", "commit", "check", "staged"],
)
def test_a_part_is_measured_against_the_part_below(words: tuple[str, ...], env: dict[str, str], split: Work) -> None:
    ran = paddock(*words, cwd=split.path, env=env)
    assert (ran.code, SAID in ran.out) == (0, True), ran.out


def test_what_a_split_made_can_be_pushed(split: Work, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote")], check=True)
    split.git("remote", "add", "origin", str(tmp_path / "remote"))
    assert paddock("hooks", "install", cwd=split.path).code == 0
    split.git("push", "-q", "--no-verify", "origin", "main")
    split.git("push", "-q", "origin", *PARTS)
    assert split.git("rev-parse", *PARTS) == split.git("rev-parse", *(f"origin/{one}" for one in PARTS))


def test_where_others_judge_it_is_the_base(split: Work) -> None:
    for words, env in (
        (("hook",), PUSHED | {"CI": "true"}),
        (("check", "--trust", "main"), {}),
        (("check",), {"CI": "1", "PADDOCK_TRUST": "main"}),
    ):
        ran = paddock(*words, cwd=split.path, env=env)
        assert (ran.code, "18 changed lines, 8 over the limit of 10" in ran.out) == (1, True), ran.out
    ran = paddock("check", "--range", "main..HEAD", cwd=split.path)
    assert "18 changed lines, 8 over" in ran.out, "a base that was named is the one that is meant"


def test_a_part_over_the_limit_is_split_against_what_it_stands_on(split: Work) -> None:
    split.commit("more", {"c.py": lines(3)})
    ran = paddock("check", cwd=split.path)
    assert f"12 changed lines against {PARTS[0]}, 2 over the limit of 10" in ran.out
    assert f"paddock split --base {PARTS[0]}" in ran.out


def test_count_and_status_say_the_same(split: Work) -> None:
    found = json.loads(paddock("count", "--format", "json", cwd=split.path).out)
    assert (found["counted"], found["base"], found["merge_base"]) == (9, PARTS[0], split.git("rev-parse", PARTS[0]))
    assert json.loads(paddock("count", "-b", "main", "--format", "json", cwd=split.path).out)["counted"] == 18
    tree = split.path.parent / "tree"
    split.git("switch", "-q", "main")
    split.git("worktree", "add", "-q", str(tree), PARTS[1])
    ran = paddock("worktree", "status", cwd=split.path)
    assert f"9/10 against {PARTS[0]}" in ran.out
    row = json.loads(paddock("worktree", "status", str(tree), "--format", "json", cwd=split.path).out)["worktrees"][0]
    assert (row["size"], row["against"]) == (9, PARTS[0])


@pytest.fixture
def tower(work: Work) -> Work:
    """01a on the base, 01b on it, 01c on that."""
    for tag, below in (("01a", "main"), ("01b", "feature/x/01a-w"), ("01c", "feature/x/01b-w")):
        work.branch(f"feature/x/{tag}-w", below)
        work.commit(tag, {tag: "1\n"})
    return work


def stands_on(work: Work, name: str, series: tuple[str, ...] = ("feature/x",)) -> str | None:
    bases = (work.git("rev-parse", "main"),)
    head = work.git("rev-parse", name)
    found = Footing(series=series)(open_repository(str(work.path)), name, head, bases)
    return found[0] if found is not None else None


def test_the_nearest_of_a_lower_key_that_is_open(tower: Work) -> None:
    names = [f"feature/x/01{key}-w" for key in "abc"]
    assert [stands_on(tower, name) for name in names] == [None, *names[:2]]
    tower.git("branch", "feature/x/01c-copy", names[2])
    tower.git("branch", "feature/x/01z-later", names[1])
    tower.git("branch", "wip", names[1])
    assert stands_on(tower, names[2]) == names[1], "neither a copy, nor what comes later, nor what is in no series"
    tower.git("branch", "-f", "main", names[1])
    assert stands_on(tower, names[2]) is None, "what it stands on is merged"


def test_a_branch_that_only_a_remote_has(tower: Work) -> None:
    tower.git("update-ref", "refs/remotes/origin/feature/x/01b-w", "feature/x/01b-w")
    tower.git("branch", "-q", "-D", "feature/x/01b-w")
    assert stands_on(tower, "feature/x/01c-w") == "feature/x/01b-w"


def test_of_two_that_were_merged_the_one_that_lacks_fewer_commits(tower: Work) -> None:
    tower.branch("feature/x/00a-w")
    tower.commit("00a", {"00a": "1\n"})
    tower.branch("feature/x/02a-w", "feature/x/01c-w")
    tower.git("merge", "-q", "--no-edit", "feature/x/00a-w")
    assert stands_on(tower, "feature/x/02a-w") == "feature/x/01c-w"


def test_parts_outside_of_every_series(work: Work) -> None:
    work.branch("big-split1")
    work.commit("1", {"1": "1\n"})
    work.branch("big-split2", "big-split1")
    work.commit("2", {"2": "2\n"})
    assert stands_on(work, "big-split2") == "big-split1"
    assert stands_on(work, "big-split1") is None


def test_a_branch_alone_costs_one_call_of_git(tower: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    tips = {key: tower.git("rev-parse", f"feature/x/01{key}-w") for key in "abc"}
    bases = (tower.git("rev-parse", "main"),)
    repository, footing = open_repository(str(tower.path)), Footing(series=("feature/x",))
    calls: list[str] = []
    run = type(repository).run

    def counted(self: Repository, *words: str, **more: Any) -> bytes:  # noqa: ANN401 - whatever git is told
        calls.append(words[0])
        return run(self, *words, **more)

    monkeypatch.setattr(type(repository), "run", counted)
    for key, expected in {"a": ["for-each-ref"], "b": ["for-each-ref"], "c": ["for-each-ref", "merge-base"]}.items():
        footing(repository, f"feature/x/01{key}-w", tips[key], bases)
        assert calls == expected
        calls.clear()
    footing(repository, "wip", tips["a"], bases)
    assert calls == []
